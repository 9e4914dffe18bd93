"""Findings as plain values for printing: the shape of the JSON output. Lines and byte columns are 1-based, ends exclusive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from cgo_ls.rules.finding import Diagnostic
from cgo_ls.text.document import Document
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.files import FileSystem
from cgo_ls.text.positions import line_column
from cgo_ls.text.span import Span
from cgo_ls.workspace.discovery import display_path

Roots = Sequence[tuple[str, str]]


class RelatedRecord(TypedDict):
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str


class EditRecord(TypedDict):
    path: str
    start_line: int
    start_column: int
    end_line: int
    end_column: int
    new_text: str


class FixRecord(TypedDict):
    title: str
    applicability: str
    edits: list[EditRecord]


class DiagnosticRecord(TypedDict):
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    rule: str
    family: str
    severity: str
    message: str
    function: str
    related: list[RelatedRecord]
    fixes: list[FixRecord]


class ErrorRecord(TypedDict):
    """Something that was not checked as it should have been. `line` and `rule` are 0 and "" where they say nothing.

    kind `usage`: the command line; `config`: a `.cgo-ls.toml`; `internal`: our own fault; `input`: a file or folder that was
    met on the way and left out. All but `input` make the exit code 2.
    """

    path: str
    line: int
    kind: str
    rule: str
    message: str


class Places:
    """Turns byte spans into lines and columns, reading each file once."""

    def __init__(self, files: FileSystem, roots: Roots) -> None:
        self._files = files
        self._roots = roots
        self._documents: dict[str, Document] = {}

    def display(self, path: str) -> str:
        return display_path(path, self._roots)

    def bounds(self, path: str, span: Span) -> tuple[int, int, int, int]:
        """(line, column, end line, end column)."""
        document = self._documents.get(path)
        if document is None:
            document = self._documents[path] = Document.build(path, 0, self._files.read(path) or b"")
        return *line_column(document, span.start), *line_column(document, span.end)


def record_diagnostic(
    diagnostic: Diagnostic, fixes: Iterable[tuple[str, str, dict[str, tuple[TextEdit, ...]]]], places: Places
) -> DiagnosticRecord:
    """`diagnostic` for printing; `fixes` are (title, applicability, edits by path)."""
    line, column, end_line, end_column = places.bounds(diagnostic.path, diagnostic.span)
    return {
        "path": places.display(diagnostic.path),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "rule": diagnostic.rule,
        "family": diagnostic.family,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "function": diagnostic.function,
        "related": [
            _record_step(step.path or diagnostic.path, step.span, step.message, places) for step in diagnostic.steps
        ],
        "fixes": [
            {"title": title, "applicability": applicability, "edits": _record_edits(edits, places)}
            for title, applicability, edits in fixes
        ],
    }


def record_error(path: str, kind: str, message: str, line: int = 0, rule: str = "") -> ErrorRecord:
    return {"path": path, "line": line, "kind": kind, "rule": rule, "message": message}


def diagnostic_order(record: DiagnosticRecord) -> tuple[object, ...]:
    """Sorting by it makes output the same whatever the order of work was."""
    return (
        record["path"],
        record["line"],
        record["column"],
        record["rule"],
        record["end_line"],
        record["end_column"],
        record["function"],
        record["message"],
    )


def error_order(record: ErrorRecord) -> tuple[object, ...]:
    return record["path"], record["line"], record["kind"], record["rule"], record["message"]


def _record_step(path: str, span: Span, message: str, places: Places) -> RelatedRecord:
    line, column, end_line, end_column = places.bounds(path, span)
    return {
        "path": places.display(path),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "message": message,
    }


def _record_edits(edits: dict[str, tuple[TextEdit, ...]], places: Places) -> list[EditRecord]:
    records: list[EditRecord] = []
    for path in sorted(edits):
        for edit in edits[path]:
            line, column, end_line, end_column = places.bounds(path, edit.span)
            records.append(
                {
                    "path": places.display(path),
                    "start_line": line,
                    "start_column": column,
                    "end_line": end_line,
                    "end_column": end_column,
                    "new_text": edit.new_text.decode("utf-8", "surrogateescape"),
                }
            )
    return records
