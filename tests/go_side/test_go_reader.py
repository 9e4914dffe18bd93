"""What is read from one declaration: signatures, imports, uses of C, calls, exports, types."""

from __future__ import annotations

import pytest

from cgo_ls.model.go_facts import NO_FACTS, DeclarationFacts
from cgo_ls.model.go_reader import PARSE_LIMIT, read_declaration
from cgo_ls.model.go_types import GoType, base_name, find_field, find_struct
from cgo_ls.syntax.declarations import split
from cgo_ls.text.span import Span


def facts(text: str | bytes) -> DeclarationFacts:
    data = text.encode() if isinstance(text, str) else text
    found = split(data).declarations[-1]
    return read_declaration(data[found.start : found.end], found.chunk)


def uses(text: str) -> list[str]:
    """Each use of C, `!` behind a call, `2` behind a two-value call, in brackets outside of bodies."""
    marks = []
    for use in facts(text).c_references:
        mark = use.name + "!" * use.call + "2" * use.two_value
        marks.append(mark if use.in_function else f"[{mark}]")
    return marks


def signature(text: str) -> tuple[str, list[str], list[str]]:
    function = facts(text).function
    assert function is not None
    parameters = [f"{each.name} {each.type}".strip() for each in function.parameters]
    return function.qualified, parameters, [f"{each.name} {each.type}".strip() for each in function.results]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("func F() {}", ("F", [], [])),
        ("func F(a, b int, c ...string) error {}", ("F", ["a int", "b int", "c ...string"], ["error"])),
        ("func F(int, *C.char) (n C.int, err error) {}", ("F", ["int", "*C.char"], ["n C.int", "err error"])),
        ("func F(f func(int) (a, b string)) (x, y int)", ("F", ["f func(int) (a, b string)"], ["x int", "y int"])),
        ("func (t *T) M(_ unsafe.Pointer) []byte {}", ("T.M", ["_ unsafe.Pointer"], ["[]byte"])),
        ("func (T[K, V]) M() {}", ("T.M", [], [])),
        ("func (t T) N[X any](x X) X { return x }", ("T.N", ["x X"], ["X"])),
        ("func F[X any](x X) {", ("F", ["x X"], [])),
        ("func F(a int) (b", ("F", ["a int"], ["b"])),
    ],
)
def test_signatures(text: str, expected: tuple[str, list[str], list[str]]) -> None:
    assert signature(text) == expected


def test_spans_are_relative_to_the_region() -> None:
    text = b"package p\n\n// doc\nfunc (t *T) F(a int) { C.g() }\n"
    found = split(text).declarations[-1]
    read = read_declaration(text[found.start : found.end], found.chunk)
    assert read.function is not None and read.function.body is not None
    region = text[found.start : found.end]

    def cut(span: Span) -> bytes:
        return region[span.start : span.end]

    assert cut(read.function.name_span) == b"F"
    assert cut(read.function.body) == b"{ C.g() }"
    assert cut(read.function.parameters[0].span) == b"a"
    assert [cut(use.span) for use in read.c_references] == [b"C.g"]
    assert [cut(use.name_span) for use in read.c_references] == [b"g"]


def test_generic_functions_are_marked() -> None:
    for text, generic in (
        ("func F[T any]() {}", True),
        ("func (t T) M[X any]() {}", True),
        ("func F() [2]int {}", False),
    ):
        function = facts(text).function
        assert function is not None and function.generic is generic


def test_uses_of_c() -> None:
    body = """func F(p *C.char) C.int {
	x, err := C.a(C.CString("s"))
	y, z := C.b(), C.c()
	var v, w = (C.d)(1)
	q, err = ((C.e(2)))
	defer C.free(unsafe.Pointer(x))
	go func() { C.f() }()
	_, ok := m[C.g]
	_ = []C.h{C.i}
	_ = C.struct_j{k: C.l}
	s := C . m
	return C.int(y)
}"""
    assert " ".join(uses(body)) == "[char] [int] a!2 CString! b! c! d!2 e!2 free! f! g h i struct_j l m int!"


