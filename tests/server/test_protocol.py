"""The protocol object by itself: futures, failing handlers, answers of the client."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import Future
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from cgo_ls.server.app import CgoLanguageServer
from cgo_ls.server.lifecycle import State
from cgo_ls.server.wire import Message

URI = "file:///nowhere/a.go"
HOVER = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}}


class Sent:
    """A writer that keeps what is written."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def write(self, data: bytes) -> None:
        self.messages.append(json.loads(data))

    def close(self) -> None:
        pass


@pytest.fixture
def server() -> CgoLanguageServer:
    server = CgoLanguageServer()
    server.protocol.set_writer(Sent())
    server.protocol.state = State.RUNNING
    return server


def sent(server: CgoLanguageServer) -> list[dict[str, Any]]:
    assert isinstance(server.protocol.writer, Sent)
    return server.protocol.writer.messages


def request(method: str, message_id: Any = 1, params: Any = None) -> Message:
    return Message({"jsonrpc": "2.0", "id": message_id, "method": method, "params": params})


def replace_handler(server: CgoLanguageServer, method: str, handler: Any) -> None:
    server.protocol.fm.features[method] = handler


def test_a_handler_that_fails_is_an_internal_error_without_details(
    server: CgoLanguageServer, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Any) -> None:
        raise ValueError("secret")

    replace_handler(server, "textDocument/hover", fails)
    server.protocol.receive(request("textDocument/hover", params=HOVER))
    error = sent(server)[0]["error"]
    assert error == {"code": -32603, "message": "internal error in textDocument/hover (ValueError)"}
    assert "Traceback" in caplog.text


def test_a_coroutine_that_fails_is_an_internal_error_too(server: CgoLanguageServer) -> None:
    async def fails(_: Any) -> None:
        await asyncio.sleep(0)
        raise RuntimeError

    async def run() -> None:
        server.protocol.receive(request("textDocument/hover", params=HOVER))
        while server.protocol.unanswered:
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    replace_handler(server, "textDocument/hover", fails)
    asyncio.run(run())
    assert [message["error"]["code"] for message in sent(server)] == [-32603]


def test_a_result_that_is_no_json_is_an_internal_error(server: CgoLanguageServer) -> None:
    replace_handler(server, "textDocument/hover", lambda _: {"x": b"bytes"})
    server.protocol.receive(request("textDocument/hover", params=HOVER))
    assert [message["error"]["code"] for message in sent(server)] == [-32603]


def test_no_future_is_kept_for_notifications_and_requests(server: CgoLanguageServer) -> None:
    async def answers(_: Any) -> None:
        await asyncio.sleep(0)

    async def run() -> None:
        for number in range(1000):
            server.protocol.receive(Message({"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "off"}}))
            server.protocol.receive(request("textDocument/hover", number, HOVER))
        while server.protocol.unanswered:
            await asyncio.sleep(0)

    replace_handler(server, "textDocument/hover", answers)
    asyncio.run(run())
    assert server.protocol.unanswered == 0
    assert sorted(message["id"] for message in sent(server)) == list(range(1000))


def test_answers_of_the_client(server: CgoLanguageServer) -> None:
    def ask() -> tuple[Any, Future[Any]]:
        future = server.protocol.send_request("workspace/configuration", types.ConfigurationParams(items=[]))
        return sent(server)[-1]["id"], future

    first, answered = ask()
    second, refused = ask()
    third, garbled = ask()
    server.protocol.receive(Message({"jsonrpc": "2.0", "id": first, "result": [{"a": 1}]}))
    server.protocol.receive(Message({"jsonrpc": "2.0", "id": second, "error": {"code": 1, "message": "no"}}))
    server.protocol.receive(Message({"jsonrpc": "2.0", "id": third, "result": 7}))
    server.protocol.receive(Message({"jsonrpc": "2.0", "id": third, "result": []}))
    assert list(answered.result(0)) == [{"a": 1}]
    assert isinstance(refused.exception(0), JsonRpcException)
    assert isinstance(garbled.exception(0), JsonRpcException)
    assert server.protocol.unanswered == 0


def test_the_ids_of_both_sides_are_apart(server: CgoLanguageServer) -> None:
    """A request of the client with the id of one of ours is no answer to ours."""
    future = server.protocol.send_request("workspace/configuration", types.ConfigurationParams(items=[]))
    ours = sent(server)[-1]["id"]
    server.protocol.receive(request("no/such", ours))
    assert not future.done()
    assert sent(server)[-1]["error"]["code"] == -32601
