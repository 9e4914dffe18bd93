"""From the files of a folder to its Package. What has not changed is the same object as before, all the way down."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.go_file import DeclarationFacts, GoFile, build_go_file
from cgo_ls.model.headers import local_headers, module_root
from cgo_ls.model.link_inputs import NO_INPUTS, LinkInputs, find_link_inputs
from cgo_ls.model.package import Package, build_package
from cgo_ls.model.unimported_c import unimported_uses
from cgo_ls.objects.object_file import ObjectFile
from cgo_ls.syntax.declarations import SplitFile, split
from cgo_ls.text.document import Document
from cgo_ls.workspace.cancellation import Check
from cgo_ls.workspace.folder import Folder
from cgo_ls.workspace.memo import Memo, RecentMemo

_GO_LINE = re.compile(rb"^go[ \t]+(\d{1,3})\.(\d{1,3})", re.MULTILINE)
GO_LIMIT = 8 * 1024 * 1024
"""Bytes; a larger Go file is not analysed."""
C_SUFFIXES = (".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".m", ".mm")
_SPARE_FACTS = 2_000
"""Facts kept beyond those of the files as they are, for texts that come back (undo, a branch): a few MB."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts of one moment: what is open in the editor (`splits`: the Go among it, already cut), else what the disk says."""

    documents: Mapping[str, Document]
    splits: Mapping[str, SplitFile]
    folder: Folder

    def read(self, path: str) -> bytes | None:
        known = self.documents.get(path)
        return known.data if known is not None else self.folder.read(path)


class _Facts(dict[bytes, DeclarationFacts]):
    """Digest of a declaration -> its facts. Counts what had to be parsed."""

    def __init__(self, counters: Counter[str]) -> None:
        super().__init__()
        self._counters = counters

    def __setitem__(self, digest: bytes, facts: DeclarationFacts) -> None:
        self._counters["parsed"] += 1
        super().__setitem__(digest, facts)


@dataclass(frozen=True, slots=True)
class _CBeside:
    """The C texts of a folder, and what they were found by."""

    found_by: tuple[Any, ...]
    units: tuple[CUnit, ...]


def _go_version(directory: str, folder: Folder) -> tuple[int, int] | None:
    """What the go.mod above a folder asks for: (1, 24)."""
    data = folder.read(os.path.join(module_root(directory, folder), "go.mod"))
    found = _GO_LINE.search(data) if data is not None else None
    return (int(found[1]), int(found[2])) if found is not None else None


