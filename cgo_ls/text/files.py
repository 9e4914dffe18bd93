"""Reading files, as a protocol: the only way anything below `workspace` sees the disk."""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class FileSystem(Protocol):
    """Absolute path strings in, values out; an error is the empty answer, never an exception."""

    def read(self, path: str) -> bytes | None:
        """The whole content; None where missing, unreadable, not a regular file, or too large."""
        ...

    def list_directory(self, path: str) -> tuple[str, ...]:
        """The names (no folders, no path) of the files in folder `path`, sorted; () where missing or unreadable."""
        ...

    def fingerprint(self, path: str) -> tuple[int, int] | None:
        """(modification time in ns, size in bytes); None where `read` would give None. Equal means unchanged."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryFiles:
    """Files that are only in memory: path -> content. Paths with `/`. The mapping is read anew at each call."""

    contents: Mapping[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        return self.contents.get(posixpath.normpath(path))

    def list_directory(self, path: str) -> tuple[str, ...]:
        folder = posixpath.normpath(path)
        parts = (posixpath.split(name) for name in self.contents)
        return tuple(sorted(name for parent, name in parts if posixpath.normpath(parent) == folder))

    def fingerprint(self, path: str) -> tuple[int, int] | None:
        """The checksum of the content stands in for the time, so the same content is unchanged."""
        data = self.read(path)
        return None if data is None else (zlib.crc32(data), len(data))
