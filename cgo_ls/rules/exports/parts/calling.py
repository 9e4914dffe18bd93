"""How a C type travels in a call on a 64-bit system: what two declarations must agree in when no compiler sees both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cgo_ls.rules.exports.parts.c_comparison import read_shape

if TYPE_CHECKING:
    from cgo_ls.model.cdecl import CFunction
    from cgo_ls.model.package import CScope
    from cgo_ls.rules.exports.parts.generated_prototype import GeneratedPrototype, GeneratedType
    from cgo_ls.rules.finding import Severity

# Bytes, for those that a register holds as a number; as on 64-bit Unix, where `long` has eight.
_SIZES = {
    "char": 1, "signed char": 1, "unsigned char": 1, "_Bool": 1, "short": 2, "unsigned short": 2, "int": 4, "unsigned int": 4, "enum": 4,
    "long": 8, "unsigned long": 8, "long long": 8, "unsigned long long": 8,
}  # fmt: skip
_WORDS = re.compile(r"\b(?:extern|inline|__inline)\b\s*")


def misread(generated: GeneratedPrototype, given: CFunction, scope: CScope) -> tuple[str, Severity] | None:
    """What arrives otherwise than it is passed, in a clause; None where nothing certainly does.

    Numbers of another width are mostly the same number: they are `information`, all else a `warning`.
    """
    wanted = generated.parameters
    if len(wanted) != len(given.parameters):
        return f"it has {count_of(len(given.parameters))}, the Go function {count_of(len(wanted))}", "warning"
    found: list[tuple[str, Severity]] = []
    for index, ((kind, name), parameter) in enumerate(zip(wanted, given.parameters, strict=True)):
        one, other = _class(kind.plain, scope), _class(parameter.type, scope)
        if one is None or other is None or one == other:
            continue
        clause = f"parameter {name or index + 1} is {_shown(kind)} there and {parameter.type} here"
        if one.isdigit() and other.isdigit() and "*" not in kind.plain + parameter.type:
            found.append((f"{clause}, {_width(one > other, parameter.type)}", "information"))
        else:
            found.append((clause, "warning"))
    one, other = _class(generated.result.plain, scope), _class(given.result, scope)
    if one is not None and other is not None and other != "void":
        # A number that C reads in part is the number, as long as it is not larger than C thinks.
        if not (one.isdigit() and other.isdigit() and one >= other) and one != other:
            found.append(
                (f"the result is {_shown(generated.result)} there and {_WORDS.sub('', given.result)} here", "warning")
            )
    return min(found, key=lambda each: each[1] != "warning", default=None)


def _width(widened: bool, given: str) -> str:
    if not widened:
        return "and a large number loses its upper half"
    negative = "" if "unsigned" in given else ": a negative number arrives as a large one"
    return f"and nobody sets the upper half{negative}"


def _shown(kind: GeneratedType) -> str:
    plain = kind.plain and kind.plain != kind.shown and not kind.plain.startswith(("struct", "_"))
    return f"{kind.shown} ({kind.plain})" if plain else kind.shown


def count_of(number: int) -> str:
    return "no parameters" if number == 0 else "1 parameter" if number == 1 else f"{number} parameters"


def _class(text: str, scope: CScope) -> str | None:
    shape = read_shape(_WORDS.sub("", text), scope)
    if shape is None:
        return None
    if shape.pointers:
        return "8"
    if not shape.known:
        return None
    if shape.base in _SIZES:
        return str(_SIZES[shape.base])
    return shape.base if shape.base in ("float", "double", "void") else None
