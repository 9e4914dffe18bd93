"""orphaned-preamble: C in a comment that cgo does not take as the preamble; see orphaned_preamble.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.c_reader import read_preamble_unit
from cgo_ls.model.preamble import build_preamble
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.preamble.parts.lost_comments import Reason, find_c_import, lost_comments
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.span import Span

_MESSAGES: dict[Reason, str] = {
    "blank": 'a blank line keeps this comment from import "C"; cgo ignores it',
    "group": 'cgo ignores a comment above an import group of several; "C" needs its own import below the comment',
    "behind": 'cgo ignores a comment behind import "C"; a preamble stands above it',
    "below": 'cgo ignores a comment below import "C"; a preamble stands above it',
    "between": 'cgo ignores a comment above another import; a preamble stands directly above import "C"',
}


@rule("orphaned-preamble", family="preamble", severity="error", scope="file", since="0.1", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    target = find_c_import(context.file)
    if target is None:
        return
    # With another preamble in place the program may well build without this one.
    severity = "warning" if any(placed.preamble.text for placed in context.file.preambles) else None
    steps = (Step(target.spec, "the preamble of this import"),)
    for lost in lost_comments(context.file, target):
        place = _first_c_line(context, lost.comments)
        if place is not None:
            fixes = (Fix('Make the comment the preamble of import "C"', (FileEdit(lost.edits),)),) if lost.edits else ()
            yield Finding(place, _MESSAGES[lost.reason], steps, fixes, severity)


def _first_c_line(context: FileContext, comments: tuple[Span, ...]) -> Span | None:
    """The first line that says something in C; None unless all of the comment is plainly C."""
    data = context.file.data
    if not any(mark in data[comments[0].start : comments[-1].end] for mark in (b"#", b";", b"{")):
        return None
    preamble = build_preamble(data, comments)
    unit = read_preamble_unit(context.file.path, preamble)
    if unit.has_error:
        return None
    said = (*unit.includes, *unit.macros, *unit.functions, *unit.types)
    starts = [item.place.span.start + preamble.span.start for item in said]
    starts += [directive.span.start for directive in preamble.directives if not directive.error]
    if not starts:
        return None
    start = min(starts)
    newline = data.find(b"\n", start)
    end = min(newline if newline >= 0 else len(data), preamble.span.end)
    return Span(start, start + len(data[start:end].removesuffix(b"*/").rstrip()))
