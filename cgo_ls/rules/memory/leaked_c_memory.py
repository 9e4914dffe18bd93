"""C memory that is acquired and not freed on some way out of the function."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.c_effects import DELETE
from cgo_ls.analysis.function import Leak
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.memory.early_defer import early_place
from cgo_ls.rules.memory.parts.free_fixes import free_fixes, lifted_names
from cgo_ls.rules.memory.parts.holders import Holder, holder_of
from cgo_ls.rules.rule import FunctionContext, rule

MOST_STEPS = 5


@rule("leaked-c-memory", family="memory", severity="warning", scope="function", since="0.1", fixable=True)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each acquiring call whose memory is lost, with the ways out as steps."""
    names = lifted_names(context)
    early = {found[0] for each in context.analysis.defers if (found := early_place(context, each)) is not None}
    for leak in context.analysis.leaks:
        call = leak.object.call
        if call is None:
            continue
        holder = holder_of(context.analysis, leak.object)
        if holder is not None and (holder.expression.removeprefix("an element of ") in early):
            continue  # early-defer says why
        if holder is not None and not leak.exits and not leak.loop:
            continue  # in a function that never returns: it may be in use for as long as the program runs
        yield Finding(
            call.span,
            _message(leak, holder),
            tuple(_steps(leak, holder)),
            tuple(free_fixes(context, leak, holder, names)),
        )


def _message(leak: Leak, holder: Holder | None) -> str:
    by, releaser = leak.object.by, f"C.{leak.object.releaser}"
    if leak.object.by_value and leak.object.releaser in ("free", DELETE):
        name = holder.expression if holder is not None else "the result"
        if leak.object.releaser == DELETE:
            return f"{name} holds memory that {by} made with C++'s new, and nothing deletes it"
        return f"the fields of {name} hold memory from {by} that is never freed"
    if holder is None:
        return f"the memory from {by} is never freed: no variable holds it, so {releaser} cannot be called"
    if leak.loop and leak.always:
        return f"{holder.expression} (memory from {by}) is not freed before the loop comes round again: call {releaser}"
    if leak.always:
        return f"{holder.expression} (memory from {by}) is never freed: call {releaser}"
    return f"{holder.expression} (memory from {by}) is not freed on every path: call {releaser} before each return"


def _steps(leak: Leak, holder: Holder | None) -> Iterator[Step]:
    assert leak.object.call is not None
    yield Step(leak.object.call.span, f"acquired here by {leak.object.by}")
    name = holder.expression if holder is not None else "it"
    for span in leak.exits[:MOST_STEPS]:
        yield Step(span, f"leaves here without freeing {name}")
    for release in leak.freed_at[:MOST_STEPS]:
        yield Step(release.span, "freed here on another path")
