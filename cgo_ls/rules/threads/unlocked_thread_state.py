"""unlocked-thread-state: a C call that holds for one thread is made by a goroutine that is wired to none; see the .md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.data.threads import thread_words
from cgo_ls.model.c_body import CCall
from cgo_ls.model.package import Package
from cgo_ls.rules.errno.parts.locked_threads import locked_functions
from cgo_ls.rules.finding import Finding, Fix, Severity, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.threads.parts.thread_calls import (
    LOCK,
    Call,
    GoBody,
    declarations_naming,
    is_test,
    lock_thread,
    name_span,
    read_body,
)
from cgo_ls.syntax.go_nodes import field, text_of

# Asking which thread one is on is no mistake by itself.
_ASKING = frozenset(["pthread_self", "gettid", "pthread_getspecific"])
# Two calls of these in a function: the second one sets back what the first has changed.
_SET_BACK = frozenset(["uselocale", "setfsuid", "setfsgid"])


@rule("unlocked-thread-state", family="threads", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    names = _names(package)
    if not names or _locks(package):
        return  # a package that locks threads knows why, and its functions may rely on their callers
    locked = locked_functions(package)
    for file, declared in declarations_naming(package.files, frozenset(names)):
        function = declared.facts.function
        if function is None or function.qualified in locked or not file.imports_c or is_test(file, declared):
            continue
        body = read_body(file, declared)
        for call in body.calls:
            if (
                call.name in names
                and _holds(call, names[call.name], file.package_name)
                and not body.locked(call, frozenset())
            ):
                yield _finding(body, call, names[call.name])
                break


def _locks(package: Package) -> bool:
    """Whether any function of the package, tests left out, locks its thread."""
    return any(
        ".LockOSThread" in declared.facts.calls
        for file in package.files
        if not file.path.endswith("_test.go")
        for declared in file.declarations
    )


def _names(package: Package) -> dict[str, str]:
    """`C.f` as called -> the bound function behind it: that itself, or what a C function of the package does nothing but call."""
    called = frozenset().union(*(file.c_names for file in package.files))
    wrappers = package.made_of_c("thread-wrappers", lambda: _wrappers(package))
    names = {f"C.{name}": name for name in called & thread_words().bound.keys()}
    names.update((f"C.{name}", wrappers[name]) for name in called & wrappers.keys())
    return {name: behind for name, behind in names.items() if behind}


def _wrappers(package: Package) -> dict[str, str]:
    """Each C function with a body -> the bound function that is all it calls; "" where it does something else."""
    bound, found = thread_words().bound, dict[str, str]()
    for unit in [*package.c_units, *(file.c_unit for file in package.files if file.c_unit is not None)]:
        for body in unit.bodies:
            inner = {event.function for block in body.blocks for event in block.events if isinstance(event, CCall)}
            plain = {name.rpartition("__")[2] for name in inner}
            alone = len(plain) == 1 and plain <= bound.keys() and body.complete
            found[body.function] = plain.pop() if alone else ""
    return found


def _holds(call: Call, behind: str, package_name: str) -> bool:
    words = thread_words()
    if words.library_of[behind] in words.callers and package_name != "main":
        return False
    exempt = words.unless.get(behind)
    return exempt is None or exempt not in text_of(field(call.node, "arguments"))


def _finding(body: GoBody, call: Call, behind: str) -> Finding:
    does = thread_words().bound[behind]
    what = f"{call.name} {does}" if call.name == f"C.{behind}" else f"{call.name} calls {behind}, which {does}"
    asking = behind in _ASKING
    message = f"{what}, and the goroutine may run on another one after it: call {LOCK} before, unless every caller does"
    level: Severity | None = "information" if asking else None
    same = [other for other in body.calls if other.name == call.name and other.within == call.within]
    fix: Fix | None = lock_thread(body, call.within) if behind in _SET_BACK and len(same) > 1 else None
    steps = (Step(name_span(body, same[-1]), "set back here"),) if fix is not None else ()
    return Finding(
        name_span(body, call), message, steps, (fix,) if fix is not None else (), severity=level, path=body.file.path
    )
