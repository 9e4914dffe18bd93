"""A package: who declares a Go name, which C names a file sees, and what proves nothing."""

from __future__ import annotations

import pytest

from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.go_file import CMemo, GoFile, build_go_file
from cgo_ls.model.package import Package, build_package
from cgo_ls.syntax.declarations import split

HEADER = b'#ifndef LIB_H\n#include "inner.h"\nint in_lib(char *p);\n#endif\n'
INNER = b"struct point { int x; };\ntypedef struct point point_t;\nenum color { RED, GREEN };\nextern int counter;\n#define LIMIT 10\n"


def go(name: str, text: str, memo: CMemo | None = None) -> GoFile:
    data = text.encode()
    return build_go_file(f"/p/{name}", data, split(data), {}, {} if memo is None else memo)


def cgo(preamble: str, name: str = "a.go") -> GoFile:
    return go(name, f'package p\n\n/*\n{preamble}\n*/\nimport "C"\n')


def package(files: tuple[GoFile, ...], c: dict[str, bytes] | None = None) -> Package:
    return build_package("/p", files, tuple(read_c_unit(path, data) for path, data in (c or {}).items()))


def kind(made: Package, name: str) -> str | None:
    found = made.scope(made.files[0]).resolve(name)
    return found.kind if found else None


def test_functions_by_name_and_file() -> None:
    one = go("a_linux.go", "package p\n\nfunc F() {}\n\nfunc (t *T) M() {}\n")
    two = go("a_windows.go", "package p\n\nfunc F() {}\n")
    other = go("a_test.go", "package p_test\n\nfunc F() {}\n")
    made = package((one, two, other))
    for asking, expected in ((None, one), (one, one), (two, two), (other, other)):
        found = made.function("F", asking)
        assert found is not None and found[0] is expected
    assert [file.path for file, _ in made.functions("F", two)] == ["/p/a_windows.go", "/p/a_linux.go"]
    assert len(made.functions("F")) == 3
    assert made.function("T.M") is not None and made.function("M") is None and made.function("G") is None
    assert [declared.declaration.name for _, declared in made.methods("T")] == ["T.M"]


def test_types_by_name() -> None:
    made = package(
        (go("a.go", "package p\n\ntype T struct{ x int }\ntype V int\n"), go("b.go", "package p\n\ntype V struct{}\n"))
    )
    found = made.type("T")
    assert found is not None and [field.name for field in found.fields] == ["x"]
    assert made.type("V") is None and made.type("nope") is None
    mine = made.type("V", made.files[1])
    assert mine is not None and mine.kind == "struct"


def test_names_of_the_preamble() -> None:
    made = package(
        (
            cgo(
                "static int f(void) { return 1; }\nint f(void);\nint v;\ntypedef int t;\nenum e { A };\n#define M 1\nstruct s { int x; };"
            ),
        )
    )
    kinds = {name: kind(made, name) for name in ("f", "v", "t", "enum_e", "A", "M", "struct_s", "s", "nope")}
    assert kinds == {
        "f": "function", "v": "variable", "t": "type", "enum_e": "type", "A": "enum", "M": "macro", "struct_s": "type",
        "s": None, "nope": None,
    }  # fmt: skip
    found = made.scope(made.files[0]).resolve("f")
    assert found is not None and len(found.declarations) == 2 and found.path == "/p/a.go"
    assert made.scope(made.files[0]).complete


@pytest.mark.parametrize(
    "name", ["CString", "CBytes", "GoString", "malloc", "int", "uchar", "sizeof_int", "struct_nope", "errno", "size_t"]
)
def test_names_of_the_pseudo_package(name: str) -> None:
    assert kind(package((cgo(""),)), name) == "pseudo"


def test_a_type_that_needs_its_header() -> None:
    assert kind(package((cgo(""),)), "uint32_t") is None
    assert kind(package((cgo("typedef unsigned uint32_t;"),)), "uint32_t") == "type"


