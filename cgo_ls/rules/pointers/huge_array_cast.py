"""`(*[1 << 30]T)(p)[:n:n]`, which unsafe.Slice has replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of
from cgo_ls.text.edits import TextEdit

HAS_UNSAFE_SLICE = (1, 17)
_SMALL = 1 << 10
_SHIFT = re.compile(r"\s*(\d{1,4})\s*<<\s*(\d{1,2})\s*(?:-\s*1)?\s*")
_NUMBER = re.compile(r"\s*(0[xX][0-9a-fA-F_]{1,16}|[0-9_]{1,20})\s*")


@rule(
    "huge-array-cast",
    family="pointers",
    severity="information",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"(*[",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each slice of such a cast."""
    version = context.facts.go_version()
    if version is not None and version < HAS_UNSAFE_SLICE:
        return
    values = values_of(context)
    for node in context.nodes("slice_expression"):
        if (cast := _cast(node)) is not None:
            element, pointer = cast
            end = field(node, "end")
            if end is None or text_of(field(node, "start")) not in ("", "0"):
                continue
            yield _finding(values, node, element, pointer, end)


def _cast(node: Node) -> tuple[str, Node] | None:
    """The element's type and the pointer in `(*[N]T)(p)[...]`, for an N that only says "large"."""
    operand = field(node, "operand")
    operand = strip_parentheses(operand) if operand is not None else None
    if operand is None:
        return None
    if operand.type == "type_conversion_expression":
        target, pointer = field(operand, "type"), field(operand, "operand")
        target = named(target)[0] if target is not None and target.type == "parenthesized_type" else target
    elif operand.type == "call_expression" and len(arguments_of(operand)) == 1:
        function, pointer = field(operand, "function"), arguments_of(operand)[0]
        target = strip_parentheses(function) if function is not None else None
    else:
        return None
    if target is None or pointer is None or target.type != "pointer_type" or not named(target):
        return None
    array = named(target)[0]
    length, element = field(array, "length"), field(array, "element")
    if array.type != "array_type" or length is None or element is None or not _is_huge(text_of(length)):
        return None
    return text_of(element), pointer


def _is_huge(length: str) -> bool:
    length = length.strip("()")
    if shift := _SHIFT.fullmatch(length):
        return int(shift[1]) << int(shift[2]) >= _SMALL
    if number := _NUMBER.fullmatch(length):
        return int(number[1].replace("_", ""), 0 if number[1][:2].lower() == "0x" else 10) >= _SMALL
    return length.startswith(("math.MaxInt", "math.MaxUint"))


def _finding(values: GoValues, node: Node, element: str, pointer: Node, end: Node) -> Finding:
    source = _typed_pointer(values, element, pointer)
    length = text_of(end)
    edit = TextEdit(span_of(node), f"unsafe.Slice({source}, {length})".encode())
    whole = text_of(field(node, "capacity")) == length
    fix = Fix(
        "Use unsafe.Slice",
        (FileEdit((edit,)),),
        # Without a capacity the old slice could grow in place, over whatever lies behind; the cast may be what math was imported for.
        "display-only" if "math." in text_of(node) else "safe" if whole else "unsafe",
        (Need("import", "unsafe"),),
    )
    message = "this casts to an array of a made-up size: unsafe.Slice takes the length itself"
    return Finding(span_of(node), message, (), (fix,))


def _typed_pointer(values: GoValues, element: str, pointer: Node) -> str:
    """`p` where it is a *T already, also below unsafe.Pointer; else `(*T)(p)`."""
    inner = pointer
    if inner.type == "call_expression" and callee_text(inner) == "unsafe.Pointer" and len(arguments_of(inner)) == 1:
        inner = arguments_of(inner)[0]
    if values.type_of(inner) == f"*{element}":
        return text_of(inner)
    return f"(*{element})({text_of(pointer)})"
