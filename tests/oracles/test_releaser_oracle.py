"""wrong-releaser and freed-borrowed against the address sanitizer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles.releaser_programs import RELEASED_RIGHT, RELEASERS
from tests.support.oracle import (
    Clean,
    Program,
    assert_checker_agrees,
    assert_quick_fix_passes,
    assert_right_is_accepted,
    assert_wrong_is_refused,
)

BOTH = [*RELEASERS, *RELEASED_RIGHT]


@pytest.mark.parametrize("program", RELEASERS, ids=lambda program: program.id)
def test_the_sanitizer_refuses_the_wrong_program(program: Program, tmp_path: Path) -> None:
    assert_wrong_is_refused(program, tmp_path)


@pytest.mark.parametrize("program", BOTH, ids=lambda program: program.id)
def test_the_sanitizer_accepts_the_right_program(program: Program | Clean, tmp_path: Path) -> None:
    assert_right_is_accepted(program, tmp_path)


@pytest.mark.parametrize("program", BOTH, ids=lambda program: program.id)
def test_the_checker_agrees(program: Program | Clean) -> None:
    assert_checker_agrees(program)


@pytest.mark.parametrize("program", RELEASERS, ids=lambda program: program.id)
def test_the_sanitizer_accepts_the_quick_fix(program: Program, tmp_path: Path) -> None:
    assert_quick_fix_passes(program, tmp_path)
