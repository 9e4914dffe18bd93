"""ELF objects and shared libraries.

pyelftools finds the sections; the rows of a symbol table are read here in one go, since a library has tens of thousands of them.
"""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from cgo_ls.objects.object_file import Binding, Kind, ObjectFile, ObjectSymbol, SymbolKind, Visibility

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

_TYPES: dict[int, SymbolKind] = {1: "data", 2: "function", 5: "data", 6: "data", 10: "function"}
_BINDINGS: dict[int, Binding] = {0: "local", 1: "global", 2: "weak", 10: "global"}
_VISIBILITIES: tuple[Visibility, ...] = ("default", "internal", "hidden", "protected")
_KINDS: dict[str, Kind] = {"ET_REL": "relocatable", "ET_DYN": "shared", "ET_EXEC": "executable"}
# A file of a million sections is no object file; pyelftools would read their headers one by one.
_SECTIONS = 65_000
_WANTED = frozenset(["SHT_SYMTAB", "SHT_DYNSYM", "SHT_DYNAMIC", "SHT_GNU_versym"])
_DT_NEEDED = 1
_HIDDEN_VERSION = 0x8000


class Broken(Exception):
    """The file contradicts itself; the text is a phrase for the user."""


def read_elf(data: bytes) -> ObjectFile:
    """Symbols by `.dynsym` for what others can link with, by `.symtab` for the rest."""
    from elftools.common.exceptions import ELFError

    try:
        return _read(data)
    except Broken as error:
        return ObjectFile("elf", "unknown", error=str(error))
    except ELFError:
        return ObjectFile("elf", "unknown", error="a damaged ELF file")
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        MemoryError,
        TypeError,
        ValueError,
        struct.error,
    ):
        # pyelftools trusts what a header says; bytes that lie to it surface as any of these.
        return ObjectFile("elf", "unknown", error="a damaged ELF file")


def _read(data: bytes) -> ObjectFile:
    from elftools.elf.elffile import ELFFile

    _check_header(data)
    elf = ELFFile(BytesIO(data))
    kind = _KINDS.get(elf["e_type"], "unknown")
    found = _sections(elf)
    exported: dict[str, ObjectSymbol] = {}
    hidden: dict[str, ObjectSymbol] = {}
    undefined: set[str] = set()
    static, dynamic = found.get("SHT_SYMTAB"), found.get("SHT_DYNSYM")
    if dynamic is not None:
        for symbol, defined in _symbols(elf, data, dynamic, kind, exported, found.get("SHT_GNU_versym")):
            if not defined:
                undefined.add(symbol.name)
            elif symbol.exported:
                exported[symbol.name] = symbol
    if static is not None:
        # What a shared library shows stands in its dynamic table, and has been read.
        private = kind == "shared" and dynamic is not None
        for symbol, defined in _symbols(elf, data, static, kind, exported, private=private):
            if not defined:
                if dynamic is None:
                    undefined.add(symbol.name)
            elif symbol.exported and kind == "relocatable":
                exported[symbol.name] = symbol
            elif symbol.name not in hidden or symbol.binding != "local":
                hidden[symbol.name] = symbol
    for name in exported.keys() & hidden.keys():
        del hidden[name]
    missing = ""
    if dynamic is None and (static is None or kind != "relocatable"):
        missing = "stripped of all symbols" if static is None else "without the symbols that a program links with"
    return ObjectFile("elf", kind, exported, hidden, _needed(elf, data, found), frozenset(undefined), missing)


def _check_header(data: bytes) -> None:
    """Section headers must lie in the file, be of the right size and not too many: pyelftools believes any number."""
    wide, little = data[4:5] == b"\x02", data[5:6] == b"\x01"
    if data[4:5] not in (b"\x01", b"\x02") or data[5:6] not in (b"\x01", b"\x02") or len(data) < (64 if wide else 52):
        raise Broken("a damaged ELF file")
    order = "<" if little else ">"
    offset = struct.unpack_from(order + ("Q" if wide else "I"), data, 40 if wide else 32)[0]
    size, count, names = struct.unpack_from(order + "HHH", data, 58 if wide else 46)
    if not offset:
        raise Broken("stripped of its section headers")
    if (
        count == 0
        or count > _SECTIONS
        or size != (64 if wide else 40)
        or offset + size * count > len(data)
        or names >= count
    ):
        raise Broken("a damaged ELF file")


def _sections(elf: ELFFile) -> dict[str, Any]:
    """The headers of the sections that matter, by type; the first of each."""
    found: dict[str, Any] = {}
    for index in range(elf.num_sections()):
        header = elf._get_section_header(index)
        if header["sh_type"] in _WANTED:
            found.setdefault(header["sh_type"], header)
    return found


def _symbols(
    elf: ELFFile,
    data: bytes,
    section: Any,
    kind: Kind,
    known: Container[str],
    versions: Any = None,
    *,
    private: bool = False,
) -> Iterator[tuple[ObjectSymbol, bool]]:
    """Each named symbol that is not `known`, and whether it is defined; with `private` only those that others cannot see."""
    rows, names = _bytes(data, section), _bytes(data, elf._get_section_header(section["sh_link"]))
    order = "<" if elf.little_endian else ">"
    wide = elf.elfclass == 64
    layout = struct.Struct(order + ("IBBHQQ" if wide else "IIIBBH"))
    versym = memoryview(_bytes(data, versions)) if versions is not None else memoryview(b"")
    count = len(rows) // layout.size
    for index, row in enumerate(layout.iter_unpack(rows[: count * layout.size])):
        start, info, other, place = (row[0], row[1], row[2], row[3]) if wide else (row[0], row[3], row[4], row[5])
        type_ = info & 15
        if not start or type_ in (3, 4) or (private and info >> 4 and not other & 3):
            continue
        end = names.find(b"\0", start, start + 4096)
        if end < 0:
            continue
        name = names[start:end].decode("utf-8", "surrogateescape")
        if name in known:
            continue
        binding = _BINDINGS.get(info >> 4, "unknown")
        visibility = _VISIBILITIES[other & 3]
        exported = binding != "local" and (kind == "relocatable" or visibility in ("default", "protected"))
        if exported and 2 * index + 1 < len(versym):
            version = struct.unpack_from(order + "H", versym, 2 * index)[0]
            # `f@OLD` is for programs that were linked long ago; version 0 is local to the library.
            exported = version != 0 and not version & _HIDDEN_VERSION
        yield ObjectSymbol(name, _TYPES.get(type_, "unknown"), binding, visibility, exported), place != 0


def _bytes(data: bytes, section: Any) -> bytes:
    if section["sh_type"] == "SHT_NOBITS":
        raise Broken("a file of debugging information")
    start, size = section["sh_offset"], section["sh_size"]
    if start + size > len(data):
        raise Broken("a damaged ELF file")
    return data[start : start + size]


def _needed(elf: ELFFile, data: bytes, found: dict[str, Any]) -> tuple[str, ...]:
    section = found.get("SHT_DYNAMIC")
    if section is None:
        return ()
    names = _bytes(data, elf._get_section_header(section["sh_link"]))
    layout = struct.Struct(("<" if elf.little_endian else ">") + ("qQ" if elf.elfclass == 64 else "iI"))
    rows = _bytes(data, section)
    rows = rows[: len(rows) // layout.size * layout.size]
    starts = [value for tag, value in layout.iter_unpack(rows) if tag == _DT_NEEDED][:1000]
    pieces = [names[start : names.find(b"\0", start, start + 4096)] for start in starts if start < len(names)]
    return tuple(piece.decode("utf-8", "surrogateescape") for piece in pieces)
