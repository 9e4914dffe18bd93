"""The session: open documents and the disk, as one picture of each folder; and snapshots of it, which never change."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from cgo_ls.analysis.c_effects import effects_of_units
from cgo_ls.analysis.effects import CEffects
from cgo_ls.analysis.summaries import Summary
from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.go_file import GoFile, build_go_file
from cgo_ls.model.headers import local_headers
from cgo_ls.model.package import Package, build_package
from cgo_ls.rules.finding import Diagnostic
from cgo_ls.rules.registry import BY_NAME
from cgo_ls.syntax.declarations import SplitFile, resplit, split
from cgo_ls.text.document import ByteEdit, Document
from cgo_ls.text.files import FileSystem
from cgo_ls.workspace.config import Config, LoadedConfig, load_config
from cgo_ls.workspace.diagnosing import diagnose
from cgo_ls.workspace.engine import Cancelled, Engine, PackageResult, RuleError
from cgo_ls.workspace.environment import Environment, TableEffects
from cgo_ls.workspace.memo import Memo

__all__ = ["Cancelled", "RuleError", "Session", "Snapshot"]

GO_LIMIT = 8 * 1024 * 1024
"""Bytes; a larger Go file is not analysed."""
C_SUFFIXES = (".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".m", ".mm")


@dataclass(frozen=True, slots=True)
class _Text:
    """A file's bytes and, for Go, its split; the split of an edited file was made from the one before."""

    data: bytes
    split: SplitFile | None


class Session:
    """The one mutable object: what is open, what was read, what is remembered. All calls from one thread.

    Snapshots may be read by one other thread meanwhile.
    """

    def __init__(self, files: FileSystem, *, root: str | None = None, trusted: bool = False) -> None:
        self.files, self.root, self.trusted = files, root, trusted
        self.counters: Counter[str] = Counter()
        self.engine = Engine(self.counters)
        self._open: dict[str, Document] = {}
        self._splits: dict[str, _Text] = {}
        self._overrides: dict[str, Any] = {}
        self._disk: dict[str, _Folder] = {}
        self._snapshot: Snapshot | None = None
        self.facts_memo: Memo[bytes, Any] = Memo(60_000)
        self.c_memo: Memo[tuple[object, ...], Any] = Memo(2_000)
        self.unit_memo: Memo[tuple[object, ...], CUnit] = Memo(4_000)
        self.effects_memo: Memo[tuple[Hashable, ...], dict[str, CEffects]] = Memo(64)
        self.file_memo: Memo[str, tuple[bytes, SplitFile, GoFile]] = Memo(2_000)
        self.results: Memo[tuple[Hashable, ...], PackageResult] = Memo(32)

    def open(self, path: str, document: Document) -> None:
        """The editor has the file now: its text counts, not the disk's."""
        self._open[path] = document
        self._splits[path] = _Text(document.data, _split(path, document.data))
        self._changed()

    def change(self, path: str, document: Document, edits: Sequence[ByteEdit]) -> None:
        """A new version; `edits` lead from the last one to it, in order."""
        before = self._splits.get(path)
        self._open[path] = document
        if before is None or before.split is None or len(document.data) > GO_LIMIT:
            self._splits[path] = _Text(document.data, _split(path, document.data))
        else:
            again = resplit(before.split, before.data, document.data, edits)
            self._splits[path] = _Text(document.data, again)
        self._changed()

    def close(self, path: str) -> None:
        """The disk counts again."""
        self._open.pop(path, None)
        self._splits.pop(path, None)
        self.file_changed(path)

    def file_changed(self, path: str) -> None:
        """Something at or below this path changed on the disk."""
        for folder in [folder for folder in self._disk if _concerns(folder, path, self._disk[folder])]:
            del self._disk[folder]
        self._changed()

    def configure(self, settings: Mapping[str, Any]) -> None:
        """The editor's settings, which win over a project's file: {"rules": {name: severity}}."""
        self._overrides = dict(settings)
        self._changed()

    def snapshot(self) -> Snapshot:
        """The state as it is now."""
        if self._snapshot is None:
            self._snapshot = Snapshot(self, dict(self._open), dict(self._splits), dict(self._overrides))
        return self._snapshot

    def _changed(self) -> None:
        self._snapshot = None

    def folder(self, directory: str) -> _Folder:
        """What the disk holds in a folder; read once, until told that it changed."""
        known = self._disk.get(directory)
        if known is None:
            known = self._disk[directory] = _Folder(self.files, directory, self.root)
        return known


