"""Archives (`ar`): the symbol index at the front says which names which member defines; no member is read for that."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from cgo_ls.objects.object_file import ObjectFile, ObjectSymbol

_HEADER = 60
_NAME = re.compile(rb"[^\0]*+\0")


def read_archive(data: bytes) -> ObjectFile:
    """The names of the index: GNU and COFF (`/`), their 64-bit form (`/SYM64/`), BSD and Mach-O (`__.SYMDEF`)."""
    for name, start, size in _members(data, limit=3):
        body = data[start : start + size]
        if name in (b"/", b"/SYM64/"):
            return _indexed(_gnu(body, ">Q" if name != b"/" else ">I"))
        if name.startswith(b"__.SYMDEF"):
            return _indexed(_bsd(body, "<Q" if b"_64" in name else "<I"))
    if next(_members(data, limit=1), None) is None:
        return ObjectFile("archive", "archive", error="" if len(data) == 8 else "a damaged archive")
    return ObjectFile("archive", "archive", error="an archive without a symbol index: run ranlib on it")


def member_at(data: bytes, offset: int) -> bytes:
    """The content of the archive member whose header is at `offset`; empty where there is none, and in a thin archive."""
    found = _member(data, offset)
    if found is None or data.startswith(b"!<thin>"):
        return b""
    _, start, size = found
    return data[start : start + size]


def member_name(data: bytes, offset: int) -> str:
    """The file name of the member whose header is at `offset`; "" where it is not known."""
    found = _member(data, offset)
    if found is None:
        return ""
    name = found[0]
    if name[:1] == b"/" and name[1:].isdigit():
        table = next(
            (data[start : start + size] for kind, start, size in _members(data, limit=3) if kind == b"//"), b""
        )
        start = int(name[1:8])
        name = re.split(rb"[\n/]", table[start : start + 4096], maxsplit=1)[0]
    return name.rstrip(b"/ ").decode("utf-8", "replace")


def _indexed(symbols: Iterator[tuple[bytes, int]] | None) -> ObjectFile:
    if symbols is None:
        return ObjectFile("archive", "archive", error="a damaged symbol index")
    found: dict[str, ObjectSymbol] = {}
    for raw, member in symbols:
        name = raw.decode("utf-8", "surrogateescape")
        if name not in found:
            found[name] = ObjectSymbol(name, "unknown", "unknown", "unknown", True, member)
    return ObjectFile("archive", "archive", found)


def _gnu(body: bytes, layout: str) -> Iterator[tuple[bytes, int]] | None:
    """A count, as many offsets, as many names with a NUL behind each."""
    width = struct.calcsize(layout)
    if len(body) < width:
        return None
    count = struct.unpack_from(layout, body)[0]
    names = width * (count + 1)
    if names > len(body):
        return None
    offsets = struct.unpack_from(f">{count}{layout[1]}", body, width)
    texts = body[names:].split(b"\0")
    if len(texts) < count + (1 if count else 0):
        return None
    return zip(texts[:count], offsets, strict=True)


def _bsd(body: bytes, layout: str) -> Iterator[tuple[bytes, int]] | None:
    """The size of a table of (place of the name, offset of the member), the table, the size of the names, the names."""
    width = struct.calcsize(layout)
    if len(body) < 2 * width:
        return None
    size = struct.unpack_from(layout, body)[0]
    if size % (2 * width) or width + size + width > len(body):
        return None
    names = body[2 * width + size :]
    pairs = struct.iter_unpack(f"<2{layout[1]}", body[width : width + size])
    return ((_name_at(names, place), member) for place, member in pairs)


def _name_at(names: bytes, place: int) -> bytes:
    match = _NAME.match(names, place) if place < len(names) else None
    raw = match.group()[:-1] if match is not None else b""
    # Mach-O puts an underscore before every C name.
    return raw[1:] if raw.startswith(b"_") else raw


def _members(data: bytes, limit: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, start of the content, size) of the first members."""
    offset = 8
    for _ in range(limit):
        found = _member(data, offset)
        if found is None:
            return
        yield found
        _, start, size = found
        offset = start + size + (size + start) % 2


def _member(data: bytes, offset: int) -> tuple[bytes, int, int] | None:
    header = data[offset : offset + _HEADER]
    if offset < 8 or len(header) != _HEADER or header[58:] != b"`\n":
        return None
    digits = header[48:58].strip()
    if not digits.isdigit():
        return None
    name, start, size = header[:16].rstrip(b" "), offset + _HEADER, int(digits)
    if name.startswith(b"#1/") and name[3:].isdigit():
        length = int(name[3:])
        name = data[start : start + length].rstrip(b"\0")
        start, size = start + length, size - length
    if size < 0 or start > len(data):
        return None
    return name, start, size
