"""The sanitizer and the checker agree on each case of `memory/*.txt`, and on what quick fixes make of the wrong ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.oracles.memory_cases import FILES, VERDICTS, Case, Cases, declarations_of, read_cases, verdicts
from tests.support.checker import check_files, fix_rule
from tests.support.go_toolchain import gofmt_unclean, write_package

EACH = [
    pytest.param(read_cases(file), case, id=f"{file}/{case.name}") for file in FILES for case in read_cases(file).cases
]
WRONG = [each for each in EACH if isinstance(each.values[1], Case) and each.values[1].wrong]


def said(cases: Cases, declarations: str) -> list[str]:
    found = check_files({name: text.encode() for name, text in cases.sources(declarations).items()})
    return [f"{each.rule}: {each.message}" for each in found]


@pytest.mark.parametrize(("cases", "case"), WRONG)
def test_the_rule_speaks_of_the_wrong_program(cases: Cases, case: Case) -> None:
    assert [line for line in said(cases, case.wrong) if line.startswith(f"{case.rule}: ")], said(cases, case.wrong)


@pytest.mark.parametrize(("cases", "case"), EACH)
def test_nothing_is_said_of_the_right_program(cases: Cases, case: Case) -> None:
    assert said(cases, case.right) == []


@pytest.mark.parametrize("file", FILES)
def test_the_sanitizer_refuses_the_wrong_programs(file: str, tmp_path: Path) -> None:
    cases = read_cases(file)
    wrong = {case.name: case.wrong for case in cases.cases if case.wrong}
    expected = {case.name: case.verdict for case in cases.cases}
    for name, output in verdicts(cases, wrong, tmp_path, alone=True):
        assert re.search(VERDICTS[expected[name]], output, re.MULTILINE), f"{name}: {output or 'no complaint'}"


@pytest.mark.parametrize("file", FILES)
def test_the_sanitizer_accepts_the_right_programs(file: str, tmp_path: Path) -> None:
    cases = read_cases(file)
    complaints = verdicts(cases, {case.name: case.right for case in cases.cases}, tmp_path, alone=False)
    assert [f"{name}: {output}" for name, output in complaints if output] == []


@pytest.mark.parametrize("file", FILES)
def test_the_sanitizer_accepts_the_fixed_programs(file: str, tmp_path: Path) -> None:
    cases = read_cases(file)
    fixed: dict[str, str] = {}
    for case in (case for case in cases.cases if case.wrong):
        before = {name: text.encode() for name, text in cases.sources(case.wrong).items()}
        after = fix_rule(before, case.rule)
        if after == before:
            assert not case.fixed, f"{case.name}: no fix was offered"
            continue
        text = declarations_of(after["case.go"].decode())
        assert case.rule not in {line.partition(":")[0] for line in said(cases, text)}, f"{case.name}:\n{text}"
        fixed[case.name] = text
    complaints = verdicts(cases, fixed, tmp_path, alone=False)
    assert [f"{name}: {output}\n{fixed[name]}" for name, output in complaints if output] == []


@pytest.mark.parametrize("file", FILES)
def test_programs_are_gofmt_clean(file: str, tmp_path: Path) -> None:
    cases = read_cases(file)
    for case in cases.cases:
        for kind, text in (("wrong", case.wrong), ("right", case.right)):
            if text:
                write_package(tmp_path, {f"{case.name}_{kind}.go": cases.sources(text)["case.go"]})
    assert gofmt_unclean(tmp_path) == []


def test_there_are_programs_for_every_part_of_the_analysis() -> None:
    assert len({each.id for each in EACH}) == len(EACH) >= 150
