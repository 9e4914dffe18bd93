"""Findings for people: `file:line:col: message [rule]`, the way there below it, and the fix that is offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cgo_ls.cli.report import DiagnosticRecord, ErrorRecord
from cgo_ls.cli.terminal import printable

_COLORS: Final = {"error": "31", "warning": "33", "information": "36", "hint": "36"}
_FIX_WORDS: Final = {"safe": "fix", "unsafe": "unsafe fix", "display-only": "suggestion"}


def render_text(diagnostics: Sequence[DiagnosticRecord], color: bool) -> str:
    """All findings, each line ended by a newline; "" for none."""
    return "".join(f"{line}\n" for diagnostic in diagnostics for line in _lines(diagnostic, color))


def render_summary(diagnostics: Sequence[DiagnosticRecord], files: int) -> str:
    """One line: how many findings, where, and how many of them can be fixed by the tool."""
    if not files and not diagnostics:
        return 'no Go file that imports "C" found'
    checked = _count(files, "cgo file")
    if not diagnostics:
        return f"no findings in {checked}"
    fixable = sum(any(fix["applicability"] == "safe" for fix in diagnostic["fixes"]) for diagnostic in diagnostics)
    hint = f"; {fixable} can be fixed with --fix" if fixable else ""
    return f"{_count(len(diagnostics), 'finding')} in {checked}{hint}"


def render_error(error: ErrorRecord) -> str:
    place = error["path"] + (f":{error['line']}" if error["line"] else "")
    rule = f"[{error['rule']}] " if error["rule"] else ""
    return f"{place}: {rule}{error['message']}" if place else f"{rule}{error['message']}"


def _lines(diagnostic: DiagnosticRecord, color: bool) -> list[str]:
    place = f"{printable(diagnostic['path'])}:{diagnostic['line']}:{diagnostic['column']}:"
    rule = f"[{diagnostic['rule']}]"
    if color:
        place, rule = f"\x1b[1m{place}\x1b[0m", f"\x1b[{_COLORS[diagnostic['severity']]}m{rule}\x1b[0m"
    lines = [f"{place} {printable(diagnostic['message'])} {rule}"]
    for step in diagnostic["related"]:
        lines.append(f"    {printable(step['path'])}:{step['line']}:{step['column']}: {printable(step['message'])}")
    for fix in diagnostic["fixes"]:
        word = f"{_FIX_WORDS[fix['applicability']]}:"
        if color:
            word = f"\x1b[32m{word}\x1b[0m"
        lines.append(f"    {word} {printable(fix['title'])}")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
