"""Each thing the protocol library does wrong, and that we must not do with it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.programs import CLEAN, LEAK, RULE, large
from tests.server.raw_client import RawClient, initialized, insert, running

URI = "file:///nowhere/a.go"
PLACE = {"textDocument": {"uri": URI}, "position": {"line": 10, "character": 7}}
SECRET = "xyzzy_plugh_4711"


@pytest.fixture(scope="module")
def shared() -> Iterator[RawClient]:
    """One process for the tests that leave it as it was."""
    with initialized() as client:
        yield client


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/hover", None),
        ("textDocument/hover", {}),
        ("textDocument/hover", []),
        ("textDocument/hover", {"textDocument": {"uri": URI}, "position": {"line": -1, "character": 0}}),
        ("textDocument/hover", {"textDocument": {"uri": URI}, "position": {"line": "x", "character": None}}),
        ("textDocument/codeAction", {"textDocument": {"uri": URI}}),
        ("textDocument/diagnostic", 7),
        ("codeAction/resolve", {}),
        ("codeAction/resolve", "x"),
    ],
)
def test_a_request_with_bad_parameters_is_answered(shared: RawClient, method: str, params: Any) -> None:
    assert shared.request(method, params)["error"]["code"] == -32602


@pytest.mark.parametrize("message_id", [1.5, None, [], {}, True])
def test_a_request_with_a_bad_id_is_answered(shared: RawClient, message_id: Any) -> None:
    shared.forget()
    shared.send({"jsonrpc": "2.0", "id": message_id, "method": "shutdown"})
    assert shared.reply_to(None)["error"]["code"] == -32600
    assert shared.request("textDocument/hover", PLACE)["result"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"null", -32600),
        (b'"x"', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"2.0","method":5}', -32600),
        (b'[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]', -32600),
    ],
)
def test_what_is_no_message_is_answered_without_an_id(shared: RawClient, body: bytes, code: int) -> None:
    shared.forget()
    shared.send_bytes(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    assert shared.reply_to(None)["error"]["code"] == code
    assert shared.request("textDocument/hover", PLACE)["result"] is None


def test_nothing_is_ever_shown_to_the_user_for_a_message_that_is_wrong(shared: RawClient) -> None:
    shared.forget()
    shared.change(URI, 2, [insert(0, 0, "x")])
    shared.notify("textDocument/didChange", {"textDocument": 5})
    shared.notify("textDocument/didOpen", [])
    shared.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    shared.notify("$/cancelRequest", {"id": 99})
    shared.notify("$/cancelRequest", {"id": {}})
    shared.notify("$/cancelRequest")
    shared.notify("no/such/notification", {"x": 1})
    shared.notify("$/setTrace", {"value": "verbose"})
    shared.send({"jsonrpc": "2.0", "id": "nobody", "result": 5})
    shared.send({"jsonrpc": "2.0", "id": "nobody", "error": 5})
    shared.barrier()
    assert [message for message in shared.received if "method" in message] == []


def test_nested_objects_that_look_like_messages_are_left_alone(shared: RawClient) -> None:
    shared.forget()
    inner = {"jsonrpc": "2.0", "method": "exit"}
    shared.notify("workspace/didChangeConfiguration", {"settings": {"cgo-ls": {"x": inner}}})
    assert shared.request("textDocument/hover", PLACE)["result"] is None


def test_a_huge_message_is_refused_and_the_next_one_served() -> None:
    with initialized() as client:
        size = 64 * 1024 * 1024 + 1
        client.send_bytes(b"Content-Length: %d\r\n\r\n" % size)
        piece = b" " * (1024 * 1024)
        for _ in range(64):
            client.send_bytes(piece)
        client.send_bytes(b" ")
        error = client.reply_to(None)["error"]
        assert "limit" in error["message"]
        assert client.request("shutdown")["result"] is None
        resident = Path(f"/proc/{client.process.pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in resident.splitlines() if line.startswith("VmHWM"))
        assert peak < 200_000, "kB: the message was never held in memory"


def test_an_impossible_length_ends_the_server_with_a_reason() -> None:
    with initialized() as client:
        client.send_bytes(b"Content-Length: 99999999999999\r\n\r\n{}")
        assert "limit" in client.reply_to(None)["error"]["message"]
        assert client.end() == 1
        assert b"over the limit" in client.errors
        assert b"Traceback" not in client.errors


def test_form_feed_and_line_separator_do_not_move_later_edits(shared: RawClient, tmp_path: Path) -> None:
    """The text after the edit is right only if \\f and U+2028 did not count as line ends."""
    uri = (tmp_path / "a.go").as_uri()
    odd = LEAK.replace("#include <stdlib.h>", "#include <stdlib.h> // \x0c \x0b \x85 \u2028 \u2029 \x1c")
    shared.forget()
    shared.open(uri, odd)
    assert [item["code"] for item in shared.published(uri, 1)["diagnostics"]] == [RULE]
    shared.change(uri, 2, [insert(11, 0, "\tdefer C.free(unsafe.Pointer(p))\n")])
    assert shared.published(uri, 2)["diagnostics"] == []


def test_a_slow_analysis_does_not_delay_a_trivial_request() -> None:
    with initialized() as client:
        client.open(URI, large(3000))
        client.barrier()
        slowest = 0.0
        for _ in range(20):
            start = time.monotonic()
            assert client.request("textDocument/hover", {**PLACE, "textDocument": {"uri": URI + "x"}})["result"] is None
            slowest = max(slowest, time.monotonic() - start)
        reported = [message for message in client.received if message.get("method", "").endswith("publishDiagnostics")]
        assert not reported, f"the analysis ended before the requests (slowest {slowest:.3f} s)"


def test_cancelled_requests_are_answered_as_such_at_once() -> None:
    with initialized() as client:
        client.open(URI, large(3000))
        asked = [client.start_request("textDocument/diagnostic", {"textDocument": {"uri": URI}}) for _ in range(50)]
        for message_id in asked:
            client.notify("$/cancelRequest", {"id": message_id})
        codes = {client.reply_to(message_id).get("error", {}).get("code") for message_id in asked}
        assert codes == {-32800}
        reported = [message for message in client.received if message.get("method", "").endswith("publishDiagnostics")]
        assert not reported, "they were answered before the analysis ended"


def test_an_id_in_use_is_refused() -> None:
    with initialized() as client:
        client.open(URI, large(200))
        request = {
            "jsonrpc": "2.0",
            "id": "same",
            "method": "textDocument/diagnostic",
            "params": {"textDocument": {"uri": URI}},
        }
        client.send(request)
        client.send(request)
        assert client.reply_to("same")["error"]["code"] == -32600
        client.received.clear()
        assert "result" in client.reply_to("same")


def test_not_even_the_full_log_holds_texts_of_documents() -> None:
    with running(env={"CGO_LS_LOG": "DEBUG"}) as client:
        client.initialize()
        client.open(URI, LEAK.replace("length", SECRET))
        client.published(URI, 1)
        client.change(URI, 2, [insert(0, 0, f"// {SECRET}\n")])
        client.published(URI, 2)
        client.request("textDocument/hover", PLACE)
        client.request("textDocument/hover", {"textDocument": SECRET})
        client.change(URI, 2, [insert(0, 0, SECRET)])
        client.request("shutdown")
        client.notify("exit")
        assert client.end() == 0
        assert client.errors
        assert SECRET.encode() not in client.errors


def test_the_log_is_empty_in_ordinary_life() -> None:
    with initialized() as client:
        client.open(URI, LEAK)
        client.change(URI, 2, [{"text": CLEAN}])
        client.published(URI, 2)
        client.request("shutdown")
        client.notify("exit")
        assert client.end() == 0
        assert client.errors == b""


def test_replies_never_hold_a_traceback(shared: RawClient) -> None:
    shared.forget()
    other = "file:///nowhere/b.go"
    shared.open(other, LEAK)
    for params in (
        None,
        [],
        PLACE | {"textDocument": {"uri": other}},
        {"textDocument": {"uri": "\0"}, "position": {"line": 0, "character": 0}},
    ):
        shared.request("textDocument/hover", params)
    assert not any("Traceback" in json.dumps(message) or ".py" in json.dumps(message) for message in shared.received)
    assert not any("data" in message.get("error", {}) for message in shared.received)
