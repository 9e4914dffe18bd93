"""`p := &b[0]` in front of a call that is given p: cgo then checks all that b is a part of."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.holders import line_span, statement_of
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, element_type, values_of
from cgo_ls.rules.pointers.parts.held_pointers import (
    c_calls,
    calls_handing,
    given_before,
    handed_by,
    holding,
    is_pinned,
    without_conversions,
)
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of
from cgo_ls.text.edits import TextEdit


@rule(
    "element-pointer-variable",
    family="pointers",
    severity="information",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each variable, at the call that is given it."""
    if is_pinned(context.text) or not (b"[0]" in context.text or calls_handing(context)):
        return
    values = values_of(context)
    said: set[int] = set()
    for call, _ in c_calls(values):
        for argument in arguments_of(call):
            # Only for void * does cgo look behind the pointer: a pointer to characters or numbers leads to no others.
            if values.type_of(argument) != "unsafe.Pointer":
                continue
            given = without_conversions(values, argument)
            declared = values.names.find(given) if given.type == "identifier" else None
            if declared is None or declared.kind != "local" or declared.start in said:
                continue
            finding = _finding(context, values, call, argument, declared)
            if finding is not None:
                said.add(declared.start)
                yield finding


def _finding(
    context: FunctionContext, values: GoValues, call: Node, argument: Node, declared: Declared
) -> Finding | None:
    function = f"C.{callee_text(call)[2:]}"
    taken = next((each for each in given_before(values, declared, call) if _is_element(values, each)), None)
    if taken is None:
        made = handed_by(values, declared, call, "element")
        if made is None:
            return None
        message = (
            f"{declared.name} is the address of an element that {callee_text(made)} took before the call, so cgo checks all that "
            f"the slice is a part of, and ends the program where that holds a Go pointer: write unsafe.Pointer(&b[0]) in the "
            f"call of {function}"
        )
        return Finding(span_of(argument), message, (Step(span_of(made), "the address is taken here"),))
    element = text_of(without_conversions(values, taken))
    message = (
        f"{declared.name} was set to {element} before the call, so cgo checks all that {element[1:-3]} is a part of, and "
        f"ends the program where that holds a Go pointer: write unsafe.Pointer({element}) in the call of {function}"
    )
    step = Step(span_of(taken), "the address is taken here")
    return Finding(span_of(argument), message, (step,), tuple(_fixes(context, values, argument, declared, element)))


def _is_element(values: GoValues, value: Node) -> bool:
    """`&b[0]`, also converted, of a slice that a caller or a field chose: it may be a part of something larger."""
    inner = without_conversions(values, value)
    operand = field(inner, "operand") if inner.type == "unary_expression" else None
    place = strip_parentheses(operand) if operand is not None and text_of(field(inner, "operator")) == "&" else None
    if place is None or place.type != "index_expression" or text_of(field(place, "index")) != "0":
        return False
    sliced = field(place, "operand")
    kind = values.underlying(values.type_of(sliced))
    if sliced is None or not kind.startswith("[]") or holding(values, element_type(kind)) is not None:
        return False
    if sliced.type == "identifier":
        found = values.names.find(sliced)
        return found is not None and found.kind == "parameter" and not values.is_assigned(found)
    if sliced.type == "selector_expression" and not text_of(field(sliced, "field"))[:1].isupper():
        return False  # the package's own
    while sliced is not None and sliced.type == "selector_expression":
        sliced = field(sliced, "operand")
    found = values.names.find(sliced) if sliced is not None and sliced.type == "identifier" else None
    return found is not None and found.kind in ("parameter", "receiver")


def _fixes(
    context: FunctionContext, values: GoValues, argument: Node, declared: Declared, element: str
) -> Iterator[Fix]:
    """The address goes into the call, where the variable is for nothing else."""
    uses = [node for node in values.nodes("identifier") if values.names.find(node) == declared]
    statement = statement_of(declared.value) if declared.value is not None else None
    if len(uses) != 2 or statement is None or statement.type != "short_var_declaration" or declared.count > 1:
        return
    lines = line_span(context.text, statement)
    if lines is None or len(named(field(statement, "left") or statement)) != 1:
        return
    edits = (TextEdit(lines, b""), TextEdit(span_of(argument), f"unsafe.Pointer({element})".encode()))
    yield Fix("Take the address in the call", (FileEdit(edits),))
