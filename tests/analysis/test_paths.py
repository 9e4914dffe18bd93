"""The analysis against the truth: random functions, every way through them executed, both verdicts compared.

What is said happens on some way (no false alarm), and what happens is said where the rules promise it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cgo_ls.analysis.function import FunctionAnalysis
from tests.analysis.random_go import Truth, Writer, execute, render
from tests.analysis.support import analyse

PROGRAMS = 400


def said(found: FunctionAnalysis, calls: dict[tuple[int, int], int]) -> tuple[set[int], set[int]]:
    """Statements whose memory is said to leak, and statements said to meet freed memory."""
    leaks = {calls[leak.object.span.start, leak.object.span.end] for leak in found.leaks}
    misuses: set[int] = set()
    for misuse in found.misuses:
        span = (misuse.span.start, misuse.span.end)
        # The argument of C.use is recorded with the bracket behind it.
        misuses.add(calls[span] if span in calls else calls[span[0], span[1] + 1])
    return leaks, misuses


@dataclass(frozen=True, slots=True)
class Judged:
    """A random program, what really happens in it, and what is said of it."""

    text: str
    truth: Truth
    leaks: set[int]
    misuses: set[int]


def programs(part: int, size: int, aliases: bool, defers: bool, literals: bool) -> Iterator[tuple[int, Judged]]:
    """PROGRAMS of them with their seeds, without those that have too many ways to try all; at most a tenth are left out."""
    judged = 0
    for seed in range(part * PROGRAMS, (part + 1) * PROGRAMS):
        program = Writer(random.Random(seed), size, aliases, defers, literals).program()
        truth = execute(program)
        if truth.whole:
            judged += 1
            text, calls = render(program)
            yield seed, Judged(text, truth, *said(analyse(text), calls))
    assert judged > PROGRAMS * 0.9


@pytest.mark.parametrize("literals", [False, True], ids=["plain", "literals"])
@pytest.mark.parametrize("part", range(3))
def test_what_is_said_happens_on_some_way(part: int, literals: bool) -> None:
    for seed, one in programs(part, size=14, aliases=True, defers=True, literals=literals):
        assert one.leaks <= one.truth.leaked, f"seed {seed}: a leak that is none\n{one.text}"
        assert one.misuses <= one.truth.misused, f"seed {seed}: a misuse that is none\n{one.text}"


@pytest.mark.parametrize("literals", [False, True], ids=["plain", "literals"])
@pytest.mark.parametrize("part", range(3))
def test_what_happens_is_said(part: int, literals: bool) -> None:
    """One variable and no defers: there every leak is found, and every misuse that happens whenever its statement is reached."""
    for seed, one in programs(part, size=12, aliases=False, defers=False, literals=literals):
        assert one.truth.leaked <= one.leaks, f"seed {seed}: a leak is missed\n{one.text}"
        always = {number for number, times in one.truth.met.items() if times == one.truth.reached[number]}
        assert always <= one.misuses, f"seed {seed}: a misuse on every way is missed\n{one.text}"
