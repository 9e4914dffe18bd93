"""An integer (a cgo.Handle, an index, a small number) that is made an unsafe.Pointer."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import Finding, Severity
from cgo_ls.rules.memory.parts.handles import is_handle_type
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, span_of, strip_parentheses, text_of

# uintptr, int64 and uint64 may hold an address that C gave; these are too small, or never used for one.
_NUMBER_NAMES = """
int int8 int16 int32 uint uint8 uint16 uint32 byte rune C.int C.uint C.short C.ushort C.char C.uchar
C.int8_t C.uint8_t C.int16_t C.uint16_t C.int32_t C.uint32_t
"""
_NUMBERS = frozenset(_NUMBER_NAMES.split())
_FIRST_PAGE = 4096
_ADVICE = "pass it as C.uintptr_t, and let the C side cast it"


@rule(
    "handle-as-pointer",
    family="pointers",
    severity="warning",
    scope="function",
    since="0.2",
    words=(b"uintptr", b"andle"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each conversion, in either direction."""
    if b"unsafe.Pointer" not in context.text and b"Handle(" not in context.text and b"handle(" not in context.text:
        return
    values = values_of(context)
    for node in context.nodes("call_expression"):
        arguments = arguments_of(node)
        if len(arguments) != 1:
            continue
        if callee_text(node) == "unsafe.Pointer":
            message = _made_a_pointer(values, arguments[0])
            if message:
                yield Finding(span_of(arguments[0]), message[0], severity=message[1])
        elif (message := _made_of_a_pointer(values, callee_text(node), arguments[0])) is not None:
            yield Finding(span_of(node), message)


def _made_a_pointer(values: GoValues, operand: Node) -> tuple[str, Severity] | None:
    number = _through_uintptr(values, operand)
    kind = values.type_of(number)
    text = text_of(number)
    if is_handle_type(kind, values.facts):
        return f"{text} is a handle, not an address: as an unsafe.Pointer it can end the program; {_ADVICE}", "error"
    constant = _constant(values, number)
    if constant is not None and 0 < constant < _FIRST_PAGE:
        return (
            f"{text} is a number, not an address: an unsafe.Pointer of {constant} can end the program; {_ADVICE}",
            "warning",
        )
    if constant is None and (kind in _NUMBERS or values.underlying(kind) in _NUMBERS):
        return f"{text} is a number, not an address: as an unsafe.Pointer it can end the program; {_ADVICE}", "warning"
    return None


def _through_uintptr(values: GoValues, node: Node) -> Node:
    """x of `uintptr(x)`, and what a variable that is only a name for it stands for."""
    for _ in range(4):
        node = strip_parentheses(node)
        if node.type == "call_expression" and callee_text(node) == "uintptr" and len(arguments_of(node)) == 1:
            node = arguments_of(node)[0]
            continue
        declared = values.names.find(node) if node.type == "identifier" else None
        value = declared.value if declared is not None and declared.count == 1 and declared.kind == "local" else None
        if (
            declared is None
            or value is None
            or values.declared_type(declared) != "uintptr"
            or values.is_assigned(declared)
        ):
            break
        if value.type == "call_expression" and callee_text(value) == "uintptr":
            node = value
            continue
        break
    return node


def _constant(values: GoValues, node: Node) -> int | None:
    """The number an expression is: a literal, or a variable that is never anything else."""
    node = strip_parentheses(node)
    if node.type == "identifier":
        declared = values.names.find(node)
        if declared is None or declared.value is None or declared.count > 1 or values.is_assigned(declared):
            return None
        node = strip_parentheses(declared.value)
    if node.type != "int_literal":
        return None
    try:
        return int(text_of(node), 0)
    except ValueError:
        return None


def _made_of_a_pointer(values: GoValues, callee: str, operand: Node) -> str | None:
    """`cgo.Handle(uintptr(userData))`: the way back says that the handle came as a pointer."""
    if not is_handle_type(callee, values.facts):
        return None
    pointer = strip_parentheses(operand)
    if pointer.type == "call_expression" and callee_text(pointer) == "uintptr" and len(arguments_of(pointer)) == 1:
        pointer = strip_parentheses(arguments_of(pointer)[0])
    if values.type_of(pointer) not in ("unsafe.Pointer", "C.gpointer"):
        return None
    said = (
        "is a handle that comes as an unsafe.Pointer, which is no address: it can end the program when the stack grows"
    )
    return f"{text_of(pointer)} {said}; declare it C.uintptr_t"
