"""The effects of the C functions of a package: bodies solved to a fixpoint over their calls, then attributes, the
tables, and at last the names. The order is the order of trust."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cgo_ls.analysis.c_attributes import effects_from_attributes
from cgo_ls.analysis.c_body_solver import BodyFacts, solve_body
from cgo_ls.analysis.c_body_states import ABSENT, FREED, HELD, LOST, TAKEN
from cgo_ls.analysis.c_results import result_of, returns_itself, struct_result
from cgo_ls.analysis.effects import (
    NO_RESULT,
    UNKNOWN_RESULT,
    CEffects,
    ParameterEffect,
    ResultEffect,
    effects_from_name,
    is_pointer_like,
    is_struct,
    merge,
    points_to_const,
)
from cgo_ls.model.c_body import CBody, CCall
from cgo_ls.model.c_reader import CPLUSPLUS_SUFFIXES
from cgo_ls.model.cdecl import CFunction, CUnit

_B, _T, _U = ParameterEffect.BORROWS, ParameterEffect.TAKES, ParameterEffect.UNKNOWN
_OWNED = ResultEffect("owned", "free", None, True)
# A function that has not settled after so many rounds of its recursion is unknown.
ROUND_LIMIT = 6
# Memory of these types is nobody's own kind of thing.
_PLAIN_TYPES = frozenset(["void *", "char *", "unsigned char *", "uint8_t *", "int *"])
DELETE = "delete"
"""What releases memory from C++'s `new`: Go can only do it by a function of the package."""
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z")


def _builtin(name: str, *parameters: ParameterEffect, result: ResultEffect = NO_RESULT, **more: object) -> CEffects:
    releasers = tuple("free" if p in (_T, ParameterEffect.FILLS) else "" for p in parameters)
    frees = frozenset(index for index, parameter in enumerate(parameters) if parameter is _T)
    base = CEffects(name, parameters, result, "builtin", "the C library", frees, releasers=releasers)
    return replace(base, **more)


# Only what the reading of bodies cannot do without; `table` overrides it and knows the rest of the C library.
BUILTINS: Mapping[str, CEffects] = {
    effects.name: effects
    for effects in (
        *(_builtin(name, _B, _B, result=_OWNED) for name in ("malloc", "calloc", "aligned_alloc", "strdup", "strndup")),
        _builtin("realloc", _T, _B, result=_OWNED),
        _builtin("reallocarray", _T, _B, _B, result=_OWNED),
        _builtin("free", _T, sets_errno=False),
        _builtin("asprintf", ParameterEffect.FILLS, _B),
        _builtin("vasprintf", ParameterEffect.FILLS, _B, _B),
        *(
            _builtin(name, _B, never_returns=True)
            for name in (
                "exit",
                "_exit",
                "_Exit",
                "abort",
                "quick_exit",
                "longjmp",
                "__builtin_unreachable",
                "__assert_fail",
            )
        ),
        *(
            _builtin(name, _B, _B, _B, result=ResultEffect("parameter", "", 0), sets_errno=False)
            for name in ("memcpy", "memmove", "memset", "strcpy", "strncpy", "strcat", "strncat")
        ),
        *(_builtin(name, _B, _B, _B, sets_errno=False) for name in ("strlen", "strcmp", "strncmp", "memcmp")),
    )
}


@dataclass(frozen=True, slots=True)
class _Definition:
    """One body with the declaration it belongs to (None: a macro)."""

    unit: int
    body: CBody
    function: CFunction | None


def effects_of_units(
    units: Sequence[CUnit], table: Mapping[str, CEffects], wanted: Iterable[str] | None = None
) -> dict[str, CEffects]:
    """The effects of every function whose body or attributes `units` know, and of macros that are another name for
    a function (`#define xfree free`). What a table or a name alone says is not repeated in the answer.

    `table` holds the rows of libraries and of the project; a body and an attribute are believed before it. With
    `wanted` only those functions and what they call are solved."""
    return _Package(units, table).solve(wanted)


