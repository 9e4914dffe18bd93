"""What the tables say of headers is what gcc finds in the installed ones."""

from __future__ import annotations

import random
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from cgo_ls.data import tables
from cgo_ls.data.tables import declared_by, header_of, load_library
from tests.data.compiler import GNU, gcc, prototypes, undeclared
from tests.data.shapes import shape

NAMES = Path(tables.__file__).parent / "libc_names.toml"


@cache
def standard_headers() -> dict[str, dict[str, list[str]]]:
    return {
        header: {key: words.split() for key, words in lists.items()}
        for header, lists in tomllib.loads(NAMES.read_text()).items()
    }


def test_libc_prototypes_are_those_of_the_headers(tmp_path: Path) -> None:
    rows = load_library("libc").rows
    headers = sorted({row.header for row in rows.values() if row.header})
    plain = prototypes(tmp_path, headers)
    gnu = prototypes(tmp_path, headers, GNU)
    differing = {}
    for row in rows.values():
        found = plain.get(row.name) or gnu.get(row.name)
        assert found is not None, f"no header declares {row.name}"
        if shape(found) != shape(row.prototype):
            differing[row.name] = f"{row.prototype} | {found}"
    assert differing == {}


def test_a_row_names_the_header_that_declares_it_and_the_macro_it_needs(tmp_path: Path) -> None:
    by_header: dict[str, list[str]] = {}
    rows = load_library("libc").rows
    for row in rows.values():
        assert row.header is not None
        by_header.setdefault(row.header, []).append(row.name)
    for header, names in by_header.items():
        uses = {name: f"__typeof__(&{name}) p_{name};" for name in names}
        assert undeclared(tmp_path, header, uses, GNU) == set(), header
        needing = {name for name in names if rows[name].feature == "_GNU_SOURCE"}
        assert undeclared(tmp_path, header, uses) == needing, header


def use_of(kind: str, name: str) -> str:
    """A line of C that compiles only where `name` is declared."""
    tag = re.match(r"(struct|union|enum)_(.+)", name)
    if kind == "types" and tag is not None:
        return f"char used_{name}[sizeof({tag[1]} {tag[2]})];"
    if kind == "types":
        return f"typedef {name} used_{name};"
    return f"__typeof__(&{name}) used_{name};"


def uses_of(lists: dict[str, list[str]]) -> dict[str, str]:
    return {name: use_of(kind, name) for kind in ("functions", "types", "variables") for name in lists.get(kind, ())}


def test_names_are_declared_by_their_header(tmp_path: Path) -> None:
    wrong = []
    for header, lists in standard_headers().items():
        uses = uses_of(lists)
        wrong += [f"{header}: {name}" for name in undeclared(tmp_path, header, uses, GNU)]
        wrong += [
            f"{header}: {name} needs _GNU_SOURCE"
            for name in undeclared(tmp_path, header, uses) - set(lists.get("gnu", ()))
        ]
    assert wrong == []


def test_macros_are_defined_by_their_header(tmp_path: Path) -> None:
    """A macro may stand for anything, so the preprocessor is asked; what it does not know must be an enumerator."""
    wrong = []
    for header, lists in standard_headers().items():
        guarded = [f"#ifndef {name}\nenum {{ used_{name} = {name} }};\n#endif\n" for name in lists.get("macros", ())]
        if guarded:
            done = gcc(tmp_path, f"#include <{header}>\n{''.join(guarded)}", "-w", GNU)
            wrong += [f"{header}: {error}" for error in re.findall(r"error: (.*)", done.stderr)]
    assert wrong == []


def test_headers_bring_what_the_table_says(tmp_path: Path) -> None:
    everything = {name: use for lists in standard_headers().values() for name, use in uses_of(lists).items()}
    everything |= {name: use_of("functions", name) for name in load_library("libc").rows}
    wrong = []
    for header, lists in standard_headers().items():
        uses = {name: everything[name] for name in lists.get("also", ()) if name in everything}
        for brought in lists.get("brings", ()):
            uses |= uses_of(standard_headers()[brought])
        missing = undeclared(tmp_path, header, uses, GNU)
        if missing:  # a few names are there only without _GNU_SOURCE
            wrong += [f"{header}: {name}" for name in missing & undeclared(tmp_path, header, uses)]
    assert wrong == []


@pytest.mark.parametrize("seed", [1, 2])
def test_names_said_to_be_missing_are_missing(seed: int, tmp_path: Path) -> None:
    """`declared_by` is a promise that the build fails: random names of other headers, asked of gcc as cgo would."""
    chance = random.Random(seed)
    names = sorted(load_library("libc").rows)
    wrong = []
    for header in chance.sample(sorted(standard_headers()), 25):
        missing = [name for name in chance.sample(names, 120) if declared_by(name, [header]) is False]
        uses = {name: f"__typeof__(&{name}) u_{name};" for name in missing}
        wrong += [f"{header}: {name}" for name in set(missing) - undeclared(tmp_path, header, uses)]
    assert wrong == [], f"seed {seed}"


def test_every_header_exists(tmp_path: Path) -> None:
    missing = [header for header in standard_headers() if gcc(tmp_path, f"#include <{header}>\n", "-w", GNU).returncode]
    assert missing == []
    assert {row.header for row in load_library("libc").rows.values()} <= set(standard_headers())


def test_installed_libraries_have_the_prototypes_of_their_rows(tmp_path: Path) -> None:
    """libc is always there; of the other libraries, those whose headers gcc finds here are compared too."""
    compared = set()
    differing = {}
    for name in tables.LIBRARIES:
        rows = load_library(name).rows
        headers = sorted({row.header for row in rows.values() if row.header})
        if gcc(tmp_path, "".join(f"#include <{header}>\n" for header in headers), "-w").returncode:
            continue
        compared.add(name)
        found = prototypes(tmp_path, headers)
        if name != "libc":
            for row in rows.values():
                if row.name in found and shape(found[row.name]) != shape(row.prototype):
                    differing[row.name] = f"{row.prototype} | {found[row.name]}"
    assert "libc" in compared
    assert differing == {}


def test_header_of_speaks_of_standard_headers_only() -> None:
    assert header_of("malloc") == "stdlib.h"
    assert header_of("size_t") == "stddef.h"
    assert header_of("struct stat") == header_of("struct_stat") == "sys/stat.h"
    assert header_of("EINVAL") == "errno.h"
    assert header_of("O_RDONLY") == "fcntl.h"
    assert header_of("stdin") == "stdio.h"
    assert header_of("uint8_t") == "stdint.h"
    assert header_of("pid_t") == "sys/types.h"
    assert header_of("SIGINT") == "signal.h"
    assert header_of("frobnicate") is None
