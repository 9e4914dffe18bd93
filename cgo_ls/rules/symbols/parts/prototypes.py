"""The declaration of a C function for another file than the one that defines it."""

from __future__ import annotations

import re

from cgo_ls.model.cdecl import CFunction, CVariable

_STORAGE = re.compile(r"\b(?:static|inline|__inline|__inline__|extern)\b\s*")
_WORD = re.compile(r"[A-Za-z_]\w*")
_BUILT_IN = frozenset(
    [
        "void",
        "char",
        "short",
        "int",
        "long",
        "float",
        "double",
        "signed",
        "unsigned",
        "const",
        "volatile",
        "restrict",
        "_Bool",
    ]
)


def plain_prototype(function: CFunction) -> str | None:
    """`int helper(int n);` None where its types need more than C's own words."""
    names = {function.name, *(parameter.name for parameter in function.parameters)}
    text = _STORAGE.sub("", function.prototype)
    if not function.has_prototype or not set(_WORD.findall(text)) <= _BUILT_IN | names:
        return None
    return text.rstrip("; ") + ";"


def plain_variable(variable: CVariable) -> str | None:
    """`extern int count;` None where its type needs more than C's own words, or stands around the name."""
    text = _STORAGE.sub("", variable.type).strip()
    if not set(_WORD.findall(text)) <= _BUILT_IN or re.search(r"[^\w\s*]", text):
        return None
    return f"extern {text}{'' if text.endswith('*') else ' '}{variable.name};"
