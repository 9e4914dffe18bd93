"""Who owns the C memory in a variable at one place: what the analysis knows, in words, for hovers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import Block
from cgo_ls.analysis.effects import CEffects, ParameterEffect
from cgo_ls.analysis.function import FunctionAnalysis
from cgo_ls.analysis.interpreter import Interpreter
from cgo_ls.analysis.ownership import ObjectInfo, Owner, Pointer, Status, World
from cgo_ls.analysis.places import Place
from cgo_ls.analysis.record import Record
from cgo_ls.analysis.summaries import Summary
from cgo_ls.text.span import Span


@dataclass(frozen=True, slots=True)
class Event:
    """`text` is Markdown: "passed to `C.f`, which keeps it". `later`: behind the cursor."""

    span: Span
    text: str
    later: bool = False


@dataclass(frozen=True, slots=True)
class OwnershipAt:
    """`name` and `span` are the variable or field under the cursor. `parts` are sentences in Markdown; `events` what happened to the
    memory before the cursor, and where it is released later. Spans are relative to the declaration's region."""

    name: str
    span: Span
    parts: tuple[str, ...]
    events: tuple[Event, ...]


def describe(analysis: FunctionAnalysis, offset: int) -> OwnershipAt | None:
    """What is known at byte `offset` of the region; None when no followed C memory is under it."""
    if not analysis.solved:
        return None
    found = _under(analysis, offset)
    if found is None:
        return None
    block, index, place, span = found
    run = Interpreter(analysis.cfg, analysis.cfg, analysis.facts, _replayed(analysis))
    run.quiet = True
    held: list[tuple[ObjectInfo, int, Status, World]] = []
    for entering in analysis.entering.get(block.index, ()):
        for world in _run_to(run, block, index, entering):
            value = run.load(place, world, None)
            if isinstance(value, Pointer) and value.certain and value.id in world.objects:
                held.append((run.record.objects[value.id], value.id, world.objects[value.id], world))
    if not held:
        return None
    name = run.name_of(place)
    return OwnershipAt(name, span, tuple(_sentences(analysis, held)), tuple(_story(analysis, place, span, held)))


def field_at(analysis: FunctionAnalysis, offset: int) -> tuple[str, tuple[str, ...], Span] | None:
    """The field under `offset`: the type of the variable it is reached from (without `*`), the way from there, where it stands."""
    found = _under(analysis, offset) if analysis.solved else None
    if found is None or not found[2].path or found[2].slot < 0:
        return None
    owner = analysis.cfg.variables[found[2].slot].type.lstrip("*&")
    return (owner, found[2].path, found[3]) if owner else None


def field_events(analysis: FunctionAnalysis, owner: str, path: tuple[str, ...]) -> Iterator[Event]:
    """Where a function gives the field of any `owner` C memory, and where it releases what it finds there."""
    variables = analysis.cfg.variables

    def is_field(place: Place) -> bool:
        return place.slot >= 0 and place.path == path and variables[place.slot].type.lstrip("*&") == owner

    made = {
        slot: info.by
        for info in analysis.objects
        if info.call is not None
        for slot in info.call.results[:1]
        if info.releaser
    }
    held = dict(made)
    for block in analysis.cfg.blocks:
        for one in block.instructions:
            if isinstance(one, ir.Assign) and isinstance(one.value, ir.Load) and one.value.place.slot in held:
                by = held[one.value.place.slot]
                if is_field(one.target):
                    yield Event(one.span, f"filled with memory from `{by}`")
                elif not one.target.path and not one.value.place.path:
                    held[one.target.slot] = by
    for key, identifier in analysis.object_ids.items():
        place = key[1] if isinstance(key, tuple) and key[0] == "initial" else None
        if isinstance(place, Place) and is_field(place):
            info = analysis.objects[identifier]
            yield Event(info.span, f"released by `{info.releaser}`")


def _replayed(analysis: FunctionAnalysis) -> Record:
    """A record that numbers objects as the analysis did."""
    record = Record()
    record.objects = list(analysis.objects)
    record.ids = dict(analysis.object_ids)
    return record


def _under(analysis: FunctionAnalysis, offset: int) -> tuple[Block, int, Place, Span] | None:
    """The smallest mention of a place under `offset`: its block, and how many instructions have run when it is reached."""
    best: tuple[Block, int, Place, Span] | None = None
    for block in analysis.cfg.blocks:
        for index, instruction in enumerate(block.instructions):
            for place, span, after in _mentions(instruction):
                if (
                    span.touches(offset)
                    and _is_variable(analysis, place)
                    and (best is None or len(span) < len(best[3]))
                ):
                    best = block, index + after, place, span
        for edge in block.edges:
            for place, span, _ in _loads(edge.condition):
                if (
                    span.touches(offset)
                    and _is_variable(analysis, place)
                    and (best is None or len(span) < len(best[3]))
                ):
                    best = block, len(block.instructions), place, span
    return best


def _is_variable(analysis: FunctionAnalysis, place: Place) -> bool:
    return place.slot >= 0 and analysis.cfg.variables[place.slot].kind not in ("temporary", "literal")


def _mentions(instruction: ir.Instruction) -> Iterator[tuple[Place, Span, int]]:
    """Places an instruction names; the last number is 1 where what holds after it is meant (the target of an assignment)."""
    if isinstance(instruction, ir.Assign):
        yield instruction.target, instruction.span, 1
    yield from _loads(instruction)


def _loads(value: object) -> Iterator[tuple[Place, Span, int]]:
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, ir.Load):
            yield current.place, current.span, 0
        elif isinstance(current, tuple):
            pending += current
        elif is_dataclass(current) and not isinstance(current, (Span, type)):
            pending += [getattr(current, field.name) for field in fields(current)]


