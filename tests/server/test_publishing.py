"""R3 and R5: what the client is left with is right: versions, closed files, deleted files, folders, pulled reports, races."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cgo_ls.text.document import Change, Document
from cgo_ls.text.positions import Position
from tests.server.programs import CALL_LINE, CLEAN, LEAK, RETURN_LINE, RULE, large
from tests.server.raw_client import Json, RawClient, initialized, insert, running

Connect = Callable[..., RawClient]
PULL = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}
LITERALS = {
    "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "source"]}},
    "isPreferredSupport": True,
}
RESOLVING = {**LITERALS, "dataSupport": True, "resolveSupport": {"properties": ["edit"]}}
VERSIONED = {"workspaceEdit": {"documentChanges": True}}
FREE = "\tdefer C.free(unsafe.Pointer(p))\n"


@pytest.fixture(scope="module")
def processes() -> Iterator[dict[str, RawClient]]:
    clients: dict[str, RawClient] = {}
    yield clients
    for client in clients.values():
        client.close()


@pytest.fixture
def connect(processes: dict[str, RawClient]) -> Connect:
    """A client with these capabilities, and nothing received yet. Each test has its own folder, so they share a process."""

    def connect(capabilities: Json | None = None) -> RawClient:
        key = json.dumps(capabilities)
        if key not in processes:
            processes[key] = RawClient()
            processes[key].initialize(capabilities)
        client = processes[key]
        client.barrier()
        client.forget()
        return client

    return connect


def reports(client: RawClient, uri: str) -> list[Json]:
    published = (message for message in client.received if message.get("method") == "textDocument/publishDiagnostics")
    return [message["params"] for message in published if message["params"]["uri"] == uri]


def codes(report: Json) -> list[str]:
    return [item["code"] for item in report["diagnostics"]]


def pull(client: RawClient, uri: str, previous: str | None = None) -> Json:
    params: Json = {"textDocument": {"uri": uri}}
    return client.request("textDocument/diagnostic", params | ({"previousResultId": previous} if previous else {}))[
        "result"
    ]


def actions(client: RawClient, uri: str, line: int, only: list[str] | None = None) -> list[Json]:
    place = {"line": line, "character": 7}
    context: Json = {"diagnostics": []} | ({"only": only} if only else {})
    params = {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": context}
    return client.request("textDocument/codeAction", params)["result"]


def apply(text: str, edits: list[Json]) -> str:
    """The text after the edits of a workspace edit; later places first, so that none moves."""
    ordered = sorted(edits, key=lambda edit: (edit["range"]["start"]["line"], edit["range"]["start"]["character"]))
    changes = [
        Change(
            Position(edit["range"]["start"]["line"], edit["range"]["start"]["character"]),
            Position(edit["range"]["end"]["line"], edit["range"]["end"]["character"]),
            edit["newText"],
        )
        for edit in reversed(ordered)
    ]
    return Document.from_text("u", 0, text).apply(changes, 1, "utf-16")[0].data.decode()


def test_typing_fast_publishes_in_order_and_ends_with_the_last(connect: Connect, tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    client = connect()
    client.open(uri, LEAK)
    for version in range(2, 300):
        client.change(uri, version, [insert(RETURN_LINE, 0, "\n" if version % 2 else " ")])
    client.change(uri, 300, [{"text": CLEAN}])
    assert client.published(uri, 300)["diagnostics"] == []
    client.barrier()
    versions = [report["version"] for report in reports(client, uri)]
    assert versions == sorted(versions)
    assert versions[-1] == 300
    assert len(versions) == len(set(versions))


def test_a_large_file_being_edited_is_never_reported_stale(connect: Connect, tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    count = 300
    client = connect()
    client.open(uri, large(count))
    for version in range(2, 12):
        client.change(uri, version, [insert(0, 0, "// a line\n")])
        client.barrier()
    last = client.published(uri, 11)
    assert len(last["diagnostics"]) == count
    shift = {report["version"]: report["diagnostics"][0]["range"]["start"]["line"] for report in reports(client, uri)}
    assert {version - line for version, line in shift.items()} == {11 - shift[11]}, "a report fits its version"


@pytest.mark.parametrize("seed", range(3))
def test_random_scripts_end_with_what_a_fresh_server_says(seed: int, tmp_path: Path) -> None:
    """R3 (first size): open, edit, close, save, delete and change on disk, in any order."""
    rng = random.Random(seed)
    names = ("a.go", "b.go", "sub/c.go")
    texts = (LEAK, CLEAN, LEAK.replace("length", "other"), "package p\n", "")
    (tmp_path / "sub").mkdir()
    folder = {"uri": tmp_path.as_uri(), "name": "root"}
    drafts: dict[str, tuple[int, str]] = {}
    with initialized(workspaceFolders=[folder]) as client:
        for _ in range(40):
            name = rng.choice(names)
            path = tmp_path / name
            uri = path.as_uri()
            version, text = drafts.get(name, (0, ""))
            match rng.choice(("open", "edit", "edit", "close", "disk", "delete")):
                case "open" if name not in drafts:
                    drafts[name] = (1, rng.choice(texts))
                    client.open(uri, drafts[name][1])
                case "edit" if name in drafts:
                    drafts[name] = (version + 1, rng.choice(texts))
                    client.change(uri, version + 1, [{"text": drafts[name][1]}])
                case "close" if name in drafts:
                    del drafts[name]
                    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
                case "disk":
                    kind = 2 if path.exists() else 1
                    path.write_text(rng.choice(texts))
                    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": kind}]})
                case "delete" if path.exists():
                    path.unlink()
                    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 3}]})
        settle(client, tmp_path, drafts)
        final = {uri: reports(client, uri)[-1]["diagnostics"] for uri in uris_of(client)}
    with initialized(workspaceFolders=[folder]) as fresh:
        for name, (version, text) in drafts.items():
            fresh.open((tmp_path / name).as_uri(), text, version)
        settle(fresh, tmp_path, drafts)
        expected = {uri: reports(fresh, uri)[-1]["diagnostics"] for uri in uris_of(fresh)}
    touched = {Path(uri.removeprefix("file://")).parent for uri in final}
    for uri in final.keys() | expected.keys():
        if uri in expected or Path(uri.removeprefix("file://")).parent in {tmp_path / name for name in drafts}:
            assert final.get(uri, []) == expected.get(uri, []), f"seed {seed}, {uri}"
    assert touched or not drafts


def uris_of(client: RawClient) -> set[str]:
    published = (message for message in client.received if message.get("method") == "textDocument/publishDiagnostics")
    return {message["params"]["uri"] for message in published}


def settle(client: RawClient, root: Path, drafts: dict[str, tuple[int, str]]) -> None:
    """Everything is analysed: each folder gets a new draft last, and its report comes only with the whole folder's."""
    for folder in ("", "sub/"):
        uri = (root / f"{folder}zz_last.go").as_uri()
        client.open(uri, "package p\n", 77)
    for folder in ("", "sub/"):
        client.published((root / f"{folder}zz_last.go").as_uri(), 77)
    client.barrier()


