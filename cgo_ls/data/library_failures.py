"""How whole libraries report failure; the format is described at the top of `library_failures.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from cgo_ls.data.tables import read_table

# Functions that return a pointer to what they make: NULL from any other may be an answer.
_MAKES = re.compile(r"(?:^|_)(?:new|open|create|alloc|init|connect|attach|socket|request|load|parse)(?:_|$|\d)")
# Functions that cannot fail, or whose failure is nobody's concern.
_ENDS = re.compile(r"(?:^|_)(?:free|unref|destroy|release|close|term|strerror|print|dump|is|has|get_name)(?:_|$|\d)")


@dataclass(frozen=True, slots=True)
class LibraryFailure:
    """What a failing function of a library does. `numbers`: "negated", "errno" or "", where it returns a number; `pointers`: NULL
    comes with errno."""

    library: str
    numbers: Literal["negated", "errno", ""]
    pointers: bool


@dataclass(frozen=True, slots=True)
class _Library:
    headers: tuple[str, ...]
    functions: re.Pattern[str]
    exceptions: re.Pattern[str] | None
    failure: LibraryFailure


@cache
def _libraries() -> tuple[_Library, ...]:
    found: list[_Library] = []
    for name, table in tomllib.loads(read_table("library_failures")).items():
        excepted = table.get("except")
        failure = LibraryFailure(name, table.get("numbers", ""), table.get("pointers") == "errno")
        pattern = re.compile(table["functions"])
        found.append(_Library(tuple(table["headers"]), pattern, re.compile(excepted) if excepted else None, failure))
    return tuple(found)


def library_failure(name: str, includes: Iterable[str]) -> LibraryFailure | None:
    """What is said of the library that C function `name` is of, where one of its headers is among `includes`."""
    library = next((one for one in _libraries() if one.functions.match(name)), None)
    if library is None or _ENDS.search(name) or (library.exceptions and library.exceptions.search(name)):
        return None
    if not any(
        include == header or (header[-1] == "/" and header in include)
        for include in includes
        for header in library.headers
    ):
        return None
    makes = library.failure.pointers and _MAKES.search(name) is not None
    return LibraryFailure(library.failure.library, library.failure.numbers, makes)
