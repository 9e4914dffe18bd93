"""The rules of the house as tests: imports, side effects, sizes, what the command line's path loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cgo_ls"
PURE = ("text", "data", "objects", "syntax", "model", "analysis", "rules")
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE_MODULES = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] in PURE]

# Modules that touch the world outside of the process. Pure parts of a module are named where they are allowed.
WORLD = {
    "asyncio", "ctypes", "fcntl", "glob", "io", "multiprocessing", "os", "pathlib", "pickle", "random", "select", "shutil", "signal",
    "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "datetime", "urllib", "http", "logging", "mmap",
}  # fmt: skip
# What only computes with the text of a path may be used: os.path.join is no access to a disk.
PURE_PATHS = {
    "basename",
    "commonpath",
    "commonprefix",
    "dirname",
    "isabs",
    "join",
    "normpath",
    "sep",
    "split",
    "splitext",
}
CALLS = {"open", "exec", "eval", "compile", "input", "print", "__import__"}
# What reads the files that are part of the package itself, at import or on demand: data tables and the rules' pages.
OWN_DATA = {"importlib.resources", "pkgutil"}
ALLOWED = {
    # The tables are files of the package; importlib.resources costs more than the reading.
    "cgo_ls/data/tables.py": {"open()", "os.path.abspath"},
    # pyelftools reads from a file object; this one is the bytes that were handed in.
    "cgo_ls/objects/elf.py": {"import io.BytesIO"},
}

MODULE_LINES = 500
FUNCTION_LINES = 60


def identify(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def operating_system_calls(tree: ast.AST) -> set[str]:
    """Each use of `os` that is not a pure function of `os.path`."""
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            pure = name == "os.path" or name.removeprefix("os.path.") in PURE_PATHS
            if name.startswith("os.") and name.count(".") <= 2 and not pure:
                used.add(name)
    return used


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), str(path))


@pytest.mark.parametrize("path", PURE_MODULES, ids=identify)
def test_nothing_below_workspace_touches_the_world(path: Path) -> None:
    tree = parse(path)
    touched = {f"import {name}" for name, _ in imports(tree) if name.split(".")[0] in WORLD}
    touched = {name for name in touched if name not in ("import os", "import os.path")} | operating_system_calls(tree)
    called = {
        f"{node.func.id}()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS
    }
    assert touched | called == ALLOWED.get(identify(path), set())


@pytest.mark.parametrize("path", PURE_MODULES, ids=identify)
def test_only_the_tables_and_pages_read_the_package_itself(path: Path) -> None:
    reads = [name for name, _ in imports(parse(path)) if any(name.startswith(own) for own in OWN_DATA)]
    assert not reads or path.relative_to(PACKAGE).parts[0] in ("data", "rules")


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_sizes(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MODULE_LINES, f"{lines} lines"
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_nothing_is_left_to_do(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for mark in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
        assert mark not in text


def loaded_after(code: str) -> set[str]:
    """The modules a fresh interpreter holds after `code`."""
    probe = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stdout.split())


def test_the_check_command_loads_no_server() -> None:
    """Checking a folder starts fast: no protocol library, no event loop, no rich."""
    code = (
        "import contextlib, io, cgo_ls.__main__ as m\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    m.main(['check', '--format', 'json', 'examples'])"
    )
    loaded = loaded_after(code)
    assert "cgo_ls.workspace.session" in loaded, "the command did not run"
    heavy = {"pygls", "lsprotocol", "attrs", "attr", "cattrs", "asyncio", "rich", "hypothesis", "email", "ssl"}
    assert not loaded & heavy