def test_closing_leaves_what_is_on_disk(connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "a.go"
    path.write_text(LEAK)
    uri = path.as_uri()
    client = connect()
    client.open(uri, CLEAN)
    assert client.published(uri, 1)["diagnostics"] == []
    client.received.clear()
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    report = client.published(uri)
    assert codes(report) == [RULE]
    assert "version" not in report


def test_closing_a_file_that_is_not_on_disk_withdraws_its_report(connect: Connect, tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    client = connect()
    client.open(uri, LEAK)
    assert codes(client.published(uri, 1)) == [RULE]
    client.received.clear()
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert client.published(uri)["diagnostics"] == []


def test_deleting_and_creating_a_file_is_seen(connect: Connect, tmp_path: Path) -> None:
    path, other = tmp_path / "a.go", tmp_path / "b.go"
    path.write_text(LEAK)
    client = connect()
    client.open(other.as_uri(), "package p\n")
    assert codes(client.published(path.as_uri())) == [RULE]
    client.received.clear()
    path.unlink()
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": 3}]})
    assert client.published(path.as_uri())["diagnostics"] == []
    client.received.clear()
    path.write_text(LEAK)
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": 1}]})
    assert codes(client.published(path.as_uri())) == [RULE]


def test_a_folder_that_leaves_the_workspace_is_withdrawn(tmp_path: Path) -> None:
    inside, other = tmp_path / "one", tmp_path / "two"
    for folder in (inside, other):
        folder.mkdir()
        (folder / "a.go").write_text(LEAK)
    folders = [{"uri": folder.as_uri(), "name": folder.name} for folder in (inside, other)]
    uri = (inside / "a.go").as_uri()
    with initialized(workspaceFolders=folders) as client:
        client.open(uri, LEAK)
        assert codes(client.published(uri, 1)) == [RULE]
        client.received.clear()
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert codes(client.published(uri)) == [RULE]
        client.received.clear()
        event = {"added": [], "removed": [folders[0]]}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        assert client.published(uri)["diagnostics"] == []


def test_a_lost_change_silences_the_document_until_its_whole_text_comes(connect: Connect, tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    place = {"textDocument": {"uri": uri}, "position": {"line": CALL_LINE, "character": 8}}
    client = connect({"textDocument": {"codeAction": LITERALS}})
    client.open(uri, LEAK)
    assert codes(client.published(uri, 1)) == [RULE]
    client.received.clear()
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": 5}, 7]}
    )
    assert client.published(uri)["diagnostics"] == []
    assert client.request("textDocument/hover", place)["result"] is None
    assert actions(client, uri, CALL_LINE) == []
    client.change(uri, 3, [insert(0, 0, "x")])
    client.change(uri, 4, [{"text": LEAK}])
    assert codes(client.published(uri, 4)) == [RULE]


def test_a_change_out_of_order_is_put_in_order_and_a_doubled_one_drops_the_draft(
    connect: Connect, tmp_path: Path
) -> None:
    uri = (tmp_path / "a.go").as_uri()
    client = connect()
    client.open(uri, LEAK)
    client.change(uri, 3, [insert(0, 0, "\n")])
    assert codes(client.published(uri, 3)) == [RULE]
    client.received.clear()
    client.change(uri, 2, [insert(0, 0, "\n")])
    (found,) = client.published(uri, 3)["diagnostics"]
    assert found["range"]["start"]["line"] == CALL_LINE + 2
    client.received.clear()
    client.change(uri, 3, [insert(0, 0, "\n")])
    assert client.published(uri)["diagnostics"] == []
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    client.open(uri, LEAK, 1)
    assert codes(client.published(uri, 1)) == [RULE]


def test_documents_that_do_not_concern_us_are_left_alone(connect: Connect) -> None:
    client = connect()
    uris = ("untitled:Untitled-1", "file:///x/a.py", "git:/x/a.go", "nonsense")
    for uri in uris:
        client.open(uri, LEAK)
        client.change(uri, 2, [insert(0, 0, "x")])
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
        assert client.request("textDocument/hover", place)["result"] is None
        assert pull(client, uri)["items"] == []
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert not uris_of(client).intersection(uris)


def test_pulled_reports(tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    with running() as client:
        result = client.initialize(PULL)
        assert result["capabilities"]["diagnosticProvider"]["interFileDependencies"] is True
        client.open(uri, LEAK)
        first = pull(client, uri)
        assert first["kind"] == "full"
        assert [item["code"] for item in first["items"]] == [RULE]
        assert pull(client, uri, first["resultId"]) == {"kind": "unchanged", "resultId": first["resultId"]}
        client.change(uri, 2, [{"text": CLEAN}])
        second = pull(client, uri, first["resultId"])
        assert (second["kind"], second["items"]) == ("full", [])
        assert reports(client, uri) == [], "what is pulled is not pushed as well"


def test_a_client_that_pulls_is_told_to_pull_again_and_gets_the_rest_pushed(connect: Connect, tmp_path: Path) -> None:
    path, other = tmp_path / "a.go", tmp_path / "b.go"
    other.write_text(LEAK)
    client = connect(PULL)
    client.open(path.as_uri(), "package p\n")
    assert codes(client.published(other.as_uri())) == [RULE]
    other.write_text(CLEAN)
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": other.as_uri(), "type": 2}]})
    client.wait_for(lambda message: message.get("method") == "workspace/diagnostic/refresh")
    client.wait_for(
        lambda message: message.get("params", {}).get("uri") == other.as_uri() and not message["params"]["diagnostics"]
    )


def test_no_pull_is_offered_to_a_client_that_cannot_be_refreshed() -> None:
    with running() as client:
        result = client.initialize({"textDocument": {"diagnostic": {}}})
        assert "diagnosticProvider" not in result["capabilities"]


@pytest.mark.parametrize("versioned", [False, True])
@pytest.mark.parametrize("lazy", [False, True])
def test_a_quick_fix_removes_its_finding(connect: Connect, tmp_path: Path, versioned: bool, lazy: bool) -> None:
    uri = (tmp_path / "a.go").as_uri()
    capabilities: Json = {"textDocument": {"codeAction": RESOLVING if lazy else LITERALS}}
    client = connect(capabilities | ({"workspace": VERSIONED} if versioned else {}))
    client.open(uri, LEAK)
    fix = next(action for action in actions(client, uri, CALL_LINE, ["quickfix"]) if action.get("isPreferred"))
    assert [item["code"] for item in fix["diagnostics"]] == [RULE]
    assert ("edit" in fix) != lazy
    if lazy:
        fix = client.request("codeAction/resolve", fix)["result"]
    client.change(uri, 2, [{"text": apply(LEAK, edits_of(fix["edit"], uri, 1 if versioned else None))}])
    assert client.published(uri, 2)["diagnostics"] == []


def edits_of(edit: Json, uri: str, version: int | None) -> list[Json]:
    """The edits of the only file; `version` is what a versioned edit has to say."""
    if version is None:
        assert list(edit) == ["changes"]
        assert list(edit["changes"]) == [uri]
        return edit["changes"][uri]
    assert list(edit) == ["documentChanges"]
    (change,) = edit["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": version}
    return change["edits"]


@pytest.mark.parametrize("lazy", [False, True])
def test_fix_all(connect: Connect, tmp_path: Path, lazy: bool) -> None:
    uri = (tmp_path / "a.go").as_uri()
    text = LEAK + LEAK[LEAK.index("func length") : LEAK.index("func release")].replace("length", "second")
    client = connect({"textDocument": {"codeAction": RESOLVING if lazy else LITERALS}})
    client.open(uri, text)
    assert codes(client.published(uri, 1)) == [RULE, RULE]
    (action,) = actions(client, uri, 0, ["source.fixAll"])
    assert action["kind"] == "source.fixAll.cgo"
    if lazy:
        action = client.request("codeAction/resolve", action)["result"]
    client.change(uri, 2, [{"text": apply(text, edits_of(action["edit"], uri, None))}])
    assert client.published(uri, 2)["diagnostics"] == []
    assert actions(client, uri, 0, ["source.fixAll"]) == []


def test_kinds_filter_actions(connect: Connect, tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    client = connect({"textDocument": {"codeAction": LITERALS}})
    client.open(uri, LEAK)
    assert actions(client, uri, CALL_LINE, ["refactor"]) == []
    kinds = {action["kind"] for action in actions(client, uri, CALL_LINE)}
    assert kinds == {"quickfix", "quickfix.suppressHere", "source.fixAll.cgo"}


def test_a_client_without_action_literals_gets_none(connect: Connect, tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    client = connect()
    client.open(uri, LEAK)
    assert actions(client, uri, CALL_LINE) == []


@pytest.mark.parametrize("seed", range(4))
def test_an_edit_between_offer_and_resolve_is_recomputed_or_refused(
    connect: Connect, tmp_path: Path, seed: int
) -> None:
    """R5 (first size): 15 races each."""
    rng = random.Random(seed)
    uri = (tmp_path / "a.go").as_uri()
    client = connect({"textDocument": {"codeAction": RESOLVING}, "workspace": VERSIONED})
    version = 1
    client.open(uri, LEAK, version)
    for race in range(15):
        version += 1
        client.change(uri, version, [{"text": LEAK}])
        offered = next(action for action in actions(client, uri, CALL_LINE, ["quickfix"]) if action.get("isPreferred"))
        version += 1
        text, change = random_race(rng)
        client.change(uri, version, [change])
        reply = client.request("codeAction/resolve", offered)
        where = f"seed {seed}, race {race}"
        if "error" in reply:
            assert reply["error"]["code"] == -32801, where
            assert text == CLEAN, f"{where}: the finding is there, so its fix can be made"
            continue
        fixed = apply(text, edits_of(reply["result"]["edit"], uri, version))
        version += 1
        client.change(uri, version, [{"text": fixed}])
        assert client.published(uri, version)["diagnostics"] == [], where


def random_race(rng: random.Random) -> tuple[str, Json]:
    """The text after an edit, and the edit: lines above, the function renamed away from its place, or the finding gone."""
    lines = rng.randint(1, 5)
    match rng.choice(("above", "below", "fixed")):
        case "above":
            head, tail = LEAK.split("func length")
            text = head + "// x\n" * lines + "\nfunc length" + tail
        case "below":
            text = LEAK + "// x\n" * lines
        case _:
            text = CLEAN
    return text, {"text": text}


def test_resolving_nonsense_is_refused(connect: Connect, tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    client = connect({"textDocument": {"codeAction": RESOLVING}})
    client.open(uri, LEAK)
    nonsense: list[Any] = [
        None,
        5,
        {},
        {"uri": 5},
        {"uri": uri},
        {"uri": uri, "key": 5, "version": 1, "span": [-1, "x"]},
    ]
    for data in nonsense:
        reply = client.request("codeAction/resolve", {"title": "x", "data": data})
        assert reply["error"]["code"] == -32801


def test_a_report_holds_what_the_client_can_show(connect: Connect, tmp_path: Path) -> None:
    shown = {
        "relatedInformation": True,
        "codeDescriptionSupport": True,
        "dataSupport": True,
        "tagSupport": {"valueSet": [1, 2]},
        "versionSupport": True,
    }
    uri = (tmp_path / "a.go").as_uri()
    client = connect({"textDocument": {"publishDiagnostics": shown}})
    client.open(uri, LEAK)
    (item,) = client.published(uri, 1)["diagnostics"]
    assert item["source"] == "cgo-ls"
    assert item["severity"] in (1, 2)
    assert item["range"]["start"]["line"] == CALL_LINE
    assert item["relatedInformation"]
    assert all(place["location"]["uri"] == uri for place in item["relatedInformation"])
    assert item["data"] == {"rule": RULE, "family": "memory", "function": "length"}
    explanation = Path(item["codeDescription"]["href"].removeprefix("file://"))
    assert explanation.read_text().startswith("# ")


def test_a_report_for_a_simple_client_says_the_steps_in_its_message(connect: Connect, tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    client = connect()
    client.open(uri, LEAK)
    (item,) = client.published(uri, 1)["diagnostics"]
    assert set(item) == {"range", "severity", "code", "source", "message"}
    assert "a.go:" in item["message"]


@pytest.mark.parametrize("formats", [["markdown", "plaintext"], ["plaintext"], None])
def test_hover(connect: Connect, tmp_path: Path, formats: list[str] | None) -> None:
    uri = (tmp_path / "a.go").as_uri()
    capabilities = {"textDocument": {"hover": {"contentFormat": formats}}} if formats else {}
    client = connect(capabilities)
    client.open(uri, LEAK)
    column = LEAK.splitlines()[CALL_LINE].index("CString") + 2
    place = {"textDocument": {"uri": uri}, "position": {"line": CALL_LINE, "character": column}}
    result = client.request("textDocument/hover", place)["result"]
    assert "free" in result["contents"]["value"]
    assert result["contents"]["kind"] == ("markdown" if formats and "markdown" in formats else "plaintext")
    assert result["range"]["start"]["line"] == CALL_LINE
    nothing = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
    assert client.request("textDocument/hover", nothing)["result"] is None


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 13), ("utf-16", 11), ("utf-32", 10)])
def test_columns_are_counted_in_the_units_agreed_on(tmp_path: Path, encoding: str, column: int) -> None:
    uri = (tmp_path / "a.go").as_uri()
    text = LEAK.replace("\tp := C.CString(s)", '\t_, p := "\U0001f600", C.CString(s)')
    line = text.splitlines()[CALL_LINE]
    before = line[: line.index("C.CString")]
    units = {"utf-8": len(before.encode()), "utf-16": len(before.encode("utf-16-le")) // 2, "utf-32": len(before)}
    with running() as client:
        result = client.initialize({"general": {"positionEncodings": [encoding]}})
        assert result["capabilities"]["positionEncoding"] == encoding
        client.open(uri, text)
        (item,) = client.published(uri, 1)["diagnostics"]
        assert item["range"]["start"]["character"] == units[encoding]
        assert units[encoding] - units["utf-32"] == column - 10


def test_a_broken_configuration_is_reported_in_its_file(connect: Connect, tmp_path: Path) -> None:
    config, uri = tmp_path / ".cgo-ls.toml", (tmp_path / "a.go").as_uri()
    config.write_text('version = 1\n\n[rules]\nignored = ["x"]\n')
    client = connect()
    client.open(uri, LEAK)
    (item,) = client.published(config.as_uri())["diagnostics"]
    assert item["range"] == {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 15}}
    assert "ignored" in item["message"]
    assert codes(client.published(uri, 1)) == [RULE], "what is right in it still counts"
    client.received.clear()
    config.write_text(f'version = 1\n\n[rules]\nignore = ["{RULE}"]\n')
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": config.as_uri(), "type": 2}]})
    assert client.published(config.as_uri())["diagnostics"] == []
    assert client.published(uri, 1)["diagnostics"] == []


def test_the_settings_of_the_editor_count(tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    off = {"rules": {RULE: "off"}}
    with initialized(initializationOptions=off) as client:
        client.open(uri, LEAK)
        assert client.published(uri, 1)["diagnostics"] == []
        client.received.clear()
        client.notify("workspace/didChangeConfiguration", {"settings": {"cgo-ls": {"rules": {RULE: "hint"}}}})
        assert [item["severity"] for item in client.published(uri, 1)["diagnostics"]] == [4]


def test_an_unused_suppression_is_explained(connect: Connect, tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    client = connect(
        {"textDocument": {"publishDiagnostics": {"codeDescriptionSupport": True, "tagSupport": {"valueSet": [1]}}}}
    )
    client.open(uri, CLEAN.replace("\tp :=", f"\t//cgols:ignore {RULE}\n\tp :="))
    (item,) = client.published(uri, 1)["diagnostics"]
    assert (item["code"], item["tags"]) == ("unused-suppression", [1])
    assert Path(item["codeDescription"]["href"].removeprefix("file://")).read_text().startswith("# ")


def test_settings_are_fetched_and_watchers_registered_where_the_client_can() -> None:
    capabilities = {
        "workspace": {
            "configuration": True,
            "didChangeConfiguration": {"dynamicRegistration": True},
            "didChangeWatchedFiles": {"dynamicRegistration": True},
        }
    }
    with initialized(capabilities) as client:
        registration = client.wait_for(lambda message: message.get("method") == "client/registerCapability")
        methods = {entry["method"] for entry in registration["params"]["registrations"]}
        assert methods == {"workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration"}
        asked = client.wait_for(lambda message: message.get("method") == "workspace/configuration")
        assert asked["params"]["items"] == [{"section": "cgo-ls"}]
        client.send({"jsonrpc": "2.0", "id": asked["id"], "result": [{}]})
        client.received.clear()
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.wait_for(lambda message: message.get("method") == "workspace/configuration")
        assert client.request("shutdown")["result"] is None


UNUSED = """package p

// #include <stdlib.h>
import "C"

import "unsafe"

// #cgo LDFLAGS: -lm
func dead() {
	var p *C.char
	defer C.free(unsafe.Pointer(p))
	p = C.CString("x")
	if p == nil {
		return
	}
}
"""


def test_what_does_nothing_is_faded(tmp_path: Path) -> None:
    """A defer that frees nothing, a test for nil that is never true, a directive that cgo does not read."""
    capabilities = {"textDocument": {"publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}}}}
    with initialized(capabilities) as client:
        uri = (tmp_path / "a.go").as_uri()
        client.open(uri, UNUSED)
        found = client.published(uri, 1)["diagnostics"]
    faded = {item["code"] for item in found if item.get("tags") == [1]}
    assert faded == {"early-defer", "dead-nil-check", "cgo-directive-outside-preamble"}
    assert "leaked-c-memory" not in faded
