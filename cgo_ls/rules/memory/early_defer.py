"""A defer that is given a pointer while it is still nil: its arguments are evaluated now, not when the function returns."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis import ir
from cgo_ls.analysis.effects import ParameterEffect
from cgo_ls.analysis.function import DeferFound
from cgo_ls.analysis.places import Place
from cgo_ls.rules.finding import Applicability, FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.holders import holder_of, in_loop, node_at
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule(
    "early-defer", family="memory", severity="warning", scope="function", since="0.2", fixable=True, words=(b"defer",)
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each deferred release of a variable that is nil at the defer and gets its value only later."""
    for found in context.analysis.defers:
        early = early_place(context, found)
        if early is None:
            continue
        name, _, span, filled = early
        steps = (Step(filled, f"{name} gets its value only here"),)
        message = f"this defer frees nothing: {name} is still nil here, and a defer evaluates its arguments at once"
        yield Finding(span, message, steps, tuple(_fixes(context, found, name)), unnecessary=True)


def early_place(context: FunctionContext, found: DeferFound) -> tuple[str, Place, Span, Span] | None:
    """The variable that a defer releases too early: as the source writes it, its place, where it is captured, where it is set later."""
    call = found.call
    if not found.nil or in_loop(node_at(context.analysis.tree, call.span)):
        return None  # what an iterator fills in round after round mostly stays its own
    for index in sorted(found.nil):
        value = call.arguments[index]
        if not isinstance(value, ir.Load) or not _releases(context, call, index):
            continue
        variable = context.analysis.cfg.variables[value.place.slot] if value.place.slot >= 0 else None
        if variable is None or variable.kind in ("temporary", "literal"):
            continue
        filled = _set_later(context, value.place, call.span.end)
        if filled is not None:
            return value.place.render(variable.name), value.place, call.span, filled
    return None


def _releases(context: FunctionContext, call: ir.Call, index: int) -> bool:
    """Whether a call is there to release its argument: known, or at least called so."""
    kind, name = call.callee.kind, call.callee.name
    if kind == "c":
        effect = context.facts.c_effects(name, len(call.arguments)).parameter(index)
        return effect in (ParameterEffect.TAKES, ParameterEffect.UNKNOWN)
    if kind == "go":
        summary = context.facts.go_summary(name)
        return summary is not None and summary.parameters[index : index + 1] == (ParameterEffect.TAKES,)
    return (
        kind == "value" and isinstance(call.arguments[0], ir.Closure) and _literal_releases(context, call.arguments[0])
    )


def _literal_releases(context: FunctionContext, closure: ir.Closure) -> bool:
    body = context.analysis.cfg.closures[closure.index].cfg
    return any(
        isinstance(instruction, ir.Call)
        and instruction.callee.kind == "c"
        and ParameterEffect.TAKES
        in context.facts.c_effects(instruction.callee.name, len(instruction.arguments)).parameters
        for block in body.blocks
        for instruction in block.instructions
    )


def _set_later(context: FunctionContext, place: Place, start: int) -> Span | None:
    """Where behind `start` the variable is assigned something, or its address is given to a call."""
    spans = [
        span
        for block in context.analysis.cfg.blocks
        for instruction in block.instructions
        for span in _settings(instruction, place)
        if span.start >= start
    ]
    return min(spans, default=None)


def _settings(instruction: ir.Instruction, place: Place) -> Iterator[Span]:
    if isinstance(instruction, ir.Assign) and instruction.target == place and not isinstance(instruction.value, ir.Nil):
        yield instruction.span
    if isinstance(instruction, ir.Call):
        for argument, span in zip(instruction.arguments, instruction.argument_spans, strict=True):
            if isinstance(argument, ir.AddressOf) and argument.place == place:
                yield span


def _fixes(context: FunctionContext, found: DeferFound, name: str) -> Iterator[Fix]:
    """`defer C.free(p)` -> `defer func() { C.free(p) }()`. Where nobody knows that the memory is ours, freeing it may be the bug."""
    if found.call.callee.kind == "value":
        return
    owned = any(
        (holder := holder_of(context.analysis, leak.object)) is not None and holder.expression == name
        for leak in context.analysis.leaks
    )
    applicability: Applicability = "safe" if owned else "display-only"
    span = found.call.span
    edits = (TextEdit(Span(span.start, span.start), b"func() { "), TextEdit(Span(span.end, span.end), b" }()"))
    yield Fix(f"Free {name} as it is when the function returns", (FileEdit(edits),), applicability)
