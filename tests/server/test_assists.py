"""What stands beside diagnostics: ways to silence a finding, inlay hints, the commands, the note that the server is busy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cgo_ls.rules.registry import RULES
from tests.server.programs import CALL_LINE, CLEAN, LEAK, RULE, large
from tests.server.raw_client import Json, RawClient, initialized

CAPABILITIES: Json = {
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "source"]}},
            "isPreferredSupport": True,
        }
    },
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]}},
}
EVERYTHING = {"start": {"line": 0, "character": 0}, "end": {"line": 10_000, "character": 0}}


def actions(client: RawClient, uri: str, only: list[str]) -> list[Json]:
    place = {"line": CALL_LINE, "character": 6}
    context = {"diagnostics": [], "only": only}
    params = {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": context}
    return client.request("textDocument/codeAction", params)["result"]


def open_file(client: RawClient, path: Path, text: str) -> str:
    path.write_text(text)
    client.open(path.as_uri(), text)
    return path.as_uri()


def roots(path: Path) -> Json:
    return {"workspaceFolders": [{"uri": path.as_uri(), "name": "root"}]}


def test_actions_come_in_the_order_people_want_them(tmp_path: Path) -> None:
    with initialized(CAPABILITIES, **roots(tmp_path)) as client:
        uri = open_file(client, tmp_path / "a.go", LEAK)
        offered = actions(client, uri, ["quickfix"])
    assert offered[0]["isPreferred"]
    assert [action["kind"] for action in offered[-2:]] == ["quickfix.suppressHere", "quickfix.suppressInProject"]
    assert [action["title"] for action in offered if action.get("isPreferred")] == [offered[0]["title"]]


def test_suppress_here_silences_the_finding(tmp_path: Path) -> None:
    with initialized(CAPABILITIES, **roots(tmp_path)) as client:
        uri = open_file(client, tmp_path / "a.go", LEAK)
        (action,) = actions(client, uri, ["quickfix.suppressHere"])
        (change,) = action["edit"]["documentChanges"]
        (edit,) = change["edits"]
        assert edit["newText"] == f"\t//cgols:ignore {RULE}\n"
        client.change(uri, 2, [{"range": edit["range"], "text": edit["newText"]}])
        assert client.published(uri, 2)["diagnostics"] == []


def test_suppress_in_project_makes_the_settings_beside_go_mod(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.21\n")
    with initialized(CAPABILITIES, **roots(tmp_path)) as client:
        uri = open_file(client, folder / "a.go", LEAK)
        (action,) = actions(client, uri, ["quickfix.suppressInProject"])
        create, change = action["edit"]["documentChanges"]
        config = tmp_path / ".cgo-ls.toml"
        assert (create["kind"], create["uri"]) == ("create", config.as_uri())
        config.write_text(change["edits"][0]["newText"])
        client.published(uri, 1)
        client.forget()
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": config.as_uri(), "type": 1}]})
        client.wait_for(lambda message: message.get("params", {}).get("diagnostics") == [])


def test_a_client_that_creates_no_files_is_offered_none(tmp_path: Path) -> None:
    capabilities = {"textDocument": CAPABILITIES["textDocument"]}
    with initialized(capabilities, **roots(tmp_path)) as client:
        uri = open_file(client, tmp_path / "a.go", LEAK)
        assert actions(client, uri, ["quickfix.suppressInProject"]) == []


def hints(client: RawClient, uri: str) -> list[Any]:
    return client.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": EVERYTHING})["result"]


def test_hints_are_off_until_they_are_set(tmp_path: Path) -> None:
    with initialized(CAPABILITIES) as client:
        uri = open_file(client, tmp_path / "a.go", CLEAN)
        assert hints(client, uri) == []
        client.notify("workspace/didChangeConfiguration", {"settings": {"inlayHints": {"ownership": True}}})
        (hint,) = hints(client, uri)
        assert hint["label"] == f"owned, freed on return, line {CALL_LINE + 2}"
        assert hint["position"] == {"line": CALL_LINE, "character": CLEAN.splitlines()[CALL_LINE].index(")") + 1}
        client.change(uri, 2, [{"text": LEAK}])
        assert [hint["label"] for hint in hints(client, uri)] == ["owned, never freed"]


def test_the_symbol_lens_is_off_until_it_is_set(tmp_path: Path) -> None:
    with initialized(CAPABILITIES) as client:
        uri = open_file(client, tmp_path / "a.go", LEAK)
        ask = {"textDocument": {"uri": uri}}
        assert client.request("textDocument/codeLens", ask)["result"] == []
        client.notify("workspace/didChangeConfiguration", {"settings": {"codeLens": {"symbols": True}}})
        (lens,) = client.request("textDocument/codeLens", ask)["result"]
        assert lens["range"]["start"]["line"] == LEAK.splitlines().index('import "C"')
        assert lens["command"]["title"] == "C names: 2 from the system"
        page = client.request("workspace/executeCommand", lens["command"])["result"]
        assert page["title"] == f"C symbols of {tmp_path.name}"
        assert "<svg" in page["html"]
        assert "<script" not in page["html"]


def test_commands_answer_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    with initialized() as client:
        uri = open_file(client, tmp_path / "a.go", LEAK)
        client.published(uri)

        def run(command: str, *arguments: Any) -> Json:
            return client.request("workspace/executeCommand", {"command": command, "arguments": list(arguments)})

        page = run("cgo-ls.explain", RULE)["result"]
        assert re.match(f"# {RULE}\n", page["markdown"])
        assert [rule["name"] for rule in run("cgo-ls.rules")["result"]] == [rule.name for rule in RULES]
        report = run("cgo-ls.debugReport")["result"]
        assert report["process"] == client.process.pid
        assert report["counters"]["analysed"] > 0
        assert "length" not in str(report), "no name of the code is in the report"
        for bad in (
            run("cgo-ls.explain"),
            run("cgo-ls.explain", "../../etc/passwd"),
            run("no-such-command"),
            run("cgo-ls.symbols"),
        ):
            assert bad["error"]["code"] == -32602


def test_a_client_that_wants_to_know_is_told_of_long_work(tmp_path: Path) -> None:
    with initialized(initializationOptions={"status": True}) as client:
        uri = open_file(client, tmp_path / "a.go", large(1500))
        notes = [
            client.wait_for(lambda message, busy=busy: message.get("params") == {"analysing": busy})["method"]
            for busy in (True, False)
        ]
        assert notes == ["cgo-ls/status"] * 2
        assert client.published(uri, 1)["diagnostics"]


def test_no_other_client_is_sent_such_notes(tmp_path: Path) -> None:
    with initialized() as client:
        uri = open_file(client, tmp_path / "a.go", large(1500))
        assert client.published(uri, 1)["diagnostics"]
        client.barrier()
        assert not [message for message in client.received if message.get("method") == "cgo-ls/status"]
