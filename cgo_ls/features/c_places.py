"""Which C name stands at a place: `C.name` in Go code, or a word of the C in a preamble."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.model.go_file import CReference, GoDeclaration, GoFile
from cgo_ls.text.span import Span
from cgo_ls.workspace.results import PackageResult
from cgo_ls.workspace.session import Snapshot

TAGS = ("struct", "union", "enum")
_C_TOKEN = re.compile(
    rb"""(?P<skip>/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?:\.|->)\s*[A-Za-z_]\w*)"""
    rb"""|(?P<word>[A-Za-z_]\w*)""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """`name` as Go spells it (`struct_point`); `span` are its bytes in the file, with the `C.` in Go code."""

    name: str
    span: Span
    file: GoFile
    result: PackageResult


def go_file(result: PackageResult, path: str) -> GoFile | None:
    """The Go file at `path`, if it imports "C"."""
    file = next((file for file in result.package.files if file.path == path), None)
    return file if file is not None and file.imports_c else None


def c_name_at(snapshot: Snapshot, path: str, offset: int) -> NamedPlace | None:
    """The C name at byte `offset`. A word of a preamble counts only if some C that the file sees declares it."""
    result = snapshot.package(os.path.dirname(path))
    file = go_file(result, path)
    if file is None:
        return None
    declared = next((one for one in file.declarations if one.declaration.region.touches(offset)), None)
    if declared is None:
        return None
    start = declared.declaration.start
    reference = reference_at(declared, offset - start)
    if reference is not None:
        return NamedPlace(reference.name, reference.span.shift(start), file, result)
    return _in_preamble(result, file, offset)


def reference_at(declared: GoDeclaration, inside: int) -> CReference | None:
    """The `C.name` at, or just before, the offset `inside` of the declaration."""
    references = declared.facts.c_references
    found = next((one for one in references if one.span.contains(inside)), None)
    return found or next((one for one in references if one.span.touches(inside)), None)


def c_words(text: bytes, name: str | None = None) -> Iterator[tuple[str, Span]]:
    """The words of C text, with their tags (`struct point` -> `struct_point`), outside of comments, strings and members.

    With a `name`, as Go spells it, only those that are it; a tagged type is told by its tag.
    """
    if name is not None and plain_name(name).encode() not in text:
        return
    before, end = b"", 0
    for match in _C_TOKEN.finditer(text):
        word = match["word"]
        if word is None:
            before = b""
            continue
        tagged = before.decode() in TAGS and not text[end : match.start()].strip()
        spelled = f"{before.decode()}_{word.decode()}" if tagged else word.decode()
        if name is None or spelled == name:
            yield spelled, Span(match.start(), match.end())
        before, end = word, match.end()


def plain_name(name: str) -> str:
    """`struct_point` -> `point`."""
    return next((name[len(tag) + 1 :] for tag in TAGS if name.startswith(tag + "_") and len(name) > len(tag) + 1), name)


def _in_preamble(result: PackageResult, file: GoFile, offset: int) -> NamedPlace | None:
    for preamble, base in file.preambles:
        if not preamble.span.touches(offset - base):
            continue
        place = preamble.to_text(offset - base)
        if place is None and offset > base:
            before = preamble.to_text(offset - base - 1)
            place = None if before is None else before + 1
        if place is None:
            return None
        for name, span in c_words(preamble.text):
            if span.touches(place):
                if result.package.scope(file).resolve(name) is None:
                    return None
                start = base + preamble.to_file(span.start)
                return NamedPlace(name, Span(start, start + len(span)), file, result)
            if span.start > place:
                return None
    return None
