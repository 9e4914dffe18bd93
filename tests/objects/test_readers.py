"""What is read of object files is what nm and readelf say of them, and c++filt of names."""

from __future__ import annotations

import struct

import pytest

from cgo_ls.objects.archive import member_at, member_name
from cgo_ls.objects.demangle import demangle, function_name
from cgo_ls.objects.object_file import looks_like_object
from cgo_ls.objects.reader import read_object
from tests.objects.programs import command, made, nm


@pytest.mark.parametrize("kind", ["shared", "stripped", "versioned"])
def test_a_shared_library_exports_what_nm_says(kind: str) -> None:
    path = made()[kind]
    found = read_object(path.read_bytes())
    assert (found.format, found.kind, found.error) == ("elf", "shared", "")
    assert set(found.symbols) == set(nm(path, "-D"))
    assert found.symbols["shown"].visibility == "default"
    assert "hidden" not in found.symbols and "internal" not in found.symbols


def test_a_shared_library_tells_what_it_keeps() -> None:
    found = read_object(made()["shared"].read_bytes())
    assert {"hidden", "internal"} <= set(found.hidden)
    assert not set(found.hidden) & set(found.symbols)
    assert "wanted" in found.undefined
    assert not read_object(made()["stripped"].read_bytes()).hidden


def test_a_version_script_hides() -> None:
    found = read_object(made()["versioned"].read_bytes())
    assert set(found.symbols) == {"shown"}
    assert found.hidden["caller"].binding == "local"


def test_an_object_has_bindings_and_visibilities_of_readelf() -> None:
    path = made()["object"]
    found = read_object(path.read_bytes())
    rows = [line.split() for line in command("readelf", "-Ws", path).splitlines()]
    seen = 0
    for row in rows:
        if len(row) == 8 and row[6] not in ("UND", "ABS") and row[3] in ("FUNC", "OBJECT", "TLS"):
            symbol = found.find(row[7])
            assert symbol is not None, row
            assert (symbol.binding, symbol.visibility) == (row[4].lower(), row[5].lower())
            assert symbol.kind == ("function" if row[3] == "FUNC" else "data")
            seen += 1
    assert seen >= 8


@pytest.mark.parametrize("kind", ["archive", "thin"])
def test_the_index_of_an_archive_is_enough(kind: str) -> None:
    path = made()[kind]
    found = read_object(path.read_bytes())
    expected = {name for name, letter in nm(path).items() if letter.isupper()}
    assert set(found.symbols) == expected
    assert "internal" not in found.symbols and "hidden" in found.symbols


def test_members_are_read_only_when_asked_for() -> None:
    data = made()["archive"].read_bytes()
    found = read_object(data)
    hidden = found.symbols["hidden"]
    assert hidden.visibility == "unknown"
    assert member_name(data, hidden.member) == "c.o"
    inside = read_object(member_at(data, hidden.member)).find("hidden")
    assert inside is not None and inside.visibility == "hidden"
    assert member_name(data, found.symbols["plain"].member) == "a-name-that-is-too-long-for-a-header.o"


def test_an_archive_without_an_index_says_so() -> None:
    found = read_object(made()["unindexed"].read_bytes())
    assert "ranlib" in found.error and not found.symbols


def test_debugging_information_is_no_library() -> None:
    assert read_object(made()["debug"].read_bytes()).error


def test_names_of_cplusplus() -> None:
    found = read_object(made()["shared"].read_bytes())
    mangled = [name for name in found.symbols if name.startswith("_Z")]
    assert mangled
    for name in mangled:
        assert demangle(name) == command("c++filt", name).strip()
    assert [function_name(name) for name in mangled if function_name(name)] == ["helper"]
    assert demangle("shown") is None
    assert demangle("?helper@@YAHH@Z") == "helper(...)"


@pytest.mark.parametrize(
    ("mangled", "plain"),
    [
        ("_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int>>::push_back(int const&)"),
        ("_ZN3foo3barC1Ev", "foo::bar::bar()"),
        ("_ZN3foo3barD2Ev", "foo::bar::~bar()"),
        ("_ZN12_GLOBAL__N_14nameEPKcS1_", "(anonymous namespace)::name(char const*, char const*)"),
        ("_Z1fPFivE", "f(...)"),
        ("_Zpl", "operator+"),
        ("_Z" + "N" * 500, None),
        ("_Z9999999999999a", None),
    ],
)
def test_demangle(mangled: str, plain: str | None) -> None:
    assert demangle(mangled) == plain


