"""What can stand behind `C.`: what the preamble and the package's headers declare, what cgo has of itself, and what the headers of
libc and of known libraries that are included declare. A name that Go cannot use is none: a macro with parameters, a variadic function,
a keyword of Go that is none of C.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from cgo_ls.data.tables import libraries_for, read_table
from cgo_ls.features.c_places import go_file
from cgo_ls.features.hover import describe_name
from cgo_ls.features.markdown import fence
from cgo_ls.model.c_scope import CName
from cgo_ls.model.cdecl import CEnumConstant, CFunction, CMacro, CTypeName, CVariable
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.pseudo_c import PSEUDO_NAMES, needs_header
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.span import Span
from cgo_ls.workspace.session import Snapshot

CompletionKind = Literal["function", "variable", "constant", "enum", "type"]
LIMIT = 300
"""So many are sent at once; the client asks again when more is typed."""

_NAME = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_KEYWORDS = frozenset(
    (
        "case",
        "chan",
        "default",
        "defer",
        "else",
        "func",
        "go",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "select",
        "type",
        "var",
    )
)
_LONG_DOUBLE = frozenset(
    (
        "lgammal_r",
        "nexttoward",
        "nexttowardf",
        "nexttowardl",
        "qecvt",
        "qecvt_r",
        "qfcvt",
        "qfcvt_r",
        "qgcvt",
        "strtold",
        "wcstold",
    )
)
_NO_CODE = ("comment", "interpreted_string_literal", "raw_string_literal", "rune_literal")
_TABLE = re.compile(r"^\[(?=\w+\]$)", re.MULTILINE)
_VALUE = re.compile(r'^(header|prototype|feature) = "(.*)"$', re.MULTILINE)
_KINDS: Mapping[str, CompletionKind] = {
    "functions": "function",
    "types": "type",
    "macros": "constant",
    "variables": "variable",
}


@dataclass(frozen=True, slots=True)
class Completion:
    """`detail` is one line, C or Go. `rank` sorts: 0 the package's own names, 1 cgo's, 2 those of libraries."""

    name: str
    kind: CompletionKind
    detail: str
    rank: int


@dataclass(frozen=True, slots=True)
class Completions:
    """What may stand in place of the bytes `span`; `complete` if there is no more of it."""

    span: Span
    items: tuple[Completion, ...]
    complete: bool


def completed_span(data: bytes, offset: int) -> Span | None:
    """The bytes of a name behind `C.` that end at `offset`, with none of it typed an empty span; None elsewhere. Looks at a few bytes."""
    start = offset = min(offset, len(data))
    while start > 0 and data[start - 1] in _NAME:
        start -= 1
    if data[max(start - 2, 0) : start] != b"C.":
        return None
    before = data[start - 3] if start > 2 else 32
    return None if before in _NAME or before == ord(".") or before >= 0x80 else Span(start, offset)


def completions(snapshot: Snapshot, path: str, offset: int) -> Completions | None:
    """The C names for the place at byte `offset`; None where none can stand."""
    result = snapshot.package(os.path.dirname(path))
    file = go_file(result, path)
    span = completed_span(file.data, offset) if file is not None else None
    if file is None or span is None or not _in_code(file, span.start):
        return None
    typed = file.data[span.start : span.end].decode().lower()
    scope = result.package.scope(file)
    found: dict[str, Completion] = {}
    for item in (*_own(scope.names.values()), *_of_cgo(), *_of_libraries(scope.headers)):
        if item.name not in found and item.name not in _KEYWORDS and _fits(typed, item.name.lower()):
            found[item.name] = item
    items = sorted(found.values(), key=lambda item: (not item.name.lower().startswith(typed), item.rank, item.name))
    return Completions(span, tuple(items[:LIMIT]), len(items) <= LIMIT)


def completion_text(snapshot: Snapshot, path: str, name: str, detail: str = "") -> str | None:
    """The Markdown beside a name that was offered: what a hover over it says, without the `detail` that is shown above it."""
    result = snapshot.package(os.path.dirname(path))
    file = go_file(result, path)
    text = describe_name(snapshot, result, file, name) if file is not None else None
    return text.removeprefix(fence(f"{detail};", "c")).lstrip() if text and detail else text


def _fits(typed: str, name: str) -> bool:
    """The letters typed stand in the name, in order, the first of them at the start of a word: `gto` -> `git_tree_object`."""
    if not typed:
        return True
    starts = [place for place in range(len(name)) if name[place] == typed[0] and (place == 0 or name[place - 1] == "_")]
    return any(_follows(typed, name, start) for start in starts)


def _follows(typed: str, name: str, start: int) -> bool:
    for letter in typed:
        start = name.find(letter, start) + 1
        if start == 0:
            return False
    return True


def _in_code(file: GoFile, offset: int) -> bool:
    """Neither in a comment nor in a literal."""
    declared = next((one for one in file.declarations if one.declaration.region.touches(offset)), None)
    if declared is None:
        return False
    region = declared.declaration.region
    # The name is at least one byte: what stands before the dot is the C.
    node = parse_go(file.data[region.start : region.end]).descendant_for_byte_range(
        offset - region.start - 2, offset - region.start - 1
    )
    while node is not None:
        if node.type in _NO_CODE:
            return False
        node = node.parent
    return True


def _own(names: Iterable[CName]) -> Iterator[Completion]:
    for known in names:
        declared = known.declarations[0]
        if isinstance(declared, CFunction):
            if not declared.variadic and declared.c_linkage:
                yield Completion(known.name, "function", declared.prototype, 0)
        elif isinstance(declared, CMacro):
            if declared.parameters is None and declared.value:
                yield Completion(known.name, "constant", f"#define {declared.name} {declared.value}"[:120], 0)
        elif isinstance(declared, CEnumConstant):
            yield Completion(known.name, "enum", f"= {declared.value_text}" if declared.value_text else "", 0)
        elif isinstance(declared, CVariable):
            yield Completion(known.name, "variable", f"{declared.type} {declared.name}", 0)
        elif isinstance(declared, CTypeName):
            yield Completion(known.name, "type", f"{declared.kind} {declared.name}", 0)


def _of_cgo() -> Iterator[Completion]:
    for name, pseudo in PSEUDO_NAMES.items():
        if pseudo.kind == "function":
            yield Completion(name, "function", pseudo.signature, 1)
        elif pseudo.kind == "type" and not needs_header(name):
            yield Completion(name, "type", pseudo.signature, 1)


def _of_libraries(headers: frozenset[str]) -> Iterator[Completion]:
    standard = _with_brought(headers)
    for library in libraries_for(headers):
        for row in _rows(library.name):
            if library.name != "libc" or row.header in standard:
                yield Completion(row.name, "function", row.prototype, 2)
    for header in sorted(standard):
        for kind, names in _standard_names()[header].items():
            for name in names:
                yield Completion(name, kind, f"<{header}>", 2)


def _with_brought(headers: Iterable[str]) -> set[str]:
    """The standard headers among `headers`, with those whose names come with them."""
    lists = _brought()
    return {each for header in headers if header in lists for each in (header, *lists[header]) if each in lists}


@cache
def _libc_tables() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(read_table("libc_names"))


@cache
def _brought() -> Mapping[str, tuple[str, ...]]:
    return {header: tuple(lists.get("brings", "").split()) for header, lists in _libc_tables().items()}


@cache
def _standard_names() -> Mapping[str, Mapping[CompletionKind, tuple[str, ...]]]:
    """Header -> kind -> the names whose own header it is, those that need a feature macro left out."""
    found: dict[str, dict[CompletionKind, tuple[str, ...]]] = {}
    for header, lists in _libc_tables().items():
        hidden = set(lists.get("gnu", "").split())
        found[header] = {
            kind: tuple(name for name in names if name not in hidden and _is_usable(kind, name, names))
            for key, kind in _KINDS.items()
            for names in (lists.get(key, "").split(),)
        }
    return found


def _is_usable(kind: CompletionKind, name: str, all_names: Sequence[str]) -> bool:
    """Not `PTHREAD_MUTEX_INITIALIZER`, which is in braces, nor `st_atime`, a macro for a field, nor what is infinite or of long doubles."""
    if kind == "constant":
        return not (
            name.islower() or name.startswith(("_", "HUGE_VAL")) or name.endswith(("_INITIALIZER", "INFINITY", "NAN"))
        )
    if kind == "function" and (name in _LONG_DOUBLE or (name.endswith("l") and name[:-1] + "f" in all_names)):
        return False
    return not name.startswith("_")


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    header: str
    prototype: str


@cache
def _rows(library: str) -> tuple[_Row, ...]:
    """The functions of a library's table that Go can call. By their lines: to parse libc's would cost half a second."""
    found = []
    for text in _TABLE.split(read_table("functions/" + library))[1:]:
        name = text[: text.index("]")]
        values = {match[1]: match[2] for match in _VALUE.finditer(text)}
        prototype = values.get("prototype", "")
        if "..." not in prototype and "long double" not in prototype and "feature" not in values:
            found.append(_Row(name, values.get("header", ""), prototype))
    return tuple(found)
