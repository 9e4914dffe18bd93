"""C memory that is freed twice."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.function import MisuseFound
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.holders import (
    describe,
    function_of,
    in_loop,
    is_last_use,
    line_span,
    node_at,
    statement_of,
)
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("double-free", family="memory", severity="error", scope="function", since="0.1", fixable=True)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each second free. With a defer, the explicit free is marked: it is the one too many."""
    for misuse in context.analysis.misuses:
        if misuse.kind != "double-free":
            continue
        name = describe(context.analysis, misuse.object)
        acquired = [Step(misuse.object.call.span, f"acquired here by {misuse.object.by}")] if misuse.object.call else []
        if misuse.deferred and not misuse.release.deferred:
            span, other = misuse.release.span, Step(misuse.span, "this defer frees it again when the function returns")
            message = f"{name} is freed here and again by a deferred {misuse.by}"
        else:
            span, other = misuse.span, Step(misuse.release.span, "first freed here")
            message = f"{name} is freed a second time"
        yield Finding(span, message, (*acquired, other), tuple(_fixes(context, misuse, span)))


def _fixes(context: FunctionContext, misuse: MisuseFound, span: Span) -> Iterator[Fix]:
    """Remove the free that is one too many, when it is a statement on a line of its own and runs whenever the other does."""
    statement = statement_of(node_at(context.analysis.tree, span, "call_expression"))
    if statement is None or statement.type not in ("expression_statement", "defer_statement"):
        return
    if misuse.deferred and in_loop(statement):
        return  # the defer is the one too many there, but it may be all that frees on another way out
    other = node_at(context.analysis.tree, misuse.span if span == misuse.release.span else misuse.release.span)
    if misuse.span == misuse.release.span or function_of(other) != function_of(statement):
        return
    if not misuse.certain and not (misuse.deferred and not misuse.release.deferred):
        return
    lines = line_span(context.text, statement)
    if lines is not None and not is_last_use(context, statement):
        yield Fix("Remove this free", (FileEdit((TextEdit(lines, b""),)),), "safe")