def test_headers_of_the_package_are_followed() -> None:
    made = package(
        (cgo('#include "lib.h"'),), {"/p/lib.h": HEADER, "/p/inner.h": INNER, "/p/other.h": b"int other(void);\n"}
    )
    scope = made.scope(made.files[0])
    assert scope.complete
    assert [unit.path for unit in scope.units] == ["/p/a.go", "/p/lib.h", "/p/inner.h"]
    found = {
        name: kind(made, name) for name in ("in_lib", "struct_point", "point_t", "RED", "counter", "LIMIT", "other")
    }
    assert found == {
        "in_lib": "function", "struct_point": "type", "point_t": "type", "RED": "enum", "counter": "variable", "LIMIT": "macro",
        "other": None,
    }  # fmt: skip
    resolved = scope.resolve("in_lib")
    assert resolved is not None and resolved.path == "/p/lib.h"
    assert scope.includes("inner.h") and scope.includes("lib.h") and not scope.includes("other.h")


def test_a_header_that_is_not_there_makes_the_scope_incomplete() -> None:
    made = package((cgo('#include "lib.h"'),), {"/p/lib.h": HEADER})
    assert kind(made, "in_lib") == "function" and not made.scope(made.files[0]).complete
    made = package((cgo("#include <stdlib.h>"),))
    assert not made.scope(made.files[0]).complete and made.scope(made.files[0]).includes("stdlib.h")


@pytest.mark.parametrize(
    ("preamble", "path"),
    [
        ("#cgo CFLAGS: -Iinclude\n#include <x.h>", "/p/include/x.h"),
        ("#cgo CPPFLAGS: -I ${SRCDIR}/include\n#include <x.h>", "/p/include/x.h"),
        ("#cgo linux CFLAGS: -O2 -I../include\n#include <x.h>", "/include/x.h"),
        ("#include <x.h>", "/p/x.h"),
        ('#include "sub/x.h"', "/p/sub/x.h"),
    ],
)
def test_where_headers_are_searched(preamble: str, path: str) -> None:
    made = package((cgo(preamble),), {path: b"int f(void);\n"})
    assert kind(made, "f") == "function" and made.scope(made.files[0]).complete


def test_headers_that_include_one_another_end() -> None:
    made = package(
        (cgo('#include "a.h"'),),
        {"/p/a.h": b'#include "b.h"\nint a(void);\n', "/p/b.h": b'#include "a.h"\nint b(void);\n'},
    )
    assert kind(made, "b") == "function" and made.scope(made.files[0]).complete


def test_names_are_per_file() -> None:
    made = package((cgo("int f(void);"), cgo("int g(void);", "b.go"), go("c.go", "package p\n")))
    scopes = [made.scope(file) for file in made.files]
    assert [scope.resolve("f") is not None for scope in scopes] == [True, False, False]
    assert [scope.resolve("g") is not None for scope in scopes] == [False, True, False]


def test_a_c_file_is_not_seen_but_through_a_prototype() -> None:
    made = package((cgo(""),), {"/p/lib.c": b"int f(void) { return 1; }\n"})
    assert kind(made, "f") is None


def test_scopes_are_kept_while_the_c_is_the_same() -> None:
    memo: CMemo = {}
    text = 'package p\n\n// int f(void);\nimport "C"\n\nfunc F() {}\n'
    unit = read_c_unit("/p/x.h", b"int x;\n")
    first = build_package("/p", (go("a.go", text, memo),), (unit,))
    scope = first.scope(first.files[0])
    second = build_package("/p", (go("a.go", text + "\nfunc G() {}\n", memo),), (unit,), first)
    assert second.scope(second.files[0]) is scope
    assert second.digest != first.digest
    third = build_package("/p", (go("a.go", text.replace("f(", "g("), memo),), (unit,), second)
    assert third.scope(third.files[0]).resolve("g") is not None
    fourth = build_package("/p", third.files, (read_c_unit("/p/x.h", b"int y;\n"),), third)
    assert fourth.scope(fourth.files[0]) is not third.scope(third.files[0])
