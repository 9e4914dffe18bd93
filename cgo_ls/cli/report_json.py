"""Findings for programs: one JSON object."""

from __future__ import annotations

from collections.abc import Sequence

from cgo_ls import __version__
from cgo_ls.cli.report import DiagnosticRecord, ErrorRecord


def render_json(diagnostics: Sequence[DiagnosticRecord], files: int, errors: Sequence[ErrorRecord]) -> str:
    """ASCII only: a byte of a file name that is no UTF-8 comes out as the surrogate that Python reads back."""
    import json

    report = {"version": __version__, "diagnostics": diagnostics, "files": files, "errors": errors}
    return json.dumps(report, indent=2) + "\n"
