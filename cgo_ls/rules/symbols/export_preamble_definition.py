"""export-preamble-definition: cgo compiles the preamble of a file with //export twice; see export_preamble_definition.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.definitions import Definition, definitions_in, exports_of
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("export-preamble-definition", family="symbols", severity="error", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    for file in package.files:
        if file.c_unit is None or file.path not in exports_of(package):
            continue
        for definition in definitions_in(file.c_unit):
            if definition.external and not definition.conditional and not _is_inline(definition):
                yield _finding(package, file, definition)


def _is_inline(definition: Definition) -> bool:
    """`extern inline` and its kin: what becomes of them depends on the optimiser."""
    return definition.inline


def _finding(package: Package, file: GoFile, definition: Definition) -> Finding:
    name = definition.name
    message = (
        f"{name} is defined in the preamble of a file with //export, which cgo compiles twice: "
        f"the link fails with multiple definition of {name}. "
    )
    message += (
        "Make it static, or move it" if definition.is_function else "Declare it extern here and move the definition"
    )
    message += " to a .c file or to another Go file's preamble"
    exported = next(
        (export.name_span.shift(one.declaration.start) for one in file.declarations for export in one.facts.exports),
        None,
    )
    steps = (Step(exported, "because of this export", file.path),) if exported is not None else ()
    fix = _fix(package, definition)
    return Finding(definition.declared.place.name_span, message, steps, (fix,) if fix else (), path=file.path)


def _fix(package: Package, definition: Definition) -> Fix | None:
    """`static` gives each compilation a function of its own; a variable would become two, and a value has no symbol then."""
    name = definition.name
    used = (reference for file in package.files for reference, _ in file.uses_of({name}))
    if not definition.is_function or any(not reference.call for reference in used):
        return None
    if any(one.name == name for unit in package.c_units for one in unit.functions):
        return None
    start = definition.declared.place.span.start
    return Fix(f"Make {name} static", (FileEdit((TextEdit(Span(start, start), b"static "),)),))
