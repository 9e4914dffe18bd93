"""The second fix of unlocked-last-error, one C function for the call and its error, held to the programs that count lost errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles import thread_programs
from tests.support.checker import applied_fixes, check_files
from tests.support.libraries import with_libraries
from tests.support.oracle import Program, judged

RULE = "unlocked-last-error"


def in_one_call(program: Program) -> dict[str, bytes] | None:
    """The wrong program after that fix; None where it is not offered."""
    files = with_libraries({name: text.encode() for name, text in program.wrong.items()})
    fixed = [
        a.files for a in applied_fixes(files, RULE) if a.fix.title.startswith("Fetch the error in the same C call")
    ]
    return dict(fixed[0]) if fixed else None


OFFERED = [
    pytest.param(program, id=program.id)
    for program in thread_programs.PROGRAMS
    if program.rule == RULE and in_one_call(program) is not None
]


def test_it_is_offered() -> None:
    assert len(OFFERED) >= 2


@pytest.mark.parametrize("program", OFFERED)
def test_no_error_is_lost(program: Program, tmp_path: Path) -> None:
    fixed = in_one_call(program)
    assert fixed is not None
    assert judged(program.judge, fixed, tmp_path) == "", fixed["main.go"].decode()
    assert RULE not in {found.rule for found in check_files(fixed)}
