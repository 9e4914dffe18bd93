"""How the C functions of a package report failure: project rows first, then their bodies, then the tables."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from cgo_ls.analysis.convention import Channel, Convention, Predicate, convention_of_row
from cgo_ls.analysis.convention_learning import learn
from cgo_ls.analysis.errno_paths import ErrnoPaths, errno_paths
from cgo_ls.data.rows import FunctionRow
from cgo_ls.data.tables import function as table_row
from cgo_ls.model.c_body import CBlock, CBody
from cgo_ls.model.cdecl import CFunction, CUnit
from cgo_ls.model.package import Package

__all__ = [
    "Channel",
    "Convention",
    "Conventions",
    "Definition",
    "Predicate",
    "convention_of_row",
    "conventions_of",
    "same",
]


def _reads(block: CBlock) -> bool:
    return any(not mark.name for mark in block.marks)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function definition: its declaration, its body, and which of the bodies of its name that is."""

    unit: CUnit
    function: CFunction
    body: CBody
    number: int


class Conventions:
    """The conventions of all functions that a package calls: project rows first, then bodies, then the tables."""

    def __init__(self, units: Sequence[CUnit], rows: Mapping[str, FunctionRow]) -> None:
        self._units, self._rows = units, rows
        self._includes = sorted({include.name for unit in units for include in unit.includes})
        self._bodies: dict[str, list[tuple[CUnit, CBody]]] = {}
        for unit in units:
            for body in unit.bodies:
                self._bodies.setdefault(body.function, []).append((unit, body))
        self._declared = {function.name: function for unit in units for function in unit.functions}
        self._aliases = {
            macro.name: macro.value
            for unit in units
            for macro in unit.macros
            if macro.parameters is None and _IDENTIFIER.match(macro.value) and macro.value != macro.name
        }
        self._alternatives = frozenset(_alternatives(units))
        self._known: dict[str, Convention | None] = {}
        self._touches: dict[str, bool | None] = {}
        self._paths: dict[tuple[str, int], ErrnoPaths] = {}
        self._depth = 0

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """Every function definition of the package, in the order of its texts."""
        found: list[Definition] = []
        numbers: Counter[str] = Counter()
        for unit in self._units:
            places: dict[str, list[CFunction]] = {}
            for function in unit.functions:
                if function.is_definition:
                    places.setdefault(function.name, []).append(function)
            for body in unit.bodies:
                number = numbers[body.function]
                numbers[body.function] += 1
                if not body.from_macro and places.get(body.function):
                    found.append(Definition(unit, places[body.function].pop(0), body, number))
        return tuple(found)

    @cached_property
    def readers(self) -> tuple[Definition, ...]:
        """The definitions that read errno."""
        return tuple(found for found in self.definitions if any(_reads(block) for block in found.body.blocks))

    @property
    def defined(self) -> Set[str]:
        """The names of all functions with a body."""
        return self._bodies.keys()

    def of(self, name: str) -> Convention | None:
        """How `name` reports failure; None where that is not known."""
        if name not in self._known:
            self._known[name] = None  # a recursive function: unknown while it is being learned
            self._known[name] = self._find(name)
        return self._known[name]

    def touches_errno(self, name: str) -> bool | None:
        """Whether a call may change errno: False never, None where nobody knows, and where a body hides the errno of what it calls."""
        found = self.changes_errno(name)
        return None if found is False and self._hides(name) else found

    def changes_errno(self, name: str) -> bool | None:
        """Whether errno may be another after a call: False also where the body sets it back."""
        if name not in self._touches:
            self._touches[name] = None
            self._touches[name] = self._find_touches(name)
        return self._touches[name]

    def _hides(self, name: str) -> bool:
        """Whether a body calls what sets errno, or throws away an error number that a call returns."""
        for number in range(len(self._bodies.get(name, ()))):
            paths = self.paths(name, number)
            if paths is None:
                continue
            called = {call.function for call in paths.calls.values()}
            if any(self.changes_errno(inner) for inner in called - {name, ""}):
                return True
            for leave in paths.exits:
                failed = [call for call, outcome in leave.path.outcomes if outcome == "failed"]
                if any((known := self.of(paths.calls[call].function)) and known.channel == "result" for call in failed):
                    return leave.value is not None and leave.value.kind in ("const", "null")
        return False

    def paths(self, name: str, number: int = 0) -> ErrnoPaths | None:
        """The paths through the `number`th body of `name`; None when there is none."""
        bodies = self._bodies.get(name, ())
        if number >= len(bodies):
            return None
        key = (name, number)
        if key not in self._paths:
            self._paths[key] = errno_paths(bodies[number][1], self._failing, self.changes_errno)
        return self._paths[key]

    def _failing(self, name: str) -> Convention | _Refined | None:
        found = self.of(name)
        if found is not None and found.predicate == "minus_one" and self._returns_zero(found.inner or name):
            return _Refined("zero_or_minus_one", found.channel)
        return found

    def _returns_zero(self, name: str) -> bool:
        row = self._row(name)
        if row is None or row.variadic or name in _COUNTS or row.result.opens is not None:
            return False
        return row.prototype.startswith("int ")

    def _row(self, name: str) -> FunctionRow | None:
        return self._rows.get(name) or table_row(name, self._includes)

    def _find(self, name: str) -> Convention | None:
        if name in self._rows:
            return convention_of_row(self._rows[name], "project")
        if name in self._alternatives:
            # The body stands in for a library that is too old. What errno adds to a code is worth having all the same.
            row = self._row(name)
            return convention_of_row(row) if row is not None and row.errno is not None and row.errno.coarse else None
        if name in self._bodies:
            if self._depth >= _DEPTH_LIMIT:
                return None
            self._depth += 1
            found = [self._learn(name, number) for number in range(len(self._bodies[name]))]
            self._depth -= 1
            return found[0] if all(same(one, found[0]) for one in found) else None
        if name in self._aliases:
            aliased = self.of(self._aliases[name])
            return replace(aliased, name=name) if aliased is not None else None
        row = self._row(name)
        if row is None or (name in self._declared and self._declared[name].static):
            return None
        return convention_of_row(row)

    def _find_touches(self, name: str) -> bool | None:
        if name in self._alternatives:
            return None
        if name in self._bodies:
            if self._depth >= _DEPTH_LIMIT:
                return None
            self._depth += 1
            found = {self._body_touches(name, number) for number in range(len(self._bodies[name]))}
            self._depth -= 1
            return found.pop() if len(found) == 1 else None
        if name in self._aliases:
            return self.changes_errno(self._aliases[name])
        if name.startswith(_BUILTINS) or name in _KEEP:
            return False
        row = self._row(name)
        if row is None or row.errno is None:
            return False if row is not None and row.never_returns else None
        facts = row.errno
        if facts.none:
            return facts.changes
        if facts.reported == "as-result":
            return facts.changes or not name.startswith(("pthread_", "posix_memalign"))
        return None if facts.reported == "own-code" else True

    def _body_touches(self, name: str, number: int) -> bool | None:
        """False where errno leaves as it came, True where some call or assignment of the body may change it."""
        paths = self.paths(name, number)
        if paths is None or not paths.complete:
            return None
        kinds = {leave.path.errno.kind for leave in paths.exits}
        if kinds <= {"entry"}:
            return False
        return None if "unknown" in kinds else True

    def _learn(self, name: str, number: int) -> Convention | None:
        unit, body = self._bodies[name][number]
        paths = self.paths(name, number)
        if body.from_macro or paths is None or not paths.complete or not paths.exits:
            return None
        declared = self._declared.get(name)
        learned = learn(name, declared.result if declared is not None else "", paths.exits, self.of)
        if learned is None:
            return None
        inner = learned.convention.inner
        what, line = (f"returns what {inner} returns" if inner else ""), learned.line or body.line
        where = f"{posixpath.basename(unit.path)}:{line}" if not unit.in_preamble else f"the preamble's {name}"
        return replace(learned.convention, origin="body", note=f"{where} {what}".strip())


