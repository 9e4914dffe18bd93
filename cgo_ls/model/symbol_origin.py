"""Where a C name of a package is declared, where it is defined, and whether the linker can bring the two together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cgo_ls.data.tables import declared_by, header_of
from cgo_ls.model.cdecl import CFunction, CUnit, CVariable
from cgo_ls.model.closed_world import headers_are_known, is_certainly_undefined
from cgo_ls.model.constraints import ARCHITECTURES, SYSTEMS
from cgo_ls.model.definitions import (
    CPLUSPLUS_FILES,
    Definition,
    compiled_with,
    definitions,
    exported_names,
    tags,
)
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.link_inputs import Library, SourceBelow
from cgo_ls.model.package import CName, CScope, Package
from cgo_ls.objects.demangle import function_name
from cgo_ls.objects.object_file import ObjectSymbol

Verdict = Literal[
    "links",  # a definition is in sight of the linker
    "system",  # the C library has it
    "no symbol",  # a constant, a type, a macro: nothing to link
    "unknown",  # something that is not read here may define it
    "undeclared",  # the compiler cannot know it
    "static",  # defined in a C file, for that file only
    "mangled",  # defined in C++ under another name
    "hidden",  # in a shared library, and kept to itself
    "not compiled",  # defined in a file that the go command leaves out
    "undefined",  # nothing defines it
]
BROKEN: frozenset[Verdict] = frozenset(["undeclared", "static", "mangled", "hidden", "not compiled", "undefined"])
_EXTERN_C = re.compile(rb'extern\s*"C"|EXTERN_?C|BEGIN_DECLS|C_LINKAGE|C_API', re.IGNORECASE)
# Names that compilers define without being told.
_PREDEFINED = frozenset(["linux", "unix", "i386", "arm", "mips", "sun"])


@dataclass(frozen=True, slots=True)
class Origin:
    """All there is to say of `C.name` in one file. `name` is None where no declaration is visible.

    `definitions` are those the verdict rests on; `library` with `symbol` where it is a library that defines or hides the name;
    `below` a file in a folder below that does.
    """

    c_name: str
    name: CName | None
    verdict: Verdict
    definitions: tuple[Definition, ...] = ()
    library: Library | None = None
    symbol: ObjectSymbol | None = None
    below: SourceBelow | None = None
    by_go: bool = False


def origin_of(package: Package, file: GoFile, c_name: str) -> Origin:
    """The origin of a name that `file`, one of the package's, uses."""
    scope = package.scope(file)
    known = scope.resolve(c_name)
    if known is None:
        return _undeclared(package, file, scope, c_name)
    if known.kind not in ("function", "variable"):
        return Origin(c_name, known, "no symbol")
    visible = {
        one.place
        for one in known.declarations
        if isinstance(one, CFunction | CVariable) and (one.is_definition or one.static)
    }
    if visible:
        found = tuple(one for one in definitions(package).get(c_name, ()) if one.declared.place in visible)
        return Origin(c_name, known, "links", found)
    return _linked(package, file, c_name, known)


def _linked(package: Package, file: GoFile, c_name: str, known: CName) -> Origin:
    """A name that is declared, and defined elsewhere if at all."""
    outside = compiled_with(package, c_name)
    external = tuple(one for one in outside if not one.static and _has_c_name(package, one))
    built = tuple(one for one in external if not is_left_out(package, file, one))
    if built:
        return Origin(c_name, known, "links", built)
    if c_name in exported_names(package):
        return Origin(c_name, known, "links", by_go=True)
    library = library_of(package, c_name)
    if library is not None:
        return Origin(c_name, known, "links", library=library[0], symbol=library[1])
    if c_name in package.link.mentioned:
        return Origin(c_name, known, "unknown")
    if external:
        return Origin(c_name, known, "not compiled" if package.link.complete else "unknown", external)
    if outside and header_of(c_name) is None:
        static = tuple(one for one in outside if one.static and not _is_cplusplus(one))
        mangled = tuple(one for one in outside if not one.static and not _has_c_name(package, one))
        if static or mangled:
            return Origin(c_name, known, "static" if static else "mangled", static or mangled)
    return _missing(package, file, c_name, known)


def _missing(package: Package, file: GoFile, c_name: str, known: CName) -> Origin:
    """A name that no text of the package defines."""
    if header_of(c_name) is not None:
        return Origin(c_name, known, "system")
    if c_name.startswith("_") or not package.link.complete:
        return Origin(c_name, known, "unknown")
    for library in package.link.libraries:
        hidden = library.object.hidden.get(c_name)
        if hidden is not None and library.object.kind == "shared":
            return Origin(c_name, known, "hidden", library=library, symbol=hidden)
    mangled = package.note("mangled", _mangled).get(c_name)
    if mangled is not None:
        return Origin(c_name, known, "mangled", library=mangled[0], symbol=mangled[1])
    if not is_certainly_undefined(package, file, known):
        return Origin(c_name, known, "unknown")
    below = next((one for one in package.link.below if defines(one.text, c_name)), None)
    return Origin(c_name, known, "not compiled" if below is not None else "undefined", below=below)


