"""Silencing a finding, as edits: a `cgols:ignore` beside it, or its rule's name in the project's settings.

Each edit is tried before it is offered: one that would not silence exactly this finding's rule at this place is none.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from cgo_ls.rules.finding import Diagnostic
from cgo_ls.rules.registry import BY_NAME
from cgo_ls.text.edits import TextEdit, apply_edits
from cgo_ls.text.span import Span
from cgo_ls.workspace.config import CONFIG_NAME, parse_config
from cgo_ls.workspace.session import Snapshot
from cgo_ls.workspace.suppressions import Suppression, find_suppressions

_RULES_TABLE = re.compile(rb"^\[rules\][ \t]*(?:#[^\n]*)?\r?$", re.MULTILINE)
_IGNORE_LIST = re.compile(rb"^[ \t]*ignore[ \t]*=[ \t]*\[[ \t]*(\]?)", re.MULTILINE)
# A comment above one of these belongs, as gofmt sees it, to what stands before.
_OUTDENTED = (b"}", b"case ", b"default:")
_NEXT_TABLE = re.compile(rb"^[ \t]*\[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Silencing:
    """One way to silence `diagnostic`. `creates`: the file at `path` does not exist yet, and the edit is its whole text."""

    title: str
    diagnostic: Diagnostic
    path: str
    edit: TextEdit
    creates: bool = False


def suppress_here(snapshot: Snapshot, found: Diagnostic) -> Silencing | None:
    """A comment that covers the finding's line; None where none can be put, or the rule is not one that comments silence."""
    document = snapshot.document(found.path)
    if document is None or found.rule not in BY_NAME:
        return None
    data, is_c = document.data, not found.path.endswith(".go")
    for edit in _comments(data, found, is_c):
        changed = apply_edits(data, [edit])
        moved = found.span.start + (len(edit.new_text) if edit.span.start <= found.span.start else 0)
        if any(_covers(one, found.rule, moved) for one in find_suppressions(changed, is_c)):
            return Silencing(f"Suppress {found.rule} here", found, found.path, edit)
    return None


def suppress_in_project(snapshot: Snapshot, found: Diagnostic, root: str) -> Silencing | None:
    """The rule's name in the ignore list of the settings that hold for the finding; they are made in `root` if there are none."""
    if found.rule not in BY_NAME:
        return None
    title = f"Suppress {found.rule} in this project ({CONFIG_NAME})"
    config = snapshot.config(os.path.dirname(found.path))
    if config.path is None:
        text = f'version = 1\n\n[rules]\nignore = ["{found.rule}"]\n'
        path = os.path.join(root, CONFIG_NAME)
        return Silencing(title, found, path, TextEdit(Span(0, 0), text.encode()), creates=True)
    document = snapshot.document(config.path)
    edit = _in_settings(document.data, found.rule) if document is not None else None
    if document is None or edit is None:
        return None
    loaded = parse_config(config.path, apply_edits(document.data, [edit]), BY_NAME)
    works = loaded.config.severities.get(found.rule) == "off" and not loaded.errors
    return Silencing(title, found, config.path, edit) if works else None


def _covers(one: Suppression, rule: str, offset: int) -> bool:
    return rule in one.rules and one.covered.contains(offset)


def _comments(data: bytes, found: Diagnostic, is_c: bool) -> list[TextEdit]:
    """What can be tried, the best first: a name more in a comment that is there, a line of its own, the end of the line.

    A line of its own is what gofmt leaves alone in a body, and what a `//export` or a line of the preamble can bear; before a
    declaration it would become part of the doc comment.
    """
    offset = found.span.start
    start = data.rfind(b"\n", 0, offset) + 1
    end = data.find(b"\n", offset)
    line = data[start : end if end >= 0 else len(data)]
    newline = b"\r\n" if line.endswith(b"\r") else b"\n"
    line = line.rstrip(b"\r")
    name = found.rule.encode()
    edits = [
        TextEdit(Span(one.rule_spans[-1].end, one.rule_spans[-1].end), b", " + name)
        for one in find_suppressions(data, is_c)
        if one.rules and one.covered.contains(offset)
    ]
    if line.endswith(b"\\") or data[:start].rstrip(b"\r\n").endswith(b"\\"):
        return edits  # in the middle of a macro no comment can stand
    bare = line.lstrip(b" \t")
    indent = line[: len(line) - len(bare)]
    commented = bare.startswith(b"//") and not bare.startswith(b"//export")
    word = b"// cgols:ignore " if is_c or commented or bare.startswith(b"#") else b"//cgols:ignore "
    above = TextEdit(Span(start, start), indent + (b"// " if commented else b"") + word + name + newline)
    behind = TextEdit(Span(start + len(line), start + len(line)), b" " + word + name)
    own_line = (bool(indent) and not bare.startswith(_OUTDENTED)) or bare.startswith((b"//", b"#"))
    return [*edits, above, behind] if own_line else [*edits, behind, above]


def _in_settings(data: bytes, rule: str) -> TextEdit | None:
    """The edit that adds `rule` to the ignore list of a `.cgo-ls.toml`."""
    table = _RULES_TABLE.search(data)
    if table is None:
        text = f'[rules]\nignore = ["{rule}"]\n'
        gap = "" if not data else "\n" if data.endswith(b"\n") else "\n\n"
        return TextEdit(Span(len(data), len(data)), (gap + text).encode())
    following = _NEXT_TABLE.search(data, table.end())
    listed = _IGNORE_LIST.search(data, table.end(), following.start() if following else len(data))
    if listed is None:
        return TextEdit(Span(table.end(), table.end()), f'\nignore = ["{rule}"]'.encode())
    place = listed.start(1)
    return TextEdit(Span(place, place), f'"{rule}"{"" if listed[1] else ", "}'.encode())
