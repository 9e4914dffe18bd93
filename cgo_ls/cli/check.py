"""`cgo-ls check`: find the folders, check them, print what was found, mend it when asked to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgo_ls.cli.folder import Outcome, Task, check_folder
from cgo_ls.cli.progress import show_progress
from cgo_ls.cli.report import DiagnosticRecord, ErrorRecord, diagnostic_order, error_order, record_error
from cgo_ls.cli.report_text import render_error, render_summary, render_text
from cgo_ls.cli.terminal import complain, summarize, wants_color, write_out
from cgo_ls.rules.registry import BY_NAME
from cgo_ls.rules.rule import FAMILIES
from cgo_ls.workspace.discovery import discover
from cgo_ls.workspace.suppressions import UNUSED, did_you_mean
from cgo_ls.workspace.timings import Timings


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """The arguments of `check`, as they were given."""

    paths: tuple[str, ...]
    format: str = "text"
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    exit_zero: bool = False
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    jobs: int | None = None
    no_color: bool = False
    timing: bool = False


@dataclass(frozen=True, slots=True)
class _Result:
    """What all folders said together, sorted. `fixable` are the folders with a finding that the tool may mend."""

    diagnostics: Sequence[DiagnosticRecord]
    errors: Sequence[ErrorRecord]
    files: int
    fixable: frozenset[str]
    timings: Timings


def check(options: CheckOptions) -> int:
    """Run it; the exit code: 0 clean, 1 findings, 2 misuse or an internal error."""
    misuse = _misuse(options)
    if misuse:
        complain(misuse)
        return 2
    discovery = discover(options.paths)
    tasks = [
        Task(folder.directory, folder.cgo_files, folder.only, discovery.roots, options.select, options.ignore)
        for folder in discovery.folders
    ]
    result = _gather(tasks, options)
    errors = [record_error(problem.path, problem.kind, problem.message) for problem in discovery.problems]
    diff = ""
    if options.fix or options.diff:
        from cgo_ls.cli.fixing import mend

        mended = mend([task for task in tasks if task.directory in result.fixable], options.diff, options.unsafe_fixes)
        errors += mended.errors
        diff = mended.diff
        for note in mended.notes:
            complain(note)
        if mended.written:
            result = _gather(tasks, options)
    errors = sorted({error_order(error): error for error in [*errors, *result.errors]}.values(), key=error_order)
    _print(options, result, errors, diff)
    if any(error["kind"] != "input" for error in errors):
        return 2
    return 1 if result.diagnostics and not options.exit_zero else 0


def _misuse(options: CheckOptions) -> str | None:
    """Why these options cannot be meant, or None."""
    if options.fix and options.diff:
        return "--fix changes files and --diff changes none: choose one"
    if options.unsafe_fixes and not (options.fix or options.diff):
        return "--unsafe-fixes needs --fix or --diff"
    if options.diff and options.format == "json":
        return "--diff prints a diff: it cannot be combined with --format json"
    known = (*BY_NAME, *FAMILIES, UNUSED)
    for name in (*(options.select or ()), *options.ignore):
        if name not in known:
            return f'there is no rule or family "{name}"{did_you_mean(name, known)}'
    return None


def _gather(tasks: Sequence[Task], options: CheckOptions) -> _Result:
    diagnostics: list[DiagnosticRecord] = []
    errors: list[ErrorRecord] = []
    fixable: set[str] = set()
    files = 0
    timings = Timings()
    allowed = {"safe", "unsafe"} if options.unsafe_fixes else {"safe"}
    for outcome in show_progress(_outcomes(tasks, options.jobs), len(tasks)):
        diagnostics += outcome.diagnostics
        errors += outcome.errors
        files += outcome.files
        timings.add(outcome.timings)
        if any(fix["applicability"] in allowed for found in outcome.diagnostics for fix in found["fixes"]):
            fixable.add(outcome.directory)
    diagnostics.sort(key=diagnostic_order)
    return _Result(diagnostics, errors, files, frozenset(fixable), timings)


def _outcomes(tasks: Sequence[Task], jobs: int | None) -> Iterator[Outcome]:
    """The outcome of each folder, in no certain order."""
    jobs = jobs or _default_jobs(len(tasks))
    if jobs <= 1 or len(tasks) <= 1:
        return map(check_folder, tasks)
    from cgo_ls.cli.pool import check_in_processes

    return check_in_processes(tasks, jobs)


def _default_jobs(folders: int) -> int:
    """Workers that pay for their start: one for every eight folders, never more than there are cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, folders // 8))


def _print(options: CheckOptions, result: _Result, errors: Sequence[ErrorRecord], diff: str) -> None:
    if options.format == "json":
        from cgo_ls.cli.report_json import render_json

        write_out(render_json(result.diagnostics, result.files, errors))
    elif options.diff:
        write_out(diff)
    else:
        write_out(render_text(result.diagnostics, wants_color(sys.stdout, options.no_color)))
    for error in errors:
        complain(render_error(error))
    if options.format == "text" and not options.diff:
        summarize(render_summary(result.diagnostics, result.files))
    for row in result.timings.rows if options.timing else ():
        complain(f"{row.name}: {row.seconds:.3f} s in {row.runs} runs, the longest {row.longest * 1000:.1f} ms")
