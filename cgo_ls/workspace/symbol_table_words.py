"""Verdicts about symbols in sentences, the same in the table, the hover and the code lens."""

from __future__ import annotations

import os

from cgo_ls.data.tables import header_of
from cgo_ls.model.package import Package
from cgo_ls.model.symbol_origin import Origin
from cgo_ls.objects.demangle import demangle

_KINDS = {
    "macro": "a macro: a constant for Go, nothing to link",
    "enum": "an enumerator: a constant for Go, nothing to link",
    "type": "a type: nothing to link",
}


def note_of(package: Package, origin: Origin) -> str:
    """What the linker will make of the name, as a phrase without a full stop."""
    match origin.verdict:
        case "no symbol":
            return _KINDS.get(origin.name.kind, "") if origin.name is not None else ""
        case "links":
            return _links(origin)
        case "system":
            return f"the C library's, as <{header_of(origin.c_name)}> has it"
        case "undeclared":
            return "no declaration is visible from this file's preamble"
        case "static":
            return f"static in {origin.definitions[0].file}: no other file can call it"
        case "mangled":
            return _mangled(origin)
        case "hidden":
            return f"in {origin.library.file}, which does not export it" if origin.library is not None else ""
        case "not compiled":
            return _left_out(package, origin)
        case "undefined":
            return "declared, and defined nowhere"
    return _unknown(package)


def _links(origin: Origin) -> str:
    if origin.by_go:
        return "exported by Go"
    if origin.library is not None:
        return f"linked from {origin.library.file}"
    if origin.definitions and origin.definitions[0].static:
        return "static: called through cgo's wrapper, without a symbol"
    return "linked with the package"


def _mangled(origin: Origin) -> str:
    if origin.library is not None and origin.symbol is not None:
        plain = demangle(origin.symbol.name) or origin.symbol.name
        return f'C++ function {plain} in {origin.library.file}: needs extern "C"'
    return f'C++ function in {origin.definitions[0].file}: needs extern "C"' if origin.definitions else ""


def _left_out(package: Package, origin: Origin) -> str:
    if origin.below is not None:
        path = os.path.relpath(origin.below.path, package.directory).replace(os.sep, "/")
        return f"defined in {path}, which the go command does not compile"
    found = origin.definitions[0]
    return f"defined in {found.file}, which is built for {found.unit.constraint} only"


def _unknown(package: Package) -> str:
    unread = [*package.link.unresolved, *package.link.opaque]
    unread += [f"{library.file} ({library.object.error})" for library in package.link.libraries if library.object.error]
    if not unread:
        return "defined by something that is not read here"
    more = f" and {len(unread) - 3} more" if len(unread) > 3 else ""
    return f"may come from {', '.join(unread[:3])}{more}"
