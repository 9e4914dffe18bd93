"""Which folders to check: walking the tree as the go command does, and telling cgo files from the rest cheaply."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from cgo_ls.model.constraints import is_generated
from cgo_ls.model.unimported_c import unimported_uses
from cgo_ls.workspace.disk import C_SUFFIXES, GO_LIMIT, error_phrase, lies_in, read_regular

SKIPPED_FOLDERS: Final = frozenset({"testdata", "vendor", "node_modules"})
_PREFIX: Final = 16 << 10
_DECLARATION: Final = re.compile(rb"^(?:func|type|var|const)[ \t(]", re.MULTILINE)


_PACKAGE: Final = re.compile(rb"^package[ \t]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be looked at. `usage`: the user named it; `input`: it was met on the way."""

    path: str
    message: str
    kind: Literal["usage", "input"]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with at least one Go file that seems to import "C".

    `directory` is absolute and is called `display` in output. `cgo_files` are the names of those files; `only`, where not
    None, are the absolute paths of the files that were asked for.
    """

    directory: str
    display: str
    cgo_files: tuple[str, ...]
    only: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Discovery:
    """What PATH arguments lead to. `roots` are (absolute, as given) of the folders named or holding a named file."""

    folders: tuple[Folder, ...]
    problems: tuple[Problem, ...]
    roots: tuple[tuple[str, str], ...]


def discover(arguments: Iterable[str]) -> Discovery:
    """The folders below the PATH arguments (files, folders, `./...`), each once, in an order that the arguments' does not change."""
    folders: dict[str, Folder] = {}
    problems: list[Problem] = []
    roots: list[tuple[str, str]] = []
    for argument in sorted(set(arguments)):
        given = _strip_dots(argument)
        if "\0" in given or not os.path.lexists(given):
            problems.append(Problem(argument, "no such file or folder", "usage"))
        elif os.path.isdir(given):
            roots.append((os.path.abspath(given), given))
            for item in _walk(given):
                if isinstance(item, Problem):
                    problems.append(item)
                else:
                    _add(folders, item)
        elif not given.endswith((".go", *C_SUFFIXES)):
            problems.append(Problem(argument, "neither a folder nor a Go or C file", "usage"))
        else:
            roots.append((os.path.abspath(os.path.dirname(given)), os.path.dirname(given)))
            _add_file(folders, problems, given)
    ordered = tuple(folders[directory] for directory in sorted(folders))
    return Discovery(ordered, tuple(problems), tuple(dict.fromkeys(roots)))


def display_path(path: str, roots: Iterable[tuple[str, str]]) -> str:
    """Absolute `path` in the user's words: below the longest root that holds it, else as it is."""
    best: tuple[str, str] | None = None
    for root in roots:
        if lies_in(path, root[0]) and (best is None or len(root[0]) > len(best[0])):
            best = root
    if best is None:
        return path
    return _join(best[1], os.path.relpath(path, best[0]))


def imports_c(path: str) -> bool | str:
    """Whether the Go file seems to import "C" (a string "C" elsewhere can fool it, a missing one cannot), or to have
    forgotten it; or why it is unread.

    Imports stand above every declaration: most files are decided by their first bytes.
    """
    start = read_regular(path, 1 << 62, _PREFIX)
    if isinstance(start, str):
        return start
    if _names_c(start):
        size = os.path.getsize(path)
        return True if size <= GO_LIMIT else f"larger than {GO_LIMIT >> 20} MiB"
    if len(start) < _PREFIX or _DECLARATION.search(start):
        return False
    whole = read_regular(path, GO_LIMIT)
    return isinstance(whole, bytes) and _names_c(whole)


def says_generated(data: bytes) -> bool:
    """Whether a Go file's text says above its package clause, or a C file's anywhere, that a program wrote it."""
    clause = _PACKAGE.search(data)
    return is_generated(data[: clause.start()] if clause else data)


