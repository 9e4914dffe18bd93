"""What becomes of objects: acquired, used, handed on, lost. Every event goes into the record."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import FunctionCfg
from cgo_ls.analysis.ownership import (
    Abstract,
    ObjectInfo,
    Owner,
    Pointer,
    Release,
    Status,
    World,
    content_slot,
)
from cgo_ls.analysis.places import Place
from cgo_ls.analysis.record import Misuse, Record
from cgo_ls.text.span import Span


class ObjectEvents:
    """What the interpreter tells of objects. `root` is the outermost function, whose variables and closures places name;
    while `quiet`, nothing is recorded."""

    def __init__(self, root: FunctionCfg, record: Record) -> None:
        self.root, self.record = root, record
        self.quiet = False

    def object_id(self, key: Hashable, info: ObjectInfo) -> int:
        """The number of an object, stable over worlds."""
        identifier = self.record.ids.get(key)
        if identifier is None:
            identifier = self.record.ids[key] = len(self.record.objects)
            self.record.objects.append(info)
        return identifier

    def touch(
        self,
        value: Abstract,
        world: World,
        span: Span,
        kind: str = "use",
        deferred: bool = False,
        by: str = "",
        weak: bool = False,
    ) -> None:
        """The memory behind a pointer is used here: recorded when it is released already. weak: one of several elements."""
        if not isinstance(value, Pointer) or not value.certain or self.quiet:
            return
        status = world.objects.get(value.id)
        if status is None:
            return
        if status.doubt:
            status = world.objects[value.id] = replace(status, doubt="")
        if by:
            self.record.shown.setdefault(value.id, set()).add(by)
        visit = (value.id, span)
        self.record.visits[visit] = self.record.visits.get(visit, 0) + 1
        if status.released is None:
            return
        key = (kind, value.id, span, status.released.span)
        misuse = self.record.misuses.get(key)
        if misuse is None:
            misuse = self.record.misuses[key] = Misuse(kind, value.id, span, status.released, by, deferred)
        misuse.hits += 1
        misuse.certain += (not status.branched or (deferred and status.doomed)) and not weak

    def misused(self, identifier: int, kind: str, span: Span, release: Release, by: str = "") -> None:
        """Record a misuse of memory that was just touched: it counts when every world here agrees."""
        misuse = Misuse(kind, identifier, span, release, by, False)
        self.record.misuses.setdefault((kind, identifier, span, release.span), misuse).hits += 1

    def touch_inside(self, value: Abstract, world: World, span: Span, by: str) -> None:
        """A struct is read as a whole: with what its fields, and the elements they point to, hold."""
        pending, seen = [value], set[Abstract]()
        while pending:
            current = pending.pop()
            if isinstance(current, ir.AddressOf) and current not in seen:
                seen.add(current)
                for place, held in world.below(Place(current.place.slot)):
                    if isinstance(held, Pointer):
                        self.touch(held, world, span, by=by, weak=place.imprecise)
                    pending.append(held)

    def escape(self, value: Abstract, world: World, owner: Owner, reason: str) -> None:
        """The value becomes reachable from elsewhere, with everything that is reachable from it."""
        pending, seen = [value], set[Abstract]()
        while pending:
            current = pending.pop()
            if current in seen:
                continue
            seen.add(current)
            if isinstance(current, Pointer):
                world.set_owner(current.id, owner if current.certain else Owner.UNKNOWN, reason)
                world.forget_elements(current.id)
                self.record.kept.setdefault(current.id, set()).add(reason)
                pending += [held for _, held in world.below(Place(content_slot(current.id)))]
            elif isinstance(current, ir.AddressOf):
                pending += [held for _, held in world.below(Place(current.place.slot))]
                world.clear(Place(current.place.slot))
                world.wild |= {current.place.slot}
            elif isinstance(current, ir.Closure):
                for slot in self.root.closures[current.index].captured:
                    pending += [held for _, held in world.below(Place(slot))]
                    world.clear(Place(slot))
                    world.wild |= {slot}

    def acquire(self, key: Hashable, call: ir.Call, info: ObjectInfo, world: World, owner: Owner = Owner.OWNED) -> int:
        """New memory from a call. The block that the same call made before, in a loop, is lost unless something keeps it."""
        identifier = self.object_id(key, info)
        status = world.objects.get(identifier)
        if status is not None and status.released is None:
            if self._kept_over_iterations(identifier, world):
                for _, held in world.below(Place(content_slot(identifier))):
                    self.escape(held, world, Owner.UNKNOWN, "kept in a block of an earlier round")
            elif status.owner is Owner.OWNED and status.doubt != "asked":
                self.leak(identifier, call.span, "loop")
        if status is not None:
            world.forget_object(identifier, ir.UNKNOWN if info.nullable else ir.NON_NIL)
        world.objects[identifier] = Status(owner)
        return identifier

    def _kept_over_iterations(self, identifier: int, world: World) -> bool:
        roots = {
            place.slot
            for place, held in world.env.items()
            if isinstance(held, Pointer)
            and held.id == identifier
            and (place.slot < 0 or self.root.variables[place.slot].kind != "temporary")
        }
        if len(roots) > 1 or any(place.imprecise for place, held in world.env.items() if _is_to(held, identifier)):
            return True
        for deferred in world.defers:
            for argument in deferred.arguments:
                if isinstance(argument, Pointer) and argument.id == identifier:
                    return True
                if isinstance(argument, ir.Closure) and roots & self.root.closures[argument.index].captured:
                    return True
        return False

    def leak(self, identifier: int, span: Span, kind: str) -> None:
        """Owned memory is lost at `span`; kind "exit", "loop", or "lost" in a function that never returns."""
        if not self.quiet:
            self.record.leaks.setdefault(identifier, {})[span] = kind

    def name_of(self, place: Place) -> str:
        """The place as the source writes it."""
        return place.render(self.root.variables[place.slot].name if place.slot >= 0 else "")


def _is_to(held: Abstract, identifier: int) -> bool:
    return isinstance(held, Pointer) and held.id == identifier
