"""opaque-c-struct: a field or a copy of a C struct whose fields the file does not see; see opaque_c_struct.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.cdecl import CTypeName
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.expression_types import ExpressionTypes, c_name, types_of
from cgo_ls.syntax.go_nodes import Node, field, span_of


@rule("opaque-c-struct", family="types", severity="error", scope="function", since="0.2", words=(b"C.",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if not context.declaration.facts.c_names:
        return
    types = types_of(context)
    for node in types.nodes("selector_expression"):
        wanted = field(node, "field")
        opaque = _opaque(field(node, "operand"), types) if c_name(node) is None else None
        if opaque is not None and wanted is not None:
            message = f"{opaque} is declared without its fields here, so Go can only hand pointers to it on"
            yield Finding(span_of(wanted), message)
    for node in types.nodes("unary_expression"):
        if node.children[0].type != "*" or not _is_read(node):
            continue
        opaque = _opaque(field(node, "operand"), types)
        if opaque is not None:
            message = f"{opaque} is declared without its fields here, so Go cannot copy one; hand the pointer on"
            yield Finding(span_of(node), message)


def _opaque(operand: Node | None, types: ExpressionTypes) -> str | None:
    """The type that a pointer expression points to, where this file declares it, and nothing the file sees gives it fields."""
    given = types.of(operand) if operand is not None else None
    kind = types.canonical(given)
    if kind is None or not kind[0].startswith(("*C.struct_", "*C.union_")) or not types.facts.c_complete():
        return None
    known = types.facts.resolve_c(kind[0][3:])
    declared = _declarations(given, types) + (known.declarations if known is not None else ())
    if not declared or any(isinstance(each, CTypeName) and "{" in each.text for each in declared):
        return None
    return kind[0][1:]


def _declarations(given: str | None, types: ExpressionTypes) -> tuple[object, ...]:
    """Those of the typedef that was written, if it was one: `typedef struct opaque opaque;` declares the struct too."""
    known = types.facts.resolve_c(given[3:]) if given is not None and given.startswith("*C.") else None
    return known.declarations if known is not None else ()


def _is_read(node: Node) -> bool:
    """`x := *p`, not `(*p).f` or `&*p`."""
    above = node.parent
    outer = above.parent if above is not None else None
    return (
        above is not None and above.type == "expression_list" and outer is not None and field(outer, "right") == above
    )
