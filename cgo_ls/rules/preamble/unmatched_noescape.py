"""unmatched-noescape: #cgo noescape or nocallback for a function that no Go code calls; see unmatched_noescape.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.preamble.parts.cgo_lines import cgo_lines, head_words
from cgo_ls.rules.preamble.parts.import_lines import delete_line
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.span import Span


@rule("unmatched-noescape", family="preamble", severity="error", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    lines = [
        line
        for file in context.package.files
        for line in cgo_lines(file)
        if line.directive.verb in ("noescape", "nocallback") and not line.directive.error
    ]
    if not lines:
        return
    used = {
        reference.name
        for file in context.package.files
        for declared in file.declarations
        for reference in declared.facts.c_references
    }
    unread = any(declared.facts.has_error for file in context.package.files for declared in file.declarations)
    for line in lines:
        name = line.directive.arguments[0]
        if name in used or unread:
            continue
        data, place = line.file.data, head_words(line)[-1][1]
        message = f"cgo refuses #cgo {line.directive.verb} {name}: no Go code of the package calls C.{name}"
        start = data.rfind(b"\n", 0, line.span.start) + 1
        edit = delete_line(data, Span(start, line.span.end)) if _stands_alone(data, start, line.span) else None
        fixes = (Fix("Delete the line", (FileEdit((edit,)),)),) if edit is not None else ()
        yield Finding(place, message, (), fixes, path=line.file.path)


def _stands_alone(data: bytes, start: int, span: Span) -> bool:
    end = data.find(b"\n", span.end)
    return data[start : span.start].strip() in (b"", b"//") and not data[span.end : end if end >= 0 else None].strip()
