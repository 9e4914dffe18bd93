"""The package's own headers: found beside the file that includes them and in `-I` folders of the same module."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.cdecl import CInclude, CUnit
from cgo_ls.model.preamble import CgoDirective
from cgo_ls.text.files import FileSystem

SIZE_LIMIT = 1 << 20
COUNT_LIMIT = 200
DEPTH_LIMIT = 16
_SEARCHED_VERBS = frozenset(["CFLAGS", "CPPFLAGS", "CXXFLAGS"])
_SEARCH_FLAGS = ("-I", "-iquote", "-isystem", "-idirafter")

ReadUnit = Callable[[str], CUnit | None]


@dataclass(frozen=True, slots=True)
class LocalHeaders:
    """`units` in the order they were first included. `unresolved`: includes that name no readable file of the module;
    system headers are among them."""

    units: tuple[CUnit, ...]
    unresolved: tuple[CInclude, ...]


def local_headers(
    directory: str,
    includes: Iterable[CInclude],
    directives: Iterable[CgoDirective],
    files: FileSystem,
    read_unit: ReadUnit | None = None,
) -> tuple[CUnit, ...]:
    """The units of `find_headers`, without what could not be found."""
    return find_headers(directory, includes, directives, files, read_unit).units


def find_headers(
    directory: str,
    includes: Iterable[CInclude],
    directives: Iterable[CgoDirective],
    files: FileSystem,
    read_unit: ReadUnit | None = None,
) -> LocalHeaders:
    """The headers that `includes` of a file in `directory` name, and those they include, inside the module.

    `read_unit(path)` may answer from a memo keyed by the file's fingerprint; None means it cannot be read. Nothing
    outside of the module's folder is read, and no file over SIZE_LIMIT."""
    root = module_root(directory, files)
    search = search_folders(directory, directives)
    read = read_unit or (lambda path: _read(path, files))
    units: list[CUnit] = []
    unresolved: list[CInclude] = []
    seen: set[str] = set()
    waiting = [(include, directory, 0) for include in includes]
    waiting.reverse()
    while waiting:
        include, folder, depth = waiting.pop()
        path = _locate(include, folder, search, root, files)
        if path is None:
            unresolved.append(include)
        elif path not in seen:
            seen.add(path)
            unit = read(path) if depth < DEPTH_LIMIT and len(units) < COUNT_LIMIT else None
            if unit is None:
                unresolved.append(include)
                continue
            units.append(unit)
            inner = os.path.dirname(path)
            waiting.extend((nested, inner, depth + 1) for nested in reversed(unit.includes))
    return LocalHeaders(tuple(units), tuple(unresolved))


def search_folders(directory: str, directives: Iterable[CgoDirective]) -> tuple[str, ...]:
    """The folders of `-I` flags and the like, absolute, in order. Constraints are not weighed: every system counts."""
    folders: list[str] = []
    for directive in directives:
        if directive.verb not in _SEARCHED_VERBS:
            continue
        takes_next = False
        for argument in directive.arguments:
            folder = ""
            if takes_next:
                folder, takes_next = argument, False
            elif argument in _SEARCH_FLAGS:
                takes_next = True
            elif argument.startswith("-I"):
                folder = argument[2:]
            if folder:
                expanded = folder.replace("${SRCDIR}", directory)
                path = os.path.normpath(os.path.join(directory, expanded))
                if path not in folders:
                    folders.append(path)
    return tuple(folders)


def module_root(directory: str, files: FileSystem) -> str:
    """The nearest folder above `directory` with a go.mod; `directory` itself when there is none."""
    folder = os.path.normpath(directory)
    for _ in range(32):
        if files.fingerprint(os.path.join(folder, "go.mod")) is not None:
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    return os.path.normpath(directory)


def _locate(include: CInclude, folder: str, search: tuple[str, ...], root: str, files: FileSystem) -> str | None:
    """The file an include names: beside the including file for the quoted form, then in the search folders."""
    if not include.name or os.path.isabs(include.name):
        return None
    for place in search if include.system else (folder, *search):
        path = os.path.normpath(os.path.join(place, include.name))
        if path.startswith(root.rstrip(os.path.sep) + os.path.sep) and files.fingerprint(path) is not None:
            return path
    return None


def _read(path: str, files: FileSystem) -> CUnit | None:
    found = files.fingerprint(path)
    data = files.read(path) if found is not None and found[1] <= SIZE_LIMIT else None
    return None if data is None else read_c_unit(path, data)
