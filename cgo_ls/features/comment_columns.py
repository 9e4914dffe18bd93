"""Comments behind code stay in their column, where gofmt puts them, when a fix makes a line longer or shorter.

gofmt sets the trailing `//` comments of lines that follow each other, at one depth, one blank behind the longest of them. A fix
that touches such a line moves the others' comments as well. All spans are byte offsets of the file before the fix.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cgo_ls.text.edits import TextEdit, apply_edits, conflicts, sorted_edits
from cgo_ls.text.span import Span

# Strings, runes and comments, so that `//` within one is not mistaken; an open quote, or a comment of the other kind, ends the search.
_PIECE = re.compile(rb"""//|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|/\*|["'`]""")
_MOST_LINES = 200
_MOST_BYTES = 2000


@dataclass(frozen=True, slots=True)
class _Line:
    """Code with a comment behind it: `gap` is what stands between them, `width` the code's runes, `indent` its tabs."""

    indent: bytes
    width: int
    gap: Span


@dataclass(frozen=True, slots=True)
class _Kept:
    """Bytes that the edits leave: from `start` (after the edits) on `length` bytes, which were at `origin`."""

    start: int
    length: int
    origin: int


def column_edits(data: bytes, edits: Sequence[TextEdit]) -> tuple[TextEdit, ...]:
    """Further edits of the gaps before comments, next to the lines that `edits` touch. Nothing where gofmt had no hand before."""
    if b" //" not in data or conflicts(edits):
        return ()
    after, kept, touched = _apply(data, edits)
    found: dict[Span, TextEdit] = {}
    for run in _runs(after, touched):
        for edit in _aligned(run, kept, data, edits):
            found[edit.span] = edit
    return tuple(found.values())


def _apply(data: bytes, edits: Sequence[TextEdit]) -> tuple[bytes, list[_Kept], list[Span]]:
    kept: list[_Kept] = []
    touched: list[Span] = []
    position, made = 0, 0
    for edit in sorted_edits(edits):
        kept.append(_Kept(made, edit.span.start - position, position))
        made += edit.span.start - position
        touched.append(Span(made, made + len(edit.new_text)))
        made += len(edit.new_text)
        position = edit.span.end
    kept.append(_Kept(made, len(data) - position, position))
    return apply_edits(data, edits), kept, touched


def _runs(text: bytes, touched: Iterable[Span]) -> Iterator[list[_Line]]:
    """The runs of lines with trailing comments that the places lie in or beside."""
    seen: set[int] = set()
    for place in touched:
        start = _line_start(text, max(_line_start(text, place.start) - 1, 0))
        last = min(place.end + 1, len(text))
        while start <= last:
            if start not in seen:
                run, starts = _run(text, start)
                seen.update(starts)
                if run:
                    yield run
            end = text.find(b"\n", start)
            if end < 0:
                break
            start = end + 1


def _run(text: bytes, start: int) -> tuple[list[_Line], list[int]]:
    """The run that the line at `start` belongs to, and where its lines start; empty where it has no trailing comment."""
    middle = _line(text, start)
    if middle is None:
        return [], [start]
    lines, starts = [middle], [start]
    at = start
    while at > 0 and len(lines) < _MOST_LINES:
        at = _line_start(text, at - 1)
        line = _line(text, at)
        if line is None or line.indent != middle.indent:
            break
        lines.insert(0, line)
        starts.insert(0, at)
    at = start
    while len(lines) < _MOST_LINES and (end := text.find(b"\n", at)) >= 0:
        at = end + 1
        line = _line(text, at)
        if line is None or line.indent != middle.indent:
            break
        lines.append(line)
        starts.append(at)
    return (lines if len(lines) < _MOST_LINES else []), starts


def _line_start(text: bytes, offset: int) -> int:
    return text.rfind(b"\n", 0, max(offset, 0)) + 1


def _line(text: bytes, start: int) -> _Line | None:
    """The line that starts at `start`, if it is code with a `//` comment behind it."""
    end = text.find(b"\n", start)
    end = len(text) if end < 0 else end
    if end - start > _MOST_BYTES:
        return None
    for piece in _PIECE.finditer(text, start, end):
        if piece[0] in (b"/*", b'"', b"'", b"`"):
            return None
        if piece[0] == b"//":
            whole = text[start : piece.start()]
            code = whole.rstrip(b" ")
            inner = code.lstrip(b"\t")
            if not inner or b"\t" in inner or code == whole:
                return None
            width = len(inner.decode("utf-8", "replace"))
            return _Line(code[: len(code) - len(inner)], width, Span(start + len(code), piece.start()))
    return None


def _is_aligned(run: Sequence[_Line]) -> bool:
    column = max(line.width for line in run) + 1
    return all(line.width + line.gap.end - line.gap.start == column for line in run)


def _aligned(run: list[_Line], kept: list[_Kept], data: bytes, edits: Sequence[TextEdit]) -> Iterator[TextEdit]:
    """What moves the comments of a run into one column; nothing where a gap is the fix's own, or they were in none before."""
    if _is_aligned(run):
        return
    column = max(line.width for line in run) + 1
    found: list[TextEdit] = []
    for line in run:
        gap = _origin(line.gap, kept)
        if gap is None:
            return
        before, _ = _run(data, _line_start(data, gap.start))
        if before and not _is_aligned(before):
            return
        found.append(TextEdit(gap, b" " * (column - line.width)))
    if not conflicts([*edits, *found]):
        yield from (edit for edit in found if data[edit.span.start : edit.span.end] != edit.new_text)


def _origin(gap: Span, kept: list[_Kept]) -> Span | None:
    """Where a gap was before the edits; None where they have made it."""
    index = bisect_right([piece.start for piece in kept], gap.start) - 1
    for piece in kept[max(index - 1, 0) : index + 1]:
        if piece.start <= gap.start and gap.end <= piece.start + piece.length:
            shift = piece.origin - piece.start
            return Span(gap.start + shift, gap.end + shift)
    return None
