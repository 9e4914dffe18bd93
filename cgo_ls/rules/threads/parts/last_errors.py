"""Which calls fetch the error that a library keeps for the calling thread: C functions of the tables, C that only passes it on,
Go functions that do, and what a package shows to be one by locking the thread around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.data.threads import thread_words
from cgo_ls.model.c_body import CBody, CCall
from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.package import Package
from cgo_ls.rules.errno.parts.preceding_call import arguments
from cgo_ls.rules.threads.parts.thread_calls import (
    Call,
    GoBody,
    declarations_naming,
    find_lockers,
    is_c_function,
    read_body,
)
from cgo_ls.syntax.go_nodes import field

# C that only makes a text of the error.
_HARMLESS = frozenset(
    [
        "strlen",
        "strdup",
        "strndup",
        "strcpy",
        "strncpy",
        "memcpy",
        "snprintf",
        "sprintf",
        "malloc",
        "calloc",
        "free",
        "strcmp",
    ]
)
_LAST_ERROR = re.compile(r"(?:^|_)last_?err(?:or|no)?(?:_|$)|(?:^|[a-z_])(?:Get|get_)?LastError(?:[A-Z_]|$)")
_ERROR_NAME = re.compile(r"err", re.IGNORECASE)
# A package shows that a function wants its thread by locking it in this many functions, and in this share of them.
_LOCKED_AT_LEAST = 3
_LOCKED_SHARE = 0.75
_ROUNDS = 4
# Methods that many types have: which one `x.Err()` calls is not known here.
_ANYBODYS = frozenset(
    [".Err", ".Error", ".String", ".Close", ".Unwrap", ".Is", ".Read", ".Write", ".Get", ".Do", ".Run"]
)


@dataclass(frozen=True, slots=True)
class LastErrors:
    """`names`: what is called (`C.f`, `F`, `.M`) -> the C function that is behind it. `learned` are those known by habit only, and
    `guessed` those known by their name, and by being called without any argument: the error is the thread's or the process's."""

    names: dict[str, str]
    learned: frozenset[str]
    guessed: frozenset[str]
    readers: frozenset[str]


def find_last_errors(package: Package) -> LastErrors:
    """Everything in `package` that fetches a thread's last error."""
    words = thread_words()
    called = frozenset().union(*(file.c_names for file in package.files))
    units = [*package.c_units, *(file.c_unit for file in package.files if file.c_unit is not None)]
    own = package.made_of_c("last-error-getters", lambda: _own_getters(units))
    preambles = [file.c_unit for file in package.files if file.c_unit is not None]
    names = {f"C.{name}": name for name in called & words.last_error.keys() if not _defined(preambles, name)}
    names.update((f"C.{name}", own[name]) for name in called & own.keys())
    learned = _learned(package, called - own.keys() - words.last_error.keys())
    names.update((f"C.{name}", name) for name in learned)
    guessed = _guessed(package, called - own.keys() - words.last_error.keys() - learned, units)
    names.update((f"C.{name}", name) for name in guessed)
    readers = frozenset(f"C.{name}" for name in words.reads_error)
    if names:
        _add_go_functions(package, names, readers)
    return LastErrors(names, learned, guessed, readers)


def _defined(units: list[CUnit], name: str) -> bool:
    return any(body.function == name for unit in units for body in unit.bodies)


def _own_getters(units: list[CUnit]) -> dict[str, str]:
    """C functions of the package that fetch the error and do nothing else that could be meant by it."""
    words = thread_words()
    harmless = words.reads_error | words.last_error.keys() | _HARMLESS
    found: dict[str, str] = {}
    for unit in units:
        for body in unit.bodies:
            calls = [event.function for event in _calls(body)]
            getters = [name for name in calls if name in words.last_error]
            if getters and body.complete and all(name in harmless for name in calls):
                found[body.function] = getters[0]
    return found


def _calls(body: CBody) -> Iterator[CCall]:
    return (event for block in body.blocks for event in block.events if isinstance(event, CCall))


def _learned(package: Package, called: frozenset[str]) -> frozenset[str]:
    """Functions named after errors that most of the package calls with its thread locked."""
    candidates = frozenset(f"C.{name}" for name in called if _ERROR_NAME.search(name))
    if not candidates or not any(b"LockOSThread" in file.data for file in package.files):
        return frozenset()
    lockers = find_lockers(package)
    locked, total = Counter[str](), Counter[str]()
    for file, declared in declarations_naming(package.files, candidates):
        body = read_body(file, declared)
        states: dict[str, bool] = {}
        for call in body.calls:
            if call.name in candidates:
                states[call.name] = states.get(call.name, True) and body.locked(call, lockers)
        total.update(states.keys())
        locked.update(name for name, state in states.items() if state)
    return frozenset(
        name[2:]
        for name, count in total.items()
        if locked[name] >= _LOCKED_AT_LEAST and locked[name] >= _LOCKED_SHARE * count
    )


def _guessed(package: Package, called: frozenset[str], units: list[CUnit]) -> frozenset[str]:
    """Functions without a body here that are named after a last error and never given anything that could say whose."""
    wanted = frozenset(f"C.{name}" for name in called if _LAST_ERROR.search(name) and not _defined(units, name))
    bare: dict[str, bool] = {}
    for file, declared in declarations_naming(package.files, wanted) if wanted else ():
        for call in read_body(file, declared).calls:
            if call.name in wanted:
                bare[call.name] = bare.get(call.name, True) and not arguments(call.node)
    return frozenset(name[2:] for name, without in bare.items() if without)


def _add_go_functions(package: Package, names: dict[str, str], readers: frozenset[str]) -> None:
    """Go functions of the package that fetch the error before they call any other C: what they fetch is their caller's."""
    lockers = find_lockers(package)
    for _ in range(_ROUNDS):
        fresh: dict[str, str] = {}
        for file, declared in declarations_naming(package.files, frozenset(names)):
            function = declared.facts.function
            if function is None:
                continue
            name = f".{function.name}" if function.receiver is not None else function.name
            if name in names or name in _ANYBODYS or not file.imports_c:
                continue
            body = read_body(file, declared)
            first = first_fetch(body, names)
            if (
                first is not None
                and not body.locked(first, lockers)
                and meant_call(body, first, names, readers, package) is None
            ):
                fresh[name] = names[first.name]
        if not fresh:
            return
        names.update(fresh)


def first_fetch(body: GoBody, names: dict[str, str]) -> Call | None:
    """The first call of the function that fetches a last error."""
    return next((call for call in body.calls if call.name in names), None)


def meant_call(
    body: GoBody, fetch: Call, names: dict[str, str], readers: frozenset[str], package: Package
) -> Call | None:
    """The C call before `fetch`, in the same function, whose error it means; None where there is none."""
    scope = package.scope(body.file)
    at = fetch_position(fetch)
    before = [
        call
        for call in body.calls
        if call.node.end_byte <= at
        and call.within == fetch.within
        and call.name not in names
        and call.name not in readers
        and is_c_function(call, scope)
    ]
    # The one that ends last: others may be arguments of it.
    return max(before, key=lambda call: call.node.end_byte, default=None)


def fetch_position(fetch: Call) -> int:
    """Where the call itself begins: behind the operand of `C.f().reason()`, which runs before."""
    function = field(fetch.node, "function")
    name = field(function, "field") if function is not None else None
    return name.start_byte if name is not None and not fetch.name.startswith("C.") else fetch.start
