"""A defer in a loop that frees what each round acquires: nothing is freed before the function returns."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.cfg import FunctionCfg
from cgo_ls.analysis.effects import ParameterEffect, words_of
from cgo_ls.analysis.function import DeferFound
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.free_fixes import LEAVES
from cgo_ls.rules.memory.parts.holders import (
    FUNCTIONS,
    LOOPS,
    Holder,
    holder_of,
    indent_of,
    line_span,
    newline_of,
    node_at,
    statement_of,
)
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_GATHERING_WORDS = "add append insert push put set register attach enqueue bind join concat link chain with list array"
_GATHERING = frozenset(_GATHERING_WORDS.split())
"""Words in the names of functions that nobody knows: what they are given may be needed until the function returns."""
_FEW = frozenset(str(rounds) for rounds in range(17))
"""Rounds that pile up nothing worth a word."""


@rule(
    "defer-free-in-loop",
    family="memory",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"defer",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each deferred release in a loop of memory that only its round needs."""
    for found in context.analysis.defers:
        if len(found.objects) != 1 or found.stored or found.objects[0].call is None:
            continue
        node = node_at(context.analysis.tree, found.call.span, "defer_statement")
        loop = _loop_of(node)
        info, acquired = found.objects[0], found.objects[0].call.span
        if node is None or loop is None or not _releaser(context, found) or acquired.start < loop.start_byte:
            continue
        if _has_few_rounds(loop):
            continue
        if any(misuse.object == info for misuse in context.analysis.misuses):
            continue
        if not _comes_again(context.analysis.cfg, found) or not _needed_by_its_round_only(context, found):
            continue
        holder = holder_of(context.analysis, info)
        name = holder.expression if holder is not None else f"the memory from {info.by}"
        message = (
            f"{name} is not freed before the function returns: a defer in a loop waits for that, round after round"
        )
        steps = (Step(acquired, f"acquired here by {info.by}, in each round"),)
        yield Finding(found.call.span, message, steps, tuple(_fixes(context, found, node, holder)))


def _releaser(context: FunctionContext, found: DeferFound) -> str:
    call = found.call
    if call.callee.kind != "c":
        return ""
    effects = context.facts.c_effects(call.callee.name, len(call.arguments))
    return call.callee.name if effects.frees and ParameterEffect.TAKES in effects.parameters else ""


def _loop_of(node: Node | None) -> Node | None:
    """The innermost loop around a node, of the same function."""
    while node is not None and node.type not in FUNCTIONS:
        if node.type in LOOPS:
            return node
        node = node.parent
    return None


def _has_few_rounds(loop: Node) -> bool:
    """Whether the loop's head says that it comes round a few times: `i < 3`, `range 3`, `range []string{...}`."""
    head = next((child for child in named(loop) if child.type in ("for_clause", "range_clause")), None)
    if head is None:
        return False
    bound = field(head, "right" if head.type == "range_clause" else "condition")
    if bound is not None and bound.type == "binary_expression":
        bound = field(bound, "right") if text_of(field(bound, "operator")) in ("<", "<=") else None
    if bound is None:
        return False
    return bound.type == "composite_literal" or (bound.type == "int_literal" and text_of(bound) in _FEW)


def _comes_again(cfg: FunctionCfg, found: DeferFound) -> bool:
    """Whether the defer can be reached from itself: a round that always leaves the function piles up nothing."""
    for graph in (cfg, *(closure.cfg for closure in cfg.closures)):
        start = next(
            (
                block
                for block in graph.blocks
                if any(getattr(instruction, "call", None) == found.call for instruction in block.instructions)
            ),
            None,
        )
        if start is None:
            continue
        pending, seen = [edge.target for edge in start.edges], set[int]()
        while pending:
            index = pending.pop()
            if index == start.index:
                return True
            if index not in seen:
                seen.add(index)
                pending += [edge.target for edge in graph.blocks[index].edges]
    return False


def _needed_by_its_round_only(context: FunctionContext, found: DeferFound) -> bool:
    """Whether no function that sees the memory may gather it for later."""
    for name in found.shown_to:
        if not name.startswith("C."):
            continue
        known = context.facts.c_effects(name[2:], 1).origin not in ("name", "unknown")
        if not known and words_of(name[2:]) & _GATHERING:
            return False
    return True


def _fixes(context: FunctionContext, found: DeferFound, node: Node, holder: Holder | None) -> Iterator[Fix]:
    """The free goes behind the last statement of the round that names the variable, where nothing leaves the round before."""
    lines, statement, text = line_span(context.text, node), statement_of(node), context.text
    if holder is None or lines is None or statement is None or statement.parent is None:
        return
    root, last = holder.expression.split(".")[0], None
    for child in [child for child in named(statement.parent) if child.start_byte > node.start_byte]:
        if any(inner.type == "identifier" and text_of(inner) == root for inner in walk(child)):
            last = child
    if last is None:
        return
    between = [child for child in named(statement.parent) if node.end_byte <= child.start_byte <= last.start_byte]
    if any(
        inner.type in LEAVES or (inner.type == "call_expression" and _panics(inner))
        for child in between
        for inner in walk(child)
    ):
        return
    call = found.call.span
    free = newline_of(text) + indent_of(text, last.start_byte) + text[call.start : call.end]
    edits = (TextEdit(lines, b""), TextEdit(Span(last.end_byte, last.end_byte), free))
    yield Fix(f"Free {holder.expression} at the end of each round", (FileEdit(edits),), "unsafe")


def _panics(node: Node) -> bool:
    return text_of(node.child_by_field_name("function")) == "panic"
