"""A Go file's model: preambles and their place, what memos save, what a file without import "C" says."""

from __future__ import annotations

import pytest

from cgo_ls.model.constraints import build_constraint, is_generated, name_constraints
from cgo_ls.model.go_facts import DeclarationFacts
from cgo_ls.model.go_file import CMemo, GoFile, build_go_file
from cgo_ls.syntax.declarations import BOM, resplit, split
from cgo_ls.text.document import ByteEdit
from tests.go_side.support import BASE


def build(data: bytes, path: str = "/p/a.go") -> GoFile:
    return build_go_file(path, data, split(data), {}, {})


def test_the_base_file() -> None:
    file = build(BASE, "/p/a_amd64.go")
    assert (file.package_name, file.constraint, file.generated) == ("p", "linux && amd64", False)
    assert file.imports_c and file.preamble is not None and b"stdlib.h" in file.preamble.text
    assert [(spec.path, BASE[base + spec.span.start : base + spec.span.end]) for spec, base in file.imports] == [
        ("C", b'"C"'), ("fmt", b'"fmt"'), ("unsafe", b'"unsafe"'),
    ]  # fmt: skip
    assert [function.qualified for _, function in file.functions] == ["F", "T.M"]


@pytest.mark.parametrize("before", [b"", BOM, b"// License\n\n", b"\r\n"])
def test_spans_of_c_are_file_offsets(before: bytes) -> None:
    data = (
        before
        + b'package p\n\n// int one(void);\n// int two(void);\nimport "C"\n\n/*\nint three(void);\n*/\nimport "C"\n'
    )
    file = build(data)
    assert len(file.preambles) == 2 and file.c_unit is not None
    places = {function.name: function.place for function in file.c_unit.functions}
    assert set(places) == {"one", "two", "three"}
    for name, place in places.items():
        assert data[place.name_span.start : place.name_span.end].decode() == name
        assert place.path == "/p/a.go"
    for preamble, base in file.preambles:
        assert data[base + preamble.span.start :].startswith((b"//", b"/*"))
        assert data[base + preamble.to_file(preamble.text.index(b"int")) :].startswith(b"int ")
    assert (file.preamble, file.preamble_base) == file.preambles[0]


def test_two_imports_of_c_in_one_group() -> None:
    data = b'package p\n\nimport (\n\t// int one(void);\n\t"C"\n\t// int two(void);\n\t"C"\n)\n'
    file = build(data)
    assert file.c_unit is not None
    assert [data[each.place.name_span.start : each.place.name_span.end] for each in file.c_unit.functions] == [
        b"one",
        b"two",
    ]


def test_an_import_of_c_without_doc_has_an_empty_preamble() -> None:
    file = build(b'package p\n\n// lost\n\nimport "C"\n\nfunc f() { C.f() }\n')
    assert file.imports_c and file.preamble is not None and file.preamble.text == b""
    assert file.c_unit is not None and file.c_unit.functions == ()


def test_without_import_c_the_name_c_is_the_users() -> None:
    memo: dict[bytes, DeclarationFacts] = {}
    plain, cgo = b"package p\n\nfunc f() { C.g() }\n", b'package p\n\nimport "C"\n\nfunc f() { C.g() }\n'
    one = build_go_file("/p/a.go", plain, split(plain), memo)
    two = build_go_file("/p/b.go", cgo, split(cgo), memo)
    assert (one.preamble, one.c_unit, one.imports_c) == (None, None, False)
    assert one.declarations[-1].facts.c_references == ()
    assert [use.name for use in two.declarations[-1].facts.c_references] == ["g"]


def test_a_keystroke_parses_one_declaration_and_reads_no_c() -> None:
    memo: dict[bytes, DeclarationFacts] = {}
    c_memo: CMemo = {}
    first = build_go_file("/p/a.go", BASE, split(BASE), memo, c_memo)
    known, c_known = set(memo), dict(c_memo)
    at = BASE.index(b"\tp := C.CString")
    data = BASE[:at] + b"\tx()\n" + BASE[at:]
    second = build_go_file("/p/a.go", data, resplit(first.split, BASE, data, (ByteEdit(at, at, at + 5),)), memo, c_memo)
    assert len(set(memo) - known) == 1
    assert c_memo == c_known and second.c_unit is first.c_unit
    kept = [old.facts is new.facts for old, new in zip(first.declarations, second.declarations, strict=True)]
    assert kept.count(False) == 1
    assert second.digest != first.digest
    assert build(data) == second


def test_an_edit_above_the_import_moves_the_c_unit() -> None:
    c_memo: CMemo = {}
    build_go_file("/p/a.go", BASE, split(BASE), {}, c_memo)
    data = b"// more\n" + BASE
    moved = build_go_file("/p/a.go", data, split(data), {}, c_memo)
    assert moved.c_unit is not None
    assert moved == build(data)
    assert all(data[each.place.name_span.start :].startswith(each.name.encode()) for each in moved.c_unit.functions)


def test_the_digest_stands_for_all_bytes() -> None:
    variants = [
        BASE,
        BASE + b"\n",
        BASE.replace(b"// Detached.", b"// Detached!"),
        BASE.replace(b"\n\n", b"\n\n\n", 1),
        BOM + BASE,
    ]
    assert len({build(data).digest for data in variants}) == len(variants)
    assert build(BASE).digest == build(bytes(bytearray(BASE)), "/q/b.go").digest


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\xff" * 100, b"import", b"import (", b'/* x */ import "C"', b"packag"]
)
def test_odd_files(data: bytes) -> None:
    assert build(data).package_name == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a_linux.go", ("linux",)),
        ("a_linux_arm64.go", ("linux", "arm64")),
        ("a_windows_test.go", ("windows",)),
        ("a_b_amd64.go", ("amd64",)),
        ("linux.go", ()),
        ("a_unix.go", ()),
        ("a_amd64_linux.go", ("linux",)),
        ("a_linux.cgo.go", ("linux",)),
        ("/x_linux/a.go", ()),
        ("C:\\x\\a_windows.go", ("windows",)),
    ],
)
def test_constraints_of_names(name: str, expected: tuple[str, ...]) -> None:
    assert name_constraints(name) == expected


@pytest.mark.parametrize(
    ("header", "name", "expected"),
    [
        (b"", "a.go", None),
        (b"//go:build linux || darwin\n\n", "a.go", "linux || darwin"),
        (b"//go:build linux || darwin\r\n\r\n", "a_arm64.go", "(linux || darwin) && arm64"),
        (b"/*\n//go:build never\n*/\n//go:build cgo\n", "a.go", "cgo"),
        (b"// +build linux darwin\n// +build cgo\n\n", "a.go", "+build linux darwin && +build cgo"),
        (b"//go:build cgo\n// +build linux\n", "a.go", "cgo"),
        (b"//go:buildx\n", "a.go", None),
    ],
)
def test_constraints_of_headers(header: bytes, name: str, expected: str | None) -> None:
    assert build_constraint(name, header) == expected


def test_constraint_only_above_the_package_clause() -> None:
    assert build(b"package p\n\n//go:build linux\n").constraint is None


def test_generated() -> None:
    assert build(b"// Code generated by x. DO NOT EDIT.\n\npackage p\n").generated
    assert is_generated(b"// Code generated by x. DO NOT EDIT.\r\n")
    assert not is_generated(b"// Code generated by x. DO NOT EDIT. Really.\n")
