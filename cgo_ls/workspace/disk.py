"""The disk as a FileSystem: regular files only, never larger than their kind may be, never outside of the roots.

What is refused is None, never an exception: a missing file, a folder, a FIFO, a device, a symlink loop, a file that is too
large, a name the system cannot spell.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from typing import Final

from cgo_ls.objects.object_file import looks_like_object

GO_LIMIT: Final = 8 << 20
C_LIMIT: Final = 1 << 20
OBJECT_LIMIT: Final = 256 << 20
C_SUFFIXES: Final = (".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".m")

# A FIFO that is opened to read waits for its writer, and a terminal could become ours: ask for neither.
_READ_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class DiskFiles:
    """Reads real files. `roots` are absolute folders: a path whose real place lies in none of them does not exist here.

    No roots means no such limit. A symlink is followed; what counts is where it leads.
    """

    __slots__ = ("_real_folders", "_roots")

    def __init__(self, roots: Iterable[str] = ()) -> None:
        self._roots = tuple(os.path.realpath(root) for root in roots)
        self._real_folders: dict[str, str] = {}

    def read(self, path: str) -> bytes | None:
        """The whole content; None where it is refused."""
        if not self._inside(path):
            return None
        content = read_regular(path, size_limit(path))
        return content if isinstance(content, bytes) else None

    def list_directory(self, path: str) -> tuple[str, ...]:
        """The names of the regular files in folder `path` (symlinks to files too), sorted; () where refused."""
        if not self._inside(os.path.join(path, "x")):
            return ()
        try:
            with os.scandir(path) as entries:
                return tuple(sorted(entry.name for entry in entries if _is_file(entry)))
        except (OSError, ValueError):
            return ()

    def fingerprint(self, path: str) -> tuple[int, int] | None:
        """(modification time in ns, size in bytes); None where `read` would refuse by what the directory says."""
        if not self._inside(path):
            return None
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(status.st_mode) or status.st_size > size_limit(path):
            return None
        return status.st_mtime_ns, status.st_size

    def _inside(self, path: str) -> bool:
        if not self._roots:
            return True
        try:
            if os.path.islink(path):
                real = os.path.realpath(path)
            else:
                folder, name = os.path.split(path)
                if folder not in self._real_folders:
                    self._real_folders[folder] = os.path.realpath(folder)
                real = os.path.join(self._real_folders[folder], name)
        except (OSError, ValueError):
            return False
        return any(lies_in(real, root) for root in self._roots)


def lies_in(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it, by their spelling alone."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def size_limit(path: str) -> int:
    """The most bytes a file of this name may have to be read."""
    if path.lower().endswith(C_SUFFIXES):
        return C_LIMIT
    return OBJECT_LIMIT if looks_like_object(path) else GO_LIMIT


def read_regular(path: str, limit: int, count: int | None = None) -> bytes | str:
    """The bytes of a regular file of at most `limit` bytes (only the first `count`, where given); or why not, as a phrase."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return "not a regular file"
        descriptor = os.open(path, _READ_FLAGS)
    except OSError as error:
        return error_phrase(error)
    except ValueError:
        return "not a possible file name"
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        if status.st_size > limit:
            return f"larger than {limit >> 20} MiB"
        return _read_all(descriptor, limit if count is None else min(count, limit))
    except OSError as error:
        return error_phrase(error)
    finally:
        os.close(descriptor)


def error_phrase(error: OSError) -> str:
    """The system's words for `error`, without the path: "permission denied"."""
    return (error.strerror or type(error).__name__).lower()


def replace_file(path: str, expected: bytes, data: bytes) -> str | None:
    """Put `data` in place of `expected` in one step; None, or why not, as a phrase. Nothing changes on failure.

    The file is read anew first: when it is no longer `expected`, somebody else wrote it and it stays as it is. Its mode is
    kept; a symlink stays one, the file behind it is replaced.
    """
    real = os.path.realpath(path)
    current = read_regular(real, size_limit(real))
    if isinstance(current, str):
        return current
    if current != expected:
        return "changed while it was being fixed"
    temporary = os.path.join(os.path.dirname(real), f".cgo-ls-{os.urandom(6).hex()}.tmp")
    created = False
    try:
        with open(temporary, "xb") as file:
            created = True
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, stat.S_IMODE(os.stat(real).st_mode))
        os.replace(temporary, real)
        created = False
    except OSError as error:
        return error_phrase(error)
    finally:
        if created:
            os.unlink(temporary)
    return None


def _read_all(descriptor: int, count: int) -> bytes:
    """Up to `count` bytes: a file may grow while it is read, and one read may give less than was asked for."""
    pieces: list[bytes] = []
    while count > 0:
        piece = os.read(descriptor, min(count, 1 << 20))
        if not piece:
            break
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
