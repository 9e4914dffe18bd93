"""Mach-O objects and dynamic libraries: the external names of their symbol table."""

from __future__ import annotations

import struct

from cgo_ls.objects.object_file import Kind, ObjectFile, ObjectSymbol

_FAT = {b"\xca\xfe\xba\xbe": ">IIIII", b"\xca\xfe\xba\xbf": ">IIQQII"}
_THIN = {b"\xfe\xed\xfa\xce": ">", b"\xce\xfa\xed\xfe": "<", b"\xfe\xed\xfa\xcf": ">", b"\xcf\xfa\xed\xfe": "<"}
_KINDS: dict[int, Kind] = {1: "relocatable", 2: "executable", 6: "shared", 8: "shared", 9: "stub"}
_LC_SYMTAB = 2
_ARCHITECTURES, _COMMANDS = 16, 10_000
_STAB, _PRIVATE, _EXTERNAL, _TYPE = 0xE0, 0x10, 0x01, 0x0E
_WEAK_DEFINITION = 0x80


def read_mach_o(data: bytes) -> ObjectFile:
    """The names of one architecture; of a file for several, those of the first, since they are built from the same sources."""
    try:
        if data[:4] in _FAT:
            return _fat(data)
        return _thin(data)
    except (struct.error, ValueError):
        return ObjectFile("mach-o", "unknown", error="a damaged Mach-O file")


def _fat(data: bytes) -> ObjectFile:
    layout = _FAT[data[:4]]
    count = struct.unpack_from(">I", data, 4)[0]
    if not 0 < count <= _ARCHITECTURES:
        return ObjectFile("mach-o", "unknown", error="a damaged Mach-O file")
    row = struct.unpack_from(layout, data, 8)
    start, size = row[2], row[3]
    part = data[start : start + size]
    if part.startswith(b"!<arch>\n"):
        from cgo_ls.objects.archive import read_archive

        return read_archive(part)
    if part[:4] not in _THIN:
        return ObjectFile("mach-o", "unknown", error="a damaged Mach-O file")
    return _thin(part)


def _thin(data: bytes) -> ObjectFile:
    order, wide = _THIN[data[:4]], data[:4] in (b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe")
    file_type, commands = struct.unpack_from(order + "II", data, 12)
    kind = _KINDS.get(file_type, "unknown")
    offset = 32 if wide else 28
    for _ in range(min(commands, _COMMANDS)):
        command, size = struct.unpack_from(order + "II", data, offset)
        if command == _LC_SYMTAB:
            return _symbols(data, struct.unpack_from(order + "IIII", data, offset + 8), order, wide, kind)
        if size < 8:
            break
        offset += size
    return ObjectFile("mach-o", kind, error="no symbol table")


def _symbols(data: bytes, table: tuple[int, ...], order: str, wide: bool, kind: Kind) -> ObjectFile:
    start, count, names_start, names_size = table
    layout = struct.Struct(order + ("IBBHQ" if wide else "IBBHI"))
    rows, names = data[start : start + count * layout.size], data[names_start : names_start + names_size]
    if len(rows) != count * layout.size or len(names) != names_size:
        return ObjectFile("mach-o", kind, error="a damaged Mach-O file")
    exported: dict[str, ObjectSymbol] = {}
    hidden: dict[str, ObjectSymbol] = {}
    undefined: set[str] = set()
    for place, flags, _, description, _ in layout.iter_unpack(rows):
        end = names.find(b"\0", place, place + 4096) if 0 < place < names_size else -1
        if flags & _STAB or end < 0:
            continue
        name = names[place:end].decode("utf-8", "surrogateescape").removeprefix("_")
        if not flags & _TYPE:
            undefined.add(name)
            continue
        private = bool(flags & _PRIVATE)
        binding = "local" if not flags & _EXTERNAL else "weak" if description & _WEAK_DEFINITION else "global"
        visible = binding != "local" and (not private or kind == "relocatable")
        symbol = ObjectSymbol(name, "unknown", binding, "hidden" if private else "default", visible)
        (exported if visible else hidden)[name] = symbol
    for name in exported:
        hidden.pop(name, None)
    return ObjectFile("mach-o", kind, exported, hidden, (), frozenset(undefined))
