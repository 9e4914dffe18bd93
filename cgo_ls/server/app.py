"""The server object: what one connection knows, and the loop that serves it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from typing import Any

from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.lsp.server import LanguageServer

from cgo_ls import __version__
from cgo_ls.server import from_lsp, handlers, semantic_tokens
from cgo_ls.server.client import ClientTraits, client_traits
from cgo_ls.server.code_actions import GENERATED_KINDS, SUPPRESS_HERE, SUPPRESS_IN_PROJECT
from cgo_ls.server.commands import COMMANDS
from cgo_ls.server.drafts import Drafts
from cgo_ls.server.lifecycle import State, exit_code, is_alive
from cgo_ls.server.protocol import CgoProtocol
from cgo_ls.server.publishing import Publisher, Reports
from cgo_ls.server.scheduler import Cancellation, FolderAnalyses, Worker
from cgo_ls.server.to_lsp import FIX_ALL, Templates, View
from cgo_ls.server.wire import BadMessage, Message, Reader, Writer
from cgo_ls.text.files import FileSystem
from cgo_ls.workspace.discovery import module_root
from cgo_ls.workspace.disk import DiskFiles, lies_in
from cgo_ls.workspace.session import Session

BUSY_DELAY = 0.3
"""Seconds of analysis after which a client that shows such things is told of it."""
PARENT_INTERVAL = 2.0
"""Seconds between two looks at whether the client still lives."""
WATCHED = ("**/*.{go,h,hh,hpp,hxx,c,cc,cpp,cxx,m,mm,s,S,mod,a,o,so,dylib,dll,syso}", "**/*.so.*", "**/.cgo-ls.toml")


class RootedFiles:
    """The disk below the workspace's folders, which may change while the server runs. No folders: no such limit."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        self._disk: FileSystem = DiskFiles(roots)

    def change_roots(self, roots: tuple[str, ...]) -> None:
        self._disk = DiskFiles(roots)

    def read(self, path: str) -> bytes | None:
        return self._disk.read(path)

    def list_directory(self, path: str) -> tuple[str, ...]:
        return self._disk.list_directory(path)

    def fingerprint(self, path: str) -> tuple[int, int] | None:
        return self._disk.fingerprint(path)


