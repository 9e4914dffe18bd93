"""Searching Go code for a pattern outside of strings and comments, without a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SKIPPED = rb"//[^\n]*+|/\*.*?(?:\*/|\Z)|`[^`]*+`?|\"(?:[^\"\\\n]++|\\[^\n])*+\"?|'(?:[^'\\\n]++|\\[^\n])*+'?"


def code_pattern(pattern: bytes) -> re.Pattern[bytes]:
    """For `find_in_code`; the pattern must hold no capturing groups."""
    return re.compile(_SKIPPED + rb"|(" + pattern + rb")", re.DOTALL)


def find_in_code(pattern: re.Pattern[bytes], data: bytes) -> Iterator[tuple[int, bytes]]:
    """Where the pattern is met in code: offset and text."""
    for match in pattern.finditer(data):
        if match[1] is not None:
            yield match.start(1), match[1]
