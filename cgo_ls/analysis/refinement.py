"""What a condition tells of a world: which paths it closes, which objects it makes go away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cgo_ls.analysis import ir
from cgo_ls.analysis.ownership import Abstract, Owner, Pointer, ResultOf, World

if TYPE_CHECKING:
    from cgo_ls.analysis.interpreter import Interpreter


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
            after.forget_object(held.id)
            if place is not None:
                after.env[place] = ir.NIL
        return after
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
    after = branched(world.copy())
    after.facts[condition.key] = (condition.value, condition.slots)
    return after


def is_error_variable(value: Abstract | None) -> bool:
    """`io.EOF`, `ErrClosed`, `pkg.errRefused`: package variables that by custom are never nil."""
    return isinstance(value, ir.FunctionReference) and value.name.rsplit(".", 1)[-1].startswith(("Err", "err", "EOF"))


def branched(world: World) -> World:
    """Mark released objects: from here on only some paths go this way."""
    for identifier, status in world.objects.items():
        if status.released is not None and not status.branched:
            world.objects[identifier] = replace(status, branched=True)
    return world
