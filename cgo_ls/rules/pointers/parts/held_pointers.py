"""Which Go types hold Go pointers, and which pointers a C call is really given: what cgo's own check looks at when the program runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cgo_ls.analysis.expressions import TYPE_NODES
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, is_dereferenced
from cgo_ls.rules.rule import FunctionContext
from cgo_ls.syntax.go_nodes import Node, field, named, strip_parentheses

PSEUDO = frozenset(["CString", "CBytes", "GoString", "GoStringN", "GoBytes", "malloc", "free"])
_INTERFACES = frozenset({"any", "error", "interface{}"})
MAX_DEPTH = 8


class Holding(NamedTuple):
    """Why a type holds Go pointers: `what` in words ("a string", "a slice"), `field` the path of fields to it ("" itself).

    `certain`: no C memory looks like that; else it may be a pointer that C gave.
    """

    what: str
    field: str
    certain: bool


def holding(values: GoValues, type_text: str, depth: int = 0) -> Holding | None:
    """Why a value of this type holds Go pointers; None for one that does not, or where that is not known."""
    type_text = type_text.strip()
    if not type_text or depth > MAX_DEPTH or type_text.startswith("C."):
        return None
    if type_text == "string":
        return Holding("a string", "", True)
    for start, what in (
        ("[]", "a slice"),
        ("map[", "a map"),
        ("chan ", "a channel"),
        ("func(", "a function"),
        ("<-chan", "a channel"),
    ):
        if type_text.startswith(start):
            return Holding(what, "", True)
    if type_text in _INTERFACES or type_text.startswith("interface{"):
        return Holding("an interface", "", True)
    if array := re.fullmatch(r"\[[^\[\]]*\](.+)", type_text, re.DOTALL):
        return holding(values, array[1], depth + 1)
    if type_text.startswith("*"):
        base = type_text.lstrip("*")
        return None if base.startswith("C.") or base == "unsafe.Pointer" else Holding(f"a {type_text}", "", False)
    if type_text.startswith("struct"):
        return _in_anonymous(values, type_text, depth)
    found = values.facts.go_type(type_text) if type_text.isidentifier() else None
    if found is None or found.generic:
        return None
    if found.kind == "interface":
        return Holding("an interface", "", True)
    if found.kind != "struct":
        return holding(values, found.underlying, depth + 1)
    return _first([(each.name, holding(values, each.type, depth + 1)) for each in found.fields])


def _in_anonymous(values: GoValues, type_text: str, depth: int) -> Holding | None:
    """`struct{ s string }`, one field a line or a semicolon."""
    inside = type_text[type_text.find("{") + 1 : type_text.rfind("}")]
    if "{" in inside:
        return None
    fields = [part.split(None, 1) for part in re.split(r"[;\n]", inside)]
    return _first([(one[0], holding(values, one[1], depth + 1)) for one in fields if len(one) == 2])


def _first(found: list[tuple[str, Holding | None]]) -> Holding | None:
    """The most certain of the fields' reasons."""
    known = [(name, each) for name, each in found if each is not None]
    for name, each in sorted(known, key=lambda pair: not pair[1].certain):
        return each._replace(field=f"{name}.{each.field}" if each.field else name)
    return None


def c_calls(values: GoValues) -> list[tuple[Node, str]]:
    """Every call of a real C function, with its name: no conversions, and none of cgo's own functions."""
    if values.c_calls is None:
        named_calls = [(node, callee_text(node)) for node in values.nodes("call_expression")]
        values.c_calls = [
            (node, name[2:])
            for node, name in named_calls
            if name.startswith("C.") and name[2:] not in PSEUDO and not values.facts.is_c_type(name[2:])
        ]
    return values.c_calls


def calls_c_with(context: FunctionContext, *patterns: re.Pattern[bytes]) -> bool:
    """Whether the text holds what a rule about C calls looks for, and a C call at all: cheap, before anything is walked.

    Several patterns that begin with letters of their own are found many times faster than one that offers a choice.
    """
    if not any(reference.call for reference in context.declaration.facts.c_references):
        return False
    return any(pattern.search(context.text) for pattern in patterns)


def without_conversions(values: GoValues, node: Node) -> Node:
    """x of `unsafe.Pointer(x)`, `(*C.char)(x)`, `C.T(x)`, through any number of them."""
    for _ in range(MAX_DEPTH):
        node = strip_parentheses(node)
        if node.type == "type_conversion_expression":
            operand = field(node, "operand")
            if operand is None or is_dereferenced(node):
                break
            node = operand
            continue
        arguments = arguments_of(node) if node.type == "call_expression" else []
        function = field(node, "function")
        if len(arguments) != 1 or function is None:
            break
        text, function = callee_text(node), strip_parentheses(function)
        converts = text == "unsafe.Pointer" or function.type in TYPE_NODES or function.type == "unary_expression"
        converts = converts or (text.startswith("C.") and values.facts.is_c_type(text[2:]))
        if not converts:
            break
        node = arguments[0]
    return node


def is_pinned(context_text: bytes) -> bool:
    """Whether the function pins something: what it hands to C is then taken to be in order."""
    return b".Pin(" in context_text


def given_before(values: GoValues, declared: Declared, call: Node) -> Iterator[Node]:
    """The values that a local variable is given before a call, in its declaration and by assignments."""
    if declared.kind not in ("local", "result"):
        return
    if declared.value is not None and declared.count == 1:
        yield declared.value
    for node in values.nodes("assignment_statement"):
        left, right = named(field(node, "left") or node), named(field(node, "right") or node)
        if node.start_byte > call.start_byte or len(left) != len(right):
            continue
        for target, value in zip(left, right, strict=True):
            if target.type == "identifier" and values.names.find(target) == declared:
                yield value


def calls_handing(context: FunctionContext) -> bool:
    """Whether the function calls one of the package whose results lead to Go memory, and C besides."""
    facts = context.facts
    if not facts.pointer_results("") or not any(each.call for each in context.declaration.facts.c_references):
        return False
    return any(facts.pointer_results(name) for name in context.declaration.facts.calls if not name.startswith("."))


def handed_by(values: GoValues, declared: Declared, call: Node, what: str) -> Node | None:
    """The call of a function of the package that gave a variable, before the C call, a pointer of this kind (see handed_pointers)."""
    found = [(each, 0) for each in given_before(values, declared, call)]
    if declared.kind == "local" and declared.count > 1 and declared.value is not None:
        found.append((declared.value, declared.index))
    for value, index in found:
        if value.type == "call_expression" and value.end_byte <= call.start_byte:
            callee = callee_text(value)
            kinds = values.facts.pointer_results(callee) if callee.isidentifier() else ()
            if index < len(kinds) and kinds[index] == what:
                return value
    return None
