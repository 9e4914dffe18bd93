"""A C call that is given Go memory which holds Go pointers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.holders import in_loop
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, element_type, values_of
from cgo_ls.rules.pointers.parts.held_pointers import (
    Holding,
    c_calls,
    calls_c_with,
    calls_handing,
    handed_by,
    holding,
    is_pinned,
    without_conversions,
)
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of
from cgo_ls.text.edits import TextEdit

_GIVES = (re.compile(rb"&(?<!&&)(?![&= ])"), re.compile(rb"unsafe\.Pointer(?<!C\.free\(unsafe\.Pointer)\(\*?\w+\)"))
_POINTERS = frozenset({"call_expression", "unary_expression", "type_conversion_expression"})
_PLAIN_POINTERS = frozenset(
    {"*C.char", "*C.uchar", "*C.schar", "*C.int", "*C.uint", "*C.long", "*C.double", "*C.float"}
)
_ENDS = "cgo ends the program (Go pointer to unpinned Go pointer)"
# What the linker laid out is no Go memory to cgo: constants, and functions that capture nothing.
_HARMLESS = {
    "a string": "empty",
    "a function": "nil or captures nothing",
    "an interface": "nil or holds a constant",
}


@rule(
    "go-pointer-argument",
    family="pointers",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each argument."""
    helped = calls_handing(context)
    if is_pinned(context.text) or not (helped or calls_c_with(context, *_GIVES)):
        return
    values = values_of(context)
    for call, _ in c_calls(values):
        for argument in arguments_of(call):
            stored = argument.type == "identifier" and (helped or bool(context.nodes("assignment_statement")))
            if not stored and argument.type not in _POINTERS:
                continue
            given = without_conversions(values, argument)
            finding = (
                _by_type(values, given) or _by_store(values, given, call) or _by_helper(values, argument, given, call)
            )
            if finding is not None:
                yield finding


# --- what the type tells


def _by_type(values: GoValues, given: Node) -> Finding | None:
    """`&v`, `&s[0]`, `p`, `*(*unsafe.Pointer)(unsafe.Pointer(&m))`: by the type of what C can see."""
    operator = text_of(field(given, "operator")) if given.type == "unary_expression" else ""
    operand = field(given, "operand")
    if operator == "&" and operand is not None:
        place = strip_parentheses(operand)
        if place.type == "composite_literal":
            return None
        return _finding(values, given, place, values.type_of(place), stored="")
    if operator == "*" and operand is not None:
        inner = without_conversions(values, operand)
        kind = values.type_of(field(inner, "operand")) if text_of(field(inner, "operator")) == "&" else ""
        if values.underlying(kind).startswith(("map[", "chan ", "func(")):
            return Finding(
                span_of(given),
                f"this hands a Go {kind.split('[')[0].split('(')[0].strip()} to C: {_ENDS} unless it is nil",
            )
        return None
    if given.type == "identifier":
        kind = values.type_of(given)
        memory = values.memory_of(given)
        # A pointer to a bare interface or string is often one into C's own user data.
        plain = memory != "go" and values.facts.go_type(kind[1:]) is None
        if kind.startswith("*") and not kind.startswith("**") and memory != "c" and not plain:
            return _finding(values, given, given, kind[1:], stored=" points to")
    return None


def _finding(values: GoValues, given: Node, place: Node, kind: str, stored: str) -> Finding | None:
    reason = holding(values, kind)
    if reason is None or not reason.certain or _is_constant(values, place) or _is_zero(values, place):
        return None
    if _is_fresh(values, given, place):
        return None
    shown = text_of(place)
    inner = f"{shown}.{reason.field}" if reason.field else shown
    unless = f"{_ENDS} unless {inner} is {_HARMLESS.get(reason.what, 'nil')}"
    if stored:
        message = f"{shown} points to a {kind}, {_held(reason)}: {unless}"
    elif reason.field or values.underlying(kind) != kind:
        message = f"{shown} is a {kind}, {_held(reason)}: {unless}"
    else:
        message = f"{shown} is {reason.what}, whose header holds a Go pointer: {unless}"
    return Finding(span_of(given), message, (), tuple(_fixes(values, given, place, kind)))


