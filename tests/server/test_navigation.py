"""Completion, signatures, definitions and references on the wire, in the client's terms."""

from __future__ import annotations

from pathlib import Path

from tests.server.raw_client import Json, RawClient, initialized

TEXT = """package p

// #include "own.h"
import "C"

func f() {
	_ = "\U0001f600"; C.take(nil, 3)
	C.
}
"""
HEADER = "/* Takes it. */\nvoid take(char *text, int count);\n"
CAPABILITIES: Json = {
    "textDocument": {
        "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
        "signatureHelp": {"signatureInformation": {"parameterInformation": {"labelOffsetSupport": True}}},
    }
}


def opened(client: RawClient, folder: Path) -> str:
    (folder / "own.h").write_text(HEADER)
    uri = (folder / "a.go").as_uri()
    client.open(uri, TEXT)
    return uri


def at(uri: str, text: str, inside: int) -> Json:
    """The place `inside` UTF-16 units behind the start of the first `text`."""
    before = TEXT[: TEXT.index(text) + inside]
    column = len(before.rpartition("\n")[2].encode("utf-16-le")) // 2
    return {"textDocument": {"uri": uri}, "position": {"line": before.count("\n"), "character": column}}


def test_completion_and_its_page(tmp_path: Path) -> None:
    with initialized(CAPABILITIES) as client:
        uri = opened(client, tmp_path)
        answer = client.request("textDocument/completion", at(uri, "C.\n", 2))["result"]
        assert answer["isIncomplete"] is False
        first = answer["items"][0]
        place = {"line": 7, "character": 3}
        assert (first["label"], first["detail"], first["kind"]) == ("take", "void take(char *text, int count)", 3)
        assert first["textEdit"] == {"range": {"start": place, "end": place}, "newText": "take"}
        page = client.request("completionItem/resolve", first)["result"]["documentation"]
        assert page["kind"] == "markdown"
        assert page["value"].startswith("```text\nTakes it."), "the prototype stands above it already"
        assert client.request("textDocument/completion", at(uri, "nil", 1))["result"] is None


def test_a_signature_counts_its_parameters(tmp_path: Path) -> None:
    with initialized(CAPABILITIES) as client:
        uri = opened(client, tmp_path)
        answer = client.request("textDocument/signatureHelp", at(uri, ", 3", 2))["result"]
    (signature,) = answer["signatures"]
    assert [signature["label"][slice(*each["label"])] for each in signature["parameters"]] == [
        "char *text",
        "int count",
    ]
    assert answer["activeParameter"] == 1


def test_definition_and_references(tmp_path: Path) -> None:
    with initialized(CAPABILITIES) as client:
        uri = opened(client, tmp_path)
        (found,) = client.request("textDocument/definition", at(uri, "C.take", 3))["result"]
        assert found["uri"] == (tmp_path / "own.h").as_uri()
        assert found["range"]["start"] == {"line": 1, "character": 5}
        (header,) = client.request("textDocument/definition", at(uri, "own.h", 1))["result"]
        assert header["uri"] == found["uri"]
        asked = at(uri, "C.take", 3) | {"context": {"includeDeclaration": False}}
        (used,) = client.request("textDocument/references", asked)["result"]
        assert used["range"]["start"] == {"line": 6, "character": 13}
        assert client.request("textDocument/definition", at(uri, "func", 1))["result"] is None


def test_what_is_not_open_or_not_ours_has_no_answer(tmp_path: Path) -> None:
    with initialized(CAPABILITIES) as client:
        opened(client, tmp_path)
        place = {"textDocument": {"uri": (tmp_path / "b.go").as_uri()}, "position": {"line": 0, "character": 0}}
        for method in ("completion", "signatureHelp", "definition"):
            assert client.request(f"textDocument/{method}", place)["result"] is None
        item = {"label": "x", "data": {"uri": "untitled:1", "name": "x"}}
        assert client.request("completionItem/resolve", item)["result"]["label"] == "x"


def test_tokens_are_registered_once_they_are_wanted(tmp_path: Path) -> None:
    tokens: Json = {"requests": {"full": True}, "tokenTypes": [], "tokenModifiers": [], "formats": ["relative"]}
    dynamic = {"textDocument": {"semanticTokens": tokens | {"dynamicRegistration": True}}}
    with initialized(dynamic) as client:
        uri = opened(client, tmp_path)
        asked = {"textDocument": {"uri": uri}}
        assert client.request("textDocument/semanticTokens/full", asked)["result"] is None
        client.notify("workspace/didChangeConfiguration", {"settings": {"semanticTokens": {"preamble": True}}})
        told = client.wait_for(lambda message: message.get("method") == "client/registerCapability")
        (each,) = told["params"]["registrations"]
        kinds = each["registerOptions"]["legend"]["tokenTypes"]
        data = client.request("textDocument/semanticTokens/full", asked)["result"]["data"]
        assert data[:5] == [2, 3, len("#include"), kinds.index("macro"), 0]
        assert data[5:10] == [0, len("#include "), len('"own.h"'), kinds.index("string"), 0]
        client.notify("workspace/didChangeConfiguration", {"settings": {"semanticTokens": {"preamble": False}}})
        client.wait_for(lambda message: message.get("method") == "client/unregisterCapability")


def test_tokens_are_offered_to_a_client_that_sets_them_at_the_start() -> None:
    for wanted in (True, False):
        options = {"semanticTokens": {"preamble": wanted}}
        with initialized({}, initializationOptions=options) as client:
            answer = next(message for message in client.received if "capabilities" in message.get("result", {}))
            assert ("semanticTokensProvider" in answer["result"]["capabilities"]) is wanted