def module_root(directory: str) -> str:
    """The nearest folder at or above `directory` with a go.mod, else with a .git, else `directory` itself."""
    repository = None
    folder = directory
    while True:
        if os.path.isfile(os.path.join(folder, "go.mod")):
            return folder
        if repository is None and os.path.lexists(os.path.join(folder, ".git")):
            repository = folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return repository or directory
        folder = parent


def _walk(root: str) -> Iterator[Folder | Problem]:
    """Folders at and below `root`, which is never skipped itself; symlinks to folders are not followed below it."""
    pending = [root]
    while pending:
        folder = pending.pop()
        scanned = _scan(folder)
        if isinstance(scanned, str):
            yield Problem(folder or ".", scanned, "usage" if folder == root else "input")
            continue
        names, subfolders = scanned
        found: list[str] = []
        for name in names:
            verdict = imports_c(os.path.join(folder, name))
            if verdict is True:
                found.append(name)
            elif isinstance(verdict, str):
                yield Problem(_join(folder, name), f"{verdict}, not checked", "input")
        if found:
            yield Folder(os.path.abspath(folder), folder, tuple(found), None)
        pending.extend(_join(folder, name) for name in reversed(subfolders) if not _skipped(name))


def _scan(folder: str) -> tuple[list[str], list[str]] | str:
    """The Go files and the subfolders of a folder, sorted; or why it cannot be read."""
    names: list[str] = []
    subfolders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    subfolders.append(entry.name)
                elif entry.name.endswith(".go") and not entry.name.startswith((".", "_")) and not _is_folder(entry):
                    names.append(entry.name)
    except OSError as error:
        return error_phrase(error)
    return sorted(names), sorted(subfolders)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _skipped(name: str) -> bool:
    return name.startswith((".", "_")) or name in SKIPPED_FOLDERS


def _add(folders: dict[str, Folder], folder: Folder) -> None:
    """A folder asked for as a whole stays whole; of two spellings the one that sorts first names it."""
    known = folders.get(folder.directory)
    if known is None:
        folders[folder.directory] = folder
        return
    only = None if known.only is None or folder.only is None else tuple(sorted({*known.only, *folder.only}))
    display = min(known.display, folder.display)
    cgo_files = tuple(sorted({*known.cgo_files, *folder.cgo_files}))
    folders[folder.directory] = Folder(folder.directory, display, cgo_files, only)


def _add_file(folders: dict[str, Folder], problems: list[Problem], given: str) -> None:
    """One named file. A C file is looked at for what the Go files beside it say about it."""
    folder, name = os.path.split(given)
    readable = read_regular(given, 1 << 62, 1)
    if isinstance(readable, str):
        problems.append(Problem(given, readable, "usage"))
        return
    scanned = ([name], []) if name.endswith(".go") else _scan(folder or ".")
    if isinstance(scanned, str):
        problems.append(Problem(folder, scanned, "usage"))
        return
    verdicts = {candidate: imports_c(os.path.join(folder, candidate)) for candidate in scanned[0]}
    found = tuple(candidate for candidate, verdict in verdicts.items() if verdict is True)
    if isinstance(verdicts.get(name), str):
        problems.append(Problem(given, f"{verdicts[name]}, not checked", "input"))
    if found:
        _add(folders, Folder(os.path.abspath(folder), folder, found, (os.path.abspath(given),)))


def _names_c(data: bytes) -> bool:
    return b'"C"' in data or b"`C`" in data or bool(unimported_uses(data))


def _strip_dots(argument: str) -> str:
    """The folder of `dir/...`, as the go command writes "and below"; without the slashes at its end."""
    if argument == "..." or argument.endswith("/..."):
        argument = argument[:-3] or "."
    return argument.rstrip("/") or argument[:1]


def _join(folder: str, name: str) -> str:
    """`folder` as the user wrote it and `name`; nothing is put before a name in the current folder."""
    if name == ".":
        return folder
    return name if folder in ("", ".") else os.path.join(folder, name)