def _is_constant(values: GoValues, place: Node) -> bool:
    """A string that is only ever a literal: its bytes are no Go memory to cgo."""
    declared = values.names.find(place) if place.type == "identifier" else None
    value = strip_parentheses(declared.value) if declared is not None and declared.value is not None else None
    if value is None or value.type not in ("interpreted_string_literal", "raw_string_literal"):
        return False
    targets = [text_of(field(node, "left")) for node in values.nodes("assignment_statement")]
    return text_of(place) not in targets


def _is_zero(values: GoValues, place: Node) -> bool:
    """`var s T` to which nothing is ever assigned, not even to a part: it holds no pointer when C gets it."""
    declared = values.names.find(place) if place.type == "identifier" else None
    if declared is None or declared.kind != "local" or declared.value is not None or not declared.type:
        return False
    for node in values.nodes("assignment_statement"):
        for target in named(field(node, "left") or node):
            while target.type in ("selector_expression", "index_expression", "parenthesized_expression"):
                target = field(target, "operand") or named(target)[0]
            if target.type == "identifier" and values.names.find(target) == declared:
                return False
    return not any(_is_lent_to_go(values, node, declared) for node in values.nodes("unary_expression"))


def _is_fresh(values: GoValues, given: Node, place: Node) -> bool:
    """`s := &T{n: 1}` that gives no field a Go pointer, and of which only fields are read before C gets it."""
    declared = values.names.find(place) if place.type == "identifier" else None
    if declared is None or declared.kind != "local" or declared.value is None or declared.count != 1 or in_loop(given):
        return False
    made = strip_parentheses(declared.value)
    if made.type == "unary_expression" and text_of(field(made, "operator")) == "&":
        made = strip_parentheses(field(made, "operand") or made)
    found = values.facts.go_type(text_of(field(made, "type"))) if made.type == "composite_literal" else None
    if found is None or found.kind != "struct":
        return False
    kinds = {each.name: each.type for each in found.fields}
    for element in named(field(made, "body") or made):
        key = text_of(named(element)[0]).strip() if element.type == "keyed_element" else ""
        if key not in kinds or holding(values, kinds[key]) is not None:
            return False
    before = [node for node in values.nodes("identifier") if declared.start < node.start_byte < given.start_byte]
    return all(_is_read(node) for node in before if values.names.find(node) == declared)


def _is_read(node: Node) -> bool:
    """Whether of a name only a field is read: neither set, nor called, nor its address taken."""
    above = node.parent
    if above is None or above.type != "selector_expression" or field(above, "operand") != node:
        return False
    inner = node
    while above is not None and above.type in ("selector_expression", "index_expression", "parenthesized_expression"):
        inner, above = above, above.parent
    if above is None or above.type == "unary_expression" or field(above, "function") == inner:
        return False
    return not (above.type == "expression_list" and above.parent is not None and field(above.parent, "left") == above)


def _is_lent_to_go(values: GoValues, node: Node, declared: Declared) -> bool:
    """Whether `&s` is anything but an argument of C: a Go function may fill what it points to."""
    operand = field(node, "operand")
    if text_of(field(node, "operator")) != "&" or operand is None or operand.type != "identifier":
        return False
    if values.names.find(operand) != declared:
        return False
    return not any(
        argument.start_byte <= node.start_byte < argument.end_byte
        for call, _ in c_calls(values)
        for argument in arguments_of(call)
    )


def _held(reason: Holding) -> str:
    return f"which holds {reason.what} in {reason.field}" if reason.field else f"which is {reason.what}"


def _fixes(values: GoValues, given: Node, place: Node, kind: str) -> Iterator[Fix]:
    """`&s` -> `&s[0]` for a slice of plain values: the data, not the header."""
    if given.type != "unary_expression" or place.type != "identifier" or not kind.startswith("[]"):
        return
    element = element_type(kind)
    if holding(values, element) is None and (element.startswith("C.") or values.facts.go_type(element) is None):
        edit = TextEdit(span_of(given), f"&{text_of(place)}[0]".encode())
        yield Fix("Pass the address of the first element", (FileEdit((edit,)),), "unsafe")


# --- what was stored


def _by_store(values: GoValues, given: Node, call: Node) -> Finding | None:
    """`s.name = &b[0]` with s in Go memory, then C.f(&s)."""
    root = _root(given)
    declared = values.names.find(root) if root is not None else None
    if root is None or declared is None or not _is_go_memory(values, given, declared):
        return None
    for stored in _stores(values, declared, call):
        message = f"{text_of(root)} is Go memory and holds the Go pointer {text_of(stored)}: {_ENDS}"
        return Finding(span_of(given), message, (Step(span_of(stored), "the Go pointer is stored here"),))
    return None


