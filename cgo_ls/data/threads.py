"""What C functions have to do with threads; the format is described at the top of `threads.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cgo_ls.data.tables import read_table


@dataclass(frozen=True, slots=True)
class ThreadWords:
    """All libraries together. `last_error`: name -> library. `bound`: name -> what it does to the thread. `callers`: the libraries
    whose wrappers leave locking to their users; `library_of` says where a bound name is from."""

    last_error: Mapping[str, str]
    reads_error: frozenset[str]
    bound: Mapping[str, str]
    unless: Mapping[str, str]
    static: Mapping[str, str]
    static_nil: Mapping[str, str]
    library_of: Mapping[str, str]
    callers: frozenset[str]


@cache
def thread_words() -> ThreadWords:
    """The words of `threads.toml`."""
    tables = tomllib.loads(read_table("threads"))
    last_error: dict[str, str] = {}
    reads: set[str] = set()
    bound: dict[str, str] = {}
    unless: dict[str, str] = {}
    static: dict[str, str] = {}
    static_nil: dict[str, str] = {}
    library_of: dict[str, str] = {}
    for library, table in tables.items():
        last_error.update(dict.fromkeys(table.get("last_error", "").split(), library))
        reads.update(table.get("reads_error", "").split())
        bound.update(table.get("bound", {}))
        library_of.update(dict.fromkeys(table.get("bound", {}), library))
        unless.update(table.get("unless", {}))
        static.update(table.get("static", {}))
        static_nil.update(table.get("static_nil", {}))
    callers = frozenset(library for library, table in tables.items() if table.get("callers"))
    return ThreadWords(last_error, frozenset(reads), bound, unless, static, static_nil, library_of, callers)