def _run_to(run: Interpreter, block: Block, count: int, entering: World) -> list[World]:
    worlds = [entering.copy()]
    for instruction in block.instructions[:count]:
        worlds = [after for before in worlds for after in run.step(instruction, before)]
    return worlds


def _sentences(analysis: FunctionAnalysis, held: list[tuple[ObjectInfo, int, Status, World]]) -> Iterator[str]:
    kinds: dict[str, str] = {}
    for info, identifier, status, world in held:
        kinds.setdefault(*_sentence(analysis, info, identifier, status, world))
    if len(kinds) == 1:
        yield from kinds.values()
        return
    for text in kinds.values():
        yield f"On some paths: {text[0].lower()}{text[1:]}"


def _sentence(
    analysis: FunctionAnalysis, info: ObjectInfo, identifier: int, status: Status, world: World
) -> tuple[str, str]:
    by = f"`{info.by}`" if info.by else ""
    if status.released is not None:
        return "released", f"**Freed** by `{status.released.by}`: it must not be used any more."
    if status.owner is Owner.ESCAPED:
        return (
            "escaped",
            f"**Handed on** ({_plain(status.reason)}): its new owner must release it, and says until when it is valid.",
        )
    if status.owner is Owner.BORROWED and info.kind == "parameter":
        return (
            "borrowed",
            "**Lent by the caller**: valid during this call; the caller releases it, unless this function does.",
        )
    if status.owner is Owner.OWNED:
        return (
            "owned",
            f"**Owned by this function**: {by} acquired it, `C.{info.releaser}` must release it.{_until(analysis, identifier, world)}",
        )
    return (
        "unknown",
        f"**Owner not known**{f' ({_plain(status.reason)})' if status.reason else ''}: no warning is given.",
    )


def _plain(reason: str) -> str:
    """A reason may quote the source: what could be markup, or invisible, is left out."""
    return re.sub(r"[^\x20-\x7e]|[`*_<>\[\]!#|\\]", "", reason)


def _until(analysis: FunctionAnalysis, identifier: int, world: World) -> str:
    for deferred in world.defers:
        if any(isinstance(argument, Pointer) and argument.id == identifier for argument in deferred.arguments):
            return f" A deferred `C.{deferred.call.callee.name}` does so when the function returns; until then it is valid."
    leak = next((leak for leak in analysis.leaks if leak.object == analysis.objects[identifier]), None)
    if leak is not None:
        return " Nothing frees it." if leak.always else " It is not freed on every path."
    return " It is valid until then."


def _story(
    analysis: FunctionAnalysis, under: Place, cursor: Span, held: list[tuple[ObjectInfo, int, Status, World]]
) -> Iterator[Event]:
    """What happened to the memory, in the order of the source; of what follows only the releases."""
    found: dict[tuple[Span, str], Event] = {}
    for info, identifier, _, world in held:
        if info.kind == "call":
            found.setdefault((info.span, ""), Event(info.span, f"acquired by `{info.by}`"))
        places = {place for place, value in world.env.items() if isinstance(value, Pointer) and value.id == identifier}
        for event in _uses(analysis, places | {under}):
            if info.span.end <= event.span.start and event.span.end <= cursor.start:
                found.setdefault((event.span, event.text), event)
        for release in analysis.releases.get(identifier, ()):
            how = f"`{release.by}` is deferred" if release.deferred else f"released by `{release.by}`"
            event = Event(release.span, how, release.span.end > cursor.start)
            found = {key: each for key, each in found.items() if each.span != release.span}
            found[release.span, how] = event
    yield from sorted(found.values(), key=lambda event: (event.later, event.span.start))


def _uses(analysis: FunctionAnalysis, places: set[Place]) -> Iterator[Event]:
    """Where what these places hold is given to a function, or stored."""
    for block in analysis.cfg.blocks:
        for one in block.instructions:
            if isinstance(one, ir.Escape) and _is_one_of(one.value, places):
                yield Event(one.span, _plain(one.where))
            call = one.call if isinstance(one, (ir.Defer, ir.Spawn)) else one
            if not isinstance(call, ir.Call):
                continue
            for index, value in enumerate(call.arguments):
                if _is_one_of(value, places) and not analysis.facts.reads.get(("is_c_type", call.callee.name)):
                    text = _given(analysis, call, index)
                    yield Event(call.span, f"deferred: {text}" if isinstance(one, ir.Defer) else text)


def _is_one_of(value: ir.Value, places: set[Place]) -> bool:
    return isinstance(value, ir.Load) and value.place in places


def _given(analysis: FunctionAnalysis, call: ir.Call, index: int) -> str:
    """What a call does with one argument, in words."""
    kind, name = call.callee.kind, call.callee.name
    asked = analysis.facts.reads
    if kind == "c":
        effects = asked.get(("c_effects", name, len(call.arguments)))
        return f"passed to `C.{name}`{_DOES.get(effects.parameter(index), '') if isinstance(effects, CEffects) else ''}"
    if kind == "go":
        summary = asked.get(("go_summary", name))
        effect = summary.parameters[index : index + 1] if isinstance(summary, Summary) else ()
        return f"passed to `{name}`{_DOES.get(effect[0], '') if effect else ''}"
    return "passed to a function value" if kind == "value" else f"passed to `{name.lstrip('.')}`"


_DOES = {
    ParameterEffect.BORROWS: ", which only uses it during the call",
    ParameterEffect.TAKES: ", which takes it over",
    ParameterEffect.HOLDS: ", which keeps it",
    ParameterEffect.UNKNOWN: "; what that does with it is not known",
}
