"""Adding a line of C to the end of a file's preamble, where all its types are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

if TYPE_CHECKING:
    from cgo_ls.model.go_file import GoFile


def append_to_preamble(file: GoFile, line: str) -> TextEdit | None:
    """An insert of `line` in the first preamble of the file, in the style of its last comment. File offsets.

    A file whose `import "C"` has no comment gets one. None where there is no import "C" of its own line.
    """
    if file.preamble is None:
        return None
    text, line_end = line.encode(), line_ending(file.data)
    placed = file.preambles[0]
    end = placed.base + placed.preamble.span.end
    if not placed.preamble.text:
        return _first_line(file, text, line_end)
    last_line = _last_line(file.data, end)
    if file.data[end - 2 : end] != b"*/" or last_line.startswith(b"//"):
        end = len(file.data[:end].rstrip(b"\r\n"))
        return TextEdit(Span(end, end), line_end + _indent(file.data, end) + b"// " + text)
    if last_line == b"*/":
        at = end - 2
        return TextEdit(Span(at, at), text + line_end + _indent(file.data, end))
    if last_line.startswith(b"/*"):
        # cgo adds no newline behind `*/`, so the comment itself becomes a line.
        start = end - len(last_line)
        lines = (b"// " + last_line[2:-2].strip(), b"// " + text)
        return TextEdit(Span(start, end), (line_end + _indent(file.data, end)).join(lines))
    return None


def _first_line(file: GoFile, text: bytes, line_end: bytes) -> TextEdit | None:
    for declaration in file.declarations:
        facts = declaration.facts
        for imported in facts.imports:
            if imported.path == "C" and imported.alias is None:
                start = (
                    imported.span.start + declaration.declaration.start
                    if facts.grouped
                    else declaration.declaration.keyword
                )
                if declaration.declaration.doc and not facts.grouped:
                    return None
                indent = _indent(file.data, start)
                return TextEdit(Span(start, start), b"// " + text + line_end + indent)
    return None


def _last_line(data: bytes, end: int) -> bytes:
    return data[data.rfind(b"\n", 0, end) + 1 : end].strip()


def _indent(data: bytes, offset: int) -> bytes:
    """The blanks at the start of the line that holds `offset`."""
    line = data[data.rfind(b"\n", 0, offset) + 1 : offset]
    return line[: len(line) - len(line.lstrip(b" \t"))]
