"""The tables of C libraries: which function does what with memory and errno, and which header declares a name.

One TOML file per library lies in `functions/` beside this module, and is read when one of the headers in `libraries.py` is included.
Reading all of libc's rows at once would cost 50 ms, most of it for functions nobody calls, so a file is cut at its
`[name]` lines and a row is parsed when it is first asked for: 3 ms for libc, then a tenth of a millisecond a row. That
rests on each row standing under one header line, which tests/data checks against a parse of the whole file.

This is the one module below `workspace` that opens files itself: its own package's data, never a user's, found beside
`__file__` because `importlib.resources` costs more than the reading.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from cgo_ls.data.libraries import HEADS, Head
from cgo_ls.data.rows import (
    ErrnoFacts,
    FunctionRow,
    ParamFacts,
    ResultFacts,
    RowError,
    parameter_facts,
    parameter_index,
    parse_rows,
)

__all__ = [
    "LIBRARIES",
    "ErrnoFacts",
    "FunctionRow",
    "Library",
    "ParamFacts",
    "ResultFacts",
    "RowError",
    "declared_by",
    "feature_of",
    "function",
    "header_of",
    "libraries_for",
    "load_library",
    "parameter_facts",
    "parameter_index",
    "parse_rows",
    "read_table",
]

LIBRARIES = ("libc", *HEADS)
_FOLDER = os.path.dirname(os.path.abspath(__file__))
_TABLE = re.compile(r"^\[(\w+)\]$", re.MULTILINE)
_LIBC = Head((), "man 3")


class Rows(Mapping[str, FunctionRow]):
    """The rows of one file by function name, each parsed when it is first asked for."""

    def __init__(self, library: str, head: Head, text: str) -> None:
        places = [(match[1], match.start()) for match in _TABLE.finditer(text)]
        ends = [start for _, start in places[1:]] + [len(text)]
        self._library, self._head = library, head
        self._texts = {name: text[start:end] for (name, start), end in zip(places, ends, strict=True)}
        self._rows: dict[str, FunctionRow] = {}

    def __getitem__(self, name: str) -> FunctionRow:
        row = self._rows.get(name)
        if row is None:
            tables = tomllib.loads(self._texts[name])
            rows, errors = parse_rows(complete(tables, self._head), self._library)
            if errors:
                raise ValueError(f"functions/{self._library}.toml: {errors[0].function}: {errors[0].message}")
            row = self._rows[name] = rows[name]
        return row

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@dataclass(frozen=True, slots=True)
class Library:
    """One file of rows. libc's apply everywhere, another's where one of its headers is included."""

    name: str
    rows: Mapping[str, FunctionRow]


def complete(tables: dict[str, dict[str, object]], head: Head) -> dict[str, dict[str, object]]:
    """Rows as they stand in a file, with the header and the manual that its library has in common."""
    for name, row in tables.items():
        row.setdefault("header", head.headers[0] if head.headers else None)
        row.setdefault("source", f"{head.manual}, {name}")
    return tables


@cache
def load_library(name: str) -> Library:
    """The library `name`, one of LIBRARIES; KeyError for any other name."""
    if name not in LIBRARIES:
        raise KeyError(name)
    return Library(name, Rows(name, HEADS.get(name, _LIBC), read_table("functions/" + name)))


def libraries_for(includes: Iterable[str]) -> tuple[Library, ...]:
    """libc, each library one of whose headers is among `includes` (as written, without brackets or quotes), and those that
    its headers include in turn."""
    names = {name for include in includes for name in _homes_of(include)}
    return tuple(load_library(name) for name in ("libc", *sorted(names)))


def _homes_of(include: str) -> Iterator[str]:
    """The libraries that `third_party/sqlite3.h` or `openssl/ssl.h` is a header of: a name in any folder, or any name in a folder."""
    known = _libraries_by_header()
    parts = include.split("/")
    for start in range(len(parts)):
        yield from known.get("/".join(parts[start:]), ())
        if start < len(parts) - 1:
            yield from known.get(parts[start] + "/", ())


@cache
def _libraries_by_header() -> Mapping[str, tuple[str, ...]]:
    """A header, or a folder with its `/`, to the library it is of and those that come with it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, head in HEADS.items():
        for header in head.headers:
            found[header] = (*found.get(header, ()), name, *head.brings)
    return found


def function(name: str, includes: Iterable[str] = ()) -> FunctionRow | None:
    """The row of the C function `name` in a file with these includes.

    Ask only for functions that the package does not define itself: a row speaks of the library's function.
    """
    libc = load_library("libc").rows
    if name in libc:
        return libc[name]
    for library in libraries_for(includes):
        if name in library.rows:
            return library.rows[name]
    return None


def header_of(name: str) -> str | None:
    """The standard header to include for a function, type (`size_t`, `struct_stat`), macro or variable of libc."""
    libc = load_library("libc").rows
    if name in libc:
        return libc[name].header
    return _standard_names().home.get(name.replace(" ", "_"))


def feature_of(name: str) -> str | None:
    """The macro (`_GNU_SOURCE`) without which the standard header does not declare `name`."""
    libc = load_library("libc").rows
    if name in libc:
        return libc[name].feature
    return "_GNU_SOURCE" if name.replace(" ", "_") in _standard_names().gnu else None


def declared_by(name: str, includes: Iterable[str]) -> bool | None:
    """Whether these includes declare the libc name `name` to cgo; None when that cannot be said.

    It cannot be said of a name that is not libc's, and when an include is not a standard header. cgo itself includes
    stddef.h, and C.malloc needs no header.
    """
    home = header_of(name)
    if home is None:
        return None
    names = _standard_names()
    known = True
    for include in (*includes, "stddef.h"):
        header = names.headers.get(include)
        if header is None:
            known = False
        elif include == home or home in header.brings or name.replace(" ", "_") in header.also:
            return True
    return name == "malloc" or (False if known else None)


@dataclass(frozen=True, slots=True)
class _Header:
    brings: frozenset[str]
    also: frozenset[str]


@dataclass(frozen=True, slots=True)
class _StandardNames:
    headers: Mapping[str, _Header]
    home: Mapping[str, str]
    gnu: frozenset[str]


@cache
def _standard_names() -> _StandardNames:
    headers: dict[str, _Header] = {}
    home: dict[str, str] = {}
    gnu: set[str] = set()
    for header, lists in tomllib.loads(read_table("libc_names")).items():
        words = {key: value.split() for key, value in lists.items()}
        for key in ("functions", "types", "macros", "variables"):
            home.update(dict.fromkeys(words.get(key, ()), header))
        headers[header] = _Header(frozenset(words.get("brings", ())), frozenset(words.get("also", ())))
        gnu.update(words.get("gnu", ()))
    return _StandardNames(headers, home, frozenset(gnu))


def read_table(name: str) -> str:
    """The text of the TOML file `name` in the folder of this module: `threads`, `functions/libc`."""
    with open(os.path.join(_FOLDER, name + ".toml"), encoding="utf-8", newline="\n") as file:
        return file.read()
