"""What becomes of a Go value that must be ended by a method of its own (a cgo.Handle, a runtime.Pinner), on every path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import FunctionCfg
from cgo_ls.text.span import Span

MAX_VISITS = 20_000
"""Block visits for one value before nothing is said of it."""


class Phase(Enum):
    """Where the value stands on one path. GIVEN: begun, and a C function has seen it."""

    NONE = "none"
    BEGUN = "begun"
    GIVEN = "given"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class State:
    """A phase, and whether a defer will end the value; `ended` is where it was (or will be) ended."""

    phase: Phase
    deferred: Span | None = None
    ended: Span | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A value to follow: the slots that hold it, the call that begins it, the methods that begin, end and only read it.

    `begin`: the site of the call that makes it ("" methods then), or -1 where `begins` methods do.
    """

    slots: frozenset[int]
    begin: int
    begins: frozenset[str]
    ends: frozenset[str]
    reads: frozenset[str]


@dataclass(slots=True)
class Course:
    """What was seen: the states at each exit, uses and second ends of an ended value, and whether somebody else may have it."""

    escaped: bool = False
    conditional: bool = False
    ends: list[Span] = field(default_factory=list)
    left: dict[Span, set[State]] = field(default_factory=dict)
    misused: dict[tuple[Span, bool], set[State]] = field(default_factory=dict)


def carriers(graph: FunctionCfg, slots: set[int], converts: Callable[[ir.Call], bool]) -> set[int]:
    """`slots`, and every local that takes their value, also through a conversion of C or Go."""
    found, before = set(slots), 0
    instructions = [each for block in graph.blocks for each in block.instructions]
    while len(found) != before:
        before = len(found)
        for each in instructions:
            if isinstance(each, ir.Assign) and not each.target.path and _held(each.value) & found:
                found.add(each.target.slot)
            elif (
                isinstance(each, ir.Call)
                and len(each.arguments) == 1
                and converts(each)
                and _held(each.arguments[0]) & found
            ):
                found.update(each.results)
    return found


def _held(value: ir.Value) -> set[int]:
    """The slot whose own value this is."""
    while isinstance(value, ir.View):
        value = value.value
    return {value.place.slot} if isinstance(value, ir.Load) and not value.place.path else set()


def slots_of(value: object) -> Iterator[int]:
    """Every slot that a value reads or points to."""
    pending: list[object] = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, ir.Load | ir.AddressOf):
            yield current.place.slot
        elif isinstance(current, ir.View):
            pending.append(current.value)
        elif isinstance(current, ir.Unknown):
            pending += current.uses


