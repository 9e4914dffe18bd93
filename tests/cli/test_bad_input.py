"""Odd files, odd folders, broken rules: a clear sentence or silence, never a traceback, a hang, or a lost finding."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cgo_ls.cli import folder, pool
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FunctionContext, Rule
from cgo_ls.text.files import FileSystem
from cgo_ls.workspace import engine
from cgo_ls.workspace.session import Snapshot
from tests.cli.deadly import deadly_batch
from tests.cli.support import CLEAN, LEAK, Here, Run, cgo_ls, write

IMPORT = '// #include <stdlib.h>\nimport "C"\n\n'
BROKEN = {
    "unclosed brace": LEAK + "\nfunc f() {\n\tif x {\n",
    "unclosed string": LEAK + '\nvar s = "abc\n',
    "unclosed raw string": LEAK + "\nvar s = `abc\n",
    "unclosed comment": LEAK + "\n/* abc\n",
    "no newline at end": LEAK.rstrip("\n"),
    "mixed line ends": LEAK.replace("}\n", "}\r\n").replace('"C"\n', '"C"\r'),
    "BOM": "\ufeff" + LEAK,
    "only the import": 'import "C"',
    "two package clauses": LEAK + LEAK,
    "NUL": LEAK + "\0\0\0",
}
JUNK = {
    "binary": b'\x7fELF\x02\x01import "C"\n' + bytes(range(256)) * 40,
    "invalid UTF-8": LEAK.encode().replace(b"greet", b"gr\xff\xfeet"),
    "UTF-16": LEAK.encode("utf-16"),
    "nested parentheses": ("package p\n\n" + IMPORT + "var x = " + "(" * 50_000 + "1" + ")" * 50_000 + "\n").encode(),
    "nested blocks": ("package p\n\n" + IMPORT + "func f() " + "{" * 50_000 + "}" * 50_000 + "\n").encode(),
    "nested calls": ("package p\n\n" + IMPORT + "func f() { C.g" + "(C.CString" * 50_000 + "\n").encode(),
    "nested C": ("package p\n\n/*\nint x = " + "(" * 50_000 + "1" + ")" * 50_000 + ';\n*/\nimport "C"\n').encode(),
    "unclosed nesting": ("package p\n\n" + IMPORT + "func f() { x(" + "[" * 50_000).encode(),
    "one long line": ("package p\n\n" + IMPORT + "func f() { " + "C.free(nil); " * 80_000 + "}\n").encode(),
}


def neighbours(text: str | bytes, folder: Path) -> Path:
    return write(folder, {"go.mod": "module m\n", "a/a.go": text, "b/b.go": LEAK})


def only_the_neighbour_is_sure(run: Run) -> None:
    assert run.report["errors"] == []
    assert run.code == 1
    assert [d["rule"] for d in run.report["diagnostics"] if d["path"].endswith("b.go")] == ["leaked-c-memory"]


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_files_take_nothing_with_them(text: str, tmp_path: Path, here: Here) -> None:
    only_the_neighbour_is_sure(here("check", "--format", "json", str(neighbours(text, tmp_path))))


@pytest.mark.parametrize("data", JUNK.values(), ids=JUNK)
def test_junk_takes_nothing_with_it(data: bytes, tmp_path: Path) -> None:
    """In a process of its own: the parser's C code may not crash, and Python's recursion limit is the real one."""
    only_the_neighbour_is_sure(cgo_ls("check", "--format", "json", str(neighbours(data, tmp_path)), timeout=120))


def test_what_stands_before_the_break_is_still_found(tmp_path: Path, here: Here) -> None:
    for index, name in enumerate(("unclosed brace", "no newline at end", "BOM", "NUL", "unclosed comment")):
        write(tmp_path, {f"p{index}/a.go": BROKEN[name]})
    found = here("check", "--format", "json", str(tmp_path)).report["diagnostics"]
    assert [d["rule"] for d in found] == ["leaked-c-memory"] * 5


def test_odd_files(tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "module m\n", "a.go": LEAK, "big.go": "", "big.h": '#error "never read"\n'})
    (tmp_path / "big.go").write_bytes(LEAK.encode())
    os.truncate(tmp_path / "big.go", 64 << 20)
    os.truncate(tmp_path / "big.h", 64 << 20)
    os.mkfifo(tmp_path / "pipe.go")
    os.mkfifo(tmp_path / "pipe.h")
    os.symlink("/dev/zero", tmp_path / "zero.go")
    os.symlink("loop.go", tmp_path / "loop.go")
    os.symlink(".", tmp_path / "again")
    (tmp_path / "a.go").write_text(
        LEAK.replace("#include <stdlib.h>", '#include <stdlib.h>\n#include "pipe.h"\n#include "big.h"')
    )
    run = cgo_ls("check", "--format", "json", str(tmp_path), timeout=20)
    assert run.code == 1, "what is met on the way is no misuse"
    assert [(Path(e["path"]).name, e["kind"], e["message"]) for e in run.report["errors"]] == [
        ("big.go", "input", "larger than 8 MiB, not checked"),
        ("loop.go", "input", "too many levels of symbolic links, not checked"),
        ("pipe.go", "input", "not a regular file, not checked"),
        ("zero.go", "input", "not a regular file, not checked"),
    ]
    assert [d["rule"] for d in run.report["diagnostics"]] == ["leaked-c-memory"]


def test_odd_files_named_outright_are_misuse(tmp_path: Path, here: Here) -> None:
    write(tmp_path, {"notes.txt": "", "a.go": CLEAN})
    os.mkfifo(tmp_path / "pipe.go")
    for name, words in (("notes.txt", "neither a folder nor a Go or C file"), ("pipe.go", "not a regular file")):
        run = here("check", name, cwd=tmp_path)
        assert (run.code, run.out) == (2, b"")
        assert f"{name}: {words}" in run.err


def test_unreadable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    """The superuser can read anything: the refusal is put in where the system would give it."""
    from cgo_ls.__main__ import main

    write(tmp_path, {"a/a.go": LEAK, "shut/b.go": LEAK})
    real = os.scandir

    def scandir(path):
        if os.path.basename(os.fspath(path)) == "shut":
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    assert main(["check", str(tmp_path)]) == 1
    assert f"{tmp_path}/shut: permission denied" in capfd.readouterr().err
    assert main(["check", str(tmp_path / "shut")]) == 2


@pytest.mark.parametrize("text", ["version = 1\nexclud = []\n", "\0", "version = 2\n", "[[["])
def test_malformed_config_is_said_and_the_rest_is_checked(text: str, tmp_path: Path, here: Here) -> None:
    write(tmp_path, {"go.mod": "module m\n", ".cgo-ls.toml": text, "a/a.go": LEAK, "b/b.go": LEAK})
    run = here("check", "--format", "json", ".", cwd=tmp_path)
    assert run.code == 2
    assert [(error["path"], error["kind"]) for error in run.report["errors"]] == [(".cgo-ls.toml", "config")]
    assert len(run.report["diagnostics"]) == 2


# --- rules and workers that fail


def failing(name: str, fail: Callable[[], None]) -> Rule:
    def check(context: FunctionContext) -> Iterator[Finding]:
        fail()
        yield Finding(context.analysis.cfg.span, "never said")

    return Rule(name, "memory", "error", "function", "0.1", False, check, __name__)


def raises() -> None:
    raise KeyError("no such thing")


def recurses() -> None:
    recurses()


def test_a_rule_that_fails_takes_no_other_with_it(tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"go.mod": "module m\n", "a.go": LEAK})
    rules = (failing("raising-rule", raises), failing("recursing-rule", recurses), *engine.FUNCTION_RULES.all)
    monkeypatch.setattr(engine, "FUNCTION_RULES", engine.RuleSet(rules))
    run = here("check", "--format", "json", ".", cwd=tmp_path)
    assert run.code == 2
    assert [d["rule"] for d in run.report["diagnostics"]] == ["leaked-c-memory"]
    assert [(e["path"], e["kind"], e["rule"]) for e in run.report["errors"]] == [
        ("a.go", "internal", "raising-rule"),
        ("a.go", "internal", "recursing-rule"),
    ]
    text = here("check", ".", cwd=tmp_path)
    assert text.code == 2
    assert "a.go: [raising-rule] KeyError" in text.err
    assert "[leaked-c-memory]" in text.text


def test_a_folder_that_fails_takes_no_other_with_it(
    tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"go.mod": "module m\n", "a/a.go": LEAK, "b/b.go": LEAK})
    real = folder.take_snapshot

    def take_snapshot(files: FileSystem, task: folder.Task) -> Snapshot:
        if task.directory.endswith("a"):
            raises()
        return real(files, task)

    monkeypatch.setattr(folder, "take_snapshot", take_snapshot)
    run = here("check", "--format", "json", ".", cwd=tmp_path)
    assert run.code == 2
    assert [d["path"] for d in run.report["diagnostics"]] == ["b/b.go"]
    (error,) = run.report["errors"]
    assert (error["path"], error["kind"]) == ("a", "internal")
    assert error["message"].startswith("internal error: KeyError: ")


def test_a_worker_that_dies_costs_its_folder_only(tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"go.mod": "module m\n", **{f"p{index}/a.go": LEAK for index in range(6)}, "deadly/a.go": LEAK})
    monkeypatch.setattr(pool, "_check_batch", deadly_batch)
    run = here("check", "--format", "json", "--jobs", "2", ".", cwd=tmp_path)
    assert run.code == 2
    assert [d["path"] for d in run.report["diagnostics"]] == [f"p{index}/a.go" for index in range(6)]
    assert [(e["path"], e["kind"], e["message"]) for e in run.report["errors"]] == [
        ("deadly", "internal", "internal error: the process that checked this folder died")
    ]
