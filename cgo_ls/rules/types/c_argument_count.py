"""c-argument-count: a C call with more or fewer arguments than the prototype has parameters; see c_argument_count.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.expression_types import types_of
from cgo_ls.syntax.go_nodes import Node, field, span_of, strip_parentheses


@rule("c-argument-count", family="types", severity="error", scope="function", since="0.2", words=(b"C.",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if not any(reference.call for reference in context.declaration.facts.c_references):
        return
    types = types_of(context)
    for name, call, arguments in types.calls():
        if types.is_c_type(name) or any(argument.type == "variadic_argument" for argument in arguments):
            continue
        function = types.function(name)
        if function is None or function.variadic or len(function.parameters) == len(arguments):
            continue
        if call.has_error or (len(arguments) == 1 and _is_go_call(arguments[0])):
            continue  # f(g()) may pass on several results
        few = len(arguments) < len(function.parameters)
        message = f"{'not enough' if few else 'too many'} arguments for C.{name}: {len(arguments)}, and C wants {function.prototype}"
        callee = strip_parentheses(field(call, "function") or call)
        yield Finding(span_of(callee), message)


def _is_go_call(node: Node) -> bool:
    return strip_parentheses(node).type == "call_expression"
