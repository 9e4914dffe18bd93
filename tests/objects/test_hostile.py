"""Object files that lie: whatever the bytes, an answer comes back, in time, and never an exception."""

from __future__ import annotations

import random
import struct

import pytest

from cgo_ls.objects.archive import member_at, member_name
from cgo_ls.objects.demangle import demangle, function_name
from cgo_ls.objects.object_file import ObjectFile
from cgo_ls.objects.reader import read_object
from tests.objects.programs import made
from tests.objects.test_readers import bsd_archive, dll, mach_o

SEED = 20_260
# Over all kinds, 16,000 files.
ROUNDS = 1_600
EVIL = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


def sources() -> dict[str, bytes]:
    files = {
        kind: path.read_bytes()
        for kind, path in made().items()
        if kind in ("object", "archive", "shared", "stripped", "thin", "debug")
    }
    return {**files, "bsd": bsd_archive(False), "bsd64": bsd_archive(True), "mach-o": mach_o(), "dll": dll()}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some of: bytes changed, numbers put where numbers are, cut short, a piece doubled or taken out."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        # Headers and tables of contents are at the ends; the middle is mostly code.
        place = chance.randrange(len(out)) if chance.random() < 0.4 else chance.randrange(min(len(out), 512))
        if chance.random() < 0.3:
            place = max(0, len(out) - 1 - chance.randrange(min(len(out), 4096)))
        if chance.random() < 0.5:
            out[place] = chance.randrange(256)
        else:
            layout = chance.choice(("<I", "<Q", ">I", "<H"))
            size = struct.calcsize(layout)
            value = chance.choice(EVIL) & (256**size - 1)
            out[place : place + size] = struct.pack(layout, value)
    if chance.random() < 0.15:
        del out[chance.randrange(len(out)) :]
    elif chance.random() < 0.1:
        start = chance.randrange(len(out))
        del out[start : start + chance.randrange(64)]
    return bytes(out)


def read_all(data: bytes) -> ObjectFile:
    """Everything that is ever asked of a file."""
    found = read_object(data)
    for symbol in [*found.symbols.values(), *found.hidden.values()][:50]:
        demangle(symbol.name)
        function_name(symbol.name)
        if symbol.member >= 0:
            member_name(data, symbol.member)
            read_object(member_at(data, symbol.member))
    return found


@pytest.mark.parametrize(
    "kind", ["object", "archive", "shared", "stripped", "thin", "debug", "bsd", "bsd64", "mach-o", "dll"]
)
def test_mutations_are_read_or_refused(kind: str) -> None:
    chance = random.Random(f"{SEED} {kind}")
    data = sources()[kind]
    refused = 0
    for _ in range(ROUNDS):
        found = read_all(mutated(data, chance))
        assert all(isinstance(name, str) for name in found.symbols), f"seed {SEED} {kind}"
        refused += bool(found.error)
    assert refused or kind in ("bsd", "bsd64"), "no mutation hit what is read"


def test_a_table_of_sections_that_is_itself_is_refused() -> None:
    data = bytearray(made()["shared"].read_bytes())
    struct.pack_into("<HHH", data, 58, 0, 0xFFFF, 0)
    assert read_object(bytes(data)).error


def test_an_index_of_four_billion_names_is_refused() -> None:
    data = bytearray(made()["archive"].read_bytes())
    data[68:72] = b"\xff\xff\xff\xff"
    assert read_object(bytes(data)).error == "a damaged symbol index"


def test_noise() -> None:
    chance = random.Random(SEED)
    for start in (
        b"\x7fELF\x02\x01\x01",
        b"\x7fELF\x01\x02\x01",
        b"!<arch>\n",
        b"MZ",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
    ):
        for length in (0, 10, 100, 1000):
            for _ in range(20):
                read_all(start + chance.randbytes(length))


def test_long_names_are_demangled_in_time() -> None:
    for text in (
        "_Z" + "PK" * 900,
        "_ZN" + "1a" * 900 + "E",
        "_Z1f" + "S_" * 900,
        "_Z1fI" + "I" * 900,
        "_Z1f" + "N1aI" * 400,
    ):
        demangle(text)
