"""The wheel: byte for byte the same from two checkouts, and whole."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PARTS = ("cgo_ls", "pyproject.toml", "README.md", "LICENSE", ".gitignore")


def build_wheel(repository: Path, place: Path) -> Path:
    """Copy the sources to `place` and build there, without isolation and so without a network."""
    for part in PARTS:
        source = repository / part
        if source.is_dir():
            shutil.copytree(source, place / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place / part)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1577836800", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place / "dist"), str(place)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next((place / "dist").glob("*.whl"))


def test_wheel_is_reproducible_and_whole(repository: Path, tmp_path: Path) -> None:
    first = build_wheel(repository, tmp_path / "one")
    second = build_wheel(repository, tmp_path / "another" / "place")
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as wheel:
        names = set(wheel.namelist())
        entry = wheel.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
        metadata = wheel.read(next(name for name in names if name.endswith("METADATA"))).decode()
    for path in (repository / "cgo_ls").rglob("*"):
        if path.suffix in (".py", ".md", ".toml") or path.name == "py.typed":
            assert path.relative_to(repository).as_posix() in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "cgo-ls = cgo_ls.__main__:main" in entry
    assert re.search(r"^License-Expression: Apache-2.0$", metadata, re.M)
    assert not [name for name in names if not name.startswith(("cgo_ls/", "cgo_ls-"))]
