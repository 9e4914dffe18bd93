"""undeclared-export: C.F for an exported Go function that the preamble does not declare; see undeclared_export.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.go_file import GoFile
from cgo_ls.rules.exports.parts.export_lines import ExportedFunction, exported_functions
from cgo_ls.rules.exports.parts.generated_prototype import generated_prototype
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.preamble.parts.visible_headers import only_standard_headers
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.symbols.parts.exported_prototypes import c_type
from cgo_ls.text.span import Span


@rule("undeclared-export", family="exports", severity="error", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    exports: dict[str, ExportedFunction] = {}
    for file in package.files:
        exports.update({exported.name: exported for exported in exported_functions(file)})
    if not exports:
        return
    for file in package.files:
        scope, seen = package.scope(file), set[str]()
        names = {name for name in file.c_names if name in exports and scope.resolve(name) is None}
        if not names or not only_standard_headers(scope):
            continue
        for reference, span in file.uses_of(names):
            name = reference.name
            if name not in seen and exports[name].file.package_name == file.package_name:
                seen.add(name)
                yield _finding(context, file, exports[name], span)


def _finding(context: PackageContext, file: GoFile, exported: ExportedFunction, span: Span) -> Finding:
    name = exported.name
    message = f"C.{name} is a Go function exported to C, but the preamble of this file does not declare it"
    generated = generated_prototype(exported, context.package)
    plain = generated.plain() if generated is not None else None
    if plain is not None and exported.file is not file:
        # A type the other file's preamble declares may be unknown here.
        kinds = (*exported.function.parameters, *exported.function.results)
        plain = plain if all("C." not in each.type or _is_basic(each.type, context, file) for each in kinds) else None
    edit = append_to_preamble(file, f"extern {plain};") if plain is not None else None
    fixes = (Fix(f"Declare {name} in the preamble", (FileEdit((edit,)),)),) if edit is not None else ()
    return Finding(
        span, message, (Step(exported.name_span, "exported here", exported.file.path),), fixes, path=file.path
    )


def _is_basic(go_type: str, context: PackageContext, file: GoFile) -> bool:
    spelt = c_type(go_type, context.package, file)
    name = go_type.strip("* ").removeprefix("C.")
    return spelt is not None and context.package.scope(file).resolve(name) is not None
