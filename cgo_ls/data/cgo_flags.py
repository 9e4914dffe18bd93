"""Which flags of `#cgo` lines the go command accepts: the table in cgo_flags.toml, read once, and the walk over a line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from cgo_ls.data.tables import read_table

Tool = Literal["compiler", "linker", "pkg-config"]

TOOLS: Mapping[str, Tool] = {
    "CFLAGS": "compiler",
    "CPPFLAGS": "compiler",
    "CXXFLAGS": "compiler",
    "FFLAGS": "compiler",
    "LDFLAGS": "linker",
    "pkg-config": "pkg-config",
}
"""The verb of a `#cgo` line -> whose flags it holds."""

_PUSH_STATE = "-Wl,--push-state,"


@dataclass(frozen=True, slots=True)
class _Allowed:
    words: frozenset[str]
    values: tuple[str, ...]
    free: tuple[str, ...]
    forms: tuple[re.Pattern[str], ...]
    next: frozenset[str]
    never: frozenset[str]

    def lets_through(self, word: str) -> bool:
        """Whether the word may stand by itself."""
        if word in self.words:
            return True
        if any(word.startswith(prefix) and word[len(prefix) :][:1] not in ("", "@", "-") for prefix in self.values):
            return True
        if any(word.startswith(prefix) and len(word) > len(prefix) for prefix in self.free):
            return True
        return any(form.fullmatch(word) for form in self.forms)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A word, by its index in the list, that the go command refuses; `value` is the next word where that is to blame.

    `bare`: the word needs a value and is the last one."""

    index: int
    word: str
    value: str = ""
    bare: bool = False


def first_refused(tool: Tool, words: Sequence[str]) -> Refusal | None:
    """The first word the go command does not let through; it stops there too. Environment variables are not asked."""
    allowed = _tables()[tool]
    index = 0
    while index < len(words):
        word, following = words[index], words[index + 1] if index + 1 < len(words) else None
        if word not in allowed.never and (allowed.lets_through(word) or _pushes(word, allowed)):
            index += 1
            continue
        if word not in allowed.next:
            return Refusal(index, word)
        if following is None:
            return Refusal(index, word, bare=True)
        if not _may_follow(word, following):
            return Refusal(index, word, following)
        index += 2
    return None


def is_safe_word(word: str) -> bool:
    """Whether the go command takes the word for a name or a path: it begins with a letter, a digit or one of `. _ /`."""
    return bool(word) and (word[0] in "._/" or (word[0].isascii() and word[0].isalnum()) or ord(word[0]) >= 0x80)


def _may_follow(word: str, following: str) -> bool:
    if is_safe_word(following):
        return True
    if word.startswith("-Wl,") and following.startswith("-Wl,"):
        return is_safe_word(following[4:]) and "," not in following[4:]
    return word == "-I" and following.startswith(("=", "$SYSROOT")) and is_safe_word(following[1:])


def _pushes(word: str, allowed: _Allowed) -> bool:
    """`-Wl,--push-state,--as-needed`: each part is a linker flag of its own."""
    if not word.startswith(_PUSH_STATE):
        return False
    return all(allowed.lets_through("-Wl," + part) for part in word.split(",")[1:])


@cache
def _tables() -> Mapping[str, _Allowed]:
    return {tool: _read(rows) for tool, rows in tomllib.loads(read_table("cgo_flags")).items()}


def _read(rows: Mapping[str, Any]) -> _Allowed:
    switches = rows["switches"].split()
    words = {*rows["words"].split(), *switches, *(f"{word[:2]}no-{word[2:]}" for word in switches)}
    for prefix, values in rows.get("one-of", {}).items():
        words.update(prefix + value for value in values.split())
    return _Allowed(
        frozenset(words),
        tuple(rows["values"].split()),
        tuple(rows["free"].split()),
        tuple(re.compile(form) for form in rows["forms"]),
        frozenset(rows["next"].split()),
        frozenset(rows["never"].split()),
    )
