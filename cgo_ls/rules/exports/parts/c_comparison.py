"""Whether two C types, as text, are the same to a 64-bit gcc; typedefs of the package and of stdint.h are seen through."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgo_ls.model.cdecl import CTypeName

if TYPE_CHECKING:
    from cgo_ls.model.package import CScope

_TOKEN = re.compile(r"[A-Za-z_]\w*|\*|\S")
_QUALIFIERS = frozenset(["const", "volatile", "restrict", "__restrict", "__const"])
_NUMBER_LIST = "unsigned signed short long int char float double _Bool bool void _Complex"
_NUMBER_WORDS = frozenset(_NUMBER_LIST.split())
_STANDARD = {
    "int8_t": "signed char",
    "int16_t": "short",
    "int32_t": "int",
    "int64_t": "long",
    "uint8_t": "unsigned char",
    "uint16_t": "unsigned short",
    "uint32_t": "unsigned int",
    "uint64_t": "unsigned long",
    "intptr_t": "long",
    "uintptr_t": "unsigned long",
    "size_t": "unsigned long",
    "ssize_t": "long",
    "ptrdiff_t": "long",
    "__SIZE_TYPE__": "unsigned long",
    "GoInt": "long long",
    "GoUint": "unsigned long long",
    "_GoString_": "struct _GoString_",
    "GoString": "struct _GoString_",
}
_CHAIN = 10


@dataclass(frozen=True, slots=True)
class CShape:
    """A base (`unsigned int`, `struct s`, `enum`, or the name of a type that is not known) behind pointers.

    `qualifiers` are those of what each pointer points to, outermost first; those of the value itself do not count.
    `platform`: it follows a typedef such as int64_t, which is another type on other systems."""

    base: str
    pointers: int
    qualifiers: tuple[frozenset[str], ...]
    known: bool = True
    platform: bool = False


def same_type(one: str, other: str, scope: CScope) -> bool | None:
    """None where it cannot be said."""
    mine, theirs = read_shape(one, scope), read_shape(other, scope)
    if mine is None or theirs is None:
        return None
    if mine.known and theirs.known:
        if mine.pointers == theirs.pointers and "enum" in (mine.base, theirs.base) and mine.base != theirs.base:
            return None
        same = (mine.base, mine.pointers, mine.qualifiers) == (theirs.base, theirs.pointers, theirs.qualifiers)
        return None if not same and (mine.platform or theirs.platform) and _long(mine) and _long(theirs) else same
    if mine == theirs:
        return True
    if mine.base == theirs.base and mine.pointers == theirs.pointers:
        return False
    return None


def _long(shape: CShape) -> bool:
    return "long" in shape.base


def read_shape(text: str, scope: CScope) -> CShape | None:
    """None for function pointers and whatever else is not words and stars."""
    text = re.sub(r"\s*\[[^\]]*\]$", " *", text.strip(), count=1)
    platform = False
    words, levels = _split(text)
    for _ in range(_CHAIN):
        if words is None:
            return None
        if len(words) == 1 and words[0] not in _NUMBER_WORDS:
            name = words[0]
            behind = _STANDARD.get(name) or _typedef(name, scope)
            if behind is None:
                return CShape(name, len(levels) - 1, tuple(levels[:-1]), known=False, platform=platform)
            platform = platform or name in ("int64_t", "uint64_t", "intptr_t", "uintptr_t", "size_t", "ssize_t")
            if behind in ("struct", "enum"):
                return CShape("enum" if behind == "enum" else name, len(levels) - 1, tuple(levels[:-1]))
            inner, inner_levels = _split(behind)
            if inner is None:
                return CShape(name, len(levels) - 1, tuple(levels[:-1]), known=False)
            words, levels = inner, [*inner_levels[:-1], inner_levels[-1] | levels[0], *levels[1:]]
            continue
        base = _base(words)
        return None if base is None else CShape(base, len(levels) - 1, tuple(levels[:-1]), platform=platform)
    return None


def _split(text: str) -> tuple[list[str] | None, list[frozenset[str]]]:
    """Words in front of the stars, and the qualifiers of each level: the base's, then each pointer's."""
    words: list[str] = []
    levels: list[set[str]] = [set()]
    for token in _TOKEN.findall(text):
        if token == "*":
            levels.append(set())
        elif token in _QUALIFIERS:
            levels[-1].add(token.strip("_"))
        elif len(levels) > 1 or not (token[0].isalpha() or token[0] == "_"):
            return None, []
        else:
            words.append(token)
    levels = [level - {"restrict"} for level in levels]
    return (words or None), [frozenset(level) for level in levels]


def _base(words: list[str]) -> str | None:
    if words[0] in ("struct", "union") and len(words) == 2:
        return " ".join(words)
    if words[0] == "enum":
        return "enum"
    if not _NUMBER_WORDS.issuperset(words):
        return None
    kinds = [word for word in words if word in ("char", "float", "double", "_Bool", "bool", "void", "_Complex")]
    longs = words.count("long")
    if "char" in kinds:
        sign = next((word for word in words if word in ("signed", "unsigned")), "")
        return f"{sign} char".strip()
    if "bool" in kinds or "_Bool" in kinds:
        return "_Bool"
    if kinds:
        return " ".join(["long"] * longs + sorted(kinds))
    size = "short" if "short" in words else "long long" if longs > 1 else "long" if longs else "int"
    return ("unsigned " if "unsigned" in words else "") + size


def _typedef(name: str, scope: CScope) -> str | None:
    """What stands behind a typedef of the package: its type, "struct" or "enum" for one without a tag, None if unknown."""
    found = scope.resolve(name)
    if found is None or found.kind != "type":
        return None
    texts = {each.text for each in found.declarations if isinstance(each, CTypeName) and each.kind == "typedef"}
    if len(texts) != 1:
        return None
    match = re.fullmatch(rf"typedef\b\s*(.*?)\s*\b{re.escape(name)}\s*;?", texts.pop(), re.DOTALL)
    if match is None:
        return None
    body = match[1]
    tagged = re.match(r"(struct|union|enum)\s*(\w*)\s*\{", body)
    if tagged is None:
        return body if re.fullmatch(r"[\w\s*]+", body) else None
    if body.endswith("*"):
        return None
    if tagged[1] == "enum":
        return "enum"
    return f"{tagged[1]} {tagged[2]}" if tagged[2] else "struct"
