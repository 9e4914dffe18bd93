"""The table behind "where is this symbol?": one row for each C name that a package's Go files use."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from cgo_ls.data.tables import header_of
from cgo_ls.model.cdecl import CFunction, CPlace
from cgo_ls.model.definitions import Definition
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.link_inputs import Library
from cgo_ls.model.package import CName, Package
from cgo_ls.model.symbol_origin import BROKEN, Verdict, origin_of
from cgo_ls.objects.demangle import demangle
from cgo_ls.objects.object_file import ObjectSymbol
from cgo_ls.workspace.session import Snapshot
from cgo_ls.workspace.symbol_table_words import note_of


@dataclass(frozen=True, slots=True)
class Location:
    """A file, absolute, and a line, 1-based; 0 where a file has none (a library)."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class SymbolRow:
    """One C name. `home` says where it is defined: "preamble", "header", "C file", "C++ file", "Go", "archive", "shared library", "object",
    "system" or "". `detail` is the archive's member or the demangled name. `binding` and `visibility` are "" where there is no symbol.
    `note` is a sentence about the verdict.
    """

    name: str
    kind: str
    used: tuple[Location, ...]
    declared: Location | None
    defined: Location | None
    home: str
    detail: str
    linkage: str
    binding: str
    visibility: str
    verdict: Verdict
    note: str

    @property
    def broken(self) -> bool:
        return self.verdict in BROKEN


def build_symbol_table(snapshot: Snapshot, directory: str) -> tuple[SymbolRow, ...]:
    """The rows of a package by name, those with a symbol first. Files that disagree about a name give a row each."""
    package = snapshot.package(directory).package
    builder = _Builder(snapshot, package)
    found: dict[tuple[object, ...], SymbolRow] = {}
    for file in package.files:
        for name in sorted(file.c_names):
            row = builder.row(file, name)
            if row is not None:
                key = (row.name, row.verdict, row.declared if row.linkage == "internal" else None, row.defined)
                known = found.get(key)
                found[key] = row if known is None else _joined(known, row)
    return tuple(sorted(found.values(), key=lambda row: (row.verdict == "no symbol", row.name, row.used)))


def row_of(snapshot: Snapshot, package: Package, file: GoFile, name: str) -> SymbolRow | None:
    """The row of one name as one file sees it; None for names that cgo itself makes (`C.int`, `C.CString`)."""
    return _Builder(snapshot, package).row(file, name)


def _joined(one: SymbolRow, other: SymbolRow) -> SymbolRow:
    return replace(one, used=(*one.used, *other.used))


class _Builder:
    """Makes rows; reads lines and archive members where a row asks for them."""

    def __init__(self, snapshot: Snapshot, package: Package) -> None:
        self._snapshot, self._package = snapshot, package
        self._hidden_flag = any(
            word in ("-fvisibility=hidden", "-fvisibility=internal")
            for file in package.files
            for preamble, _ in file.preambles
            for directive in preamble.directives
            if directive.verb in ("CFLAGS", "CPPFLAGS")
            for word in directive.arguments
        )

    def row(self, file: GoFile, name: str) -> SymbolRow | None:
        origin = origin_of(self._package, file, name)
        if origin.name is not None and origin.name.kind == "pseudo":
            return None
        used = tuple(self._location(file.path, span.start) for _, span in file.uses_of({name}))
        declared = self._declared(origin.name)
        if origin.verdict == "no symbol":
            parts = (declared, "", "", "none", "", "")
        elif origin.definitions:
            parts = self._of_text(origin.definitions[0])
        elif origin.library is not None and origin.symbol is not None:
            parts = self._of_library(origin.library, origin.symbol)
        elif origin.by_go:
            parts = (self._export(name), "Go", "", "external", "global", "hidden" if self._hidden_flag else "default")
        elif origin.below is not None:
            parts = (Location(origin.below.path, 0), "C file", "", "external", "global", "")
        elif origin.verdict == "system":
            header = header_of(name)
            parts = (None, "system", f"<{header}>" if header else "", "external", "global", "default")
        else:
            parts = (None, "", "", "external", "", "")
        kind = origin.name.kind if origin.name is not None else "function"
        return SymbolRow(name, kind, used, declared, *parts, origin.verdict, note_of(self._package, origin))

    def _of_text(self, found: Definition) -> tuple[Location, str, str, str, str, str]:
        place = found.declared.place
        home = _home(self._package, found)
        linkage = "internal" if found.static else "external"
        binding = "local" if found.static else "weak" if found.weak else "global"
        mangled = isinstance(found.declared, CFunction) and not found.declared.c_linkage and home == "C++ file"
        detail = "C++ name" if mangled else ""
        return (
            self._location(place.path, place.name_span.start),
            home,
            detail,
            linkage,
            binding,
            self._visibility(found),
        )

    def _visibility(self, found: Definition) -> str:
        if found.static:
            return ""
        for attribute in found.declared.attributes:
            for word in ("hidden", "default", "protected", "internal"):
                if attribute.startswith("visibility") and word in attribute:
                    return word
        return "hidden" if self._hidden_flag else "default"

    def _of_library(self, library: Library, symbol: ObjectSymbol) -> tuple[Location, str, str, str, str, str]:
        kind = library.object.kind
        home = {"archive": "archive", "shared": "shared library"}.get(kind, "object")
        detail = demangle(symbol.name) or ""
        if symbol.member >= 0:
            symbol, member = self._in_member(library, symbol)
            detail = detail or member
        binding = symbol.binding if symbol.binding != "unknown" else "global"
        visibility = symbol.visibility if symbol.visibility != "unknown" else ""
        linkage = "internal" if binding == "local" else "external"
        if binding == "local":
            visibility = ""  # the linker has made it local: it was static, hidden, or left out by a version script
        return Location(library.path, 0), home, detail, linkage, binding, visibility

    def _in_member(self, library: Library, symbol: ObjectSymbol) -> tuple[ObjectSymbol, str]:
        """What the archive's member itself says of a symbol; the index only has its name."""
        from cgo_ls.objects.archive import member_at, member_name
        from cgo_ls.objects.reader import read_object

        data = self._snapshot.folder(self._package.directory).read_once(library.path)
        if data is None:
            return symbol, ""
        found = read_object(member_at(data, symbol.member)).find(symbol.name)
        return found or symbol, member_name(data, symbol.member)

    def _declared(self, known: CName | None) -> Location | None:
        if known is None or not known.declarations:
            return None
        place: CPlace = known.declarations[0].place
        return self._location(place.path, place.name_span.start)

    def _export(self, name: str) -> Location | None:
        for file in self._package.files:
            for declared in file.declarations:
                for export in declared.facts.exports:
                    if export.name == name:
                        return self._location(file.path, export.name_span.start + declared.declaration.start)
        return None

    def _location(self, path: str, offset: int) -> Location:
        document = self._snapshot.document(path)
        return Location(path, document.line_at(offset) + 1 if document is not None else 0)


def _home(package: Package, found: Definition) -> str:
    if any(file.path == found.path for file in package.files):
        return "preamble"
    if found.path.endswith((".cc", ".cpp", ".cxx", ".mm")):
        return "C++ file"
    return "C file" if found.path.endswith((".c", ".m")) else "header"


def relative(path: str, directory: str) -> str:
    """`path` as a reader in `directory` names it."""
    shown = os.path.relpath(path, directory)
    return path if shown.startswith(os.path.join("..", "..", "..")) else shown.replace(os.sep, "/")
