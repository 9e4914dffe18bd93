"""Reading the one line of C that each row holds: the name and the parameters of a prototype.

Not a C parser: rows are written by hand in one plain style, and `tests/data` holds each of them to the real parser.
Nothing here recurses, and text that is no prototype gives None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_]\w*")
_TAGS = frozenset({"struct", "union", "enum"})
_NUMBERS = frozenset({"const", "volatile", "unsigned", "signed", "char", "short", "int", "long", "float", "double"}) | {
    "_Bool",
    "size_t",
    "ssize_t",
    "off_t",
    "mode_t",
}
_TYPE_WORDS = _TAGS | _NUMBERS | {"void", "restrict"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name ("" where there is none), and whether it is certainly a plain number."""

    name: str
    number: bool


@dataclass(frozen=True, slots=True)
class Prototype:
    """`name`, its parameters in order (without `...`), and whether more may follow them."""

    name: str
    result: str
    parameters: tuple[Parameter, ...]
    variadic: bool


def parse_prototype(text: str) -> Prototype | None:
    """`ssize_t getline(char **lineptr, size_t *n, FILE *stream)` -> its parts; None for anything else."""
    if not text.endswith(")"):
        return None
    opening = _opening_of_last(text)
    name = _trailing_name(text[:opening]) if opening > 0 else None
    if name is None:
        return None
    pieces = [piece.strip() for piece in _split(text[opening + 1 : -1])]
    variadic = pieces[-1:] == ["..."]
    if variadic:
        pieces.pop()
    if pieces in ([""], ["void"]):
        pieces = []
    if not all(pieces):
        return None
    result = text[:opening].rstrip()[: -len(name)].rstrip()
    return Prototype(name, result, tuple(_parameter(piece) for piece in pieces), variadic) if result else None


def _opening_of_last(text: str) -> int:
    """The `(` that the last `)` closes, or -1."""
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        if text[place] == ")":
            depth += 1
        elif text[place] == "(":
            depth -= 1
            if depth == 0:
                return place
    return -1


def _trailing_name(text: str) -> str | None:
    match = re.search(r"([A-Za-z_]\w*)\s*$", text)
    return match[1] if match else None


def _split(text: str) -> list[str]:
    """At the commas outside parentheses."""
    pieces, depth, start = [], 0, 0
    for place, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "," and depth == 0:
            pieces.append(text[start:place])
            start = place + 1
    pieces.append(text[start:])
    return pieces


def _parameter(piece: str) -> Parameter:
    function = re.match(r"[^()]*\(\s*\*+\s*(?:const\s+)?(\w*)", piece)
    if function is not None:
        return Parameter(function[1], False)
    head = piece.split("[", 1)[0].rstrip()
    words = _NAME.findall(head)
    named = len([word for word in words if word != "const"]) > 1 and not head.endswith("*")
    name = words.pop() if named and words[-1] not in _TYPE_WORDS and words[-2] not in _TAGS else ""
    number = "*" not in piece and "[" not in piece and bool(words) and all(word in _NUMBERS for word in words)
    return Parameter(name, number)
