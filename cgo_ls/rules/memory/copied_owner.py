"""A method with a value receiver on a type that owns C memory: it works on a copy."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.memory.parts.owners import field_argument, holds_c_pointer, inside, released
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.pointers.parts.held_pointers import c_calls
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule(
    "copied-owner",
    family="memory",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """At most one finding for a method, at its receiver's type."""
    function = context.declaration.facts.function
    if function is None or function.receiver is None or function.receiver.pointer or not function.receiver.name:
        return
    values = values_of(context)
    receiver = next((each for each in values.names if each.kind == "receiver"), None)
    node = field(values.function, "receiver")
    kind = next((each for each in walk(node) if each.type == "type_identifier"), None) if node is not None else None
    found = context.facts.go_type(function.receiver.type)
    if receiver is None or kind is None or found is None or found.kind != "struct":
        return
    cleared = _cleared(values, receiver)
    if cleared is not None:
        message = (
            f"{function.name} works on a copy of its {found.name}: {text_of(cleared)} stays set in the caller's, "
            "which can be freed a second time"
        )
    elif context.facts.finalizers_of(found.name) and (used := _used(values, receiver)):
        message = (
            f"{function.name} works on a copy of its {found.name}: the original may be finalized while C.{used} "
            "still uses its memory, and keeping the copy alive does not help"
        )
    else:
        return
    edit = TextEdit(Span(kind.start_byte, kind.start_byte), b"*")
    fix = Fix(f"Take a *{found.name}", (FileEdit((edit,)),), "unsafe")
    yield Finding(span_of(kind), message, (), (fix,))


def _cleared(values: GoValues, receiver: Declared) -> Node | None:
    """`C.free(x.p); x.p = nil`: the field that is freed and then cleared, in the copy."""
    freed = set()
    for call in values.nodes("call_expression"):
        if callee_text(call) != "C.free":
            continue
        for argument in arguments_of(call):
            found = field_argument(values, argument)
            if found is not None and found[0] == receiver:
                freed.add(text_of(found[1]))
    for node in values.nodes("assignment_statement") if freed else ():
        left, right = named(field(node, "left") or node), named(field(node, "right") or node)
        for target, value in zip(left, right, strict=False):
            if value.type == "nil" and text_of(strip_parentheses(target)) in freed:
                return target
    return None


def _used(values: GoValues, receiver: Declared) -> str:
    """A C function that is given one of the receiver's C pointers."""
    for call, name in c_calls(values):
        for argument in arguments_of(call):
            found = field_argument(values, argument)
            if found is None or found[0] != receiver or not holds_c_pointer(values.type_of(found[1])):
                continue
            if released(values.facts, receiver.type, found[1]):
                if inside(call, "func_literal") is None:
                    return name
    return ""