class PackageReader:
    """Reads packages and remembers their parts. One thread at a time may use it."""

    def __init__(self, counters: Counter[str]) -> None:
        self._counters = counters
        self._facts = _Facts(counters)
        self._facts_limit = _SPARE_FACTS
        # Each keystroke in a preamble, or above one, leaves an entry as large as the preamble's C.
        self._preambles: RecentMemo[tuple[object, ...], Any] = RecentMemo(64)
        self._units: Memo[str, tuple[bytes, CUnit]] = Memo(4_000)
        self._files: Memo[str, GoFile] = Memo(4_000)
        self._beside: Memo[str, _CBeside] = Memo(64)
        self._packages: Memo[str, Package] = Memo(64)
        self._links: Memo[str, tuple[tuple[Any, ...], LinkInputs]] = Memo(64)
        self._objects: RecentMemo[str, tuple[tuple[int, int], ObjectFile]] = RecentMemo(64)

    def read(self, directory: str, sources: Sources, check: Check) -> Package:
        """The package of a folder; without files when none of them imports "C", or uses it and forgot to."""
        names = set(sources.folder.names)
        names.update(os.path.basename(path) for path in sources.documents if os.path.dirname(path) == directory)
        paths = [os.path.join(directory, name) for name in sorted(names)]
        go_files = self._go_files([path for path in paths if path.endswith(".go")], sources, check)
        units = self._c_beside(directory, paths, go_files, sources, check) if go_files else ()
        version = _go_version(directory, sources.folder) if go_files else None
        link = self._link_inputs(directory, go_files, units, sources.folder) if go_files else NO_INPUTS
        package = build_package(directory, go_files, units, self._packages.get(directory), version, link)
        self._packages[directory] = package
        self._forget_facts()
        return package

    def _go_files(self, paths: Sequence[str], sources: Sources, check: Check) -> tuple[GoFile, ...]:
        texts = [(path, data) for path in paths if (data := sources.read(path)) is not None and len(data) <= GO_LIMIT]
        imported = any(b'"C"' in data or b"`C`" in data for _, data in texts)
        if not imported and not any(unimported_uses(data) for _, data in texts):
            return ()
        files: list[GoFile] = []
        for path, data in texts:
            check()
            files.append(self._go_file(path, data, sources.splits.get(path)))
        return tuple(files) if not imported or any(file.imports_c for file in files) else ()

    def _go_file(self, path: str, data: bytes, cut: SplitFile | None) -> GoFile:
        known = self._files.get(path)
        if known is not None and (known.data is data or known.data == data):
            return known
        file = build_go_file(path, data, split(data) if cut is None else cut, self._facts, self._preambles)
        self._files[path] = file
        return file

    def _c_beside(
        self, directory: str, paths: Sequence[str], go_files: Sequence[GoFile], sources: Sources, check: Check
    ) -> tuple[CUnit, ...]:
        """The C files of the folder and the local headers, looked for again only when what names them may have changed."""
        drafts = [document.data for path, document in sources.documents.items() if not path.endswith(".go")]
        preambles = [file.c_unit.digest if file.c_unit is not None else None for file in go_files]
        found_by = (sources.folder, tuple(preambles), tuple(paths), tuple(drafts))
        known = self._beside.get(directory)
        if known is not None and known.found_by == found_by:
            return known.units
        units = self._find_c(directory, paths, go_files, sources, check)
        self._beside[directory] = _CBeside(found_by, units)
        return units

    def _find_c(
        self, directory: str, paths: Sequence[str], go_files: Sequence[GoFile], sources: Sources, check: Check
    ) -> tuple[CUnit, ...]:
        def read_unit(path: str) -> CUnit | None:
            check()
            return self._unit(path, sources.read)

        found = {path: unit for path in paths if path.endswith(C_SUFFIXES) and (unit := read_unit(path)) is not None}
        includes = [include for file in go_files if file.c_unit is not None for include in file.c_unit.includes]
        includes += [include for unit in found.values() for include in unit.includes]
        directives = [each for file in go_files for preamble, _ in file.preambles for each in preamble.directives]
        for unit in local_headers(directory, includes, directives, sources.folder, read_unit):
            found.setdefault(unit.path, unit)
        return tuple(found[path] for path in sorted(found))

    def _link_inputs(
        self, directory: str, go_files: tuple[GoFile, ...], units: tuple[CUnit, ...], folder: Folder
    ) -> LinkInputs:
        """The libraries of a package, looked for again only when what names them, or the disk, may have changed."""
        found_by = (folder, tuple([(file.path, file.preambles) for file in go_files]), [unit.path for unit in units])
        known = self._links.get(directory)
        if known is not None and known[0] == found_by:
            return known[1]
        link = find_link_inputs(directory, go_files, units, folder, lambda path: self._object(path, folder))
        self._links[directory] = (found_by, link)
        return link

    def _object(self, path: str, folder: Folder) -> ObjectFile | None:
        """An object file or library; read once for each state of it."""
        state = folder.fingerprint(path)
        known = self._objects.get(path)
        if known is not None and known[0] == state:
            return known[1]
        data = folder.read_once(path) if state is not None else None
        if state is None or data is None:
            return None
        from cgo_ls.objects.reader import read_object

        self._counters["objects-read"] += 1
        found = read_object(data)
        self._objects[path] = (state, found)
        return found

    def _unit(self, path: str, read: Callable[[str], bytes | None]) -> CUnit | None:
        data = read(path)
        if data is None:
            return None
        known = self._units.get(path)
        if known is not None and (known[0] is data or known[0] == data):
            return known[1]
        self._counters["c-read"] += 1
        unit = read_c_unit(path, data)
        self._units[path] = (data, unit)
        return unit

    def _forget_facts(self) -> None:
        """Keep the facts of the files as they are, when those of earlier texts have become many."""
        if len(self._facts) <= self._facts_limit:
            return
        digests = {chunk.digest for file in self._files.values() for (chunk, _), _ in file.declarations}
        kept = {digest: self._facts[digest] for digest in digests if digest in self._facts}
        self._facts.clear()
        self._facts.update(kept)
        self._facts_limit = len(kept) + _SPARE_FACTS
