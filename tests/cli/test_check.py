"""`cgo-ls check`: what it prints, in which form, and how it exits."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cgo_ls import __version__
from tests.cli.support import CLEAN, LEAK, PLAIN, Here, cgo_ls, write

PLACE = {"path": str, "line": int, "column": int, "end_line": int, "end_column": int}
EDIT = {
    "path": str,
    "start_line": int,
    "start_column": int,
    "end_line": int,
    "end_column": int,
    "new_text": str,
}
DIAGNOSTIC = PLACE | {"rule": str, "family": str, "severity": str, "message": str, "function": str}


def fits(value: dict, shape: dict, *more: str) -> None:
    """`value` has exactly these keys (and `more`, looked at elsewhere), of these types; places are 1-based and in order."""
    assert set(value) == {*shape, *more}
    for key, kind in shape.items():
        assert type(value[key]) is kind, (key, value[key])
        if kind is int:
            assert value[key] >= 1, (key, value[key])


def test_text(tmp_path: Path, here: Here) -> None:
    write(tmp_path, {"go.mod": "module m\n", "sub/leak.go": LEAK})
    run = here("check", "sub", cwd=tmp_path)
    lines = run.text.splitlines()
    assert run.code == 1
    assert lines[0].startswith("sub/leak.go:11:7: ")
    assert lines[0].endswith(" [leaked-c-memory]")
    assert lines[1].startswith("    sub/leak.go:11:7: acquired here")
    assert any(line.startswith("    fix: ") for line in lines)
    assert "\x1b" not in run.text
    assert run.err == "1 finding in 1 cgo file; 1 can be fixed with --fix\n"


def test_json(tmp_path: Path, here: Here) -> None:
    write(
        tmp_path, {"go.mod": "module m\n", "leak.go": LEAK, "clean.go": CLEAN.replace("greet", "other"), "p.go": PLAIN}
    )
    run = here("check", "--format", "json", str(tmp_path))
    report = run.report
    assert run.code == 1
    assert set(report) == {"version", "diagnostics", "files", "errors"}
    assert (report["version"], report["files"], report["errors"]) == (__version__, 2, [])
    (found,) = report["diagnostics"]
    fits(found, DIAGNOSTIC, "related", "fixes")
    assert found["path"] == str(tmp_path / "leak.go")
    assert (found["line"], found["column"], found["rule"], found["family"]) == (11, 7, "leaked-c-memory", "memory")
    assert found["function"] == "greet"
    assert found["related"]
    for step in found["related"]:
        fits(step, PLACE | {"message": str})
    assert found["fixes"]
    for fix in found["fixes"]:
        assert set(fix) == {"title", "applicability", "edits"}
        assert fix["applicability"] in ("safe", "unsafe", "display-only")
        for edit in fix["edits"]:
            fits(edit, EDIT)


def test_the_edits_in_json_make_the_fix(tmp_path: Path, here: Here) -> None:
    """Applied by line and byte column, as another program would: they must hold all that the fix needs around it."""
    write(tmp_path, {"go.mod": "module m\n", "leak.go": LEAK})
    (found,) = here("check", "--format", "json", str(tmp_path)).report["diagnostics"]
    lines = LEAK.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:index])) for index in range(len(lines) + 1)]
    text = LEAK.encode()
    for edit in sorted(found["fixes"][0]["edits"], key=lambda e: (e["start_line"], e["start_column"]), reverse=True):
        start = starts[edit["start_line"] - 1] + edit["start_column"] - 1
        end = starts[edit["end_line"] - 1] + edit["end_column"] - 1
        text = text[:start] + edit["new_text"].encode() + text[end:]
    assert b'import "unsafe"' in text or b'"unsafe"' in text
    (tmp_path / "leak.go").write_bytes(text)
    assert here("check", str(tmp_path)).code == 0


def test_exit_codes(tmp_path: Path, here: Here) -> None:
    write(tmp_path, {"go.mod": "module m\n", "leak/a.go": LEAK, "clean/a.go": CLEAN, "plain/a.go": PLAIN})
    assert here("check", "clean", cwd=tmp_path).code == 0
    assert here("check", "plain", cwd=tmp_path).code == 0
    assert here("check", "leak", cwd=tmp_path).code == 1
    assert here("check", "./...", cwd=tmp_path).code == 1
    assert here("check", "--exit-zero", "leak", cwd=tmp_path).code == 0
    missing = here("check", "absent", "leak", cwd=tmp_path)
    assert missing.code == 2
    assert "absent: no such file or folder" in missing.err
    assert "leak/a.go:11:7:" in missing.text, "what is there is checked"
    assert here("check", "--exit-zero", "absent", cwd=tmp_path).code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["chekc"], "invalid choice"),
        (["check"], "PATH"),
        (["check", "--format", "xml", "."], "invalid choice"),
        (["check", "--jobs", "0", "."], "1 to 1024"),
        (["check", "--jobs", "x", "."], "1 to 1024"),
        (["check", "--select", ",", "."], "no rule named"),
        (["check", "--select", "leaked-cmemory", "."], 'did you mean "leaked-c-memory"?'),
        (["check", "--ignore", "memry", "."], 'did you mean "memory"?'),
        (["check", "--unsafe-fixes", "."], "needs --fix or --diff"),
        (["check", "--fix", "--diff", "."], "choose one"),
        (["check", "--diff", "--format", "json", "."], "cannot be combined"),
        (["explain", "leaked-c-memry"], 'did you mean "leaked-c-memory"?'),
        (["dump", "ast", "x.go"], "invalid choice"),
        (["dump", "cfg", "absent.go"], "no such file"),
        (["dump", "cfg", "/"], "not a regular file"),
    ],
)
def test_misuse_is_a_sentence(arguments: list[str], words: str, tmp_path: Path, here: Here) -> None:
    run = here(*arguments, cwd=tmp_path)
    assert (run.code, run.out) == (2, b"")
    assert words in run.err


def test_select_and_ignore(tmp_path: Path, here: Here) -> None:
    write(tmp_path, {"go.mod": "module m\n", "a.go": LEAK})
    assert here("check", "--select", "memory", ".", cwd=tmp_path).code == 1
    assert here("check", "--select", "leaked-c-memory,errno", ".", cwd=tmp_path).code == 1
    assert here("check", "--select", "errno", ".", cwd=tmp_path).code == 0
    assert here("check", "--ignore", "leaked-c-memory", ".", cwd=tmp_path).code == 0
    assert here("check", "--ignore", "memory", ".", cwd=tmp_path).code == 0


def test_one_file_is_checked_in_its_package(tmp_path: Path, here: Here) -> None:
    write(tmp_path, {"go.mod": "module m\n", "a.go": LEAK, "b.go": LEAK.replace("greet", "other")})
    run = here("check", "b.go", cwd=tmp_path)
    assert [line.partition(":")[0] for line in run.text.splitlines() if line[0] != " "] == ["b.go"]


def test_generated_files_are_left_out(tmp_path: Path, here: Here) -> None:
    write(tmp_path, {"go.mod": "module m\n", "a.go": "// Code generated by x. DO NOT EDIT.\n\n" + LEAK})
    assert here("check", ".", cwd=tmp_path).code == 0


def test_config_and_suppressions(tmp_path: Path, here: Here) -> None:
    silenced = LEAK.replace("C.CString(name)", "C.CString(name) //cgols:ignore leaked-c-memory // until exit")
    stale = CLEAN.replace("C.hello(s)", "C.hello(s) //cgols:ignore double-free")
    write(
        tmp_path,
        {
            "go.mod": "module m\n",
            ".cgo-ls.toml": 'version = 1\nexclude = ["gen"]\n[rules.severity]\nleaked-c-memory = "information"\n',
            "a/a.go": LEAK,
            "b/b.go": silenced,
            "c/c.go": stale,
            "gen/d.go": LEAK,
        },
    )
    found = here("check", "--format", "json", ".", cwd=tmp_path).report["diagnostics"]
    assert [(d["path"], d["rule"], d["severity"]) for d in found] == [
        ("a/a.go", "leaked-c-memory", "information"),
        ("c/c.go", "unused-suppression", "information"),
    ]
    (tmp_path / ".cgo-ls.toml").write_text('version = 1\n[rules]\nignore = ["leaked-c-memory", "unused-suppression"]\n')
    assert here("check", ".", cwd=tmp_path).code == 0


def test_output_is_the_same_whatever_the_order_of_work(tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "module m\n"})
    for index in range(6):
        write(
            tmp_path, {f"p{index}/b.go": LEAK, f"p{index}/a.go": LEAK.replace("greet", "other").replace("hello", "hi")}
        )
    folders = [f"p{index}" for index in range(6)]
    text = {
        cgo_ls("check", *paths, "--jobs", jobs, cwd=tmp_path, PYTHONHASHSEED=seed).out
        for paths, jobs, seed in ((folders, "1", "1"), (["p3/a.go", *folders[::-1]], "2", "2"), (["./..."], "2", "3"))
    }
    assert len(text) == 1
    assert text.pop().count(b"[leaked-c-memory]") == 12
    report = {
        cgo_ls("check", "--format", "json", *paths, "--jobs", jobs, cwd=tmp_path, PYTHONHASHSEED=seed).out
        for paths, jobs, seed in ((folders, "2", "4"), (folders[::-1], "1", "5"))
    }
    assert len(report) == 1


def test_names_are_printed_on_one_line_and_kept_in_json(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/we\nird\x1b[31m\xff"
    os.mkdir(folder)
    Path(os.fsdecode(folder), "a.go").write_text(LEAK)
    run = cgo_ls("check", str(tmp_path), PYTHONUTF8="0", LC_ALL="C")
    assert run.code == 1
    assert b"/we\\nird\\x1b[31m\xff/a.go:11:7: " in run.out
    report = json.loads(cgo_ls("check", "--format", "json", str(tmp_path)).out)
    assert report["diagnostics"][0]["path"] == os.fsdecode(folder) + "/a.go"


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    import subprocess
    import sys

    write(tmp_path, {"go.mod": "module m\n", "a.go": LEAK})
    command = f"{sys.executable} -m cgo_ls check . | true"
    run = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (1, 141)
    assert "BrokenPipe" not in run.stderr and "Traceback" not in run.stderr
