"""How often the text of a header or of an included .c file is compiled in one build of a package."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.definitions import built_together, compiled_together, exports_of, is_beside, is_conditional
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.text.span import Span


@dataclass(frozen=True, slots=True)
class Compilation:
    """One C text that the compiler is given: a preamble, the preambles of all files that export, or a C file of the folder.

    `include` is the `#include` through which it reaches what was asked for, in `path`; None for the text itself.
    """

    path: str
    constraint: str | None
    file: GoFile | None
    include: Span | None
    of_exports: bool = False


def compilations(package: Package, target: CUnit) -> list[Compilation]:
    """Each text that includes `target` under no `#if`, and `target` itself where it is compiled."""
    found: list[Compilation] = []
    if is_beside(package, target):
        found.append(Compilation(target.path, target.constraint, None, None))
    for path, constraint, file, unit, exporting in _texts(package):
        if unit.path != target.path:
            include = _reaches(package, unit, target)
            if include is not None:
                found.append(Compilation(path, constraint, file, include))
                if exporting:
                    found.append(Compilation(path, constraint, file, include, of_exports=True))
    return found


def clashing(found: list[Compilation]) -> tuple[Compilation, Compilation] | None:
    """Two of them that are certainly part of one build."""
    for index, one in enumerate(found):
        for other in found[index + 1 :]:
            if one.file is not None and other.file is not None and one.file is not other.file:
                together = built_together(one.file, other.file)
            else:
                together = compiled_together(one.constraint, other.constraint)
            if together:
                return one, other
    return None


def _texts(package: Package) -> Iterator[tuple[str, str | None, GoFile | None, CUnit, bool]]:
    for file in package.files:
        if file.c_unit is not None:
            yield file.path, file.constraint, file, file.c_unit, file.path in exports_of(package)
    for unit in package.c_units:
        if is_beside(package, unit):
            yield unit.path, unit.constraint, None, unit, False


def _reaches(package: Package, unit: CUnit, target: CUnit) -> Span | None:
    """The `#include` of `unit` that leads to `target`, directly or through other files of the package."""
    local = {one.path: one for one in package.c_units}
    for include in unit.includes:
        if is_conditional(unit, include.place.span):
            continue
        found = find_include(package, local, unit.path, include.name, include.system)
        waiting, seen = [found] if found is not None else [], set[str]()
        while waiting:
            reached = waiting.pop()
            if reached.path == target.path:
                return include.place.span
            if reached.path in seen:
                continue
            seen.add(reached.path)
            for inner in reached.includes:
                next_one = find_include(package, local, reached.path, inner.name, inner.system)
                if next_one is not None and not is_conditional(reached, inner.place.span):
                    waiting.append(next_one)
    return None


def find_include(package: Package, local: dict[str, CUnit], path: str, name: str, system: bool) -> CUnit | None:
    """The file of the package that an `#include` in `path` names: beside it, or in one of the search folders."""
    folders = package.include_directories
    for folder in folders if system else (posixpath.dirname(path), *folders):
        unit = local.get(posixpath.normpath(posixpath.join(folder, name)))
        if unit is not None:
            return unit
    return None
