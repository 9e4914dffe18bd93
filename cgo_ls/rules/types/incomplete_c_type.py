"""incomplete-c-type: a value of a C struct whose fields are not declared; see incomplete_c_type.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CTypeName
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.c_as_go import canonical
from cgo_ls.rules.types.expression_types import ExpressionTypes, c_name, types_of
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of


@rule("incomplete-c-type", family="types", severity="error", scope="function", since="0.2", words=(b"C.",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if not context.declaration.facts.c_names:
        return
    types = types_of(context)
    for node in types.nodes("qualified_type"):
        name = c_name(node)
        if name is not None and _makes_value(node) and is_incomplete(f"C.{name}", types):
            message = f"C.{name} is declared without its fields, so Go cannot make one; use a pointer that C gives"
            yield Finding(span_of(node), message)
    for node in types.nodes("unary_expression"):
        operand = field(node, "operand")
        if node.children[0].type != "*" or not _is_read(node):
            continue
        kind = types.of(operand)
        if kind is not None and kind.startswith("*C.") and is_incomplete(kind[1:], types):
            message = f"{kind[1:]} is declared without its fields, so Go cannot copy one; pass the pointer on"
            yield Finding(span_of(node), message)


def is_incomplete(go: str, types: ExpressionTypes) -> bool:
    """Whether the struct or union behind the type has no body in anything the file sees, all of which has been read."""
    found = canonical(go, types.facts.resolve_c)
    if found is None or not re.match(r"C\.(?:struct|union)_", found[0]) or not types.facts.c_complete():
        return False
    known = types.facts.resolve_c(found[0][2:])
    bodies = known.declarations if known is not None else ()
    return not any(isinstance(each, CTypeName) and "{" in each.text for each in bodies)


def _makes_value(node: Node) -> bool:
    """`var x C.T`, `new(C.T)`, `make([]C.T, n)`, `C.T{}`."""
    above = node.parent
    if above is None:
        return False
    if above.type in ("var_spec", "composite_literal"):
        return True
    if above.type in ("slice_type", "array_type"):
        above = above.parent
    if above is None or above.type != "argument_list" or above.parent is None:
        return False
    return text_of(field(above.parent, "function")) in ("new", "make") and named(above)[0].start_byte <= node.start_byte


def _is_read(node: Node) -> bool:
    """`x := *p`, not `(*p).f` or `&*p`."""
    above = node.parent
    outer = above.parent if above is not None else None
    return (
        above is not None and above.type == "expression_list" and outer is not None and field(outer, "right") == above
    )
