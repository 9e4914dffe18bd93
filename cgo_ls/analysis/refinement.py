"""What a condition tells of a world: which paths it closes, which objects it makes go away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cgo_ls.analysis import ir
from cgo_ls.analysis.out_parameters import ask, settle_peers
from cgo_ls.analysis.ownership import Abstract, OutcomeOf, Owner, Pointer, ResultOf, World, content_slot

if TYPE_CHECKING:
    from cgo_ls.analysis.interpreter import Interpreter
    from cgo_ls.analysis.places import Place


_NO_ELEMENT = frozenset(["== 0", "<= 0", "< 1"])


def refine_nil(run: Interpreter, world: World, value: ir.Value, is_nil: bool) -> World | None:
    """The world where `value == nil` is `is_nil`; None when that cannot be."""
    after = world.copy()
    quiet, run.quiet = run.quiet, True
    held = run.evaluate(value, after)
    run.quiet = quiet
    place = run.resolve(value.place, after, None) if isinstance(value, ir.Load) else None
    if isinstance(held, ir.Nil):
        return after if is_nil else None
    if isinstance(held, (ir.NonNil, ir.AddressOf, ir.Closure)) or is_error_variable(held):
        return None if is_nil else after
    after = branched(after)
    if isinstance(held, Pointer):
        info = run.record.objects[held.id]
        if is_nil and not held.interior and held.certain:
            if info.kind == "call" and not info.nullable:
                return None
            if any(inside.slot == content_slot(held.id) for inside in after.env):
                return None  # something was stored behind it
            settle_peers(run, after, held.id, True)
            after.forget_object(held.id)
            if place is not None:
                after.env[place] = ir.NIL
        elif not is_nil and held.certain and held.id in after.objects:
            after.objects[held.id] = replace(after.objects[held.id], doubt="")
            settle_peers(run, after, held.id, False)
        return after
    if isinstance(held, OutcomeOf):
        after = world.copy()
        ask(run, after, held, "== nil" if is_nil else "!= nil")
        branched(after, held.ids)
    if isinstance(held, ResultOf) and not is_nil:
        after.set_owner(held.id, Owner.UNKNOWN)
    if place is not None and not place.imprecise and place.slot not in after.wild:
        after.env[place] = ir.NIL if is_nil else ir.NON_NIL
    return after


def refine_truth(run: Interpreter, world: World, condition: ir.Truth) -> World | None:
    """The world where a condition holds as it says; None when a flag or an earlier condition contradicts it."""
    if condition.variable is not None:
        quiet, run.quiet = run.quiet, True
        held = run.load(condition.variable, world.copy(), None)
        run.quiet = quiet
        if isinstance(held, ir.Constant):
            if (held.text == condition.constant) != condition.value:
                return None
            return world
    known = world.facts.get(condition.key)
    if known is not None:
        return world if known[0] == condition.value else None
    after = refine_relation(run, world, condition.subject, condition.relation)
    repeated = run.relevance.repeated
    if repeated is None or condition.key in repeated:
        after.facts[condition.key] = (condition.value, condition.slots)
    return after


def refine_relation(run: Interpreter, world: World, subject: Place | None, relation: str) -> World:
    """The world where the answer of a call stands in `relation` to a constant."""
    after = world.copy()
    held: Abstract | None = None
    if subject is not None and subject.slot not in after.wild:
        quiet, run.quiet = run.quiet, True
        held = run.load(subject, after, None)
        run.quiet = quiet
    if not isinstance(held, OutcomeOf):
        return branched(after)
    if held.failure == "count":
        if relation in _NO_ELEMENT:
            for identifier in held.ids:
                after.set_owner(identifier, Owner.UNKNOWN, "there is nothing in it")
        return branched(after)
    ask(run, after, held, relation)
    return branched(after, held.ids)


def is_error_variable(value: Abstract | None) -> bool:
    """`io.EOF`, `ErrClosed`, `pkg.errRefused`: package variables that by custom are never nil."""
    return isinstance(value, ir.FunctionReference) and value.name.rsplit(".", 1)[-1].startswith(("Err", "err", "EOF"))


def branched(world: World, asked: tuple[int, ...] = ()) -> World:
    """Mark released objects: from here on only some paths go this way. Perhaps the condition also asked whether an out-parameter was
    filled; of the objects `asked` that is known."""
    for identifier, status in world.objects.items():
        if status.released is not None and not status.branched:
            world.objects[identifier] = replace(status, branched=True)
        elif status.doubt == "open" and identifier not in asked:
            world.objects[identifier] = replace(status, doubt="asked")
    return world
