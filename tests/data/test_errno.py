"""What the rows say of errno, held to calls that were really made (`errno_measured.tsv`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from cgo_ls.data.rows import FAILURES
from cgo_ls.data.tables import ErrnoFacts, load_library

# Measured, and yet not promised by ISO C or POSIX: the row says none.
ACCIDENTS = {
    "atoi": "strtol behind it sets ERANGE",
    "atof": "strtod behind it sets ERANGE",
    "setlocale": "the search for the locale's files sets it, on success too",
}


@dataclass(frozen=True)
class Measured:
    function: str
    case: str
    outcome: str
    result: str
    errno: str


def measured() -> list[Measured]:
    lines = (Path(__file__).parent / "errno_measured.tsv").read_text(encoding="utf-8").splitlines()
    return [Measured(*line.split("\t")) for line in lines if not line.startswith("#")]


def says_failure(facts: ErrnoFacts, result: str) -> bool:
    """Whether `facts.failure` is true of a measured result."""
    number = float(result) if result not in ("NULL", "nonnull", "(void *)-1") else math.nan
    return {
        "== -1": number == -1,
        "== (size_t)-1": number == -1,
        "EOF": number == -1,
        "WEOF": number == -1,
        "== (void *)-1": result == "(void *)-1",
        "NULL": result == "NULL",
        "== 0": number == 0 or result == "NULL",
        "!= 0": number != 0,
        "< 0": number < 0,
        "short": number == 0,
    }[facts.failure or ""]


@pytest.mark.parametrize("case", measured(), ids=lambda case: f"{case.function}: {case.case}")
def test_the_row_agrees_with_the_call(case: Measured) -> None:
    row = load_library("libc").rows[case.function]
    facts = row.errno
    assert facts is not None, "a measured function needs its errno facts"
    if case.errno != "0" and facts.none:
        assert case.function in ACCIDENTS
    elif case.errno != "0" and facts.failure is not None:
        assert facts.failure == "ambiguous" or says_failure(facts, case.result)
    elif case.errno != "0":
        assert facts.reported == "as-result", "sets errno beside returning the number"
    elif case.outcome == "failure" and facts.failure is not None:
        assert facts.silent_on is not None, "fails without errno, and the row does not say so"
    elif case.outcome == "end":
        assert facts.none or facts.silent_on is not None
    elif facts.failure not in (None, "ambiguous"):
        assert not says_failure(facts, case.result) or facts.silent_on is not None


def test_most_of_libc_was_measured_or_read() -> None:
    rows = load_library("libc").rows
    assert len({case.function for case in measured()}) >= 190
    assert sum(row.errno is not None for row in rows.values()) >= 1000


def test_every_word_for_failure_is_used() -> None:
    used = {row.errno.failure for row in load_library("libc").rows.values() if row.errno is not None}
    assert used - {None} == set(FAILURES)


def test_pthread_functions_return_their_error() -> None:
    rows = load_library("libc").rows
    for name in (
        "pthread_create",
        "pthread_mutex_lock",
        "pthread_setname_np",
        "posix_memalign",
        "getpwnam_r",
        "clock_nanosleep",
    ):
        assert rows[name].errno == ErrnoFacts(reported="as-result"), name
