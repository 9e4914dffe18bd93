"""Go types as far as one package's own text tells them. What it does not tell is None, never a guess."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cgo_ls.text.span import Span

TypeKind = Literal["struct", "alias", "defined", "interface", "other"]

_BASE = re.compile(r"\s*(?:\*\s*)?([^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)?)\s*(?:\[.*\])?\s*", re.DOTALL)

# A chain of aliases longer than this is a cycle, or nothing a person wrote.
_CHAIN = 20


@dataclass(frozen=True, slots=True)
class GoParameter:
    """A parameter, a result or a field: its name ("" where it has none; an embedded field has the name of its type), its
    type as written ("...T" when variadic), and the span of the name (of the type where there is no name)."""

    name: str
    type: str
    span: Span
    embedded: bool = False


@dataclass(frozen=True, slots=True)
class GoType:
    """A type declared at the top level. `underlying` is what stands behind the name, as written; of a struct or an
    interface only that word. `generic`: it has type parameters."""

    name: str
    kind: TypeKind
    fields: tuple[GoParameter, ...]
    underlying: str
    name_span: Span
    generic: bool = False


def base_name(type_text: str) -> str | None:
    """The name in `T`, `*T`, `T[K]`, `p.T`, as `T` or `p.T`; None for any other type (`[]T`, `**T`, `func()`)."""
    match = _BASE.fullmatch(type_text)
    return re.sub(r"\s", "", match[1]) if match else None


def find_struct(type_text: str, lookup: Callable[[str], GoType | None]) -> GoType | None:
    """The struct that a value of this type, or what it points to, is; followed through aliases and defined types."""
    for _ in range(_CHAIN):
        name = base_name(type_text)
        found = lookup(name) if name is not None else None
        if found is None or found.kind == "struct":
            return found
        if found.kind not in ("alias", "defined"):
            return None
        type_text = found.underlying
    return None


def find_field(type_text: str, field: str, lookup: Callable[[str], GoType | None]) -> GoParameter | None:
    """The field `x.field` names for an `x` of this type, through embedded structs, shallowest first; None if unknown."""
    level, seen = [type_text], set()
    while level:
        deeper: list[str] = []
        for text in level:
            struct = find_struct(text, lookup)
            if struct is None or struct.name in seen:
                continue
            seen.add(struct.name)
            for candidate in struct.fields:
                if candidate.name == field:
                    return candidate
                if candidate.embedded:
                    deeper.append(candidate.type)
        level = deeper
    return None
