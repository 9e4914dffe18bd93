"""Untrusted text in Markdown: names and comments from source files must not become links, images or headings."""

from __future__ import annotations

import re

# What a reader is shown of one comment or declaration.
CAP = 4_000

_BACKTICKS = re.compile(r"`+")
# Controls that reorder or hide text, and all control characters but tab and newline.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def visible(text: str) -> str:
    """The text with characters that hide or reorder others written out, such as `<U+202E>`."""
    return _HIDDEN.sub(lambda match: f"<U+{ord(match.group()):04X}>", text.replace("\r\n", "\n"))


def fence(text: str, language: str = "") -> str:
    """A code block that nothing in `text` can end, cut at CAP characters."""
    shown = visible(text)
    if len(shown) > CAP:
        shown = shown[:CAP].rstrip() + "\n..."
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{shown.strip(chr(10))}\n{ticks}"


def code(text: str) -> str:
    """Inline code on one line."""
    shown = " ".join(visible(text).split())[:200]
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    if not longest:
        return f"`{shown}`"
    ticks = "`" * (longest + 1)
    return f"{ticks} {shown} {ticks}"
