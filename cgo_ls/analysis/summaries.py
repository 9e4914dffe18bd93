"""A Go function in interface terms: what it does with each parameter and where its results come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cgo_ls.analysis import ir
from cgo_ls.analysis.cfg import FunctionCfg
from cgo_ls.analysis.effects import ParameterEffect
from cgo_ls.analysis.ownership import Abstract, Owner, Pointer, Status, World
from cgo_ls.analysis.places import Place

MAX_CASES = 4
MAX_CONSTANT = 12
"""Longest text of a constant result that is kept: flags and codes, not messages."""
MAX_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Summary:
    """`results`: the ways to return, each with one atom per result: "owned:free", "nil", "nonnil", "constant:false",
    "parameter:0", "unknown".

    `note` says it in words, for messages and hovers. `releasers[i]`: the C function that at last releases parameter i, "" if not known.
    """

    name: str
    parameters: tuple[ParameterEffect, ...]
    results: frozenset[tuple[str, ...]]
    never_returns: bool
    note: str = ""
    releasers: tuple[str, ...] = ()

    def render(self) -> str:
        """One line: `newName(read) -> (owned:free) | (nil)`."""
        parameters = ", ".join(effect.name.lower() for effect in self.parameters)
        results = " | ".join(f"({', '.join(case)})" for case in sorted(self.results))
        return (
            f"{self.name}({parameters})"
            + (f" -> {results}" if results else "")
            + (" never returns" if self.never_returns else "")
        )


def summarise(
    cfg: FunctionCfg,
    exits: Iterable[World],
    releaser_of: Callable[[int], str],
    parameter_objects: Mapping[int, int],
    defaults: Sequence[ParameterEffect],
) -> Summary:
    """The summary of a solved function. `parameter_objects`: parameter index -> object id; `defaults`: the effects of the others."""
    worlds = list(exits)
    effects = tuple(
        _parameter_effect([world.objects.get(parameter_objects[index]) for world in worlds])
        if index in parameter_objects
        else defaults[index]
        for index in range(len(cfg.parameters))
    )
    objects = {identifier: index for index, identifier in parameter_objects.items()}
    cases = frozenset(
        tuple(_atom(world.env.get(Place(slot)), world, releaser_of, objects) for slot in cfg.results)
        for world in worlds
    )
    if len(cases) > MAX_CASES or not cfg.results:
        cases = frozenset()
    owned = any(atom.startswith("owned:") for case in cases for atom in case)
    note = f"{cfg.name} returns memory that its caller must release" if owned else ""
    releasers = tuple(
        _releaser([world.objects.get(parameter_objects[index]) for world in worlds])
        if index in parameter_objects
        else ""
        for index in range(len(cfg.parameters))
    )
    return Summary(cfg.name, effects, cases, not worlds, note, releasers if any(releasers) else ())


def _parameter_effect(statuses: list[Status | None]) -> ParameterEffect:
    present = [status for status in statuses if status is not None]
    released = [status.released is not None for status in present]
    if present and all(released):
        return ParameterEffect.TAKES
    if any(released) or any(status.owner is Owner.UNKNOWN for status in present):
        return ParameterEffect.UNKNOWN
    if any(status.owner is Owner.ESCAPED for status in present):
        return ParameterEffect.HOLDS
    return ParameterEffect.BORROWS


def _releaser(statuses: list[Status | None]) -> str:
    functions = {status.released.function for status in statuses if status is not None and status.released is not None}
    return next(iter(functions)) if len(functions) == 1 else ""


def _atom(value: Abstract | None, world: World, releaser_of: Callable[[int], str], objects: Mapping[int, int]) -> str:
    if isinstance(value, Pointer) and not value.interior and value.certain:
        status = world.objects.get(value.id)
        if value.id in objects:
            return f"parameter:{objects[value.id]}"
        if status is not None and status.owner is Owner.OWNED and status.released is None:
            return f"owned:{releaser_of(value.id)}"
        return "unknown"
    if isinstance(value, ir.Nil):
        return "nil"
    if isinstance(value, ir.Constant) and len(value.text) <= MAX_CONSTANT:
        return f"constant:{value.text}"
    return "nonnil" if isinstance(value, (ir.NonNil, ir.AddressOf)) else "unknown"


def strongly_connected(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Groups of mutually calling functions, callees first (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    groups: list[list[str]] = []
    for root in edges:
        if root in index:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, callees = work[-1]
            callee = next(
                (callee for callee in callees if callee in edges and (callee not in index or callee in on_stack)), None
            )
            if callee is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    group: list[str] = []
                    while not group or group[-1] != name:
                        group.append(stack.pop())
                        on_stack.discard(group[-1])
                    groups.append(group)
            elif callee in on_stack:
                low[name] = min(low[name], index[callee])
            else:
                index[callee] = low[callee] = len(index)
                stack.append(callee)
                on_stack.add(callee)
                work.append((callee, iter(edges[callee])))
    return groups
