"""Out-parameters: `C.open(name, &db)` fills db with memory the caller then owns, when the call succeeds (or fails, or always)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cgo_ls.analysis import ir
from cgo_ls.analysis.effects import CEffects
from cgo_ls.analysis.ownership import ObjectInfo, OutcomeOf, Owner, Pointer, World
from cgo_ls.analysis.places import IN_PLACE, Place

if TYPE_CHECKING:
    from cgo_ls.analysis.interpreter import Interpreter

_ANSWERS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "== -1": ((-1,), (0, 1, 5)),
    "EOF": ((-1,), (0, 1, 5)),
    "!= 0": ((-5, -1, 1, 2, 100), (0,)),
    "< 0": ((-5, -1), (0, 1, 5)),
    "== 0": ((0,), (-1, 1, 5)),
    "NULL": ((0,), (1,)),
}
"""Answers that stand for failure, and for success, by what a table says of a function."""
_ZERO = re.compile(r"(?:\A|_)(?:OK|SUCCESS|SUCCEEDED|NO_?ERR(?:OR)?|NONE|FALSE|False|false)\Z|OK\Z")


def fill(
    run: Interpreter, call: ir.Call, index: int, place: Place, effects: CEffects, world: World
) -> tuple[bool, int | None]:
    """C is given the address of `place` to fill. (whether that was understood, the object if it may not be there)."""
    moment, releaser = effects.moment(index), effects.releaser(index)
    if not releaser or moment == "close" or place.imprecise or place.slot in world.wild or place.slot < 0:
        return False, None
    if place.path and run.is_outside(place, place, world):
        return False, None
    if index in effects.by_value and any(step.startswith("[") for step in place.path):
        return False, None  # `&items[0]` stands for all of them
    target = place.inside(IN_PLACE) if index in effects.in_place else place
    held = world.env.get(target)
    if isinstance(held, Pointer):
        before = run.record.objects[held.id].call
        status = world.objects.get(held.id)
        if status is not None and status.released is None:
            # A body that only stores there, and always: what was there before is lost if nothing else holds it.
            overwritten = effects.origin == "body" and moment == "always" and index not in effects.frees_fields
            if before is not None and before.callee == call.callee and not overwritten:
                return True, None  # getline(&line, ...) in a loop: it grows the memory that it made
            if not overwritten and not _held_elsewhere(run, held.id, target, world):
                world.set_owner(held.id, Owner.UNKNOWN, f"its address is given to C.{call.callee.name}")
    given = call.arguments[index]
    name = run.name_of(given.place if isinstance(given, ir.AddressOf) else place)
    if index in effects.in_place and effects.failure and moment == "always":
        moment = "success"
    info = ObjectInfo(
        "call", releaser, f"C.{call.callee.name}", call.span, "", True, call, effects.origin, name,
        call.argument_spans[index], moment, index in effects.by_value,
    )  # fmt: skip
    identifier = run.acquire(("fill", call.site, index), call, info, world)
    world.assign(target, Pointer(identifier))
    if moment != "always":
        world.objects[identifier] = replace(world.objects[identifier], doubt="open")
        return True, identifier
    return True, None


def _held_elsewhere(run: Interpreter, identifier: int, target: Place, world: World) -> bool:
    """Whether a variable beside `target` still holds the memory: then C, which is only given the address of `target`, replaces a
    pointer and frees nothing."""
    return any(
        isinstance(held, Pointer)
        and held.id == identifier
        and place != target
        and place.slot >= 0
        and run.root.variables[place.slot].kind not in ("temporary", "literal")
        for place, held in world.env.items()
    )


def answer(call: ir.Call, ids: tuple[int, ...], effects: CEffects, world: World) -> None:
    """The results of a call that fills: a test of them tells whether it did."""
    for slot, failure in zip(call.results, (effects.failure, "errno"), strict=False):
        if isinstance(world.env.get(Place(slot), ir.UNKNOWN), ir.Unknown):
            world.assign(Place(slot), OutcomeOf(ids, failure))


def pass_on(call: ir.Call, arguments: tuple[object, ...], world: World) -> None:
    """`toError(code)`: what is made of an answer is an answer, too, though nobody knows how it says failure."""
    for argument in arguments:
        held = world.env.get(argument.place) if isinstance(argument, ir.AddressOf) else argument
        if isinstance(held, OutcomeOf):
            for slot in call.results:
                if isinstance(world.env.get(Place(slot)), ir.Unknown):
                    world.assign(Place(slot), OutcomeOf(held.ids))


def ask(run: Interpreter, world: World, outcome: OutcomeOf, relation: str) -> None:
    """On an edge where the answer stands in `relation` ("== 0", "!= nil") the memory is there, or not, or that is not known."""
    failed = _failed(outcome.failure, relation)
    for identifier in outcome.ids:
        status, when = world.objects.get(identifier), run.record.objects[identifier].when
        if status is None or status.released is not None:
            continue
        if failed is None or not when:
            if outcome.failure != "errno" or relation != "== nil":
                world.objects[identifier] = replace(status, doubt=status.doubt and "asked")
        elif failed == (when == "failure"):
            world.objects[identifier] = replace(status, doubt="")
        else:
            world.forget_object(identifier)


def doubt_result(run: Interpreter, filled: tuple[int, ...], world: World, result: int) -> None:
    """A result beside an error message (`GError **`): there is one only if there is no message."""
    if any(run.record.objects[identifier].when == "failure" for identifier in filled):
        world.objects[result] = replace(world.objects[result], doubt="open")


def settle_peers(run: Interpreter, world: World, identifier: int, is_nil: bool) -> None:
    """What a call makes when it succeeds, and what when it fails: one of the two is known to be nil, or not.

    Only a result that is nil says that the call failed: an out-parameter may also stay nil when there is nothing to give.
    """
    info = run.record.objects[identifier]
    if info.call is None or (is_nil and info.when == "success"):
        return
    failed = (info.when == "failure") != is_nil
    for other in list(world.objects):
        peer = run.record.objects[other]
        if other == identifier or peer.call is not info.call or (peer.when == "failure") == (info.when == "failure"):
            continue
        if failed == (peer.when == "failure"):
            world.objects[other] = replace(world.objects[other], doubt="")
        else:
            world.forget_object(other, ir.NIL)


def _failed(failure: str, relation: str) -> bool | None:
    operator, _, constant = relation.partition(" ")
    if constant == "nil":
        if failure == "NULL":
            return operator == "=="
        return operator == "!=" if not failure else None
    value = _number(constant)
    if failure not in _ANSWERS or value is None:
        return None
    bad, good = ([_holds(each, operator, value) for each in answers] for answers in _ANSWERS[failure])
    if any(bad) == any(good):
        return None
    return any(bad)


def _number(text: str) -> int | None:
    """The number a constant stands for, 0 also for names that say it: C.SQLITE_OK."""
    if re.fullmatch(r"-?\d{1,9}", text):
        return int(text)
    if text in ("true", "C.TRUE", "C.true"):
        return 1
    if text == "C.EOF":
        return -1
    return 0 if _ZERO.search(text) else None


def _holds(answer: int, operator: str, value: int) -> bool:
    return {
        "==": answer == value,
        "!=": answer != value,
        "<": answer < value,
        "<=": answer <= value,
        ">": answer > value,
        ">=": answer >= value,
    }.get(operator, True)
