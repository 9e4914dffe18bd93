"""Six journeys with each of three editors' capabilities, through pytest-lsp, for which a breach of the protocol is an error."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from pytest_lsp.checks import LspSpecificationWarning

from cgo_ls.text.document import Change, Document
from cgo_ls.text.positions import Encoding, Position
from tests.server.programs import CALL_LINE, CLEAN, LEAK, RETURN_LINE, RULE, large
from tests.server.raw_client import COMMAND

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.filterwarnings(f"error::{LspSpecificationWarning.__module__}.{LspSpecificationWarning.__name__}"),
]
TIMEOUT = 30.0
ENCODINGS: dict[str, Encoding] = {"visual-studio-code": "utf-16", "neovim": "utf-8", "emacs": "utf-8"}
FREE = "\tdefer C.free(unsafe.Pointer(p))\n"


class Editor:
    """One editor with the server it started: keeps the text, and what is shown for it, as the editor would."""

    def __init__(self, client: LanguageClient, name: str, root: Path) -> None:
        self.client = client
        self.name = name
        self.root = root
        self.uri = (root / "a.go").as_uri()
        self.version = 0
        self.text = ""
        self.published: list[types.PublishDiagnosticsParams] = []
        self.pulls = False
        self.encoding: Encoding = ENCODINGS[name]

    async def start(self, capabilities: types.ClientCapabilities) -> None:
        folder = types.WorkspaceFolder(uri=self.root.as_uri(), name="root")
        result = await self.client.initialize_session(
            types.InitializeParams(capabilities=capabilities, workspace_folders=[folder], root_uri=folder.uri)
        )
        self.pulls = result.capabilities.diagnostic_provider is not None
        assert result.capabilities.position_encoding == self.encoding

    def open(self, text: str) -> None:
        self.version, self.text = 1, text
        item = types.TextDocumentItem(uri=self.uri, language_id="go", version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def edit(self, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        places = types.Range(start=types.Position(*start), end=types.Position(*end))
        change = Change(Position(*start), Position(*end), text)
        self.version += 1
        document, _ = Document.from_text(self.uri, 0, self.text).apply([change], self.version, self.encoding)
        self.text = document.data.decode()
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version),
                content_changes=[types.TextDocumentContentChangePartial(range=places, text=text)],
            )
        )

    async def problems(self, uri: str | None = None) -> Sequence[types.Diagnostic]:
        """What is shown for the document once the server has seen its last version."""
        uri = uri or self.uri
        if self.pulls and uri == self.uri:
            identifier = types.TextDocumentIdentifier(uri=uri)
            report = await self.client.text_document_diagnostic_async(
                types.DocumentDiagnosticParams(text_document=identifier)
            )
            assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
            return report.items
        async with asyncio.timeout(TIMEOUT):
            while not (last := self.last(uri)) or (uri == self.uri and last.version != self.version):
                await self.client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        return last.diagnostics

    def last(self, uri: str) -> types.PublishDiagnosticsParams | None:
        return next((report for report in reversed(self.published) if report.uri == uri), None)

    async def until(self, uri: str, count: int) -> None:
        """A report with `count` problems is shown for `uri`, which need not be open."""
        async with asyncio.timeout(TIMEOUT):
            while (last := self.last(uri)) is None or len(last.diagnostics) != count:
                await self.client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)

    async def hover(self, line: int, column: int) -> types.MarkupContent:
        identifier = types.TextDocumentIdentifier(uri=self.uri)
        params = types.HoverParams(text_document=identifier, position=types.Position(line, column))
        hover = await self.client.text_document_hover_async(params)
        assert hover
        assert isinstance(hover.contents, types.MarkupContent)
        return hover.contents

    async def fixes(self, diagnostics: Sequence[types.Diagnostic], only: list[str]) -> list[types.CodeAction]:
        context = types.CodeActionContext(diagnostics=list(diagnostics), only=only)
        place = diagnostics[0].range
        identifier = types.TextDocumentIdentifier(uri=self.uri)
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(text_document=identifier, range=place, context=context)
        )
        actions = [action for action in found or () if isinstance(action, types.CodeAction)]
        return [action if action.edit else await self.client.code_action_resolve_async(action) for action in actions]

    def apply(self, action: types.CodeAction) -> None:
        """Send the edits back as changes, last place first."""
        assert action.edit
        if action.edit.document_changes:
            (change,) = action.edit.document_changes
            assert isinstance(change, types.TextDocumentEdit)
            assert (change.text_document.uri, change.text_document.version) == (self.uri, self.version)
            edits = list(change.edits)
        else:
            edits = list((action.edit.changes or {})[self.uri])
        for edit in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
            assert isinstance(edit, types.TextEdit | types.AnnotatedTextEdit)
            start, end = edit.range.start, edit.range.end
            self.edit((start.line, start.character), (end.line, end.character), edit.new_text)


def capabilities_of(name: str) -> types.ClientCapabilities:
    """What the editor says of itself. Today's VS Code pulls diagnostics, which the recorded one did not yet."""
    capabilities = client_capabilities(name)
    if name == "visual-studio-code":
        assert capabilities.text_document
        assert capabilities.workspace
        capabilities.text_document.diagnostic = types.DiagnosticClientCapabilities(dynamic_registration=True)
        capabilities.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    return capabilities


