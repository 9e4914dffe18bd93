"""A text as bytes with its line table, and how edits turn one version into the next.

Only LF, CRLF and CR end a line, as the protocol says: form feed, vertical tab, NEL, U+2028 and U+2029 do not.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cgo_ls.text.positions import Encoding, Position, encode, offset_at

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Change:
    """One content change, in the coordinates of the text as the changes before it left it.

    Without `start` and `end` the whole text is replaced. A range given backwards is read forwards.
    """

    start: Position | None
    end: Position | None
    text: str


@dataclass(frozen=True, slots=True)
class ByteEdit:
    """The bytes `start..old_end` became `start..new_end`; coordinates follow the edits before it."""

    start: int
    old_end: int
    new_end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one text. `line_starts[i]` is the byte offset at which line i begins; `line_starts[0] == 0`."""

    uri: str
    version: int
    data: bytes
    line_starts: Sequence[int]

    @staticmethod
    def build(uri: str, version: int, data: bytes) -> Document:
        return Document(uri, version, data, build_line_starts(data))

    @staticmethod
    def from_text(uri: str, version: int, text: str) -> Document:
        return Document.build(uri, version, encode(text))

    @property
    def line_count(self) -> int:
        return len(self.line_starts)

    def line_at(self, offset: int) -> int:
        """The 0-based line that holds byte `offset`; a terminator belongs to the line it ends. Clamped at both ends."""
        return max(bisect_right(self.line_starts, offset) - 1, 0)

    def line_bounds(self, line: int) -> tuple[int, int]:
        """Where line `line` begins and where its text ends, before the terminator. The line must exist."""
        start = self.line_starts[line]
        if line + 1 == len(self.line_starts):
            return start, len(self.data)
        end = self.line_starts[line + 1] - 1
        if end > start and self.data[end] == 0x0A and self.data[end - 1] == 0x0D:
            end -= 1
        return start, end

    def apply(
        self, changes: Iterable[Change], version: int, encoding: Encoding
    ) -> tuple[Document, tuple[ByteEdit, ...]]:
        """This document after `changes`, and the byte edits that were made, in order. Never fails: see `offset_at`."""
        document, edits = self, []
        for change in changes:
            if change.start is None or change.end is None:
                start, end = 0, len(document.data)
            else:
                first, last = offset_at(document, change.start, encoding), offset_at(document, change.end, encoding)
                start, end = (first, last) if first <= last else (last, first)
            new_text = encode(change.text)
            edits.append(ByteEdit(start, end, start + len(new_text)))
            document = document.splice(start, end, new_text, version)
        if document is self:
            document = Document(self.uri, version, self.data, self.line_starts)
        return document, tuple(edits)

    def splice(self, start: int, end: int, new_text: bytes, version: int) -> Document:
        """This document with the bytes `start..end` replaced. The offsets must lie in the text, in order."""
        data = b"".join((self.data[:start], new_text, self.data[end:]))
        new_end = start + len(new_text)
        return Document(self.uri, version, data, _patch_line_starts(self.line_starts, data, start, end, new_end))


def build_line_starts(data: bytes) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(data))]


def _patch_line_starts(starts: Sequence[int], data: bytes, start: int, old_end: int, new_end: int) -> list[int]:
    """The line table of `data`, from the table before the edit: only what the edit can have changed is looked at.

    A line start s depends on the bytes s-1 and s alone (on s because LF joins a CR before it). So starts before the
    edit and starts beyond its old end are kept, and terminators that end within start..new_end are searched anew.
    """
    keep = bisect_left(starts, start, lo=1)
    tail = bisect_right(starts, old_end)
    window = _LINE_END.finditer(data, max(start - 1, 0), min(new_end + 1, len(data)))
    fresh = [match.end() for match in window if start <= match.end() <= new_end]
    shift = new_end - old_end
    patched = [*starts[:keep], *fresh]
    patched.extend([offset + shift for offset in starts[tail:]] if shift else starts[tail:])
    return patched
