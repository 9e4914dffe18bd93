"""external-constructor: a C constructor that other packages may have under the same name; see external_constructor.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.definitions import Definition, definitions_in, exported_names, is_beside
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_CONSTRUCTOR = re.compile(r"_*(?:con|de)structor_*\b")
# One word, without the prefix that a C library gives its names.
_PLAIN = re.compile(r"_*[a-z]{1,14}")


@rule("external-constructor", family="symbols", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    for unit in package.made_of_c("constructors", lambda: _units(package)):
        declared = [function.name for function in unit.functions]
        for found in definitions_in(unit):
            if not _is_plain_constructor(found) or found.name in exported_names(package):
                continue
            if declared.count(found.name) > 1 or _is_wanted_elsewhere(package, unit, found.name):
                continue
            message = (
                f"{found.name} has external linkage, though nobody but the loader calls it: a program that also imports a "
                "package whose C has one of that name cannot be linked. Make it static"
            )
            yield Finding(found.declared.place.name_span, message, (), (_fix(found),), path=unit.path)


def _units(package: Package) -> list[CUnit]:
    """The preambles and C files that hold a constructor at all."""
    units = [file.c_unit for file in package.files if file.c_unit is not None]
    units += [unit for unit in package.c_units if is_beside(package, unit)]
    return [unit for unit in units if any(_has_attribute(found) for found in definitions_in(unit))]


def _has_attribute(found: Definition) -> bool:
    return found.is_function and any(_CONSTRUCTOR.match(attribute) for attribute in found.declared.attributes)


def _is_plain_constructor(found: Definition) -> bool:
    return _has_attribute(found) and found.external and _PLAIN.fullmatch(found.name) is not None


def _is_wanted_elsewhere(package: Package, unit: CUnit, name: str) -> bool:
    """Whether another text of the package names it, or Go in a file that has no such function of its own."""
    if any(name in file.c_names and not _defines(file.c_unit, name) for file in package.files):
        return True
    word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
    others = [(one.text, one) for one in package.c_units if one.path != unit.path]
    for file in package.files:
        if file.path != unit.path and file.c_unit is not None:
            others += [(preamble.text, file.c_unit) for preamble, _ in file.preambles]
    # Another variant of the package has one of its own.
    return any(word.search(text) and not _defines(other, name) for text, other in others)


def _defines(unit: CUnit | None, name: str) -> bool:
    return unit is not None and any(one.name == name and one.is_definition for one in unit.functions)


def _fix(found: Definition) -> Fix:
    start = found.declared.place.span.start
    edit = TextEdit(Span(start, start), b"static ")
    return Fix(f"Make {found.name} static", (FileEdit((edit,), found.path),))