@pytest_asyncio.fixture(params=sorted(ENCODINGS))
async def editor(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Editor]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    client = await ClientServerConfig(server_command=COMMAND, server_env=env).start()
    assert isinstance(client, LanguageClient)
    editor = Editor(client, request.param, tmp_path)

    def publish(params: types.PublishDiagnosticsParams) -> None:
        editor.published.append(params)

    client.protocol.fm.features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS] = publish
    client.protocol.fm.features[types.CLIENT_REGISTER_CAPABILITY] = lambda params: None
    await editor.start(capabilities_of(request.param))
    yield editor
    assert client.messages == [], "nothing is shown to the user"
    await client.shutdown_session()
    await client.stop()


async def test_open_see_fix(editor: Editor) -> None:
    editor.open(LEAK)
    problems = await editor.problems()
    assert [(item.code, item.range.start.line) for item in problems] == [(RULE, CALL_LINE)]
    hover = await editor.hover(CALL_LINE, LEAK.splitlines()[CALL_LINE].index("CString"))
    assert hover.kind == types.MarkupKind.Markdown
    assert "free" in hover.value
    fixes = await editor.fixes(problems, ["quickfix"])
    assert [fix.is_preferred for fix in fixes].count(True) == 1
    editor.apply(next(fix for fix in fixes if fix.is_preferred))
    assert "defer C.free(unsafe.Pointer(p))" in editor.text
    assert list(await editor.problems()) == []


async def test_type_fast(editor: Editor) -> None:
    editor.open(CLEAN)
    editor.edit((RETURN_LINE, 0), (RETURN_LINE + 1, 0), "")
    for column, character in enumerate("\t// typing fast \U0001f600"):
        editor.edit((RETURN_LINE, column), (RETURN_LINE, column), character)
    editor.edit((RETURN_LINE, 0), (RETURN_LINE, 0), FREE)
    editor.edit((RETURN_LINE, 0), (RETURN_LINE + 1, 0), "")
    problems = await editor.problems()
    assert [item.code for item in problems] == [RULE]
    versions = [report.version for report in editor.published if report.uri == editor.uri]
    assert versions == sorted(versions, key=lambda version: version or 0), "versions never go back"


async def test_broken_code(editor: Editor) -> None:
    """A brace is missing in one function: the other keeps its problem; then the brace comes back."""
    second = LEAK[LEAK.index("func length") : LEAK.index("func release")].replace("length", "second")
    editor.open(LEAK + "\nfunc third() {\n\tif true {\n}\n\n" + second)
    problems = await editor.problems()
    assert RULE in [item.code for item in problems]
    last_line = editor.text.count("\n")
    assert max(item.range.start.line for item in problems) > last_line - 6, (
        "what follows the broken function is still seen"
    )
    line = editor.text[: editor.text.index("\tif true {\n")].count("\n") + 1
    editor.edit((line, 0), (line, 0), "\t}\n")
    assert [item.code for item in await editor.problems()] == [RULE, RULE]


async def test_a_file_changes_on_disk(editor: Editor) -> None:
    """Another file of the folder is written by a tool."""
    other = editor.root / "b.go"
    other.write_text(CLEAN.replace("length", "other").replace("release", "drop"))
    editor.open("package p\n")
    assert list(await editor.problems()) == []
    other.write_text(LEAK.replace("length", "other").replace("release", "drop"))
    event = types.FileEvent(uri=other.as_uri(), type=types.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes=[event]))
    await editor.until(other.as_uri(), 1)
    other.unlink()
    event = types.FileEvent(uri=other.as_uri(), type=types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes=[event]))
    await editor.until(other.as_uri(), 0)


async def test_configuration_changes(editor: Editor) -> None:
    """`.cgo-ls.toml` turns the rule off, then goes; the problem of a file that is not open follows."""
    other, config = editor.root / "b.go", editor.root / ".cgo-ls.toml"
    other.write_text(LEAK)
    (editor.root / "go.mod").write_text("module example.com/p\n\ngo 1.21\n")
    editor.open("package p\n")
    await editor.until(other.as_uri(), 1)
    config.write_text(f'version = 1\n\n[rules]\nignore = ["{RULE}"]\n')
    event = types.FileEvent(uri=config.as_uri(), type=types.FileChangeType.Created)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes=[event]))
    await editor.until(other.as_uri(), 0)
    config.unlink()
    event = types.FileEvent(uri=config.as_uri(), type=types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes=[event]))
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    await editor.until(other.as_uri(), 1)


async def test_shutdown_in_mid_analysis(editor: Editor) -> None:
    """The fixture's shutdown and exit follow at once; the process leaves with 0."""
    editor.open(large(3000))
    await editor.client.shutdown_session()
    server = editor.client._server
    assert server
    assert await asyncio.wait_for(server.wait(), 5) == 0
    editor.client.capabilities = None
