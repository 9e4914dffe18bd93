"""One folder's findings as records. What runs in a worker process takes and gives plain tuples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cgo_ls.cli.report import DiagnosticRecord, ErrorRecord, Places, record_diagnostic, record_error
from cgo_ls.cli.terminal import describe_crash
from cgo_ls.features.quick_fixes import QuickFix, quick_fixes
from cgo_ls.rules.finding import Diagnostic
from cgo_ls.rules.registry import BY_NAME
from cgo_ls.text.files import FileSystem
from cgo_ls.workspace.config import LoadedConfig, load_config
from cgo_ls.workspace.discovery import display_path, module_root
from cgo_ls.workspace.disk import DiskFiles
from cgo_ls.workspace.session import Session, Snapshot
from cgo_ls.workspace.timings import Timing


class Task(NamedTuple):
    """A folder to check, how to name its files, and which rules and families to report (`select` None: all)."""

    directory: str
    cgo_files: tuple[str, ...]
    only: tuple[str, ...] | None
    roots: tuple[tuple[str, str], ...]
    select: tuple[str, ...] | None
    ignore: tuple[str, ...]


class Outcome(NamedTuple):
    directory: str
    diagnostics: list[DiagnosticRecord]
    files: int
    errors: list[ErrorRecord]
    timings: tuple[Timing, ...] = ()


def check_folder(task: Task) -> Outcome:
    """What the rules say about one folder. Never raises: a failure is an error record."""
    try:
        return _check(task)
    except Exception as error:  # noqa: BLE001 - one folder must not take the others with it
        place = display_path(task.directory, task.roots)
        return Outcome(
            task.directory, [], 0, [record_error(place, "internal", f"internal error: {describe_crash(error)}")]
        )


def open_folder(task: Task) -> tuple[DiskFiles, LoadedConfig]:
    """The disk, as far as this folder may look (its module), and the settings that hold for it."""
    root = module_root(task.directory)
    files = DiskFiles((root,))
    return files, load_config(files, task.directory, root, BY_NAME)


def open_session(files: FileSystem, task: Task) -> Session:
    return Session(files, root=module_root(task.directory))


def take_snapshot(files: FileSystem, task: Task) -> Snapshot:
    return open_session(files, task).snapshot()


def reported(snapshot: Snapshot, task: Task, loaded: LoadedConfig) -> list[Diagnostic]:
    """The folder's diagnostics that were asked for, none in files that a program wrote."""
    written = {file.path for file in snapshot.package(task.directory).package.files if file.generated}
    return [
        diagnostic
        for diagnostic in snapshot.diagnostics_of_folder(task.directory)
        if (task.only is None or diagnostic.path in task.only)
        and diagnostic.path not in written
        and (task.select is None or diagnostic.rule in task.select or diagnostic.family in task.select)
        and diagnostic.rule not in task.ignore
        and diagnostic.family not in task.ignore
        and not loaded.config.excludes(diagnostic.path)
    ]


def fixes_of(snapshot: Snapshot, diagnostic: Diagnostic) -> Iterator[QuickFix]:
    """The fixes of one diagnostic, with all that they need around them."""
    if diagnostic.fixes:
        for fix in quick_fixes(snapshot, diagnostic.path, diagnostic.span):
            if fix.diagnostic == diagnostic:
                yield fix


def _check(task: Task) -> Outcome:
    files, loaded = open_folder(task)
    snapshot = take_snapshot(files, task)
    places = Places(files, task.roots)
    records = [
        record_diagnostic(diagnostic, _plain(fixes_of(snapshot, diagnostic)), places)
        for diagnostic in reported(snapshot, task, loaded)
    ]
    checked = [name for name in task.cgo_files if not loaded.config.excludes(f"{task.directory}/{name}")]
    errors = [record_error(places.display(error.path), "config", error.message, error.line) for error in loaded.errors]
    for failure in snapshot.errors(task.directory):
        errors.append(record_error(places.display(failure.path), "internal", failure.message, rule=failure.rule))
    return Outcome(task.directory, records, len(checked), errors, snapshot.timings)


def _plain(fixes: Iterable[QuickFix]) -> Iterator[tuple[str, str, dict]]:
    return ((fix.title, fix.applicability, dict(fix.edits)) for fix in fixes)
