"""A `:=` that makes a new variable where the C pointer outside was meant, which so stays nil."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.owners import mentions
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule(
    "shadowed-c-variable",
    family="memory",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b":=",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each such variable, at the first new one of its name."""
    if not _has_candidates(context):
        return
    values = values_of(context)
    for outer in values.names:
        if (
            outer.kind != "local"
            or outer.value is not None
            or not _is_c_pointer(outer.type)
            or values.is_assigned(outer)
        ):
            continue
        inner = _shadowing(values, outer)
        if inner is None:
            continue
        used = next((node for node in mentions(values, outer) if node.start_byte > inner.scope.end), None)
        if used is None:
            continue
        message = f"this is a new {outer.name}: the one outside, which is used below, is always nil"
        steps = (
            Step(Span(outer.start, outer.start + len(outer.name.encode())), "declared here"),
            Step(span_of(used), "nil here"),
        )
        span = Span(inner.start, inner.start + len(inner.name.encode()))
        yield Finding(span, message, steps, tuple(_fixes(values, inner)))


def _has_candidates(context: FunctionContext) -> bool:
    """Whether a name of a C pointer is declared twice: read off the variables of the graph, which are there already."""
    variables = [each for each in context.analysis.cfg.variables if each.name and each.kind == "local"]
    pointers = {each.name for each in variables if _is_c_pointer(each.type)}
    return bool(pointers) and any(sum(one.name == name for one in variables) > 1 for name in pointers)


def _is_c_pointer(kind: str) -> bool:
    return kind.startswith("*C.") or kind == "unsafe.Pointer"


def _shadowing(values: GoValues, outer: Declared) -> Declared | None:
    """The first variable of the same name and type that a `:=` declares inside of the outer one's scope."""
    for inner in values.names.declarations(outer.name):
        within = outer.scope.covers(inner.scope) and inner.scope != outer.scope and inner.start > outer.start
        if not within or inner.kind != "local" or inner.type or inner.value is None:
            continue
        kind = values.declared_type(inner)
        if kind == outer.type or (not kind and inner.index == 0 and values.memory_of(inner.value) == "c"):
            return inner
    return None


def _fixes(values: GoValues, inner: Declared) -> Iterator[Fix]:
    """`p := x` -> `p = x`, where p is the only name, so that no other is left without a declaration."""
    statement = _declaring(values, inner)
    if statement is None or len(named(field(statement, "left") or statement)) != 1:
        return
    operator = next((child for child in statement.children if child.type == ":="), None)
    if operator is not None:
        yield Fix(f"Assign to the outer {inner.name}", (FileEdit((TextEdit(span_of(operator), b"="),)),))


def _declaring(values: GoValues, inner: Declared) -> Node | None:
    for node in values.nodes("short_var_declaration"):
        left = field(node, "left")
        if left is not None and left.start_byte <= inner.start < left.end_byte:
            return node
    return None
