"""C memory that is read, passed to C, or returned after it was freed."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.function import MisuseFound
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.holders import FUNCTIONS, describe, function_of, in_loop, node_at, statement_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("use-after-free", family="memory", severity="error", scope="function", since="0.1", fixable=True)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each block of memory at its first use behind each free."""
    seen: set[tuple[Span, Span]] = set()
    places: set[Span] = set()
    for misuse in context.analysis.misuses:
        if misuse.kind == "double-free":
            continue
        key = (misuse.object.span, misuse.release.span)
        if key in seen or misuse.span in places:
            continue
        seen.add(key)
        places.add(misuse.span)
        name = describe(context.analysis, misuse.object)
        steps = [Step(misuse.object.call.span, f"acquired here by {misuse.object.by}")] if misuse.object.call else []
        steps.append(Step(misuse.release.span, f"freed here by {misuse.release.by}"))
        yield Finding(misuse.span, _message(misuse, name), tuple(steps), tuple(_fixes(context, misuse)))


def _message(misuse: MisuseFound, name: str) -> str:
    if misuse.kind == "return":
        how = "a defer frees it when the function returns" if misuse.release.deferred else "it is already freed"
        return f"{name} is returned although {how}"
    if misuse.kind == "stored":
        return f"{name} is stored here although a defer frees it when the function returns"
    return f"{name} is used after {misuse.release.by} has freed it"


def _fixes(context: FunctionContext, misuse: MisuseFound) -> Iterator[Fix]:
    """`C.free(p)` before the use -> `defer C.free(p)`: then it is the last thing that happens to the memory."""
    if misuse.kind != "use" or misuse.release.deferred:
        return
    statement = statement_of(node_at(context.analysis.tree, misuse.release.span, "call_expression"))
    if statement is None or statement.type != "expression_statement" or in_loop(statement):
        return
    use = node_at(context.analysis.tree, misuse.span)
    if function_of(use) != function_of(statement) or _is_deferred(use):
        return
    others = [other for other in context.analysis.misuses if other.object == misuse.object and other.kind != "use"]
    if others or _freed_again(context, misuse):
        return
    edit = TextEdit(Span(statement.start_byte, statement.start_byte), b"defer ")
    yield Fix(
        "Defer this free until the function returns", (FileEdit((edit,)),), "safe" if misuse.certain else "unsafe"
    )


def _is_deferred(node: Node | None) -> bool:
    """Whether a use only happens when the function leaves: before it, or after it, a deferred free can come."""
    while node is not None and node.type not in FUNCTIONS:
        if node.type == "defer_statement":
            return True
        node = node.parent
    return False


def _freed_again(context: FunctionContext, misuse: MisuseFound) -> bool:
    return any(leak.object == misuse.object and len(leak.freed_at) > 1 for leak in context.analysis.leaks)
