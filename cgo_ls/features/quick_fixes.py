"""Quick fixes: a diagnostic's fixes with everything they need around them, as absolute edits."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cgo_ls.features.comment_columns import column_edits
from cgo_ls.features.needs import need_edits
from cgo_ls.model.go_file import GoFile
from cgo_ls.rules.finding import Applicability, Diagnostic, Fix, Need
from cgo_ls.text.edits import TextEdit, conflicts
from cgo_ls.text.span import Span
from cgo_ls.workspace.session import Snapshot


@dataclass(frozen=True, slots=True)
class QuickFix:
    """One action. `edits`: path -> edits with absolute byte spans. `diagnostic` None: fix-all."""

    title: str
    diagnostic: Diagnostic | None
    edits: Mapping[str, tuple[TextEdit, ...]]
    preferred: bool
    applicability: Applicability


def quick_fixes(snapshot: Snapshot, path: str, span: Span) -> tuple[QuickFix, ...]:
    """The fixes of the diagnostics that touch `span`, in the order they are shown. The first of each is preferred."""
    found: list[QuickFix] = []
    for diagnostic in snapshot.diagnostics(path):
        if diagnostic.span.start > span.end or diagnostic.span.end < span.start:
            continue
        file = _go_file(snapshot, path) if diagnostic.fixes else None
        for index, fix in enumerate(diagnostic.fixes):
            edits = resolve_fix(fix, path, file)
            preferred = index == 0 and fix.applicability == "safe"
            found.append(QuickFix(fix.title, diagnostic, edits, preferred, fix.applicability))
    return tuple(found)


def fix_all(snapshot: Snapshot, path: str, include_unsafe: bool = False) -> QuickFix | None:
    """Every fix of a file that may be applied unasked, as one; None when there is none.

    Of fixes that conflict the first is taken, and the others are left for the next round. Those that edit other files are left out.
    """
    allowed = ("safe", "unsafe") if include_unsafe else ("safe",)
    file = _go_file(snapshot, path)
    chosen: list[TextEdit] = []
    needs: list[Need] = []
    for diagnostic in snapshot.diagnostics(path):
        fix = next((fix for fix in diagnostic.fixes if fix.applicability in allowed), None)
        if fix is None or any(group.path not in (None, path) for group in fix.edits):
            continue
        # One fix may mend several diagnostics at once, and is then offered by each.
        wanted = [edit for group in fix.edits for edit in group.edits if edit not in chosen]
        missing = [need for need in fix.needs if need not in needs]
        candidate = [*chosen, *wanted]
        if conflicts([*candidate, *_needed(file, [*needs, *missing], candidate)]):
            continue
        chosen, needs = candidate, [*needs, *missing]
    if not chosen and not needs:
        return None
    edits = _in_columns(file, (*_needed(file, needs, chosen), *chosen))
    return QuickFix("Fix all cgo problems that are safe to fix", None, {path: edits}, False, "safe")


def resolve_fix(fix: Fix, path: str, file: GoFile | None) -> dict[str, tuple[TextEdit, ...]]:
    """All edits of a fix by path, with the import and the include that it needs."""
    edits: dict[str, list[TextEdit]] = {}
    for group in fix.edits:
        edits.setdefault(group.path or path, []).extend(group.edits)
    needed = _needed(file, fix.needs, edits.get(path, []))
    if needed:
        edits[path] = [*needed, *edits.get(path, [])]
    if path in edits:
        edits[path] = list(_in_columns(file, edits[path]))
    return {name: tuple(rows) for name, rows in edits.items()}


def _in_columns(file: GoFile | None, edits: Sequence[TextEdit]) -> tuple[TextEdit, ...]:
    """The edits, and what keeps comments behind code in their column. C in a preamble is left as it is."""
    if file is None:
        return tuple(edits)
    preambles = [preamble.span.shift(base) for preamble, base in file.preambles]
    columns = column_edits(file.data, edits)
    own = (edit for edit in columns if not any(one.start <= edit.span.start < one.end for one in preambles))
    return (*edits, *own)


def _needed(file: GoFile | None, needs: Iterable[Need], fixed: Sequence[TextEdit]) -> Sequence[TextEdit]:
    return need_edits(file, list(needs), fixed) if file is not None else []


def _go_file(snapshot: Snapshot, path: str) -> GoFile | None:
    for file in snapshot.package(os.path.dirname(path)).package.files:
        if file.path == path:
            return file
    return None
