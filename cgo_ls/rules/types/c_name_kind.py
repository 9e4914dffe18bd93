"""c-name-kind: a C name used as what it is not, such as a type as a value or a variable in a call; see c_name_kind.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CMacro, CTypeName, CVariable
from cgo_ls.model.package import CName
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.c_as_go import typedef_text
from cgo_ls.rules.types.parts.expression_types import ExpressionTypes, c_name, types_of
from cgo_ls.syntax.go_nodes import Node, field, span_of, strip_parentheses, text_of

_SAID = {
    "function": "a C function",
    "variable": "a C variable",
    "macro": "a macro",
    "enum": "an enum constant",
    "type": "a C type",
}


@rule("c-name-kind", family="types", severity="error", scope="function", since="0.2", words=(b"C.",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if not context.declaration.facts.c_names:
        return
    types = types_of(context)
    for node in types.nodes("selector_expression", "qualified_type"):
        name = c_name(node)
        known = types.facts.resolve_c(name) if name is not None else None
        if name is None or known is None or not known.declarations:
            continue
        message = _misuse(name, known, node, types)
        if message is not None:
            yield Finding(span_of(node), message)
    for call in types.nodes("call_expression"):
        callee = strip_parentheses(field(call, "function") or call)
        if c_name(callee) is None and _is_function_pointer(callee, types):
            text = text_of(callee)
            message = (
                f"{text} is a pointer to a C function, which Go cannot call; call it in a C function of the preamble"
            )
            yield Finding(span_of(callee), message)


def _is_function_pointer(callee: Node, types: ExpressionTypes) -> bool:
    """A field of a C struct, or a variable of a C typedef, that is a function pointer."""
    if callee.type == "selector_expression":
        kind = types.canonical(types.of(field(callee, "operand")))
        struct = types.struct(kind[0].removeprefix("*")) if kind is not None else None
        name = text_of(field(callee, "field"))
        return struct is not None and any(each.name == name and "(*" in each.type for each in struct.fields)
    if callee.type != "identifier":
        return False
    kind = types.of(callee)
    behind = typedef_text(kind[2:], types.facts.resolve_c) if kind is not None and kind.startswith("C.") else None
    known = types.facts.resolve_c(kind[2:]) if kind is not None and kind.startswith("C.") and behind is None else None
    return known is not None and any(
        isinstance(each, CTypeName) and re.match(r"typedef\b[^;{}()]*\(\s*\*", each.text) for each in known.declarations
    )


def _misuse(name: str, known: CName, node: Node, types: ExpressionTypes) -> str | None:
    said = f"C.{name} is {_SAID[known.kind]}"
    if known.kind == "macro" and any(
        each.parameters is not None for each in known.declarations if isinstance(each, CMacro)
    ):
        return None
    above, outer = node.parent, node
    while above is not None and above.type == "parenthesized_expression":
        above, outer = above.parent, above
    if above is None:
        return None
    if node.type == "qualified_type":
        return f"{said}, not a type" if known.kind in ("function", "variable") and _is_type_place(above) else None
    if above.type == "call_expression" and field(above, "function") == outer:
        return _called(said, known, types)
    if known.kind == "type":
        return f"{said}, and a type is no value" if _is_value_place(above) else None
    if above.type == "unary_expression" and above.children[0].type == "&" and _is_constant(known):
        return f"{said}: a constant has no address"
    if _is_target(above, node):
        return _assigned(said, name, known)
    return None


def _called(said: str, known: CName, types: ExpressionTypes) -> str | None:
    if known.kind == "variable":
        kinds = {each.type for each in known.declarations if isinstance(each, CVariable)}
        if any("(" in kind for kind in kinds):
            return (
                f"{said} that holds a function pointer, which Go cannot call; call it in a C function of the preamble"
            )
        return f"{said}, not a function"
    return f"{said}, not a function" if _is_constant(known) else None


def _assigned(said: str, name: str, known: CName) -> str | None:
    if known.kind == "function" or _is_constant(known):
        return f"{said}, to which nothing can be assigned"
    variables = [each for each in known.declarations if isinstance(each, CVariable)]
    if known.kind == "variable" and variables and all(each.const for each in variables):
        return f"C.{name} is const in C: the program builds, and this assignment faults when it runs"
    return None


def _is_constant(known: CName) -> bool:
    """An enumerator, or a macro that is a literal."""
    if known.kind == "enum":
        return True
    values = [each.value for each in known.declarations if isinstance(each, CMacro)]
    return known.kind == "macro" and bool(values) and all(value[:1].isdigit() or value[:1] == '"' for value in values)


def _is_type_place(above: Node) -> bool:
    return above.type in ("var_spec", "parameter_declaration", "pointer_type", "slice_type", "array_type")


def _is_value_place(above: Node) -> bool:
    """Where only a value can stand: the right side of an assignment or declaration."""
    outer = above.parent
    if above.type != "expression_list" or outer is None:
        return False
    return outer.type in ("short_var_declaration", "assignment_statement", "var_spec", "return_statement") and (
        field(outer, "left") != above
    )


def _is_target(above: Node, node: Node) -> bool:
    if above.type in ("inc_statement", "dec_statement"):
        return True
    outer = above.parent
    return (
        above.type == "expression_list"
        and outer is not None
        and outer.type == "assignment_statement"
        and field(outer, "left") == above
    )