class _Package:
    def __init__(self, units: Sequence[CUnit], table: Mapping[str, CEffects]) -> None:
        self.units = units
        self.table = table
        self.declared: dict[str, CFunction] = {}
        self.definitions: dict[str, list[_Definition]] = {}
        self.aliases: dict[str, str] = {}
        self.solved: dict[_Key, CEffects] = {}
        self.known: dict[str, CEffects] = {}
        for number, unit in enumerate(units):
            self.add_unit(number, unit)

    def add_unit(self, number: int, unit: CUnit) -> None:
        defined: dict[str, list[CFunction]] = {}
        for function in unit.functions:
            before = self.declared.get(function.name)
            if before is None or (function.has_prototype and not before.has_prototype):
                self.declared[function.name] = function
            elif function.attributes and function.attributes != before.attributes:
                merged = (*before.attributes, *function.attributes)
                self.declared[function.name] = replace(before, attributes=merged)
            if function.is_definition:
                defined.setdefault(function.name, []).append(function)
        for body in unit.bodies:
            # Bodies and definitions are in one order, so those of one name (in branches of an #if) pair up.
            function = None if body.from_macro else next(iter(defined.get(body.function, ())), None)
            if function is not None:
                defined[function.name].pop(0)
            if body.from_macro or function is not None:
                self.definitions.setdefault(body.function, []).append(_Definition(number, body, function))
        for macro in unit.macros:
            if macro.parameters is None and _IDENTIFIER.match(macro.value) and macro.value != macro.name:
                self.aliases[macro.name] = macro.value

    def solve(self, wanted: Iterable[str] | None) -> dict[str, CEffects]:
        order = self.callees_first(self.definitions if wanted is None else wanted)
        callers: dict[str, list[_Definition]] = {}
        rounds: dict[_Key, int] = {}
        for definition in order:
            for name in _called(definition.body):
                callers.setdefault(self.alias(name), []).append(definition)
        work = list(reversed(order))
        waiting = {_key(definition) for definition in work}
        while work:
            definition = work.pop()
            key = _key(definition)
            waiting.discard(key)
            rounds[key] = rounds.get(key, 0) + 1
            if rounds[key] > ROUND_LIMIT:
                effects = _unknown(definition)
            else:
                effects = self.summarise(definition)
            if self.solved.get(key) == effects:
                continue
            first = key not in self.solved
            self.solved[key] = effects
            for caller in callers.get(definition.body.function, ()):
                # On the first pass callers come later anyway, unless they are in a cycle with this one.
                if _key(caller) not in waiting and not (first and _key(caller) not in self.solved):
                    waiting.add(_key(caller))
                    work.append(caller)
        names = [*self.declared, *self.aliases] if wanted is None else wanted
        own = self.own_releasers()
        found = {name: self.effects(name, None) for name in names}
        return {
            name: self.released_by_own(effects if effects.name == name else replace(effects, name=name), own)
            for name, effects in found.items()
            if effects.origin in ("body", "attribute")
            or self.alias(name) in self.definitions
            or (name in self.aliases and effects.origin != "name")
        }

    def own_releasers(self) -> dict[str, str]:
        """C type -> the one function of the package that takes such a pointer and ends in freeing it, or what such a struct holds."""
        found: dict[str, set[str]] = {}
        for definitions in self.definitions.values():
            for definition in definitions:
                function, effects = definition.function, self.solved.get(_key(definition))
                if function is None or effects is None or len(function.parameters) != 1 or 0 not in effects.frees:
                    continue
                if effects.releaser(0) != "free" and 0 not in effects.by_value:
                    continue  # a library's own destructor is none of what malloc made
                if not function.static or self.units[definition.unit].in_preamble or self.is_header(definition.unit):
                    found.setdefault(_tagless(function.parameters[0].type), set()).add(function.name)
        return {
            kind: next(iter(names)) for kind, names in found.items() if len(names) == 1 and kind not in _PLAIN_TYPES
        }

    def is_header(self, unit: int) -> bool:
        return self.units[unit].path.endswith((".h", ".hh", ".hpp"))

    def released_by_own(self, effects: CEffects, own: Mapping[str, str]) -> CEffects:
        """`effects` with the package's own destructor of the type in the place of a bare `free`."""
        function = self.declared.get(effects.name)
        if function is None or effects.origin != "body":
            return effects
        result = effects.result
        if result.kind == "owned" and result.releaser in ("free", DELETE):
            releaser = own.get(_tagless(function.result), "")
            if releaser:
                effects = replace(effects, result=replace(result, releaser=releaser))
            elif -1 not in effects.by_value and result.releaser == DELETE:
                effects = replace(effects, result=UNKNOWN_RESULT)
        parameters, releasers = list(effects.parameters), list(effects.releasers)
        for index, parameter in enumerate(function.parameters[: len(releasers)]):
            if parameters[index] is not ParameterEffect.FILLS or releasers[index] not in ("free", DELETE):
                continue
            kind = _tagless(parameter.type[:-1].rstrip()) if parameter.type.endswith("*") else ""
            if index not in effects.by_value and not kind.endswith("*"):
                kind = ""
            if own.get(kind):
                releasers[index] = own[kind]
            elif index not in effects.by_value and releasers[index] == DELETE:
                parameters[index], releasers[index] = _B, ""
        if releasers == list(effects.releasers) and parameters == list(effects.parameters):
            return effects
        return replace(effects, parameters=tuple(parameters), releasers=tuple(releasers))

    def callees_first(self, roots: Iterable[str]) -> list[_Definition]:
        """Definitions reachable from `roots`, each behind those it calls (a cycle is cut somewhere)."""
        order: list[_Definition] = []
        seen: set[str] = set()
        for root in roots:
            stack: list[tuple[str, bool]] = [(self.alias(root), False)]
            while stack:
                name, done = stack.pop()
                if done:
                    order.extend(self.definitions[name])
                elif name not in seen and name in self.definitions:
                    seen.add(name)
                    stack.append((name, True))
                    for definition in self.definitions[name]:
                        stack.extend((self.alias(called), False) for called in _called(definition.body))
        return order

    def alias(self, name: str) -> str:
        for _ in range(5):
            if name in self.definitions or name not in self.aliases:
                return name
            name = self.aliases[name]
        return name

    def effects(self, name: str, unit: int | None, argument_count: int = 0) -> CEffects:
        """Of the function `name` as unit number `unit` sees it: its own static one first."""
        if name.startswith("*"):
            # A pointer that bears a library function's own name is that function, found with dlsym.
            return self.table.get(name[1:]) or effects_from_name(None, name[1:], argument_count)
        if name.startswith(("new_", "_N")) and unit is not None and self.units[unit].path.endswith(CPLUSPLUS_SUFFIXES):
            made = ResultEffect("owned", DELETE)
            return CEffects(name, (_U,) * argument_count, made, "unknown")  # a constructor may keep anything
        name = self.alias(name)
        definitions = self.definitions.get(name, ())
        own = [d for d in definitions if d.unit == unit and d.function is not None]
        functions = own or [d for d in definitions if d.function is not None] or list(definitions)
        merged: CEffects | None = None
        for definition in functions:
            effects = self.solved.get(_key(definition))
            if effects is not None:
                merged = effects if merged is None else merge(merged, effects)
        if merged is not None:
            return _completed(merged, self.table.get(name))
        if functions:
            return _bottom(functions[0])
        if name not in self.known:
            self.known[name] = self.undefined(name, argument_count)
        known = self.known[name]
        if known.origin == "name" and len(known.parameters) < argument_count:
            return effects_from_name(self.declared.get(name), name, argument_count)
        return known

    def undefined(self, name: str, argument_count: int) -> CEffects:
        """A function without a body here: its table row, or its name, corrected by its attributes."""
        function = self.declared.get(name)
        base = self.table.get(name) or BUILTINS.get(name) or effects_from_name(function, name, argument_count)
        if function is None or not function.attributes:
            return base
        return effects_from_attributes(function, base)

    def summarise(self, definition: _Definition) -> CEffects:
        facts = solve_body(
            definition.body,
            lambda name, count: self.effects(name, definition.unit, count),
            destructor=self.releaser_behind,
        )
        effects = _summary(definition, facts, self.units[definition.unit])
        function = self.declared.get(definition.body.function)
        if function is not None and "noreturn" in {word.strip("_") for word in function.attributes}:
            effects = replace(effects, never_returns=True)
        return effects

    def releaser_behind(self, name: str) -> str:
        """What a function handed over as a destructor releases its first argument with; "" if it does not."""
        effects = self.effects(name, None)
        if effects.origin in ("name", "unknown") or effects.parameter(0) is not ParameterEffect.TAKES:
            return ""
        return effects.releaser(0) or name


