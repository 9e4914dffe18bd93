"""A reflect.SliceHeader or StringHeader that is made by a program: its pointer is an integer, which nothing keeps alive."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.memory.parts.holders import line_span, statement_of
from cgo_ls.rules.pointers.huge_array_cast import HAS_UNSAFE_SLICE
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, is_dereferenced, values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_HEADERS = {"reflect.SliceHeader": "slice", "reflect.StringHeader": "string"}


@rule(
    "slice-header-literal",
    family="pointers",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"reflect.SliceHeader{", b"reflect.StringHeader{"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each composite literal with a Data."""
    values = values_of(context)
    for node in context.nodes("composite_literal"):
        if text_of(field(node, "type")) not in _HEADERS:
            continue
        parts = _parts(node)
        if "Data" not in parts:
            continue
        kind = _HEADERS[text_of(field(node, "type"))]
        use = "unsafe.Slice" if kind == "slice" else "unsafe.String"
        pointer = _pointer(parts["Data"])
        # Over C memory nothing can be collected, and only vet and the next version of Go object.
        of_go = values.memory_of(pointer) == "go"
        why = "which keeps nothing alive and does not follow a move" if of_go else "which go vet objects to"
        message = f"this {kind} header holds its pointer as an integer, {why}: use {use}(p, n)"
        severity = "warning" if of_go else "information"
        fixes = tuple(_fixes(context, values, node, parts))
        yield Finding(span_of(field(node, "type") or node), message, (), fixes, severity)


def _parts(literal: Node) -> dict[str, Node]:
    """The values of the fields that are given by name."""
    found: dict[str, Node] = {}
    for element in named(field(literal, "body") or literal):
        parts = [_inner(part) for part in named(element)] if element.type == "keyed_element" else []
        if len(parts) == 2:
            found[text_of(parts[0])] = parts[1]
    return found


def _inner(node: Node) -> Node:
    return named(node)[0] if node.type == "literal_element" and named(node) else node


def _fixes(context: FunctionContext, values: GoValues, literal: Node, parts: dict[str, Node]) -> Iterator[Fix]:
    """`h := reflect.SliceHeader{...}` with one `*(*[]T)(unsafe.Pointer(&h))`: one call instead of both."""
    version = context.facts.go_version()
    if version is not None and version < HAS_UNSAFE_SLICE:
        return
    declared, statement = _declared(values, literal)
    pointer = _pointer(parts["Data"])
    length = parts.get("Len")
    if declared is None or statement is None or pointer is None or length is None or "Cap" not in parts:
        return
    if text_of(parts["Cap"]) != text_of(length) or text_of(field(literal, "type")) != "reflect.SliceHeader":
        return
    uses = [
        node
        for node in values.nodes("identifier")
        if node.start_byte > statement.end_byte and values.names.find(node) == declared
    ]
    cast = _cast_of(uses[0]) if len(uses) == 1 else None
    lines = line_span(context.text, statement)
    if cast is None or lines is None:
        return
    whole, element = cast
    if b"\n\n" in context.text[lines.end - 1 : lines.end + 1]:
        lines = Span(lines.start, lines.end + 1)
    source = (
        text_of(pointer)
        if values.type_of(pointer) == f"*{element}"
        else f"(*{element})(unsafe.Pointer({text_of(pointer)}))"
    )
    call = f"unsafe.Slice({source}, {text_of(length)})".encode()
    edits = (TextEdit(lines, b""), TextEdit(span_of(whole), call))
    needs = (Need("import", "unsafe"), Need("unimport", "reflect"))
    yield Fix("Use unsafe.Slice", (FileEdit(edits),), "safe", needs)


def _declared(values: GoValues, literal: Node) -> tuple[Declared | None, Node | None]:
    """The variable that holds the header (or its address) alone, and the statement that declares it."""
    value = literal.parent if literal.parent is not None and literal.parent.type == "unary_expression" else literal
    statement = statement_of(value)
    if statement is None or statement.type != "short_var_declaration":
        return None, None
    names = named(field(statement, "left") or statement)
    if len(names) != 1 or names[0].type != "identifier" or named(field(statement, "right") or statement) != [value]:
        return None, None
    return values.names.find(names[0]), statement


def _pointer(data: Node) -> Node | None:
    """p of `uintptr(unsafe.Pointer(p))`."""
    for name in ("uintptr", "unsafe.Pointer"):
        data = strip_parentheses(data)
        if data.type != "call_expression" or callee_text(data) != name or len(arguments_of(data)) != 1:
            return None
        data = arguments_of(data)[0]
    return data


def _cast_of(use: Node) -> tuple[Node, str] | None:
    """The expression `*(*[]T)(unsafe.Pointer(&h))` around a use of h, and T."""
    inner = use.parent if use.parent is not None and use.parent.type == "unary_expression" else use
    call = inner.parent.parent if inner.parent is not None and inner.parent.type == "argument_list" else None
    if call is None or callee_text(call) != "unsafe.Pointer":
        return None
    cast = call.parent
    while cast is not None and cast.type in ("argument_list", "parenthesized_expression"):
        cast = cast.parent
    if cast is None:
        return None
    target = text_of(field(cast, "type") or field(cast, "function"))
    whole: Node | None = cast
    if cast.type == "type_conversion_expression" and is_dereferenced(cast):
        target = target[1:]
    else:
        whole = cast.parent
        if whole is None or whole.type != "unary_expression" or text_of(field(whole, "operator")) != "*":
            return None
    target = target.strip("()").strip()
    return (whole, target[3:]) if target.startswith("*[]") else None
