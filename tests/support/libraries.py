"""Libraries in fixtures and examples: a text file `libfoo.so` or `libfoo.a` that holds the command which makes it, run on the spot.

Object files would be bytes that nobody can review; a recipe is one line, `gcc -shared -fPIC lib/foo.c -o lib/libfoo.so`, run in the
folder of the package. Several commands are joined by `&&`.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from tests.support.go_toolchain import environment

SUFFIXES = (".so", ".a")
TOOLS = (b"gcc ", b"g++ ")


def is_recipe(name: str, data: bytes) -> bool:
    return name.endswith(SUFFIXES) and data.startswith(TOOLS)


def build_libraries(directory: Path) -> None:
    """Put the library in the place of each recipe below `directory`; paths in a recipe count from the package, where the Go files are."""
    for path in sorted(directory.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and is_recipe(path.name, path.read_bytes()):
            package = next((parent for parent in path.parents if list(parent.glob("*.go"))), path.parent)
            recipe = path.read_text(encoding="utf-8")
            path.unlink()
            run_recipe(recipe, package)
            assert path.is_file(), f"{path}: the recipe makes another file"


def run_recipe(recipe: str, directory: Path) -> None:
    for command in recipe.split("&&"):
        done = subprocess.run(
            shlex.split(command), cwd=directory, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def with_libraries(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with libraries in the place of recipes."""
    if not any(is_recipe(name, data) for name, data in files.items()):
        return dict(files)
    return dict(_built(tuple(sorted(files.items()))))


@lru_cache(maxsize=64)
def _built(files: tuple[tuple[str, bytes], ...]) -> tuple[tuple[str, bytes], ...]:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        for name, data in files:
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        build_libraries(directory)
        return tuple((name, (directory / name).read_bytes()) for name, _ in files)
