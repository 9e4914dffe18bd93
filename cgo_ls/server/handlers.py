"""What the server does for each method. A handler translates, hands the work to the worker, and translates back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from cgo_ls.features.diagnostics import diagnostics
from cgo_ls.features.hover import hover
from cgo_ls.features.inlay_hints import inlay_hints
from cgo_ls.features.symbol_lens import symbol_lens
from cgo_ls.server import from_lsp, navigation, to_lsp
from cgo_ls.server.code_actions import code_actions, resolve_edit
from cgo_ls.server.commands import COMMANDS, SYMBOLS
from cgo_ls.server.diagnostic_text import render_diagnostics
from cgo_ls.server.drafts import Changed
from cgo_ls.server.protocol import ContentModifiedError, Rendered
from cgo_ls.server.publishing import render_pulled
from cgo_ls.server.scheduler import Cancellation, Work
from cgo_ls.server.semantic_tokens import text_document_semantic_tokens_full
from cgo_ls.server.to_lsp import Json
from cgo_ls.server.uris import path_of
from cgo_ls.text.positions import offset_at

if TYPE_CHECKING:
    from cgo_ls.server.app import CgoLanguageServer


def register(server: CgoLanguageServer) -> None:
    """Give `server` all handlers."""
    for method, handler in (*_HANDLERS.items(), *navigation.HANDLERS.items()):
        server.feature(method)(handler)


def initialize(ls: CgoLanguageServer, params: types.InitializeParams) -> types.InitializeResult:
    return ls.begin_session(params)


def initialized(ls: CgoLanguageServer, params: types.InitializedParams) -> None:
    ls.greet_client()


def shutdown(ls: CgoLanguageServer, params: None) -> None:
    ls.end_session()


def set_trace(ls: CgoLanguageServer, params: types.SetTraceParams) -> None:
    """Accepted; there is nothing to trace that the client does not see itself."""


def did_open(ls: CgoLanguageServer, params: types.DidOpenTextDocumentParams) -> None:
    """A client that watches no files may have missed changes in the folder."""
    opened = params.text_document
    if path := from_lsp.source_path(opened.uri):
        if not ls.client.registers_watchers:
            ls.session.file_changed(path)
        document = ls.drafts.open(opened.uri, path, opened.version, opened.text)
        ls.session.open(path, document)
        ls.touch(path)


def did_change(ls: CgoLanguageServer, params: types.DidChangeTextDocumentParams) -> None:
    path = from_lsp.source_path(params.text_document.uri)
    if path is None:
        return
    changes = from_lsp.changes(params.content_changes)
    outcome = ls.drafts.change(path, params.text_document.version, changes, ls.client.encoding)
    if outcome is None:
        ls.log.info("didChange of a document that is not open ignored")
    elif not isinstance(outcome, Changed):
        ls.drop_draft(path)
    elif outcome.edits is None:
        ls.session.open(path, outcome.document)
        ls.touch(path)
    else:
        ls.session.change(path, outcome.document, outcome.edits)
        ls.touch(path)


def did_save(ls: CgoLanguageServer, params: types.DidSaveTextDocumentParams) -> None:
    """The disk has changed, maybe in more than the draft: a tool may have run before. Watchers are slow, or missing."""
    if path := path_of(params.text_document.uri):
        ls.session.file_changed(path)
        ls.touch(path)


def did_close(ls: CgoLanguageServer, params: types.DidCloseTextDocumentParams) -> None:
    """What is on disk counts again; if there is no file, its report is withdrawn with the next analysis."""
    path = from_lsp.source_path(params.text_document.uri)
    if path and ls.drafts.close(path):
        ls.session.close(path)
        ls.touch(path)


async def did_change_configuration(ls: CgoLanguageServer, params: types.DidChangeConfigurationParams) -> None:
    if ls.client.configuration:
        await ls.fetch_configuration()
    else:
        ls.configure(from_lsp.settings(params.settings))


def did_change_watched_files(ls: CgoLanguageServer, params: types.DidChangeWatchedFilesParams) -> None:
    """A header or a configuration can concern every folder, so all known ones are looked at again: what they read and
    what has not changed costs nothing."""
    for change in params.changes:
        if path := path_of(change.uri):
            ls.session.file_changed(path)
            ls.touch_known(os.path.dirname(path))
    ls.touch_all()


def did_change_workspace_folders(ls: CgoLanguageServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    added, removed = (from_lsp.folder_paths(folders) for folders in (params.event.added, params.event.removed))
    ls.change_roots(added, removed)


async def text_document_hover(ls: CgoLanguageServer, params: types.HoverParams) -> Json | None:
    path = from_lsp.source_path(params.text_document.uri)
    document = ls.drafts.document(path) if path else None
    if path is None or document is None:
        return None
    offset = offset_at(document, from_lsp.position(params.position), ls.client.encoding)
    take_view = ls.view_taker()

    def work(cancelled: Cancellation) -> Json | None:
        view = take_view(cancelled)
        return to_lsp.hover(view, path, hover(view.snapshot, path, offset))

    return await ls.worker.submit(work)


async def text_document_diagnostic(ls: CgoLanguageServer, params: types.DocumentDiagnosticParams) -> Rendered:
    """The report on the text as it is when the reply goes out: a stale one is made again."""
    path = from_lsp.source_path(params.text_document.uri)
    items = "[]"
    document = ls.drafts.document(path) if path else None
    while path and document:
        items = await ls.worker.submit(_pulled(ls, path))
        current = ls.drafts.document(path)
        if current is document:
            break
        document = current
    return Rendered(render_pulled(items, params.previous_result_id))


def _pulled(ls: CgoLanguageServer, path: str) -> Work[str]:
    take_view = ls.view_taker()

    def work(cancelled: Cancellation) -> str:
        view = take_view(cancelled)
        return render_diagnostics(view, path, diagnostics(view.snapshot, path))

    return work


async def text_document_code_action(ls: CgoLanguageServer, params: types.CodeActionParams) -> list[Json]:
    path = from_lsp.source_path(params.text_document.uri)
    document = ls.drafts.document(path) if path else None
    if path is None or document is None or not ls.client.action_literals:
        return []
    span = from_lsp.span(document, params.range, ls.client.encoding)
    only = params.context.only
    shown = [ls.to_json(item) for item in params.context.diagnostics]
    take_view, root = ls.view_taker(), ls.project_root(path)
    actions = await ls.worker.submit(
        lambda cancelled: code_actions(
            take_view(cancelled), path, span, lambda kind: from_lsp.wants(only, kind), shown, root
        )
    )
    if ls.drafts.document(path) is not document:
        raise ContentModifiedError
    return actions


async def code_action_resolve(ls: CgoLanguageServer, action: types.CodeAction) -> Json:
    """The action with its edit, made for the text as it is now, or an error that says that it cannot be."""
    data = action.data if isinstance(action.data, dict) else {}
    uri = data.get("uri")
    path = from_lsp.source_path(uri) if isinstance(uri, str) else None
    document = ls.drafts.document(path) if path else None
    if path is None or document is None:
        raise ContentModifiedError
    take_view = ls.view_taker()
    edit = await ls.worker.submit(lambda cancelled: resolve_edit(take_view(cancelled), path, data))
    if edit is None or ls.drafts.document(path) is not document:
        raise ContentModifiedError
    return ls.to_json(action) | {"edit": edit}


async def text_document_inlay_hint(ls: CgoLanguageServer, params: types.InlayHintParams) -> list[Json]:
    path = from_lsp.source_path(params.text_document.uri)
    document = ls.drafts.document(path) if path else None
    if path is None or document is None or not ls.session.settings.ownership_hints:
        return []
    span, client = from_lsp.span(document, params.range, ls.client.encoding), ls.client
    take_view = ls.view_taker()
    hints = await ls.worker.submit(lambda cancelled: inlay_hints(take_view(cancelled).snapshot, path, span))
    return [to_lsp.inlay_hint(document, hint, client) for hint in hints]


async def text_document_code_lens(ls: CgoLanguageServer, params: types.CodeLensParams) -> list[Json]:
    uri = params.text_document.uri
    path = from_lsp.source_path(uri)
    document = ls.drafts.document(path) if path else None
    if path is None or document is None or not ls.session.settings.symbol_lenses:
        return []
    take_view, client = ls.view_taker(), ls.client
    lens = await ls.worker.submit(lambda cancelled: symbol_lens(take_view(cancelled).snapshot, path))
    if lens is None:
        return []
    command = {"title": lens.title, "command": SYMBOLS, "arguments": [uri]}
    return [{"range": to_lsp.range_of(document, lens.span, client), "command": command}]


async def workspace_execute_command(ls: CgoLanguageServer, params: types.ExecuteCommandParams) -> Any:
    """See commands.COMMANDS. Nothing that a command does changes a file or starts a program."""
    command = COMMANDS.get(params.command)
    if command is None:
        raise JsonRpcInvalidParams(f"unknown command {params.command[:80]}")
    take_view, arguments = ls.view_taker(), list(params.arguments or ())
    context = ls.describe()
    return await ls.worker.submit(lambda cancelled: command(take_view(cancelled), arguments, context))


_HANDLERS = {
    types.INITIALIZE: initialize,
    types.INITIALIZED: initialized,
    types.SHUTDOWN: shutdown,
    types.SET_TRACE: set_trace,
    types.TEXT_DOCUMENT_DID_OPEN: did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: did_change,
    types.TEXT_DOCUMENT_DID_SAVE: did_save,
    types.TEXT_DOCUMENT_DID_CLOSE: did_close,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: did_change_configuration,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: did_change_watched_files,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: did_change_workspace_folders,
    types.TEXT_DOCUMENT_HOVER: text_document_hover,
    types.TEXT_DOCUMENT_DIAGNOSTIC: text_document_diagnostic,
    types.TEXT_DOCUMENT_CODE_ACTION: text_document_code_action,
    types.CODE_ACTION_RESOLVE: code_action_resolve,
    types.TEXT_DOCUMENT_INLAY_HINT: text_document_inlay_hint,
    types.TEXT_DOCUMENT_CODE_LENS: text_document_code_lens,
    types.WORKSPACE_EXECUTE_COMMAND: workspace_execute_command,
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: text_document_semantic_tokens_full,
}
