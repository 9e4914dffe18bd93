"""Inlay hints: behind each call that gives C memory, what becomes of it in this function."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.analysis.function import FunctionAnalysis
from cgo_ls.analysis.ownership import Release
from cgo_ls.text.span import Span
from cgo_ls.workspace.session import Snapshot


@dataclass(frozen=True, slots=True)
class InlayHint:
    """`label` stands at byte `offset` of the file; `tooltip` is plain text."""

    offset: int
    label: str
    tooltip: str


def inlay_hints(snapshot: Snapshot, path: str, span: Span) -> tuple[InlayHint, ...]:
    """The hints within `span`, by place. Memory whose fate is not known has none: unknown is silent."""
    result = snapshot.package(os.path.dirname(path))
    file = next((file for file in result.package.files if file.path == path), None)
    if file is None or not file.imports_c:
        return ()
    reported = [each.span for each in snapshot.diagnostics(path)]
    hints: list[InlayHint] = []
    for row, found in result.functions.get(path, ()):
        if found.analysis is not None and row.declaration.region.intersects(span):
            hints += _of_function(found.analysis, row.declaration.start, file.data, reported)
    return tuple(sorted((hint for hint in hints if span.touches(hint.offset)), key=lambda hint: hint.offset))


def _of_function(analysis: FunctionAnalysis, base: int, data: bytes, reported: list[Span]) -> Iterator[InlayHint]:
    leaks = {leak.object.span: leak for leak in analysis.leaks}
    for identifier, info in enumerate(analysis.objects):
        if info.kind != "call" or info.call is None or not info.releaser:
            continue
        call = info.call.span.shift(base)
        leak = leaks.get(info.span)
        releases = analysis.releases.get(identifier, ())
        if leak is not None and any(call.intersects(other) for other in reported):
            fate = "never freed" if leak.always else "not freed on every path"
        elif releases and leak is None:
            fate = _freed(releases, base, data)
        else:
            continue
        tooltip = f"{info.by} gives memory that this function owns and C.{info.releaser.removeprefix('C.')} releases."
        yield InlayHint(call.end, f"owned, {fate}", tooltip)


def _freed(releases: tuple[Release, ...], base: int, data: bytes) -> str:
    lines = sorted({data.count(b"\n", 0, base + release.span.start) + 1 for release in releases})
    where = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(map(str, lines))}"
    return f"freed on return, {where}" if all(release.deferred for release in releases) else f"freed {where}"
