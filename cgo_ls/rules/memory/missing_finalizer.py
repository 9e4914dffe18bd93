"""A constructor that does not give its value the finalizer which the others of that type give."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.memory.parts.holders import in_loop, indent_of, newline_of, statement_of
from cgo_ls.rules.memory.parts.owners import is_selected, mentions
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.pointers.parts.held_pointers import without_conversions
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule(
    "missing-finalizer",
    family="memory",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"{",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each literal of such a type that owns what C gave and is returned."""
    if (
        b"return" not in context.text
        or b"runtime.SetFinalizer(" in context.text
        or b"runtime.AddCleanup(" in context.text
    ):
        return
    if not any(reference.call for reference in context.declaration.facts.c_references):
        return
    for literal in context.nodes("composite_literal"):
        kind = text_of(field(literal, "type"))
        if not kind.isidentifier() or not context.facts.finalizers_of(kind):
            continue
        values = values_of(context)
        found = _owned_field(values, kind, literal)
        above = literal.parent
        if (
            found is None
            or above is None
            or above.type != "unary_expression"
            or text_of(field(above, "operator")) != "&"
        ):
            continue
        holder = _holder(values, above)
        if holder is None and not _is_returned(above):
            continue
        if holder is not None and not _only_returned(values, holder):
            continue
        name, call = found
        message = (
            f"this {kind} owns what {callee_text(call)} gives, but has no finalizer, which other {kind}s get: "
            f"{name} is never freed if Close is forgotten"
        )
        step = Step(span_of(call), f"acquired here by {callee_text(call)}")
        yield Finding(
            span_of(field(literal, "type") or literal), message, (step,), tuple(_fixes(context, above, kind, holder))
        )


def _owned_field(values: GoValues, kind: str, literal: Node) -> tuple[str, Node] | None:
    """The field that the finalizer releases, and the C call whose result is put there and must be released."""
    released = set(values.facts.finalized_fields(kind))
    for element in named(field(literal, "body") or literal):
        parts = [_inner(part) for part in named(element)] if element.type == "keyed_element" else []
        if len(parts) != 2 or text_of(parts[0]) not in released:
            continue
        value = without_conversions(values, parts[1])
        declared = values.names.find(value) if value.type == "identifier" else None
        if (
            declared is not None
            and declared.value is not None
            and declared.index == 0
            and not values.is_assigned(declared)
        ):
            value = without_conversions(values, declared.value)
        name = callee_text(value) if value.type == "call_expression" else ""
        if name.startswith("C.") and not values.facts.is_c_type(name[2:]):
            effects = values.facts.c_effects(name[2:], len(arguments_of(value)))
            if effects.result.kind == "owned" and effects.origin not in ("name", "unknown"):
                return text_of(parts[0]), value
    return None


def _inner(node: Node) -> Node:
    return named(node)[0] if node.type == "literal_element" and named(node) else node


def _holder(values: GoValues, value: Node) -> Declared | None:
    """The variable of `x := &T{...}`."""
    statement = statement_of(value)
    if statement is None or statement.type != "short_var_declaration":
        return None
    left, right = named(field(statement, "left") or statement), named(field(statement, "right") or statement)
    if len(left) != 1 or [strip_parentheses(each) for each in right] != [value]:
        return None
    return values.names.find(left[0])


def _is_returned(node: Node | None) -> bool:
    above = node.parent if node is not None else None
    if above is not None and above.type == "expression_list":
        above = above.parent
    return above is not None and above.type == "return_statement"


def _only_returned(values: GoValues, holder: Declared) -> bool:
    """Whether the variable is returned, and nobody else gets it who might set the finalizer."""
    uses = list(mentions(values, holder))
    if not any(_is_returned(use) for use in uses):
        return False
    for use in uses:
        above = use.parent
        called = (
            is_selected(use)
            and above is not None
            and above.parent is not None
            and above.parent.type == "call_expression"
        )
        method = called and above is not None and above.parent is not None and field(above.parent, "function") == above
        if method or not (_is_returned(use) or is_selected(use)):
            return False
    return True


def _fixes(context: FunctionContext, value: Node, kind: str, holder: Declared | None) -> Iterator[Fix]:
    """`runtime.SetFinalizer(x, (*T).Close)` behind the variable, when the others run a method."""
    statement = statement_of(value)
    names = [
        name for name in context.facts.finalizers_of(kind) if name and context.facts.go_signature(f"{kind}.{name}")
    ]
    if holder is None or statement is None or len(names) != 1 or in_loop(statement):
        return
    text = context.text
    call = f"runtime.SetFinalizer({holder.name}, (*{kind}).{names[0]})".encode()
    edit = TextEdit(
        Span(statement.end_byte, statement.end_byte), newline_of(text) + indent_of(text, statement.start_byte) + call
    )
    yield Fix(f"Set the finalizer of {holder.name}", (FileEdit((edit,)),), "unsafe", (Need("import", "runtime"),))
