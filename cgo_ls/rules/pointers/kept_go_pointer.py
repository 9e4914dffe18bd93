"""A C function that keeps a pointer into Go memory beyond the call."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.analysis.effects import ParameterEffect, is_pointer_like, words_of
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.pointers.go_pointer_argument import is_go_pointer
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, values_of
from cgo_ls.rules.pointers.parts.held_pointers import c_calls, calls_c_with, holding, is_pinned, without_conversions
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, strip_parentheses, text_of

_REGISTERS = frozenset(
    ["set", "register", "install", "add", "create", "new", "attach", "subscribe", "connect", "hook", "listen", "watch"]
)
_CALLBACK = re.compile(r"\(?(?:C\.\w+|\*\[0\]byte)\)?\(C\.\w+\)")
_GIVES = tuple(re.compile(each) for each in (rb"&", rb"SliceData\(", rb"StringData\(", rb"new\((?<=\bnew\()"))
_ADVICE = "give C a cgo.Handle, or memory from C.malloc"


@rule(
    "kept-go-pointer",
    family="pointers",
    severity="warning",
    scope="function",
    since="0.2",
    words=(b"C.",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each argument."""
    if is_pinned(context.text) or not calls_c_with(context, *_GIVES):
        return
    values = values_of(context)
    for call, name in c_calls(values):
        arguments = arguments_of(call)
        registers = bool(words_of(name) & _REGISTERS) and (
            any(_CALLBACK.fullmatch(text_of(each)) for each in arguments) or _holds_callback(values, call, arguments)
        )
        for index, argument in enumerate(arguments):
            given = without_conversions(values, argument)
            if _is_kept(context, name, index, arguments) and is_go_pointer(values, argument):
                yield Finding(
                    span_of(argument),
                    f"C.{name} keeps {text_of(given)}, but Go may free or move what it points to once the call is over: {_ADVICE}",
                )
            elif registers and _is_variable(values, argument, given):
                yield Finding(
                    span_of(argument),
                    f"C.{name} hands {text_of(given)} to the callback later, when Go may have freed it: {_ADVICE}",
                )


def _is_kept(context: FunctionContext, name: str, index: int, arguments: list[Node]) -> bool:
    """Whether the package's own C is seen to store the argument where only C can reach it."""
    effects = context.facts.c_effects(name, len(arguments))
    if effects.origin not in ("body", "project") or effects.parameter(index) is not ParameterEffect.HOLDS:
        return False
    values = values_of(context)
    function = values.c_function(name)
    if function is None or len(function.parameters) != len(arguments):
        return False
    # Stored in what another argument points to, it may be gone with that: only a store in C's own variables is certain.
    return not any(
        number != index and is_pointer_like(each.type) and arguments[number].type != "nil"
        for number, each in enumerate(function.parameters)
    )


def _holds_callback(values: GoValues, call: Node, arguments: list[Node]) -> bool:
    """Whether one of the arguments is `&x.f` of a struct that was given a callback before: `x.f.read = C.read_t(C.goRead)`."""
    given = {text_of(without_conversions(values, each))[1:] for each in arguments if text_of(each).startswith("&")}
    for node in values.nodes("assignment_statement") if given else ():
        if node.end_byte > call.start_byte or not _CALLBACK.fullmatch(text_of(field(node, "right"))):
            continue
        if text_of(field(node, "left")).rpartition(".")[0] in given:
            return True
    return False


def _is_variable(values: GoValues, argument: Node, given: Node) -> bool:
    """`unsafe.Pointer(&x)`: user data, not a buffer and not a place for a result."""
    if values.type_of(argument) != "unsafe.Pointer" or given.type != "unary_expression":
        return False
    operand = field(given, "operand")
    place = strip_parentheses(operand) if operand is not None else None
    if (
        place is None
        or text_of(field(given, "operator")) != "&"
        or place.type not in ("identifier", "selector_expression")
    ):
        return False
    kind = values.type_of(place)
    if kind.startswith(("C.", "*C.")):
        return False
    return values.memory_of(given) == "go" or _is_field_of_go(values, place)


def _is_field_of_go(values: GoValues, place: Node) -> bool:
    """`x.f` of an x that points to a type which only Go memory can hold."""
    owner = values.type_of(field(place, "operand")) if place.type == "selector_expression" else ""
    reason = holding(values, owner[1:]) if owner.startswith("*") else None
    return reason is not None and reason.certain
