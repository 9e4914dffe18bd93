"""What the disk says about one folder, remembered until something there is said to have changed."""

from __future__ import annotations

import os

from cgo_ls.rules.registry import BY_NAME
from cgo_ls.text.files import FileSystem
from cgo_ls.workspace.config import LoadedConfig, load_config


class Folder:
    """A FileSystem for the analysis of one folder. Each file is read once; a new Folder sees the disk anew.

    `names` are the files in it, `config` the settings that hold for it.
    """

    def __init__(self, files: FileSystem, directory: str, root: str | None) -> None:
        self._files, self._directory = files, directory
        self._outside: set[str] = set()
        self._contents: dict[str, bytes | None] = {}
        self._fingerprints: dict[str, tuple[int, int] | None] = {}
        self.names = files.list_directory(directory)
        self.config: LoadedConfig = load_config(files, directory, root, BY_NAME)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none to be had."""
        if path not in self._contents:
            self._note(path)
            self._contents[path] = self._files.read(path)
        return self._contents[path]

    def read_once(self, path: str) -> bytes | None:
        """The same, without keeping them: a library may be large."""
        self._note(path)
        return self._files.read(path)

    def list_directory(self, path: str) -> tuple[str, ...]:
        """See FileSystem."""
        return self.names if path == self._directory else self._files.list_directory(path)

    def fingerprint(self, path: str) -> tuple[int, int] | None:
        """See FileSystem."""
        if path not in self._fingerprints:
            self._note(path)
            self._fingerprints[path] = self._files.fingerprint(path)
        return self._fingerprints[path]

    def concerns(self, path: str) -> bool:
        """Whether a change at or below `path` can matter: it lies in the folder or above it (settings, the module's root), or
        holds a file from elsewhere that was asked for (a header), whether it was there or not."""
        parent, folder = os.path.dirname(path), self._directory
        if parent == folder or path == folder or _is_below(folder, parent):
            return True
        outside = list(self._outside)  # the worker may be adding to it
        return any(known == path or _is_below(known, path) for known in outside)

    def _note(self, path: str) -> None:
        """Before the file is read: a change while it is being read must find it noted."""
        if os.path.dirname(path) != self._directory:
            self._outside.add(path)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)
