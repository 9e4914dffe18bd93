"""A language client as thin as can be: what it measures is the server, the pipe and one JSON parse."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Json = dict[str, Any]
PATIENCE = 60.0
COMMAND = (sys.executable, "-m", "cgo_ls", "serve")


def client_environment() -> dict[str, str]:
    """The caller's, but with bytecode written and used, as it is wherever pip has installed the program."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class ServerSilent(RuntimeError):
    """Nothing came within PATIENCE seconds, or the server ended."""


class Client:
    """One server process. Everything runs in the caller's thread; requests of the server are answered while waiting."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            env=client_environment(),
        )
        assert self.process.stdout is not None
        self._output = self.process.stdout.fileno()
        self._buffer = bytearray()
        self._last_id = 0
        self._versions: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self.process.poll() is None:
            self.request("shutdown", None)
            self.notify("exit", None)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def send(self, message: Json) -> None:
        assert self.process.stdin is not None
        body = json.dumps(message).encode()
        data = memoryview(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        while data:
            data = data[self.process.stdin.write(data) :]

    def notify(self, method: str, params: Any) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: Any) -> Json:
        """The reply, whether it holds a result or an error."""
        self._last_id += 1
        self.send({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self._last_id and "method" not in message:
                return message

    def receive(self) -> Json:
        """The next message; a request of the server is answered on the way."""
        while True:
            header_end = self._buffer.find(b"\r\n\r\n")
            if header_end >= 0:
                length = int(bytes(self._buffer[:header_end]).lower().split(b"content-length:")[1].split(b"\r\n")[0])
                end = header_end + 4 + length
                if len(self._buffer) >= end:
                    message = json.loads(self._buffer[header_end + 4 : end])
                    del self._buffer[:end]
                    self._answer(message)
                    return message
            if not select.select([self._output], [], [], PATIENCE)[0]:
                raise ServerSilent(f"no message within {PATIENCE:.0f} s")
            chunk = os.read(self._output, 1 << 20)
            if not chunk:
                code = self.process.wait()
                self._errors.seek(0)
                raise ServerSilent(
                    f"the server ended with code {code}: {self._errors.read()[-500:].decode(errors='replace').strip()}"
                )
            self._buffer += chunk

    def _answer(self, message: Json) -> None:
        if "id" in message and "method" in message:
            wanted = message.get("params") or {}
            result = [None] * len(wanted.get("items", [])) if message["method"] == "workspace/configuration" else None
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def initialize(self, folder: Path) -> Json:
        """The life cycle's start, as a client that offers UTF-16 only, like VS Code."""
        reply = self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
                "capabilities": {
                    "general": {"positionEncodings": ["utf-16"]},
                    "textDocument": {
                        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True, "dataSupport": True}
                    },
                },
            },
        )
        self.notify("initialized", {})
        return reply

    def open(self, uri: str, text: str) -> list[Json]:
        """Open a document; its first diagnostics."""
        self._versions[uri] = 1
        document = {"uri": uri, "languageId": "go", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return self.diagnostics(uri)

    def close(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def edit(self, uri: str, line: int, start: int, end: int, text: str) -> None:
        """Replace characters start..end of a line (0-based); does not wait."""
        self._versions[uri] += 1
        change = {
            "range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}},
            "text": text,
        }
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": self._versions[uri]}, "contentChanges": [change]},
        )

    def diagnostics(self, uri: str) -> list[Json]:
        """Wait for the diagnostics of the newest version of a document."""
        while True:
            message = self.receive()
            params = message.get("params") or {}
            if message.get("method") == "textDocument/publishDiagnostics" and params.get("uri") == uri:
                if params.get("version") in (None, self._versions[uri]):
                    return params["diagnostics"]

    def resident(self) -> float:
        """The server's resident memory in MB; 0 where /proc does not tell."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0.0
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


def now() -> float:
    """Milliseconds, for differences."""
    return time.perf_counter() * 1000
