"""The split into declarations: what it finds, what does not fool it, what a broken text costs."""

from __future__ import annotations

import pytest

from cgo_ls.syntax.declarations import BOM, split
from tests.go_side.support import BASE, texts


def kinds(data: bytes) -> list[str]:
    return [f"{found.kind} {found.name}".strip() for found in split(data).declarations]


def test_regions_hold_the_doc_and_the_comment_behind() -> None:
    found = split(BASE)
    regions = {name or kind: text for kind, name, text in texts(BASE, found)}
    assert list(regions) == ["p", "C", "import", "F", "T", "var", "T.M"]
    assert regions["p"] == "// Package p does it.\npackage p"
    assert regions["C"].startswith("/*\n#include") and regions["C"].endswith('import "C" // the C side')
    assert regions["F"].startswith("// F frees") and regions["F"].endswith("} // the end of F")
    assert regions["T"] == "type T struct{ p *C.char }"
    assert [BASE[span.start : span.end] for span in found.detached] == [
        b"// License.",
        b"//go:build linux",
        b"// Detached.",
        b"/* also detached */",
    ]


def test_offsets_are_those_of_the_file() -> None:
    for found in split(BASE).declarations:
        assert BASE[found.keyword :].startswith(found.kind.encode())
        assert found.region.start == (found.doc[0].start if found.doc else found.keyword)
        assert all(BASE[span.start :].startswith((b"//", b"/*")) for span in found.doc)


def test_equal_text_has_equal_digest_wherever_it_stands() -> None:
    one, two = split(b"package p\n\nfunc f() {}\n"), split(b"// x\n\npackage p\n\n\n\nfunc f() {}")
    assert [found.digest for found in one.declarations] == [found.digest for found in two.declarations]
    assert one.declarations[1].chunk == two.declarations[1].chunk


def test_strings_and_comments_do_not_fool_it() -> None:
    data = b"package p\n\nvar a = `\nfunc x() {\n`\n\n/*\ntype C int\n*/\n"
    data += b'func f() {\n\t_ = "/*"\n\t_ = \'`\'\n\t_ = "`"\n}\n\nvar b = 1\n'
    assert kinds(data) == ["package p", "var a", "func f", "var b"]


def test_a_missing_brace_costs_one_declaration() -> None:
    data = b"package p\n\nfunc a() {\n\tif x {\n}\n\nfunc b() {}\n\nfunc c() {}\n"
    assert kinds(data) == ["package p", "func a", "func b", "func c"]
    assert kinds(data.replace(b"func b() {}", b"func b() {}}}")) == kinds(data)


@pytest.mark.parametrize("open_end", [b'"abc', b"'a", b'"abc\\', b"'"])
def test_an_open_string_ends_with_its_line(open_end: bytes) -> None:
    assert kinds(b"package p\n\nvar a = " + open_end + b"\n\nfunc f() {}\n") == ["package p", "var a", "func f"]


@pytest.mark.parametrize("open_end", [b"`abc", b"/* abc"])
def test_an_open_raw_string_or_block_comment_takes_the_rest_as_in_go(open_end: bytes) -> None:
    found = split(b"package p\n\nvar a = 1 " + open_end + b"\n\nfunc f() {}\n")
    assert [each.kind for each in found.declarations] == ["package", "var"]
    assert found.detached == ()


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n\n", b" // end", b"\x00"])
def test_ends_of_file(end: bytes) -> None:
    assert kinds(b"package p\n\nfunc f() {}" + end) == ["package p", "func f"]


def test_crlf() -> None:
    data = BASE.replace(b"\n", b"\r\n")
    assert kinds(data) == kinds(BASE)
    assert [len(found.doc) for found in split(data).declarations] == [
        len(found.doc) for found in split(BASE).declarations
    ]


def test_bom_is_before_column_0() -> None:
    found = split(BOM + b"package p\n")
    assert found.bom and found.declarations[0].region.start == 3
    assert not split(b"package p\n").bom


def test_a_keyword_needs_an_end_and_column_0() -> None:
    data = b"package p\n\nfunctional := 1\ntype_ := 2\nvar\xc3\xa9 := 3\n func g() {}\n\nfunc(t T) m() {}\n"
    assert kinds(data) == ["package p", "func T.m"]


def test_code_before_the_first_keyword_is_a_declaration_of_its_own() -> None:
    data = b"// top\n\npackag p\n\n// doc\nfunc f() {}\n"
    assert texts(data, split(data)) == [("other", "", "// top\n\npackag p"), ("func", "f", "// doc\nfunc f() {}")]
    assert split(data).declarations[0].keyword == 8


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\x00", b"`", b'"', b"/*", b"//", b"\xef\xbb\xbf", b"\xef\xbb", b"'", b"/", b"\\"]
)
def test_tiny_texts(data: bytes) -> None:
    found = split(data)
    assert len(found.gaps) == len(found.declarations) + 1


@pytest.mark.parametrize(
    ("text", "doc"),
    [
        (b'// a\nimport "C"', [b"// a"]),
        (b'// a\n\nimport "C"', []),
        (b'// a\n\n// b\nimport "C"', [b"// b"]),
        (b'// a\n/* b */\nimport "C"', [b"// a", b"/* b */"]),
        (b'/* a\n\n\n*/ // b\n// c\nimport "C"', [b"/* a\n\n\n*/", b"// b", b"// c"]),
        (b'/* a */ import "C"', []),
        (b'/* a\n*/ import "C"', []),
        (b'var x = 1 // a\nimport "C"', []),
        (b'var x = 1 // a\n// b\nimport "C"', [b"// b"]),
        (b'var x = 1 /* a\n*/ // b\n// c\nimport "C"', [b"// c"]),
        (b'var x = 1 /* a\n*/\nimport "C"', []),
        (b'// a\n\t// b\nimport "C"', [b"// a", b"// b"]),
        (b'// a\r\nimport "C"', [b"// a\r"]),
    ],
)
def test_doc_groups(text: bytes, doc: list[bytes]) -> None:
    data = b"package p\n\n" + text + b"\n"
    found = split(data).declarations[-1]
    assert found.kind == "import"
    assert [data[span.start : span.end] for span in found.doc] == doc


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"func (r *T[K, V]) M() {}", "T.M"),
        (b"func (T) M() {}", "T.M"),
        (b"func (r T)M[X any]() {}", "T.M"),
        (b"func F[X any]() {}", "F"),
        (b"func \xc3\xa9t() {}", "ét"),
        (b"func (", ""),
        (b'import x "a/b"', "a/b"),
        (b"import `C`", "C"),
        (b'import (\n"a"\n)', ""),
        (b"type T = int", "T"),
        (b"const a, b = 1, 2", "a"),
        (b"var (\na int\n)", ""),
    ],
)
def test_names(text: bytes, name: str) -> None:
    assert split(text).declarations[0].name == name


def test_large_and_odd_texts_stay_linear_and_whole() -> None:
    deep = b"package p\n\nfunc f() {\n" + b"{(" * 50_000 + b"\n\nfunc g() {}\n"
    assert kinds(deep) == ["package p", "func f", "func g"]
    assert kinds(b'package p\n\nvar a = "' + b"\\x00" * 300_000 + b'"\n\nfunc g() {}\n') == [
        "package p",
        "var a",
        "func g",
    ]
    junk = bytes(range(256)) * 4000
    assert len(split(junk).gaps) == len(split(junk).declarations) + 1
    comments = split(b"package p\n" + b"// x\n" * 100_000 + b"func f() {}\n")
    assert len(comments.declarations[1].doc) == 100_000
