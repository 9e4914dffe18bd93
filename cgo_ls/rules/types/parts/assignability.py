"""Whether the Go compiler refuses a value of one type where another is wanted, when one of them is C's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cgo_ls.rules.types.parts.c_as_go import BASIC, is_enum
from cgo_ls.rules.types.parts.expression_types import GO_NUMBERS

if TYPE_CHECKING:
    from cgo_ls.rules.types.parts.expression_types import ExpressionTypes

_CONVERT = "Go does not convert by itself"
_WIDE = frozenset(["C.long", "C.ulong", "C.longlong", "C.ulonglong"])
_HINTS = {
    "string": "C.CString makes a C string of it, to be freed",
    "slice": "pass a pointer to its first element",
    "array": "C passes arrays by a pointer to the first element",
}


def mismatch(given: str, wanted: str, types: ExpressionTypes) -> str | None:
    """Why `given` does not do for `wanted`, in a clause; None where it does, or where that is not certain."""
    target = types.canonical(wanted)
    if target is None:
        return None
    behind = target[0]
    if given.startswith("untyped "):
        return _constant(given[8:], behind)
    if wanted in ("string", "[]byte"):
        return _CONVERT if _is_plain(given) and given not in (wanted, "[]uint8") else None
    pointer = behind.startswith("*") or behind == "unsafe.Pointer"
    if not pointer and behind not in BASIC:
        enum = (
            given in GO_NUMBERS and given not in ("int32", "uint32", "rune") and is_enum(behind, types.facts.resolve_c)
        )
        return _CONVERT if enum else None
    if given == "string":
        return _HINTS["string"] if behind.endswith("C.char") else _CONVERT
    if re.match(r"\[[0-9]*\]", given):
        kind = "slice" if given.startswith("[]") else "array"
        return (_HINTS[kind] if pointer else _CONVERT) if re.match(r"(?:\[[0-9]*\])+[\w*.]+$", given) else None
    if given in GO_NUMBERS or given == "bool" or given == "uintptr":
        return _CONVERT
    source = types.canonical(given)
    if source is None:
        return None
    if source[0] in BASIC:
        if pointer:
            return "a number is no pointer"
        return _between(source, target)
    if given == "unsafe.Pointer" or source[0] == "unsafe.Pointer":
        return None if behind == "unsafe.Pointer" else "Go converts an unsafe.Pointer only when told to"
    if given.startswith("*"):
        if behind == "unsafe.Pointer":
            # A named pointer behind a typedef, and what cgo knows as void, are left alone.
            return "every pointer needs unsafe.Pointer(...) to become a void *" if source[0] != "*C.void" else None
        if not pointer:
            return "a pointer is no number"
        return _pointers(source, target)
    return None


def _constant(kind: str, behind: str) -> str | None:
    pointer = behind.startswith("*") or behind == "unsafe.Pointer"
    if kind == "string":
        return _HINTS["string"] if behind == "*C.char" else _CONVERT if pointer or behind in BASIC else None
    if kind in ("int", "float", "rune"):
        if pointer:
            return "the null pointer is nil in Go"
        return "a number is no bool in Go" if behind == "C._Bool" else None
    if kind == "bool":
        return _CONVERT if pointer or (behind in BASIC and behind != "C._Bool") else None
    return "nil is no number" if kind == "nil" and behind in BASIC else None


def _between(source: tuple[str, bool], target: tuple[str, bool]) -> str | None:
    """Two numbers of C: typedefs such as size_t are other types elsewhere, and then it is not certain."""
    if source[0] == target[0]:
        return None
    if (source[1] or target[1]) and source[0] in _WIDE and target[0] in _WIDE:
        return None
    return _CONVERT


def _pointers(source: tuple[str, bool], target: tuple[str, bool]) -> str | None:
    one, other = source[0], target[0]
    if one == other:
        return None
    one_base, other_base = one.lstrip("*"), other.lstrip("*")
    depth = (len(one) - len(one_base), len(other) - len(other_base))
    if not (_is_certain(one_base) and _is_certain(other_base)):
        return None
    if "C.enum_" in one + other or "C.union_" in one + other:
        return None
    if (source[1] or target[1]) and one_base in _WIDE and other_base in _WIDE and depth[0] == depth[1]:
        return None
    return "they point to different types"


def _is_certain(base: str) -> bool:
    if base in ("unsafe.Pointer", "C.void"):
        return True
    return base in BASIC or base in GO_NUMBERS or base in ("string", "bool") or base.startswith("C.struct_")


def _is_plain(given: str) -> bool:
    return (
        given in GO_NUMBERS
        or given in ("string", "bool", "[]byte", "unsafe.Pointer")
        or given.startswith(("*C.", "C."))
    )
