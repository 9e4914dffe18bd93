"""cgo-directive-outside-preamble: #cgo lines in a comment that is no preamble; see cgo_directive_outside_preamble.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.go_file import GoFile
from cgo_ls.model.preamble import build_preamble
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.preamble.parts.import_lines import delete_line
from cgo_ls.rules.preamble.parts.lost_comments import find_c_import, lost_comments
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.span import Span


@rule(
    "cgo-directive-outside-preamble",
    family="preamble",
    severity="warning",
    scope="file",
    since="0.2",
    words=(b"#cgo",),
    fixable=True,
)
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    target = find_c_import(file)
    if target is None or file.data.count(b"#cgo") == sum(p.preamble.text.count(b"#cgo") for p in file.preambles):
        return
    # orphaned-preamble speaks of those that were meant for the import.
    lost = {span.start for comment in lost_comments(file, target) for span in comment.comments}
    for comments in _groups(file):
        if any(comment.start in lost for comment in comments):
            continue
        preamble = build_preamble(file.data, comments)
        lines = [line.strip() for line in preamble.text.split(b"\n") if line.strip()]
        directives = [each for each in preamble.directives if not each.error and each.arguments]
        if not directives or not all(line.startswith(b"#") for line in lines):
            continue
        for directive in directives:
            message = (
                'the go command reads #cgo lines in the comment above import "C" only; this one is ignored, '
                f"and so are its {directive.verb}"
            )
            fix = _fix(file, directive.span, directive.text) if len(lines) == 1 else None
            yield Finding(directive.span, message, (), (fix,) if fix is not None else (), unnecessary=True)


def _groups(file: GoFile) -> Iterator[tuple[Span, ...]]:
    """Comments between declarations, each by itself where a blank line follows, and the docs of all that is no import."""
    group: list[Span] = []
    for comment in file.split.detached:
        if group and file.data.count(b"\n", group[-1].end, comment.start) > 1:
            yield tuple(group)
            group = []
        group.append(comment)
    if group:
        yield tuple(group)
    for declared in file.declarations:
        if declared.declaration.kind not in ("import", "package") and declared.declaration.doc:
            yield declared.declaration.doc


def _fix(file: GoFile, span: Span, text: str) -> Fix | None:
    start = file.data.rfind(b"\n", 0, span.start) + 1
    if file.data[start : span.start].strip() != b"//":
        return None
    removed = delete_line(file.data, Span(start, span.end))
    added = append_to_preamble(file, text)
    if removed is None or added is None:
        return None
    return Fix('Move the line to the comment above import "C"', (FileEdit((removed, added)),))