def _undeclared(package: Package, file: GoFile, scope: CScope, c_name: str) -> Origin:
    """A name without a declaration: certainly so when every header is known, or when a C file of the package defines it."""
    outside = compiled_with(package, c_name)
    plain = not c_name.startswith("_") and c_name not in _PREDEFINED and not _is_defined_by_flag(package, c_name)
    if header_of(c_name) is not None or not plain:
        return Origin(c_name, None, "system" if declared_by(c_name, scope.headers) else "unknown")
    external = tuple(one for one in outside if not one.static and _has_c_name(package, one))
    if scope.complete or (outside and headers_are_known(scope)):
        return Origin(c_name, None, "undeclared", external)
    return Origin(c_name, None, "unknown", external)


def _mangled(package: Package) -> dict[str, tuple[Library, ObjectSymbol]]:
    """The C++ functions of the libraries that stand in no class or namespace, by their bare names."""
    found: dict[str, tuple[Library, ObjectSymbol]] = {}
    for library in package.link.libraries:
        for symbol in library.object.symbols.values():
            if symbol.name.startswith(("_Z", "?")):
                plain = function_name(symbol.name)
                if plain is not None:
                    found.setdefault(plain, (library, symbol))
    return found


def library_of(package: Package, c_name: str) -> tuple[Library, ObjectSymbol] | None:
    """The first library of the package that offers the name to the linker."""
    for library in package.link.libraries:
        symbol = library.object.symbols.get(c_name)
        if symbol is not None:
            return library, symbol
    return None


def is_left_out(package: Package, file: GoFile, definition: Definition) -> bool:
    """Whether the constraints of a C file certainly keep it out of some build that `file` is part of."""
    constraint = definition.unit.constraint
    if constraint is None or file.constraint is not None:
        return False
    words = tags(constraint)
    if "ignore" in words:
        return True
    if "!" in constraint or not words <= SYSTEMS | ARCHITECTURES or words & {"linux", "unix"} or not words & SYSTEMS:
        return False
    return not _is_for_other_systems(package, words)


def _is_for_other_systems(package: Package, words: frozenset[str]) -> bool:
    """Whether the package as a whole seems to be for these systems: its flags or its other files speak of them."""
    for file in package.files:
        if file.constraint is not None and tags(file.constraint) & words:
            return True
        if any(include.name.lower() in ("windows.h", "objc/objc.h") or ("/" in include.name and include.name[0].isupper())
               for unit in (file.c_unit,) if unit is not None for include in unit.includes):  # fmt: skip
            return True
        directives = [one for preamble, _ in file.preambles for one in preamble.directives]
        if any(set(one.constraints) & words or "-framework" in one.arguments for one in directives):
            return True
    return False


def defines(text: bytes, c_name: str) -> bool:
    """Whether C text seems to define a function of that name."""
    name = re.escape(c_name.encode("ascii", "replace"))
    return (
        re.search(rb"^[A-Za-z_][\w \t*]*[ \t*\n]" + name + rb"[ \t]*\([^;{}]{0,2000}\)\s*\{", text, re.MULTILINE)
        is not None
    )


def _is_cplusplus(definition: Definition) -> bool:
    return definition.path.endswith(CPLUSPLUS_FILES)


def _has_c_name(package: Package, definition: Definition) -> bool:
    """Whether the linker sees the name as it is written: C, a variable, or C++ under `extern "C"`, there or in a header it includes."""
    if not _is_cplusplus(definition) or not isinstance(definition.declared, CFunction) or definition.declared.c_linkage:
        return True
    return any(
        one.c_linkage and one.name == definition.name
        for unit in _seen_by(package, definition)
        # A header is read as C, where all linkage is C's; for C++ it has to say so, or whoever includes it.
        if _EXTERN_C.search(unit.text) or _EXTERN_C.search(definition.unit.text)
        for one in unit.functions
    )


def _seen_by(package: Package, definition: Definition) -> Iterator[CUnit]:
    """The unit of a definition, and the headers of the package it includes, by the last part of their names."""
    waiting, seen = [definition.unit], set[str]()
    while waiting:
        unit = waiting.pop()
        if unit.path in seen:
            continue
        seen.add(unit.path)
        yield unit
        names = tuple("/" + include.name.rpartition("/")[2] for include in unit.includes)
        waiting += [one for one in package.c_units if one.path.endswith(names)] if names else []


def _is_defined_by_flag(package: Package, c_name: str) -> bool:
    """`-DNAME`, and `-include`, which may bring anything."""
    for one in package.files:
        for preamble, _ in one.preambles:
            for directive in preamble.directives:
                for word in directive.arguments:
                    if word in ("-include", "-imacros") or word.removeprefix("-D").partition("=")[0] == c_name:
                        return True
    return False
