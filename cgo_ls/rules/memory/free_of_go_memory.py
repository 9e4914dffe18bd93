"""C.free of memory that Go allocated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.analysis.effects import ParameterEffect
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.memory.parts.holders import line_span, statement_of
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, strip_parentheses, text_of, walk
from cgo_ls.text.edits import TextEdit

_FREES = re.compile(r"free|release|destroy|dispose", re.IGNORECASE)
_TAKES = tuple(
    re.compile(each) for each in (rb"&(?<!&&)(?!&)", rb"SliceData\(", rb"StringData\(", rb"\[\]byte\(", rb"make\(")
)


@rule(
    "free-of-go-memory",
    family="memory",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"free", b"Free", b"release", b"Release", b"destroy", b"dispose"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each argument of a freeing call."""
    called = {each.name for each in context.declaration.facts.c_references if each.call}
    if not any(_FREES.search(name) for name in called) or not any(each.search(context.text) for each in _TAKES):
        return
    values = values_of(context)
    for node in context.nodes("call_expression"):
        name = callee_text(node)
        if name.startswith("C.") and _FREES.search(name):
            for index, argument in enumerate(arguments_of(node)):
                if not _is_freed(values, callee_text(node)[2:], index, len(arguments_of(node))):
                    continue
                finding = _finding(context, values, node, argument)
                if finding is not None:
                    yield finding


def _is_freed(values: GoValues, name: str, index: int, count: int) -> bool:
    """Whether plain free gets this argument, also by way of a C function of the package."""
    if name == "free":
        return True
    if values.facts.is_c_type(name):
        return False
    effects = values.facts.c_effects(name, count)
    return (
        effects.origin == "body"
        and effects.parameter(index) is ParameterEffect.TAKES
        and index in effects.frees
        and effects.releaser(index) == "free"
    )


def _finding(context: FunctionContext, values: GoValues, call: Node, argument: Node) -> Finding | None:
    shown, origin = _shown(values, argument)
    if values.memory_of(argument) != "go" and not _is_given_slice(values, call, origin):
        return None
    steps = (Step(span_of(origin), "taken from Go memory here"),) if origin.start_byte < call.start_byte else ()
    message = f"{shown} is Go memory: {callee_text(call)} corrupts the heap of C, or ends the program"
    return Finding(span_of(argument), message, steps, tuple(_fixes(context, values, call, argument)))


def _shown(values: GoValues, node: Node) -> tuple[str, Node]:
    """The expression without its conversions, and where its pointer was taken."""
    origin = node
    shown = ""
    for _ in range(8):
        origin = strip_parentheses(origin)
        arguments = arguments_of(origin) if origin.type == "call_expression" else []
        if len(arguments) == 1 and callee_text(origin) not in ("unsafe.SliceData", "unsafe.StringData"):
            origin = arguments[0]
            continue
        shown = shown or text_of(origin)
        declared = values.names.find(origin) if origin.type == "identifier" else None
        if declared is None or declared.value is None or declared.count > 1 or values.is_assigned(declared):
            break
        origin = declared.value
    return shown or text_of(node), origin


def _is_given_slice(values: GoValues, call: Node, origin: Node) -> bool:
    """`&b[0]` of a slice parameter that is used for something besides: a helper that only frees may have been given C memory."""
    operand = field(origin, "operand") if origin.type == "unary_expression" else None
    indexed = field(operand, "operand") if operand is not None and operand.type == "index_expression" else None
    if indexed is None or indexed.type != "identifier" or text_of(field(operand or origin, "index")) != "0":
        return False
    declared = values.names.find(indexed)
    if declared is None or declared.kind != "parameter" or declared.type not in ("[]byte", "[]uint8"):
        return False
    return not values.is_assigned(declared) and _is_passed_to_c(values, declared, call)


def _is_passed_to_c(values: GoValues, declared: Declared, freeing: Node) -> bool:
    """Whether its length goes into something that is not a condition: then its bytes are a caller's data."""
    for node in values.nodes("call_expression"):
        if callee_text(node) != "len" or freeing.start_byte <= node.start_byte < freeing.end_byte:
            continue
        arguments = arguments_of(node)
        if arguments and arguments[0].type == "identifier" and values.names.find(arguments[0]) == declared:
            above = node.parent
            if above is not None and above.type in ("argument_list", "type_conversion_expression"):
                return True
    return False


def _fixes(context: FunctionContext, values: GoValues, call: Node, argument: Node) -> Iterator[Fix]:
    """The collector frees Go memory: take the call away, when it is a statement of its own and nothing is left without a use."""
    statement = statement_of(call)
    if statement is None or statement.type not in ("expression_statement", "defer_statement"):
        return
    inner = statement.named_children[0] if statement.named_children else None
    if callee_text(call) != "C.free" or inner != call or _is_last_use(values, argument):
        return
    lines = line_span(context.text, statement)
    if lines is not None:
        yield Fix("Remove this free", (FileEdit((TextEdit(lines, b""),)),), "safe", (Need("unimport", "unsafe"),))


def _is_last_use(values: GoValues, argument: Node) -> bool:
    """Whether a variable would be left that nothing uses, which Go refuses."""
    for node in walk(argument):
        declared = values.names.find(node) if node.type == "identifier" else None
        if declared is not None and declared.kind == "local":
            uses = [each for each in values.nodes("identifier") if text_of(each) == declared.name]
            if sum(values.names.find(each) == declared and each.start_byte != declared.start for each in uses) < 2:
                return True
    return False
