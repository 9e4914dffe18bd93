"""Edits that make a comment the preamble of `import "C"`. Spans are file offsets; () where it cannot be done in gofmt's layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgo_ls.rules.preamble.import_lines import delete_line, delete_spec
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

if TYPE_CHECKING:
    from cgo_ls.model.go_file import GoDeclaration, GoImport

Edits = tuple[TextEdit, ...]


def join_comment(data: bytes, comments: tuple[Span, ...], declaration: GoDeclaration, imported: GoImport) -> Edits:
    """Delete the blank lines between the comments and the import below them."""
    below = declaration.declaration.start
    gap = Span(comments[-1].end, below)
    if data[gap.start : gap.end].strip() or (imported.doc and declaration.facts.grouped):
        return ()
    joined = TextEdit(gap, line_ending(data))
    return (*(_end_line(data, comments[-1]) if imported.doc else ()), joined)


def _end_line(data: bytes, comment: Span) -> Edits:
    """cgo joins comments without a newline behind `*/`: the text of a block comment must end with one of its own."""
    inner = data[comment.start + 2 : comment.end - 2]
    if not data.startswith(b"/*", comment.start) or inner.rstrip(b" \t").endswith(b"\n"):
        return ()
    at = comment.end - 2 - (len(inner) - len(inner.rstrip(b" \t")))
    return (TextEdit(Span(at, comment.end - 2), line_ending(data)),)


def leave_group(data: bytes, declaration: GoDeclaration, spec: Span) -> Edits:
    """Give `"C"` an import of its own between the comment and the group."""
    removed = delete_spec(data, declaration, spec)
    keyword = declaration.declaration.keyword
    if removed is None or data[spec.start : spec.end] != b'"C"':
        return ()
    return (TextEdit(Span(keyword, keyword), b'import "C"' + 2 * line_ending(data)), removed)


def move_comment(data: bytes, comments: tuple[Span, ...], declaration: GoDeclaration, spec: Span) -> Edits:
    """Take the comments from where they stand and put them directly above the import, which has no preamble yet."""
    text = data[comments[0].start : comments[-1].end]
    line_end = line_ending(data)
    if comments[0].start >= spec.end and b"\n" not in data[spec.end : comments[0].start]:
        blanks = len(data[spec.end : comments[0].start])
        removed: TextEdit | None = TextEdit(Span(comments[0].start - blanks, comments[-1].end), b"")
    else:
        removed = delete_line(data, Span(comments[0].start, comments[-1].end))
    if removed is None or declaration.declaration.doc:
        return ()
    if not declaration.facts.grouped:
        keyword = declaration.declaration.keyword
        return (TextEdit(Span(keyword, keyword), text + line_end), removed)
    indent = data[data.rfind(b"\n", 0, spec.start) + 1 : spec.start]
    if indent.strip() or (text.startswith(b"/*") and b"\n" in text):
        return ()
    lines = [line.strip() for line in text.split(b"\n")]
    return (TextEdit(Span(spec.start, spec.start), b"".join(line + line_end + indent for line in lines)), removed)
