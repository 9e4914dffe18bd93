"""Who owns the C memory in a variable at one place: what the analysis knows, in words, for hovers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import Block
from cgo_ls.analysis.function import FunctionAnalysis
from cgo_ls.analysis.interpreter import Interpreter
from cgo_ls.analysis.ownership import ObjectInfo, Owner, Pointer, Status, World
from cgo_ls.analysis.places import Place
from cgo_ls.analysis.record import Record
from cgo_ls.text.span import Span


@dataclass(frozen=True, slots=True)
class OwnershipAt:
    """`name` and `span` are the variable or field under the cursor. `parts` are sentences in Markdown; `places` name spans
    worth a line number ("acquired", "freed"). Spans are relative to the declaration's region."""

    name: str
    span: Span
    parts: tuple[str, ...]
    places: tuple[tuple[str, Span], ...]


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
    return OwnershipAt(name, span, tuple(_sentences(analysis, held)), tuple(_places(analysis, held)))


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


def _places(
    analysis: FunctionAnalysis, held: list[tuple[ObjectInfo, int, Status, World]]
) -> Iterator[tuple[str, Span]]:
    seen: set[tuple[str, Span]] = set()
    for info, identifier, _, _ in held:
        rows = [("acquired", info.span)] if info.kind == "call" else []
        rows += [("freed", release.span) for release in analysis.releases.get(identifier, ())]
        for row in rows:
            if row not in seen:
                seen.add(row)
                yield row