_Key = tuple[int, str, int, bool]


def _key(definition: _Definition) -> _Key:
    return definition.unit, definition.body.function, definition.body.line, definition.body.from_macro


def _completed(effects: CEffects, row: CEffects | None) -> CEffects:
    """What a body did not tell, told by the table: the library's source may lie in the package, and be too much to follow."""
    if row is None or len(row.parameters) < len(effects.parameters):
        return effects
    open_ = {index for index, effect in enumerate(effects.parameters) if effect is _U}
    unknown_result = effects.result.kind == "unknown" and row.result.kind not in ("unknown", "none")
    if not open_ and not unknown_result:
        return effects
    count = len(effects.parameters)
    return replace(
        effects,
        parameters=tuple(row.parameters[i] if i in open_ else effects.parameters[i] for i in range(count)),
        releasers=tuple(row.releaser(i) if i in open_ else effects.releaser(i) for i in range(count)),
        moments=tuple(row.moment(i) if i in open_ else effects.moment(i) for i in range(count)),
        result=row.result if unknown_result else effects.result,
        frees=effects.frees | (row.frees & open_),
        in_place=effects.in_place | (row.in_place & open_),
        ends=effects.ends | (row.ends & open_),
        empties=effects.empties | (row.empties & open_),
        failure=row.failure,
        note=row.note,
        origin=row.origin,
    )


