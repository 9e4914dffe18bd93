"""Where the fixtures are: tests/fixtures/<family>/<rule-name>/<case>/, each case one Go package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@dataclass(frozen=True, slots=True)
class Case:
    """One fixture. `broken` ones (named broken_*) must be refused by the real toolchain."""

    family: str
    rule: str
    name: str
    directory: Path

    @property
    def broken(self) -> bool:
        return self.name.startswith("broken_")

    @property
    def id(self) -> str:
        return f"{self.family}/{self.rule}/{self.name}"


def cases() -> list[Case]:
    """All fixtures, sorted."""
    folders = [path for path in sorted(FIXTURES.glob("*/*/*")) if path.is_dir()]
    return [Case(path.parent.parent.name, path.parent.name, path.name, path) for path in folders]
