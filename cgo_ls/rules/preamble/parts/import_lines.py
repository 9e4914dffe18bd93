"""Taking an import out of a file, or a line out of a block, so that gofmt has nothing left to do. File offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

if TYPE_CHECKING:
    from cgo_ls.model.go_file import GoDeclaration, GoFile


def delete_line(data: bytes, span: Span, *, with_comment: bool = False) -> TextEdit | None:
    """Delete the line, or lines, that hold `span` and nothing else; a blank line that would stand doubled or first goes too.

    `with_comment`: a `//` comment behind the span may go with it.
    """
    start = data.rfind(b"\n", 0, span.start) + 1
    newline = data.find(b"\n", span.end)
    end = len(data) if newline < 0 else newline + 1
    behind = data[span.end : end].strip()
    if data[start : span.start].strip() or (behind and not (with_comment and behind.startswith(b"//"))):
        return None
    above = data[data.rfind(b"\n", 0, max(start - 1, 0)) + 1 : start].strip()
    below_end = data.find(b"\n", end) + 1 or len(data)
    below = data[end:below_end].strip()
    if not below and below_end > end and (not above or above.endswith(b"(")):
        end = below_end
    elif not above and below == b")":
        start = data.rfind(b"\n", 0, max(start - 1, 0)) + 1
    return TextEdit(Span(start, end), b"")


def delete_import(file: GoFile, path: str) -> TextEdit | None:
    """Delete the import of `path` (without an alias); None where it is not there, or is not on a line of its own."""
    for declaration in file.declarations:
        for imported in declaration.facts.imports:
            if imported.path == path and imported.alias is None and not imported.doc:
                return delete_spec(
                    file.data, declaration, imported.span.shift(declaration.declaration.start), with_comment=True
                )
    return None


def delete_spec(data: bytes, declaration: GoDeclaration, span: Span, *, with_comment: bool = False) -> TextEdit | None:
    """Delete the import spec at `span`, or the whole declaration when nothing else is in it."""
    if len(declaration.facts.imports) > 1:
        return delete_line(data, span, with_comment=with_comment)
    return None if declaration.declaration.doc else delete_line(data, declaration.declaration.region)
