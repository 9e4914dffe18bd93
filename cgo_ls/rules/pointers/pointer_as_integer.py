"""The address of Go memory given to C as an integer, which keeps nothing alive and does not follow a move."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.pointers.go_pointer_argument import is_go_pointer
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.pointers.parts.held_pointers import c_calls, given_before, is_pinned, without_conversions
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, span_of, text_of


@rule(
    "pointer-as-integer",
    family="pointers",
    severity="warning",
    scope="function",
    since="0.2",
    words=(b"uintptr(unsafe.Pointer(",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each argument."""
    if is_pinned(context.text):
        return
    values = values_of(context)
    for call, name in c_calls(values):
        for argument in arguments_of(call):
            kind = values.type_of(argument)
            if not kind or kind.startswith("*") or kind == "unsafe.Pointer":
                continue
            taken = _address(values, argument, call)
            if taken is None:
                continue
            shown = text_of(without_conversions(values, taken))
            message = (
                f"C.{name} gets {shown} as a number, which does not keep the memory alive, nor change when the stack moves: "
                "declare the parameter as a pointer, and pass one"
            )
            steps = (Step(span_of(taken), "made a number here"),) if taken.end_byte <= call.start_byte else ()
            yield Finding(span_of(argument), message, steps)


def _address(values: GoValues, argument: Node, call: Node) -> Node | None:
    """The Go pointer whose address an integer argument is, also by way of a variable."""
    number = without_conversions(values, argument)
    if number.type == "identifier":
        declared = values.names.find(number)
        found = (
            [_pointer(values, each) for each in given_before(values, declared, call)] if declared is not None else []
        )
        return next((each for each in found if each is not None), None)
    return _pointer(values, number)


def _pointer(values: GoValues, number: Node) -> Node | None:
    """p of `uintptr(unsafe.Pointer(p))`, where p is a pointer to Go memory."""
    number = without_conversions(values, number)
    arguments = arguments_of(number) if number.type == "call_expression" else []
    if callee_text(number) != "uintptr" or len(arguments) != 1:
        return None
    return arguments[0] if is_go_pointer(values, arguments[0]) else None
