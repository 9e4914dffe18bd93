"""What comments at C declarations say of the functions, in the words of `.cgo-ls.toml`.

    // cgo-ls: returns.owned = "engine_free"
    // cgo-ls: params.out = { fills = "engine_close", when = "success" }
    int engine_open(const char *path, engine **out);

Each line behind `cgo-ls:` is a line of the function's table; the prototype is the declaration's own.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from cgo_ls.data.rows import FunctionRow, parse_rows
from cgo_ls.model.cdecl import CFunction, CPlace, CUnit

_LINE = re.compile(r"^\s*cgo-ls:(?!\s*$)[ \t]*(.*)$", re.MULTILINE)
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class AnnotationError:
    """What is wrong with the comment at the declaration of `function`, in a sentence; `place` is the declaration's."""

    function: str
    place: CPlace
    message: str


def annotated_rows(units: Iterable[CUnit]) -> tuple[dict[str, FunctionRow], list[AnnotationError]]:
    """The rows that comments describe, by function name, and what is wrong with the others."""
    rows: dict[str, FunctionRow] = {}
    errors: list[AnnotationError] = []
    for unit in units:
        for function in unit.functions:
            if "cgo-ls:" not in function.comment:
                continue
            row, message = _row_of(function)
            if row is not None:
                rows.setdefault(function.name, row)
            if message:
                errors.append(AnnotationError(function.name, function.place, message))
    return rows, errors


def _row_of(function: CFunction) -> tuple[FunctionRow | None, str]:
    lines = [match[1].strip() for match in _LINE.finditer(function.comment)]
    if not lines:
        return None, ""
    if not function.has_prototype:
        return None, "the parameters of the declaration could not be read"
    text = "\n".join(lines)
    if len(text) > LONGEST:
        return None, f"longer than {LONGEST} bytes, not read"
    try:
        table: dict[str, object] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, str(error)[:100] or "nested too deep"
    if "prototype" in table:
        return None, "the prototype is the declaration's own"
    table["prototype"] = function.prototype
    place = os.path.basename(function.place.path)
    rows, errors = parse_rows({function.name: table}, f"the comment at its declaration in {place}")
    return rows.get(function.name), errors[0].message if errors else ""
