"""Where the C names come from: the table, the picture and the line of a hover, about libraries made on the spot."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cgo_ls.features.hover import hover
from cgo_ls.features.symbol_graph import build_graph, render_dot, render_html, render_svg
from cgo_ls.text.files import MemoryFiles
from cgo_ls.workspace.disk import DiskFiles
from cgo_ls.workspace.session import Session
from cgo_ls.workspace.symbol_table import SymbolRow, build_symbol_table
from tests.support.checker import ROOT, session_of
from tests.support.libraries import with_libraries

MAIN = """package main

// #cgo LDFLAGS: -L${SRCDIR}/lib -lfoo -lbar
// #include <stdio.h>
// #define LIMIT 3
// int shown(void);
// int hidden(void);
// int weak(void);
// int mangled(int n);
// int two(int n);
// int only_there(int n);
// int kept(void);
// extern void fromGo(int n);
// static int here(void) { return 1; }
// typedef struct { int x; } point;
import "C"

//export fromGo
func fromGo(n C.int) {}

func main() {
	println(C.shown(), C.hidden(), C.weak(), C.mangled(1), C.two(1), C.only_there(1), C.kept())
	println(C.here(), C.LIMIT, C.fromGo, C.puts(nil), C.not_there())
	var p C.point
	_ = p
}
"""
FOO = """
int shown(void) { return 1; }
__attribute__((visibility("hidden"))) int hidden(void) { return 2; }
__attribute__((weak)) int weak(void) { return 3; }
"""
FILES = {
    "main.go": MAIN,
    "two.c": "static int only_there(int n) { return n; }\n\nint two(int n) { return only_there(n); }\n",
    "lib/foo.c": FOO,
    "lib/bar.cc": 'int mangled(int n) { return n; }\nextern "C" __attribute__((visibility("hidden"))) int kept(void) { return 1; }\n',
    "lib/libfoo.a": "gcc -c -fPIC lib/foo.c -o lib/foo.o && ar rcs lib/libfoo.a lib/foo.o",
    "lib/libbar.so": "g++ -shared -fPIC lib/bar.cc -o lib/libbar.so",
}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return with_libraries({name: text.encode() for name, text in FILES.items()})


@pytest.fixture(scope="module")
def rows(files: dict[str, bytes]) -> dict[str, SymbolRow]:
    return {row.name: row for row in build_symbol_table(session_of(files).snapshot(), ROOT)}


@pytest.mark.parametrize(
    ("name", "verdict", "home", "linkage", "binding", "visibility"),
    [
        ("shown", "links", "archive", "external", "global", "default"),
        ("hidden", "links", "archive", "external", "global", "hidden"),
        ("weak", "links", "archive", "external", "weak", "default"),
        ("mangled", "mangled", "shared library", "external", "global", "default"),
        ("kept", "hidden", "shared library", "internal", "local", ""),
        ("two", "links", "C file", "external", "global", "default"),
        ("only_there", "static", "C file", "internal", "local", ""),
        ("here", "links", "preamble", "internal", "local", ""),
        ("fromGo", "links", "Go", "external", "global", "default"),
        ("puts", "system", "system", "external", "global", "default"),
        ("LIMIT", "no symbol", "", "none", "", ""),
        ("point", "no symbol", "", "none", "", ""),
    ],
)
def test_rows(
    rows: dict[str, SymbolRow], name: str, verdict: str, home: str, linkage: str, binding: str, visibility: str
) -> None:
    row = rows[name]
    assert (row.verdict, row.home, row.linkage, row.binding, row.visibility) == (
        verdict,
        home,
        linkage,
        binding,
        visibility,
    )
    assert row.used[0].line in (22, 23, 24)


def test_details(rows: dict[str, SymbolRow]) -> None:
    assert rows["shown"].detail == "foo.o"
    assert rows["mangled"].detail == "mangled(int)" and 'extern "C"' in rows["mangled"].note
    assert rows["two"].defined is not None and rows["two"].defined.line == 3
    assert rows["shown"].declared is not None and rows["shown"].declared.line == 6
    assert "libbar.so" in rows["kept"].note


def test_a_changed_library_is_read_again_and_an_edit_reads_none(files: dict[str, bytes]) -> None:
    contents = {f"{ROOT}/{name}": data for name, data in files.items()}
    session = Session(MemoryFiles(contents))
    assert "C.kept" in str(session.snapshot().diagnostics_of_folder(ROOT))
    assert session.counters["objects-read"] == 2
    contents[f"{ROOT}/main.go"] = files["main.go"].replace(b"println(C.here()", b"println(C.here() + 1")
    session.file_changed(f"{ROOT}/main.go")
    session.snapshot().diagnostics_of_folder(ROOT)
    assert session.counters["objects-read"] == 2
    visible = {**FILES, "lib/bar.cc": FILES["lib/bar.cc"].replace('visibility("hidden")', 'visibility("default")')}
    contents[f"{ROOT}/lib/libbar.so"] = with_libraries({name: text.encode() for name, text in visible.items()})[
        "lib/libbar.so"
    ]
    session.file_changed(f"{ROOT}/lib/libbar.so")
    assert "C.kept" not in str(session.snapshot().diagnostics_of_folder(ROOT))
    assert session.counters["objects-read"] == 3


def test_libraries_outside_of_the_module_are_not_read(files: dict[str, bytes], tmp_path: Path) -> None:
    module, outside = tmp_path / "module", tmp_path / "outside"
    for folder in (module, outside):
        folder.mkdir()
    (outside / "libfoo.a").write_bytes(files["lib/libfoo.a"])
    (module / "libbar.so").symlink_to(outside / "libfoo.a")
    flags = f"-L../outside -lfoo {outside}/libfoo.a ${{SRCDIR}}/libbar.so"
    (module / "main.go").write_text(
        f'package main\n\n// #cgo LDFLAGS: {flags}\n// int shown(void);\nimport "C"\n\nvar _ = C.shown()\n'
    )
    session = Session(DiskFiles((str(module),)), root=str(module))
    link = session.snapshot().package(str(module)).package.link
    assert not link.libraries and len(link.unresolved) == 3
    assert session.counters["objects-read"] == 0


def test_the_hover_says_it(files: dict[str, bytes]) -> None:
    snapshot = session_of(files).snapshot()

    def said(name: str) -> str:
        found = hover(snapshot, f"{ROOT}/main.go", MAIN.index(f"C.{name}") + 3)
        assert found is not None
        return found.markdown

    assert "Symbol: external, global, hidden visibility; linked from libfoo.a (`lib/libfoo.a(foo.o)`)" in said("hidden")
    assert "**Does not build**: static in two.c" in said("only_there")
    assert "Symbol" not in said("LIMIT")


def test_pictures(rows: dict[str, SymbolRow]) -> None:
    graph = build_graph(rows.values(), ROOT)
    names = graph.columns[1]
    assert "C.shown" in names and "C.LIMIT" not in names
    assert graph.columns[0] == ("main.go",)
    assert {"lib/libfoo.a(foo.o)", "two.c", "lib/libbar.so"} <= set(graph.columns[2])
    svg = ElementTree.fromstring(render_svg(graph))
    paths = [each for each in svg.iter() if each.tag.endswith("path")]
    assert len(paths) == len(graph.edges)
    dot = render_dot(graph)
    assert dot.count("->") == len(graph.edges) and dot.count("{") == dot.count("}")
    page = render_html(graph, rows.values())
    assert not re.search(r"<script|https?://(?!www\.w3\.org)|<link|<img", page)
    assert page.count("<tr>") == len(rows) + 1


def test_names_in_pictures_are_only_text() -> None:
    hostile = {"main.go": b'package main\n\n// int f(void);\nimport "C"\n\nfunc main() { C.f() }\n'}
    rows = build_symbol_table(session_of(hostile, '/<b>"&').snapshot(), '/<b>"&')
    graph = build_graph(rows, '/<b>"&')
    ElementTree.fromstring(render_svg(graph))
    assert "<b>" not in render_html(graph, rows)
