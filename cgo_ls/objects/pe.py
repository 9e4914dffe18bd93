"""PE libraries (.dll): the names of their export directory."""

from __future__ import annotations

import struct

from cgo_ls.objects.object_file import ObjectFile, ObjectSymbol

_SECTIONS, _NAMES = 96, 1 << 20


def read_pe(data: bytes) -> ObjectFile:
    """What the library exports by name."""
    try:
        return _read(data)
    except (struct.error, ValueError):
        return ObjectFile("pe", "unknown", error="a damaged PE file")


def _read(data: bytes) -> ObjectFile:
    start = struct.unpack_from("<I", data, 0x3C)[0]
    if data[start : start + 4] != b"PE\0\0":
        return ObjectFile("pe", "unknown", error="not a library for Windows")
    sections, optional_size, flags = struct.unpack_from("<H12xHH", data, start + 6)
    optional = start + 24
    magic = struct.unpack_from("<H", data, optional)[0]
    directory = optional + (112 if magic == 0x20B else 96)
    if magic not in (0x10B, 0x20B) or sections > _SECTIONS:
        return ObjectFile("pe", "unknown", error="a damaged PE file")
    address, size = struct.unpack_from("<II", data, directory)
    kind = "shared" if flags & 0x2000 else "executable"
    if not address or not size:
        return ObjectFile("pe", kind)
    table = [struct.unpack_from("<8xIIII", data, optional + optional_size + 40 * index) for index in range(sections)]
    exports = _offset(table, address)
    count = struct.unpack_from("<I", data, exports + 24)[0]
    names = _offset(table, struct.unpack_from("<I", data, exports + 32)[0])
    if count > _NAMES:
        return ObjectFile("pe", kind, error="a damaged PE file")
    found: dict[str, ObjectSymbol] = {}
    for place in struct.unpack_from(f"<{count}I", data, names):
        first = _offset(table, place)
        end = data.find(b"\0", first, first + 4096)
        if end < 0:
            raise ValueError("a name without an end")
        name = data[first:end].decode("utf-8", "surrogateescape")
        found[name] = ObjectSymbol(name, "unknown", "global", "default", True)
    return ObjectFile("pe", kind, found)


def _offset(sections: list[tuple[int, int, int, int]], address: int) -> int:
    """Where in the file the byte stands that is loaded at `address`."""
    for size, start, raw_size, raw in sections:
        if start <= address < start + max(size, raw_size):
            return raw + address - start
    raise ValueError("an address in no section")
