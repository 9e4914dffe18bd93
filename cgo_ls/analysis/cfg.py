"""The control flow of one Go function as blocks and conditional edges, with a text dump."""

from __future__ import annotations

from cgo_ls.analysis import ir
from cgo_ls.text.frozen import frozen
from cgo_ls.text.span import Span


@frozen
class Edge:
    """To a block, when the condition holds (None: always)."""

    target: int
    condition: ir.Condition | None = None


@frozen
class Block:
    """Straight-line instructions, then edges. No edges: control does not go on from here (the exit, or a panic)."""

    index: int
    instructions: tuple[ir.Instruction, ...]
    edges: tuple[Edge, ...]
    panics: bool = False


@frozen
class FunctionCfg:
    """Blocks of a function or closure; block 0 is the entry, `exit` is where every return leads.

    Spans are relative to the declaration's region, so a function that only moves keeps its graph. A closure's graph has no
    closures of its own: all of them are numbered in the outermost function.
    """

    name: str
    blocks: tuple[Block, ...]
    exit: int
    variables: tuple[ir.Variable, ...]
    parameters: tuple[int, ...]
    results: tuple[int, ...]
    closures: tuple[ir.ClosureBody, ...]
    span: Span
    end: Span
    receiver: int | None = None


def render_text(cfg: FunctionCfg) -> str:
    """The graph as lines: one block, its instructions, its edges."""
    names = {variable.slot: variable.name or f"${variable.slot}" for variable in cfg.variables}
    lines = [f"func {cfg.name}"]
    for block in cfg.blocks:
        lines.append(
            f"  block {block.index}{' (exit)' if block.index == cfg.exit else ''}{' (panics)' if block.panics else ''}"
        )
        lines += [f"    {render_instruction(instruction, names)}" for instruction in block.instructions]
        lines += [f"    -> {edge.target}{_suffix(edge, names)}" for edge in block.edges]
    for index, closure in enumerate(cfg.closures):
        inner = render_text(closure.cfg).splitlines()
        lines += [f"  closure {index}", *("    " + line for line in inner[1:])]
    return "\n".join(lines)


def _suffix(edge: Edge, names: dict[int, str]) -> str:
    condition = edge.condition
    if isinstance(condition, ir.NilTest):
        return f" if {render_value(condition.value, names)} {'==' if condition.is_nil else '!='} nil"
    if isinstance(condition, ir.Truth):
        return f" if {'' if condition.value else 'not '}{condition.key}"
    return " if ?" if isinstance(condition, ir.Opaque) else ""


def render_instruction(instruction: ir.Instruction, names: dict[int, str]) -> str:
    """One instruction as one line."""
    match instruction:
        case ir.Call():
            results = ", ".join(names.get(slot, f"${slot}") for slot in instruction.results)
            return f"{results + ' = ' if results else ''}{_render_call(instruction, names)}"
        case ir.Assign(target, value):
            return f"{_render_place(target, names)} = {render_value(value, names)}"
        case ir.Escape(value, where):
            return f"escape {render_value(value, names)} into {where}"
        case ir.Read(value):
            return f"read {render_value(value, names)}"
        case ir.Defer(call):
            return f"defer {_render_call(call, names)}"
        case ir.Spawn(call):
            return f"go {_render_call(call, names)}"
        case ir.Return():
            return "return"


def _render_call(call: ir.Call, names: dict[int, str]) -> str:
    prefix = "C." if call.callee.kind == "c" else ""
    arguments = ", ".join(render_value(argument, names) for argument in call.arguments)
    return f"{prefix}{call.callee.name or 'call'}({arguments}) #{call.site}"


def _render_place(place: tuple[int, tuple[str, ...]], names: dict[int, str]) -> str:
    slot, path = place
    return ".".join([names.get(slot, f"${slot}"), *path])


def render_value(value: ir.Value, names: dict[int, str]) -> str:
    """One value as text."""
    match value:
        case ir.Nil():
            return "nil"
        case ir.NonNil():
            return "non-nil"
        case ir.Constant(text):
            return text
        case ir.Load(place):
            return _render_place(place, names)
        case ir.AddressOf(place):
            return "&" + _render_place(place, names)
        case ir.View(inner, certain):
            return f"{'view' if certain else 'maybe'}({render_value(inner, names)})"
        case ir.Closure(index):
            return f"closure {index}"
        case ir.FunctionReference(name):
            return name
        case ir.Unknown(uses):
            return f"?({', '.join(render_value(use, names) for use in uses)})" if uses else "?"
