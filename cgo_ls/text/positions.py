"""Byte offset <-> (line, character): the only module that knows position encodings.

Lines of ASCII, nearly all of them, cost nothing. Bytes that are not valid UTF-8 (in files from disk) are one unit each.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cgo_ls.text.document import Document

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_UTF16_HIGH = range(0xD8, 0xDC)
_UTF16_LOW = range(0xDC, 0xE0)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """0-based line, and 0-based character counted in the units of some `Encoding`."""

    line: int
    character: int


def encode(text: str) -> bytes:
    """`text` in UTF-8. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD.

    That is one unit in UTF-16 and UTF-32 and three bytes in UTF-8, just what a client counts for the surrogate, so that
    later positions stay right. Two halves that meet in `text` form their character.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")


def offset_at(document: Document, position: Position, encoding: Encoding) -> int:
    """The byte offset of `position`, always a place in the text.

    Past the end of a line means the line's end, before its terminator; past the last line means the end of the text;
    negative numbers count as 0; a place inside a character (a surrogate pair, a UTF-8 sequence) means its start.
    """
    if position.line < 0:
        return 0
    if position.line >= document.line_count:
        return len(document.data)
    start, end = document.line_bounds(position.line)
    if position.character <= 0:
        return start
    if end - start <= 0:
        return end
    line = document.data[start:end]
    if line.isascii():
        return min(start + position.character, end)
    return start + _byte_length(line, position.character, encoding)


def position_at(document: Document, offset: int, encoding: Encoding) -> Position:
    """The position of byte `offset` (clamped to the text).

    Inside a character it is the character's start; inside a line terminator it is the line's end.
    """
    offset = min(max(offset, 0), len(document.data))
    line = document.line_at(offset)
    start, end = document.line_bounds(line)
    offset = min(offset, end)
    prefix = document.data[start:offset]
    if prefix.isascii():
        return Position(line, offset - start)
    prefix = prefix[: _character_start(document.data[start:end], offset - start)]
    if encoding == "utf-8":
        return Position(line, len(prefix))
    text = prefix.decode("utf-8", "surrogateescape")
    if encoding == "utf-32":
        return Position(line, len(text))
    return Position(line, len(text.encode("utf-16-le", "surrogatepass")) // 2)


def range_at(document: Document, start: int, end: int, encoding: Encoding) -> tuple[int, int, int, int]:
    """`position_at` of both ends of a range, flat: line, character, line, character. One look at most lines, not two."""
    data, line_starts = document.data, document.line_starts
    line = bisect_right(line_starts, start) - 1
    line_start = line_starts[line]
    last = line + 1 == len(line_starts)
    line_end = len(data) if last else line_starts[line + 1] - 1
    if 0 <= start <= end <= line_end and (end < line_end or last or data[end - 1] != 0x0D):
        if data[line_start:end].isascii():
            return line, start - line_start, line, end - line_start
    first, second = position_at(document, start, encoding), position_at(document, end, encoding)
    return first.line, first.character, second.line, second.character


def line_column(document: Document, offset: int) -> tuple[int, int]:
    """1-based line and 1-based byte column of byte `offset` (clamped to the text), as the Go tools print them."""
    offset = min(max(offset, 0), len(document.data))
    line = document.line_at(offset)
    return line + 1, offset - document.line_starts[line] + 1


def _byte_length(line: bytes, character: int, encoding: Encoding) -> int:
    """How many bytes of `line` the first `character` units take; a unit inside a character does not count."""
    if encoding == "utf-8":
        return _character_start(line, min(character, len(line)))
    text = line.decode("utf-8", "surrogateescape")
    if encoding == "utf-32":
        return len(text[:character].encode("utf-8", "surrogateescape"))
    units = text.encode("utf-16-le", "surrogatepass")
    cut = min(2 * character, len(units))
    if cut < len(units) and units[cut + 1] in _UTF16_LOW and units[cut - 1] in _UTF16_HIGH:
        cut -= 2
    return len(units[:cut].decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogateescape"))


def _character_start(line: bytes, cut: int) -> int:
    """`cut`, moved back to the start of the character it lies in; bytes of no valid character stand for themselves."""
    for start in range(cut, max(cut - 4, -1), -1):
        if start >= len(line) or line[start] & 0xC0 == 0x80:
            continue
        lead = line[start]
        length = 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2 if lead >= 0xC0 else 1
        if start + length <= cut:
            return cut
        try:
            line[start : start + length].decode("utf-8")
        except UnicodeDecodeError:
            return cut
        return start
    return cut
