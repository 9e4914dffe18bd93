"""Run one C function body over its paths and sum up what becomes of its parameters and where its result is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush

from cgo_ls.analysis.c_body_shape import called_name, field_key, index_of, inner_of, returned_call, reverse_postorder
from cgo_ls.analysis.c_body_states import (
    ABSENT,
    ERRNO,
    FREED,
    HELD,
    LITERAL,
    LIVE,
    LOST,
    MAY_BE_NULL,
    NULL,
    ONLY_NULL,
    ONLY_UNKNOWN,
    OUTSIDE,
    SINGLE,
    TAKEN,
    UNKNOWN,
    Object,
    Objects,
    State,
    Statuses,
    join,
)
from cgo_ls.analysis.effects import CEffects, ParameterEffect, is_struct
from cgo_ls.model.c_body import CAssign, CBody, CCall, CEdge, CReturn, CValue

# Paths are kept apart up to this number of states a block, and states a body; beyond it they are joined.
STATE_LIMIT = 24
BODY_STATE_LIMIT = 2400
# Blocks visited in one body before the answer is given up as unknown: this, and so many times its blocks.
VISIT_LIMIT = 2000
VISITS_A_BLOCK = 12

# Gives the effects of the callee; the name of a call through a pointer begins with `*`.
Lookup = Callable[[str, int], CEffects]


@dataclass(slots=True)
class BodyFacts:
    """What the paths of one body did. Sets grow over all paths; `exits` says how parameters leave, path by path.

    `fills_fields`: the releasers of fresh memory stored in fields of what parameter i points to; `fills_anyway`: parameters
    that are filled whatever the call answers that the function answers with; `copied`: those whose whole struct is stored
    elsewhere; `by_value`: those that are structs themselves; `inside`: for each return of a local struct, the releasers of
    fresh memory that its fields hold."""

    exits: dict[int, set[str]] = field(default_factory=dict)
    results: list[tuple[Objects, Mapping[Object, Statuses]]] = field(default_factory=list)
    releasers: dict[int, set[str]] = field(default_factory=dict)
    fills: dict[int, set[str]] = field(default_factory=dict)
    fills_otherwise: set[int] = field(default_factory=set)
    frees_fields: set[int] = field(default_factory=set)
    fills_fields: dict[int, set[str]] = field(default_factory=dict)
    fills_anyway: set[int] = field(default_factory=set)
    copied: set[int] = field(default_factory=set)
    by_value: set[int] = field(default_factory=set)
    inside: list[set[str]] = field(default_factory=list)
    hearsay: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    cleared: set[int] = field(default_factory=set)
    lines: dict[tuple[str, int], int] = field(default_factory=dict)
    made: dict[Object, str] = field(default_factory=dict)
    called: bool = False
    sets_errno: bool | None = False
    returned: bool = False
    gave_up: bool = False


def solve_body(body: CBody, lookup: Lookup, *, destructor: Callable[[str], str]) -> BodyFacts:
    """`lookup(name, argument count)` gives a callee's effects; `destructor(name)` the releaser behind a function name
    that is passed as an argument (`free` for `free`), "" when it releases nothing."""
    return _Solver(body, lookup, destructor).run()


class _History:
    """The states one block has been run with: one by one up to a limit, then only their union."""

    __slots__ = ("joined", "keys")

    def __init__(self) -> None:
        self.keys: set[object] = set()
        self.joined: State | None = None

    def unseen(self, states: list[State], limit: int) -> list[State]:
        """Those of `states` the block must be run with."""
        new: list[State] = []
        rest: list[State] = []
        for state in states:
            key = state.key()
            if key not in self.keys:
                if len(self.keys) < limit:
                    self.keys.add(key)
                    new.append(state)
                else:
                    rest.append(state)
        if rest:
            before = self.joined
            self.joined = join(rest if before is None else [before, *rest])
            if before is None or self.joined.key() != before.key():
                new.append(self.joined)
        return new


class _Solver:
    def __init__(self, body: CBody, lookup: Lookup, destructor: Callable[[str], str]) -> None:
        self.body = body
        self.lookup = lookup
        self.destructor = destructor
        self.facts = BodyFacts()
        self.locals = {local.name: local for local in body.locals}
        self.own = set(body.parameters) | {name for name, local in self.locals.items() if not local.static}
        self.arrays = {local.name for local in body.locals if "[" in local.type and not local.static}
        self.cleanups = [local.name for local in body.locals if local.cleanup]

    def run(self) -> BodyFacts:
        """Blocks in reverse postorder, each with the states that have come to wait before it."""
        if not self.body.blocks:
            self.facts.gave_up = True
            return self.facts
        entry = State({name: frozenset([("param", i)]) for i, name in enumerate(self.body.parameters) if name}, {}, {})
        order = reverse_postorder(self.body)
        blocks = len(self.body.blocks)
        waiting: dict[int, list[State]] = {0: [entry]}
        turns = [(order[0], 0)]
        history = {number: _History() for number in order}
        state_limit = min(STATE_LIMIT, max(1, BODY_STATE_LIMIT // blocks))
        for _ in range(VISIT_LIMIT + VISITS_A_BLOCK * blocks):
            if not turns:
                return self.facts
            _, number = heappop(turns)
            after: list[tuple[int, State]] = []
            for state in history[number].unseen(waiting.pop(number), state_limit):
                self.block(number, state.copy(), after)
            for target, state in after:
                if target not in waiting:
                    waiting[target] = []
                    heappush(turns, (order[target], target))
                waiting[target].append(state)
        self.facts.gave_up = True
        return self.facts

    def block(self, number: int, state: State, work: list[tuple[int, State]]) -> None:
        block = self.body.blocks[number]
        for event in block.events:
            if isinstance(event, CCall):
                if not self.call(event, state):
                    return
            elif isinstance(event, CAssign):
                self.assign(event, state)
            else:
                self.leave(event, state)
                self.note_filled(returned_call(event.value, block), state)
                return
        for edge in block.edges:
            after = state.copy() if len(block.edges) > 1 else state
            if self.refine(edge, after):
                work.append((edge.target, after))

    def refine(self, edge: CEdge, state: State) -> bool:
        """Narrow `state` to the edge's condition; False when it cannot hold."""
        objects = state.variables.get(edge.name) if edge.name in self.own else None
        if not edge.name or objects is None:
            return True
        real = objects - ONLY_NULL
        only = next(iter(real)) if len(real) == 1 else None
        if edge.is_null:
            if not any(item[0] in MAY_BE_NULL for item in objects):
                return False
            if only is not None and only[0] in ("param", "fresh") and state.of(only) == frozenset(["live"]):
                state.status[only] = frozenset([ABSENT])
            state.variables[edge.name] = ONLY_NULL
            return True
        if not real or (only is not None and state.of(only) == frozenset([ABSENT])):
            return False
        state.variables[edge.name] = real
        return True

    # --- values ---

    def value(self, value: CValue, state: State) -> Objects:
        kind = value.kind
        if kind == "name":
            return self.name(value.name, state)
        if kind == "call":
            return state.variables.get(f"${value.call}", ONLY_UNKNOWN)
        if kind == "load":
            return self.load(value, state)
        if kind == "address":
            return self.address(value.parts[0], state)
        if kind == "either":
            return frozenset().union(*(self.value(part, state) for part in value.parts))
        return SINGLE.get(kind, ONLY_UNKNOWN)

    def name(self, name: str, state: State) -> Objects:
        if name in self.arrays:
            return frozenset([("local", name)])
        if name in self.own:
            return state.variables.get(name, ONLY_UNKNOWN)
        return frozenset([OUTSIDE])

    def load(self, value: CValue, state: State) -> Objects:
        base = value.parts[0]
        if not value.arrow:
            if base.kind == "name" and base.name in self.own:
                if base.name not in self.body.parameters:
                    return state.variables.get(base.name, ONLY_UNKNOWN)
                self.facts.by_value.add(self.body.parameters.index(base.name))
            if base.kind != "name":
                return self.value(base, state)
        found: set[Object] = set()
        bases = self.value(base, state)
        known = state.variables.get(field_key(bases, value.name))
        if known is not None:
            return known
        for item in bases:
            while item[0] == "part":
                item = inner_of(item)
            if item[0] in ("param", "inside"):
                found |= state.contents.get(item, frozenset())
                found.add(("inside", item[1]))
            elif item[0] == "fresh":
                found |= state.contents.get(item, ONLY_UNKNOWN)
            elif item[0] == "local":
                found |= state.variables.get(str(item[1]), ONLY_UNKNOWN)
            elif item != NULL:
                found.add(OUTSIDE if item in (OUTSIDE, LITERAL) else UNKNOWN)
        return frozenset(found) or ONLY_UNKNOWN

    def address(self, value: CValue, state: State) -> Objects:
        if value.kind == "name":
            return frozenset([("local", value.name) if value.name in self.own else OUTSIDE])
        if value.kind != "load":
            return ONLY_UNKNOWN
        if not value.arrow:
            return self.address(value.parts[0], state)
        objects = self.value(value.parts[0], state)
        if value.name in ("*", "[]"):
            return objects
        return frozenset(("part", item) if item[0] in ("param", "inside", "fresh") else item for item in objects)

    # --- what happens to objects ---

    def free(self, objects: Objects, releaser: str, line: int, state: State, status: str = FREED) -> None:
        for item in objects:
            if item[0] == "param":
                self.facts.releasers.setdefault(index_of(item), set()).add(releaser)
                self.facts.lines.setdefault(("frees", index_of(item)), line)
            elif item[0] == "inside":
                self.facts.frees_fields.add(index_of(item))
            elif item[0] == "part" and inner_of(item)[0] in ("param", "inside"):
                self.facts.frees_fields.add(index_of(inner_of(item)))
            elif item[0] == "local":
                self.lose(state.variables.get(str(item[1]), frozenset()), state)
        state.mark(objects, status)

    def hold(self, objects: Objects, line: int, state: State) -> None:
        for item in objects:
            if item[0] == "param":
                self.facts.lines.setdefault(("stores", index_of(item)), line)
            elif item[0] == "local":
                self.hold(state.variables.get(str(item[1]), frozenset()) - {item}, line, state)
        state.mark(objects, HELD)

    def lose(self, objects: Objects, state: State) -> None:
        state.mark(objects, LOST)
        for item in objects:
            if item[0] == "local":
                state.mark(frozenset(o for o in state.variables.get(str(item[1]), frozenset())), LOST)
                state.variables.pop(str(item[1]), None)
            elif item[0] in ("fresh", "param"):
                state.mark(state.contents.get(item, frozenset()) - {item}, LOST)

    def assign(self, event: CAssign, state: State) -> None:
        target = event.target
        objects = self.value(event.value, state)
        if target.kind == "errno":
            self.facts.sets_errno = True
        elif target.kind == "name":
            if target.name in self.own:
                if target.name in self.arrays:
                    state.add_to_variable(target.name, objects)
                else:
                    state.set_variable(target.name, objects)
            else:
                self.hold(objects, event.line, state)
        elif target.kind == "load":
            self.store(target, objects, event.line, state)
        if target.kind == "load" or target.name not in self.own:
            self.copy_out(event.value, state)

    def copy_out(self, value: CValue, state: State) -> None:
        """`list[i] = *item`: a whole struct is copied out of what a parameter points to, with all that it points to."""
        if value.kind == "load" and value.arrow and value.name in ("*", "[]"):
            self.facts.copied |= {index_of(item) for item in self.value(value.parts[0], state) if item[0] == "param"}

    def store(self, target: CValue, objects: Objects, line: int, state: State) -> None:
        base = target.parts[0]
        if not target.arrow and base.kind == "name":
            if base.name in self.own and base.name not in self.body.parameters:
                state.add_to_variable(base.name, objects)
            elif base.name not in self.own:
                self.hold(objects, line, state)
            return
        if not target.arrow and base.kind == "load":
            if base.arrow and base.name in ("*", "[]"):  # items[i].text = made: a field, and not the item
                for item in self.value(base.parts[0], state):
                    self.store_into(item, objects, False, line, state)
            else:
                self.store(base, objects, line, state)
            return
        through = target.name in ("*", "[]")
        bases = self.value(base, state)
        for item in bases:
            self.store_into(item, objects, through, line, state)
        key = field_key(bases, target.name)
        if key:
            state.variables[key] = objects

    def store_into(self, item: Object, objects: Objects, through: bool, line: int, state: State) -> None:
        kind = item[0]
        if kind == "part":
            self.store_into(inner_of(item), objects, False, line, state)
        elif kind == "local":
            state.add_to_variable(str(item[1]), objects)
        elif kind == "fresh":
            state.add_contents(item, objects)
        elif kind in ("param", "inside"):
            index = index_of(item)
            if NULL in objects:
                self.facts.cleared.add(index)
            made = [value for value in objects if value[0] == "fresh"]
            others = frozenset(value for value in objects if value[0] == "param" and value[1] != index)
            if through and kind == "param":
                for value in made:
                    self.facts.fills.setdefault(index, set()).add(self.facts.made.get(value, ""))
                    self.facts.lines.setdefault(("fills", index), line)
                if any(value[0] in ("inside", "outside", "param") for value in objects):
                    self.facts.fills_otherwise.add(index)
            elif kind == "param" and made:
                releasers = self.facts.fills_fields.setdefault(index, set())
                releasers.update(self.facts.made.get(value, "") for value in made)
                self.facts.lines.setdefault(("fills", index), line)
            self.hold(others | frozenset(made), line, state)
            state.add_contents(item, objects - {item})
        elif item != NULL:
            self.hold(objects, line, state)

    # --- calls ---

    def call(self, event: CCall, state: State) -> bool:
        """False when the call does not return."""
        name = event.function
        if not name or name in self.own:
            name = "*" + (name or called_name(event.callee))
        effects = self.lookup(name, len(event.arguments))
        arguments = [self.value(argument, state) for argument in event.arguments]
        if not effects.returns_errno:
            self.facts.called = True
        self.errno_of(effects)
        if name in ("memcpy", "memmove") and len(arguments) > 1:
            self.facts.copied |= {index_of(item) for item in arguments[1] if item[0] == "param"}
        handed = self.destructors(event, effects, arguments, state) if effects.origin == "name" else frozenset()
        for index, objects in enumerate(arguments):
            if index not in handed:
                self.argument(effects, index, objects, event, state)
        self.result(effects, arguments, event, state)
        return not effects.never_returns

    def errno_of(self, effects: CEffects) -> None:
        if effects.sets_errno is True:
            self.facts.sets_errno = True
        elif effects.sets_errno is None and not effects.returns_errno and self.facts.sets_errno is False:
            self.facts.sets_errno = None

    def destructors(self, event: CCall, effects: CEffects, arguments: list[Objects], state: State) -> frozenset[int]:
        """`keep(q, p, free)`: the pointer argument nearest before the destructor is handed over with it."""
        handed: set[int] = set()
        for index, argument in enumerate(event.arguments):
            function = argument.parts[0] if argument.kind == "address" else argument
            if function.kind != "name" or function.name in self.own:
                continue
            releaser = self.destructor(function.name)
            if not releaser:
                continue
            before = [i for i in range(index) if any(o[0] in ("param", "fresh") for o in arguments[i])]
            if before:
                handed.add(before[-1])
                self.free(arguments[before[-1]], releaser, event.line, state, TAKEN)
        return frozenset(handed)

    def argument(self, effects: CEffects, index: int, objects: Objects, event: CCall, state: State) -> None:
        effect = effects.parameter(index)
        if index in effects.frees_fields:
            self.free_fields(objects, state)
        if effect is ParameterEffect.TAKES:
            status = FREED if index in effects.frees else TAKEN
            self.free(objects, effects.releaser(index), event.line, state, status)
        elif effect is ParameterEffect.HOLDS:
            self.hold(objects, event.line, state)
        elif effect is ParameterEffect.UNKNOWN:
            self.lose(objects, state)
            if index in effects.moved:
                self.facts.moved |= {index_of(item) for item in objects if item[0] == "param"}
        elif effect is ParameterEffect.FILLS:
            made: Object = ("fresh", event.id, index)
            state.forget(made)
            self.facts.made[made] = effects.releaser(index)
            inside = index in effects.by_value
            for item in objects:
                if item[0] == "local" and inside:
                    state.add_to_variable(str(item[1]), frozenset([made]))
                elif item[0] == "local":
                    state.variables[str(item[1])] = frozenset([made, NULL])
                else:
                    self.store_into(item, frozenset([made]), item[0] == "param" and not inside, event.line, state)
        else:
            if effects.origin in ("name", "unknown") or index in effects.hearsay:
                self.facts.hearsay |= {index_of(item) for item in objects if item[0] in ("param", "inside")}
            for item in objects:
                if item[0] == "local":
                    state.add_to_variable(str(item[1]), ONLY_UNKNOWN)

    def free_fields(self, objects: Objects, state: State) -> None:
        for item in objects:
            if item[0] in ("param", "inside"):
                self.facts.frees_fields.add(index_of(item))
            inner = state.variables.get(str(item[1])) if item[0] == "local" else state.contents.get(item)
            state.mark((inner or frozenset()) - {item}, LOST)

    def result(self, effects: CEffects, arguments: list[Objects], event: CCall, state: State) -> None:
        key = f"${event.id}"
        result = effects.result
        if effects.returns_errno:
            state.variables[key] = frozenset([ERRNO])
        elif result.kind == "owned":
            made: Object = ("fresh", event.id, -1)
            for name, objects in list(state.variables.items()):
                if made in objects and name != key:  # an earlier round's object: it can no longer be told from this one
                    state.variables[name] = (objects - {made}) | ONLY_UNKNOWN
            state.forget(made)
            self.facts.made[made] = result.releaser
            state.variables[key] = frozenset([made, NULL]) if result.nullable else frozenset([made])
        elif result.kind == "borrowed":
            state.variables[key] = frozenset([OUTSIDE])
        elif result.kind == "parameter" and result.parameter is not None and result.parameter < len(arguments):
            state.variables[key] = arguments[result.parameter]
        else:
            state.variables.pop(key, None)

    # --- the end of a path ---

    def leave(self, event: CReturn, state: State) -> None:
        facts = self.facts
        facts.returned = True
        returned = self.value(event.value, state) if event.value is not None else frozenset()
        for name in self.cleanups:
            self.lose(state.variables.get(name, frozenset()), state)
        roots = [item for item in returned if item[0] == "fresh"]
        roots += [item for item, status in state.status.items() if item[0] == "fresh" and HELD in status]
        reached: set[Object] = set()
        while roots:
            item = roots.pop()
            if item in reached:
                continue
            reached.add(item)
            inside = state.contents.get(item, frozenset())
            self.hold(frozenset(o for o in inside if o[0] == "param"), event.line, state)
            roots.extend(o for o in inside if o[0] == "fresh")
        for index in range(len(self.body.parameters)):
            facts.exits.setdefault(index, set()).update(state.of(("param", index)))
        if self._returns_struct(event.value):
            fresh = [item for item in returned if item[0] == "fresh" and state.of(item) <= {LIVE, ABSENT}]
            facts.inside.append({facts.made.get(item, "") for item in fresh})
        if event.value is not None:
            facts.results.append((returned, {item: state.of(item) for item in returned}))
            facts.lines.setdefault(("returns", -1), event.line)

    def note_filled(self, call: int, state: State) -> None:
        """`*out = made; return fill(*out);`: whatever the last call answers, the out-parameter is filled."""
        for item, objects in state.contents.items() if call > 0 else ():
            if item[0] == "param" and any(made[0] == "fresh" and 0 < index_of(made) < call for made in objects):
                self.facts.fills_anyway.add(index_of(item))

    def _returns_struct(self, value: CValue | None) -> bool:
        """`return pair;` of a local that is a struct itself, as far as its type's text tells."""
        local = self.locals.get(value.name) if value is not None and value.kind == "name" else None
        return local is not None and not local.static and is_struct(local.type)
