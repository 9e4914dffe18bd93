"""How much processor time each rule and the analysis took: runs, seconds in all, and the longest single run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Timing(NamedTuple):
    """`longest` is one run on one function, file or package, in seconds of processor time; so is `seconds`."""

    name: str
    runs: int
    seconds: float
    longest: float


class Timings:
    """Adds up. The analysis of functions counts as "analysis"."""

    def __init__(self) -> None:
        self._rows: dict[str, Timing] = {}

    def count(self, name: str, spent: float) -> None:
        """Count one run of `spent` seconds."""
        self.add([Timing(name, 1, spent, spent)])

    def add(self, rows: Iterable[Timing]) -> None:
        """Add what was measured elsewhere."""
        for name, runs, seconds, longest in rows:
            known = self._rows.get(name, Timing(name, 0, 0.0, 0.0))
            self._rows[name] = Timing(name, known.runs + runs, known.seconds + seconds, max(known.longest, longest))

    @property
    def rows(self) -> tuple[Timing, ...]:
        """The dearest first."""
        return tuple(sorted(self._rows.values(), key=lambda row: (-row.seconds, row.name)))
