"""R8: protocol fuzz against the real process: it stays alive, answers each id once, and tells the user nothing odd."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest
from lsprotocol import types

from tests.server.programs import LEAK
from tests.server.raw_client import Json, RawClient, initialized, insert

URI = "file:///nowhere/fuzz.go"
MESSAGES_PER_SEED = 1500
PLACE = {"textDocument": {"uri": URI}, "position": {"line": 10, "character": 7}}
RANGE = {"start": {"line": 10, "character": 0}, "end": {"line": 11, "character": 0}}
REQUESTS: list[tuple[str, Any]] = [
    ("textDocument/hover", PLACE),
    ("textDocument/diagnostic", {"textDocument": {"uri": URI}, "previousResultId": "x"}),
    (
        "textDocument/codeAction",
        {"textDocument": {"uri": URI}, "range": RANGE, "context": {"diagnostics": [], "only": ["quickfix"]}},
    ),
    (
        "codeAction/resolve",
        {"title": "x", "data": {"kind": "quickfix", "uri": URI, "version": 1, "key": ["x"], "span": [1, 2]}},
    ),
    ("initialize", {"processId": None, "rootUri": None, "capabilities": {}}),
    ("workspace/executeCommand", {"command": "x"}),
    ("textDocument/definition", PLACE),
]
NOTIFICATIONS: list[tuple[str, Any]] = [
    ("textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "go", "version": 1, "text": LEAK}}),
    ("textDocument/didChange", {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [insert(3, 4, "x")]}),
    ("textDocument/didSave", {"textDocument": {"uri": URI}}),
    ("textDocument/didClose", {"textDocument": {"uri": URI}}),
    ("workspace/didChangeConfiguration", {"settings": {"cgo-ls": {}}}),
    ("workspace/didChangeWatchedFiles", {"changes": [{"uri": URI, "type": 2}]}),
    ("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": []}}),
    ("$/cancelRequest", {"id": 1}),
    ("$/setTrace", {"value": "off"}),
    ("initialized", {}),
]
ODD: list[Any] = [
    None,
    True,
    -1,
    2**31,
    2**70,
    1.5,
    "",
    "x",
    "\ud800",
    "\0",
    [],
    {},
    [[]],
    {"x": {}},
    "file:///",
    URI,
    "a" * 5000,
]


def mutated(rng: random.Random, value: Any, depth: int = 0) -> Any:
    """`value` with something replaced, removed, added or doubled, somewhere."""
    if (depth > 0 and rng.random() < 0.3) or not isinstance(value, dict | list) or not value:
        return rng.choice(ODD)
    if isinstance(value, dict):
        name = rng.choice(list(value))
        match rng.randrange(4):
            case 0:
                return {key: item for key, item in value.items() if key != name}
            case 1:
                return {**value, rng.choice(("id", "jsonrpc", "method", "x", "")): rng.choice(ODD)}
            case _:
                return {**value, name: mutated(rng, value[name], depth + 1)}
    index = rng.randrange(len(value))
    changed = [*value[:index], mutated(rng, value[index], depth + 1), *value[index + 1 :]]
    return changed * rng.choice((1, 1, 2))


@pytest.mark.parametrize("seed", range(3))
def test_mutated_messages(seed: int) -> None:
    rng = random.Random(seed)
    with initialized() as client:
        asked: set[int] = set()
        for number in range(10_000, 10_000 + MESSAGES_PER_SEED):
            if rng.random() < 0.4:
                method, params = rng.choice(REQUESTS)
                asked.add(number)
                client.send({"jsonrpc": "2.0", "id": number, "method": method, "params": mutated(rng, params)})
            else:
                method, params = rng.choice(NOTIFICATIONS)
                params = params if rng.random() < 0.4 else mutated(rng, params)
                client.send({"jsonrpc": "2.0", "method": method, "params": params})
        check_alive(client)
        answered = Counter(message["id"] for message in client.received if "method" not in message)
        answered = {message_id: count for message_id, count in answered.items() if message_id in asked}
        assert answered == dict.fromkeys(asked, 1), f"seed {seed}"


@pytest.mark.parametrize("seed", range(2))
def test_mutated_envelopes_and_bytes(seed: int) -> None:
    """What is no message at all, between messages that are: these are answered."""
    rng = random.Random(seed)
    with initialized() as client:
        sent = 0
        for number in range(400):
            message: Json = {"jsonrpc": "2.0", "id": f"e{number}", "method": "textDocument/hover", "params": PLACE}
            kind = rng.randrange(4)
            if kind == 0:
                client.send(mutated(rng, message))
            elif kind == 1:
                body = bytearray(json.dumps(message).encode())
                for _ in range(rng.randint(1, 5)):
                    body[rng.randrange(len(body))] = rng.randrange(256)
                client.send_bytes(b"Content-Length: %d\r\n\r\n%s" % (len(body), bytes(body)))
            elif kind == 2:
                client.send_bytes(bytes(rng.choice(b"abc: 0\r\n") for _ in range(rng.randint(1, 60))) + b"\r\n")
            else:
                sent += 1
                client.send({**message, "id": f"good{number}"})
        check_alive(client)
        good = [message for message in client.received if str(message.get("id", "")).startswith("good")]
        assert len(good) == sent, f"seed {seed}"
        assert all("result" in message for message in good)


def check_alive(client: RawClient) -> None:
    """It answers, it shows nothing to the user, it sends no traceback, and it still analyses."""
    assert client.request("textDocument/hover", PLACE | {"textDocument": {"uri": "file:///other.go"}})["result"] is None
    client.open("file:///nowhere2/alive.go", LEAK, 5)
    assert client.published("file:///nowhere2/alive.go", 5)["diagnostics"]
    methods = {message["method"] for message in client.received if "method" in message}
    assert methods <= {"textDocument/publishDiagnostics"}
    assert not any("data" in message.get("error", {}) for message in client.received)
    errors = [message["error"] for message in client.received if "error" in message]
    assert not any("Traceback" in error["message"] for error in errors)
    assert {error["code"] for error in errors} <= {-32700, -32600, -32601, -32602, -32800, -32801}
    assert b"Traceback" not in client.errors


def test_every_method_of_the_protocol_is_answered() -> None:
    """With no parameters at all: each request one reply, no notification one."""
    with initialized() as client:
        methods = [method for method in types.METHOD_TO_TYPES if method not in ("exit", "shutdown")]
        requests = {method for method in methods if types.METHOD_TO_TYPES[method][1] is not None}
        for number, method in enumerate(methods):
            if method in requests:
                client.send({"jsonrpc": "2.0", "id": 100 + number, "method": method})
            else:
                client.send({"jsonrpc": "2.0", "method": method})
        check_alive(client)
        answered = sorted(message["id"] for message in client.received if message.get("id", 0) and message["id"] >= 100)
        assert answered == [100 + number for number, method in enumerate(methods) if method in requests]
