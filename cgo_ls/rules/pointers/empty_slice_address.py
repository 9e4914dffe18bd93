"""`&b[0]` of a slice that may be empty."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.memory.parts.holders import in_loop
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.pointers.parts.held_pointers import c_calls, without_conversions
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, strip_parentheses, text_of, walk
from cgo_ls.text.edits import TextEdit

HAS_SLICE_DATA = (1, 20)
_TESTS = frozenset(
    {"if_statement", "for_statement", "expression_switch_statement", "expression_case", "binary_expression"}
)


@rule(
    "empty-slice-address",
    family="pointers",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"[0]",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each C call's `&b[0]` beside `len(b)`, where nothing ever looks at the length."""
    function = context.declaration.facts.function
    if function is None or not all(name[:1].isupper() for name in function.qualified.split(".")):
        return  # the callers of a function of the package, or of a method of a type of its own, may have looked
    values = values_of(context)
    said: set[int] = set()
    for call, name in c_calls(values):
        for argument in arguments_of(call):
            given = without_conversions(values, argument)
            slice_ = _first_element_of(given)
            declared = values.names.find(slice_) if slice_ is not None else None
            if slice_ is None or declared is None or declared.start in said or not _may_be_empty(values, declared):
                continue
            if not _passes_length(values, call, declared) or _is_tested(values, declared, given):
                continue
            said.add(declared.start)
            message = (
                f"{text_of(given)} panics when {text_of(slice_)} is empty, which C.{name} would be told by its length: "
                f"test len({text_of(slice_)}) first"
            )
            # Data may well be empty; a list of settings or records hardly is.
            severity = "warning" if values.declared_type(declared) in ("[]byte", "[]uint8") else "information"
            yield Finding(span_of(given), message, (), tuple(_fixes(context, given, slice_)), severity)


def _first_element_of(given: Node) -> Node | None:
    """b of `&b[0]`."""
    operand = field(given, "operand") if given.type == "unary_expression" else None
    place = strip_parentheses(operand) if operand is not None else None
    if place is None or place.type != "index_expression" or text_of(field(place, "index")) != "0":
        return None
    inner = field(place, "operand")
    return inner if inner is not None and inner.type == "identifier" else None


def _may_be_empty(values: GoValues, declared: Declared) -> bool:
    """A slice that the caller chose, or one made of a string or of as many elements as such a slice has; never assigned anew."""
    if values.is_assigned(declared):
        return False
    kind = values.underlying(values.declared_type(declared))
    if declared.kind == "parameter":
        return kind.startswith("[]")
    value = strip_parentheses(declared.value) if declared.value is not None and declared.count == 1 else None
    if value is None or declared.kind != "local":
        return False
    if value.type == "type_conversion_expression" and text_of(field(value, "type")) == "[]byte":
        return _is_parameter(values, field(value, "operand"))
    if value.type == "call_expression" and callee_text(value) == "make" and len(arguments_of(value)) == 2:
        size = _origin(values, arguments_of(value)[1])
        return (
            size.type == "call_expression"
            and callee_text(size) == "len"
            and _is_parameter(values, arguments_of(size)[0])
        )
    return False


def _is_parameter(values: GoValues, node: Node | None) -> bool:
    node = strip_parentheses(node) if node is not None else None
    found = values.names.find(node) if node is not None and node.type == "identifier" else None
    return found is not None and found.kind == "parameter"


def _origin(values: GoValues, node: Node) -> Node:
    """The value of a name that is assigned once; any other expression itself."""
    node = strip_parentheses(node)
    found = values.names.find(node) if node.type == "identifier" else None
    if found is None or found.value is None or found.count > 1 or values.is_assigned(found):
        return node
    return strip_parentheses(found.value)


def _size_names(values: GoValues, declared: Declared) -> set[str]:
    """The names that stand for the slice's length: `n` of `make([]T, n)`."""
    value = strip_parentheses(declared.value) if declared.value is not None else None
    if value is None or value.type != "call_expression" or callee_text(value) != "make":
        return set()
    return set(re.findall(r"\w+", text_of(arguments_of(value)[1]))) - {"len"}


def _passes_length(values: GoValues, call: Node, declared: Declared) -> bool:
    """Whether `len(b)`, or the number it was made with, is an argument of the same call, possibly converted."""
    sizes = _size_names(values, declared)
    return any(
        _is_length(values, node, declared) or (node.type == "identifier" and text_of(node) in sizes)
        for argument in arguments_of(call)
        for node in walk(argument)
    )


def _is_length(values: GoValues, node: Node, declared: Declared) -> bool:
    if node.type != "call_expression" or callee_text(node) != "len":
        return False
    arguments = arguments_of(node)
    return bool(arguments) and arguments[0].type == "identifier" and values.names.find(arguments[0]) == declared


def _is_tested(values: GoValues, declared: Declared, given: Node) -> bool:
    """Whether the length, or a number made of it, is looked at before: in a condition, a loop over the slice, or by a helper."""
    lengths = {declared.name, *_size_names(values, declared)}
    for node in walk(values.function):
        if node.start_byte >= given.start_byte:
            break
        if node.type == "range_clause" and text_of(field(node, "right")) == declared.name:
            return True
        if node.type == "call_expression" and any(text_of(each) == declared.name for each in arguments_of(node)):
            callee = callee_text(node)
            if callee != "len" and not callee.startswith(("C.", "[]")):
                return True  # may be a check of its own
        if node.type in ("short_var_declaration", "var_spec") and _mentions_length(values, node, declared):
            names = field(node, "left") or field(node, "name")
            lengths.update(re.findall(r"\w+", text_of(names)))
        if node.type == "binary_expression" and _tests(node, lengths):
            return True
        if node.type == "expression_switch_statement" and _mentions_length(values, field(node, "value"), declared):
            return True
        if node.type == "index_expression" and node.end_byte < given.start_byte and _indexes(node, declared.name):
            return True
    return False


def _mentions_length(values: GoValues, node: Node | None, declared: Declared) -> bool:
    return node is not None and any(_is_length(values, each, declared) for each in walk(node))


def _tests(node: Node, lengths: set[str]) -> bool:
    """A comparison of a length; of the slice itself only with something that is not nil."""
    if text_of(field(node, "operator")) not in ("==", "!=", "<", "<=", ">", ">="):
        return False
    left, right = text_of(field(node, "left")), text_of(field(node, "right"))
    if right == "nil":
        return False
    return bool(lengths & set(re.findall(r"\w+", f"{left} {right}")))


def _indexes(node: Node, name: str) -> bool:
    """`b[3]` outside of a loop: would panic before the call does."""
    return text_of(field(node, "operand")) == name and text_of(field(node, "index")).isdigit() and not in_loop(node)


def _fixes(context: FunctionContext, given: Node, slice_: Node) -> Iterator[Fix]:
    """`&b[0]` -> `unsafe.SliceData(b)`: some address, or nil, for an empty slice."""
    version = context.facts.go_version()
    if version is not None and version < HAS_SLICE_DATA:
        return
    edit = TextEdit(span_of(given), f"unsafe.SliceData({text_of(slice_)})".encode())
    yield Fix("Use unsafe.SliceData", (FileEdit((edit,)),), "unsafe", (Need("import", "unsafe"),))