def _called(body: CBody) -> set[str]:
    return {event.function for block in body.blocks for event in block.events if isinstance(event, CCall)} - {""}


def _bottom(definition: _Definition) -> CEffects:
    """What a function in a cycle is taken for before it has been looked at."""
    count = len(definition.body.parameters)
    return CEffects(definition.body.function, (_B,) * count, UNKNOWN_RESULT, "body", sets_errno=False)


def _unknown(definition: _Definition) -> CEffects:
    count = len(definition.body.parameters)
    return CEffects(definition.body.function, (_U,) * count, UNKNOWN_RESULT, "body", "its body could not be followed")


def _summary(definition: _Definition, facts: BodyFacts, unit: CUnit) -> CEffects:
    body, function = definition.body, definition.function
    if facts.gave_up or not body.complete:
        return _given_up(definition)
    count = len(body.parameters)
    kinds = _parameter_types(function, count)
    void = function is not None and function.result == "void"
    returned = {int(str(item[1])) for objects, _ in facts.results for item in objects if item[0] == "param"}
    has_result = function is None or is_pointer_like(function.result)
    effects = [
        _parameter(facts, index, has_result and index in returned) if is_pointer_like(kinds[index]) else _B
        for index in range(count)
    ]
    takes = ParameterEffect.TAKES, ParameterEffect.FILLS
    releasers = tuple(_releaser(facts, index) if effects[index] in takes else "" for index in range(count))
    result = result_of(facts) if has_result else NO_RESULT
    if result.kind == "parameter" and result.parameter is not None:
        result = replace(result, exact=returns_itself(body, body.parameters[result.parameter]))
    by_value = {
        index for index, effect in enumerate(effects) if effect is ParameterEffect.FILLS and index not in facts.fills
    }
    if has_result and function is not None and is_struct(function.result) and any(facts.inside):
        result = struct_result(facts)
        by_value.add(-1)
    for index in facts.by_value & facts.frees_fields:
        if effects[index] is _B and is_struct(kinds[index]):
            effects[index] = _T
            by_value.add(index)
    errno = any(item[0] == "errno" for objects, _ in facts.results for item in objects)
    note = _note(facts, effects, result, unit, body)
    return CEffects(
        body.function,
        tuple(effects),
        result,
        "body",
        note,
        frozenset(i for i in range(count) if effects[i] is _T and TAKEN not in facts.exits.get(i, ())),
        frozenset(index for index in facts.frees_fields | facts.copied if is_pointer_like(kinds[index])),
        errno and not facts.called,
        facts.sets_errno,
        not facts.returned,
        releasers,
        tuple(
            "always" if effect is ParameterEffect.FILLS and (void or index in facts.fills_anyway) else ""
            for index, effect in enumerate(effects)
        ),
        hearsay=frozenset(facts.hearsay),
        by_value=frozenset(by_value),
        argument=_plain(kinds[0]) if count == 1 and function is not None else "",
        result_type=_plain(function.result) if function is not None else "",
        moved=frozenset(i for i in facts.moved if effects[i] is ParameterEffect.UNKNOWN),
    )


