"""Edits that make a comment the preamble of `import "C"`. Spans are file offsets; () where it cannot be done in gofmt's layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgo_ls.rules.preamble.parts.import_lines import delete_line, delete_spec
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
    if not imported.doc or not data.startswith(b"/*", comments[-1].start):
        return (joined,)
    ended = _end_line(data, comments[-1])
    return () if ended is None else (*ended, joined)


def _end_line(data: bytes, comment: Span) -> Edits | None:
    """cgo joins comments without a newline behind `*/`: a block comment that another follows must end with one, or become `//`.

    None for a longer one that does not end so: there gofmt has its own mind about the lines.
    """
    inner = data[comment.start + 2 : comment.end - 2]
    if inner.rstrip(b" \t").endswith(b"\n"):
        return ()
    if b"\n" in inner:
        return None
    return (TextEdit(comment, b"// " + inner.strip()),)


def leave_group(data: bytes, declaration: GoDeclaration, spec: Span) -> Edits:
    """Give `"C"` an import of its own, with what stands behind it, between the comment and the group."""
    removed = delete_spec(data, declaration, spec, with_comment=True)
    if removed is None or data[spec.start : spec.end] != b'"C"':
        return ()
    keyword = declaration.declaration.keyword
    line = data[spec.start : data.find(b"\n", spec.end)].rstrip()
    return (TextEdit(Span(keyword, keyword), b"import " + line + 2 * line_ending(data)), removed)


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
