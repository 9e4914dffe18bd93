"""Our values -> LSP, as the plain objects that go into the JSON: building message objects first would double the cost.

All of it may run on the worker thread, so it reads a View, the picture that was taken when the work was begun.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cgo_ls.features.hover import Hover
from cgo_ls.features.inlay_hints import InlayHint
from cgo_ls.features.rule_pages import page_path
from cgo_ls.server.client import ClientTraits
from cgo_ls.server.uris import uri_of
from cgo_ls.text.document import Document
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.positions import range_at
from cgo_ls.text.span import Span
from cgo_ls.workspace.session import Snapshot

SOURCE = "cgo-ls"
FIX_ALL = "source.fixAll.cgo"

Json = dict[str, Any]
Templates = dict[tuple[Hashable, ...], str]
"""What is remembered between reports; see diagnostic_text."""


@dataclass(frozen=True, slots=True)
class View:
    """A snapshot, and what is needed to say its places in the client's terms. `uris`: of the open documents, by path."""

    snapshot: Snapshot
    client: ClientTraits
    uris: Mapping[str, str]
    templates: Templates
    _documents: dict[str, Document | None] = field(default_factory=dict)

    def uri(self, path: str) -> str:
        return self.uris.get(path) or uri_of(path)

    def document(self, path: str) -> Document | None:
        """The text of a file with its line table, which for a file on disk is made once."""
        if path not in self._documents:
            self._documents[path] = self.snapshot.document(path)
        return self._documents[path]

    def version(self, path: str) -> int | None:
        """The version of an open document; None for one that is only on disk."""
        document = self.document(path) if path in self.uris else None
        return document.version if document else None


def range_of(document: Document, span: Span, client: ClientTraits) -> Json:
    first, column, last, end = range_at(document, span.start, span.end, client.encoding)
    return {"start": {"line": first, "character": column}, "end": {"line": last, "character": end}}


@cache
def explanation_uri(rule: str) -> str | None:
    """The page that explains the rule: the .md beside its module."""
    path = page_path(rule)
    return uri_of(str(Path(path).resolve())) if path else None


def hover(view: View, path: str, found: Hover | None) -> Json | None:
    document = view.document(path)
    if found is None or document is None:
        return None
    contents = markup(found.markdown, view.client.hover_markdown)
    return {"contents": contents, "range": range_of(document, found.span, view.client)}


def markup(markdown: str, understood: bool) -> Json:
    """Markdown for a client that shows it, else as plain text."""
    if understood:
        return {"kind": "markdown", "value": markdown}
    return {"kind": "plaintext", "value": plain_text(markdown)}


_FENCE = re.compile(r"^(`{3,}|~{3,})")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")


def plain_text(markdown: str) -> str:
    """Markdown as text: fences, emphasis, code marks and link targets go; what stands inside of a fence stays as it is."""
    lines, fence = [], ""
    for line in markdown.splitlines():
        mark = _FENCE.match(line)
        if fence:
            if line.strip() == fence:
                fence = ""
            else:
                lines.append(line)
        elif mark:
            fence = mark[1]
        elif line.strip() != "---":
            text = _LINK.sub(r"\1", line.lstrip("#").strip() if line.startswith("#") else line)
            lines.append(re.sub(r"\\([\\`*_{}\[\]()#+.!|<>-])", r"\1", text.replace("**", "").replace("`", "")))
    return "\n".join(lines).strip()


def new_file(view: View, path: str, text: bytes) -> Json:
    """A file that does not exist yet, with its text. Only for a client that creates files."""
    uri, start = view.uri(path), {"line": 0, "character": 0}
    edit = {"range": {"start": start, "end": start}, "newText": text.decode()}
    create = {"kind": "create", "uri": uri, "options": {"ignoreIfExists": True}}
    return {"documentChanges": [create, {"textDocument": {"uri": uri, "version": None}, "edits": [edit]}]}


def inlay_hint(document: Document, hint: InlayHint, client: ClientTraits) -> Json:
    place = range_of(document, Span(hint.offset, hint.offset), client)["start"]
    return {"position": place, "label": hint.label, "tooltip": hint.tooltip, "paddingLeft": True}


def workspace_edit(view: View, edits: Mapping[str, Sequence[TextEdit]]) -> Json | None:
    """Versioned where the client can check versions; None if a file to be edited cannot be read."""
    by_path = []
    for path, file_edits in edits.items():
        document = view.document(path)
        if document is None:
            return None
        rendered = [
            {"range": range_of(document, edit.span, view.client), "newText": edit.new_text.decode("utf-8", "replace")}
            for edit in file_edits
        ]
        by_path.append((path, rendered))
    if view.client.document_changes:
        return {
            "documentChanges": [
                {"textDocument": {"uri": view.uri(path), "version": view.version(path)}, "edits": rendered}
                for path, rendered in by_path
            ]
        }
    return {"changes": {view.uri(path): rendered for path, rendered in by_path}}
