"""A forward worklist solver over sets of worlds (disjuncts), with a bound beyond which worlds are joined."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable
from typing import Protocol, TypeVar

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import Block, FunctionCfg

World = TypeVar("World")

MAX_WORLDS = 24
"""Distinct worlds kept at a block's entry; further ones are joined into one."""
MAX_WORK = 100_000
"""Work (blocks executed, weighed by the size of the world) before the solver gives up, and the function is left alone."""


class Domain(Protocol[World]):
    """What the solver needs of an abstract domain. Worlds are never changed once given to the solver."""

    def key(self, world: World) -> Hashable:
        """Equal for equal worlds."""
        ...

    def core(self, world: World) -> Hashable:
        """Like key, without what only prunes paths (facts about conditions)."""
        ...

    def transfer(self, block: Block, world: World) -> Iterable[World]:
        """The worlds after the block's instructions."""
        ...

    def refine(self, world: World, condition: ir.Condition) -> World | None:
        """The world on an edge; None when it cannot be taken."""
        ...

    def settle(self, world: World) -> World:
        """The world as it meets others, without facts that no longer matter; may be the same."""
        ...

    def join(self, first: World, second: World) -> World:
        """A world that stands for both: what they disagree on becomes unknown."""
        ...

    def exhausted(self, world: World) -> bool:
        """Count one step on a world; True when the analysis of this function has cost enough."""
        ...


def reverse_postorder(cfg: FunctionCfg) -> dict[int, int]:
    """Block index -> position; unreachable blocks are absent."""
    order: list[int] = []
    seen = {0}
    stack = [(0, iter(cfg.blocks[0].edges))]
    while stack:
        index, edges = stack[-1]
        edge = next(edges, None)
        if edge is None:
            order.append(index)
            stack.pop()
        elif edge.target not in seen:
            seen.add(edge.target)
            stack.append((edge.target, iter(cfg.blocks[edge.target].edges)))
    return {index: position for position, index in enumerate(reversed(order))}


def blocks_before_exit(cfg: FunctionCfg) -> set[int]:
    """The blocks from which the exit can be reached."""
    sources: dict[int, list[int]] = {}
    for block in cfg.blocks:
        for edge in block.edges:
            sources.setdefault(edge.target, []).append(block.index)
    found, pending = {cfg.exit}, [cfg.exit]
    while pending:
        for source in sources.get(pending.pop(), ()):
            if source not in found:
                found.add(source)
                pending.append(source)
    return found


def solve(cfg: FunctionCfg, domain: Domain[World], entry: World) -> dict[int, list[World]] | None:
    """The worlds that enter each block, to the fixpoint; None when the budget ran out.

    Each world is executed once per block. It ends: worlds are finite up to MAX_WORLDS, and joins only climb.
    """
    order = reverse_postorder(cfg)
    merging = _merge_points(cfg, order)
    entering: dict[int, dict[Hashable, World]] = {0: {domain.key(entry): entry}}
    cores: dict[int, set[Hashable]] = {}
    joined: dict[int, World] = {}
    queue: list[tuple[int, int, int, World]] = [(order[0], 0, 0, entry)]
    count = 0
    while queue:
        _, _, index, world = heapq.heappop(queue)
        if domain.exhausted(world):
            return None
        for after in domain.transfer(cfg.blocks[index], world):
            for edge in cfg.blocks[index].edges:
                reached = after if edge.condition is None else domain.refine(after, edge.condition)
                if reached is None:
                    continue
                count += 1
                if edge.target not in merging:
                    entering.setdefault(edge.target, {})[count] = accepted = reached
                else:
                    accepted = _admit(domain, edge.target, reached, entering, cores, joined)
                if accepted is not None:
                    heapq.heappush(queue, (order[edge.target], count, edge.target, accepted))
    return {index: list(worlds.values()) for index, worlds in entering.items()}


def _merge_points(cfg: FunctionCfg, order: dict[int, int]) -> set[int]:
    """Blocks that more than one edge reaches: only there can worlds meet again, and be equal."""
    seen: set[int] = {0}
    merging: set[int] = set()
    for block in cfg.blocks:
        if block.index in order:
            for edge in block.edges:
                (merging if edge.target in seen else seen).add(edge.target)
    return merging


def _admit(
    domain: Domain[World],
    block: int,
    world: World,
    entering: dict[int, dict[Hashable, World]],
    cores: dict[int, set[Hashable]],
    joined: dict[int, World],
) -> World | None:
    """Add a world to those that enter a block; the world to execute, or None when nothing new came."""
    here = entering.setdefault(block, {})
    if len(here) >= MAX_WORLDS // 4:
        world = domain.settle(world)
    key = domain.key(world)
    if key in here:
        return None
    if len(here) >= MAX_WORLDS // 2:
        known = cores.get(block)
        if known is None:
            known = cores[block] = {domain.core(other) for other in here.values()}
        core = domain.core(world)
        if core in known:
            return None
        known.add(core)
    if len(here) < MAX_WORLDS:
        here[key] = world
        return world
    old = joined.get(block)
    wider = domain.join(old, world) if old is not None else world
    if old is not None and domain.key(wider) == domain.key(old):
        return None
    if old is not None:
        here.pop(domain.key(old), None)  # the wider one stands for it
    joined[block] = wider
    here[domain.key(wider)] = wider
    return wider
