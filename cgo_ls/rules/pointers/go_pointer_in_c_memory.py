"""A Go pointer that is stored in C memory."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.pointers.go_pointer_argument import is_go_pointer
from cgo_ls.rules.pointers.parts.go_values import GoValues, values_of
from cgo_ls.rules.pointers.parts.held_pointers import holding, is_pinned
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of

_INTO = re.compile(r"[.\[*]")
_LITERALS = frozenset({"interpreted_string_literal", "raw_string_literal", "nil"})


@rule(
    "go-pointer-in-c-memory",
    family="pointers",
    severity="error",
    scope="function",
    since="0.2",
    words=(b"C.",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each assignment."""
    assignments = [node for node in context.nodes("assignment_statement") if _INTO.search(text_of(field(node, "left")))]
    if (
        not assignments
        or is_pinned(context.text)
        or not any(each.call for each in context.declaration.facts.c_references)
    ):
        return
    values = values_of(context)
    for node in assignments:
        left, right = named(field(node, "left") or node), named(field(node, "right") or node)
        if len(left) != len(right):
            continue
        for target, value in zip(left, right, strict=True):
            pointer = _into_c(values, strip_parentheses(target))
            what = _go_pointer(values, value) if pointer is not None else ""
            if pointer is not None and what:
                message = (
                    f"{text_of(target)} is C memory, where the garbage collector does not see {what}: "
                    "store a cgo.Handle or C memory there"
                )
                yield Finding(span_of(value), message, (Step(span_of(target), "stored in C memory here"),))


def _into_c(values: GoValues, target: Node) -> Node | None:
    """The pointer or slice that leads to C memory in `*p`, `p.f`, `p.f.g`, `s[i]`."""
    current = target
    for _ in range(8):
        operand = field(current, "operand")
        if operand is None or current.type not in ("selector_expression", "index_expression", "unary_expression"):
            return None
        operand = strip_parentheses(operand)
        kind = values.underlying(values.type_of(operand))
        if kind.startswith(("*", "[]")) and values.memory_of(operand) == "c":
            return operand
        if kind.startswith(("*", "[]")):
            return None
        current = operand
    return None


def _go_pointer(values: GoValues, value: Node) -> str:
    """The value in words, when it is a Go pointer or holds one."""
    value = strip_parentheses(value)
    if is_go_pointer(values, value):
        return f"the Go pointer {text_of(value)}"
    if value.type in _LITERALS:
        return ""
    kind = values.type_of(value)
    reason = holding(values, kind)
    if reason is None or not reason.certain or values.memory_of(value) == "c":
        return ""
    return f"the {kind} {text_of(value)}" if kind == "string" or kind.startswith(("[]", "map[")) else ""
