"""A runtime.Pinner that pins memory and is not unpinned on some way out of the function."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import FunctionCfg
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.holders import in_loop, indent_of, newline_of, node_at, statement_of
from cgo_ls.rules.memory.parts.typestates import Course, Follower, Phase, Subject
from cgo_ls.rules.pointers.parts.go_values import values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_KINDS = frozenset({"runtime.Pinner", "*runtime.Pinner"})


@rule(
    "unpinned-pinner",
    family="memory",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"runtime.Pinner",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each local Pinner, at its first Pin."""
    outer = context.analysis.cfg
    for graph in (outer, *(closure.cfg for closure in outer.closures)):
        for slot, pins in _pins(context, graph).items():
            subject = Subject(frozenset({slot}), -1, frozenset({".Pin"}), frozenset({".Unpin"}), frozenset())
            course = Follower(outer, graph, subject, lambda call: False).run()
            if course is None or course.escaped or _is_shared(outer, graph, slot):
                continue
            exits = sorted(
                span
                for span, states in course.left.items()
                if any(state.phase is Phase.BEGUN and state.deferred is None for state in states)
            )
            if exits:
                yield _finding(context, outer.variables[slot].name, pins, course, exits)


def _pins(context: FunctionContext, graph: FunctionCfg) -> dict[int, list[ir.Call]]:
    """The calls of Pin on Pinners that are local variables, by slot."""
    found: dict[int, list[ir.Call]] = {}
    values = values_of(context)
    for block in graph.blocks:
        for each in block.instructions:
            if not isinstance(each, ir.Call) or each.callee.name != ".Pin" or not each.arguments:
                continue
            place = each.arguments[0].place if isinstance(each.arguments[0], ir.AddressOf | ir.Load) else None
            if place is None or place.path or place.slot < 0:
                continue
            variable = context.analysis.cfg.variables[place.slot]
            declared = values.names.find_at(variable.name, each.span.start) if variable.kind == "local" else None
            if declared is not None and values.declared_type(declared) in _KINDS:
                found.setdefault(place.slot, []).append(each)
    return found


def _is_shared(outer: FunctionCfg, graph: FunctionCfg, slot: int) -> bool:
    """Whether the literal's Pinner is a variable of the function around it."""
    return any(closure.cfg is graph and slot in closure.captured for closure in outer.closures)


def _finding(context: FunctionContext, name: str, pins: list[ir.Call], course: Course, exits: list[Span]) -> Finding:
    first = min(pins, key=lambda call: call.span)
    where = "on every path" if course.ends else "at all"
    message = f"{name} is not unpinned {where}: the program panics when the Pinner is collected; call {name}.Unpin"
    steps = (Step(first.span, "pinned here"), *(Step(span, "leaves here without Unpin") for span in exits[:5]))
    return Finding(first.span, message, steps, tuple(_fixes(context, name, first, course)))


def _fixes(context: FunctionContext, name: str, first: ir.Call, course: Course) -> Iterator[Fix]:
    """`defer p.Unpin()` behind the first Pin. C that keeps the pointer for longer wants a Pinner that lives as long."""
    statement = statement_of(node_at(context.analysis.tree, first.span, "call_expression"))
    if statement is None or statement.type != "expression_statement" or in_loop(statement) or course.ends:
        return
    text = context.text
    line = newline_of(text) + indent_of(text, statement.start_byte) + f"defer {name}.Unpin()".encode()
    edit = TextEdit(Span(statement.end_byte, statement.end_byte), line)
    yield Fix(f"Unpin {name} when the function returns", (FileEdit((edit,)),))
