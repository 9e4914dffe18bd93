"""How one C function reports failure: by which result, and where the reason is; as the tables say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cgo_ls.data.rows import FunctionRow

Predicate = Literal[
    "minus_one",
    "null",
    "eof",
    "weof",
    "zero",
    "nonzero",
    "negative",
    "map_failed",
    "size_max",
    "short_count",
    "ambiguous",
    "none",
]
Channel = Literal["errno", "result", "negated_result", "own_code", "h_errno", "gai", "dlerror", "getdate_err", "none"]


@dataclass(frozen=True, slots=True)
class Convention:
    """How the function `name` reports failure.

    `predicate` is what is true of a result that says failure ("none": no result does). `channel` is where the reason is then found.
    `success_may_set`: errno may be other than 0 after a call that worked. `clear_first`: only errno tells failure, or some kinds of
    it, so it must be 0 before the call (cgo's two-value form sees to that). `silent_on`: when the failing result comes without a
    reason, in words. `coarse`: the failing result is one code for many reasons, and errno tells which. `note` says where this is
    known from; `inner` is the library function whose convention a wrapper passes on.
    """

    name: str
    predicate: Predicate
    channel: Channel
    success_may_set: bool = False
    clear_first: bool = False
    silent_on: str | None = None
    origin: Literal["table", "project", "body"] = "table"
    note: str = ""
    inner: str = ""
    coarse: bool = False

    @property
    def words(self) -> str:
        """For a message: `returns -1 and sets errno`."""
        result, reason = _RESULTS[self.predicate], _REASONS[self.channel]
        if self.channel in ("result", "negated_result"):
            return reason
        if self.coarse:
            return "returns one code for many failures, and errno tells which"
        if self.predicate == "none":
            return (
                "does not report failure" if self.channel == "none" else f"reports failure only by errno: it {reason}"
            )
        return f"{result} and {reason}" if self.channel != "none" else result


_RESULTS: Mapping[Predicate, str] = {
    "minus_one": "returns -1",
    "null": "returns NULL",
    "eof": "returns EOF",
    "weof": "returns WEOF",
    "zero": "returns 0",
    "nonzero": "returns a number other than 0",
    "negative": "returns a negative number",
    "map_failed": "returns (void *)-1",
    "size_max": "returns (size_t)-1",
    "short_count": "returns fewer items than asked for",
    "ambiguous": "returns what could also be a right answer",
    "none": "returns nothing that says so",
}
_REASONS: Mapping[Channel, str] = {
    "errno": "sets errno",
    "result": "returns the error number, not -1",
    "negated_result": "returns the negated error number",
    "own_code": "the result is a code of its own",
    "h_errno": "sets h_errno, not errno",
    "gai": "the result is for gai_strerror, not an errno number",
    "dlerror": "leaves a message for dlerror, not errno",
    "getdate_err": "sets getdate_err, not errno",
    "none": "leaves no reason",
}
_PREDICATES: Mapping[str, Predicate] = {
    "== -1": "minus_one",
    "NULL": "null",
    "EOF": "eof",
    "WEOF": "weof",
    "== 0": "zero",
    "!= 0": "nonzero",
    "< 0": "negative",
    "== (void *)-1": "map_failed",
    "== (size_t)-1": "size_max",
    "short": "short_count",
    "ambiguous": "ambiguous",
}
_CHANNELS: Mapping[str, Channel] = {
    "as-result": "result",
    "own-code": "own_code",
    "dlerror": "dlerror",
    "h_errno": "h_errno",
    "getdate_err": "getdate_err",
}
_GAI = frozenset(["getaddrinfo", "getnameinfo"])


def convention_of_row(row: FunctionRow, origin: Literal["table", "project"] = "table") -> Convention | None:
    """What a table's row says of errno; None when it says nothing."""
    facts = row.errno
    if facts is None:
        return None
    where = f"{row.library}'s table" if origin == "table" else row.library
    note = f"{where}, {row.source}" if row.source else where
    pointer = "*" in row.prototype.partition("(")[0]
    if facts.none:
        return Convention(row.name, "none", "none", facts.changes, origin=origin, note=note)
    if facts.reported is not None:
        channel = _CHANNELS[facts.reported]
        predicate: Predicate = "null" if pointer else "nonzero"
        if row.name in ("dlsym", "dlvsym"):  # a symbol may be NULL
            predicate = "ambiguous"
        channel = "gai" if row.name in _GAI else channel
        may_set = channel != "result" or facts.changes
        return Convention(row.name, predicate, channel, may_set, origin=origin, note=note)
    predicate = _PREDICATES[facts.failure or ""]
    ambiguous = predicate == "ambiguous"
    clear = ambiguous or facts.silent_on is not None
    may_set = not (ambiguous or facts.unchanged)
    return Convention(row.name, predicate, "errno", may_set, clear, facts.silent_on, origin, note, coarse=facts.coarse)
