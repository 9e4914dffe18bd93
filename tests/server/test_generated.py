"""Generated code arrives in the editor as code actions of its own kinds."""

from __future__ import annotations

from pathlib import Path

from tests.server.raw_client import Json, RawClient, running
from tests.server.test_assists import CAPABILITIES, open_file, roots

TEXT = 'package main\n\n// #include <unistd.h>\nimport "C"\n\nfunc main() {\n\tC.dup(1)\n}\n'


def offered(client: RawClient, uri: str, only: list[str] | None) -> list[Json]:
    place = {"line": 6, "character": 4}
    context: Json = {"diagnostics": []} | ({"only": only} if only is not None else {})
    params = {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": context}
    return client.request("textDocument/codeAction", params)["result"]


def test_wrappers_are_rewrites_and_the_type_is_a_source_action(tmp_path: Path) -> None:
    with running() as client:
        reply = client.initialize(CAPABILITIES, **roots(tmp_path))
        kinds = reply["capabilities"]["codeActionProvider"]["codeActionKinds"]
        uri = open_file(client, tmp_path / "a.go", TEXT)
        rewrites, sources = offered(client, uri, ["refactor"]), offered(client, uri, ["source"])
        everything, fixes = offered(client, uri, None), offered(client, uri, ["quickfix"])
    assert {"refactor.rewrite", "source.errnoError"} <= set(kinds)
    assert [action["title"] for action in rewrites if action["kind"] == "refactor.rewrite"] == [
        "Generate dup, which returns the error of C.dup",
        "Generate dup and a C function that returns the error of dup as -errno",
    ]
    assert "source.errnoError" in [action["kind"] for action in sources]
    assert not [action for action in fixes if action["title"].startswith("Generate")]
    assert [action for action in everything if action["title"] == rewrites[0]["title"]]
    (change,) = rewrites[0]["edit"]["documentChanges"]
    assert any("func dup(oldfd C.int) (C.int, error)" in edit["newText"] for edit in change["edits"])
