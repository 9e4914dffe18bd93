"""What the rows say of errno, held to calls that are really made (`errno_calls.c`, with `errno_measured.tsv` as their record) and to
what clang's checker believes."""

from __future__ import annotations

import math
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from cgo_ls.data.rows import FAILURES
from cgo_ls.data.tables import ErrnoFacts, load_library
from tests.support.go_toolchain import require

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


# Whether there is a terminal, and of what kind, decides these.
ELSEWHERE = frozenset(["getlogin"])
# Functions of which clang and the calls say different things; the table follows the calls, and a comment in it says so.
CLANG_DIFFERS = {
    "fgetc": "errno is set on errors, and left alone at the end of the file",
    "fgets": "the same",
    "getc": "the same",
    "getchar": "the same",
    "getdelim": "errno is left alone at the end of the file",
    "fwrite": "a short count comes with errno",
    "isatty": "0 comes with ENOTTY or EBADF",
    "write": "-1 sets it",
    "fileno": "-1 sets it",
}


def test_the_calls_do_what_is_on_record(tmp_path: Path) -> None:
    """Makes all the calls again. Only the sign of a NaN is left to the processor."""
    assert platform.libc_ver()[0] == "glibc", "the record is glibc's"
    program = tmp_path / "calls"
    source = Path(__file__).parent / "errno_calls.c"
    command = [
        require("gcc", "gcc libc6-dev"),
        "-std=gnu11",
        "-O0",
        "-w",
        "-o",
        str(program),
        str(source),
        "-lm",
        "-lrt",
    ]
    subprocess.run(command, check=True, capture_output=True)
    done = subprocess.run([program], check=True, capture_output=True, text=True, cwd=tmp_path, stdin=subprocess.DEVNULL)
    made = {tuple(line.split("\t")[:2]): tuple(line.split("\t")[2:]) for line in done.stdout.splitlines()}
    recorded = {(case.function, case.case): (case.result, case.errno) for case in measured()}
    assert made.keys() == recorded.keys()
    for place, (result, errno) in recorded.items():
        if place[0] in ELSEWHERE:
            assert (made[place][0], made[place][1] != "0") == (result, errno != "0"), place
        else:
            assert (made[place][0].replace("-nan", "nan"), made[place][1]) == (result.replace("-nan", "nan"), errno), (
                place
            )


def clang() -> list[tuple[str, str, str]]:
    lines = (Path(__file__).parent / "errno_clang.tsv").read_text(encoding="utf-8").splitlines()
    return [
        (fields[0], fields[1], fields[2]) for line in lines if not line.startswith("#") for fields in [line.split("\t")]
    ]


@pytest.mark.parametrize(("function", "failure", "besides"), clang(), ids=lambda value: value)
def test_the_row_agrees_with_clang(function: str, failure: str, besides: str) -> None:
    facts = load_library("libc").rows[function].errno
    assert facts is not None
    if function in CLANG_DIFFERS:
        assert (facts.failure or "-") != failure or facts.silent_on is not None
    elif failure != "-":
        assert facts.failure == failure
    elif besides == "must":
        assert facts.failure == "ambiguous"
    else:
        assert facts.none, "clang: errno does not matter"
    if besides == "unchanged":
        assert facts.unchanged


def test_clang_is_heard_on_all_its_functions() -> None:
    assert len(clang()) == 114
    assert CLANG_DIFFERS.keys() <= {function for function, _, _ in clang()}


def test_what_says_nothing_may_still_change_errno() -> None:
    rows = load_library("libc").rows
    for name in ("perror", "syslog", "atoi", "setlocale"):
        assert rows[name].errno == ErrnoFacts(none=True, changes=True), name
    for name in ("strlen", "memcpy", "free", "strerror", "pthread_self"):
        assert rows[name].errno == ErrnoFacts(none=True), name


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
