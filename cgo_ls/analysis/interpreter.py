"""The transfer function: what each instruction does to a world, and what it finds on the way."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from cgo_ls.analysis import ir
from cgo_ls.analysis.calls import apply_call
from cgo_ls.analysis.cfg import Block, FunctionCfg
from cgo_ls.analysis.dataflow import MAX_WORK, solve
from cgo_ls.analysis.effects import ParameterEffect
from cgo_ls.analysis.facts import Facts
from cgo_ls.analysis.object_events import ObjectEvents
from cgo_ls.analysis.ownership import (
    Abstract,
    Deferred,
    ObjectInfo,
    OutcomeOf,
    Owner,
    Pointer,
    Release,
    Status,
    World,
    content_slot,
    join,
)
from cgo_ls.analysis.places import ELEMENT, Place
from cgo_ls.analysis.record import DeferSeen, Record
from cgo_ls.analysis.refinement import refine_nil, refine_relation, refine_truth
from cgo_ls.analysis.relevance import read_as_a_whole, relevance_of, shared_variables
from cgo_ls.text.span import Span

MAX_CLOSURE_DEPTH = 3


class Interpreter(ObjectEvents):
    """Executes blocks of one function (or closure) on worlds; a Domain for the solver.

    One interpreter per activation: closures called or deferred are run by a nested one that shares the record.
    """

    def __init__(self, cfg: FunctionCfg, root: FunctionCfg, facts: Facts, record: Record, depth: int = 0) -> None:
        super().__init__(root, record)
        self.cfg, self.facts, self.depth = cfg, facts, depth
        if record.relevance is None:
            record.relevance = relevance_of(root)
        self.relevance = record.relevance
        self.dead = self.relevance.dead.get(id(cfg))
        self.exits: list[World] = []
        self.in_defer = False

    # --- the solver's domain

    def key(self, world: World) -> Hashable:
        return world.key()

    def core(self, world: World) -> Hashable:
        return world.core()

    def settle(self, world: World) -> World:
        """Conditions only matter while there is memory whose fate they tell: facts of a world without any are dropped."""
        if not world.facts or any(
            status.owner is not Owner.BORROWED or status.released is not None for status in world.objects.values()
        ):
            return world
        settled = world.copy()
        settled.facts = {}
        return settled

    def join(self, first: World, second: World) -> World:
        return join(first, second)

    def exhausted(self, world: World) -> bool:
        self.record.steps += 20 + len(world.env) + len(world.objects) + len(world.facts)
        return self.record.steps > MAX_WORK

    def transfer(self, block: Block, world: World) -> Iterable[World]:
        """The worlds after a block; at the exit and at a panic the defers run and nothing follows."""
        worlds = [world.copy()]
        for instruction in block.instructions:
            if len(worlds) == 1:
                worlds = self.step(instruction, worlds[0])
            else:
                worlds = [after for before in worlds for after in self.step(instruction, before)]
        if block.index != self.cfg.exit and not block.panics:
            if self.dead is not None:
                for after in worlds:
                    after.drop(self.dead[block.index])
            return worlds
        for before in worlds:
            for after in self.run_defers(before):
                if not block.panics:
                    self.exits.append(after)
        return []

    def refine(self, world: World, condition: ir.Condition) -> World | None:
        """The world on an edge with a condition, or None when it contradicts what is known."""
        match condition:
            case ir.NilTest(value, is_nil):
                return refine_nil(self, world, value, is_nil)
            case ir.Truth():
                return refine_truth(self, world, condition)
            case ir.Opaque(subject, relation):
                return refine_relation(self, world, subject, relation)

    # --- instructions

    def step(self, instruction: ir.Instruction, world: World) -> list[World]:
        """Execute one instruction; the world given may be changed. More than one world when a call has several outcomes."""
        if isinstance(instruction, ir.Assign):  # half of all instructions
            self.assign(instruction.target, instruction.value, world, instruction.span)
            return [world]
        match instruction:
            case ir.Call():
                arguments = tuple([self.evaluate(value, world) for value in instruction.arguments])
                return apply_call(self, instruction, arguments, world, self.in_defer)
            case ir.Escape(value, where):
                self.escape_value(value, world, Owner.ESCAPED, f"stored in {where}")
            case ir.Read(value, span):
                self.touch(self.evaluate(value, world), world, span)
            case ir.Defer(call):
                captured = (self._captured(call, index, value, world) for index, value in enumerate(call.arguments))
                deferred = Deferred(call, tuple(captured))
                self._note_defer(deferred)
                if deferred not in world.defers:
                    world.defers = (*world.defers, deferred)
            case ir.Spawn(call):
                for value in call.arguments:
                    self.escape_value(value, world, Owner.UNKNOWN, "given to a goroutine")
            case ir.Return(span):
                world.leaving = span
        return [world]

    def _note_defer(self, deferred: Deferred) -> None:
        captured = enumerate(deferred.arguments)
        nil = frozenset(index for index, held in captured if isinstance(held, ir.Nil))
        seen = self.record.defers.setdefault(deferred.call.site, DeferSeen(deferred.call, nil))
        seen.nil &= nil
        seen.objects |= {held.id for held in deferred.arguments if isinstance(held, Pointer)}

    def _captured(self, call: ir.Call, index: int, value: ir.Value, world: World) -> Abstract:
        """An argument of a defer. What a deferred C.free will free is followed from here on, also when it was not seen before."""
        held = self.evaluate(value, world)
        if call.callee.kind == "c" and isinstance(value, ir.Load) and isinstance(held, (ir.Unknown, ir.NonNil)):
            effects = self.facts.c_effects(call.callee.name, len(call.arguments))
            if effects.parameter(index) is ParameterEffect.TAKES:
                identifier = self._discover(value, call.site, f"C.{call.callee.name}", world)
                return held if identifier is None else Pointer(identifier)
        return held

    def _discover(self, source: ir.Load, site: int, by: str, world: World) -> int | None:
        """Memory that was there before this function looked at it gets a number; None where its place is not followed."""
        place = self.resolve(source.place, world, None)
        if place is None or place.imprecise or place.slot in world.wild:
            return None
        info = ObjectInfo("initial", by, "", source.span, self.name_of(source.place))
        identifier = self.object_id(("initial", place, site), info)
        world.env[place] = Pointer(identifier)
        world.objects[identifier] = Status(Owner.BORROWED)
        return identifier

    def run_defers(self, world: World) -> list[World]:
        """Run the deferred calls, last in first out."""
        worlds, finished = [world], []
        while worlds:
            current = worlds.pop()
            if not current.defers:
                finished.append(current)
                continue
            deferred, current.defers = current.defers[-1], current.defers[:-1]
            # What was captured counts, and not what its variable holds by now.
            captured = zip(deferred.call.arguments, deferred.arguments, strict=True)
            sources = tuple(ir.UNKNOWN if isinstance(held, ir.Unknown) else value for value, held in captured)
            same = sources == deferred.call.arguments
            call = deferred.call if same else replace(deferred.call, arguments=sources)
            worlds += apply_call(self, call, deferred.arguments, current, deferred=True)
        return finished

    def run_closure(
        self, index: int, call: ir.Call, arguments: tuple[Abstract, ...], world: World, deferred: bool
    ) -> list[World]:
        """Execute a function literal on the variables it captures; [] when it never returns."""
        body = self.root.closures[index]
        self.record.ran.add(index)
        if self.depth >= MAX_CLOSURE_DEPTH:
            self.escape(ir.Closure(index), world, Owner.UNKNOWN, "captured by a closure")
            return [world]
        inner = Interpreter(body.cfg, self.root, self.facts, self.record, self.depth + 1)
        inner.quiet, inner.in_defer = self.quiet, deferred
        entry = world.copy()
        outer, entry.defers = entry.defers, ()
        for slot, argument in zip(body.cfg.parameters, arguments, strict=False):
            entry.assign(Place(slot), argument)
        if solve(body.cfg, inner, entry) is None:
            return [world]
        for after in inner.exits:
            after.defers, after.leaving = outer, world.leaving
            for target, source in zip(call.results, body.cfg.results, strict=False):
                self.copy_place(Place(source), Place(target), after)
        if deferred:
            _doubt_disagreement(inner.exits)
        return inner.exits

    # --- values

    def evaluate(self, value: ir.Value, world: World) -> Abstract:
        """What a value is in this world. Dereferences on the way count as reads of the memory."""
        if isinstance(value, ir.Load):
            return self.load(value.place, world, value.span)
        match value:
            case ir.AddressOf(place):
                target = self.resolve(place, world, None)
                if target is None:
                    base = world.env.get(Place(place.slot))
                    return Pointer(base.id, True, base.certain) if isinstance(base, Pointer) else ir.UNKNOWN
                return Pointer(-1 - target.slot, interior=True) if target.slot < 0 else ir.AddressOf(target)
            case ir.View(inner, certain, number):
                seen = self.evaluate(inner, world)
                if isinstance(seen, Pointer):
                    if number and (seen.interior or not seen.certain):
                        return ir.UNKNOWN
                    return Pointer(seen.id, True, seen.certain and certain)
                if isinstance(inner, ir.Load):
                    self._hand_on_elements(inner.place, world, inner.span)
                return seen if isinstance(seen, (ir.AddressOf, OutcomeOf)) else ir.UNKNOWN
            case ir.Unknown(uses):
                for use in uses:
                    self.escape_value(use, world, Owner.ESCAPED, "used in an expression that is not followed")
                return ir.UNKNOWN
            case _:
                return value

    def load(self, place: Place, world: World, span: Span | None) -> Abstract:
        """The value held by a place; unknown when it is not followed."""
        if not place[1] and place[0] >= 0:
            held = world.env.get(place) if place[0] not in world.wild else None
            return ir.UNKNOWN if held is None else held
        target = self.resolve(place, world, span)
        if target is None:
            return ir.UNKNOWN
        if target.imprecise:
            container = Place(target.slot, target.path[: target.path.index(ELEMENT)])
            self._hand_on_below(container, world, "reached through an element", span)
            return ir.UNKNOWN
        held = world.env.get(target)
        if held is None and target.path and target.path[-1].startswith("["):
            self._hand_on_elements(Place(target.slot, target.path[:-1]), world, span)
        if held is None and target.path and target.slot >= 0 and self.root.variables[target.slot].kind == "literal":
            self._hand_on_below(Place(target.slot), world, "perhaps used by a method value", None)
        if held is None and target.slot < 0 and self.record.objects[-1 - target.slot].by_value:
            return Pointer(-1 - target.slot, interior=True)
        return ir.UNKNOWN if held is None else held

    def _hand_on_below(self, place: Place, world: World, reason: str, span: Span | None) -> None:
        for _, value in world.below(place):
            if isinstance(value, Pointer):
                if span is not None:
                    self.touch(value, world, span, weak=True)
                self.escape(value, world, Owner.ESCAPED, reason)

    def _hand_on_elements(self, container: Place, world: World, span: Span | None) -> None:
        """An element is read, or all of them are seen under another name: which one is not told apart."""
        resolved = self.resolve(container, world, None)
        if resolved is not None and any(place.imprecise for place, _ in world.below(resolved)):
            self._hand_on_below(resolved, world, "reached through an element", span)

    def resolve(self, place: Place, world: World, span: Span | None) -> Place | None:
        """Follow pointers along the path; None where it leads through something unknown or wild."""
        if place[0] in world.wild:
            return None
        if not place[1]:
            return place
        current = Place(place.slot)
        for position, step in enumerate(place.path):
            held = world.env.get(current)
            if isinstance(held, Pointer):
                if span is not None:
                    self.touch(held, world, span)
                if held.interior or not held.certain:
                    return None
                current = Place(content_slot(held.id))
            elif isinstance(held, ir.AddressOf):
                current = held.place
                if current.slot in world.wild:
                    return None
                if step == "*":
                    continue
            elif span is not None and position == 0 and not step.startswith("[") and self._is_given_pointer(place.slot):
                world.env[current] = ir.NON_NIL  # a nil pointer would have ended the program here
            if len(current.path) > 6 or position > 8:
                return None
            current = current.inside(step)
        return current

    def _is_given_pointer(self, slot: int) -> bool:
        """Whether a slot is a receiver or parameter that points to a Go value, and somebody asks whether it is nil."""
        variable = self.root.variables[slot] if slot >= 0 else None
        if variable is None or variable.kind not in ("parameter", "receiver") or not variable.type.startswith("*"):
            return False
        if self.record.whole is None:
            self.record.whole = read_as_a_whole(self.root)
        return slot in self.record.whole

    def assign(self, target: Place, value: ir.Value, world: World, span: Span) -> None:
        """Store a value; what leaves the variables of this function escapes."""
        held = self.evaluate(value, world)
        place = self.resolve(target, world, span)
        if place is None:
            self.escape_value(value, world, Owner.ESCAPED, "stored where it is not followed")
            return
        if target.path and self.is_outside(target, place, world):
            name = self.root.variables[target.slot].name if target.slot >= 0 else "memory"
            self.escape_value(value, world, Owner.ESCAPED, f"stored in {'.'.join([name, *target.path])}")
            if isinstance(held, Pointer):
                self.record.stored[held.id] = span, self.name_of(target)
        if place.imprecise:
            self.assign_element(place, value, held, world)
            return
        if place.path and isinstance(held, Pointer) and place.slot >= 0:
            if self.root.variables[place.slot].kind != "literal":
                self.record.placed.add(held.id)
        if isinstance(value, ir.Load) and not isinstance(held, (Pointer, ir.AddressOf)):
            source = self.resolve(value.place, world, None)
            if source is not None and not source.imprecise:
                self.copy_place(source, place, world)
                return
        world.assign(place, held)

    def assign_element(self, place: Place, value: ir.Value, held: Abstract, world: World) -> None:
        """Store in an element of a local slice, array or map: it holds the memory, with what other rounds put there."""
        reason = f"stored in {self.name_of(place)}"
        if self.record.shared is None:
            self.record.shared = shared_variables(self.root)
        shared = place.slot < 0 or place.slot in self.record.shared or place.slot in world.wild
        parts: list[tuple[tuple[str, ...], Abstract]] = [((), held)]
        if isinstance(value, ir.Load) and not isinstance(held, (Pointer, ir.AddressOf)):
            source = self.resolve(value.place, world, None)
            if source is not None and not source.imprecise:
                parts = [(inside.path[len(source.path) :], part) for inside, part in world.below(source)]
        for path, part in parts:
            cell = Place(place.slot, (*place.path, *path))
            if not isinstance(part, Pointer):
                self.escape(part, world, Owner.ESCAPED, reason)
                if (before := world.env.get(cell)) is not None:
                    self.escape(before, world, Owner.ESCAPED, "perhaps replaced in an element")
            elif shared or world.env.get(cell, part) != part or self.is_outside(place, place, world):
                self.escape(part, world, Owner.ESCAPED, reason)
            else:
                world.env[cell] = part
                self.record.placed.add(part.id)

    def is_outside(self, target: Place, place: Place, world: World) -> bool:
        """Whether storing to `target` (resolved: `place`) makes the value reachable from outside of the function."""
        if place.slot < 0:
            status = world.objects.get(-1 - place.slot)
            return status is None or status.owner is not Owner.OWNED
        kind = self.root.variables[place.slot].kind
        if kind in ("parameter", "receiver"):
            return True
        return kind != "literal" and isinstance(world.env.get(Place(place.slot)), ir.Unknown)

    def copy_place(self, source: Place, target: Place, world: World) -> None:
        """Copy a struct: everything known below one place to the other."""
        known = [(place.path[len(source.path) :], held) for place, held in world.below(source)]
        world.clear(target)
        for path, held in known:
            world.env[Place(target.slot, (*target.path, *path))] = held
        if not target.path:
            world.env.setdefault(target, ir.UNKNOWN)

    def release(
        self,
        value: Abstract,
        source: ir.Value | None,
        call: ir.Call,
        by: str,
        function: str,
        world: World,
        deferred: bool,
    ) -> None:
        """Memory is given back by `by`, at last by C's `function`. Memory not seen before becomes known as released."""
        span = call.span
        if isinstance(value, Pointer):
            if value.interior or not value.certain:
                world.set_owner(value.id, Owner.UNKNOWN)
                return
            self.touch(value, world, span, "double-free", deferred, by)
            status = world.objects.get(value.id, Status(Owner.UNKNOWN))
            self._release_contents(value.id, by, world)
            release = Release(span, by, deferred, function)
            doomed = not deferred and any(_mentions(each, value.id) for each in world.defers)
            world.objects[value.id] = replace(status, released=release, branched=False, doomed=doomed)
            if not self.quiet:
                self.record.releases.setdefault(value.id, set()).add(release)
        elif isinstance(value, ir.AddressOf):
            self.escape(value, world, Owner.UNKNOWN, f"released by {by}")
        elif isinstance(source, ir.Load) and isinstance(value, (ir.Unknown, ir.NonNil)):
            identifier = self._discover(source, call.site, by, world)
            if identifier is not None:
                world.objects[identifier] = Status(Owner.BORROWED, Release(span, by, deferred, function))

    def _release_contents(self, identifier: int, by: str, world: World) -> None:
        """C.free frees one block and nothing that it points to; any other function may free the rest, too."""
        if by == "C.free":
            return
        for place, held in world.below(Place(content_slot(identifier))):
            if isinstance(held, Pointer):
                world.set_owner(held.id, Owner.UNKNOWN)
            world.env.pop(place, None)

    def escape_value(self, value: ir.Value, world: World, owner: Owner, reason: str) -> None:
        """A value leaves; a struct takes along what its fields hold."""
        self.escape(self.evaluate(value, world), world, owner, reason)
        if isinstance(value, ir.Load):
            place = self.resolve(value.place, world, None)
            if place is not None and not place.imprecise:
                for _, held in world.below(place):
                    self.escape(held, world, owner, reason)


def _mentions(deferred: Deferred, identifier: int) -> bool:
    """Whether a defer captured a pointer to the object."""
    return any(isinstance(held, Pointer) and held.id == identifier for held in deferred.arguments)


def _doubt_disagreement(worlds: list[World]) -> None:
    """A deferred literal freed something by a condition of its own, from one and the same world: not freed is then not sure."""
    released = {
        identifier for world in worlds for identifier, status in world.objects.items() if status.released is not None
    }
    for world in worlds:
        for identifier in released & world.objects.keys():
            if world.objects[identifier].released is None:
                world.set_owner(identifier, Owner.UNKNOWN, "freed by a deferred function under a condition")
