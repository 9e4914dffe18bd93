"""What of a world can still matter: variables that are read later, conditions that are asked again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import Block, FunctionCfg

_KEPT_KINDS = frozenset({"parameter", "receiver", "result"})


@dataclass(frozen=True, slots=True)
class Relevance:
    """`repeated`: keys of conditions that stand in more than one block, None for all. `dead[id of a graph][block]`: slots that nothing
    reads behind the block."""

    repeated: frozenset[str] | None
    dead: dict[int, list[frozenset[int]]]


FEW_BRANCHES = 5
"""Up to so many branches the worlds of a function are few, and looking for what matters costs more than it saves."""


def relevance_of(cfg: FunctionCfg) -> Relevance:
    """The relevance over a function and its literals."""
    if sum(len(block.edges) > 1 for block in cfg.blocks) <= FEW_BRANCHES:
        return Relevance(None, {})
    graphs = [cfg, *(closure.cfg for closure in cfg.closures)]
    asked = Counter(key for graph in graphs for block in graph.blocks for key in _keys(block))
    used = [[_Use(block) for block in graph.blocks] for graph in graphs]
    kept = {slot for closure in cfg.closures for slot in closure.captured}
    kept.update(slot for uses in used for use in uses for slot in use.addressed)
    dead = {}
    for graph, uses in zip(graphs, used, strict=True):
        own = {slot for use in uses for slot in use.named}
        own = {slot for slot in own - kept if cfg.variables[slot].kind not in _KEPT_KINDS}
        dead[id(graph)] = _dead(graph, uses, own)
    return Relevance(frozenset(key for key, count in asked.items() if count > 1), dead)


def shared_variables(cfg: FunctionCfg) -> frozenset[int]:
    """Variables that are copied to another one: if they are slices, both have the same elements."""
    graphs = [cfg, *(closure.cfg for closure in cfg.closures)]
    return frozenset(slot for graph in graphs for block in graph.blocks for slot in _copied(block, cfg))


def read_as_a_whole(cfg: FunctionCfg) -> frozenset[int]:
    """Variables whose own value is read somewhere, and not only what they point to."""
    graphs = [cfg, *(closure.cfg for closure in cfg.closures)]
    return frozenset(
        slot
        for graph in graphs
        for block in graph.blocks
        for item in (*block.instructions, *(edge.condition for edge in block.edges))
        for slot in _read(item, set(), whole=True)
    )


def _copied(block: Block, cfg: FunctionCfg) -> Iterator[int]:
    for instruction in block.instructions:
        if isinstance(instruction, ir.Assign) and isinstance(instruction.value, ir.Load):
            target, source = instruction.target.slot, instruction.value.place
            if not source.path and source.slot != target and target >= 0 and source.slot >= 0:
                if cfg.variables[source.slot].kind not in ("temporary", "literal"):
                    yield source.slot
                    if not instruction.target.imprecise and cfg.variables[target].kind != "temporary":
                        yield target


def _dead(graph: FunctionCfg, uses: list[_Use], own: set[int]) -> list[frozenset[int]]:
    """Backwards over the graph: what is read behind each block before it is set anew."""
    sources: list[list[int]] = [[] for _ in graph.blocks]
    for block in graph.blocks:
        for edge in block.edges:
            sources[edge.target].append(block.index)
    live: list[set[int]] = [set(use.read) for use in uses]
    pending = list(range(len(uses)))
    while pending:
        index = pending.pop()
        for source in sources[index]:
            new = (live[index] - uses[source].set) - live[source]
            if new:
                live[source] |= new
                pending.append(source)
    return [
        frozenset(own.difference(use.asked, *(live[edge.target] for edge in block.edges)))
        for block, use in zip(graph.blocks, uses, strict=True)
    ]


class _Use:
    """The slots of one block: `read` before they are set, `set` as a whole, `asked` by its edges, `addressed`, and all `named`."""

    __slots__ = ("addressed", "asked", "named", "read", "set")

    def __init__(self, block: Block) -> None:
        self.read: set[int] = set()
        self.set: set[int] = set()
        self.addressed: set[int] = set()
        for instruction in block.instructions:
            self.read.update(slot for slot in _read(instruction, self.addressed) if slot not in self.set)
            if isinstance(instruction, ir.Call):
                self.set.update(instruction.results)
            elif isinstance(instruction, ir.Assign) and not instruction.target.path:
                self.set.add(instruction.target.slot)
        self.asked = {slot for edge in block.edges for slot in _read(edge.condition, self.addressed)}
        self.read |= self.asked - self.set
        self.named = self.read | self.set | self.asked


def _keys(block: Block) -> set[str]:
    return {edge.condition.key for edge in block.edges if isinstance(edge.condition, ir.Truth)}


def _read(item: object, addressed: set[int], whole: bool = False) -> Iterator[int]:
    """Every slot that an instruction, a value or a condition reads; those whose address it takes are noted besides.

    whole: without those of which a field is read or assigned, or the address taken.
    """
    pending = [item]
    while pending:
        current = pending.pop()
        match current:
            case ir.Load(place):
                if not whole or not place.path:
                    yield place.slot
            case ir.AddressOf(place):
                addressed.add(place.slot)
                if not whole:
                    yield place.slot
            case ir.View(inner):
                pending.append(inner)
            case ir.Unknown(uses):
                pending += uses
            case ir.Call():
                pending += current.arguments
            case ir.Assign(target, value):
                if target.path and not whole:
                    yield target.slot
                pending.append(value)
            case ir.Escape(value) | ir.Read(value) | ir.NilTest(value):
                pending.append(value)
            case ir.Defer(call) | ir.Spawn(call):
                pending.append(call)
            case ir.Truth():
                if not whole:
                    yield from current.slots
                for place in (current.variable, current.subject):
                    if place is not None and not (whole and place.path):
                        yield place.slot
            case ir.Opaque(subject) if subject is not None and not (whole and subject.path):
                yield subject.slot
            case _:
                pass
