"""How much processor time each rule and the analysis took: runs, seconds in all, and the longest single run."""

from __future__ import annotations

from collections import Counter
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
        self._runs: Counter[str] = Counter()
        self._seconds: dict[str, float] = {}
        self._longest: dict[str, float] = {}

    def count(self, name: str, spent: float, runs: int = 1, longest: float = 0.0) -> None:
        """Count one run of `spent` seconds; or several, that took as much together."""
        self._runs[name] += runs
        self._seconds[name] = self._seconds.get(name, 0.0) + spent
        longest = longest or spent
        if longest > self._longest.get(name, -1.0):
            self._longest[name] = longest

    def add(self, rows: Iterable[Timing]) -> None:
        """Add what was measured elsewhere."""
        for name, runs, seconds, longest in rows:
            self.count(name, seconds, runs, longest)

    @property
    def rows(self) -> tuple[Timing, ...]:
        """The dearest first."""
        rows = [Timing(name, runs, self._seconds[name], self._longest[name]) for name, runs in self._runs.items()]
        return tuple(sorted(rows, key=lambda row: (-row.seconds, row.name)))
