"""The rules about errno in C code against programs whose calls are made to fail, and which count what they were told wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles.errno_c_programs import CLEAN, PROGRAMS
from tests.support.go_toolchain import gofmt
from tests.support.oracle import (
    Clean,
    Program,
    assert_checker_agrees,
    assert_quick_fix_passes,
    assert_right_is_accepted,
    assert_wrong_is_refused,
)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
def test_the_wrong_program_loses_the_error(program: Program, tmp_path: Path) -> None:
    assert_wrong_is_refused(program, tmp_path)


@pytest.mark.parametrize("program", [*PROGRAMS, *CLEAN], ids=lambda program: program.id)
def test_the_right_program_keeps_it(program: Program | Clean, tmp_path: Path) -> None:
    assert_right_is_accepted(program, tmp_path)


@pytest.mark.parametrize("program", [*PROGRAMS, *CLEAN], ids=lambda program: program.id)
def test_the_checker_agrees(program: Program | Clean) -> None:
    assert_checker_agrees(program)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
def test_the_quick_fix_keeps_it(program: Program, tmp_path: Path) -> None:
    assert_quick_fix_passes(program, tmp_path)


@pytest.mark.parametrize("program", [*PROGRAMS, *CLEAN], ids=lambda program: program.id)
def test_programs_are_gofmt_clean(program: Program | Clean) -> None:
    files = [program.wrong, program.right] if isinstance(program, Program) else [program.files]
    for name, text in ((name, text) for sources in files for name, text in sources.items()):
        assert not name.endswith(".go") or gofmt(text.encode()).output == text
