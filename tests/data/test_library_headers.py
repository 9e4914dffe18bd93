"""No table has changed since it was last held to the real headers of its library (see library_headers.py)."""

from __future__ import annotations

import csv

import pytest

from cgo_ls.data.libraries import HEADS
from tests.data.library_headers import CHECKED, digest

HAND_WRITTEN = {"curl", "duckdb", "glib", "openssl", "sdl2", "sqlite3", "zlib"}
"""Held to the headers by hand, and by test_headers.py where they are installed."""


def checked() -> dict[str, str]:
    with CHECKED.open(encoding="utf-8", newline="") as file:
        return {row["library"]: row["digest"] for row in csv.DictReader(file, delimiter="\t")}


@pytest.mark.parametrize("library", sorted(HEADS.keys() - HAND_WRITTEN))
def test_prototypes_are_those_that_were_compared(library: str) -> None:
    assert checked().get(library) == digest(library), "run python -m tests.data.library_headers"


def test_nothing_else_is_listed() -> None:
    assert checked().keys() <= HEADS.keys()
