"""duplicate-export: one C name for two functions of the package; see duplicate_export.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.cdecl import CFunction, CUnit
from cgo_ls.model.constraints import name_constraints
from cgo_ls.rules.exports.parts.export_lines import ExportedFunction, exported_functions
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import PackageContext, rule

_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".m", ".mm")


@rule("duplicate-export", family="exports", severity="error", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    exports = [
        exported
        for file in context.package.files
        for exported in exported_functions(file)
        if exported.name == exported.function.name
    ]
    first: dict[str, ExportedFunction] = {}
    for exported in exports:
        earlier = first.setdefault(exported.name, exported)
        if earlier is not exported and _same_build(earlier, exported):
            message = f"{exported.name} is exported twice; C has one name for both"
            step = Step(earlier.line.span, "exported here too", earlier.file.path)
            yield Finding(exported.line.rest_span, message, (step,), path=exported.file.path)
    definitions = _definitions(context.package.c_units, context.package.directory)
    for exported in exports:
        defined = definitions.get(exported.name)
        if defined is not None and exported.file.constraint is None:
            message = f"cgo defines {exported.name} for the export, and the package's C defines it too: the linker refuses two definitions"
            step = Step(defined.place.name_span, "defined here too", defined.place.path)
            yield Finding(exported.line.rest_span, message, (step,), path=exported.file.path)


def _same_build(one: ExportedFunction, other: ExportedFunction) -> bool:
    """Whether both are in one program for certain: methods of two types in files of the same constraint."""
    if one.function.receiver is None or other.function.receiver is None:
        return False
    return one.file.package_name == other.file.package_name and one.file.constraint == other.file.constraint


def _definitions(units: tuple[CUnit, ...], directory: str) -> dict[str, CFunction]:
    """Functions that C files of the folder define for the linker, files of other systems aside."""
    found: dict[str, CFunction] = {}
    for unit in units:
        folder, _, name = unit.path.replace("\\", "/").rpartition("/")
        if not unit.path.endswith(_SOURCES) or folder.rstrip("/") != directory.replace("\\", "/").rstrip("/"):
            continue
        if name.startswith(("_", ".")) or name_constraints(unit.path) or unit.has_error:
            continue
        for function in unit.functions:
            weak = any("weak" in attribute for attribute in function.attributes)
            if function.is_definition and function.c_linkage and not (function.static or function.inline or weak):
                found.setdefault(function.name, function)
    return found
