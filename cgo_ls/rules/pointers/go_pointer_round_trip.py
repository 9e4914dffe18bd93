"""An exported callback that turns its user data back into a Go value which holds Go pointers."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.effects import words_of
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.pointers.parts.held_pointers import holding, without_conversions
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of

_GIVES_BACK = frozenset(
    {"user", "userdata", "data", "opaque", "payload", "private", "priv", "context", "udata", "closure"}
)
"""Words in the name of a C function that hands out what was given to C before."""


@rule(
    "go-pointer-round-trip",
    family="pointers",
    severity="warning",
    scope="function",
    since="0.2",
    words=(b"//export ",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each conversion of an unsafe.Pointer parameter."""
    if not context.declaration.facts.exports:
        return
    values = values_of(context)
    for node in (*context.nodes("call_expression"), *context.nodes("type_conversion_expression")):
        target, pointer = _conversion(node)
        if pointer is None or not _is_from_c(values, pointer):
            continue
        found = context.facts.go_type(target) if target.isidentifier() else None
        reason = holding(values, target) if found is not None and found.kind in ("struct", "interface") else None
        if reason is None or not reason.certain:
            continue
        where = f" in {reason.field}" if reason.field else ""
        message = (
            f"{text_of(pointer)} comes from C, which must not keep a pointer to a {target}: it holds {reason.what}{where}; "
            "pass a cgo.Handle and take its Value"
        )
        yield Finding(span_of(node), message)


def _is_from_c(values: GoValues, pointer: Node) -> bool:
    """A parameter `void *`, or what a C function of the library gives back (`C.sqlite3_user_data(ctx)`)."""
    if pointer.type == "identifier":
        declared = values.names.find(pointer)
        return declared is not None and declared.kind == "parameter" and declared.type == "unsafe.Pointer"
    inner = without_conversions(values, pointer)
    name = callee_text(inner) if inner.type == "call_expression" else ""
    return name.startswith("C.") and bool(words_of(name[2:]) & _GIVES_BACK)


def _conversion(node: Node) -> tuple[str, Node | None]:
    """T and x of `(*T)(x)`."""
    if node.type == "call_expression":
        function, arguments = field(node, "function"), arguments_of(node)
        inner = strip_parentheses(function) if function is not None else None
        if inner is not None and inner.type == "unary_expression" and len(arguments) == 1:
            return text_of(field(inner, "operand")), strip_parentheses(arguments[0])
    elif node.type == "type_conversion_expression":
        target, operand = field(node, "type"), field(node, "operand")
        target = named(target)[0] if target is not None and target.type == "parenthesized_type" else target
        if target is not None and operand is not None and target.type == "pointer_type":
            return text_of(named(target)[0]) if named(target) else "", strip_parentheses(operand)
    return "", None
