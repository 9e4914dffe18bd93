"""`cgo-ls symbols`: what it prints, in each format, and what it returns."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.support import cgo_ls, write
from tests.cli.test_light import loaded

WRONG = """package main

// int twice(int n);
// int nowhere(int n);
import "C"

func main() { println(C.twice(1), C.nowhere(1)) }
"""
TWICE = "int twice(int n) { return 2 * n; }\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    write(tmp_path, {"go.mod": "module x\n\ngo 1.24\n", "main.go": WRONG, "twice.c": TWICE})
    return tmp_path


def test_text(package: Path) -> None:
    run = cgo_ls("symbols", str(package))
    assert run.code == 1
    lines = run.text.splitlines()
    assert lines[0] == f"{package}:"
    assert lines[1].split() == ["name", "kind", "declared", "defined", "linkage", "binding", "visibility", "verdict"]
    assert lines[2].split()[:5] == ["C.nowhere", "function", "main.go:4", "-", "external"]
    assert lines[3].split()[:4] == ["C.twice", "function", "main.go:3", "twice.c:1"]
    assert "undefined: declared, and defined nowhere" in lines[2]


def test_json(package: Path) -> None:
    run = cgo_ls("symbols", "--format", "json", str(package / "main.go"))
    found = json.loads(run.text)
    rows = {row["name"]: row for each in found["packages"] for row in each["symbols"]}
    assert rows["twice"]["defined"] == {"path": "twice.c", "line": 1}
    assert rows["twice"]["used"] == [{"path": "main.go", "line": 7}]
    assert rows["nowhere"]["broken"] and not rows["twice"]["broken"]


def test_pictures(package: Path) -> None:
    dot = cgo_ls("symbols", "--format", "dot", str(package)).text
    assert dot.startswith("digraph symbols {") and '[label="C.twice"' in dot
    page = cgo_ls("symbols", "--format", "html", str(package)).text
    start = page.index("<svg")
    ElementTree.fromstring(page[start : page.index("</svg>") + 6])


def test_exit_codes(package: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = tmp_path_factory.mktemp("empty")
    assert cgo_ls("symbols", str(empty)).code == 2
    assert cgo_ls("symbols", str(empty / "missing")).code == 2
    write(empty, {"main.go": WRONG.replace(", C.nowhere(1)", ""), "twice.c": TWICE})
    assert cgo_ls("symbols", str(empty)).code == 0


def test_it_loads_no_server_and_no_reader_of_objects(package: Path) -> None:
    modules = loaded("symbols", str(package))
    assert not modules & {"elftools", "rich", "lsprotocol", "asyncio"}
