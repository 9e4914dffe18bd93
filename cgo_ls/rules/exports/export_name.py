"""export-name: an exported name that is not the function's, or one C cannot have; see export_name.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.exports.parts.c_words import is_c_keyword
from cgo_ls.rules.exports.parts.export_lines import ExportedFunction, exported_functions, write_export
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.span import Span


@rule("export-name", family="exports", severity="error", scope="file", since="0.2", words=(b"//export",), fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    for exported in exported_functions(context.file):
        if exported.name != exported.function.name:
            yield _other_name(exported)
        else:
            message = _forbidden(exported, context.file.package_name)
            if message is not None:
                yield Finding(exported.line.rest_span, message)


def _other_name(exported: ExportedFunction) -> Finding:
    line, name = exported.line, exported.function.name
    if line.rest:
        message = f'cgo exports a function under its own name only: this says "{line.rest}", the function is {name}'
    else:
        message = f"the export comment of {name} lacks the name"
    fix = Fix(f"Write //export {name}", (FileEdit(write_export(exported.file, exported.declared, line, name)),))
    span = line.rest_span if line.rest else Span(line.span.start, line.span.start + len("//export"))
    return Finding(span, message, (Step(exported.name_span, "the function"),), (fix,))


def _forbidden(exported: ExportedFunction, package: str) -> str | None:
    name = exported.name
    if is_c_keyword(name):
        return f"{name} is a keyword of C, and cgo writes a C function of this name for the export"
    if exported.function.receiver is not None:
        return None
    if name == "init":
        return "init cannot be exported: it is not a name that anything can refer to"
    if name == "main" and package == "main":
        return "main cannot be exported: the C program around the Go code has a main of its own"
    return None
