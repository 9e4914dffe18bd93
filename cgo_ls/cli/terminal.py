"""What a terminal can show, and what it must never be sent."""

from __future__ import annotations

import os
import sys
from typing import Final, TextIO

# Control characters move the cursor and end lines; bidi controls make a line read as what it is not.
_UNSAFE: Final = (
    *range(0x20),
    *range(0x7F, 0xA0),
    0x061C,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
_ESCAPES: Final = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _UNSAFE} | {
    0x09: "\\t",
    0x0A: "\\n",
    0x0D: "\\r",
}


def printable(text: str) -> str:
    """`text` on one line, every control character spelt out. Bytes that are no UTF-8 stay what they are."""
    return text.translate(_ESCAPES)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person reads `stream`, on something that can do more than print."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def wants_color(stream: TextIO, no_color: bool) -> bool:
    return not no_color and not os.environ.get("NO_COLOR") and is_terminal(stream)


def write_out(text: str) -> None:
    """Write to standard output in UTF-8, whatever the locale; file names keep their bytes."""
    data = text.encode("utf-8", "surrogateescape")
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(data.decode("utf-8", "replace"))
        return
    sys.stdout.flush()
    stream.write(data)
    stream.flush()


def complain(message: str) -> None:
    """One line to standard error, in the name of the tool."""
    summarize(f"cgo-ls: {message}")


def summarize(line: str) -> None:
    """One line to standard error."""
    data = f"{printable(line)}\n".encode("utf-8", "surrogateescape")
    stream = getattr(sys.stderr, "buffer", None)
    if stream is None:
        sys.stderr.write(data.decode("utf-8", "replace"))
        return
    sys.stderr.flush()
    stream.write(data)
    stream.flush()


def describe_crash(error: BaseException) -> str:
    """The error in one line, with the place in our own code where it came from: enough for a report, no traceback."""
    place = ""
    frame = error.__traceback__
    while frame is not None:
        path = frame.tb_frame.f_code.co_filename
        if f"{os.sep}cgo_ls{os.sep}" in path:
            place = f" (at {path.rpartition(os.sep + 'cgo_ls' + os.sep)[2]}:{frame.tb_lineno})"
        frame = frame.tb_next
    return printable(f"{type(error).__name__}: {error}"[:300] + place)
