"""The numbers of errno on each system that Go knows, for comparisons with a bare number."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache

from cgo_ls.data.tables import read_table

SYSTEMS = ("linux", "linux/mips", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "aix")


@cache
def numbers() -> Mapping[str, Mapping[str, int]]:
    """System -> name -> number. `linux` stands for all its machines but mips."""
    tables = tomllib.loads(read_table("errno_numbers"))
    return {system: _pairs(tables[system]["numbers"]) for system in SYSTEMS}


def name_of(number: int, system: str = "linux") -> str | None:
    """The first name of a number on a system: `EAGAIN` for 11 on linux."""
    return next((name for name, value in numbers()[system].items() if value == number), None)


def values_of(name: str) -> Mapping[str, int]:
    """System -> number of the name, where the system has it."""
    return {system: known[name] for system, known in numbers().items() if name in known}


def _pairs(text: str) -> dict[str, int]:
    return {name: int(value) for name, _, value in (word.partition("=") for word in text.split())}