def _given_up(definition: _Definition) -> CEffects:
    """Of a body that could not be followed, its declaration still says what it says without one: a pointer to const is only read."""
    body, function, effects = definition.body, definition.function, _unknown(definition)
    if function is None:
        return effects
    named = effects_from_name(function, body.function, len(body.parameters))
    kinds = _parameter_types(function, len(body.parameters))
    kept = tuple(_B if not is_pointer_like(kind) or points_to_const(kind) else _U for kind in kinds)
    return replace(effects, parameters=tuple(map(_weaker, kept, named.parameters)))


def _weaker(first: ParameterEffect, second: ParameterEffect) -> ParameterEffect:
    return first if first is second else _U


def _parameter_types(function: CFunction | None, count: int) -> list[str]:
    """One type for each parameter of the body; "" where it is not known."""
    known = [parameter.type for parameter in function.parameters] if function is not None else []
    return (known + [""] * count)[:count]


def _parameter(facts: BodyFacts, index: int, returned: bool) -> ParameterEffect:
    statuses = facts.exits.get(index, set()) - {ABSENT}
    if LOST in statuses:
        return ParameterEffect.UNKNOWN
    if statuses & {FREED, TAKEN}:
        return ParameterEffect.TAKES if statuses <= {FREED, TAKEN} else ParameterEffect.UNKNOWN
    if HELD in statuses:
        return ParameterEffect.HOLDS
    if index in facts.fills:
        return ParameterEffect.UNKNOWN if index in facts.fills_otherwise else ParameterEffect.FILLS
    if index in facts.fills_fields and index not in facts.frees_fields | facts.hearsay:
        return ParameterEffect.FILLS
    return ParameterEffect.RETURNS if returned else ParameterEffect.BORROWS


def _releaser(facts: BodyFacts, index: int) -> str:
    names = facts.releasers.get(index) or facts.fills.get(index) or facts.fills_fields.get(index) or set()
    return next(iter(names)) if len(names) == 1 else ""


def _plain(kind: str) -> str:
    """A C type as the tables write it, without const."""
    return " ".join(word for word in kind.replace("*", " * ").split() if word != "const").replace("* *", "**")


def _tagless(kind: str) -> str:
    """`struct pair` -> `pair`: C and C++ write the same type with and without its tag."""
    return kind.removeprefix("struct ")


def _note(facts: BodyFacts, effects: list[ParameterEffect], result: ResultEffect, unit: CUnit, body: CBody) -> str:
    """Where the most telling fact stands: `mylib.c:12 frees it`."""
    verb, line = "", body.line
    order = (("frees", _T), ("fills", ParameterEffect.FILLS), ("stores", ParameterEffect.HOLDS))
    for word, effect in order:
        for index, found in enumerate(effects):
            if found is effect and not verb and (word, index) in facts.lines:
                verb, line = f"{word} it", facts.lines[(word, index)]
    if not verb and result.kind == "owned":
        verb, line = "returns memory that the caller owns", facts.lines.get(("returns", -1), line)
    if unit.in_preamble:
        return f"the preamble's {body.function} {verb}" if verb else f"the preamble defines {body.function}"
    place = f"{posixpath.basename(unit.path)}:{line}"
    return f"{place} {verb}" if verb else f"{place} defines {body.function}"
