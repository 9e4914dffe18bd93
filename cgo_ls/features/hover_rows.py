"""What a row of the tables says of a function, for a reader: what becomes of each pointer, and whose the result is."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.data.rows import FunctionRow, ParamFacts
from cgo_ls.features.markdown import code
from cgo_ls.model.c_reader import read_c_unit

MOMENTS = {
    "success": " when the call succeeds",
    "failure": " when the call fails",
    "close": " when the result is closed",
}


def row_lines(row: FunctionRow) -> list[str]:
    """One line for each parameter that points somewhere, and one for the result."""
    lines = [
        f"{code(name)}: {text}"
        for name, kind in _parameters(row)
        if (text := _parameter(row.parameters.get(name, ParamFacts()), kind))
    ]
    return [*lines, *_result(row), *(["never returns"] if row.never_returns else [])]


def _parameters(row: FunctionRow) -> Iterator[tuple[str, str]]:
    """Names and C types."""
    functions = read_c_unit("row.h", f"{row.prototype};\n".encode()).functions
    for parameter in functions[0].parameters if functions else ():
        yield parameter.name, parameter.type


def _parameter(facts: ParamFacts, kind: str) -> str:
    when = MOMENTS.get(facts.when, "")
    if facts.destructor:
        return (
            f"C releases it by calling {code(facts.destructor)}; where that is one of the library's constants, C copies it, "
            "or keeps it without owning it"
        )
    if facts.drops:
        return f"**one reference is given up**{when}; do not use it afterwards unless you hold another"
    if facts.frees:
        return f"**freed by the call**{when}; do not use or free it afterwards"
    if facts.takes:
        return f"**taken over by C**{when}; do not free it then"
    if facts.ends:
        return "what it holds is released; the memory it lies in stays yours"
    if facts.empties:
        return "what the pointer in it points to is released, and the pointer set to nil"
    if facts.holds:
        return "**kept by C after the call**; it stays yours and must stay valid. Never a pointer to Go memory"
    if facts.fills:
        each = f", and each element with {code('C.' + facts.elements)}" if facts.elements else ""
        return f"receives memory that **you own**{when}; release it with {code('C.' + facts.fills)}{each}"
    if facts.inits:
        return f"made ready where it lies{when}; release what it holds with {code('C.' + facts.inits)}"
    if facts.opens:
        return f"receives what **you own**{when}; release it with {code('C.' + facts.opens)}"
    return "used during the call only; it stays yours" if any(mark in kind for mark in "*[") else ""


def _result(row: FunctionRow) -> Iterator[str]:
    facts = row.result
    nil = (
        "; it may be nil" if facts.null_on else f"; {code(facts.invalid)} says that it failed" if facts.invalid else ""
    )
    if facts.owned and facts.owned_when:
        other = f"; otherwise it points to the memory of {code(facts.aliases)}" if facts.aliases else ""
        yield f"result: **you own it** where {code(facts.owned_when)}; release it with {code('C.' + facts.owned)}{other}{nil}"
    elif facts.owned or facts.opens:
        yield f"result: **you own it**; release it with {code('C.' + (facts.owned or facts.opens or ''))}{nil}"
    elif facts.borrowed_from:
        yield f"result: belongs to {code(facts.borrowed_from)}, and is valid as long as that; do not free it{nil}"
    elif facts.borrowed:
        yield f"result: belongs to C; do not free it{nil}"
    elif facts.aliases:
        yield f"result: points to the memory of {code(facts.aliases)}; it is no memory of its own{nil}"
