"""When the server may answer, and when it has to go."""

from __future__ import annotations

import enum
import os

SERVER_NOT_INITIALIZED = -32002
INVALID_REQUEST = -32600


class State(enum.Enum):
    UNINITIALIZED = "uninitialized"
    RUNNING = "running"
    SHUT_DOWN = "shut down"


def refuse_request(state: State, method: str) -> tuple[int, str] | None:
    """The error code and message for a request that has no place in this state; None if it may be served."""
    if method == "initialize":
        return None if state is State.UNINITIALIZED else (INVALID_REQUEST, "the server is initialized already")
    if state is State.UNINITIALIZED:
        return SERVER_NOT_INITIALIZED, "the server is not initialized"
    if state is State.SHUT_DOWN:
        return INVALID_REQUEST, "the server is shut down"
    return None


def refuse_notification(state: State, method: str) -> bool:
    """Whether a notification is dropped: only `exit` is heard before initialize and after shutdown."""
    return state is not State.RUNNING and method != "exit"


def exit_code(state: State) -> int:
    """What the process returns when it is told to go, or left alone, in this state."""
    return 0 if state is State.SHUT_DOWN else 1


def is_alive(process_id: int) -> bool:
    """Whether the process exists and is more than a zombie. True when the system does not say."""
    if os.name == "nt":
        return _is_alive_on_windows(process_id)
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    try:
        with open(f"/proc/{process_id}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[:1] != [b"Z"]
    except OSError:
        return True


def _is_alive_on_windows(process_id: int) -> bool:
    """`os.kill(pid, 0)` ends the process there, so wait for it for no time instead."""
    import ctypes

    synchronize, timed_out = 0x00100000, 0x102
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(synchronize, False, process_id)
    if not handle:
        return False
    alive = kernel.WaitForSingleObject(handle, 0) == timed_out
    kernel.CloseHandle(handle)
    return alive
