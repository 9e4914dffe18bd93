"""From a C name to where it stands: its definition, and all the places that use it."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cgo_ls.features.c_places import NamedPlace, c_name_at, c_words, go_file
from cgo_ls.model.cdecl import CFunction, CPlace, CUnit, CVariable
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.text.span import Span
from cgo_ls.workspace.session import Snapshot


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Bytes of a file, which may be none that is open."""

    path: str
    span: Span


def definitions(snapshot: Snapshot, path: str, offset: int) -> tuple[Location, ...]:
    """Where the C name at byte `offset` is defined; declared, if its definition is not in the package. An `#include` leads to
    the header. Empty for what cgo or the system supplies."""
    header = _included(snapshot, path, offset)
    if header is not None:
        return (Location(header, Span(0, 0)),)
    place = c_name_at(snapshot, path, offset)
    if place is None:
        return ()
    exported = tuple(_exports(place.result.package, place.name))
    if exported:
        return exported
    declared = _declared(place)
    defined = [each for each in declared if each[1]]
    return tuple(dict.fromkeys(_location(each) for each, _ in (defined or declared)[:1]))


def references(snapshot: Snapshot, path: str, offset: int, with_declarations: bool = True) -> tuple[Location, ...]:
    """Every place of the package that means the C name at byte `offset`: in Go, in preambles, and in the C beside them."""
    place = c_name_at(snapshot, path, offset)
    if place is None:
        return ()
    package, name = place.result.package, place.name
    found = {
        Location(file.path, Span(start + reference.name_span.start, start + reference.name_span.end))
        for file in package.files
        for declared in file.declarations
        if name in declared.facts.c_names
        for start in (declared.declaration.start,)
        for reference in declared.facts.c_references
        if reference.name == name
    }
    declared = {_location(each) for each, _ in _declared(place)} | set(_exports(package, name))
    if declared:
        found.update(_in_c(package, name))
    return tuple(sorted(found | declared if with_declarations else found - declared))


def _declared(place: NamedPlace) -> list[tuple[CPlace, bool]]:
    """The declarations the file sees and the definitions elsewhere in the package, each with whether it defines."""
    known = place.result.package.scope(place.file).resolve(place.name)
    seen = known.declarations if known is not None else ()
    found = [(each.place, getattr(each, "is_definition", True)) for each in seen]
    if not any(isinstance(each, CFunction | CVariable) for each in seen):
        return found
    for unit in place.result.package.c_units:
        named: Iterable[CFunction | CVariable] = (*unit.functions, *unit.variables)
        found += [
            (each.place, True) for each in named if each.name == place.name and each.is_definition and not each.static
        ]
    return found


def _exports(package: Package, name: str) -> Iterator[Location]:
    """The Go function that `//export name` gives to C."""
    for file in package.files:
        for declared, function in file.functions:
            if any(each.name == name for each in declared.facts.exports):
                yield Location(file.path, function.name_span.shift(declared.declaration.start))


def _in_c(package: Package, name: str) -> Iterator[Location]:
    for file in package.files:
        for preamble, base in file.preambles:
            for _, span in c_words(preamble.text, name):
                start = base + preamble.to_file(span.start)
                yield Location(file.path, Span(start, start + len(span)))
    for unit in package.c_units:
        for _, span in c_words(unit.text, name):
            yield Location(unit.path, span)


def _included(snapshot: Snapshot, path: str, offset: int) -> str | None:
    """The header of the package that the `#include` at `offset` names."""
    result = snapshot.package(os.path.dirname(path))
    file = go_file(result, path)
    include = next((each for each in _includes(file) if each.place.span.contains(offset)), None)
    if file is None or include is None:
        return None
    units: dict[str, CUnit] = {unit.path: unit for unit in result.package.c_units}
    for folder in (os.path.dirname(path), *result.package.include_directories):
        header = posixpath.normpath(posixpath.join(folder, include.name))
        if header in units:
            return header
    return None


def _includes(file: GoFile | None):
    return file.c_unit.includes if file is not None and file.c_unit is not None else ()


def _location(place: CPlace) -> Location:
    return Location(place.path, place.name_span)
