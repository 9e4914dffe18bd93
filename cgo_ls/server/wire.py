"""Frames on stdin and stdout, each by a thread of its own, so that neither a slow client nor a busy server blocks the loop.

The reader reads ahead: the loop sees later edits and cancellations before it starts work. Both use the file descriptors, since a
thread that sits in a buffered stream holds a lock that the interpreter wants when it ends.
"""

from __future__ import annotations

import json
import os
import queue
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MESSAGE_LIMIT = 64 * 1024 * 1024
"""Bytes of the longest message that is read."""
SKIP_LIMIT = 1024 * 1024 * 1024
"""Bytes of the longest message that is skipped; a longer one can only be a mistake, and ends the connection."""
PENDING_LIMIT = 256 * 1024 * 1024
"""Bytes that may wait for a client that does not read."""
READ_AHEAD = 10_000
"""Messages that may wait for the loop before the reader pauses."""

_LENGTH = re.compile(rb"content-length:[ \t]*([0-9]{1,18})[ \t\r]*$", re.IGNORECASE)
_LINE_LIMIT = 8192
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Message:
    """One message as parsed JSON, not yet judged."""

    value: Any


@dataclass(frozen=True, slots=True)
class BadMessage:
    """A frame that holds no readable message. After a fatal one nothing more is read."""

    reason: str
    fatal: bool = False


def read_frames(read: Callable[[int], bytes]) -> Iterator[bytes | BadMessage]:
    """The bodies of the frames that `read` yields, until it gives b"".

    Anything between frames that is no header is passed over, so that one garbled message does not take the next with it.
    """
    buffer = bytearray()
    length: int | None = None
    while True:
        end = buffer.find(b"\n")
        if end < 0:
            if len(buffer) > _LINE_LIMIT:
                del buffer[:-64]
            if not _fill(buffer, read):
                return
            continue
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        if line.strip():
            found = _LENGTH.search(line[-_LINE_LIMIT:])
            length = int(found[1]) if found else length
        elif length is not None:
            if length > MESSAGE_LIMIT:
                fatal = length > SKIP_LIMIT
                yield BadMessage(f"a message of {length} bytes is over the limit of {MESSAGE_LIMIT}", fatal)
                if fatal or not _skip(buffer, read, length):
                    return
            else:
                while len(buffer) < length:
                    if not _fill(buffer, read):
                        return
                yield bytes(buffer[:length])
                del buffer[:length]
            length = None


def _fill(buffer: bytearray, read: Callable[[int], bytes]) -> bool:
    chunk = read(_CHUNK)
    buffer += chunk
    return bool(chunk)


def _skip(buffer: bytearray, read: Callable[[int], bytes], length: int) -> bool:
    while len(buffer) < length:
        length -= len(buffer)
        buffer.clear()
        if not _fill(buffer, read):
            return False
    del buffer[:length]
    return True


def parse_message(frame: bytes | BadMessage) -> Message | BadMessage:
    """The JSON value of a frame. Nesting that is too deep and numbers that are too long are bad messages, too."""
    if isinstance(frame, BadMessage):
        return frame
    try:
        return Message(json.loads(frame))
    except (ValueError, RecursionError) as error:
        return BadMessage(f"not JSON: {type(error).__name__}")


def render_frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class Reader:
    """Delivers each message, in order, and None at the end of input. `deliver` is called in the reader's thread."""

    def __init__(self, descriptor: int, deliver: Callable[[Message | BadMessage | None], None]) -> None:
        self._descriptor = descriptor
        self._deliver = deliver
        self._room = threading.BoundedSemaphore(READ_AHEAD)
        self._thread = threading.Thread(target=self._run, name="cgo-ls reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def done(self) -> None:
        """One delivered message has been dealt with: there is room for another."""
        self._room.release()

    def _run(self) -> None:
        try:
            for frame in read_frames(self._read):
                self._room.acquire()
                self._deliver(parse_message(frame))
        finally:
            self._room.acquire()
            self._deliver(None)

    def _read(self, size: int) -> bytes:
        try:
            return os.read(self._descriptor, size)
        except OSError:
            return b""


class Writer:
    """Writes frames in the order given. `broken` is called once, in the writer's thread, when the client takes no more."""

    def __init__(self, descriptor: int, broken: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._broken = broken
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._pending = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="cgo-ls writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Queue the body of one message. Safe from every thread."""
        with self._lock:
            self._pending += len(data)
            over = self._pending > PENDING_LIMIT
        if over:
            self._broken(f"the client left more than {PENDING_LIMIT} bytes unread")
            return
        self._frames.put(render_frame(data))

    def close(self, timeout: float = 2.0) -> None:
        """Write what is queued, but wait no longer than `timeout` seconds for the client to take it."""
        self._frames.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while (frame := self._frames.get()) is not None:
            rest = memoryview(frame)
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError as error:
                self._broken(f"stdout: {error.strerror}")
                return
            with self._lock:
                self._pending -= len(frame)
