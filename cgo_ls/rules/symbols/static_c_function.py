"""static-c-function: Go calls a C function that is static in a .c file; see static_c_function.md."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.data.tables import header_of
from cgo_ls.model.cdecl import CFunction, CUnit
from cgo_ls.model.definitions import C_FILES, exported_names
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.preamble.parts.visible_headers import only_standard_headers
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.symbols.parts.prototypes import plain_prototype
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@dataclass(frozen=True, slots=True)
class _Static:
    """A static definition: the unit, the definition, and every declaration of the name in that unit."""

    unit: CUnit
    definition: CFunction
    declarations: tuple[CFunction, ...]

    @property
    def file(self) -> str:
        return re.split(r"[\\/]", self.unit.path)[-1]


@rule("static-c-function", family="symbols", severity="error", scope="package", since="0.1", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    statics = package.made_of_c("static-c-functions", lambda: _only_static(package))
    if not statics:
        return
    exported = exported_names(package)
    for file in package.files:
        wanted = {name for name in file.c_names & statics.keys() if name not in exported}
        seen: set[str] = set()
        for reference, span in file.uses_of(wanted):
            name = reference.name
            if name in seen or not reference.call:
                continue
            seen.add(name)
            declared = _is_declared(package, file, name)
            if declared is not None:
                yield _finding(file, span, name, statics[name], declared)


def _only_static(package: Package) -> dict[str, list[_Static]]:
    """Names that the package's .c files define, and only as static; none that libc has."""
    static: defaultdict[str, list[_Static]] = defaultdict(list)
    other: set[str] = set()
    for unit in package.c_units:
        if any(macro.name == "static" for macro in unit.macros):
            return {}
        hidden = {function.name for function in unit.functions if function.static}
        # Defined once with and once without the word, under some #if: which one is compiled is not known.
        plain = {function.name for function in unit.functions if function.is_definition and not function.static}
        hidden -= {name for name in hidden & plain if _defined_static(unit, name)}
        for function in unit.functions:
            if not function.is_definition:
                continue
            if function.name in hidden and unit.path.endswith(C_FILES):
                same = tuple(one for one in unit.functions if one.name == function.name)
                static[function.name].append(_Static(unit, function, same))
            else:
                other.add(function.name)
    return {name: found for name, found in static.items() if name not in other and header_of(name) is None}


def _defined_static(unit: CUnit, name: str) -> bool:
    return any(function.name == name and function.static and function.is_definition for function in unit.functions)


def _is_declared(package: Package, file: GoFile, name: str) -> bool | None:
    """Whether the file sees a declaration of the function, which then cannot be the static one. None: nothing is wrong, or unknown."""
    scope = package.scope(file)
    known = scope.resolve(name)
    if known is None:
        return False if only_standard_headers(scope) else None
    functions = [declared for declared in known.declarations if isinstance(declared, CFunction)]
    if known.kind != "function" or any(declared.is_definition or declared.static for declared in functions):
        return None
    return True


def _finding(file: GoFile, span: Span, name: str, found: list[_Static], declared: bool) -> Finding:
    files = sorted({one.file for one in found})
    where = files[0] if len(files) == 1 else f"{', '.join(files[:-1])} and {files[-1]}"
    message = f"C.{name} cannot be linked: {name} is static in {where}"
    if not declared:
        message += ", and nothing declares it to this file"
    steps = tuple(Step(one.definition.place.name_span, f"{name} is defined here", one.unit.path) for one in found)
    fix = _fix(file, name, found[0], declared) if len(found) == 1 else None
    return Finding(span, message, steps, (fix,) if fix is not None else (), path=file.path)


def _fix(file: GoFile, name: str, static: _Static, declared: bool) -> Fix | None:
    hidden = [function for function in static.declarations if function.static]
    if not all(function.storage for function in hidden):
        return None
    words = tuple(TextEdit(span, b"") for function in static.declarations for span in function.storage)
    edits = [FileEdit(words, static.unit.path)]
    title = f"Remove static from {name} in {static.file}"
    if not declared:
        prototype = plain_prototype(static.definition)
        edit = append_to_preamble(file, prototype) if prototype is not None else None
        if edit is None:
            return None
        edits.append(FileEdit((edit,), file.path))
        title += " and declare it here"
    return Fix(title, tuple(edits))
