"""What the functions of a package can ask about besides each other: its C, the tables and rows that apply, its types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cgo_ls.analysis.c_effects import effects_of_units
from cgo_ls.analysis.effects import CEffects
from cgo_ls.data.rows import FunctionRow
from cgo_ls.model.annotations import annotated_rows
from cgo_ls.model.finalizers import Arm
from cgo_ls.model.package import Package
from cgo_ls.workspace.call_graph import FileFunctions, Traits
from cgo_ls.workspace.environment import TableEffects

_MOST_CALLED = 20
"""Functions that are looked into for what a finalizer releases."""
_MOST_LAYERS = 4
"""Functions that a value with a finalizer is handed up through."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """Two that would answer alike are one object. `c` stands for the C of the package, `rows` are the project's own, from its settings
    (`settings`) and from comments at declarations;
    `types` stand for its Go types and the signatures of its functions, `finalized` are the types that get a finalizer or a cleanup;
    `bodies` are the effects of its own C functions."""

    c: tuple[Any, ...]
    rows: Mapping[str, FunctionRow]
    types: tuple[tuple[object, ...], ...]
    tables: TableEffects
    bodies: Mapping[str, CEffects]
    finalized: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, FunctionRow] = field(default_factory=dict)


def find_surroundings(
    package: Package, functions: Sequence[FileFunctions], rows: Mapping[str, FunctionRow], before: Surroundings | None
) -> Surroundings:
    """The surroundings of a package: `before`, or as much of it as still holds.

    Where the C stands does not matter: a preamble that moves down a line is the same.
    """
    c = (
        tuple([(file.path, file.c_unit.digest if file.c_unit is not None else None) for file in package.files]),
        tuple([(unit.path, unit.digest) for unit in package.c_units]),
    )
    armed = any(file.arms for file in functions)
    makers = [file.makers for file in functions] if armed else []
    handed = [file.handed for file in functions if file.handed]
    types = (*[(file.types, file.signatures, file.arms) for file in functions], (package.go_version, makers, handed))
    if before is not None and before.c == c and before.settings == rows:
        if before.types == types:
            return before
        finalized = _finalized(package, functions)
        return Surroundings(c, before.rows, types, before.tables, before.bodies, finalized, rows)
    units = [file.c_unit for file in package.files if file.c_unit is not None]
    units += package.c_units
    own = {**annotated_rows(units)[0], **rows}
    tables = TableEffects(sorted({include.name for unit in units for include in unit.includes}), own)
    bodies = effects_of_units(units, tables)
    return Surroundings(c, own, types, tables, bodies, _finalized(package, functions), rows)


def _finalized(package: Package, functions: Iterable[FileFunctions]) -> dict[str, tuple[str, ...]]:
    """Go type -> what its finalizers and cleanups run, each once: the name of a method or function, "" for a literal; and behind a
    dot (".ptr") the fields that they may release. A finalizer that never reaches C (one that only complains) is none.
    Besides, "F()" -> the types that function F makes, and "F() gives" -> what its results are (see FactSource)."""
    arms = [arm for file in functions for arm in file.arms]
    handed = {f"{name}() gives": kinds for file in functions for name, kinds in file.handed}
    if handed:
        handed["() gives"] = ("",)
    if not arms:
        return handed
    traits = {each.name: each for file in functions for each in file.traits if each is not None}
    found: dict[str, tuple[str, ...]] = handed
    for arm in arms:
        kind = arm.type or _only_parameter(package, arm.finalizer)
        if not kind:
            continue
        touched = _touched(package, arm, kind, traits) if arm.call in ("SetFinalizer", "AddCleanup") else [""]
        touched += [name for group in arm.aliases if not group.isdisjoint(touched) for name in sorted(group)]
        if touched:
            fields = [f".{name}" for name in touched if name]
            # What a literal calls on its object (`func(x *T) { x.free() }`) is what it runs, too.
            called = [name[1:] for name in arm.calls if name.startswith(".") and kind + name in traits]
            found[kind] = tuple(dict.fromkeys([*found.get(kind, ()), arm.finalizer, *called, *fields]))
    found.update(_makers(package, traits.values(), found))
    return found


def _makers(package: Package, traits: Iterable[Traits], found: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """ "F()" -> the types that function F gives a finalizer and returns a pointer to, itself or by a function of the package."""
    armed: dict[str, set[str]] = {}
    pending: list[Traits] = []
    for each in traits:
        kinds = {arm.type or _only_parameter(package, arm.finalizer) for arm in each.arms}
        results = {kind for kind in kinds if kind in found and f"*{kind}" in _results(each)}
        if results:
            armed[each.name] = results
        elif any(text[1:] in found for text in _results(each) if text.startswith("*")):
            pending.append(each)
    for _ in range(_MOST_LAYERS):
        ready = [(each, set().union(*(armed.get(name, set()) for name in each.calls))) for each in pending]
        more = {each.name: {kind for kind in kinds if f"*{kind}" in _results(each)} for each, kinds in ready}
        fresh = {name: kinds for name, kinds in more.items() if kinds and name not in armed}
        if not fresh:
            break
        armed.update(fresh)
    makers = {f"{name}()": tuple(sorted(kinds)) for name, kinds in armed.items()}
    makers.update(_referencing(traits, armed))
    return {**makers, "()": ("",)} if makers else makers


def _referencing(traits: Iterable[Traits], armed: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """ "F() refers" -> not empty where F, or a function by which it makes such a value, takes a reference of its own."""
    found = {each.name for each in traits if any(arm.referenced for arm in each.arms)}
    for _ in range(_MOST_LAYERS):
        found |= {each.name for each in traits if each.name in armed and not found.isdisjoint(each.calls)}
    return {f"{name}() refers": ("",) for name in found}


def _results(traits: Traits) -> tuple[str, ...]:
    """The types of a function's results, behind its name, the number of its parameters, and those."""
    return traits.signature[2 + int(traits.signature[1]) :]


def _touched(package: Package, arm: Arm, kind: str, traits: Mapping[str, Traits]) -> list[str]:
    """The names behind a dot in what a finalizer runs, directly or by functions of the package, as far as those call C."""
    fields, pending, seen = list(arm.touched), list(arm.calls), set[str]()
    if arm.finalizer:
        pending += [f".{arm.finalizer}", arm.finalizer]
    while pending and len(seen) < _MOST_CALLED:
        name = pending.pop()
        called = _method(package, kind, name, traits) if name.startswith(".") else traits.get(name)
        if called is not None and called.name not in seen:
            seen.add(called.name)
            fields += called.touched
            pending += called.calls
    return fields


def _method(package: Package, kind: str, name: str, traits: Mapping[str, Traits]) -> Traits | None:
    """Method `name` (".Free") of a type, its own or that of a struct it embeds."""
    level, seen = [kind], set[str]()
    while level and len(seen) < _MOST_CALLED:
        for each in level:
            if each + name in traits:
                return traits[each + name]
        seen.update(level)
        structs = [found for found in map(package.type, level) if found is not None]
        embedded = [each.type.lstrip("*") for found in structs for each in found.fields if each.embedded]
        level = [each for each in embedded if each not in seen]
    return None


def _only_parameter(package: Package, name: str) -> str:
    """T of `func name(x *T)`."""
    declared = package.function(name)
    function = declared[1].facts.function if declared is not None else None
    if function is None or len(function.parameters) != 1 or not function.parameters[0].type.startswith("*"):
        return ""
    return function.parameters[0].type[1:]
