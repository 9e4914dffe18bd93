"""Frames: what is read from garbage, what is refused, what is written."""

from __future__ import annotations

import json
import os
import random
import threading

import pytest

from cgo_ls.server import wire
from cgo_ls.server.wire import BadMessage, Message, Writer, parse_message, read_frames, render_frame


def frames_of(data: bytes, sizes: random.Random | None = None) -> list[bytes | BadMessage]:
    """What is read when `data` comes in pieces of random size."""
    rest = memoryview(data)

    def read(size: int) -> bytes:
        nonlocal rest
        taken = min(size, sizes.randint(1, 40)) if sizes else size
        chunk, rest = bytes(rest[:taken]), rest[taken:]
        return chunk

    return list(read_frames(read))


@pytest.mark.parametrize("seed", range(20))
def test_frames_survive_any_cutting_and_garbage_between_them(seed: int) -> None:
    rng = random.Random(seed)
    bodies, stream = [], b""
    for _ in range(30):
        body = rng.randbytes(rng.randint(0, 300))
        bodies.append(body)
        garbage = bytes(rng.choice(b"abc{}: \r\xff\x00\n") for _ in range(rng.choice((0, 0, 20, 9000))))
        headers = [b"Content-Length: %d\r\n" % len(body), b"Content-Type: x; charset=utf-8\r\n"]
        rng.shuffle(headers)
        stream += (garbage + b"\n" if garbage else b"") + b"".join(headers) + b"\r\n" + body
    assert frames_of(stream, rng) == bodies, f"seed {seed}"


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: 2\r\n\r\n",
        b"Content-Length:2\r\n\r\n",
        b"Content-Length: 2\n\n",
        b"junkContent-Length: 2\r\n\r\n",
    ],
)
def test_headers_are_read_leniently(header: bytes) -> None:
    assert frames_of(header + b"{}") == [b"{}"]


@pytest.mark.parametrize("header", [b"Content-Length: -1\r\n\r\n", b"Content-Length: x\r\n\r\n", b"Accept: y\r\n\r\n"])
def test_a_block_without_a_length_is_passed_over(header: bytes) -> None:
    assert frames_of(header + render_frame(b"{}")) == [b"{}"]


def test_a_body_cut_off_by_the_end_is_no_message() -> None:
    assert frames_of(b"Content-Length: 10\r\n\r\n{}") == []


def test_a_message_over_the_limit_is_skipped_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MESSAGE_LIMIT", 1000)
    long = b"Content-Length: 100000\r\n\r\n" + render_frame(b"{}") * 5000
    stream = long[: long.index(b"\r\n\r\n") + 4 + 100000] + render_frame(b"[1]")
    first, second = frames_of(stream, random.Random(1))
    assert isinstance(first, BadMessage)
    assert not first.fatal
    assert second == b"[1]"


def test_a_message_no_one_can_mean_ends_the_stream() -> None:
    (only,) = frames_of(b"Content-Length: 99999999999999\r\n\r\n" + render_frame(b"{}"))
    assert isinstance(only, BadMessage)
    assert only.fatal


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 200_000, b'{"id":' + b"9" * 10_000 + b"}", b"nul"])
def test_what_is_not_json_is_a_bad_message(body: bytes) -> None:
    assert isinstance(parse_message(body), BadMessage)


def test_json_is_a_message() -> None:
    assert parse_message(b'{"a": [1]}') == Message({"a": [1]})


def test_the_writer_says_once_that_the_client_is_gone() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    reasons: list[str] = []
    broken = threading.Event()

    def lost(reason: str) -> None:
        reasons.append(reason)
        broken.set()

    writer = Writer(writing, lost)
    writer.start()
    writer.write(b"{}")
    assert broken.wait(10)
    writer.write(b"{}")
    writer.close()
    os.close(writing)
    assert len(reasons) == 1


def test_the_writer_never_blocks_the_one_who_writes() -> None:
    reading, writing = os.pipe()
    reasons: list[str] = []
    writer = Writer(writing, reasons.append)
    writer.start()
    body = json.dumps("x" * 1_000_000).encode()
    for _ in range(10):
        writer.write(body)
    os.close(reading)
    writer.close(timeout=10)
    os.close(writing)
    assert len(reasons) == 1


def test_a_client_that_reads_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PENDING_LIMIT", 100_000)
    reading, writing = os.pipe()
    reasons: list[str] = []
    writer = Writer(writing, reasons.append)
    writer.start()
    for _ in range(3):
        writer.write(b"x" * 90_000)
    assert "unread" in reasons[0]
    os.close(reading)
    writer.close(timeout=10)
    os.close(writing)