def _by_helper(values: GoValues, argument: Node, given: Node, call: Node) -> Finding | None:
    """`v := wrap(b)`, where wrap puts `&b[0]` into Go memory of its own and returns a pointer to that; then C.f(v)."""
    declared = values.names.find(given) if given.type == "identifier" else None
    if declared is None or values.type_of(argument) in _PLAIN_POINTERS:
        return None
    made = handed_by(values, declared, call, "holder")
    if made is None:
        return None
    message = (
        f"{text_of(given)} leads to Go memory in which {text_of(field(made, 'function'))} stored a Go pointer: {_ENDS}"
    )
    return Finding(span_of(argument), message, (Step(span_of(made), "the Go pointer is stored here"),))


def _root(given: Node) -> Node | None:
    """x of `&x`, `&x[0]`, `x`."""
    if given.type == "unary_expression" and text_of(field(given, "operator")) == "&":
        operand = field(given, "operand")
        given = strip_parentheses(operand) if operand is not None else given
        if given.type == "index_expression":
            operand = field(given, "operand")
            given = strip_parentheses(operand) if operand is not None else given
    return given if given.type == "identifier" else None


def _is_go_memory(values: GoValues, given: Node, declared: Declared) -> bool:
    kind = values.declared_type(declared)
    if given.type == "identifier":
        if not kind.startswith("*") or declared.value is None:
            return False
        made = strip_parentheses(declared.value)
        return values.memory_of(made) == "go" and made.type == "unary_expression"
    if declared.kind != "local" or not kind:
        return False
    if kind.startswith("[]"):
        return declared.value is not None and values.memory_of(declared.value) == "go"
    return kind.startswith(("C.", "[")) or values.facts.go_type(kind) is not None


def _stores(values: GoValues, declared: Declared, call: Node) -> Iterator[Node]:
    """The Go pointers that are put into the variable before the call: in its literal, or by assignment."""
    literal = declared.value
    while literal is not None and literal.type in ("unary_expression", "parenthesized_expression"):
        literal = field(literal, "operand") or (named(literal)[0] if named(literal) else None)
    if literal is not None and literal.type == "composite_literal":
        for element in named(field(literal, "body") or literal):
            parts = named(element) if element.type == "keyed_element" else [element]
            value = parts[-1] if parts else element
            value = named(value)[0] if value.type == "literal_element" and named(value) else value
            if is_go_pointer(values, value):
                yield value
    for node in values.nodes("assignment_statement"):
        if node.end_byte > call.start_byte:
            continue
        left, right = named(field(node, "left") or node), named(field(node, "right") or node)
        if len(left) != len(right):
            continue
        for target, value in zip(left, right, strict=True):
            target = strip_parentheses(target)
            if target.type not in ("selector_expression", "index_expression"):
                continue
            operand = field(target, "operand")
            if operand is None or operand.type != "identifier" or values.names.find(operand) != declared:
                continue
            if values.underlying(values.type_of(target)) != "uintptr" and is_go_pointer(values, value):
                yield value


def is_go_pointer(values: GoValues, node: Node) -> bool:
    """Whether an expression is a pointer to Go memory: taken by `&` or new, or to the data of a slice or string."""
    inner = without_conversions(values, node)
    if inner.type == "call_expression":
        callee = text_of(field(inner, "function"))
        return callee in ("unsafe.StringData", "new") or (
            callee == "unsafe.SliceData"
            and _is_byte_slice(values, arguments_of(inner)[0] if arguments_of(inner) else None)
        )
    if inner.type != "unary_expression" or text_of(field(inner, "operator")) != "&":
        return False
    if values.memory_of(inner) == "go":
        return True
    place = field(inner, "operand")
    place = strip_parentheses(place) if place is not None else None
    if place is None or place.type != "index_expression":
        return False
    return _is_byte_slice(values, field(place, "operand")) or holding(values, values.type_of(place)) is not None


def _is_byte_slice(values: GoValues, node: Node | None) -> bool:
    """A []byte that did not come from C here: a parameter, a field, an element."""
    return node is not None and values.type_of(node) in ("[]byte", "[]uint8") and values.memory_of(node) != "c"
