"""The texts of hover_texts.md, by name."""

from __future__ import annotations

import os
import re
from functools import cache

_SECTION = re.compile(r"^## (\S+)\n", re.MULTILINE)


@cache
def hover_texts() -> dict[str, str]:
    """Name ("CString", "unsafe.Slice") -> Markdown that begins with the Go signature. Our own words, so they are trusted."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hover_texts.md")
    with open(path, encoding="utf-8", newline="\n") as file:
        parts = _SECTION.split(file.read())
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
