"""Silencing a finding: the edit silences exactly it, and leaves a file that gofmt and cgo accept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cgo_ls.features.suppressing import Silencing, suppress_here, suppress_in_project
from cgo_ls.rules.finding import Diagnostic
from cgo_ls.text.edits import apply_edits
from cgo_ls.text.span import Span
from cgo_ls.workspace.disk import DiskFiles
from cgo_ls.workspace.session import Session, Snapshot
from cgo_ls.workspace.suppressions import find_suppressions

RULE = "leaked-c-memory"


def snapshot_of(folder: Path) -> Snapshot:
    return Session(DiskFiles((str(folder),)), root=str(folder)).snapshot()


def at(path: Path, text: str, word: str, rule: str = RULE) -> Diagnostic:
    """A finding on the first `word` of `text`, which is written to `path`."""
    path.write_bytes(text.encode())
    start = text.encode().index(word.encode())
    return Diagnostic(str(path), Span(start, start + len(word)), rule, "memory", "warning", "m", "", (), ())


def silenced(silencing: Silencing | None) -> str:
    assert silencing is not None
    return apply_edits(Path(silencing.path).read_bytes(), [silencing.edit]).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("func f() {\n\tHERE\n}\n", f"func f() {{\n\t//cgols:ignore {RULE}\n\tHERE\n}}\n"),
        ("func f() {\r\n\tHERE\r\n}\r\n", f"func f() {{\r\n\t//cgols:ignore {RULE}\r\n\tHERE\r\n}}\r\n"),
        ("var x = HERE\n", f"var x = HERE //cgols:ignore {RULE}\n"),
        ("var x = HERE", f"var x = HERE //cgols:ignore {RULE}"),
        ("\t} else if HERE {\n", f"\t}} else if HERE {{ //cgols:ignore {RULE}\n"),
        ("\tcase HERE:\n", f"\tcase HERE: //cgols:ignore {RULE}\n"),
        ("// #define HERE\nimport \"C\"\n", f"// // cgols:ignore {RULE}\n// #define HERE\nimport \"C\"\n"),
        ("/*\n#include <HERE>\n*/\nimport \"C\"\n", f"/*\n// cgols:ignore {RULE}\n#include <HERE>\n*/\nimport \"C\"\n"),
        ("//export HERE\nfunc HERE() {}\n", f"//cgols:ignore {RULE}\n//export HERE\nfunc HERE() {{}}\n"),
        ("\tHERE //cgols:ignore double-free // x\n", f"\tHERE //cgols:ignore double-free, {RULE} // x\n"),
    ],
)  # fmt: skip
def test_suppress_here(tmp_path: Path, before: str, after: str) -> None:
    found = at(tmp_path / "a.go", before, "HERE")
    text = silenced(suppress_here(snapshot_of(tmp_path), found))
    assert text == after
    offset = text.encode().rindex(b"HERE") if before.startswith("func") else text.encode().index(b"HERE")
    assert any(RULE in one.rules and one.covered.contains(offset) for one in find_suppressions(text.encode()))


def test_a_comment_in_a_c_file(tmp_path: Path) -> None:
    found = at(tmp_path / "a.c", "int f(void)\n{\n\treturn HERE;\n}\n", "HERE")
    text = silenced(suppress_here(snapshot_of(tmp_path), found))
    assert text == f"int f(void)\n{{\n\t// cgols:ignore {RULE}\n\treturn HERE;\n}}\n"


def test_no_comment_in_the_middle_of_a_macro_and_one_behind_a_raw_string(tmp_path: Path) -> None:
    macro = '/*\n#define A \\\n\tHERE\n*/\nimport "C"\n'
    assert suppress_here(snapshot_of(tmp_path), at(tmp_path / "a.go", macro, "HERE")) is None
    raw = "func f() {\n\tx := `\n\tHERE`\n}\n"
    text = silenced(suppress_here(snapshot_of(tmp_path), at(tmp_path / "b.go", raw, "HERE")))
    assert text == raw.replace("HERE`", f"HERE` //cgols:ignore {RULE}")


def test_what_comments_do_not_silence_is_not_offered(tmp_path: Path) -> None:
    found = at(tmp_path / "a.go", "\tHERE\n", "HERE", rule="configuration")
    snapshot = snapshot_of(tmp_path)
    assert suppress_here(snapshot, found) is None
    assert suppress_in_project(snapshot, found, str(tmp_path)) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("version = 1\n", f'version = 1\n\n[rules]\nignore = ["{RULE}"]\n'),
        ("version = 1", f'version = 1\n\n[rules]\nignore = ["{RULE}"]\n'),
        ("version = 1\n[rules]\n", f'version = 1\n[rules]\nignore = ["{RULE}"]\n'),
        ("version = 1\n[rules]\nignore = []\n", f'version = 1\n[rules]\nignore = ["{RULE}"]\n'),
        ('version = 1\n[rules]\nignore = ["double-free"]\n', f'version = 1\n[rules]\nignore = ["{RULE}", "double-free"]\n'),
        (
            'version = 1\n[rules.severity]\ndouble-free = "hint"\n',
            f'version = 1\n[rules.severity]\ndouble-free = "hint"\n\n[rules]\nignore = ["{RULE}"]\n'),
    ],
)  # fmt: skip
def test_suppress_in_project(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / ".cgo-ls.toml").write_text(before)
    found = at(tmp_path / "a.go", "\tHERE\n", "HERE")
    assert silenced(suppress_in_project(snapshot_of(tmp_path), found, str(tmp_path))) == after


def test_settings_that_cannot_be_edited_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".cgo-ls.toml").write_text('version = 1\nrules = { ignore = ["double-free"] }\n')
    found = at(tmp_path / "a.go", "\tHERE\n", "HERE")
    assert suppress_in_project(snapshot_of(tmp_path), found, str(tmp_path)) is None


def test_new_settings(tmp_path: Path) -> None:
    found = at(tmp_path / "a.go", "\tHERE\n", "HERE")
    silencing = suppress_in_project(snapshot_of(tmp_path), found, str(tmp_path))
    assert silencing is not None
    assert silencing.creates
    assert silencing.path == os.path.join(tmp_path, ".cgo-ls.toml")
    (tmp_path / ".cgo-ls.toml").write_bytes(silencing.edit.new_text)
    assert snapshot_of(tmp_path).config(str(tmp_path)).severities == {RULE: "off"}
