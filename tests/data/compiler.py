"""gcc as the authority on what the installed headers declare."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.support.go_toolchain import require

GNU = "-D_GNU_SOURCE"


def gcc(directory: Path, source: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Check `source` without making an object file; the result holds what gcc said."""
    path = directory / "probe.c"
    path.write_text(source, encoding="utf-8")
    command = [require("gcc", "gcc libc6-dev"), "-fsyntax-only", "-fmax-errors=0", *flags, str(path)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    )


def prototypes(directory: Path, headers: list[str], *flags: str) -> dict[str, str]:
    """Every function that these headers declare: name -> `extern int open (const char *, int, ...)`, as gcc prints it."""
    listing = directory / "prototypes"
    source = "".join(f"#include <{header}>\n" for header in headers)
    done = gcc(directory, source, "-w", "-aux-info", str(listing), *flags)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = {}
    for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
        match = re.match(r"/\* .*? \*/ (.*?([A-Za-z_]\w*) \((?!\*).*\));", line)
        if match is not None:
            found[match[2]] = match[1]
    return found


def undeclared(directory: Path, header: str, lines: dict[str, str], *flags: str) -> set[str]:
    """Those keys of `lines` whose line of C is an error after including `header`."""
    if not lines:
        return set()
    names = list(lines)
    source = f"#include <{header}>\n" + "".join(f"{lines[name]}\n" for name in names)
    done = gcc(directory, source, "-w", *flags)
    return {
        names[int(number) - 2]
        for number in re.findall(r"probe\.c:(\d+):\d+: (?:fatal )?error", done.stderr)
        if int(number) > 1
    }
