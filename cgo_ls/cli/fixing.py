"""`--fix` and `--diff`: apply fixes in memory until none is left, then write each file once, or show the difference."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cgo_ls.cli.folder import Task, fixes_of, open_folder, open_session, reported
from cgo_ls.cli.report import ErrorRecord, record_error
from cgo_ls.cli.terminal import printable
from cgo_ls.text.edits import EditConflict, TextEdit, apply_edits, conflicts
from cgo_ls.text.files import FileSystem
from cgo_ls.workspace.config import Config
from cgo_ls.workspace.discovery import display_path, module_root, says_generated
from cgo_ls.workspace.disk import lies_in, replace_file

ROUNDS: Final = 10
_VENDORED: Final = re.compile(r"(?:^|[\\/])(?:vendor|node_modules)[\\/]")
_MODULE_CACHE: Final = re.compile(r"[\\/]mod[\\/].*@v[0-9]")


@dataclass(frozen=True, slots=True)
class Mended:
    """`diff` is the unified diff of everything (only when nothing was to be written); `notes` are for standard error."""

    diff: str
    written: int
    notes: tuple[str, ...]
    errors: tuple[ErrorRecord, ...]


@dataclass(slots=True)
class _Changes:
    """Files as fixes leave them: path -> bytes, beside what they were."""

    before: dict[str, bytes] = field(default_factory=dict)
    after: dict[str, bytes] = field(default_factory=dict)
    fixed: int = 0
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Overlay:
    """A FileSystem: some files as they will be, the others as they are."""

    files: FileSystem
    contents: Mapping[str, bytes]

    def read(self, path: str) -> bytes | None:
        return self.contents[path] if path in self.contents else self.files.read(path)

    def list_directory(self, path: str) -> tuple[str, ...]:
        return self.files.list_directory(path)

    def fingerprint(self, path: str) -> tuple[int, int] | None:
        if path in self.contents:
            return zlib.crc32(self.contents[path]), len(self.contents[path])
        return self.files.fingerprint(path)


def mend(tasks: Sequence[Task], only_show: bool, unsafe: bool) -> Mended:
    """Fix what the tasks' folders can have fixed; `only_show` changes nothing. A file that is refused is named in a note."""
    changes = _Changes()
    errors: list[ErrorRecord] = []
    for task in tasks:
        if not _fix_folder(task, changes, {"safe", "unsafe"} if unsafe else {"safe"}):
            place = display_path(task.directory, task.roots)
            errors.append(record_error(place, "internal", f"fixes were still being found after {ROUNDS} rounds"))
    roots = tasks[0].roots if tasks else ()
    notes = [f"not fixed: {display_path(path, roots)}: {why}" for path, why in sorted(changes.refused.items())]
    changed = sorted(path for path in changes.after if changes.after[path] != changes.before[path])
    if only_show:
        diff = "".join(_diff(display_path(path, roots), changes.before[path], changes.after[path]) for path in changed)
        return Mended(diff, 0, tuple(notes), tuple(errors))
    written = 0
    for path in changed:
        problem = replace_file(path, changes.before[path], changes.after[path])
        written += problem is None
        if problem is not None:
            errors.append(record_error(display_path(path, roots), "usage", f"not fixed: {problem}"))
    if written:
        notes.append(
            f"fixed {changes.fixed} finding{'' if changes.fixed == 1 else 's'} in {written} file{'' if written == 1 else 's'}"
        )
    return Mended("", written, tuple(notes), tuple(errors))


def _fix_folder(task: Task, changes: _Changes, allowed: set[str]) -> bool:
    """Apply fixes in memory, round after round; whether it came to an end."""
    disk, loaded = open_folder(task)
    files = _Overlay(disk, changes.after)
    session = open_session(files, task)
    for _ in range(ROUNDS):
        snapshot = session.snapshot()
        planned: dict[str, tuple[TextEdit, ...]] = {}
        applied = 0
        for diagnostic in reported(snapshot, task, loaded):
            for fix in fixes_of(snapshot, diagnostic):
                if fix.applicability in allowed and _plan(fix.edits, planned, files, task, loaded.config, changes):
                    applied += 1
                    break
        if not applied:
            return True
        for path, edits in planned.items():
            data = files.read(path)
            assert data is not None  # _plan has read it
            changes.before.setdefault(path, data)
            changes.after[path] = apply_edits(data, edits)
            session.file_changed(path)
        changes.fixed += applied
    return False


def _plan(
    edits: Mapping[str, tuple[TextEdit, ...]],
    planned: dict[str, tuple[TextEdit, ...]],
    files: FileSystem,
    task: Task,
    config: Config,
    changes: _Changes,
) -> bool:
    """Add a fix's edits to the round's, all or none: not where a file is refused or where it meets another fix."""
    joined: dict[str, tuple[TextEdit, ...]] = {}
    for path, own in edits.items():
        refusal = changes.refused.get(path) or _refusal(path, files, task, config)
        if refusal:
            changes.refused[path] = refusal
            return False
        known = planned.get(path, ())
        # Two fixes may need the same import: the same edit is made once. Two different inserts at one place wait for the
        # next round, where the second one sees the first.
        new = tuple(edit for edit in own if edit not in known)
        if any(edit.span.is_empty and edit.span == other.span for edit in new for other in known):
            return False
        joined[path] = (*known, *new)
        data = files.read(path) or b""
        if conflicts(joined[path]) or not _applies(data, joined[path]):
            return False
    if not any(own for own in edits.values()):
        return False
    planned.update(joined)
    return True


def _applies(data: bytes, edits: tuple[TextEdit, ...]) -> bool:
    try:
        return apply_edits(data, edits) != data
    except EditConflict:
        return False


def _refusal(path: str, files: FileSystem, task: Task, config: Config) -> str | None:
    """Why this file must not be changed, or None."""
    real = os.path.realpath(path)
    roots = [os.path.realpath(root) for root, _ in task.roots]
    if not any(lies_in(real, root) for root in roots):
        return "outside of the folders that were named"
    if _VENDORED.search(os.path.relpath(real, module_root(os.path.dirname(real)))) or _MODULE_CACHE.search(real):
        return "vendored"
    if config.excludes(path):
        return "excluded in .cgo-ls.toml"
    data = files.read(path)
    if data is None:
        return "not readable"
    if says_generated(data):
        return "generated"
    return None


def _diff(name: str, before: bytes, after: bytes) -> str:
    """The unified diff as git writes it. A relative name gets the `a/` and `b/` that `git apply` expects."""
    from difflib import diff_bytes, unified_diff

    shown = printable(name)
    names = (shown, shown) if os.path.isabs(name) else (f"a/{shown}", f"b/{shown}")
    old, new = (side.encode("utf-8", "surrogateescape") for side in names)
    lines = diff_bytes(unified_diff, _lines(before), _lines(after), old, new)
    text = b"".join(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines)
    return text.decode("utf-8", "surrogateescape")


def _lines(data: bytes) -> list[bytes]:
    """Lines as git counts them: only LF ends one."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
