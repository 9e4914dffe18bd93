"""Folders as nobody would make them (R9): what can be read is analysed, the rest is as if it were not there."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from cgo_ls.text.document import Document
from cgo_ls.text.files import MemoryFiles
from cgo_ls.workspace.disk import DiskFiles
from cgo_ls.workspace.session import Session
from tests.workspace.sources import FILES
from tests.workspace.support import ROOT, Editor

GOOD = (
    'package p\n\n// #include <stdlib.h>\n// #include <stdio.h>\n// #include "odd.h"\nimport "C"\n\n'
    "func f(s string) {\n\tp := C.CString(s)\n\tC.puts(p)\n}\n"
)
LEAK = [("f", "leaked-c-memory")]


def rules(folder: Path) -> list[tuple[str, str]]:
    snapshot = Session(DiskFiles((str(folder),)), root=str(folder)).snapshot()
    assert snapshot.errors(str(folder)) == ()
    return [(found.function, found.rule) for found in snapshot.diagnostics_of_folder(str(folder))]


def folder_of(tmp_path: Path) -> Path:
    (tmp_path / "go.mod").write_text("module m\n")
    (tmp_path / "a.go").write_text(GOOD)
    return tmp_path


def test_a_fifo_and_a_device_are_no_headers(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    os.mkfifo(folder / "odd.h")
    os.mkfifo(folder / "pipe.go")
    (folder / "zero.c").symlink_to("/dev/zero")
    assert rules(folder) == LEAK


def test_a_header_that_leads_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "outside.h").write_text("static inline int puts2(char *p) { free(p); return 0; }\n")
    (tmp_path / "in").mkdir()
    folder = folder_of(tmp_path / "in")
    (folder / "odd.h").symlink_to(tmp_path / "outside.h")
    (folder / "a.go").write_text(GOOD.replace("C.puts(p)", "C.puts2(p)"))
    snapshot = Session(DiskFiles((str(folder),)), root=str(folder)).snapshot()
    assert [unit.path for unit in snapshot.package(str(folder)).package.c_units] == []


def test_links_that_lead_in_circles(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "odd.h").symlink_to(folder / "b.h")
    (folder / "b.h").symlink_to(folder / "odd.h")
    (folder / "self").symlink_to(folder)
    (folder / "loop.go").symlink_to(folder / "loop.go")
    assert rules(folder) == LEAK


def test_headers_that_include_one_another(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "odd.h").write_text('#include "b.h"\n#include "odd.h"\n')
    (folder / "b.h").write_text('#include "odd.h"\n#include "a.go"\n#include "."\n#include ""\n')
    assert rules(folder) == LEAK


def test_names_that_are_no_text(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    for name in (b"new\nline.go", b"\xff\xfe.go", b"\xff.h", b" .go", b"-.c", b"%s.go"):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(GOOD.replace("func f", "func g").encode() if name.endswith(b".go") else b"int x;\n")
    assert sorted(rules(folder)) == sorted([*LEAK, *[("g", "leaked-c-memory")] * 4])


def test_folders_and_empty_files_with_the_names_of_sources(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "folder.go").mkdir()
    (folder / "odd.h").mkdir()
    (folder / "empty.go").write_text("")
    (folder / "empty.c").write_text("")
    assert rules(folder) == LEAK


def test_an_unreadable_file_and_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "b.go").write_text(GOOD)
    (folder / "b.go").chmod(0)
    (folder / "include").mkdir(mode=0)
    expected = LEAK * 2 if os.access(folder / "b.go", os.R_OK) else LEAK  # root reads everything
    assert rules(folder) == expected
    (folder / "include").chmod(0o700)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert rules(tmp_path / "missing") == []


def test_large_files_are_left_alone(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "b.go").write_bytes(GOOD.encode() + b"// x\n" * (2 << 20))
    (folder / "odd.h").write_bytes(b"int x;\n" * (2 << 20))
    assert rules(folder) == LEAK


def test_a_line_of_a_megabyte(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "b.go").write_text(
        GOOD.replace("func f", "func g").replace("C.puts(p)", "C.puts(p); _ = " + "1 + " * (1 << 18) + "1")
    )
    (folder / "odd.h").write_text("int a" + ", a" * (1 << 17) + ";\n")
    assert ("f", "leaked-c-memory") in rules(folder)


def test_a_tower_of_braces(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "b.go").write_text(GOOD.replace("func f", "func g").replace("\tC.puts(p)\n", "{" * 50_000 + "\n"))
    (folder / "odd.h").write_text("struct a {" * 50_000)
    assert ("f", "leaked-c-memory") in rules(folder)


@pytest.mark.parametrize("seed", range(3))
def test_junk_beside_good_files_takes_nothing_away(seed: int) -> None:
    pick = random.Random(seed)
    files = {f"{ROOT}/{name}": text.encode() for name, text in FILES.items()}
    good = Session(MemoryFiles(files), root=ROOT).snapshot().diagnostics_of_folder(ROOT)
    for _ in range(40):
        junk = pick.randbytes(pick.randint(0, 400))
        if pick.random() < 0.5:
            junk = b"".join(
                pick.choice((b"func ", b"C.", b'import "C"', b"{", b"/*", b"`", b"\n", junk[:9])) for _ in range(60)
            )
        name = pick.choice(("junk.go", "junk.c", "junk.h", "junk_test.go"))
        session = Session(MemoryFiles({**files, f"{ROOT}/{name}": junk}), root=ROOT)
        found = session.snapshot().diagnostics_of_folder(ROOT)
        assert session.snapshot().errors(ROOT) == (), f"seed {seed}"
        own = [one for one in found if not one.path.endswith(name)]
        assert {(one.path, one.rule, one.span) for one in good} >= {(one.path, one.rule, one.span) for one in own}, (
            f"seed {seed}"
        )


def test_a_draft_of_junk_of_any_name() -> None:
    editor = Editor(dict(FILES))
    for name in ("x.go", "x.c", "include/api.h", "x", "go.mod", ".cgo-ls.toml", "sub/y.go"):
        editor.open(name, bytes(range(256)) * 20)
        editor.diagnostics()
        editor.splice(name, 3, 9, b"\xff{`")
        editor.diagnostics()
    assert ("leak", "leaked-c-memory") in editor.rules()
    for name in list(editor.drafts):
        editor.close(name)
    assert editor.diagnostics() == Editor(dict(FILES)).diagnostics()


def test_paths_at_the_root_of_the_disk() -> None:
    session = Session(MemoryFiles({"/a.go": GOOD.encode()}))
    assert [found.rule for found in session.snapshot().diagnostics("/a.go")] == ["leaked-c-memory"]
    session.open("/a.go", Document.build("a", 1, b"package p\n"))
    assert session.snapshot().diagnostics("/a.go") == ()
    session.close("/a.go")
    session.file_changed("/")
    assert len(session.snapshot().diagnostics("/a.go")) == 1
