"""Effects of C functions that are known from the tables, and of pseudo-package C's own functions."""

from __future__ import annotations

import re

from cgo_ls.analysis.effects import NO_RESULT, UNKNOWN_RESULT, CEffects, Origin, ParameterEffect, ResultEffect
from cgo_ls.data.rows import FunctionRow, ResultFacts, parameter_facts, parameter_index

_OWNED = ResultEffect("owned", "free", None, False)


def _builtin(name: str, count: int, result: ResultEffect, note: str) -> CEffects:
    return CEffects(name, (ParameterEffect.BORROWS,) * count, result, "builtin", note, sets_errno=False)


BUILTIN: dict[str, CEffects] = {
    effects.name: effects
    for effects in (
        _builtin("CString", 1, _OWNED, "copies into memory that malloc made"),
        _builtin("CBytes", 1, _OWNED, "copies into memory that malloc made"),
        _builtin("malloc", 1, _OWNED, "never returns nil: cgo's malloc ends the program instead"),
        _builtin("GoString", 1, NO_RESULT, "copies into Go memory"),
        _builtin("GoStringN", 2, NO_RESULT, "copies into Go memory"),
        _builtin("GoBytes", 2, NO_RESULT, "copies into Go memory"),
    )
}
_FREES = re.compile(r"free|close|destroy|finalize|delete|cleanup")
"""What a project's row that only says `takes` means by it; the tables say `frees` or `drops`."""
_ADDS_REFERENCE = re.compile(r"_(up_|take_)?ref(_sink)?$")
"""The result is the argument, and the reference it adds often belongs to a Go object that drops it later."""


def effects_of(row: FunctionRow, origin: Origin = "table") -> CEffects:
    """What a table's row says, as effects."""
    parameters: list[ParameterEffect] = []
    releasers: list[str] = []
    moments: list[str] = []
    frees: set[int] = set()
    in_place: set[int] = set()
    ends: set[int] = set()
    empties: set[int] = set()
    for index in range(len(row.parameter_names)):
        facts = parameter_facts(row, index)
        effect, releaser = ParameterEffect.BORROWS, facts.fills or facts.inits or ""
        if facts.inits:
            in_place.add(index)
        if facts.ends:
            ends.add(index)
            releaser = row.name
        if facts.empties:
            empties.add(index)
            releaser = row.name
        if facts.takes:
            effect = ParameterEffect.TAKES if facts.when == "always" else ParameterEffect.UNKNOWN
            named = origin == "project" and not facts.drops and _FREES.search(row.name) and "unref" not in row.name
            if facts.frees or named:
                releaser = row.name
                frees.add(index)
        elif facts.holds:
            effect = ParameterEffect.HOLDS
        elif facts.destructor or facts.empties:
            effect = ParameterEffect.UNKNOWN
        elif facts.fills or facts.elements or facts.inits:
            effect = ParameterEffect.FILLS
        parameters.append(effect)
        releasers.append(releaser)
        moments.append(facts.when)
    where = f"{row.library}'s table" if origin == "table" else row.library
    note = f"{where}, {row.source}" if row.source else where
    return CEffects(
        row.name, tuple(parameters), _result(row, row.result), origin, note, frozenset(frees),
        never_returns=row.never_returns, releasers=tuple(releasers),
        moments=tuple(moments), failure=_failure(row), in_place=frozenset(in_place), ends=frozenset(ends),
        empties=frozenset(empties), heap=row.heap or "",
        argument=_argument(row), takes_nil=len(row.parameter_names) == 1 and parameter_facts(row, 0).null_ok,
        result_type=_plain(row.prototype.partition("(")[0].rstrip().removesuffix(row.name)),
        moved=frozenset(i for i in range(len(moments)) if moments[i] == "success" and parameter_facts(row, i).takes),
    )  # fmt: skip


def _argument(row: FunctionRow) -> str:
    """The C type of the one parameter; "" where there are more, or it is a function."""
    inside = row.prototype.partition("(")[2].removesuffix(")")
    if len(row.parameter_names) != 1 or "(" in inside or row.variadic:
        return ""
    return _plain(inside.removesuffix(row.parameter_names[0]))


def _plain(kind: str) -> str:
    """`const char *` and `char const*` -> `char *`."""
    return " ".join(word for word in kind.replace("*", " * ").split() if word != "const").replace("* *", "**")


def _failure(row: FunctionRow) -> str:
    """The result that says the call failed: an out-parameter is then filled, or not."""
    if row.fails is not None:
        return row.fails
    if row.errno is None or row.errno.failure in ("short", "ambiguous"):
        return ""
    return row.errno.failure or ("!= 0" if row.errno.reported in ("as-result", "own-code") else "")


def _result(row: FunctionRow, facts: ResultFacts) -> ResultEffect:
    if _ADDS_REFERENCE.search(row.name):
        return UNKNOWN_RESULT
    if facts.owned and not facts.owned_when and not facts.invalid:
        return ResultEffect("owned", facts.owned, None, facts.null_on is not None)
    if facts.aliases is not None:
        index = parameter_index(row, facts.aliases)
        fresh = facts.owned if facts.owned and facts.owned_when == f"{facts.aliases} == NULL" else ""
        nullable = facts.null_on is not None
        return ResultEffect("parameter", fresh, index, nullable) if index is not None else UNKNOWN_RESULT
    if (
        facts.owned and facts.invalid
    ):  # a mapping: whether there is one is not told by NULL, so nobody is sure to own it
        return ResultEffect("borrowed", facts.owned)
    return ResultEffect("borrowed") if facts.borrowed else UNKNOWN_RESULT
