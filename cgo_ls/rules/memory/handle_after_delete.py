"""A cgo.Handle that is used, or deleted again, after Delete."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.handles import HandleCourse, handle_courses
from cgo_ls.rules.memory.parts.holders import function_of, line_span, node_at, statement_of
from cgo_ls.rules.memory.parts.typestates import Phase, State
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule(
    "handle-after-delete",
    family="memory",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"NewHandle(", b"newHandle("),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each use that every path reaches with the handle deleted."""
    for handle in handle_courses(context):
        if handle.course.conditional:
            continue
        for (span, ends), states in sorted(handle.course.misused.items(), key=lambda item: item[0][0]):
            ended = [_ended(state, ends) for state in states]
            if all(ended):
                yield _finding(context, handle, span, ends, min(each for each in ended if each is not None))
                break


def _ended(state: State, ends: bool) -> Span | None:
    """Where the handle was ended before; for an end, a defer that comes after counts too."""
    if state.phase is Phase.ENDED:
        return state.ended
    return state.deferred if ends and state.phase in (Phase.BEGUN, Phase.GIVEN) else None


def _finding(context: FunctionContext, handle: HandleCourse, span: Span, ends: bool, before: Span) -> Finding:
    name = handle.name or "the handle"
    steps = (Step(handle.call.span, "made here"), Step(before, "deleted here"))
    if ends:
        message = f"{name} is deleted a second time: this panics (misuse of an invalid Handle)"
        return Finding(span, message, steps, tuple(_fixes(context, span, before)))
    message = f"{name} is used after {name}.Delete: this panics, or finds another value under its number"
    return Finding(span, message, steps)


def _fixes(context: FunctionContext, span: Span, before: Span) -> Iterator[Fix]:
    """Remove the second Delete where it is a line of its own in the same function."""
    node, other = node_at(context.analysis.tree, span, "call_expression"), node_at(context.analysis.tree, before)
    statement = statement_of(node)
    if statement is None or statement.type not in ("expression_statement", "defer_statement"):
        return
    lines = line_span(context.text, statement)
    if lines is not None and function_of(other) == function_of(statement):
        yield Fix("Remove this Delete", (FileEdit((TextEdit(lines, b""),)),))
