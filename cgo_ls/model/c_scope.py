"""The C names one Go file can use: the pseudo-package C, its preambles, and the headers of the package they include."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cgo_ls.model.cdecl import CEnumConstant, CFunction, CMacro, CTypeName, CUnit, CVariable
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.headers import search_folders
from cgo_ls.model.pseudo_c import kind_of, needs_header

NameKind = Literal["function", "variable", "type", "macro", "enum", "pseudo"]
CDeclaration = CFunction | CVariable | CTypeName | CMacro | CEnumConstant

_TAGS = ("struct", "union", "enum")


@dataclass(frozen=True, slots=True)
class CName:
    """What `C.name` means: all declarations of that kind a file sees, nearest first, and the path of the first.

    For kind "pseudo" both are empty: cgo itself makes the name.
    """

    name: str
    kind: NameKind
    declarations: tuple[CDeclaration, ...]
    path: str


@dataclass(frozen=True, slots=True)
class CScope:
    """`units` are the texts the file sees, its own preambles first. `headers` are the names in all their `#include`s.

    `complete` is false when an included header is not among them (a system's, a missing one) or was not fully understood:
    then a name that does not resolve proves nothing.
    """

    units: tuple[CUnit, ...]
    headers: frozenset[str]
    complete: bool
    _names: dict[str, CName] = field(default_factory=dict, compare=False, repr=False)

    def resolve(self, name: str) -> CName | None:
        """What Go code means by `C.name`; None when nothing that is visible declares it.

        cgo's own functions and C's basic types win over any declaration, and a tag needs none (`C.struct_x` is then incomplete).
        """
        pseudo = kind_of(name)
        if pseudo in ("function", "forbidden") or (pseudo == "type" and not needs_header(name)):
            return CName(name, "pseudo", (), "")
        return self.names.get(name) or (CName(name, "pseudo", (), "") if pseudo == "prefix" else None)

    @property
    def names(self) -> Mapping[str, CName]:
        """Every name that is declared, as Go spells it."""
        if not self._names:
            self._names.update(_index(self.units))
        return self._names

    def includes(self, header: str) -> bool:
        """Whether `#include <header>` or `"header"`, spelled so, is reached, directly or through a header of the package."""
        return header in self.headers


EMPTY_SCOPE = CScope((), frozenset(), complete=True)


def build_scope(file: GoFile, local: Mapping[str, CUnit], directories: tuple[str, ...]) -> CScope:
    """The scope of a file. `local` are the C texts of the package by path, `directories` where `#include` searches."""
    if file.c_unit is None:
        return EMPTY_SCOPE
    units, headers, complete = [file.c_unit], set[str](), True
    seen, reached = {file.path}, 0
    while reached < len(units):
        unit = units[reached]
        reached += 1
        complete = complete and not unit.has_error
        beside = posixpath.dirname(unit.path)
        for include in unit.includes:
            headers.add(include.name)
            search = directories if include.system else (beside, *directories)
            found = _find(include.name, search, local)
            if found is None:
                complete = False
            elif found.path not in seen:
                seen.add(found.path)
                units.append(found)
    return CScope(tuple(units), frozenset(headers), complete)


def include_directories(directory: str, files: Iterable[GoFile]) -> tuple[str, ...]:
    """Where the compiler searches headers: the package's folder (the go command puts it first), then the `-I` of all `#cgo` lines."""
    directives = [each for file in files for preamble, _ in file.preambles for each in preamble.directives]
    return (posixpath.normpath(directory), *search_folders(directory, directives))


def _find(name: str, search: tuple[str, ...], local: Mapping[str, CUnit]) -> CUnit | None:
    if posixpath.isabs(name):
        return local.get(posixpath.normpath(name))
    for directory in search:
        unit = local.get(posixpath.normpath(posixpath.join(directory, name)))
        if unit is not None:
            return unit
    return None


def _index(units: tuple[CUnit, ...]) -> dict[str, CName]:
    """Names by their spelling in Go. Where a macro, or broken C, has one name twice, the kinds are asked in order of rank."""
    groups: dict[tuple[NameKind, str], list[CDeclaration]] = {}
    for unit in units:
        for macro in unit.macros:
            groups.setdefault(("macro", macro.name), []).append(macro)
        for function in unit.functions:
            groups.setdefault(("function", function.name), []).append(function)
        for variable in unit.variables:
            groups.setdefault(("variable", variable.name), []).append(variable)
        for constant in unit.enum_constants:
            groups.setdefault(("enum", constant.name), []).append(constant)
        for declared in unit.types:
            name = f"{declared.kind}_{declared.name}" if declared.kind in _TAGS else declared.name
            groups.setdefault(("type", name), []).append(declared)
    names: dict[str, CName] = {}
    for (kind, name), declarations in groups.items():
        known = names.get(name)
        if known is None or _RANK[kind] < _RANK[known.kind]:
            names[name] = CName(name, kind, tuple(declarations), declarations[0].place.path)
    return names


# A function or variable beside an object-like macro of its name (`#define f f`) is what the macro leads to.
_RANK: dict[NameKind, int] = {"function": 0, "variable": 1, "enum": 2, "type": 3, "macro": 4, "pseudo": 5}
