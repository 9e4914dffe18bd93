"""c-pointer-index: arithmetic or an index on a C pointer, as in C; see c_pointer_index.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.expression_types import types_of
from cgo_ls.syntax.go_nodes import field, span_of, strip_parentheses, text_of


@rule("c-pointer-index", family="types", severity="error", scope="function", since="0.2", words=(b"C.",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if not context.declaration.facts.c_names:
        return
    types = types_of(context)
    for node in types.nodes("index_expression"):
        operand = field(node, "operand")
        kind = types.of(operand)
        if operand is not None and kind is not None and kind.startswith("*C.") and kind.count("*") < 3:
            text = text_of(operand)
            message = f"{text} is a {kind}, and Go does not index pointers: unsafe.Slice({text}, n) is a slice of its n elements"
            yield Finding(span_of(node), message)
    for node in types.nodes("binary_expression"):
        left = field(node, "left")
        if left is None or strip_parentheses(left).type == "binary_expression":
            continue  # the inner one has been looked at
        kind = types.of(left)
        if text_of(field(node, "operator")) in ("+", "-") and kind is not None and kind.startswith("*C."):
            text = text_of(left)
            message = f"{text} is a {kind}, and Go does not calculate with pointers: unsafe.Slice({text}, n) is a slice of its n elements"
            yield Finding(span_of(node), message)
