"""Which results of a Go function are pointers into Go memory that C must be careful with, read from its text alone."""

from __future__ import annotations

import re
from typing import Literal

from cgo_ls.model.go_facts import GoFunction
from cgo_ls.syntax.go_nodes import Node, field, function_node, named, strip_parentheses, text_of, walk
from cgo_ls.syntax.go_parser import parse_go

Handed = Literal["", "element", "holder"]
"""Of one result: "element" is the address of an element of a slice that the caller gave, "holder" that of Go memory which holds a
Go pointer."""

_MAY = re.compile(rb"&\(?[\w.\[\]]{1,80}\[")
_PLAIN = re.compile(r"\[\](?:byte|u?int\d*|float\d\d|C\.\w+)")
_DEEPEST = 6


def handed_pointers(text: bytes, function: GoFunction) -> tuple[Handed, ...]:
    """What each result is; () where none is anything."""
    kinds = [each.type for each in function.results]
    if not any(kind.startswith(("*", "C.", "unsafe.Pointer")) for kind in kinds) or not _MAY.search(text):
        return ()
    root = function_node(parse_go(text))
    if root is None:
        return ()
    body = _Body(root, {each.name for each in function.parameters if _PLAIN.fullmatch(each.type)})
    found: list[Handed] = [""] * len(kinds)
    for node in walk(root):
        values = _returned(node)
        for index, value in enumerate(values if len(values) == len(kinds) else ()):
            found[index] = body.kind(value, 0) or found[index]
    return tuple(found) if any(found) else ()


def _returned(node: Node) -> list[Node]:
    """The values of a return of the function itself."""
    if node.type != "return_statement":
        return []
    above = node.parent
    while above is not None and above.type != "func_literal":
        above = above.parent
    return named(named(node)[0]) if above is None and named(node) else []


class _Body:
    """A function's assignments. `lent` are its parameters that are slices of plain values."""

    def __init__(self, root: Node, lent: set[str]) -> None:
        self.lent = lent
        self.values: dict[str, list[Node]] = {}
        self.stored: dict[str, list[Node]] = {}
        for node in walk(root):
            if node.type not in ("short_var_declaration", "assignment_statement"):
                continue
            left, right = field(node, "left"), field(node, "right")
            targets, values = named(left) if left is not None else [], named(right) if right is not None else []
            for target, value in zip(targets, values, strict=False):
                if len(targets) != len(values):
                    break
                name = text_of(target)
                if target.type == "identifier":
                    self.values.setdefault(name, []).append(value)
                else:
                    self.stored.setdefault(re.split(r"[.\[]", name)[0], []).append(value)

    def kind(self, node: Node, depth: int) -> Handed:
        """What a value is; "" where nothing is known of it."""
        node = without_conversions(node)
        if depth > _DEEPEST:
            return ""
        if node.type == "identifier":
            if any(self._is_go_pointer(each) for each in self.stored.get(text_of(node), ())):
                if any(_is_made(each) for each in self.values.get(text_of(node), ())):
                    return "holder"
            for each in self.values.get(text_of(node), ()):
                if found := self.kind(each, depth + 1):
                    return found
            return ""
        operand = field(node, "operand")
        if node.type != "unary_expression" or text_of(field(node, "operator")) != "&" or operand is None:
            return ""
        place = strip_parentheses(operand)
        if place.type == "composite_literal":
            return "holder" if any(self._is_go_pointer(each) for each in _elements(place)) else ""
        root = text_of(field(place, "operand")) if place.type == "index_expression" else text_of(place)
        if place.type == "index_expression" and root in self.lent and root not in self.values:
            return "element"
        made = any(_is_made(each) for each in self.values.get(root, ()))
        return "holder" if made and any(self._is_go_pointer(each) for each in self.stored.get(root, ())) else ""

    def _is_go_pointer(self, value: Node) -> bool:
        """`&b[0]` of a slice that is a parameter or a field of one, also converted: data that Go holds."""
        inner = without_conversions(value)
        operand = field(inner, "operand")
        if inner.type != "unary_expression" or text_of(field(inner, "operator")) != "&" or operand is None:
            return False
        place = strip_parentheses(operand)
        sliced = text_of(field(place, "operand")) if place.type == "index_expression" else ""
        return bool(sliced) and (sliced in self.lent or re.fullmatch(r"\w+(?:\[\w+\])?\.[A-Z]\w*", sliced) is not None)


def without_conversions(node: Node) -> Node:
    """x of `unsafe.Pointer(x)`, `C.T(x)`, `(*C.T)(x)`, `(x)`, through any number of them."""
    for _ in range(_DEEPEST):
        node = strip_parentheses(node)
        operand = field(node, "operand")
        if node.type == "type_conversion_expression" and operand is not None:
            node = operand
            continue
        arguments, function = field(node, "arguments"), field(node, "function")
        inner = named(arguments) if node.type == "call_expression" and arguments is not None else []
        if len(inner) != 1 or function is None:
            break
        name = text_of(function)
        if name != "unsafe.Pointer" and not name.startswith("C.") and function.type != "parenthesized_expression":
            break
        node = inner[0]
    return node


def _is_made(value: Node) -> bool:
    """`make(...)`, `new(...)`, `&T{...}`, `T{...}`."""
    function = text_of(field(value, "function")) if value.type == "call_expression" else ""
    return function in ("make", "new") or value.type == "composite_literal" or text_of(value).startswith("&")


def _elements(literal: Node) -> list[Node]:
    """The values of a composite literal."""
    body = field(literal, "body")
    found: list[Node] = []
    for element in named(body) if body is not None else []:
        parts = named(element)
        last = parts[-1] if parts else element
        found.append(named(last)[0] if last.type == "literal_element" and named(last) else last)
    return found