class _Folder:
    """A FileSystem that remembers what one folder's analysis asked of the disk, until it is told that something changed."""

    def __init__(self, files: FileSystem, directory: str, root: str | None) -> None:
        self.names = files.list_directory(directory)
        self.config: LoadedConfig = load_config(files, directory, root, BY_NAME)
        self.outside: set[str] = set()
        self._files, self._directory = files, directory
        self._contents: dict[str, bytes | None] = {}
        self._fingerprints: dict[str, tuple[int, int] | None] = {}

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none to be had."""
        if path not in self._contents:
            self._contents[path] = self._files.read(path)
            if os.path.dirname(path) != self._directory:
                self.outside.add(path)
        return self._contents[path]

    def list_directory(self, path: str) -> tuple[str, ...]:
        """See FileSystem."""
        return self.names if path == self._directory else self._files.list_directory(path)

    def fingerprint(self, path: str) -> tuple[int, int] | None:
        """See FileSystem."""
        if path not in self._fingerprints:
            self._fingerprints[path] = self._files.fingerprint(path)
            if os.path.dirname(path) != self._directory:
                self.outside.add(path)
        return self._fingerprints[path]


class Snapshot:
    """A picture of the session that does not change. Results are made when first asked for."""

    def __init__(
        self,
        session: Session,
        documents: dict[str, Document],
        texts: dict[str, _Text],
        overrides: dict[str, Any],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._session, self._documents, self._texts, self._overrides = session, documents, texts, overrides
        self._cancelled = cancelled
        self._results: dict[str, PackageResult] = {}
        self._diagnostics: dict[str, dict[str, tuple[Diagnostic, ...]]] = {}

    def cancellable(self, cancelled: Callable[[], bool]) -> Snapshot:
        """The same picture; asking it raises Cancelled soon after `cancelled` answers True."""
        other = Snapshot(self._session, self._documents, self._texts, self._overrides, cancelled)
        other._results, other._diagnostics = self._results, self._diagnostics
        return other

    def document(self, path: str) -> Document | None:
        """The open document, or the file on the disk as one; None where there is none."""
        known = self._documents.get(path)
        if known is not None:
            return known
        data = self._session.folder(os.path.dirname(path)).read(path)
        return None if data is None else Document.build(path, 0, data)

    def diagnostics(self, path: str) -> tuple[Diagnostic, ...]:
        """One file's diagnostics by place, after severities, exclusions and suppressions."""
        return self._all(os.path.dirname(path)).get(path, ())

    def diagnostics_of_folder(self, directory: str) -> tuple[Diagnostic, ...]:
        """The diagnostics of all files of a folder (and of local headers), by path and place."""
        found = self._all(directory)
        return tuple(diagnostic for path in sorted(found) for diagnostic in found[path])

    def errors(self, directory: str) -> tuple[RuleError, ...]:
        """Rules that failed on this folder."""
        return self.package(directory).errors

    def config(self, directory: str) -> Config:
        """The settings that hold for a folder."""
        return self._session.folder(directory).config.config

    def package(self, directory: str) -> PackageResult:
        """The folder's package, analysed."""
        if directory not in self._results:
            self._results[directory] = self._analyse(directory)
        return self._results[directory]

    def _all(self, directory: str) -> dict[str, tuple[Diagnostic, ...]]:
        if directory not in self._diagnostics:
            config = self.config(directory)
            severities = {**config.severities, **_rule_settings(self._overrides)}
            read = lambda path: self._read(directory, path)  # noqa: E731 - one line is all it is
            self._diagnostics[directory] = diagnose(self.package(directory), config, severities, read)
        return self._diagnostics[directory]

    # --- building a package

    def _read(self, directory: str, path: str) -> bytes | None:
        known = self._documents.get(path)
        return known.data if known is not None else self._session.folder(directory).read(path)

    def _analyse(self, directory: str) -> PackageResult:
        session = self._session
        names = set(session.folder(directory).names)
        names |= {os.path.basename(path) for path in self._documents if os.path.dirname(path) == directory}
        go_files = [file for name in sorted(names) if name.endswith(".go") and (file := self._go_file(directory, name))]
        if not any(file.imports_c for file in go_files):
            go_files = []
        units = self._units(directory, sorted(names), go_files) if go_files else ()
        package = build_package(directory, tuple(go_files), units)
        key = (directory, package.digest)
        known = session.results.get(key)
        if known is not None:
            return known
        result = session.results[key] = self._run(package)
        return result

    def _go_file(self, directory: str, name: str) -> GoFile | None:
        path = os.path.join(directory, name)
        text = self._texts.get(path)
        if text is None:
            data = self._session.folder(directory).read(path)
            cut = None
        else:
            data, cut = text.data, text.split
        if data is None or len(data) > GO_LIMIT:
            return None
        known = self._session.file_memo.get(path)
        if known is not None and known[0] is data:
            return known[2]
        if cut is None:
            cut = split(data)
        file = build_go_file(path, data, cut, self._session.facts_memo, self._session.c_memo)
        self._session.file_memo[path] = (data, cut, file)
        return file

    def _units(self, directory: str, names: Sequence[str], go_files: Sequence[GoFile]) -> tuple[CUnit, ...]:
        found: dict[str, CUnit] = {}
        for name in names:
            if name.endswith(C_SUFFIXES):
                unit = self._unit(directory, os.path.join(directory, name))
                if unit is not None:
                    found[unit.path] = unit
        includes = [include for file in go_files if file.c_unit is not None for include in file.c_unit.includes]
        includes += [include for unit in list(found.values()) for include in unit.includes]
        directives = [directive for file in go_files for preamble, _ in file.preambles for directive in preamble.directives]
        files = self._session.folder(directory)
        for unit in local_headers(directory, includes, directives, files, lambda path: self._unit(directory, path)):
            found.setdefault(unit.path, unit)
        return tuple(found[path] for path in sorted(found))

    def _unit(self, directory: str, path: str) -> CUnit | None:
        data = self._read(directory, path)
        if data is None:
            return None
        key = (path, blake2b(data, digest_size=16).digest())
        known = self._session.unit_memo.get(key)
        if known is None:
            known = self._session.unit_memo[key] = read_c_unit(path, data)
        return known

    def _run(self, package: Package) -> PackageResult:
        session = self._session
        config = self.config(package.directory)
        units = [file.c_unit for file in package.files if file.c_unit is not None]
        units += package.c_units
        includes = sorted({include.name for unit in units for include in unit.includes})
        surroundings = (package.directory, config, *(unit.digest for unit in units), *(file.path for file in package.files))
        tables = TableEffects(includes, config.functions)
        bodies = session.effects_memo.get(("effects", *surroundings[2:]))
        if bodies is None:
            bodies = session.effects_memo[("effects", *surroundings[2:])] = effects_of_units(units, tables)

        def environment(file: GoFile, summaries: Mapping[str, list[Summary | None]]) -> Environment:
            return Environment(package, package.scope(file), bodies, tables, summaries)

        return session.engine.analyse(package, environment, bodies, _token(surroundings), self._cancelled)


def _token(surroundings: tuple[Any, ...]) -> Hashable:
    """A short value that stands for the surroundings."""
    return blake2b(repr(surroundings).encode("utf-8", "surrogateescape"), digest_size=16).digest()


def _split(path: str, data: bytes) -> SplitFile | None:
    return split(data) if path.endswith(".go") and len(data) <= GO_LIMIT else None


def _rule_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    rules = settings.get("rules")
    if not isinstance(rules, Mapping):
        return {}
    return {str(name): str(level) for name, level in rules.items() if level in ("error", "warning", "information", "hint", "off")}


def _concerns(folder: str, path: str, known: _Folder) -> bool:
    """Whether a changed path can matter for a folder: it lies in it, above it (settings), or is a header it uses."""
    parent = os.path.dirname(path)
    return parent == folder or path == folder or folder.startswith(parent + os.sep) or path in known.outside
