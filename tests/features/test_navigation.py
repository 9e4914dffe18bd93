"""Completion behind `C.`, signatures, definitions and references, by a `|` in Go source that marks the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgo_ls.features.completion import LIMIT, Completion, completion_text, completions
from cgo_ls.features.definitions import definitions, references
from cgo_ls.features.hover import hover
from cgo_ls.features.signature_help import Signature, signature_help
from tests.support.checker import session_of
from tests.support.go_toolchain import go_build, write_package

PATH = "/fixture/main.go"
HEADER = """/* Opens it. */
char *open_it(const char *path, int flags);
struct point { int x, y; };
enum color { RED = 1, GREEN };
int printf_like(const char *format, ...);
extern int counter;
"""
IMPL = '#include "api.h"\nint counter;\nchar *open_it(const char *path, int flags) { return (char *)path + flags; }\n'
GO = """package main

/*
#include <stdlib.h>
#include "api.h"
#define LEVEL 3
#define SQUARE(x) ((x) * (x))
typedef int (*callback)(int);
extern int goCallback(int);
static int twice(struct point *point) { return point->x * 2 + LEVEL; }
*/
import "C"

//export goCallback
func goCallback(x C.int) C.int { return x }

func main() {
	%s
}
"""


def files(body: str) -> tuple[dict[str, bytes], int]:
    text = body if body.startswith("package") else GO.replace("%s", body)
    offset = len(text[: text.index("|")].encode())
    return {"main.go": text.replace("|", "").encode(), "api.h": HEADER.encode(), "impl.c": IMPL.encode()}, offset


def offered(body: str) -> dict[str, Completion]:
    texts, offset = files(body)
    found = completions(session_of(texts).snapshot(), PATH, offset)
    return {} if found is None else {each.name: each for each in found.items}


def places(body: str, ask: str = "definitions") -> list[str]:
    """`file:line:text` of each place found."""
    texts, offset = files(body)
    snapshot = session_of(texts).snapshot()
    found = definitions(snapshot, PATH, offset) if ask == "definitions" else references(snapshot, PATH, offset)
    shown = []
    for each in found:
        name = each.path.removeprefix("/fixture/")
        text = texts[name]
        line = text[: each.span.start].count(10) + 1
        shown.append(f"{name}:{line}:{text[each.span.start : each.span.end].decode()}")
    return shown


def test_what_the_package_declares_comes_first() -> None:
    names = list(offered("_ = C.|"))
    own = [
        "GREEN",
        "LEVEL",
        "RED",
        "callback",
        "counter",
        "enum_color",
        "goCallback",
        "open_it",
        "struct_point",
        "twice",
    ]
    assert names[: len(own)] == own


def test_what_go_cannot_use_is_not_offered() -> None:
    names = offered("_ = C.|")
    assert "SQUARE" not in names
    assert "printf_like" not in names
    assert {"CString", "GoString", "int", "size_t"} <= names.keys()


def test_only_headers_that_are_included_count() -> None:
    assert "free" in offered("C.fr|")
    assert "fopen" not in offered("C.fo|")
    assert "fopen" in offered(GO.replace("<stdlib.h>", "<stdio.h>").replace("%s", "C.fo|"))
    assert "git_repository_free" in offered(GO.replace("<stdlib.h>", "<git2.h>").replace("%s", "C.git_repo|"))


def test_a_prototype_stands_beside_the_name_and_its_page_behind_it() -> None:
    texts, _ = files("C.op|")
    assert offered("C.op|")["open_it"].detail == "char *open_it(const char *path, int flags)"
    assert "Opens it." in (completion_text(session_of(texts).snapshot(), PATH, "open_it") or "")
    assert "release it with `C.free`" in (completion_text(session_of(texts).snapshot(), PATH, "strdup") or "")


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("C.poi|", "struct_point"), ("C.oi|", "open_it"), ("C.twi|", "twice"), ("C.STRU|", "struct_point")],
)
def test_letters_are_looked_for_from_the_start_of_any_word(typed: str, wanted: str) -> None:
    assert wanted in offered(typed)


@pytest.mark.parametrize(
    "body",
    [
        "x.C.|",
        "xC.|",
        "C|",
        "C.CString(|",
        '_ = "C.|"',
        "// C.|",
        "_ = `C.|`",
        "C.a b|",
        "fmt.Pr|",
        "/* C.| */",
        "package p\n\nvar _ = C.|",
    ],
)
def test_elsewhere_nothing_is_offered(body: str) -> None:
    assert offered(body) == {}


@pytest.mark.parametrize(
    "body", ["C.|", "x := C.|", "f(C.|, 3)", "if C.| {", "defer C.|", "var p *C.|", "C.op|en_it(nil, 0)"]
)
def test_code_that_is_being_written(body: str) -> None:
    assert "open_it" in offered(body)


def test_a_large_header_is_cut() -> None:
    texts, offset = files("C.f1|")
    texts["api.h"] = b"".join(b"int f%d(void);\n" % number for number in range(5000))
    found = completions(session_of(texts).snapshot(), PATH, offset)
    assert found is not None
    assert (len(found.items), found.complete, found.items[0].name) == (LIMIT, False, "f1")


def test_every_name_that_is_offered_can_be_used(tmp_path: Path) -> None:
    """cgo and the C compiler take each of them; what another system or kernel lacks is not asked for."""
    headers = ("errno", "fcntl", "math", "pthread", "signal", "stdint", "stdio", "stdlib", "string", "unistd")
    source = (
        "package main\n\n/*\n#cgo LDFLAGS: -lm\n"
        + "".join(f"#include <{name}.h>\n" for name in headers)
        + '*/\nimport "C"\n\n'
    )
    names: dict[str, Completion] = {}
    for letter in "abcdefghijklmnopqrstuvwxyz":
        texts, offset = files(f"{source}func main() {{ _ = C.{letter}| }}\n")
        found = completions(session_of(texts).snapshot(), PATH, offset)
        assert found is not None
        names |= {each.name: each for each in found.items if each.rank != 1}
    assert len(names) > 1000
    forms = {
        "type": "var _ C.{}",
        "function": "var _ = (*[0]byte)(C.{})",
        "constant": "var _ = C.{}",
        "variable": "var _ = C.{}",
    }
    lines = [
        ("var _ = float64(C.{})" if name.endswith("_MAX") else forms[each.kind]).format(name)
        for name, each in names.items()
    ]
    write_package(tmp_path, {"main.go": source + "\n".join(lines) + "\n\nfunc main() {}\n"})
    assert go_build(tmp_path).ok, go_build(tmp_path).output


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("C.op|en_it(nil, 0)", ["impl.c:3:open_it"]),
        ("_ = C.LEV|EL", ["main.go:6:LEVEL"]),
        ("C.tw|ice(nil)", ["main.go:10:twice"]),
        ("var _ C.struct_po|int", ["api.h:3:point"]),
        ("_ = C.GRE|EN", ["api.h:4:GREEN"]),
        ("_ = C.coun|ter", ["impl.c:2:counter"]),
        ("_ = C.callback(C.goCall|back)", ["main.go:15:goCallback"]),
        ("C.str|len(nil)", []),
        ("C.CStr|ing()", []),
        ("ma|in()", []),
        (GO.replace('"api.h"', '"api|.h"'), ["api.h:1:"]),
        (GO.replace("<stdlib.h>", "<std|lib.h>"), []),
        (GO.replace("* 2 + LEVEL", "* 2 + LEV|EL"), ["main.go:6:LEVEL"]),
        (GO.replace("(struct point", "(struct poi|nt"), ["api.h:3:point"]),
        (GO.replace("point->x", "poi|nt->x"), []),
        (GO.replace("extern int goC", "extern int goC|"), ["main.go:15:goCallback"]),
    ],
)
def test_definitions(body: str, wanted: list[str]) -> None:
    assert places(body) == wanted


def test_references_are_in_go_in_the_preamble_and_in_c() -> None:
    body = "_ = C.LEV|EL\n\t_ = C.LEVEL + C.RED"
    assert places(body, "references") == ["main.go:6:LEVEL", "main.go:10:LEVEL", "main.go:18:LEVEL", "main.go:19:LEVEL"]
    assert places("C.open_|it(nil, 0)", "references") == ["api.h:2:open_it", "impl.c:3:open_it", "main.go:18:open_it"]
    assert places("C.str|len(nil); C.strlen(nil)", "references") == ["main.go:18:strlen", "main.go:18:strlen"]


def test_a_hover_in_the_preamble_says_what_one_in_go_says() -> None:
    texts, offset = files(GO.replace("* 2 + LEVEL", "* 2 + LEV|EL"))
    found = hover(session_of(texts).snapshot(), PATH, offset)
    assert found is not None
    assert "#define LEVEL 3" in found.markdown
    assert texts["main.go"][found.span.start : found.span.end] == b"LEVEL"


def signature(body: str) -> Signature | None:
    texts, offset = files(body)
    return signature_help(session_of(texts).snapshot(), PATH, offset)


@pytest.mark.parametrize(
    ("body", "active"),
    [
        ("C.open_it(|)", 0),
        ("C.open_it(|", 0),
        ("C.open_it(x, |", 1),
        ("C.open_it(f(a, b), |)", 1),
        ('C.open_it(g("a, b"), |3)', 1),
        ("r := C.open_it([]int{1, 2}[0], |", 1),
    ],
)
def test_signatures(body: str, active: int) -> None:
    found = signature(body)
    assert found is not None
    assert found.label == "char *open_it(const char *path, int flags)"
    assert [found.label[start:end] for start, end in found.parameters] == ["const char *path", "int flags"]
    assert found.active == active
    assert "Opens it." in found.markdown


def test_signatures_of_libraries_and_of_what_is_none() -> None:
    found = signature("C.realloc(p, |)")
    assert found is not None
    assert [found.label[start:end] for start, end in found.parameters] == ["void *ptr", "size_t size"]
    for body in ("C.int(|)", "C.open_it(f(|))", "C.open_it()|", 'C.open_it("|")', "f(|)", "C.LEVEL(|)", "C.open_it{|"):
        assert signature(body) is None, body


def test_every_place_of_broken_files_is_answered() -> None:
    whole = GO.replace("%s", "C.open_it(C.CString(")
    for text in (
        "",
        "package",
        'package main\nimport "C"\nfunc f() { C.',
        whole,
        whole.replace("}", ""),
        whole[:200],
        "\x00C.x\xff",
    ):
        snapshot = session_of({"main.go": text.encode("utf-8", "replace"), "api.h": HEADER.encode()}).snapshot()
        for offset in range(0, len(text) + 3, 5):
            completions(snapshot, PATH, offset)
            signature_help(snapshot, PATH, offset)
            definitions(snapshot, PATH, offset)
            references(snapshot, PATH, offset)


def test_deep_nesting_is_no_recursion() -> None:
    for opened in ("(", "C.f("):
        texts, offset = files(f"C.open_it({opened * 20_000}|")
        found = signature_help(session_of(texts).snapshot(), PATH, offset)
        assert found is None
