"""A client that speaks plain JSON-RPC to a real process, so that it can also say what no library would."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
TIMEOUT = 30.0
COMMAND = [sys.executable, "-m", "cgo_ls", "serve"]


class RawClient:
    """Owns the server process. Messages that arrive are kept in order in `received`."""

    def __init__(self, command: list[str] | None = None, env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            command or COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **(env or {})},
        )
        self.received: list[Json] = []
        self.errors = b""
        self._arrived: queue.Queue[Json | None] = queue.Queue()
        self._next_id = 0
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._read_messages, self._read_errors)]
        for thread in self._threads:
            thread.start()

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: Any) -> None:
        body = json.dumps(message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def start_request(self, method: str, params: Any = None) -> int:
        self._next_id += 1
        self.send({"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params})
        return self._next_id

    def request(self, method: str, params: Any = None) -> Json:
        """The reply, with `result` or `error`."""
        return self.reply_to(self.start_request(method, params))

    def reply_to(self, message_id: int | str | None) -> Json:
        return self.wait_for(lambda message: "method" not in message and message.get("id") == message_id)

    def wait_for(self, wanted: Callable[[Json], bool], timeout: float = TIMEOUT) -> Json:
        """The first message, received already or to come, that is wanted."""
        for message in self.received:
            if wanted(message):
                return message
        end = time.monotonic() + timeout
        while True:
            try:
                message = self._arrived.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"no such message in {timeout} s; stderr: {self.errors.decode()}") from None
            if message is None:
                raise AssertionError(f"the server has ended; stderr: {self.errors.decode()}")
            self.received.append(message)
            if wanted(message):
                return message

    def forget(self) -> None:
        """Drop what has arrived, so that `wait_for` sees only what comes next."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._arrived.get_nowait()
        self.received.clear()

    def initialize(self, capabilities: Json | None = None, **params: Any) -> Json:
        reply = self.request(
            "initialize", {"processId": None, "rootUri": None, "capabilities": capabilities or {}, **params}
        )
        self.notify("initialized", {})
        return reply["result"]

    def open(self, uri: str, text: str, version: int = 1) -> None:
        item = {"uri": uri, "languageId": "go", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, version: int, changes: list[Json]) -> None:
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def published(self, uri: str, version: int | None = None) -> Json:
        """The parameters of a publishDiagnostics for `uri` (and `version`, where given)."""
        return self.wait_for(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"]["uri"] == uri
                and (version is None or message["params"].get("version") == version)
            )
        )["params"]

    def barrier(self) -> None:
        """All messages sent before have been dealt with."""
        self.request("no/such/method")

    def end(self, timeout: float = TIMEOUT) -> int:
        """Wait for the server to leave of itself; its exit code."""
        code = self.process.wait(timeout)
        for thread in self._threads:
            thread.join(timeout)
        return code

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream and (self.process.poll() is not None or stream is self.process.stdin):
                with contextlib.suppress(OSError):
                    stream.close()
        if self.process.poll() is None:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _read_messages(self) -> None:
        out = self.process.stdout
        assert out
        with contextlib.suppress(ValueError, OSError):
            while header := out.readline():
                length = re.fullmatch(rb"Content-Length: (\d+)\r\n", header)
                assert length, f"not a header: {header!r}"
                assert out.readline() == b"\r\n"
                self._arrived.put(json.loads(out.read(int(length[1]))))
        self._arrived.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr
        with contextlib.suppress(ValueError, OSError):
            for line in self.process.stderr:
                self.errors += line


@contextlib.contextmanager
def running(command: list[str] | None = None, env: dict[str, str] | None = None) -> Iterator[RawClient]:
    client = RawClient(command, env)
    try:
        yield client
    finally:
        client.close()


@contextlib.contextmanager
def initialized(capabilities: Json | None = None, **params: Any) -> Iterator[RawClient]:
    with running() as client:
        client.initialize(capabilities, **params)
        yield client


def insert(line: int, character: int, text: str) -> Json:
    place = {"line": line, "character": character}
    return {"range": {"start": place, "end": place}, "text": text}
