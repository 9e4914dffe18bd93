"""A Go before 1.24, for what depends on the version: the pinned one says what is true today, this one what was."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from tests.support.go_toolchain import CACHE, MissingTool, Result, run

VERSION = "1.23.9"


@cache
def older_go_root() -> Path:
    """GOROOT of the older Go, checked to be the version that is meant."""
    root = CACHE / "older-go" / "go"
    version = root / "VERSION"
    if not version.exists() or version.read_text(encoding="utf-8").split()[0] != f"go{VERSION}":
        raise MissingTool(
            f"Go {VERSION} is not in .cache/older-go: run 'make .cache/older-go/.installed', or 'make test'"
        )
    return root


def older_go_build(directory: Path, *packages: str) -> Result:
    """`go build` of the packages ("." without any) by the older Go; nothing is kept but its cache."""
    root = older_go_root()
    extra = {"GOROOT": str(root), "PATH": f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    return run([str(root / "bin" / "go"), "build", "-o", os.devnull, *(packages or (".",))], directory, extra)
