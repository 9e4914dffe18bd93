"""Every rule with a program: a judge that is not ours (the toolchain, a sanitizer, nm, the running program) refuses the wrong one and
accepts the right one and the fixed one, and the checker agrees both ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles import (
    border_programs,
    build_programs,
    errno_c_programs,
    errno_go_programs,
    lifetime_programs,
    symbol_programs,
    thread_programs,
)
from tests.support.go_toolchain import gofmt, parses
from tests.support.oracle import (
    Clean,
    Program,
    assert_checker_agrees,
    assert_quick_fix_passes,
    assert_right_is_accepted,
    assert_wrong_is_refused,
)

LISTS = (
    border_programs,
    build_programs,
    errno_c_programs,
    errno_go_programs,
    lifetime_programs,
    symbol_programs,
    thread_programs,
)


def label(module: object, program: Program | Clean) -> str:
    """`errno_c/name`: names are unique within one list only."""
    return f"{str(getattr(module, '__name__', '')).rpartition('.')[2].removesuffix('_programs')}/{program.id}"


WRONG = [pytest.param(program, id=label(module, program)) for module in LISTS for program in module.PROGRAMS]
ALL = [*WRONG, *[pytest.param(program, id=label(module, program)) for module in LISTS for program in module.CLEAN]]


@pytest.mark.parametrize("program", WRONG)
def test_the_wrong_program_is_refused(program: Program, tmp_path: Path) -> None:
    assert_wrong_is_refused(program, tmp_path)


@pytest.mark.parametrize("program", ALL)
def test_the_right_program_is_accepted(program: Program | Clean, tmp_path: Path) -> None:
    assert_right_is_accepted(program, tmp_path)


@pytest.mark.parametrize("program", ALL)
def test_the_checker_agrees(program: Program | Clean) -> None:
    assert_checker_agrees(program)


@pytest.mark.parametrize("program", WRONG)
def test_the_quick_fix_is_accepted(program: Program, tmp_path: Path) -> None:
    assert_quick_fix_passes(program, tmp_path)


@pytest.mark.parametrize("program", ALL)
def test_programs_are_gofmt_clean(program: Program | Clean) -> None:
    files = [program.wrong, program.right] if isinstance(program, Program) else [program.files]
    for name, text in ((name, text) for sources in files for name, text in sources.items()):
        # What Go's parser refuses has no layout.
        if name.endswith(".go") and parses(text.encode()):
            assert gofmt(text.encode()).output == text
