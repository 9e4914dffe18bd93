"""c-result-type: the result of a C call where another Go type is wanted; see c_result_type.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.c_as_go import BASIC, function_of, go_type
from cgo_ls.rules.types.parts.expression_types import GO_NUMBERS, ExpressionTypes, c_name, types_of
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of
from cgo_ls.text.edits import TextEdit


@rule("c-result-type", family="types", severity="error", scope="function", since="0.2", fixable=True, words=(b"C.",))
def check(context: FunctionContext) -> Iterator[Finding]:
    function = context.declaration.facts.function
    if function is None or not any(reference.call for reference in context.declaration.facts.c_references):
        return
    types = types_of(context)
    for spec in types.nodes("var_spec"):
        kind, value = field(spec, "type"), field(spec, "value")
        if kind is not None and value is not None and len(named(value)) == 1:
            yield from _finding(named(value)[0], text_of(kind), types)
    if len(function.results) != 1:
        return
    for statement in types.nodes("return_statement"):
        values = [
            each
            for child in named(statement)
            for each in (named(child) if child.type == "expression_list" else [child])
        ]
        if len(values) == 1 and not _in_literal(statement):
            yield from _finding(values[0], function.results[0].type, types)


def _in_literal(node: Node) -> bool:
    above = node.parent
    while above is not None:
        if above.type == "func_literal":
            return True
        above = above.parent
    return False


def _finding(node: Node, wanted: str, types: ExpressionTypes) -> Iterator[Finding]:
    call = strip_parentheses(node)
    name = c_name(strip_parentheses(field(call, "function") or call)) if call.type == "call_expression" else None
    plain = wanted in GO_NUMBERS or wanted in ("bool", "string", "error")
    if name is None or types.is_c_type(name) or not plain or types.facts.is_go_type(wanted):
        return
    function = function_of(name, types.facts.resolve_c, types.facts.includes)
    given = go_type(function.result) if function is not None else None
    if function is None or given is None:
        return
    text = text_of(call)
    if given == "":
        yield Finding(span_of(node), f"C.{name} returns nothing in C, and {wanted} is wanted here")
        return
    kind = types.canonical(given)
    if kind is None or (kind[0] not in BASIC and not kind[0].startswith("*") and kind[0] != "unsafe.Pointer"):
        return
    message = f"C.{name} returns {given}, and {wanted} is wanted here; Go does not convert by itself"
    shown = ""
    if kind[0] in BASIC and wanted in GO_NUMBERS and kind[0] != "C._Bool":
        shown = f"{wanted}({text})"
    elif kind[0] == "C._Bool" and wanted == "bool":
        shown = f"bool({text})"
    fixes = (Fix(f"Convert it to {wanted}", (FileEdit((TextEdit(span_of(node), shown.encode()),)),)),) if shown else ()
    yield Finding(span_of(node), message, (), fixes)
