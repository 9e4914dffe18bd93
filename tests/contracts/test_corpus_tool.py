"""The comparison behind `make corpus`: what fails it, what does not, and that a review survives an update."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tools.corpus import REVIEWED, Row, compare, merged, read_output, read_rows, rows_of, write_rows

ROW = Row("p", "a.go", "F", "leaked-c-memory", 1, "name leaks", "true", "read")


def diagnostic(
    line: int, function: str | None = "F", rule: str = "leaked-c-memory", message: str = "name leaks"
) -> dict:
    return {
        "path": "usr/share/x/a.go",
        "line": line,
        "column": 1,
        "function": function,
        "rule": rule,
        "message": message,
    }


def test_lines_do_not_matter_and_repetitions_are_numbered() -> None:
    rows = rows_of("p", [diagnostic(9), diagnostic(3), diagnostic(4, "G"), diagnostic(5, None)], "usr/share/x")
    assert [(row.path, row.function, row.ordinal) for row in rows] == [
        ("a.go", "F", 1),
        ("a.go", "G", 1),
        ("a.go", "", 1),
        ("a.go", "F", 2),
    ]


def test_a_new_finding_is_unreviewed_and_a_lost_true_one_has_vanished() -> None:
    assert compare([ROW], [ROW], ["p"]).verdicts == {"true": 1}
    new = replace(ROW, ordinal=2, verdict="unreviewed")
    assert compare([ROW, new], [ROW], ["p"]).unreviewed == (new,)
    assert compare([], [ROW], ["p"]).vanished == (ROW,)
    debatable = replace(ROW, verdict="debatable")
    assert compare([], [debatable], ["p"]).changed == (debatable,)
    assert compare([ROW], [replace(ROW, verdict="unreviewed")], ["p"]).unreviewed == (ROW,)


def test_packages_that_were_not_checked_are_left_alone() -> None:
    other = replace(ROW, package="q")
    assert compare([ROW], [ROW, other], ["p"]).vanished == ()
    assert merged([ROW], [other], ["p"]) == [ROW, other]


def test_an_update_keeps_verdicts_and_drops_what_is_gone(tmp_path: Path) -> None:
    gone = replace(ROW, function="Gone")
    found = replace(ROW, verdict="unreviewed", note="", message="other words")
    write_rows(tmp_path / "reviewed.tsv", merged([found], [ROW, gone], ["p"]))
    assert read_rows(tmp_path / "reviewed.tsv") == [replace(ROW, message="other words")]


@pytest.mark.parametrize(
    ("status", "output", "errors", "said"),
    [
        (1, "", "python: No module named cgo_ls", "no report"),
        (0, "", "", "no report"),
        (2, "not json", "cgo-ls: internal error", "internal error"),
        (0, '{"diagnostics": [], "files": 3}', "", "no report"),
        (0, '{"diagnostics": [], "files": 0, "errors": []}', "", "no file was checked"),
        (1, '{"diagnostics": [], "files": 3, "errors": []}', "", "exit code 1 with 0 findings"),
        (0, '{"diagnostics": [{}], "files": 3, "errors": []}', "", "exit code 0 with 1 findings"),
        (0, '{"diagnostics": [], "files": 3, "errors": ["x.go: boom"]}', "", "boom"),
        (0, '{"diagnostics": [], "files": 3, "errors": []}', "Traceback (most recent call last)", "a traceback"),
    ],
)
def test_a_run_that_failed_is_no_clean_package(status: int, output: str, errors: str, said: str) -> None:
    _, problems = read_output(status, output, errors)
    assert any(said in problem for problem in problems)


def test_a_whole_report_has_no_problems() -> None:
    assert read_output(0, '{"diagnostics": [], "files": 3, "errors": []}', "") == ([], [])
    assert read_output(1, '{"diagnostics": [{}], "files": 3, "errors": []}', "a warning") == ([{}], [])


def test_a_verdict_is_one_of_four(tmp_path: Path) -> None:
    write_rows(tmp_path / "reviewed.tsv", [replace(ROW, verdict="maybe")])
    with pytest.raises(ValueError, match="maybe"):
        read_rows(tmp_path / "reviewed.tsv")


def test_the_reviews_in_the_repository_are_reviewed() -> None:
    rows = read_rows(REVIEWED)
    assert rows, (
        f"{REVIEWED} is missing or empty: make corpus, then python tools/corpus.py --update, then review each row"
    )
    assert len({row.key for row in rows}) == len(rows)
    assert [row for row in rows if row.verdict in ("unreviewed", "false")] == [], "false findings are fixed, not listed"
