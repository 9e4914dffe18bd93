"""The bytes of a Go string or slice given to C as a C string, without the NUL that ends one."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.effects import is_pointer_like
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.pointers.parts.held_pointers import c_calls, without_conversions
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, strip_parentheses, text_of, walk

_TEXT = frozenset({"*C.char", "*C.schar", "*C.gchar"})
_INTEGERS = frozenset(
    ["int", "uint", "int32", "int64", "uint32", "uint64", "uintptr", "C.int", "C.uint", "C.size_t", "C.long"]
)


@rule(
    "unterminated-string",
    family="pointers",
    severity="error",
    scope="function",
    since="0.2",
    words=(b"[]byte(", b"StringData(", b"SliceData(", b"StringHeader"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each argument."""
    values = values_of(context)
    for call, name in c_calls(values):
        arguments = arguments_of(call)
        for index, argument in enumerate(arguments):
            if values.type_of(argument) not in _TEXT:
                continue
            source = _text_source(values, argument)
            if source is None or _has_length(values, name, arguments, index):
                continue
            message = f"{text_of(source)} has no NUL at its end, where C.{name} stops reading: use C.CString and free it afterwards"
            steps = (Step(span_of(source), "the bytes come from here"),) if source.start_byte < call.start_byte else ()
            yield Finding(span_of(argument), message, steps)


def _text_source(values: GoValues, argument: Node) -> Node | None:
    """`[]byte(s)`, `unsafe.StringData(s)` or the header's Data that the pointer was made of; None for anything else."""
    node = argument
    for _ in range(6):
        node = without_conversions(values, node)
        if node.type == "identifier":
            declared = values.names.find(node)
            if declared is None or declared.value is None or declared.count > 1 or values.is_assigned(declared):
                return None
            node = declared.value
            continue
        if node.type == "call_expression" and callee_text(node) == "unsafe.StringData":
            return node if arguments_of(node) and not _ends_with_nul(values, arguments_of(node)[0]) else None
        if node.type == "call_expression" and callee_text(node) == "unsafe.SliceData" and arguments_of(node):
            return _bytes_of_text(values, arguments_of(node)[0])
        return _bytes_of_text(values, _indexed(node))
    return None


def _indexed(node: Node) -> Node | None:
    """b of `&b[0]`."""
    operand = field(node, "operand") if node.type == "unary_expression" else None
    place = strip_parentheses(operand) if operand is not None else None
    if place is None or place.type != "index_expression" or text_of(field(place, "index")) != "0":
        return None
    return field(place, "operand")


def _bytes_of_text(values: GoValues, node: Node | None) -> Node | None:
    """`[]byte(s)`, also by way of a variable that nothing else is assigned to and that is not written to."""
    if node is None:
        return None
    node = strip_parentheses(node)
    if node.type == "identifier":
        declared = values.names.find(node)
        if declared is None or declared.value is None or declared.count > 1 or values.is_assigned(declared):
            return None
        node = strip_parentheses(declared.value)
    if node.type != "type_conversion_expression" or text_of(field(node, "type")) != "[]byte":
        return None
    text = field(node, "operand")
    return node if text is not None and not _ends_with_nul(values, text) else None


def _ends_with_nul(values: GoValues, text: Node) -> bool:
    """Whether a NUL is, or may be, at the end: a literal with one, a concatenation, a value from elsewhere."""
    text = strip_parentheses(text)
    if text.type == "identifier":
        declared = values.names.find(text)
        if declared is None or declared.kind == "range" or values.is_assigned(declared):
            return True
        return declared.value is not None and _ends_with_nul(values, declared.value)
    if text.type in ("interpreted_string_literal", "raw_string_literal"):
        return "\\x00" in text_of(text) or "\\000" in text_of(text) or "\\u0000" in text_of(text)
    return text.type != "selector_expression" or any("\\x00" in text_of(each) for each in walk(text))


def _has_length(values: GoValues, name: str, arguments: list[Node], index: int) -> bool:
    """Whether the function may be told where the bytes end: an integer among its parameters, or one that is not known."""
    function = values.c_function(name)
    if function is not None and function.has_prototype:
        if function.variadic or index >= len(function.parameters):
            return True
        return any(not is_pointer_like(each.type) for each in function.parameters)
    for argument in arguments:
        inner = without_conversions(values, argument)
        kind = values.type_of(argument)
        number = inner.type.endswith("_literal") and inner.type != "interpreted_string_literal"
        if number or kind in _INTEGERS or values.type_of(inner) in _INTEGERS or callee_text(inner) == "len":
            return True
    return False