def bsd_archive(wide: bool) -> bytes:
    """An archive as macOS makes it: `__.SYMDEF`, names with an underscore."""
    names = b"_shown\0_other\0"
    number = "<Q" if wide else "<I"
    table = b"".join(struct.pack(number, value) for value in (0, 8, 7, 8))
    body = struct.pack(number, len(table)) + table + struct.pack(number, len(names)) + names
    name = b"__.SYMDEF_64" if wide else b"__.SYMDEF"
    header = name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"644".ljust(8) + str(len(body)).encode().ljust(10)
    return b"!<arch>\n" + header + b"`\n" + body


@pytest.mark.parametrize("wide", [False, True])
def test_archives_of_macos(wide: bool) -> None:
    assert set(read_object(bsd_archive(wide)).symbols) == {"shown", "other"}


def mach_o() -> bytes:
    """A dynamic library of four symbols: one exported, one private, one local, one undefined."""
    names = b"\0_shown\0_hidden\0_local\0_wanted\0"
    rows = [(1, 0x0F, 1, 0, 16), (8, 0x1F, 1, 0, 32), (16, 0x0E, 1, 0, 48), (23, 0x01, 0, 0, 0)]
    table = b"".join(struct.pack("<IBBHQ", *row) for row in rows)
    start = 32 + 24
    command_ = struct.pack("<IIIIII", 2, 24, start, len(rows), start + len(table), len(names))
    header = struct.pack("<IIIIIIII", 0xFEEDFACF, 0x01000007, 3, 6, 1, len(command_), 0, 0)
    return header + command_ + table + names


def test_mach_o() -> None:
    found = read_object(mach_o())
    assert (found.format, found.kind, found.error) == ("mach-o", "shared", "")
    assert set(found.symbols) == {"shown"} and set(found.hidden) == {"hidden", "local"}
    assert found.undefined == {"wanted"}
    fat = struct.pack(">IIIIIII", 0xCAFEBABE, 1, 0x01000007, 3, 28, len(mach_o()), 0) + mach_o()
    assert set(read_object(fat).symbols) == {"shown"}


def dll() -> bytes:
    """A library for Windows with two exports, in one section that begins at address 0x1000 and offset 0x200."""
    names = b"\0\0alpha\0beta\0"
    directory = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, 0, 1, 2, 2, 0x1000 + 40, 0x1000 + 48, 0x1000 + 56)
    text = 0x1000 + 60
    body = (
        directory + struct.pack("<II", 0, 0) + struct.pack("<II", text + 2, text + 8) + struct.pack("<HH", 0, 1) + names
    )
    optional = struct.pack("<H", 0x20B).ljust(112, b"\0") + struct.pack("<II", 0x1000, len(body)).ljust(128, b"\0")
    coff = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 0x2000)
    section = b".edata\0\0" + struct.pack("<IIII", len(body), 0x1000, len(body), 0x200) + b"\0" * 16
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0" + coff + optional + section
    return head.ljust(0x200, b"\0") + body


def test_pe() -> None:
    found = read_object(dll())
    assert (found.format, found.kind, found.error) == ("pe", "shared", "")
    assert set(found.symbols) == {"alpha", "beta"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not an object file"),
        (b"package main\n", "not an object file"),
        (b"/* GNU ld script */\nGROUP ( libc.so.6 )\n", "linker script"),
        (b"--- !tapi-tbd\n", "stub"),
        (b"!<arch>\nrubbish", "damaged archive"),
        (b"\x7fELF", "damaged ELF"),
        (b"MZ" + b"\0" * 100, "Windows"),
    ],
)
def test_what_is_no_object_is_told(data: bytes, says: str) -> None:
    assert says in read_object(data).error


def test_an_empty_archive_is_complete() -> None:
    found = read_object(b"!<arch>\n")
    assert not found.error and not found.symbols


def test_names_of_files() -> None:
    assert all(looks_like_object(name) for name in ("a/libx.a", "libx.so", "libx.so.1.2", "x.dll", "x.dylib", "x.o"))
    assert not any(looks_like_object(name) for name in ("a.c", "a.go", "so", "a.sock", "liba"))
