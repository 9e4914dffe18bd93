"""A cgo.Handle that is made and not deleted on some way out of the function."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.handles import HandleCourse, handle_courses
from cgo_ls.rules.memory.parts.holders import in_loop, indent_of, newline_of, node_at, statement_of
from cgo_ls.rules.memory.parts.typestates import Phase
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

MOST_STEPS = 5


@rule(
    "leaked-handle",
    family="memory",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"NewHandle(", b"newHandle("),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each handle that is still there where the function leaves, and that nobody else can delete."""
    elsewhere = bool(context.facts.finalizers_of("cgo.Handle"))
    for handle in handle_courses(context):
        course = handle.course
        if course.escaped or course.conditional:
            continue
        lost = {Phase.BEGUN} if elsewhere else {Phase.BEGUN, Phase.GIVEN}
        exits = sorted(
            span for span, states in course.left.items() if any(s.phase in lost and s.deferred is None for s in states)
        )
        if exits:
            yield _finding(context, handle, exits)


def _finding(context: FunctionContext, handle: HandleCourse, exits: list[Span]) -> Finding:
    name = handle.name or "this handle"
    if handle.course.ends:
        message = f"{name} is not deleted on every path: its value is kept for the life of the program"
    elif handle.name:
        message = f"{name} is never deleted: its value is kept for the life of the program; call {name}.Delete"
    else:
        message = (
            "this handle is never deleted: no variable holds it, and its value is kept for the life of the program"
        )
    steps = [Step(handle.call.span, "made here")]
    steps += [Step(span, f"leaves here without {handle.name or 'the handle'}.Delete()") for span in exits[:MOST_STEPS]]
    steps += [Step(span, "deleted here on another path") for span in handle.course.ends[:MOST_STEPS]]
    return Finding(handle.call.span, message, tuple(steps), tuple(_fixes(context, handle)))


def _fixes(context: FunctionContext, handle: HandleCourse) -> Iterator[Fix]:
    """`defer h.Delete()` behind a handle that nothing deletes; before each return where a later line does."""
    statement = statement_of(node_at(context.analysis.tree, handle.call.span, "call_expression"))
    if statement is None or not handle.name or in_loop(statement) or handle.course.ends:
        return
    if statement.type not in ("short_var_declaration", "assignment_statement"):
        return
    text = context.text
    line = newline_of(text) + indent_of(text, statement.start_byte) + f"defer {handle.name}.Delete()".encode()
    edit = TextEdit(Span(statement.end_byte, statement.end_byte), line)
    # Safe only for C that is done with the handle when the call returns, which nothing in the text proves.
    yield Fix(f"Delete {handle.name} when the function returns", (FileEdit((edit,)),), "unsafe")
