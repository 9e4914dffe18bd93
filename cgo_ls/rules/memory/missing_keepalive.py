"""A C call that uses the memory of a Go value with a finalizer, and is the last to mention that value."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.memory.parts.holders import in_loop, indent_of, newline_of, statement_of
from cgo_ls.rules.memory.parts.owners import (
    RELEASES,
    field_argument,
    holds_c_pointer,
    inside,
    is_selected,
    mentions,
    owner_type,
    owners_given,
    released,
)
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, values_of
from cgo_ls.rules.pointers.parts.held_pointers import c_calls
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_SIMPLE = frozenset({"expression_statement", "short_var_declaration", "assignment_statement", "var_declaration"})


@rule(
    "missing-keepalive",
    family="memory",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each owner, at the last C call that is given its memory."""
    if not owners_given(context):
        return
    knows = bool(context.facts.finalizers_of("runtime.KeepAlive"))
    values = values_of(context)
    last: dict[int, tuple[Node, Node, Declared, str]] = {}
    for call, name in c_calls(values):
        for argument in arguments_of(call):
            found = field_argument(values, argument)
            if found is not None and holds_c_pointer(values.type_of(found[1])) and owner_type(values, found[0]):
                last[found[0].start] = (call, found[1], found[0], name)
    for call, selector, declared, name in last.values():
        if not knows and declared.kind != "local":
            continue  # a package that never keeps anything alive does so by decision, or does not know: see the page
        if _is_kept(values, declared, call) or _ends_owner(context, values, declared):
            continue
        kind = owner_type(values, declared)
        if RELEASES.search(name) or (context.facts.finalizers_of(kind) and not released(context.facts, kind, selector)):
            continue  # Close and Free are what the finalizer runs
        own = bool(context.facts.finalizers_of(kind))
        who = declared.name if own else f"the owner of {text_of(selector)}"
        used = text_of(selector) if own else "it"
        message = f"{who} may be finalized while C.{name} still uses {used}: call runtime.KeepAlive({declared.name}) behind it"
        yield Finding(span_of(selector), message, (), tuple(_fixes(context, values, call, declared)))


def _is_kept(values: GoValues, declared: Declared, call: Node) -> bool:
    """Whether something mentions the owner behind the call, may run behind it, or holds the owner besides."""
    loop = inside(call, "for_statement", "func_literal")
    for node in mentions(values, declared):
        if node.start_byte >= call.end_byte:
            return True
        if inside(node, "defer_statement", "go_statement", "func_literal") is not None or not is_selected(node):
            return True
    # In a loop the next round may mention it again, and that is enough for the compiler, also in the last round.
    return loop is not None


def _ends_owner(context: FunctionContext, values: GoValues, declared: Declared) -> bool:
    """Whether this is the owner's finalizer, or a function that sets one."""
    function = context.declaration.facts.function
    owner = owner_type(values, declared)
    if function is None or b"runtime.SetFinalizer(" in context.text:
        return True
    return function.name in context.facts.finalizers_of(owner)


def _fixes(context: FunctionContext, values: GoValues, call: Node, declared: Declared) -> Iterator[Fix]:
    """Behind the statement of the call where that is one of the body; else a defer at the top of it."""
    statement, body, text = statement_of(call), field(values.function, "body"), context.text
    if statement is None or body is None:
        return
    if b"\n" not in text[body.start_byte : statement.start_byte]:
        return
    keep = f"runtime.KeepAlive({declared.name})".encode()
    needs = (Need("import", "runtime"),)
    own = statement.parent is not None and statement.parent.parent == body
    leaves = any(node.type in ("return_statement", "func_literal") for node in walk(statement))
    if own and statement.type in _SIMPLE and not leaves and not in_loop(call):
        line = newline_of(text) + indent_of(text, statement.start_byte) + keep
        edit = TextEdit(Span(statement.end_byte, statement.end_byte), line)
        yield Fix(f"Keep {declared.name} alive until the call is done", (FileEdit((edit,)),), "safe", needs)
        return
    if declared.kind == "local":
        made = statement_of(declared.value)
        if made is not None and made.type == "short_var_declaration" and not in_loop(made):
            line = newline_of(text) + indent_of(text, made.start_byte) + b"defer " + keep
            edit = TextEdit(Span(made.end_byte, made.end_byte), line)
            yield Fix(f"Keep {declared.name} alive until the function returns", (FileEdit((edit,)),), "safe", needs)
        return
    first = next((each for each in body.named_children if each.type == "statement_list"), None)
    first = first.named_children[0] if first is not None and first.named_children else None
    if first is None or text[body.start_byte + 1 : first.start_byte].strip():
        return
    if b"\n" not in text[body.start_byte : first.start_byte]:
        return
    line = b"defer " + keep + newline_of(text) + indent_of(text, first.start_byte)
    edit = TextEdit(Span(first.start_byte, first.start_byte), line)
    yield Fix(f"Keep {declared.name} alive until the function returns", (FileEdit((edit,)),), "safe", needs)
