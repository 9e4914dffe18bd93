"""The words of `#cgo` lines with their places in the file, and the two edits rules make of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cgo_ls.model.preamble import CgoDirective, split_quoted
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

if TYPE_CHECKING:
    from cgo_ls.model.go_file import GoFile


class CgoLine(NamedTuple):
    """A `#cgo` line of a file; `span` is the directive's in the file."""

    file: GoFile
    directive: CgoDirective
    span: Span


def cgo_lines(file: GoFile) -> Iterator[CgoLine]:
    """All of a file's preambles, in order."""
    for preamble, base in file.preambles:
        for directive in preamble.directives:
            yield CgoLine(file, directive, directive.span.shift(base))


def head_words(line: CgoLine) -> list[tuple[str, Span]]:
    """The words between `#cgo` and the colon (all of them without one)."""
    data = line.file.data[line.span.start : line.span.end]
    colon = data.find(b":")
    return list(_words(data[: colon if colon >= 0 else len(data)], 4, line.span.start))


def argument_words(line: CgoLine) -> list[tuple[str, Span]]:
    """The words behind the colon, unquoted, each with the span of its source. As many as the directive's arguments."""
    data = line.file.data[line.span.start : line.span.end]
    colon = data.find(b":")
    if colon < 0:
        return []
    found: list[tuple[str, Span]] = []
    for text, span in _quoted_words(data, colon + 1, line.span.start):
        unquoted = split_quoted(text)[0]
        found.append((unquoted[0] if unquoted else text, span))
    return found


def delete_word(line: CgoLine, span: Span) -> TextEdit:
    """Delete an argument and the blanks before it."""
    start = span.start
    while line.file.data[start - 1 : start] in (b" ", b"\t"):
        start -= 1
    return TextEdit(Span(start, span.end), b"")


def _words(data: bytes, start: int, base: int) -> Iterator[tuple[str, Span]]:
    position = start
    while position < len(data):
        if data[position : position + 1].isspace():
            position += 1
            continue
        end = position
        while end < len(data) and not data[end : end + 1].isspace():
            end += 1
        yield data[position:end].decode("utf-8", "replace"), Span(base + position, base + end)
        position = end


def _quoted_words(data: bytes, start: int, base: int) -> Iterator[tuple[str, Span]]:
    """As `split_quoted` cuts them: at blanks outside of quotes, a backslash keeping the next character."""
    position = start
    while position < len(data):
        if data[position : position + 1].isspace():
            position += 1
            continue
        end, quote = position, 0
        while end < len(data):
            byte = data[end]
            if byte == 0x5C:
                end += 1
            elif quote:
                quote = 0 if byte == quote else quote
            elif byte in b"\"'":
                quote = byte
            elif data[end : end + 1].isspace():
                break
            end += 1
        end = min(end, len(data))
        yield data[position:end].decode("utf-8", "replace"), Span(base + position, base + end)
        position = end