def test_uses_of_c_outside_of_functions() -> None:
    assert uses("var v = C.f(C.g)") == ["[f!]", "[g]"]
    assert uses("var v, err = C.f()") == ["[f!2]"]
    assert uses("var v = func() { C.f() }") == ["f!"]
    assert uses("type T struct { p *C.char; q [C.N]int }") == ["[char]", "[N]"]
    assert uses("const c = C.A") == ["[A]"]


def test_no_use_of_c() -> None:
    assert uses('func F() { x.C.y(); "C.z"; ABC.d() } // C.e') == []
    assert facts("var v = 1") is NO_FACTS


def test_unfinished_uses_of_c() -> None:
    assert uses("func F() {\n\tx := C.\n\ty()\n\tC.g()\n}") == ["g!"]
    assert uses("func F() {\n\tx := C.\n\tC.g()\n}") == []
    assert [use.name for use in facts("func F() {\n\tC.g(C.h(\n}").c_references] == ["g", "h"]


def test_calls_by_name() -> None:
    read = facts(
        "func F() { a(); b.c(); a(); (d)(); C.e(); func() { f(g()) }(); h[int](); p.q.r(); defer s(); i[0]() }"
    )
    # `i[0]()` looks like `i[T]()`.
    assert set(read.calls) == {"a", ".c", "d", "f", "g", "h", ".r", "s", "i"}
    assert read.calls[:2] == ("a", ".c")
    assert facts("var v = f()").calls == ()


@pytest.mark.parametrize(
    ("doc", "names"),
    [
        ("//export F", ["F"]),
        ("// doc\n//export F\n//export G", ["F", "G"]),
        ("//export  F  ", ["F"]),
        ("// export F", []),
        ("//export", []),
        ("//export ", []),
        ("//exported F", []),
        ("/* x */\n//export F", ["F"]),
        ("//export F\n", []),
    ],
)
def test_exports(doc: str, names: list[str]) -> None:
    assert [export.name for export in facts(f"package p\n\n{doc}\nfunc F() {{}}").exports] == names


def test_export_only_for_functions() -> None:
    assert facts("package p\n\n//export x\nvar x = C.y").exports == ()


@pytest.mark.parametrize(
    ("text", "expected", "grouped"),
    [
        ('// a\nimport "C"', [("C", None, 1)], False),
        ('// a\nimport ("C")', [("C", None, 1)], True),
        ('// a\nimport (\n"C"\n)', [("C", None, 1)], True),
        ('// a\nimport (\n// b\n// c\n"C"\n)', [("C", None, 2)], True),
        ('// a\nimport (\n"C"\n"fmt"\n)', [("C", None, 0), ("fmt", None, 0)], True),
        ('import (\n"fmt" // a\n// b\n"C"\n)', [("fmt", None, 0), ("C", None, 1)], True),
        ('import (\n"fmt" // a\n"C"\n)', [("fmt", None, 0), ("C", None, 0)], True),
        ('import (\n// a\n\n"C"\nx "fmt"\n)', [("C", None, 0), ("fmt", "x", 0)], True),
        ('import ( // a\n"C"\n"fmt"\n)', [("C", None, 0), ("fmt", None, 0)], True),
        ('import (\n/* a */ "C"\n"fmt"\n)', [("C", None, 0), ("fmt", None, 0)], True),
        ('// a\nimport c "C"', [("C", "c", 1)], False),
        ('// a\nimport . "C"', [("C", ".", 1)], False),
        ('// a\nimport _ "C"', [("C", "_", 1)], False),
        ('// a\nimport "C"; import "fmt"', [("C", None, 1), ("fmt", None, 0)], False),
        ('package p; import "C"', [("C", None, 0)], False),
        ('// a\nimport "C', [("C", None, 1)], False),
        ('import (\n"fmt"\n// a\n"C"\n', [("fmt", None, 0), ("C", None, 1)], True),
        ('import (\n"fmt",\n// a\n"C"\n)', [("fmt", None, 0), ("C", None, 1)], True),
        ('import (\n\t"C"\n\t"un', [("C", None, 0)], True),
        ("import C", [], False),
    ],
)
def test_imports(text: str, expected: list[tuple[str, str | None, int]], grouped: bool) -> None:
    read = facts(text)
    assert [(spec.path, spec.alias, len(spec.doc)) for spec in read.imports] == expected
    assert read.grouped is grouped


