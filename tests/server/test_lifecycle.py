"""R7 and LSP's life cycle, against the real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cgo_ls.server.lifecycle import State, exit_code, is_alive, refuse_notification, refuse_request
from tests.server.programs import LEAK, large
from tests.server.raw_client import COMMAND, RawClient, initialized, running

URI = "file:///nowhere/a.go"
HOVER = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}}
LEAVE_TIME = 5.0


def test_the_whole_life() -> None:
    with running() as client:
        assert client.request("textDocument/hover", HOVER)["error"]["code"] == -32002
        assert client.request("shutdown")["error"]["code"] == -32002
        client.open(URI, LEAK)
        result = client.initialize()
        assert result["serverInfo"]["name"] == "cgo-ls"
        assert (
            client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})["error"]["code"]
            == -32600
        )
        assert client.request("textDocument/hover", HOVER)["result"] is None
        assert client.request("no/such/method")["error"]["code"] == -32601
        assert client.request("$/no-such-method")["error"]["code"] == -32601
        assert client.request("shutdown")["result"] is None
        assert client.request("shutdown")["error"]["code"] == -32600
        assert client.request("textDocument/hover", HOVER)["error"]["code"] == -32600
        client.notify("exit")
        assert client.end() == 0
        assert client.errors == b""


def test_initialize_with_bad_parameters_can_be_repeated() -> None:
    with running() as client:
        assert client.request("initialize", {"capabilities": 5})["error"]["code"] == -32602
        assert client.request("shutdown")["error"]["code"] == -32002
        client.initialize()
        assert client.request("shutdown")["result"] is None


@pytest.mark.parametrize("initialize", [False, True])
def test_exit_without_shutdown_is_an_error(initialize: bool) -> None:
    with running() as client:
        if initialize:
            client.initialize()
        client.notify("exit")
        assert client.end(LEAVE_TIME) == 1


@pytest.mark.parametrize(("shut_down", "code"), [(False, 1), (True, 0)])
def test_end_of_input(shut_down: bool, code: int) -> None:
    with initialized() as client:
        if shut_down:
            client.request("shutdown")
        assert client.process.stdin
        client.process.stdin.close()
        assert client.end(LEAVE_TIME) == code


def test_end_of_input_in_mid_message() -> None:
    with initialized() as client:
        client.send_bytes(b"Content-Length: 1000\r\n\r\n{")
        assert client.process.stdin
        client.process.stdin.close()
        assert client.end(LEAVE_TIME) == 1


def test_end_of_input_in_mid_analysis() -> None:
    with initialized() as client:
        client.open(URI, large(2000))
        client.barrier()
        assert client.process.stdin
        client.process.stdin.close()
        assert client.end(LEAVE_TIME) == 1


def test_shutdown_in_mid_analysis_answers_what_is_open() -> None:
    with initialized() as client:
        client.open(URI, large(2000))
        asked = [client.start_request("textDocument/diagnostic", {"textDocument": {"uri": URI}}) for _ in range(5)]
        assert client.request("shutdown")["result"] is None
        for message_id in asked:
            reply = client.reply_to(message_id)
            assert "result" in reply or reply["error"]["code"] == -32800
        client.notify("exit")
        assert client.end(LEAVE_TIME) == 0
        assert b"Traceback" not in client.errors


def test_a_client_that_stops_reading_does_not_keep_the_server() -> None:
    """Its pipe is full, then it closes its end of stdin."""
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin
    assert process.stdout
    try:
        body = b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * 60 + b'"}'
        process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) * 5000)
        process.stdin.close()
        assert process.wait(LEAVE_TIME + 5) == 1
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_client_that_closed_its_end_of_stdout() -> None:
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin
    assert process.stdout
    try:
        process.stdout.close()
        process.stdin.write(b"Content-Length: 2\r\n\r\n[]")
        process.stdin.flush()
        assert process.wait(LEAVE_TIME + 5) == 1
    finally:
        process.kill()
        process.wait()
        process.stdin.close()


def test_terminate() -> None:
    with initialized() as client:
        client.process.terminate()
        assert client.process.wait(LEAVE_TIME) in (-signal.SIGTERM, 1)


def test_the_server_leaves_when_its_client_is_killed_and_the_pipes_stay_open(tmp_path: Path) -> None:
    """processId names a process that is killed, while this test holds both ends of the pipes."""
    parent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with running() as client:
            client.initialize(processId=parent.pid)
            client.barrier()
            parent.kill()
            assert client.end(LEAVE_TIME + 5) == 1
            assert b"gone" in client.errors
    finally:
        parent.kill()
        parent.wait()


def test_a_process_id_of_nobody_is_no_reason_to_leave() -> None:
    """The client may live in another container, where its number means nothing to us."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    with running() as client:
        client.initialize(processId=done.pid)
        time.sleep(0.1)
        assert client.request("shutdown")["result"] is None


def test_no_threads_or_files_are_left_per_request() -> None:
    with initialized() as client:
        folder = Path(f"/proc/{client.process.pid}")
        counts = []
        for _ in range(2):
            for _ in range(100):
                client.request("textDocument/hover", HOVER)
            counts.append((len(list((folder / "fd").iterdir())), len(list((folder / "task").iterdir()))))
        assert counts[0] == counts[1]


def test_is_alive() -> None:
    assert is_alive(os.getpid())
    process = subprocess.Popen([sys.executable, "-c", ""])
    time.sleep(0)
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT) is None:
        pass
    assert not is_alive(process.pid), "a zombie is not alive"
    process.wait()
    assert not is_alive(process.pid)


def test_every_state_says_what_it_refuses() -> None:
    assert refuse_request(State.RUNNING, "textDocument/hover") is None
    assert refuse_request(State.UNINITIALIZED, "initialize") is None
    assert [refuse_notification(state, "initialized") for state in State] == [True, False, True]
    assert not any(refuse_notification(state, "exit") for state in State)
    assert [exit_code(state) for state in State] == [1, 1, 0]


def test_the_command_is_this_python() -> None:
    assert RawClient.__module__.startswith("tests.")
    assert COMMAND[0] == sys.executable
