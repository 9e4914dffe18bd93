"""A nil test behind C.malloc, C.CString or C.CBytes, which never return nil."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.holders import line_span, statement_of
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of, walk
from cgo_ls.text.edits import TextEdit

_COMPARES = re.compile(rb"(?<!err )(?<!err)[=!]= ?nil\b")
NEVER_NIL = frozenset({"malloc", "CString", "CBytes"})


@rule(
    "dead-nil-check",
    family="pointers",
    severity="hint",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.malloc(", b"C.CString(", b"C.CBytes("),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each comparison with nil."""
    if b"= nil" not in context.text and b"=nil" not in context.text:
        return
    if _COMPARES.search(context.text) is None:
        return
    for node in context.nodes("binary_expression"):
        left, right = field(node, "left"), field(node, "right")
        if left is None or right is None or right.type != "nil" or text_of(left) == "err":
            continue
        if text_of(field(node, "operator")) not in ("==", "!="):
            continue
        values = values_of(context)
        call = _source(values, left)
        if call is not None:
            yield _never_nil(context, node, left, call, callee_text(call)[2:])


def _source(values: GoValues, node: Node) -> Node | None:
    """The C call whose result the compared expression holds: by its only declaration, or the assignment right before."""
    node = strip_parentheses(node)
    declared = values.names.find(node) if node.type == "identifier" else None
    found: Node | None = None
    if declared is not None and declared.value is not None and declared.index == 0 and not values.is_assigned(declared):
        found = declared.value
    else:
        found = _assigned_before(node)
    for _ in range(6):
        if found is None:
            return None
        found = strip_parentheses(found)
        if found.type != "call_expression":
            return None
        text, arguments = callee_text(found), arguments_of(found)
        if text.startswith("C.") and text[2:] in NEVER_NIL:
            return found
        function = field(found, "function")
        converts = text == "unsafe.Pointer" or (function is not None and function.type == "parenthesized_expression")
        converts = converts or (text.startswith("C.") and values.facts.is_c_type(text[2:]))
        found = arguments[0] if converts and len(arguments) == 1 else None
    return None


def _assigned_before(node: Node) -> Node | None:
    """The value that the statement before the `if` (or its initializer) gave to this very expression."""
    test = node.parent
    while test is not None and test.type in ("binary_expression", "parenthesized_expression"):
        test = test.parent
    if test is None or test.type != "if_statement":
        return None
    before = field(test, "initializer") or test.prev_named_sibling
    if before is None or before.type not in ("assignment_statement", "short_var_declaration"):
        return None
    left, right = named(field(before, "left") or before), named(field(before, "right") or before)
    if not left or len(right) != 1 or text_of(left[0]) != text_of(node):
        return None
    return right[0]


def _never_nil(context: FunctionContext, test: Node, left: Node, call: Node, name: str) -> Finding:
    outcome = "false" if text_of(field(test, "operator")) == "==" else "true"
    message = f"C.{name} never returns nil (cgo ends the program when memory runs out): this is always {outcome}"
    return Finding(
        span_of(test),
        message,
        (Step(span_of(call), f"{text_of(left)} is made here"),),
        tuple(_remove(context, test, outcome)),
        unnecessary=True,
    )


def _remove(context: FunctionContext, test: Node, outcome: str) -> Iterator[Fix]:
    """`if p == nil { return nil }` goes, unless that would leave an import without a use."""
    above = test.parent
    if above is None or above.type != "if_statement" or outcome != "false" or field(above, "initializer") is not None:
        return
    if field(above, "alternative") is not None or statement_of(above) != above:
        return
    body = field(above, "consequence")
    if body is None or any(node.type == "selector_expression" for node in walk(body)):
        return
    lines = line_span(context.text, above)
    if lines is not None:
        yield Fix("Remove this test", (FileEdit((TextEdit(lines, b""),)),))
