"""The analysis against the truth: random functions, every way through them executed, both verdicts compared.

What is said happens on some way (no false alarm), and what happens is said where the rules promise it.
"""

from __future__ import annotations

import random

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


def one(seed: int, size: int, aliases: bool, defers: bool) -> tuple[str, Truth, set[int], set[int], FunctionAnalysis]:
    program = Writer(random.Random(seed), size, aliases, defers).program()
    text, calls = render(program)
    found = analyse(text)
    return (text, execute(program), *said(found, calls), found)


@pytest.mark.parametrize("part", range(4))
def test_what_is_said_happens_on_some_way(part: int) -> None:
    judged = 0
    for seed in range(part * PROGRAMS, (part + 1) * PROGRAMS):
        text, truth, leaks, misuses, _ = one(seed, size=14, aliases=True, defers=True)
        if not truth.whole:
            continue
        judged += 1
        assert leaks <= truth.leaked, f"seed {seed}: a leak that is none\n{text}"
        assert misuses <= truth.misused, f"seed {seed}: a misuse that is none\n{text}"
    assert judged > PROGRAMS * 0.9


@pytest.mark.parametrize("part", range(4))
def test_what_happens_is_said(part: int) -> None:
    """One variable and no defers: there every leak is found, and every misuse that happens whenever its statement is reached."""
    judged = 0
    for seed in range(part * PROGRAMS, (part + 1) * PROGRAMS):
        text, truth, leaks, misuses, _ = one(seed, size=12, aliases=False, defers=False)
        if not truth.whole:
            continue
        judged += 1
        assert truth.leaked <= leaks, f"seed {seed}: a leak is missed\n{text}"
        always = {number for number, times in truth.met.items() if times == truth.reached[number]}
        assert always <= misuses, f"seed {seed}: a misuse on every way is missed\n{text}"
    assert judged > PROGRAMS * 0.9
