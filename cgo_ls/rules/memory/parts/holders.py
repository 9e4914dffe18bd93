"""How the source names C memory, and where it stands in the syntax: shared by the memory rules."""

from __future__ import annotations

from dataclasses import dataclass

from cgo_ls.analysis import ir
from cgo_ls.analysis.function import FunctionAnalysis
from cgo_ls.analysis.ownership import ObjectInfo
from cgo_ls.rules.rule import FunctionContext
from cgo_ls.syntax.go_nodes import Node, nodes_by_kind, text_of
from cgo_ls.text.span import Span

LOOPS = frozenset({"for_statement"})
FUNCTIONS = frozenset({"func_literal", "function_declaration", "method_declaration"})


@dataclass(frozen=True, slots=True)
class Holder:
    """The first variable or field that memory is assigned to. `expression` is how the source writes it; of an element, of which only
    the container is known, it says that in words."""

    expression: str
    span: Span
    type: str
    element: bool = False


def holder_of(analysis: FunctionAnalysis, info: ObjectInfo) -> Holder | None:
    """Who first holds what a call acquired; None when its pointer is only passed on (an inline argument) or dropped."""
    if info.holder and info.holder_span is not None:
        return Holder(info.holder, info.holder_span, "")
    if info.call is None or not info.call.results:
        return None
    slot = info.call.results[0]
    variables = analysis.cfg.variables
    for cfg in (analysis.cfg, *(closure.cfg for closure in analysis.cfg.closures)):
        for block in cfg.blocks:
            for instruction in block.instructions:
                if (
                    isinstance(instruction, ir.Call)
                    and (appended := _appended(analysis, instruction, slot)) is not None
                ):
                    return appended
                if not isinstance(instruction, ir.Assign) or not isinstance(instruction.value, ir.Load):
                    continue
                if instruction.value.place.slot != slot or instruction.target.slot < 0:
                    continue
                variable = variables[instruction.target.slot]
                if variable.kind in ("temporary", "literal") or variable.name in ("", "_"):
                    continue
                expression = instruction.target.render(variable.name)
                if instruction.target.imprecise:
                    return Holder(f"an element of {expression.partition('[]')[0]}", instruction.span, "", True)
                return Holder(expression, instruction.span, variable.type if not instruction.target.path else "")
    return None


def _appended(analysis: FunctionAnalysis, call: ir.Call, slot: int) -> Holder | None:
    """`texts = append(texts, C.CString(s))`: an element holds what the call in slot `slot` made."""
    first = call.arguments[0] if call.arguments else None
    if call.callee != ir.Callee("builtin", "append") or not isinstance(first, ir.Load):
        return None
    container = first.place
    if not any(isinstance(value, ir.Load) and value.place.slot == slot for value in call.arguments[1:]):
        return None
    name = analysis.cfg.variables[container.slot].name if container.slot >= 0 else ""
    return Holder(f"an element of {container.render(name)}", call.span, "", True) if name else None


def describe(analysis: FunctionAnalysis, info: ObjectInfo) -> str:
    """The memory in words: "name", or "the memory from C.CString"."""
    if info.kind == "lent":
        return f"the memory that {info.by} lends"
    if info.kind != "call":
        return info.name or "this memory"
    holder = holder_of(analysis, info)
    return holder.expression if holder is not None else f"the memory from {info.by}"


def node_at(tree: Node, span: Span, *kinds: str) -> Node | None:
    """The smallest node that covers a span, or its nearest ancestor of one of the kinds."""
    node = tree.descendant_for_byte_range(span.start, span.end)
    while node is not None and kinds and node.type not in kinds:
        node = node.parent
    return node


def statement_of(node: Node | None) -> Node | None:
    """The statement of a statement list that a node belongs to."""
    while node is not None and (node.parent is None or node.parent.type != "statement_list"):
        node = node.parent
    return node


def function_of(node: Node | None) -> int | None:
    """Where the innermost function (or literal) around a node starts: its defers run when that one returns."""
    while node is not None and node.type not in FUNCTIONS:
        node = node.parent
    return None if node is None else node.start_byte


def in_loop(node: Node | None) -> bool:
    """Whether a node is repeated by a loop of the same function (a function literal starts anew)."""
    while node is not None and node.type not in FUNCTIONS:
        if node.type in LOOPS:
            return True
        node = node.parent
    return False


def indent_of(text: bytes, offset: int) -> bytes:
    """The white space with which the line of `offset` begins."""
    start = text.rfind(b"\n", 0, offset) + 1
    end = start
    while end < len(text) and text[end : end + 1] in (b" ", b"\t"):
        end += 1
    return text[start:end]


def newline_of(text: bytes) -> bytes:
    """The line end of a text."""
    return b"\r\n" if b"\r\n" in text else b"\n"


def line_span(text: bytes, node: Node) -> Span | None:
    """The whole lines a statement stands on, when it stands there alone; a comment behind it is about it, and goes along."""
    start = text.rfind(b"\n", 0, node.start_byte) + 1
    end = text.find(b"\n", node.end_byte)
    end = len(text) if end < 0 else end + 1
    behind = text[node.end_byte : end].strip()
    if text[start : node.start_byte].strip() or (behind and not behind.startswith(b"//")):
        return None
    return Span(start, end)


def is_last_use(context: FunctionContext, statement: Node) -> bool:
    """Whether a variable would be left that nothing uses, which Go refuses: it stands here and at its declaration only."""
    names = {text_of(node) for node in nodes_by_kind(statement).get("identifier", [])}
    variables = {variable.name for variable in context.analysis.cfg.variables if variable.kind == "local"}
    everywhere = [text_of(node) for node in context.nodes("identifier")]
    return any(everywhere.count(name) < 3 for name in names & variables)
