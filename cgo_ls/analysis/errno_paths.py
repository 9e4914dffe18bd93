"""What becomes of errno on each path through a C function body: which failing call it speaks of, and what came between.

Paths are kept apart, so that a test (`if (fd == -1)`) says which call has failed on it; a body with too many of them is given
up, and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Protocol

from cgo_ls.model.c_body import CAssign, CBody, CCall, CMark, CReturn, CTest, CValue
from cgo_ls.text.span import Span

_STATE_LIMIT = 48
_VISIT_LIMIT = 4_000
_RECENT = 4
Outcome = Literal["failed", "succeeded"]
ErrnoKind = Literal["entry", "zero", "set", "call", "unknown"]


class Failing(Protocol):
    """The part of a Convention that paths need."""

    @property
    def predicate(self) -> str: ...

    @property
    def channel(self) -> str: ...


class Value(NamedTuple):
    """kind "call": the result of call `call`; "neg": its negation; "const": the number or name `text`; "null"; "errno": errno's
    number as it was in `errno` ("-" in `text` when negated); "unknown"."""

    kind: str
    text: str = ""
    call: int = -1
    errno: Errno | None = None


class Errno(NamedTuple):
    """Where errno's number is from: as it was at the "entry", "zero" or "set" by an assignment, left by `call`, or "unknown".

    `lost` is the call that failed and set errno before (0: an assignment did), `by` the first call after it that may have changed errno.
    `cleared`: it was set to 0 before the first of the calls since. `recent` are the last calls that may have changed it, in order: a
    result is often tested only after the next call.
    """

    kind: ErrnoKind
    call: int = -1
    lost: int = -1
    by: int = -1
    cleared: bool = False
    recent: tuple[int, ...] = ()


_AT_ENTRY = Errno("entry")


@dataclass(frozen=True, slots=True)
class Path:
    """What holds at one place on one way through the body."""

    variables: tuple[tuple[str, Value], ...] = ()
    outcomes: tuple[tuple[int, Outcome], ...] = ()
    errno: Errno = _AT_ENTRY

    def outcome(self, call: int) -> Outcome | None:
        """Whether that call is known to have failed on this path."""
        return next((outcome for number, outcome in self.outcomes if number == call), None)

    def value(self, name: str) -> Value | None:
        """What a variable holds."""
        return next((value for known, value in self.variables if known == name), None)


@dataclass(frozen=True, slots=True)
class Exit:
    """A return: its value (None for a bare one), and the path that leads to it."""

    event: CReturn
    value: Value | None
    path: Path


@dataclass(frozen=True, slots=True)
class Read:
    """errno is read at `span`; `errno` is what it then holds."""

    span: Span
    line: int
    path: Path


@dataclass(frozen=True, slots=True)
class Assigned:
    """`errno = value`: the path before it."""

    event: CAssign
    value: Value
    path: Path


@dataclass(slots=True)
class ErrnoPaths:
    """All that the paths of one body show; `complete` is false when something of it was given up. `tested` are calls whose result is
    compared with something."""

    exits: list[Exit] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    assigned: list[Assigned] = field(default_factory=list)
    calls: dict[int, CCall] = field(default_factory=dict)
    tested: set[int] = field(default_factory=set)
    complete: bool = True


# Whether a function may change errno: None where nobody knows.
Touches = Callable[[str], bool | None]
Lookup = Callable[[str], Failing | None]


def errno_paths(body: CBody, conventions: Lookup, touches: Touches) -> ErrnoPaths:
    """Walk all paths of `body`; callees are judged by `conventions` and `touches`."""
    return _Walker(body, conventions, touches).run()


class _Walker:
    def __init__(self, body: CBody, conventions: Lookup, touches: Touches) -> None:
        self.body, self.conventions, self.touches = body, conventions, touches
        self.found = ErrnoPaths(complete=body.complete and bool(body.blocks))
        self.own = {*body.parameters, *(local.name for local in body.locals if not local.static)}
        self.used = _used_calls(body)

    def run(self) -> ErrnoPaths:
        seen: list[set[Path]] = [set() for _ in self.body.blocks]
        work: list[tuple[int, Path]] = [(0, Path())] if self.body.blocks else []
        visits = 0
        while work:
            number, path = work.pop()
            if path in seen[number]:
                continue
            visits += 1
            if len(seen[number]) >= _STATE_LIMIT or visits > _VISIT_LIMIT:
                self.found.complete = False
                continue
            seen[number].add(path)
            self.block(number, path, work)
        return self.found

    def block(self, number: int, path: Path, work: list[tuple[int, Path]]) -> None:
        block = self.body.blocks[number]
        marks = list(block.marks)
        for index, event in enumerate(block.events):
            while marks and marks[0].at <= index:
                path = self.mark(marks.pop(0), path)
            if isinstance(event, CCall):
                path = self.call(event, path)
            elif isinstance(event, CAssign):
                path = self.assign(event, path)
            else:
                value = self.value(event.value, path) if event.value is not None else None
                self.found.exits.append(Exit(event, value, path))
                return
        for mark in marks:
            path = self.mark(mark, path)
        for edge in block.edges:
            after = self.narrowed(edge.test, path)
            if after is not None:
                work.append((edge.target, after))

    def mark(self, mark: CMark, path: Path) -> Path:
        name, span, line = mark.name, mark.span, mark.line
        if name:
            return _with(path, name, Value("unknown"))
        self.found.reads.append(Read(span, line, path))
        return path

    def call(self, event: CCall, path: Path) -> Path:
        self.found.calls[event.id] = event
        # A loop comes to the same call again: what is known of its last round is of no use.
        if path.outcome(event.id) is not None:
            kept = tuple(pair for pair in path.outcomes if pair[0] != event.id)
            path = replace(path, outcomes=kept)
        known = event.function and event.function not in self.own
        for argument in event.arguments:
            if argument.kind == "address" and argument.parts[0].kind == "name":
                path = _with(path, argument.parts[0].name, Value("unknown"))
        touches = self.touches(event.function) if known else None
        if touches is False:
            return path
        if touches is None:
            return replace(path, errno=Errno("unknown"))
        old = path.errno
        lost, by = old.lost, old.by
        convention = self.conventions(event.function)
        if event.id in self.used and convention is not None and convention.channel == "errno":
            # Its result may be tested in a way that is not followed, and errno then be its own.
            lost = by = -1
        elif old.kind == "call" and path.outcome(old.call) == "failed" and old.call != event.id:
            lost, by = old.call, event.id
        elif old.kind == "set":
            lost, by = 0, event.id
        recent = (*(call for call in old.recent if call != event.id), event.id)[-_RECENT:]
        return replace(path, errno=Errno("call", event.id, lost, by, old.cleared or old.kind == "zero", recent))

    def assign(self, event: CAssign, path: Path) -> Path:
        value = self.value(event.value, path)
        if event.target.kind == "name":
            return _with(path, event.target.name, value) if event.target.name in self.own else path
        if event.target.kind != "errno":
            return path
        self.found.assigned.append(Assigned(event, value, path))
        if value.kind == "errno" and value.errno is not None:
            return replace(path, errno=value.errno)
        return replace(path, errno=Errno("zero" if value.kind == "null" else "set"))

    def value(self, value: CValue, path: Path) -> Value:
        if value.kind == "call":
            return Value("call", value.name, value.call)
        if value.kind == "name":
            if value.name not in self.own:
                return Value("const", value.name)
            return path.value(value.name) or Value("unknown")
        if value.kind == "errno":
            return Value("errno", value.name, -1, path.errno)
        if value.kind == "null":
            return Value("null")
        if value.kind == "literal" and value.name:
            return Value("const", value.name)
        if value.kind == "other" and value.name:
            return self.negated(value, path)
        return Value("unknown")

    def negated(self, value: CValue, path: Path) -> Value:
        if not value.parts:
            return Value("const", value.name)
        inner = self.value(value.parts[0], path)
        if inner.kind == "call":
            return Value("neg", inner.text, inner.call)
        if inner.kind == "errno":
            return inner._replace(text="" if inner.text else "-")
        return Value("const", f"-{inner.text}") if inner.kind == "const" else Value("unknown")

    def narrowed(self, test: CTest | None, path: Path) -> Path | None:
        """The path on which `test` holds; None when it cannot."""
        if test is None:
            return path
        left, right = self.value(test.left, path), self.value(test.right, path)
        self.found.tested.update(side.call for side in (left, right) if side.kind == "call")
        operator = test.operator
        if right.kind == "call" and left.kind != "call":
            left, right, operator = right, left, _TURNED[operator]
        if left.kind != "call":
            return path
        convention = self.conventions(left.text)
        if convention is None:
            return path
        outcome = judge(convention.predicate, operator if test.holds else _OPPOSITE[operator], right)
        known = path.outcome(left.call)
        if outcome is None:
            return path
        if known is not None:
            return path if known == outcome else None
        path = replace(path, outcomes=(*path.outcomes, (left.call, outcome)))
        return self.known_late(left.call, path) if outcome == "failed" else path

    def known_late(self, failed: int, path: Path) -> Path:
        """A failure that is seen only now, when other calls have come after it."""
        errno = path.errno
        if errno.kind != "call" or errno.lost >= 0 or failed not in errno.recent:
            return path
        after = errno.recent[errno.recent.index(failed) + 1 :]
        if not after or not self.used.isdisjoint(after):
            return path
        return replace(path, errno=errno._replace(lost=failed, by=after[0]))


def _used_calls(body: CBody) -> frozenset[int]:
    """The calls whose results are stored, tested, passed on or returned."""
    found: set[int] = set()
    for block in body.blocks:
        values: list[CValue | None] = []
        for event in block.events:
            values += event.arguments if isinstance(event, CCall) else [event.value]
        for edge in block.edges:
            values += [edge.test.left, edge.test.right] if edge.test is not None else []
        while values:
            value = values.pop()
            if value is not None:
                values += value.parts
                found.add(value.call)
    return frozenset(found)


_TURNED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MINUS_ONE = frozenset(["-1", "EOF", "WEOF", "MAP_FAILED", "SIG_ERR", "SOCKET_ERROR", "INVALID_SOCKET", "SEM_FAILED"])
_FAILS: Outcome = "failed"
_WORKS: Outcome = "succeeded"
# By predicate: what (operator, other side) says of the call. "n" is the number -1 or a name for it, "0" zero or NULL.
_JUDGED: dict[str, dict[tuple[str, str], Outcome]] = {
    "minus_one": {
        ("==", "n"): _FAILS,
        ("!=", "n"): _WORKS,
        ("<", "0"): _FAILS,
        (">=", "0"): _WORKS,
        ("==", "0"): _WORKS,
        (">", "0"): _WORKS,
        ("<=", "n"): _FAILS,
        (">", "n"): _WORKS,
        # The end of a file and a short count are no errors, but are treated alike here.
        ("<=", "0"): _FAILS,
        ("!=", "x"): _FAILS,
        ("<", "x"): _FAILS,
    },
    "null": {("==", "0"): _FAILS, ("!=", "0"): _WORKS},
    "zero": {("==", "0"): _FAILS, ("!=", "0"): _WORKS},
    "nonzero": {("!=", "0"): _FAILS, ("==", "0"): _WORKS, (">", "0"): _FAILS, ("==", "n"): _FAILS},
    "map_failed": {("==", "n"): _FAILS, ("!=", "n"): _WORKS},
    "short_count": {
        ("<", "x"): _FAILS,
        ("!=", "x"): _FAILS,
        ("==", "x"): _WORKS,
        (">=", "x"): _WORKS,
        ("==", "0"): _FAILS,
    },
}
_JUDGED["eof"] = _JUDGED["weof"] = _JUDGED["size_max"] = _JUDGED["negative"] = _JUDGED["minus_one"]
_JUDGED["zero_or_minus_one"] = {**_JUDGED["minus_one"], ("!=", "0"): _FAILS}


def judge(predicate: str, operator: str, other: Value) -> Outcome | None:
    """What `result operator other` being true says of a call with that predicate."""
    side = "x"
    if other.kind == "null":
        side = "0"
    elif other.kind == "const" and other.text in _MINUS_ONE:
        side = "0" if other.text == "SEM_FAILED" and predicate == "null" else "n"
    return _JUDGED.get(predicate, {}).get((operator, side))


def _with(path: Path, name: str, value: Value) -> Path:
    others = tuple(pair for pair in path.variables if pair[0] != name)
    if value.kind == "unknown":
        return path if len(others) == len(path.variables) else replace(path, variables=others)
    return replace(path, variables=tuple(sorted((*others, (name, value)), key=_first)))


def _first(pair: tuple[str, Value]) -> str:
    return pair[0]
