"""c-condition: a C number or pointer where Go wants a bool; see c_condition.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.c_as_go import BASIC
from cgo_ls.rules.types.parts.expression_types import ExpressionTypes, types_of
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of
from cgo_ls.text.edits import TextEdit


@rule("c-condition", family="types", severity="error", scope="function", since="0.2", fixable=True, words=(b"C.",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if not context.declaration.facts.c_names:
        return
    types = types_of(context)
    for node in types.nodes("if_statement", "for_statement"):
        condition = _condition(node)
        if condition is not None:
            yield from _finding(condition, types, negated=False)
    for node in types.nodes("unary_expression"):
        operand = field(node, "operand")
        if node.children[0].type == "!" and operand is not None:
            yield from _finding(node, types, negated=True)


def _condition(node: Node) -> Node | None:
    if node.type == "if_statement":
        return field(node, "condition")
    plain = [child for child in named(node) if child.type not in ("block", "for_clause", "range_clause")]
    return plain[0] if plain else None


def _finding(node: Node, types: ExpressionTypes, *, negated: bool) -> Iterator[Finding]:
    value = field(node, "operand") if negated else node
    kind = types.canonical(types.of(value))
    if value is None or kind is None or kind[0] == "C._Bool":
        return
    number = kind[0] in BASIC
    if not number and not kind[0].startswith("*C.") and kind[0] != "unsafe.Pointer":
        return
    nothing = "0" if number else "nil"
    operator = "==" if negated else "!="
    text = text_of(strip_parentheses(value) if value.type == "parenthesized_expression" else value)
    said = "a number" if number else "a pointer"
    message = f"in Go {said} is no condition: compare it, {text} {operator} {nothing}"
    fixes: tuple[Fix, ...] = ()
    if strip_parentheses(value).type in ("call_expression", "identifier", "selector_expression") and len(text) < 80:
        edit = TextEdit(span_of(node), f"{text} {operator} {nothing}".encode())
        fixes = (Fix(f"Compare with {nothing}", (FileEdit((edit,)),)),)
    yield Finding(span_of(node), message, (), fixes)
