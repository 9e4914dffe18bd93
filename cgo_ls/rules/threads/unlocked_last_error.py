"""unlocked-last-error: a thread's last error is fetched by a C call of its own, without the thread locked; see the .md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.data.threads import thread_words
from cgo_ls.model.package import Package
from cgo_ls.rules.errno.parts.locked_threads import locked_functions
from cgo_ls.rules.finding import Finding, Severity, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.threads.parts.last_errors import LastErrors, find_last_errors, first_fetch, meant_call
from cgo_ls.rules.threads.parts.one_call import fetch_in_one_call
from cgo_ls.rules.threads.parts.thread_calls import (
    Call,
    GoBody,
    declarations_naming,
    find_lockers,
    is_test,
    lock_thread,
    name_span,
    read_body,
)

# From so many on, all of them through one Go function and none with a lock, the finding at that function is what matters, and those
# at the callers are there for their fixes.
_HABIT = 10
# Whoever takes turns has an error of the whole process for himself.
_TAKES_TURNS = frozenset([".Lock", ".RLock"])


@rule("unlocked-last-error", family="threads", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    errors = find_last_errors(package)
    if not errors.names:
        return
    locked = locked_functions(package)
    found: dict[str, list[tuple[GoBody, Call, Call]]] = {}
    for file, declared in declarations_naming(package.files, frozenset(errors.names)):
        function = declared.facts.function
        if function is None or function.qualified in locked or not file.imports_c or is_test(file, declared):
            continue
        body = read_body(file, declared)
        unlocked = _unlocked(body, errors, package)
        if unlocked is not None:
            found.setdefault(unlocked[0].name, []).append((body, *unlocked))
    knows = any(".LockOSThread" in declared.facts.calls for file in package.files for declared in file.declarations)
    for name, places in found.items():
        if len(places) >= _HABIT and not knows and (fetch := _fetch_in(package, name, errors)) is not None:
            yield _habit(*fetch, name, places, errors)
            severity: Severity | None = "information"
        else:
            severity = None
        for body, fetch_call, meant in places:
            yield _finding(body, fetch_call, meant, errors, severity, package)


def _fetch_in(package: Package, name: str, errors: LastErrors) -> tuple[GoBody, Call] | None:
    """The Go function called `name`, and where it fetches the error."""
    for file, declared in declarations_naming(package.files, frozenset(errors.names)):
        function = declared.facts.function
        if function is not None and name == (f".{function.name}" if function.receiver is not None else function.name):
            body = read_body(file, declared)
            fetch = first_fetch(body, errors.names)
            if fetch is not None:
                return body, fetch
    return None


def _habit(
    body: GoBody, fetch: Call, name: str, places: list[tuple[GoBody, Call, Call]], errors: LastErrors
) -> Finding:
    message = (
        f"{fetch.name.lstrip('.')} reads the last error of the thread it runs on, and none of the {len(places)} functions that call C "
        f"and then {name.lstrip('.')} holds its thread in between: call runtime.LockOSThread in each, or fetch the error in the same C call"
    )
    other, call, _ = places[0]
    steps = (Step(name_span(other, call), "called here, for one", other.file.path),)
    return Finding(name_span(body, fetch), message, steps, path=body.file.path)


def _unlocked(body: GoBody, errors: LastErrors, package: Package) -> tuple[Call, Call] | None:
    """The first fetch that follows the C call it means without a lock, and that call."""
    words, lockers = thread_words(), find_lockers(package)
    for fetch in body.calls:
        behind = errors.names.get(fetch.name)
        if behind is None or body.locked(fetch, lockers):
            continue
        if words.last_error.get(behind) in words.callers and body.file.package_name != "main":
            continue
        if behind in errors.guessed and any(call.name in _TAKES_TURNS for call in body.calls):
            continue
        meant = meant_call(body, fetch, errors.names, errors.readers, package)
        if meant is not None:
            return fetch, meant
    return None


def _finding(
    body: GoBody, fetch: Call, meant: Call, errors: LastErrors, severity: Severity | None, package: Package
) -> Finding:
    behind = errors.names[fetch.name]
    name = fetch.name.lstrip(".")
    what = f"{name} reads the last error of the thread it runs on"
    if fetch.name != f"C.{behind}":
        what = f"{name} calls C.{behind}, which reads the last error of the thread it runs on"
    if behind in errors.learned:
        what = f"most of this package locks the thread around {name}"
    if behind in errors.guessed:
        what = f"C.{behind} is not told whose last error is wanted, so it gives that of the thread, or of the whole process"
        severity = "information"
    message = (
        f"{what}; that may be another thread than the one {meant.name} ran on: call runtime.LockOSThread before both"
    )
    steps = (Step(name_span(body, meant), f"the error would be that of {meant.name}"),)
    fixes = lock_thread(body, fetch.within), fetch_in_one_call(body, fetch, meant, package.scope(body.file))
    shown = tuple(fix for fix in fixes if fix is not None)
    return Finding(name_span(body, fetch), message, steps, shown, severity, body.file.path)