def _alternatives(units: Sequence[CUnit]) -> Iterator[str]:
    """Functions whose only definition stands under an `#if`: elsewhere a library's is called, or none."""
    definitions: dict[str, list[bool]] = {}
    for unit in units:
        for function in unit.functions:
            if function.is_definition:
                under = any(span.contains(function.place.span.start) for span in unit.conditionals)
                definitions.setdefault(function.name, []).append(under)
    yield from (name for name, under in definitions.items() if under == [True])


def same(one: Convention | None, other: Convention | None) -> bool:
    """Whether two say the same, wherever they are from."""
    if one is None or other is None:
        return one is other
    return replace(one, note="") == replace(other, note="")


@dataclass(frozen=True, slots=True)
class _Refined:
    """A predicate that is narrower than any a Convention has: the results are 0 and -1, nothing else."""

    predicate: str
    channel: str


_NO_ROWS: Mapping[str, FunctionRow] = MappingProxyType({})


def conventions_of(package: Package, rows: Mapping[str, FunctionRow] = _NO_ROWS) -> Conventions:
    """Those of everything `package` can call; `rows` are the project's own. Kept with the package."""

    def make() -> Conventions:
        units = [file.c_unit for file in package.files if file.c_unit is not None]
        return Conventions([*units, *package.c_units], rows)

    said = tuple((row.name, row.prototype, row.errno) for row in rows.values())
    return package.made_of_c(("conventions", said), make)


_DEPTH_LIMIT = 40
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z")
_BUILTINS = ("__builtin_", "va_start", "va_end", "va_copy", "va_arg", "assert")
_KEEP = frozenset(
    ["__errno_location", "offsetof", "likely", "unlikely", "htons", "htonl", "ntohs", "ntohl", "CMSG_NXTHDR"]
)
# These return -1, 0 or more: a count, a priority, a descriptor.
_COUNTING = (
    "poll ppoll select pselect epoll_wait epoll_pwait epoll_pwait2 system ftw nftw scandir recvmmsg sendmmsg fileno dirfd dup2 dup3 "
    "fputws getgroups inotify_add_watch mblen mbtowc msgget semget shmget semop pclose sched_get_priority_max "
    "sched_get_priority_min sched_getcpu sched_getscheduler sched_setscheduler semctl shmctl msgctl sigismember sigtimedwait "
    "sigwaitinfo sockatmark timer_getoverrun brk inet_pton wctomb sem_getvalue forkpty lockf adjtimex clock_adjtime"
)
_COUNTS = frozenset(_COUNTING.split())
