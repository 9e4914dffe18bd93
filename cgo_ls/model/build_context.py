"""Whether a file is part of the build for one system, by the constraint that `build_constraint` found: yes, no, or unknown."""

from __future__ import annotations

import re

from cgo_ls.model.constraints import ARCHITECTURES, SYSTEMS

_UNIX = frozenset(
    [
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "hurd",
        "illumos",
        "ios",
        "linux",
        "netbsd",
        "openbsd",
        "solaris",
    ]
)
_TOKEN = re.compile(r"\s*(\(|\)|&&|\|\||!|[\w.]+|\S)")
_OLD_LINE = re.compile(r"\+build[ \t]+(.*)", re.DOTALL)
# A longer expression is none that a person wrote.
_LIMIT = 2_000


def is_built(constraint: str | None, system: str, *, cgo: bool = True) -> bool | None:
    """For amd64 and the gc compiler. None where it depends on tags that the user may give, or cannot be read."""
    if constraint is None:
        return True
    if len(constraint) > _LIMIT:
        return None
    words: list[str] = []
    for part in constraint.split(" && +build"):
        old = _OLD_LINE.match(part if part.startswith("+build") else f"+build{part}" if words else part)
        words += [*(["&&"] if words else []), "(", *(_old_line(old[1]) if old else _TOKEN.findall(part)), ")"]
    return _evaluate(words, system, cgo)


def _old_line(text: str) -> list[str]:
    """`linux,!cgo darwin`: alternatives of words that must all hold. What names demand stands behind it with `&&`."""
    line, _, rest = text.partition(" && ")
    found: list[str] = ["("]
    for option in line.split():
        found += [*(["||"] if len(found) > 1 else []), "("]
        for index, word in enumerate(option.split(",")):
            found += [*(["&&"] if index else []), *_TOKEN.findall(word)]
        found.append(")")
    found.append(")")
    return [*found, "&&", *_TOKEN.findall(rest)] if rest else found


def _evaluate(words: list[str], system: str, cgo: bool) -> bool | None:
    """Two stacks, so that nesting does not matter; three values, of which None is unknown."""
    values: list[bool | None] = []
    waiting: list[str] = []
    rank = {"||": 1, "&&": 2, "!": 3}

    def reduce(least: int) -> bool:
        while waiting and waiting[-1] != "(" and rank[waiting[-1]] >= least:
            operator = waiting.pop()
            if len(values) < (1 if operator == "!" else 2):
                return False
            one = values.pop()
            if operator == "!":
                values.append(None if one is None else not one)
                continue
            other, decides = values.pop(), operator == "||"
            values.append(decides if decides in (one, other) else None if None in (one, other) else not decides)
        return True

    for word in words:
        if word in ("(", "!"):
            waiting.append(word)
        elif word in ("&&", "||"):
            if not reduce(rank[word]):
                return None
            waiting.append(word)
        elif word == ")":
            if not reduce(1) or not waiting:
                return None
            waiting.pop()
        elif word[0].isalnum() or word[0] == "_":
            values.append(_tag(word, system, cgo))
        else:
            return None
    return values[0] if reduce(1) and len(values) == 1 and not waiting else None


def _tag(word: str, system: str, cgo: bool) -> bool | None:
    if word in SYSTEMS:
        return word == system or (word, system) in (("linux", "android"), ("darwin", "ios"), ("solaris", "illumos"))
    if word in ARCHITECTURES:
        return word == "amd64"
    if word == "unix":
        return system in _UNIX
    if word.startswith("go1"):
        return True
    return {"cgo": cgo, "gc": True, "gccgo": False, "ignore": False}.get(word)