class CgoLanguageServer(LanguageServer):
    """One connection. All of its state belongs to the event loop; the worker sees snapshots."""

    protocol: CgoProtocol  # pyright: ignore[reportIncompatibleVariableOverride] - pygls' own subclasses narrow it, too

    def __init__(self) -> None:
        super().__init__("cgo-ls", __version__, protocol_cls=CgoProtocol, converter_factory=get_converter)
        self.log = logging.getLogger("cgo_ls.server")
        self.client = ClientTraits()
        self.drafts = Drafts()
        self.roots: tuple[str, ...] = ()
        self.session: Session
        self.worker: Worker
        self._analyses: FolderAnalyses[Reports]
        self._files = RootedFiles(())
        self._publisher = Publisher(self)
        self._templates: Templates = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._refreshing = False
        self._shows_status = False
        self._busy = False
        self._busy_shown = False
        self._leaving: asyncio.Future[int] | None = None
        handlers.register(self)

    async def serve(self, stdin: int, stdout: int) -> int:
        """Serve the client on these file descriptors until it is gone; the process's exit code."""
        loop = asyncio.get_running_loop()
        self._leaving = loop.create_future()
        self.worker = Worker(loop)
        self._analyses = FolderAnalyses(
            loop, self.worker, self._publisher.begin, self._publisher.publish, self._note_busy
        )
        reader = Reader(stdin, lambda message: _call_soon(loop, self._take, reader, message))
        writer = Writer(stdout, lambda reason: _call_soon(loop, self._lose_client, reason))
        self.protocol.set_writer(writer)
        writer.start()
        reader.start()
        try:
            return await self._leaving
        finally:
            self._analyses.stop()
            self.worker.stop()
            writer.close()

    def leave(self, code: int) -> None:
        if self._leaving and not self._leaving.done():
            self._leaving.set_result(code)

    def begin_session(self, params: types.InitializeParams) -> types.InitializeResult:
        self.client = client_traits(params.capabilities)
        self._templates.clear()
        self.roots = from_lsp.roots(params)
        self._files.change_roots(self.roots)
        self.session = Session(self._files, trusted=from_lsp.is_trusted(params.initialization_options))
        self.session.configure(from_lsp.settings(params.initialization_options))
        self._shows_status = from_lsp.wants_status(params.initialization_options)
        self.protocol.state = State.RUNNING
        if params.process_id is not None and is_alive(params.process_id):
            self._watch_parent(params.process_id)
        return types.InitializeResult(
            capabilities=server_capabilities(self.client, self.session.settings.preamble_tokens),
            server_info=types.ServerInfo(name=self.name, version=self.version),
        )

    def end_session(self) -> None:
        """Nothing more is computed or published; what was asked for is answered as cancelled."""
        self.protocol.state = State.SHUT_DOWN
        self._analyses.stop()
        self.protocol.cancel_all()

    def greet_client(self) -> None:
        """After the handshake: ask to be told of files and settings, where the client lets us ask."""
        registrations = []
        if self.client.registers_watchers:
            watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
            registrations.append(_registration(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
        if self.client.registers_configuration:
            options = types.DidChangeConfigurationRegistrationOptions(section=from_lsp.SECTION)
            registrations.append(_registration(types.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
        if self.client.registers_tokens and self.session.settings.preamble_tokens:
            registrations.append(semantic_tokens.REGISTRATION)
        if registrations:
            self.client_register_capability(types.RegistrationParams(registrations=registrations))
        if self.client.configuration:
            self.run_in_background(self.fetch_configuration(), types.WORKSPACE_CONFIGURATION)

    async def fetch_configuration(self) -> None:
        item = types.ConfigurationItem(section=from_lsp.SECTION)
        answer = await self.workspace_configuration_async(types.ConfigurationParams(items=[item]))
        if answer and answer[0] is not None:
            self.configure(from_lsp.settings(answer[0]))

    def configure(self, settings: dict[str, Any]) -> None:
        before = self.session.settings
        self.session.configure(settings)
        self.touch_all()
        now = self.session.settings
        if self.client.refreshes_hints and now.ownership_hints != before.ownership_hints:
            self.run_in_background(self._ask(self.workspace_inlay_hint_refresh_async), "inlayHint/refresh")
        if self.client.refreshes_lenses and now.symbol_lenses != before.symbol_lenses:
            self.run_in_background(self._ask(self.workspace_code_lens_refresh_async), "codeLens/refresh")
        if self.client.registers_tokens and now.preamble_tokens != before.preamble_tokens:
            self._register_tokens(now.preamble_tokens)

    def _register_tokens(self, wanted: bool) -> None:
        each = semantic_tokens.REGISTRATION
        if wanted:
            self.client_register_capability(types.RegistrationParams(registrations=[each]))
        else:
            gone = types.Unregistration(id=each.id, method=each.method)
            self.client_unregister_capability(types.UnregistrationParams(unregisterations=[gone]))

    async def _ask(self, request: Callable[[None], Awaitable[None]]) -> None:
        await request(None)

    def touch(self, path: str) -> None:
        """The folder of `path` has to be analysed anew."""
        self._analyses.touch(os.path.dirname(path))

    def touch_known(self, folder: str) -> None:
        """The same for a folder, if it is one we report on."""
        if folder in self._publisher.folders:
            self._analyses.touch(folder)

    def touch_all(self) -> None:
        """Something outside of the open documents has changed."""
        for folder in {*self._publisher.folders, *(os.path.dirname(draft.path) for draft in self.drafts.all())}:
            self._analyses.touch(folder)
        if self.client.pulls_diagnostics and not self._refreshing:
            self.run_in_background(self._refresh(), types.WORKSPACE_DIAGNOSTIC_REFRESH)

    async def _refresh(self) -> None:
        """Ask the client to ask again; one such request at a time is enough."""
        self._refreshing = True
        try:
            await self.workspace_diagnostic_refresh_async(None)
        finally:
            self._refreshing = False

    def project_root(self, path: str) -> str:
        """Where the settings of the project that holds `path` belong: its module, but never outside of the workspace."""
        root = module_root(os.path.dirname(path))
        holding = [each for each in self.roots if lies_in(path, each)]
        return root if not holding or any(lies_in(root, each) for each in holding) else max(holding, key=len)

    def _note_busy(self, busy: bool) -> None:
        """Analyses have begun, or ended. Short ones are not worth showing."""
        self._busy = busy
        if not self._shows_status:
            return
        if busy:
            asyncio.get_running_loop().call_later(BUSY_DELAY, self._show_busy)
        elif self._busy_shown:
            self._busy_shown = False
            self.protocol.send_rendered_notification("cgo-ls/status", '{"analysing":false}')

    def _show_busy(self) -> None:
        if self._busy and not self._busy_shown and self.protocol.state is State.RUNNING:
            self._busy_shown = True
            self.protocol.send_rendered_notification("cgo-ls/status", '{"analysing":true}')

    def change_roots(self, added: tuple[str, ...], removed: tuple[str, ...]) -> None:
        self.roots = tuple(dict.fromkeys([*(root for root in self.roots if root not in removed), *added]))
        self._files.change_roots(self.roots)
        opened = {os.path.dirname(draft.path) for draft in self.drafts.all()}
        for folder in self._publisher.folders:
            if folder not in opened and not any(lies_in(folder, root) for root in self.roots):
                self._publisher.forget(folder)
        self.touch_all()

    def drop_draft(self, path: str) -> None:
        """The text of an open document is unknown: analyse what is on disk, and say nothing about the document."""
        self.session.close(path)
        self._publisher.withdraw(path, os.path.dirname(path))
        self.touch(path)

    def notification_lost(self, method: str, params: Any) -> None:
        """A notification could not be read, or its handler failed. A lost edit makes the draft useless."""
        if method != types.TEXT_DOCUMENT_DID_CHANGE or not isinstance(params, dict):
            return
        document = params.get("textDocument")
        uri = document.get("uri") if isinstance(document, dict) else None
        path = from_lsp.source_path(uri) if isinstance(uri, str) else None
        if path and self.drafts.lose(path):
            self.drop_draft(path)

    def view_taker(self) -> Callable[[Cancellation], View]:
        """The state as it is now, for the worker, which adds how it can be stopped."""
        snapshot, client = self.session.snapshot(), self.client
        uris = {draft.path: draft.uri for draft in self.drafts.all() if draft.document is not None}
        return lambda cancelled: View(snapshot.cancellable(cancelled), client, uris, self._templates)

    def describe(self) -> dict[str, Any]:
        """What the debug report says of the server's state."""
        return {
            "roots": list(self.roots),
            "folders": list(self._publisher.folders),
            "trusted": self.session.trusted,
            "settings": asdict(self.session.settings),
            "counters": {name: count for name, count in self.session.counters.items() if ":" not in name},
            "client": {**asdict(self.client), "diagnostic_tags": sorted(self.client.diagnostic_tags)},
        }

    def to_json(self, value: Any) -> Any:
        return self.protocol.to_json(value)

    def run_in_background(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._background_done)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """To the log; a user cannot do anything about it."""
        self.log.error("%s: %s", getattr(source, "__name__", source), type(error).__name__)

    def _background_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.log.warning("%s: %s", task.get_name(), error)

    def _take(self, reader: Reader, message: Message | BadMessage | None) -> None:
        reader.done()
        if message is None:
            self.log.info("end of input")
            self.leave(exit_code(self.protocol.state))
            return
        self.protocol.receive(message)
        if isinstance(message, BadMessage) and message.fatal:
            self.leave(1)

    def _lose_client(self, reason: str) -> None:
        self.log.warning("the client is lost: %s", reason)
        self.leave(exit_code(self.protocol.state))

    def _watch_parent(self, process_id: int) -> None:
        """Go when the process that started us is gone: its end of the pipes may be held open by another."""
        if is_alive(process_id):
            asyncio.get_running_loop().call_later(PARENT_INTERVAL, self._watch_parent, process_id)
        else:
            self.log.warning("the client's process is gone")
            self.leave(exit_code(self.protocol.state))


def server_capabilities(client: ClientTraits, tokens: bool) -> types.ServerCapabilities:
    """What we offer. Pull diagnostics only to a client that gets none pushed: it would show each twice. `tokens`: semantic ones are set."""
    folders = types.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True)
    return types.ServerCapabilities(
        position_encoding=types.PositionEncodingKind(client.encoding),
        text_document_sync=types.TextDocumentSyncOptions(
            open_close=True,
            change=types.TextDocumentSyncKind.Incremental,
            save=types.SaveOptions(include_text=False),
        ),
        hover_provider=True,
        completion_provider=types.CompletionOptions(trigger_characters=["."], resolve_provider=True),
        signature_help_provider=types.SignatureHelpOptions(trigger_characters=["(", ","]),
        definition_provider=True,
        references_provider=True,
        code_lens_provider=types.CodeLensOptions(resolve_provider=False),
        inlay_hint_provider=types.InlayHintOptions(resolve_provider=False),
        execute_command_provider=types.ExecuteCommandOptions(commands=list(COMMANDS)),
        code_action_provider=types.CodeActionOptions(
            code_action_kinds=[
                types.CodeActionKind.QuickFix,
                FIX_ALL,
                SUPPRESS_HERE,
                SUPPRESS_IN_PROJECT,
                *GENERATED_KINDS,
            ],
            resolve_provider=client.resolves_edits,
        )
        if client.action_literals
        else None,
        diagnostic_provider=types.DiagnosticOptions(
            identifier="cgo-ls", inter_file_dependencies=True, workspace_diagnostics=False
        )
        if client.pulls_diagnostics
        else None,
        semantic_tokens_provider=semantic_tokens.OPTIONS if tokens and not client.registers_tokens else None,
        workspace=types.WorkspaceOptions(workspace_folders=folders),
    )


def _registration(method: str, options: Any) -> types.Registration:
    return types.Registration(id=f"cgo-ls {method}", method=method, register_options=options)


def _call_soon(loop: asyncio.AbstractEventLoop, step: Callable[..., None], *args: Any) -> None:
    """From another thread; silent if the loop has ended."""
    try:
        loop.call_soon_threadsafe(step, *args)
    except RuntimeError:
        pass


def build_server() -> CgoLanguageServer:
    return CgoLanguageServer()


def main() -> int:
    """Serve on stdin and stdout; the exit code. Whatever else prints to stdout goes to stderr: it would break the frames.

    The log goes to stderr, from the level that CGO_LS_LOG names (WARNING). At no level does it hold messages.
    """
    level = logging.getLevelNamesMapping().get(os.environ.get("CGO_LS_LOG", "").upper(), logging.WARNING)
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s: %(message)s")
    for library in ("pygls", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)
    # Reader, loop and worker share one interpreter lock: a message must not wait 5 ms, the default, for each hand-over.
    sys.setswitchinterval(0.001)
    stdin, stdout = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    server = build_server()
    # Some hundred thousand objects of the message classes stay for ever: no collection has to look at them again.
    gc.freeze()
    return asyncio.run(server.serve(stdin, stdout))
