"""Quick fixes and fix-all as code actions. Runs on the worker; an edit is made for the text of the view, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cgo_ls.features.diagnostics import diagnostics
from cgo_ls.features.generating import GENERATED_KINDS, generations
from cgo_ls.features.quick_fixes import QuickFix, fix_all, quick_fixes
from cgo_ls.features.suppressing import Silencing, suppress_here, suppress_in_project
from cgo_ls.rules.finding import Diagnostic
from cgo_ls.server import to_lsp
from cgo_ls.server.diagnostic_text import render_diagnostic
from cgo_ls.server.to_lsp import FIX_ALL, Json, View
from cgo_ls.text.span import Span

SUPPRESS_HERE = "quickfix.suppressHere"
SUPPRESS_IN_PROJECT = "quickfix.suppressInProject"


def code_actions(
    view: View, path: str, span: Span, wants: Callable[[str], bool], shown: Sequence[Json], root: str
) -> list[Json]:
    """The actions for the bytes `span`, as people want them: fixes, the preferred one first, then ways to silence the finding.

    With a client that resolves, a fix's edits are left for later and `data` says which. New settings would be made in `root`.
    """
    actions = []
    if wants("quickfix"):
        for fix in quick_fixes(view.snapshot, path, span):
            action = _quick_fix_action(view, fix, shown)
            if "disabled" in action:
                if view.client.disabled_actions:
                    actions.append(action)
            elif view.client.resolves_edits:
                actions.append(action | {"data": _data(view, path, fix)})
            elif edit := to_lsp.workspace_edit(view, fix.edits):
                actions.append(action | {"edit": edit})
    actions.sort(key=lambda action: (not action.get("isPreferred", False), "disabled" in action))
    actions += _silencing_actions(view, path, span, wants, shown, root)
    actions += _generated_actions(view, path, span, wants)
    if wants(FIX_ALL) and (action := _fix_all_action(view, path)):
        actions.append(action)
    return actions


def resolve_edit(view: View, path: str, data: Json) -> Json | None:
    """The edit of an action offered before, made anew for the text as it is now.

    None if the fix is gone, or if the text has changed and more than one fix could be meant.
    """
    if data.get("kind") == FIX_ALL:
        fix = fix_all(view.snapshot, path)
        return to_lsp.workspace_edit(view, fix.edits) if fix else None
    document = view.document(path)
    if document is None:
        return None
    same_text = data.get("version") == document.version
    offered = _span(data.get("span"))
    span = offered if same_text and offered else Span(0, len(document.data))
    fixes = [fix for fix in quick_fixes(view.snapshot, path, span) if _key(fix) == data.get("key")]
    if same_text:
        fixes = [fix for fix in fixes if fix.diagnostic is None or fix.diagnostic.span == offered]
    if len(fixes) != 1 or fixes[0].applicability == "display-only":
        return None
    return to_lsp.workspace_edit(view, fixes[0].edits)


def _quick_fix_action(view: View, fix: QuickFix, shown: Sequence[Json]) -> Json:
    """The action without its edit. `shown`: the diagnostics as the client sent them back."""
    action: Json = {"title": fix.title, "kind": "quickfix"}
    if fix.diagnostic:
        action["diagnostics"] = _as_shown(view, fix.diagnostic, shown)
    if fix.preferred and view.client.preferred_actions:
        action["isPreferred"] = True
    if fix.applicability == "display-only":
        action["disabled"] = {"reason": "needs a decision that only you can make"}
    return action


def _as_shown(view: View, found: Diagnostic, shown: Sequence[Json]) -> list[Json]:
    """The diagnostic as the client has it; as it would get it if it did not say."""
    document = view.document(found.path)
    if document is None:
        return []
    place = to_lsp.range_of(document, found.span, view.client)
    same = [item for item in shown if item.get("code") == found.rule and item.get("range") == place]
    return same or [json.loads(render_diagnostic(view, found))]


def _silencing_actions(
    view: View, path: str, span: Span, wants: Callable[[str], bool], shown: Sequence[Json], root: str
) -> Iterator[Json]:
    """For each finding a comment; for each rule, once, the project's settings."""
    touched = [
        each for each in diagnostics(view.snapshot, path) if each.span.start <= span.end and span.start <= each.span.end
    ]
    if wants(SUPPRESS_HERE):
        for found in {(each.rule, _line(view, each)): each for each in touched}.values():
            if silencing := suppress_here(view.snapshot, found):
                yield _silencing_action(view, silencing, SUPPRESS_HERE, shown)
    if wants(SUPPRESS_IN_PROJECT):
        for found in {each.rule: each for each in touched}.values():
            silencing = suppress_in_project(view.snapshot, found, root)
            if silencing and (view.client.creates_files or not silencing.creates):
                yield _silencing_action(view, silencing, SUPPRESS_IN_PROJECT, shown)


def _line(view: View, found: Diagnostic) -> int:
    document = view.document(found.path)
    return document.line_at(found.span.start) if document else 0


def _silencing_action(view: View, silencing: Silencing, kind: str, shown: Sequence[Json]) -> Json:
    action: Json = {"title": silencing.title, "kind": kind, "diagnostics": _as_shown(view, silencing.diagnostic, shown)}
    if silencing.creates:
        return action | {"edit": to_lsp.new_file(view, silencing.path, silencing.edit.new_text)}
    return action | {"edit": to_lsp.workspace_edit(view, {silencing.path: (silencing.edit,)})}


def _generated_actions(view: View, path: str, span: Span, wants: Callable[[str], bool]) -> Iterator[Json]:
    """Code that can be generated for the place."""
    if not any(wants(kind) for kind in GENERATED_KINDS):
        return
    for made in generations(view.snapshot, path, span):
        if wants(made.kind) and (edit := to_lsp.workspace_edit(view, made.edits)):
            yield {"title": made.title, "kind": made.kind, "edit": edit}


def _fix_all_action(view: View, path: str) -> Json | None:
    action: Json = {"title": "Fix all cgo problems that are safe to fix", "kind": FIX_ALL}
    if view.client.resolves_edits:
        fixable = any(fix.applicability == "safe" for each in diagnostics(view.snapshot, path) for fix in each.fixes)
        data = {"kind": FIX_ALL, "uri": view.uri(path), "version": view.version(path)}
        return action | {"data": data} if fixable else None
    fix = fix_all(view.snapshot, path)
    edit = to_lsp.workspace_edit(view, fix.edits) if fix else None
    return action | {"edit": edit} if edit else None


def _data(view: View, path: str, fix: QuickFix) -> Json:
    found = fix.diagnostic
    return {
        "kind": "quickfix",
        "uri": view.uri(path),
        "version": view.version(path),
        "key": _key(fix),
        "span": [found.span.start, found.span.end] if found else None,
    }


def _key(fix: QuickFix) -> list[str]:
    """What names a fix in another version of the text: not its place, which may have moved."""
    found = fix.diagnostic
    return [fix.title, *((found.rule, found.function, found.message) if found else ())]


def _span(value: Any) -> Span | None:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(offset, int) for offset in value):
        return Span(value[0], value[1])
    return None