class Follower:
    """Runs the states of one subject through a graph. `is_conversion`: a call that only changes the type of its argument."""

    def __init__(
        self, outer: FunctionCfg, graph: FunctionCfg, subject: Subject, is_conversion: Callable[[ir.Call], bool]
    ) -> None:
        self._outer, self._graph, self._subject, self._converts = outer, graph, subject, is_conversion
        self.course = Course()

    def run(self) -> Course | None:
        """The course of the subject; None where that would cost too much."""
        graph, course = self._graph, self.course
        entering: dict[int, set[State]] = {0: {State(Phase.NONE)}}
        pending, visits = [0], 0
        while pending:
            number = pending.pop()
            visits += 1
            if visits > MAX_VISITS:
                return None
            states = set(entering[number])
            block = graph.blocks[number]
            for instruction in block.instructions:
                states = self._step(instruction, states)
                if course.escaped:
                    return course
            for edge in block.edges:
                known = entering.setdefault(edge.target, set())
                if not states <= known:
                    known |= states
                    pending.append(edge.target)
        return course

    # --- one instruction

    def _step(self, instruction: ir.Instruction, states: set[State]) -> set[State]:
        subject, course = self._subject, self.course
        match instruction:
            case ir.Call():
                return self._call(instruction, states)
            case ir.Defer(call):
                return self._defer(call, states)
            case ir.Return(span):
                course.left.setdefault(span, set()).update(states)
            case ir.Spawn(call):
                course.escaped = any(
                    slot in subject.slots for value in call.arguments for slot in slots_of(value)
                ) or any(self._captures(value) for value in call.arguments)
            case ir.Assign(target, value):
                return self._assign(target.slot, bool(target.path), value, states)
            case ir.Escape(value):
                course.escaped = self._mentions(value)
            case ir.Read():
                pass
        return states

    def _assign(self, slot: int, inside: bool, value: ir.Value, states: set[State]) -> set[State]:
        subject = self._subject
        if slot in subject.slots and not inside:
            if self._mentions(value) or self._captures(value) or subject.begin < 0:
                return states
            return {State(Phase.NONE, state.deferred) for state in states}
        if self._mentions(value) or self._captures(value):
            self.course.escaped = True
        return states

    def _mentions(self, value: object) -> bool:
        return any(slot in self._subject.slots for slot in slots_of(value))

    def _captures(self, value: object) -> bool:
        if not isinstance(value, ir.Closure):
            return False
        return bool(self._outer.closures[value.index].captured & self._subject.slots)

    def _call(self, call: ir.Call, states: set[State]) -> set[State]:
        subject, course = self._subject, self.course
        if call.site == subject.begin:
            return {State(Phase.BEGUN, state.deferred if subject.begin < 0 else None) for state in states}
        if call.callee.kind == "method" and call.arguments and self._mentions(call.arguments[0]):
            return self._method(call, states)
        if any(self._captures(value) for value in call.arguments):
            return self._called_closure(call, states)
        if not any(self._mentions(value) for value in call.arguments):
            return states
        if self._converts(call) and set(call.results) <= subject.slots:
            return states
        self._use(call.span, states)
        if call.callee.kind != "c":
            course.escaped = True
            return states
        return {State(Phase.GIVEN, state.deferred) if state.phase is Phase.BEGUN else state for state in states}

    def _method(self, call: ir.Call, states: set[State]) -> set[State]:
        subject, course = self._subject, self.course
        if any(self._mentions(value) or self._captures(value) for value in call.arguments[1:]):
            course.escaped = True
        if call.callee.name in subject.begins:
            return {State(Phase.BEGUN, state.deferred) for state in states}
        if call.callee.name in subject.ends:
            course.ends.append(call.span)
            course.conditional |= _mixed(states)
            if subject.begin >= 0:
                self._use(call.span, states, ends=True)
            return {
                State(Phase.ENDED, state.deferred, call.span) if state.phase is not Phase.NONE else state
                for state in states
            }
        if call.callee.name in subject.reads:
            self._use(call.span, states)
        else:
            course.escaped = True
        return states

    def _use(self, span: Span, states: set[State], *, ends: bool = False) -> None:
        """Remember a use of a value that may have been ended; an end counts as one, also before a deferred one."""
        self.course.misused.setdefault((span, ends), set()).update(states)

    def _defer(self, call: ir.Call, states: set[State]) -> set[State]:
        subject, course = self._subject, self.course
        ends = call.callee.kind == "method" and call.callee.name in subject.ends and bool(call.arguments)
        if ends and self._mentions(call.arguments[0]):
            course.ends.append(call.span)
            if subject.begin >= 0:
                self._use(call.span, states, ends=True)
            return {State(state.phase, call.span, state.ended) for state in states}
        for value in call.arguments:
            if isinstance(value, ir.Closure) and self._captures(value):
                return self._deferred_closure(value.index, call.span, states)
        course.escaped = any(self._mentions(value) for value in call.arguments) and call.callee.kind != "c"
        return states

    def _deferred_closure(self, index: int, span: Span, states: set[State]) -> set[State]:
        """`defer func() { h.Delete() }()`: counts as a deferred end, whatever else it does."""
        if self._ends_in(index):
            self.course.ends.append(span)
            return {State(state.phase, span, state.ended) for state in states}
        return states

    def _called_closure(self, call: ir.Call, states: set[State]) -> set[State]:
        """A literal that is called on the spot, or handed on: what it does is not followed."""
        self.course.escaped = True
        return states

    def _ends_in(self, index: int) -> bool:
        graph = self._outer.closures[index].cfg
        return any(
            isinstance(each, ir.Call) and each.callee.name in self._subject.ends and self._mentions(each.arguments[0])
            for block in graph.blocks
            for each in block.instructions
            if isinstance(each, ir.Call) and each.arguments
        )


def _mixed(states: set[State]) -> bool:
    """Whether the value is begun, or not ended yet, on some of the paths only: then conditions belong together that are not seen."""
    phases = {state.phase for state in states}
    live = bool(phases & {Phase.BEGUN, Phase.GIVEN})
    return len(phases) > 1 and (Phase.NONE in phases or (live and Phase.ENDED in phases))
