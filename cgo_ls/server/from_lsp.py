"""LSP values -> ours."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from lsprotocol import types

from cgo_ls.server.uris import path_of
from cgo_ls.text.document import Change, Document
from cgo_ls.text.positions import Encoding, Position, offset_at
from cgo_ls.text.span import Span

SECTION = "cgo-ls"
_OPTIONS = ("workspaceTrusted", "status")
_SUFFIXES = (".go", ".h", ".hh", ".hpp", ".hxx", ".c", ".cc", ".cpp", ".cxx", ".m", ".s", ".S")


def source_path(uri: str) -> str | None:
    """The path of a document that can concern us: a Go, C, Objective-C or assembly file on disk, or to be."""
    path = path_of(uri)
    return path if path is not None and path.endswith(_SUFFIXES) else None


def position(value: types.Position) -> Position:
    return Position(value.line, value.character)


def changes(values: Iterable[types.TextDocumentContentChangeEvent]) -> list[Change]:
    return [
        Change(position(value.range.start), position(value.range.end), value.text)
        if isinstance(value, types.TextDocumentContentChangePartial)
        else Change(None, None, value.text)
        for value in values
    ]


def span(document: Document, value: types.Range, encoding: Encoding) -> Span:
    """The bytes of a range; one given backwards is read forwards."""
    start, end = (offset_at(document, position(place), encoding) for place in (value.start, value.end))
    return Span(min(start, end), max(start, end))


def roots(params: types.InitializeParams) -> tuple[str, ...]:
    """The workspace's folders; of an older client the one root it names."""
    if params.workspace_folders is not None:
        return folder_paths(params.workspace_folders)
    path = path_of(params.root_uri) if params.root_uri else params.root_path
    return (os.path.normpath(path),) if path else ()


def folder_paths(folders: Sequence[types.WorkspaceFolder]) -> tuple[str, ...]:
    return tuple(path for folder in folders if (path := path_of(folder.uri)) is not None)


def is_trusted(options: Any) -> bool:
    """Trust comes from the client alone, and only by a plain true."""
    return isinstance(options, dict) and options.get("workspaceTrusted") is True


def wants_status(options: Any) -> bool:
    """Whether the client shows what the server is doing, and wants to be told (our notification, not the protocol's)."""
    return isinstance(options, dict) and options.get("status") is True


def settings(value: Any) -> dict[str, Any]:
    """Our section of pushed settings or of initialization options, or the section itself; {} for anything else."""
    if isinstance(value, dict):
        section = value.get(SECTION, value)
        if isinstance(section, dict):
            return {name: setting for name, setting in section.items() if name not in _OPTIONS}
    return {}


def wants(only: Sequence[types.CodeActionKind | str] | None, kind: str) -> bool:
    """Whether a filter of code action kinds lets `kind` through: a kind names all below it ("source" -> "source.fixAll")."""
    if only is None:
        return True
    names = (str(getattr(name, "value", name)) for name in only)
    return any(name == "" or kind == name or kind.startswith(name + ".") for name in names)
