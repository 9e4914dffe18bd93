"""The example builds, runs, and pleases go vet; the checker finds one bug of each trap in it, and its fixes leave it correct."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.checker import check_files, fix_everything, read_files
from tests.support.go_toolchain import go_build, go_vet, gofmt_unclean, write_package
from tests.support.sanitizer import run_scenario

EXPECTED = {"leaked-c-memory", "use-after-free", "clobbered-errno", "errno-second-call", "hidden-export"}


def test_the_toolchain_sees_nothing(repository: Path) -> None:
    examples = repository / "examples"
    assert gofmt_unclean(examples) == []
    built, vetted = go_build(examples), go_vet(examples)
    assert built.ok, built.output
    assert vetted.ok, vetted.output


def test_the_checker_sees_a_bug_of_each_trap(repository: Path) -> None:
    found = check_files(read_files(repository / "examples"))
    assert {diagnostic.rule for diagnostic in found} == EXPECTED
    assert all(diagnostic.steps for diagnostic in found if diagnostic.family == "memory")


def test_what_the_fixes_leave_still_builds(repository: Path, tmp_path: Path) -> None:
    fixed, _ = fix_everything(read_files(repository / "examples"))
    built = go_build(write_package(tmp_path, fixed))
    assert built.ok, built.output
    assert "leaked-c-memory" not in {diagnostic.rule for diagnostic in check_files(fixed)}


SCENARIO = """package main

func scenario(i int) {
	if i%2 == 1 {
		appendLine("/dev/null", "")
		return
	}
	if last, _ := appendLine("/dev/null", "line"); last != "line" && READS {
		panic(StaleText)
	}
}
"""


@pytest.mark.parametrize(("reads", "verdict"), [("true", "use-after-free"), ("false", "leak")])
def test_the_bugs_are_real(reads: str, verdict: str, repository: Path, tmp_path: Path) -> None:
    files = {name: data.decode() for name, data in read_files(repository / "examples").items()}
    files["main.go"] = files["main.go"].replace("func main()", "func program()")
    judged = run_scenario(tmp_path, {**files, "scenario.go": SCENARIO.replace("READS", reads)})
    assert judged.verdict == verdict, judged.output
