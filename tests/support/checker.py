"""The checker as tests use it: one folder of files in, diagnostics and whole-file results of fixes out.

Everything runs on files in memory under the paths they have on disk, so that a variant (fixed, with CRLF, with a BOM) needs no copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cgo_ls.features.quick_fixes import QuickFix, fix_all, quick_fixes
from cgo_ls.rules.finding import Diagnostic
from cgo_ls.text.edits import apply_edits
from cgo_ls.text.files import MemoryFiles
from cgo_ls.workspace.session import Session, Snapshot
from tests.support.libraries import with_libraries
from tests.support.wants import Found, Place, line_of

Files = Mapping[str, bytes]
# Where files without a place on disk are put.
ROOT = "/fixture"
ROUNDS = 10


class RuleFailed(RuntimeError):
    """A rule raised, and the checker went on without it."""


@dataclass(frozen=True, slots=True)
class AppliedFix:
    """A fix of one diagnostic, and all files after it."""

    diagnostic: Diagnostic
    fix: QuickFix
    files: Files


def read_files(directory: Path) -> dict[str, bytes]:
    """The files below `directory`: path relative to it -> bytes."""
    found = {p.relative_to(directory).as_posix(): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}
    return with_libraries(found)


def session_of(files: Files, root: str = ROOT) -> Session:
    """A session that sees exactly these files (names relative to `root`)."""
    return Session(MemoryFiles({f"{root}/{name}": data for name, data in files.items()}))


def folders(files: Files, root: str = ROOT) -> list[str]:
    """The folders that hold Go files: C in a folder below belongs to the package that includes it."""
    held = {name.rpartition("/")[0] for name in files if name.endswith(".go")}
    return sorted(f"{root}/{folder}".rstrip("/") for folder in held)


def check_files(files: Files, root: str = ROOT) -> list[Diagnostic]:
    """All diagnostics of all folders, in the order the checker gives them."""
    snapshot = session_of(files, root).snapshot()
    return [found for folder in folders(files, root) for found in diagnose(snapshot, folder)]


def diagnose(snapshot: Snapshot, folder: str) -> tuple[Diagnostic, ...]:
    """The diagnostics of a folder. Raises RuleFailed where a rule did not come to an end: its silence would prove nothing."""
    found = snapshot.diagnostics_of_folder(folder)
    failed = snapshot.errors(folder)
    if failed:
        raise RuleFailed("; ".join(f"{error.rule} on {error.path}: {error.message}" for error in failed))
    return found


def check_directory(path: Path) -> list[Diagnostic]:
    """All diagnostics of the Go package in folder `path`, under its own absolute path."""
    return check_files(read_files(path), str(path))


def found_of(diagnostics: list[Diagnostic], files: Files, root: str = ROOT) -> list[Found]:
    """Diagnostics as `wants` compares them: paths relative to `root`, lines, `message [rule]`."""

    def place(path: str, start: int, text: str) -> Place:
        name = path.removeprefix(f"{root}/")
        return Place(name, line_of(files[name], start), text)

    return [
        Found(
            place(d.path, d.span.start, f"{d.message} [{d.rule}]"),
            tuple(place(s.path or d.path, s.span.start, s.message) for s in d.steps),
        )
        for d in diagnostics
    ]


def apply_fix(fix: QuickFix, files: Files, root: str = ROOT) -> dict[str, bytes]:
    """The files after a fix. Raises EditConflict where its edits overlap or lie outside of a file."""
    changed = dict(files)
    for path, edits in fix.edits.items():
        name = path.removeprefix(f"{root}/")
        changed[name] = apply_edits(files.get(name, b""), edits)
    return changed


def applied_fixes(files: Files, rule: str | None = None, root: str = ROOT) -> list[AppliedFix]:
    """Each fix of each diagnostic (of `rule`, when given) applied by itself; those that are only for display are left out."""
    snapshot = session_of(files, root).snapshot()
    applied: list[AppliedFix] = []
    for folder in folders(files, root):
        for diagnostic in diagnose(snapshot, folder):
            if rule not in (None, diagnostic.rule):
                continue
            for fix in quick_fixes(snapshot, diagnostic.path, diagnostic.span):
                if fix.diagnostic == diagnostic and fix.applicability != "display-only":
                    applied.append(AppliedFix(diagnostic, fix, apply_fix(fix, files, root)))
    return applied


def fix_rule(files: Files, rule: str) -> Files:
    """Apply the first fix of the first diagnostic of `rule` until it is silent, or offers none, or ROUNDS have gone by."""
    for _ in range(ROUNDS):
        applied = applied_fixes(files, rule)
        if not applied:
            break
        files = applied[0].files
    return files


def fix_everything(files: Files, include_unsafe: bool = True) -> tuple[Files, int]:
    """`fix_all` on every Go file until nothing changes: the files, and how many rounds changed something."""
    for done in range(ROUNDS):
        before = files
        for name in [name for name in files if name.endswith(".go")]:
            fix = fix_all(session_of(files).snapshot(), f"{ROOT}/{name}", include_unsafe)
            if fix is not None:
                files = apply_fix(fix, files)
        if files == before:
            return files, done
    return files, ROUNDS


def tally(diagnostics: list[Diagnostic]) -> Counter[tuple[str, str, str]]:
    """How often each rule speaks in each function of each file: what must not grow when a fix is applied."""
    return Counter((d.path, d.rule, d.function) for d in diagnostics)
