"""ignored-export: an export comment that cgo passes over without a word; see ignored_export.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.rules.exports.parts.export_lines import ExportLine, export_lines, write_export
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

_OTHER_COMPILERS = re.compile(r"\b(?:tinygo|wasm|wasip1|js)\b")
_KINDS = {"var": "variable", "const": "constant", "type": "type"}


@rule(
    "ignored-export", family="exports", severity="warning", scope="file", since="0.2", words=(b"export",), fixable=True
)
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    if not file.imports_c:
        yield from _without_import(context)
        return
    for declared in file.declarations:
        if declared.declaration.doc:
            yield from _in_doc(file, declared)
    yield from _detached(file)


def _in_doc(file: GoFile, declared: GoDeclaration) -> Iterator[Finding]:
    """Lines in the doc of a declaration."""
    function = declared.facts.function
    lines = list(export_lines(file, declared.declaration.doc))
    kind = _KINDS.get(declared.declaration.kind)
    if function is None and kind is not None:
        for line in lines:
            if line.heeded and line.rest.isidentifier():
                yield Finding(line.span, f"cgo ignores //export above a {kind}: only functions are exported")
        return
    if function is None:
        return
    heeded = next((line for line in lines if line.heeded), None)
    for line in lines:
        if line is heeded:
            continue
        if line.heeded and heeded is not None:
            message = f"cgo takes only the first //export of a function and ignores this one; {function.name} is exported as {heeded.rest}"
            yield Finding(line.span, message, (Step(heeded.span, "the first one"),))
        elif heeded is None and (line.rest == function.name or not (line.before or line.rest)):
            yield _misspelt(file, declared, line, function.name)


def _misspelt(file: GoFile, declared: GoDeclaration, line: ExportLine, name: str) -> Finding:
    if line.before:
        why = "cgo ignores an export comment with a blank behind //"
    elif line.rest:
        why = "cgo ignores an export comment with a tab behind the word"
    else:
        why = "cgo ignores an export comment without a name"
    fix = Fix(f"Write //export {name}", (FileEdit(write_export(file, declared, line, name)),))
    return Finding(line.span, f"{why}; {name} is not exported", (), (fix,))


def _detached(file: GoFile) -> Iterator[Finding]:
    """Lines in comments that belong to no declaration, for a function of this file that no other line exports."""
    names = {function.name: declared for declared, function in file.functions if function.receiver is None}
    for line in export_lines(file, file.split.detached):
        declared = names.get(line.rest) if line.heeded else None
        if declared is None or any(other.heeded for other in export_lines(file, declared.declaration.doc)):
            continue
        message = f"cgo ignores an export comment that does not stand directly above its function; {line.rest} is not exported"
        keyword = declared.declaration.keyword
        if file.data[keyword : keyword + 4] != b"func":
            continue
        at = declared.declaration.start if declared.declaration.doc else keyword
        steps = (Step(Span(keyword, keyword + 4), "the function"),)
        yield Finding(line.span, message, steps, (_joined(file, line, at, keyword),))


def _joined(file: GoFile, line: ExportLine, start: int, keyword: int) -> Fix:
    """The line moved directly above the function."""
    between = file.data[line.span.end : start]
    title = f"Put the comment directly above {line.rest}"
    end = line_ending(file.data)
    if not between.strip() and start == keyword:
        return Fix(title, (FileEdit((TextEdit(Span(line.span.end, start), end),)),))
    newline = file.data.find(b"\n", line.span.end)
    removed = Span(line.span.start, newline + 1 if newline >= 0 else line.span.end)
    text = file.data[line.span.start : line.span.end].rstrip() + end
    return Fix(title, (FileEdit((TextEdit(removed, b""), TextEdit(Span(keyword, keyword), text))),))


def _without_import(context: FileContext) -> Iterator[Finding]:
    """A file without import "C" in a package that uses cgo: other compilers, and WebAssembly, take //export for themselves."""
    file = context.file
    if file.constraint is not None and _OTHER_COMPILERS.search(file.constraint):
        return
    if not any(other.imports_c and other.package_name == file.package_name for other in context.package.files):
        return
    for declared, function in file.functions:
        for line in export_lines(file, declared.declaration.doc):
            if line.heeded and line.rest == function.name:
                message = f'cgo ignores //export in a file that does not import "C"; {function.name} is not exported'
                edit = _import_edit(file)
                fixes = (Fix('Import "C"', (FileEdit((edit,)),)),) if edit is not None else ()
                yield Finding(line.span, message, (), fixes)
                break


def _import_edit(file: GoFile) -> TextEdit | None:
    end = line_ending(file.data)
    for declaration, _ in file.declarations:
        if declaration.kind == "package":
            return TextEdit(Span(declaration.end, declaration.end), end * 2 + b'import "C"')
    return None
