"""How a C type travels in a call on a 64-bit system: what two declarations must agree in when no compiler sees both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cgo_ls.rules.exports.parts.c_comparison import read_shape

if TYPE_CHECKING:
    from cgo_ls.model.package import CScope

# Bytes, for those that a register holds as a number. `long` has four on Windows: it is compared with none but its like.
_SIZES = {
    "char": 1, "signed char": 1, "unsigned char": 1, "_Bool": 1, "short": 2, "unsigned short": 2, "int": 4, "unsigned int": 4, "enum": 4,
    "long": 8, "unsigned long": 8, "long long": 8, "unsigned long long": 8,
}  # fmt: skip
_WORDS = re.compile(r"\b(?:extern|inline|__inline)\b\s*")


def passes_alike(wanted: str, given: str, scope: CScope) -> bool | None:
    """Whether what is passed as `given` arrives where `wanted` is expected; signs, enums and qualifiers make no difference.

    None where it cannot be said.
    """
    one, other = _class(wanted, scope), _class(given, scope)
    if other == "void":
        return True  # a result that C does not look at
    return None if one is None or other is None else one == other


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
