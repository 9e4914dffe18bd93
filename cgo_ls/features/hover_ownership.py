"""The story of C memory up to the cursor: where it was acquired, who was given it, who releases it; and of a field, in the package."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cgo_ls.analysis.function import FunctionAnalysis
from cgo_ls.analysis.ownership_at import Event, describe, field_at, field_events
from cgo_ls.features.markdown import code
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.text.span import Span
from cgo_ls.workspace.engine import PackageResult

MOST_EVENTS = 8
MOST_FIELD_EVENTS = 6


def variable_at(
    result: PackageResult, file: GoFile, declared: GoDeclaration, analysis: FunctionAnalysis, inside: int
) -> tuple[Span, str] | None:
    """The variable or field at byte `inside` of a declaration, and what is to be said of it, as Markdown."""
    start = declared.declaration.start
    found = describe(analysis, inside)
    field = field_at(analysis, inside)
    package = list(_field_lines(result, file, field[0], field[1])) if field is not None else []
    if found is not None:
        parts = [f"C memory in {code(found.name)}", *found.parts]
        if found.events:
            parts.append("\n".join(_event_lines(file, start, found.events)))
        span = found.span
    elif field is not None and package:
        parts, span = [f"C memory in {code('.'.join((field[0], *field[1])))}"], field[2]
    else:
        return None
    if package:
        parts.append("\n".join(["In this package:", "", *package]))
    return span.shift(start), "\n\n".join(parts)


def _event_lines(file: GoFile, start: int, events: tuple[Event, ...]) -> Iterator[str]:
    """One line each; of many, the first and the last ones."""
    shown = events
    if len(events) > MOST_EVENTS:
        shown = (*events[:2], *events[-MOST_EVENTS + 2 :])
    for number, event in enumerate(shown):
        if number == 2 and len(shown) < len(events):
            yield f"- ({len(events) - len(shown)} more)"
        yield f"- line {_line(file, start, event.span)}{', later' if event.later else ''}: {event.text}"


def _field_lines(result: PackageResult, here: GoFile, owner: str, path: tuple[str, ...]) -> Iterator[str]:
    """Who gives the field memory, and who releases it, anywhere in the package."""
    files = {file.path: file for file in result.package.files}
    number = 0
    for file_path, rows in result.functions.items():
        for row, found in rows:
            if found.analysis is None or not found.analysis.solved or file_path not in files:
                continue
            for event in field_events(found.analysis, owner, path):
                file = files[file_path]
                place = f"line {_line(file, row.declaration.start, event.span)}"
                if file is not here:
                    place = f"{os.path.basename(file_path)}, {place}"
                number += 1
                if number <= MOST_FIELD_EVENTS:
                    yield f"- {code(found.analysis.cfg.name)} ({place}): {event.text}"


def _line(file: GoFile, start: int, span: Span) -> int:
    return file.data.count(b"\n", 0, start + span.start) + 1
