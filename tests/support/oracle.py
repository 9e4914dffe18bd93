"""A program, wrong and right, and the judge that tells them apart: rules and fixes are held to what it says.

A rule's oracle is data: PROGRAMS in a test module, each with the wrong files, the same put right by hand, and what the judge says
of the wrong one. The four functions below are its tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.go_toolchain import write_package
from tests.support.libraries import with_libraries

Sources = Mapping[str, str]
# Writes nothing into the sources; returns "" for a program that is right, and what is wrong with it otherwise.
Judge = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Program:
    """`wrong` and `right` are the files of a package. `says` is a regular expression for the judge's complaint.

    `rule` must speak on `wrong`. `fixable`: a quick fix of the rule must turn `wrong` into a program the judge accepts; where it is
    False, a fix may be offered, but then it must do so too.
    """

    name: str
    rule: str
    judge: Judge
    says: str
    wrong: Sources
    right: Sources
    fixable: bool = True

    @property
    def id(self) -> str:
        return f"{self.rule}-{self.name}"


@dataclass(frozen=True, slots=True)
class Clean:
    """A correct program that invites a false alarm: the judge accepts it and every rule is silent."""

    name: str
    judge: Judge
    files: Sources

    @property
    def id(self) -> str:
        return self.name


def judged(judge: Judge, files: Mapping[str, str | bytes], directory: Path) -> str:
    texts = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return judge(write_package(directory, with_libraries(texts)))


def assert_wrong_is_refused(program: Program, directory: Path) -> None:
    said = judged(program.judge, program.wrong, directory)
    assert re.search(program.says, said), f"the oracle says {said!r}"


def assert_right_is_accepted(program: Program | Clean, directory: Path) -> None:
    files = program.right if isinstance(program, Program) else program.files
    assert judged(program.judge, files, directory) == ""


def assert_checker_agrees(program: Program | Clean) -> None:
    """The rule speaks on what is wrong; nothing at all is said of what is right."""
    from tests.support.checker import check_files

    if isinstance(program, Program):
        wrong = check_files(with_libraries({name: text.encode() for name, text in program.wrong.items()}))
        assert program.rule in {found.rule for found in wrong}, f"said: {[found.rule for found in wrong]}"
    right = program.right if isinstance(program, Program) else program.files
    said = check_files(with_libraries({name: text.encode() for name, text in right.items()}))
    assert not said, [f"{found.rule}: {found.message}" for found in said]


def assert_quick_fix_passes(program: Program, directory: Path) -> None:
    """What the checker's own fix makes of the wrong program is accepted by the judge, and the rule is silent on it."""
    from tests.support.checker import check_files, fix_rule

    before = with_libraries({name: text.encode() for name, text in program.wrong.items()})
    after = fix_rule(before, program.rule)
    if after == before:
        assert not program.fixable, "no fix was offered"
        return
    said = judged(program.judge, after, directory)
    shown = "\n".join(data.decode() for name, data in after.items() if data != before.get(name))
    assert said == "", f"{said}\n{shown}"
    assert program.rule not in {found.rule for found in check_files(after)}
