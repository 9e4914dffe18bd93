"""Running the command line as users do, and small packages to run it on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEAK = """package p

/*
#include <stdlib.h>

static void hello(const char *name) { (void)name; }
*/
import "C"

func greet(name string) {
	s := C.CString(name)
	C.hello(s)
}
"""

CLEAN = """package p

/*
#include <stdlib.h>

static void hello(const char *name) { (void)name; }
*/
import "C"

import "unsafe"

func greet(name string) {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	C.hello(s)
}
"""

PLAIN = "package p\n\nfunc nothing() {}\n"


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run of `cgo-ls`."""

    code: int
    out: bytes
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.out.decode()


Here = Callable[..., Run]


def cgo_ls(*arguments: str, cwd: Path | None = None, timeout: float = 60, **environment: str) -> Run:
    """Run the real command in a process of its own. No output may ever hold a traceback."""
    finished = subprocess.run(
        [sys.executable, "-m", "cgo_ls", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        check=False,
    )
    error = finished.stderr.decode("utf-8", "surrogateescape")
    assert "Traceback" not in error, error
    return Run(finished.returncode, finished.stdout, error)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write the files below `folder`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
