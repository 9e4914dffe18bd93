"""The suppressions of a Go file, looked for only in the declarations that mention one: reading all comments of a large file
at each keystroke would cost more than its analysis."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from cgo_ls.model.go_file import GoFile
from cgo_ls.workspace.suppressions import Suppression, find_suppressions

_MARKER = b"cgols:ignore"
_NEWLINE = 0x0A


def find_in_go(file: GoFile) -> tuple[Suppression, ...]:
    """What find_suppressions(file.data) finds. (Their `line` is not worked out: 0.)"""
    data, found = file.data, list[Suppression]()
    starts = [start for (_, start), _ in file.declarations if not start or data[start - 1] == _NEWLINE]
    at = data.find(_MARKER)
    while at >= 0:
        index = bisect_right(starts, at)
        start = starts[index - 1] if index else 0
        end = starts[index] if index < len(starts) else len(data)
        # One line more: a comment that stands alone covers the line below it.
        behind = data.find(b"\n", end)
        piece = data[start : behind + 1 if behind >= 0 else len(data)]
        found += [_moved(one, start) for one in find_suppressions(piece) if start + one.span.start < end]
        at = data.find(_MARKER, end)
    return tuple(found)


def _moved(one: Suppression, by: int) -> Suppression:
    return replace(
        one,
        line=0,
        rule_spans=tuple([span.shift(by) for span in one.rule_spans]),
        covered=one.covered.shift(by),
        span=one.span.shift(by),
        removal=one.removal.shift(by),
    )
