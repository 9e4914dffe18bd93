"""How a C function reports failure, as the rules of this family ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgo_ls.data.tables import function as table_row
from cgo_ls.model.cdecl import CFunction
from cgo_ls.model.pseudo_c import pseudo_name

if TYPE_CHECKING:
    from cgo_ls.analysis.conventions import Convention
    from cgo_ls.analysis.facts import Facts

# Tests in Go that single out the failures of a predicate. `== -1` and the like are spelt as tests.py spells them.
_TESTS: dict[str, frozenset[str]] = {
    "minus_one": frozenset(["== -1", "< 0", "!= 0", "<= -1"]),
    "null": frozenset(["== nil"]),
    "eof": frozenset(["== -1", "< 0", "!= 0", "== C.EOF"]),
    "weof": frozenset(["== C.WEOF"]),
    "zero": frozenset(["== 0"]),
    "nonzero": frozenset(["!= 0", "== -1", "< 0", "> 0"]),
    "negative": frozenset(["< 0", "!= 0", "== -1"]),
    "map_failed": frozenset(["== C.MAP_FAILED", "== C.SEM_FAILED", "== C.SIG_ERR"]),
}
# These are asked a question, and a result that says failure may be the answer.
ANSWERS = frozenset(["isatty", "access", "faccessat", "eaccess", "euidaccess", "getenv", "secure_getenv"])
# Failing, these can only say that there is no memory.
_OUT_OF_MEMORY = (
    "calloc malloc realloc reallocarray aligned_alloc memalign valloc pvalloc strdup strndup wcsdup asprintf vasprintf"
)
_NOTHING_TO_SAY = ANSWERS | frozenset(_OUT_OF_MEMORY.split())


def convention(name: str, facts: Facts) -> Convention | None:
    """None where nobody knows, and for what cgo itself gives."""
    return None if pseudo_name(name) is not None else facts.convention(name)


def by_library(name: str, test: str, facts: Facts) -> Convention | None:
    """What the library of a function that has no row says of a failure that Go tests in this way; None where it says nothing."""
    from cgo_ls.analysis.conventions import Convention

    found = facts.library_failure(name) if pseudo_name(name) is None else None
    if found is None:
        return None
    note = f"the functions of {found.library}"
    if test == "== nil":
        return Convention(name, "null", "errno", True, note=note) if found.pointers else None
    if found.numbers == "errno" and test in ("== -1", "< 0", "!= 0"):
        return Convention(name, "negative" if test == "!= 0" else "minus_one", "errno", True, note=note)
    if found.numbers == "negated" and test == "< 0":
        return Convention(name, "negative", "negated_result", note=note)
    return None


def tells_why(name: str, known: Convention | None) -> bool:
    """Whether errno is where the reason is, and a reason worth having."""
    if known is None or known.channel != "errno" or known.silent_on:
        return False
    return name not in _NOTHING_TO_SAY and known.inner not in _NOTHING_TO_SAY


def means_failure(test: str, known: Convention) -> bool:
    """Whether a test such as "== -1" of the result is true exactly when the call has failed, as far as one knows."""
    return test in _TESTS.get(known.predicate, frozenset())


def result_type(name: str, facts: Facts) -> str:
    """What C says the function returns: "int", "void", "size_t"; "" where it is not known, and of libraries other than libc."""
    for declared in _declarations(name, facts):
        if isinstance(declared, CFunction):
            return declared.result
    row = table_row(name)
    if row is None or _declarations(name, facts):
        return ""
    head = row.prototype.split("(", 1)[0].rstrip()
    return head.removesuffix(name).strip()


def _declarations(name: str, facts: Facts) -> tuple[object, ...]:
    known = facts.resolve_c(name)
    return known.declarations if known is not None else ()