def test_types() -> None:
    text = """type (
	S struct { a, b int; *T; u.V; c *C.char `tag` }
	A = *C.struct_x
	B = struct { x int }
	D []C.int
	G[K any] map[K]S
	I interface{ M() }
	F func(int)
)"""
    types = {each.name: each for each in facts(text).types}
    assert {name: each.kind for name, each in types.items()} == {
        "S": "struct", "A": "alias", "B": "struct", "D": "defined", "G": "defined", "I": "interface", "F": "other",
    }  # fmt: skip
    fields = [(field.name, field.type, field.embedded) for field in types["S"].fields]
    assert fields == [
        ("a", "int", False), ("b", "int", False), ("T", "*T", True), ("V", "u.V", True), ("c", "*C.char", False),
    ]  # fmt: skip
    assert (types["A"].underlying, types["D"].underlying, types["I"].underlying) == (
        "*C.struct_x",
        "[]C.int",
        "interface",
    )
    assert types["G"].generic and not types["S"].generic


@pytest.mark.parametrize(
    "text",
    ["type T int", "type T = int", "type T struct{ p *C.char }", "type (\nA int\n)", "type T struct {\n\tG[int]\n}"],
)
def test_a_type_needs_no_newline_behind(text: str) -> None:
    read = facts(text)
    assert len(read.types) == 1 and not read.has_error


def test_fields_are_found_through_embedding_and_aliases() -> None:
    text = "type (\nA struct { *B; x int; R R }\nB struct { y C; A }\nC = D\nD struct { z int; E }\nR R\nL = L\n)"
    types: dict[str, GoType] = {each.name: each for each in facts(text).types}

    def field(type_text: str, name: str) -> str | None:
        found = find_field(type_text, name, types.get)
        return found.type if found else None

    assert field("*A", "x") == "int" and field("A", "y") == "C" and field("C", "z") == "int"
    assert field("A", "nope") is None and field("[]A", "x") is None and field("L", "x") is None
    assert find_struct("*C", types.get) is types["D"] and find_struct("R", types.get) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("T", "T"),
        ("*T", "T"),
        ("p.T", "p.T"),
        ("*C.char", "C.char"),
        ("T[int]", "T"),
        ("[]T", None),
        ("**T", None),
        ("func()", None),
    ],
)
def test_base_name(text: str, name: str | None) -> None:
    assert base_name(text) == name


@pytest.mark.parametrize(
    ("deep", "found"), [(30_000, ["f"]), (50_000, [])], ids=["in reach", "beyond the query's depth"]
)
def test_nesting_does_not_matter(deep: int, found: list[str]) -> None:
    read = facts(b"func F() {\n" + b"{" * deep + b"C.f()" + b"}" * deep + b"\n}")
    assert [use.name for use in read.c_references] == found
    assert facts(b"func F() { x := " + b"(" * deep + b"C.f() }").has_error
    assert facts(b"var x = " + b"[]" * deep + b"C.int{}") is not None
    assert facts(b"type T " + b"struct { a " * deep) is not None


def test_a_generated_table_is_not_parsed() -> None:
    read = facts(b"var x = []int{C.a, " + b"1, " * (PARSE_LIMIT // 3) + b"}")
    assert read == DeclarationFacts(has_error=True)


def test_bad_utf8_is_replaced() -> None:
    read = facts(b'func F(a\xff int) { C.f\xc3\xa9("\xfe"); C.g() }')
    assert read.function is not None
