"""Inside of a call of C: its prototype, and which parameter is being written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.data.tables import function as table_row
from cgo_ls.features.c_places import go_file
from cgo_ls.features.hover import describe_name
from cgo_ls.model.cdecl import CFunction
from cgo_ls.model.go_file import GoFile
from cgo_ls.syntax.go_nodes import Node, walk
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.workspace.results import PackageResult
from cgo_ls.workspace.session import Snapshot

_MAX_REGION = 200_000
_LITERALS = ("interpreted_string_literal", "raw_string_literal", "rune_literal", "comment")
_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_COMMENT_AND_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Signature:
    """`label` is the prototype in C; `parameters` are (start, end) of each in it, in characters; `active` counts from 0."""

    label: str
    parameters: tuple[tuple[int, int], ...]
    active: int
    markdown: str


def signature_help(snapshot: Snapshot, path: str, offset: int) -> Signature | None:
    """The signature for the place at byte `offset`; None unless the innermost call around it is one of a C function."""
    result = snapshot.package(os.path.dirname(path))
    file = go_file(result, path)
    found = _innermost_call(file, offset) if file is not None else None
    if file is None or found is None:
        return None
    name, active = found
    label = _prototype(result, file, name)
    if label is None:
        return None
    text = describe_name(snapshot, result, file, name) or ""
    return Signature(label, tuple(_parameters(label)), active, text)


def _innermost_call(file: GoFile, offset: int) -> tuple[str, int] | None:
    """The C function that is called where the cursor stands, and how many commas are before it.

    By the tokens before the cursor, since a call that is being written is not yet one to the parser.
    """
    declared = next((one for one in file.declarations if one.declaration.region.touches(offset)), None)
    if declared is None or declared.declaration.chunk.length > _MAX_REGION:
        return None
    region = declared.declaration.region
    inside = offset - region.start
    before: list[Node] = []
    for node in walk(parse_go(file.data[region.start : region.end])):
        if node.start_byte >= inside:
            break
        if node.type in _LITERALS:
            if node.end_byte > inside:
                return None
            before.append(node)
        elif node.child_count == 0 and not (before and before[-1].end_byte >= node.end_byte):
            before.append(node)
    depth = commas = 0
    for index in range(len(before) - 1, -1, -1):
        kind = before[index].type
        if kind in _CLOSE:
            depth += 1
        elif kind in _OPEN and depth:
            depth -= 1
        elif kind in _OPEN:
            return (_called(before[:index]), commas) if kind == "(" and _called(before[:index]) else None
        elif kind == "," and not depth:
            commas += 1
    return None


def _called(before: list[Node]) -> str:
    """`f` if the tokens end in `C.f`."""
    texts = [(node.text or b"").decode("utf-8", "replace") for node in before[-3:]]
    return texts[2] if len(texts) == 3 and texts[:2] == ["C", "."] and texts[2].isidentifier() else ""


def _prototype(result: PackageResult, file: GoFile, name: str) -> str | None:
    scope = result.package.scope(file)
    known = scope.resolve(name)
    if known is not None:
        functions = [one for one in known.declarations if isinstance(one, CFunction)]
        found = next((one.prototype for one in functions if one.has_prototype), None)
        return _COMMENT_AND_SPACE.sub(" ", found).rstrip("; ") if found else None
    row = table_row(name, sorted(scope.headers))
    return row.prototype if row is not None else None


def _parameters(label: str) -> Iterator[tuple[int, int]]:
    """The parts of the outer list of parameters, between its commas."""
    opened = label.find("(")
    depth, start = 0, opened + 1
    for place in range(opened, len(label)):
        letter = label[place]
        depth += (letter in "([") - (letter in ")]")
        if (letter == "," and depth == 1) or depth == 0:
            part = label[start:place].strip()
            if part and part != "void":
                begin = label.index(part, start)
                yield begin, begin + len(part)
            start = place + 1
        if depth == 0:
            return
