"""Finalizers, handles, pinners and pointers: the running program, the sanitizer or vet agrees with the rules and with their fixes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles.lifetime_programs import CALLOC_FAILS, CLEAN, MALLOC_FAILS, PROGRAMS
from tests.support.checker import check_files
from tests.support.go_toolchain import go_run, gofmt, write_package
from tests.support.oracle import (
    Clean,
    Program,
    assert_checker_agrees,
    assert_quick_fix_passes,
    assert_right_is_accepted,
    assert_wrong_is_refused,
)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
def test_the_wrong_program_is_refused(program: Program, tmp_path: Path) -> None:
    assert_wrong_is_refused(program, tmp_path)


@pytest.mark.parametrize("program", [*PROGRAMS, *CLEAN], ids=lambda program: program.id)
def test_the_right_program_is_accepted(program: Program | Clean, tmp_path: Path) -> None:
    assert_right_is_accepted(program, tmp_path)


@pytest.mark.parametrize("program", [*PROGRAMS, *CLEAN], ids=lambda program: program.id)
def test_the_checker_agrees(program: Program | Clean) -> None:
    assert_checker_agrees(program)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
def test_the_quick_fix_is_accepted(program: Program, tmp_path: Path) -> None:
    assert_quick_fix_passes(program, tmp_path)


@pytest.mark.parametrize("program", [*PROGRAMS, *CLEAN], ids=lambda program: program.id)
def test_programs_are_gofmt_clean(program: Program | Clean) -> None:
    files = [program.wrong, program.right] if isinstance(program, Program) else [program.files]
    for text in (text for sources in files for text in sources.values()):
        assert gofmt(text.encode()).output == text


def test_malloc_never_returns_nil(tmp_path: Path) -> None:
    """What dead-nil-check builds on: C.malloc ends the program where C.calloc returns nil."""
    ran = go_run(write_package(tmp_path / "malloc", MALLOC_FAILS))
    assert not ran.ok and "C malloc failed" in ran.output
    ran = go_run(write_package(tmp_path / "calloc", CALLOC_FAILS))
    assert ran.ok and ran.output.strip() == "true"
    for files, said in ((MALLOC_FAILS, True), (CALLOC_FAILS, False)):
        found = check_files({name: text.encode() for name, text in files.items()})
        assert any(one.rule == "dead-nil-check" for one in found) == said
