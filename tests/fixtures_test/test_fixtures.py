"""Fixtures are what they say: built (or refused) by the real cgo, laid out by gofmt, and judged as their comments want."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cgo_ls.rules.registry import BY_NAME
from tests.support.checker import check_directory, found_of, read_files
from tests.support.fixtures import FIXTURES, Case, cases
from tests.support.go_toolchain import CACHE, GO_MOD, go_binary, go_build, gofmt_unclean, run
from tests.support.libraries import build_libraries
from tests.support.wants import compare, read_expectations

CASES = cases()


@pytest.fixture(scope="module")
def module() -> Path:
    """All fixtures as one Go module, in a place that stays the same so that Go's build cache holds them; one for each worker."""
    copy = CACHE / f"fixtures-module-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(FIXTURES, copy)
    (copy / "go.mod").write_bytes(GO_MOD)
    build_libraries(copy)
    return copy


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_findings_are_as_the_comments_want(case: Case) -> None:
    found = found_of(check_directory(case.directory), read_files(case.directory), str(case.directory))
    problems = compare(read_expectations(case.directory), found)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_fixture_belongs_to_a_rule(case: Case) -> None:
    assert case.rule in BY_NAME, f"no rule is named {case.rule}"
    assert BY_NAME[case.rule].family == case.family


def test_fixtures_build(module: Path) -> None:
    listed = run([str(go_binary()), "list", "-e", "-f", "{{.ImportPath}}", "./..."], module)
    assert listed.ok, listed.output
    packages = [line for line in listed.output.splitlines() if "/broken_" not in line]
    assert packages, "there are no fixtures"
    built = run([str(go_binary()), "build", "-gcflags=-e", *packages], module)
    assert built.ok, built.output


@pytest.mark.parametrize("case", [case for case in CASES if case.broken], ids=lambda case: case.id)
def test_broken_fixtures_are_refused(case: Case, module: Path) -> None:
    built = go_build(module / case.family / case.rule / case.name)
    assert not built.ok, "the toolchain builds this: drop broken_ from its name"


def test_fixtures_are_gofmt_clean() -> None:
    unclean = [line for line in gofmt_unclean(FIXTURES) if not ("broken_" in line and ".go:" in line)]
    assert not unclean, "\n".join(unclean)
