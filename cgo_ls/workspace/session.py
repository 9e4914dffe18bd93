"""The session: open documents and the disk, as one picture of each folder; and snapshots of it, which never change."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cgo_ls.rules.finding import Diagnostic
from cgo_ls.syntax.declarations import SplitFile, resplit, split
from cgo_ls.text.document import ByteEdit, Document
from cgo_ls.text.files import FileSystem
from cgo_ls.workspace.cancellation import Cancelled, check_of
from cgo_ls.workspace.config import Config, ConfigError
from cgo_ls.workspace.diagnosing import PlacedFile, diagnose
from cgo_ls.workspace.engine import Engine, PackageResult, RuleError
from cgo_ls.workspace.folder import Folder
from cgo_ls.workspace.memo import Memo
from cgo_ls.workspace.reading import GO_LIMIT, PackageReader, Sources
from cgo_ls.workspace.settings import EditorSettings, read_settings
from cgo_ls.workspace.timings import Timing

__all__ = ["Cancelled", "RuleError", "Session", "Snapshot"]


class Session:
    """The one mutable object: what is open, what was read, what is remembered. All calls from one thread.

    Snapshots may be read by one other thread meanwhile. `counters` say what had to be done: "parsed" declarations, "analysed"
    functions, "analysed:T.F" of them by name, "c-read" C files.
    """

    def __init__(self, files: FileSystem, *, root: str | None = None, trusted: bool = False) -> None:
        self.files, self.root, self.trusted = files, root, trusted
        self.counters: Counter[str] = Counter()
        self.reader = PackageReader(self.counters)
        self.engine = Engine(self.counters)
        self.placed: Memo[str, PlacedFile] = Memo(4_000)
        self._documents: dict[str, Document] = {}
        self._splits: dict[str, SplitFile] = {}
        self.settings = EditorSettings()
        # Never emptied: a change on the disk makes a new one, and the worker may go on filling the one it was given.
        self._folders: dict[str, Folder] = {}
        self._snapshot: Snapshot | None = None

    def open(self, path: str, document: Document) -> None:
        """The editor has the file now: its text counts, not the disk's."""
        self._documents[path] = document
        self._cut(path, document)

    def change(self, path: str, document: Document, edits: Sequence[ByteEdit]) -> None:
        """A new version; `edits` lead from the last one to it, in order."""
        before, cut = self._documents.get(path), self._splits.get(path)
        self._documents[path] = document
        if before is None or cut is None or len(document.data) > GO_LIMIT:
            self._cut(path, document)
            return
        self._splits[path] = resplit(cut, before.data, document.data, edits)
        self._snapshot = None

    def close(self, path: str) -> None:
        """The disk counts again."""
        self._documents.pop(path, None)
        self._splits.pop(path, None)
        self.file_changed(path)

    def file_changed(self, path: str) -> None:
        """Something at or below this path changed on the disk."""
        folders = list(self._folders.items())
        self._folders = {directory: folder for directory, folder in folders if not folder.concerns(path)}
        self._snapshot = None

    def configure(self, settings: Mapping[str, Any]) -> None:
        """The editor's settings, which win over a project's file; see settings.SETTINGS."""
        self.settings = read_settings(settings)
        self._snapshot = None

    def snapshot(self) -> Snapshot:
        """The state as it is now."""
        if self._snapshot is None:
            self._snapshot = Snapshot(
                self, dict(self._documents), dict(self._splits), self._folders, self.settings.severities
            )
        return self._snapshot

    def folder(self, directory: str) -> Folder:
        """What the disk says about a folder now. May be asked from the other thread too."""
        return self.folder_in(self._folders, directory)

    def folder_in(self, folders: dict[str, Folder], directory: str) -> Folder:
        """The folder as one of `folders`; read when it is first asked for."""
        known = folders.get(directory)
        if known is None:
            known = folders.setdefault(directory, Folder(self.files, directory, self.root))
        return known

    def _cut(self, path: str, document: Document) -> None:
        self._splits.pop(path, None)
        if path.endswith(".go") and len(document.data) <= GO_LIMIT:
            self._splits[path] = split(document.data)
        self._snapshot = None


class Snapshot:
    """A picture of the session that does not change. Results are made when first asked for."""

    def __init__(
        self,
        session: Session,
        documents: Mapping[str, Document],
        splits: Mapping[str, SplitFile],
        folders: dict[str, Folder],
        overrides: Mapping[str, str],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._session, self._documents, self._splits = session, documents, splits
        self._folders, self._overrides, self._check = folders, overrides, check_of(cancelled)
        self._results: dict[str, PackageResult] = {}
        self._diagnostics: dict[str, dict[str, tuple[Diagnostic, ...]]] = {}

    def cancellable(self, cancelled: Callable[[], bool]) -> Snapshot:
        """The same picture; asking it raises Cancelled soon after `cancelled` answers True."""
        other = Snapshot(self._session, self._documents, self._splits, self._folders, self._overrides, cancelled)
        other._results, other._diagnostics = self._results, self._diagnostics
        return other

    def document(self, path: str) -> Document | None:
        """The open document, or the file on the disk as one; None where there is none."""
        known = self._documents.get(path)
        if known is not None:
            return known
        data = self.folder(os.path.dirname(path)).read(path)
        return None if data is None else Document.build(path, 0, data)

    def diagnostics(self, path: str) -> tuple[Diagnostic, ...]:
        """One file's diagnostics by place, after severities, exclusions and suppressions."""
        return self._diagnose(os.path.dirname(path)).get(path, ())

    def diagnostics_of_folder(self, directory: str) -> tuple[Diagnostic, ...]:
        """The diagnostics of all files of a folder (and of local headers), by path and place."""
        found = self._diagnose(directory)
        return tuple([diagnostic for path in sorted(found) for diagnostic in found[path]])

    def errors(self, directory: str) -> tuple[RuleError, ...]:
        """Rules that failed on this folder."""
        return self.package(directory).errors

    @property
    def timings(self) -> tuple[Timing, ...]:
        """What rules and the analysis have cost so far, in the whole session."""
        return self._session.engine.timings.rows

    def config(self, directory: str) -> Config:
        """The settings that hold for a folder."""
        return self.folder(directory).config.config

    def config_errors(self, directory: str) -> tuple[ConfigError, ...]:
        """What is wrong in the settings file that holds for a folder."""
        return self.folder(directory).config.errors

    def folder(self, directory: str) -> Folder:
        """What the disk says about a folder; read once, until told that it changed."""
        return self._session.folder_in(self._folders, directory)

    def package(self, directory: str) -> PackageResult:
        """The folder's package, analysed."""
        if directory not in self._results:
            session, folder = self._session, self.folder(directory)
            package = session.reader.read(directory, self._sources(folder), self._check)
            rows = folder.config.config.functions
            self._results[directory] = session.engine.analyse(package, rows, self._check)
        return self._results[directory]

    def _sources(self, folder: Folder) -> Sources:
        return Sources(self._documents, self._splits, folder)

    def _diagnose(self, directory: str) -> dict[str, tuple[Diagnostic, ...]]:
        if directory not in self._diagnostics:
            result, folder = self.package(directory), self.folder(directory)
            config = folder.config.config
            severities = {**config.severities, **self._overrides}
            read = self._sources(folder).read
            self._diagnostics[directory] = diagnose(result, config, severities, read, self._session.placed)
        return self._diagnostics[directory]
