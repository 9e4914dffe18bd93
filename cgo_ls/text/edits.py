"""Text edits on bytes: applying them, and telling which sets cannot be applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cgo_ls.text.span import Span


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace the bytes of `span` by `new_text`; an empty span inserts."""

    span: Span
    new_text: bytes


class EditConflict(ValueError):
    """Edits that overlap, or that lie outside of the text."""


def sorted_edits(edits: Iterable[TextEdit]) -> list[TextEdit]:
    """Edits by place. Inserts at one place keep the given order and come before a replacement that starts there."""
    return sorted(edits, key=lambda edit: (edit.span.start, edit.span.end))


def conflicts(edits: Iterable[TextEdit]) -> bool:
    """Whether two edits overlap or one runs backwards. Edits that touch, and inserts at one place, do not conflict."""
    ordered = sorted_edits(edits)
    if any(edit.span.start > edit.span.end for edit in ordered):
        return True
    return any(earlier.span.end > later.span.start for earlier, later in pairwise(ordered))


def apply_edits(data: bytes, edits: Sequence[TextEdit]) -> bytes:
    """`data` after all edits, each in the coordinates of `data` itself. Raises EditConflict; never applies a part."""
    if conflicts(edits):
        raise EditConflict("edits overlap")
    pieces, position = [], 0
    for edit in sorted_edits(edits):
        if edit.span.start < 0 or edit.span.end > len(data):
            raise EditConflict(f"edit at {edit.span.start}..{edit.span.end} lies outside of {len(data)} bytes")
        pieces += (data[position : edit.span.start], edit.new_text)
        position = edit.span.end
    return b"".join((*pieces, data[position:]))


def line_ending(data: bytes) -> bytes:
    """The line end that prevails, CRLF or LF; LF where they are even or there is none."""
    crlf = data.count(b"\r\n")
    return b"\r\n" if crlf > data.count(b"\n") - crlf else b"\n"
