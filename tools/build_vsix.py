"""Build the VS Code extension: one .vsix for each platform, with the server and what it needs inside.

    python tools/build_vsix.py                         for this machine's platform, into dist/
    python tools/build_vsix.py --target darwin-arm64   for another one: its wheels are fetched, nothing of it is run
    python tools/build_vsix.py --all                   for all of them
    python tools/build_vsix.py --standalone            this machine's platform, with a program that needs no Python (PyInstaller)
    python tools/build_vsix.py --lock                  write server/requirements.txt anew: the hashes of every wheel of every target

Wheels come from PyPI and are held against the hashes in client-vscode/server/requirements.txt.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTENSION = ROOT / "client-vscode"
CACHE = ROOT / ".cache" / "vsix"
DIST = ROOT / "dist"
PINS = EXTENSION / "server" / "requirements.in"
LOCKED = EXTENSION / "server" / "requirements.txt"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# tree-sitter has no wheel for Alpine on arm64: that build brings colours and commands, and the server that is on PATH, or uvx, which
# compiles one.
TARGETS: dict[str, tuple[str, ...]] = {
    "linux-x64": tuple(f"manylinux_2_{minor}_x86_64" for minor in (28, 17, 12, 5)),
    "linux-arm64": tuple(f"manylinux_2_{minor}_aarch64" for minor in (28, 17)),
    "alpine-x64": ("musllinux_1_2_x86_64", "musllinux_1_1_x86_64"),
    "alpine-arm64": (),
    "darwin-x64": tuple(f"macosx_{version}_x86_64" for version in ("11_0", "10_13", "10_9")),
    "darwin-arm64": ("macosx_11_0_arm64",),
    "win32-x64": ("win_amd64",),
    "win32-arm64": ("win_arm64",),
}
PACKED = {
    *("package.json", "package.nls.json", "readme.md", "changelog.md", "LICENSE.txt", "l10n"),
    *("out", "syntaxes", "images", "walkthrough", "bundled"),
}
NATIVE = (".so", ".pyd", ".dylib", ".dll")
NATIVE_PLACE = re.compile(r"extension/bundled/libs/(?:abi3/tree_sitter_(?:go|c)|cp3\d+/tree_sitter)/")
SERVER_FILES = (".py", ".md", ".toml")
NODE = (ROOT / ".venv" / "node").as_posix()


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on the disk; `folder` is the part of libs/ that it belongs to: any, abi3, or the one Python it is for."""

    path: Path

    @property
    def folder(self) -> str:
        python, abi, system = self.path.stem.split("-")[-3:]
        return "any" if system == "any" else "abi3" if "abi3" in abi else python


def host() -> str:
    """This machine as a target's name."""
    system = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}[platform.system()]
    return f"{system}-{'arm64' if platform.machine().lower() in ('arm64', 'aarch64') else 'x64'}"


def fetch(target: str, python: str, requirements: Path, hashes: bool) -> list[Wheel]:
    """The wheels for one target and one Python; downloaded once."""
    key = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = CACHE / "wheels" / key / target / python
    if not (folder / ".complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        platforms = [argument for tag in TARGETS[target] for argument in ("--platform", tag)]
        subprocess.run(
            [
                sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                "--only-binary=:all:", "--implementation", "cp", "--python-version", python, *platforms,
                *(["--require-hashes"] if hashes else []), "--dest", str(folder), "-r", str(requirements),
            ],
            check=True,
        )  # fmt: skip
        (folder / ".complete").touch()
    return [Wheel(path) for path in sorted(folder.glob("*.whl"))]


def lock() -> None:
    """Every pin with the hash of each of its wheels, of all targets and Pythons."""
    found: dict[str, set[str]] = {}
    for target in filter(TARGETS.get, TARGETS):
        for python in PYTHONS:
            for wheel in fetch(target, python, PINS, hashes=False):
                name = wheel.path.name.split("-")[0].lower().replace("_", "-")
                found.setdefault(name, set()).add(hashlib.sha256(wheel.path.read_bytes()).hexdigest())
    lines = ["# Made by tools/build_vsix.py --lock from requirements.in; do not edit."]
    for pin in PINS.read_text(encoding="utf-8").splitlines():
        if pin and not pin.startswith("#"):
            hashes = sorted(found[pin.split("==")[0].lower().replace("_", "-")])
            lines.append(" \\\n".join([pin, *(f"    --hash=sha256:{each}" for each in hashes)]))
    LOCKED.write_text("\n".join(lines) + "\n", encoding="utf-8")


def stage(target: str, standalone: Path | None) -> Path:
    """The extension's folder as it is packed, in .cache/vsix."""
    folder = CACHE / "stage" / (target + ("-standalone" if standalone else ""))
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("package.json", "package.nls.json", "README.md", "CHANGELOG.md", "LICENSE", ".vscodeignore"):
        copy(EXTENSION / name, folder / name)
    for name in ("out", "syntaxes", "images", "walkthrough", "l10n"):
        shutil.copytree(EXTENSION / name, folder / name)
    if TARGETS[target]:
        add_server(target, folder / "bundled")
    if standalone:
        shutil.copytree(standalone, folder / "bundled" / "standalone")
    return folder


def add_server(target: str, bundled: Path) -> None:
    """Our package, and the libraries for each Python."""
    copy(EXTENSION / "server" / "launch.py", bundled / "launch.py")
    for path in sorted((ROOT / "cgo_ls").rglob("*")):
        if path.suffix in SERVER_FILES and path.is_file():
            copy(path, bundled / path.relative_to(ROOT))
    for wheel in {each.path.name: each for python in PYTHONS for each in fetch(target, python, LOCKED, True)}.values():
        unpack(wheel, bundled / "libs" / wheel.folder)


def copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, to)


def unpack(wheel: Wheel, folder: Path) -> None:
    """What is imported, and the licenses; no caches, no lists of files."""
    with zipfile.ZipFile(wheel.path) as archive:
        for name in archive.namelist():
            if not name.endswith(("RECORD", ".pyi", ".h", ".c", "/")) and "tests/" not in name:
                archive.extract(name, folder)


def build_standalone() -> Path:
    """The server with a Python inside, for this machine's platform: a folder with the program cgo-ls."""
    tool = CACHE / "pyinstaller"
    python = tool / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (tool / ".complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(tool)], check=True)
        pins = ["pyinstaller==6.22.3", "-r", str(PINS)]
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins], check=True
        )
        (tool / ".complete").touch()
    work = CACHE / "standalone"
    shutil.rmtree(work, ignore_errors=True)
    subprocess.run(
        [
            str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR",
            "--onedir", "--name", "cgo-ls", "--paths", str(ROOT),
            "--strip", "--collect-data", "cgo_ls", "--collect-submodules", "cgo_ls", "--exclude-module", "rich",
            "--distpath", str(work / "dist"),
            "--workpath", str(work / "build"), "--specpath", str(work), str(ROOT / "cgo_ls" / "__main__.py"),
        ],
        check=True,
    )  # fmt: skip
    return work / "dist" / "cgo-ls"


def pack(target: str, standalone: Path | None) -> Path:
    """One .vsix in dist/."""
    folder = stage(target, standalone)
    DIST.mkdir(exist_ok=True)
    path = DIST / f"cgo-ls-{target}{'-standalone' if standalone else ''}.vsix"
    vsce = EXTENSION / "node_modules" / "@vscode" / "vsce" / "vsce"
    subprocess.run(
        [
            f"{NODE}/node", str(vsce), "package", "--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links",
            "--target", target,
            "--out", str(path),
        ],
        cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    check_contents(path, PYTHONS if TARGETS[target] else (), standalone is not None)
    return path


def check_contents(path: Path, pythons: Iterable[str], standalone: bool) -> None:
    """Nothing is in the package that does not belong there, native code only where it is expected, and all of it. Raises SystemExit."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("extension/")]
    tops = {name.split("/")[1] for name in names}
    strange = tops - PACKED
    strange |= {name for name in names if name.endswith((".pyc", ".map", ".ts", ".whl")) or "node_modules" in name}
    if not standalone:
        strange |= {name for name in names if name.endswith(NATIVE) and not NATIVE_PLACE.match(name)}
    missing = [f"libs/cp{python.replace('.', '')}/" for python in pythons]
    missing = [part for part in missing if not any(part in name for name in names)]
    if strange or missing:
        raise SystemExit(f"{path.name}: does not belong there: {sorted(strange)}; missing: {missing}")


def start_time(command: list[str]) -> float:
    """Seconds from the start to the answer to `initialize`; the best of three, the first of which fills caches."""
    body = (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}'
    )
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"Content-Length"), f"no answer from {command[0]}"
        best = min(best, time.perf_counter() - start)
        process.stdin.close()
        process.stdout.read()
        process.wait(10)
    return best


def installed_pythons() -> Iterable[tuple[str, str]]:
    """(version, program) of the Pythons here that the bundle is made for; a launcher for one that is not there is none."""
    for version in PYTHONS:
        program = shutil.which(f"python{version}")
        found = program and subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode == 0
        if program and found:
            yield version, program


def try_out(target: str, standalone: Path | None) -> None:
    """Start what was packed, with each Python there is."""
    bundled = CACHE / "stage" / (target + ("-standalone" if standalone else "")) / "bundled"
    for version, program in installed_pythons():
        cache = f"pycache_prefix={CACHE / 'pycache' / version}"
        seconds = start_time([program, "-I", "-X", "utf8", "-X", cache, str(bundled / "launch.py"), "serve"])
        print(f"  starts in {seconds * 1000:.0f} ms with Python {version}")
    if standalone:
        print(
            f"  starts in {start_time([str(bundled / 'standalone' / 'cgo-ls'), 'serve']) * 1000:.0f} ms without Python"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the VS Code extension.")
    parser.add_argument("--target", choices=sorted(TARGETS), action="append")
    parser.add_argument("--all", action="store_true", help="every target")
    parser.add_argument(
        "--standalone", action="store_true", help="with a program that needs no Python; this machine only"
    )
    parser.add_argument("--lock", action="store_true", help="write the hashes anew")
    options = parser.parse_args()
    if options.lock:
        lock()
        return 0
    standalone = build_standalone() if options.standalone else None
    for target in list(TARGETS) if options.all else options.target or [host()]:
        path = pack(target, standalone if target == host() else None)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB", flush=True)
        if target == host():
            try_out(target, standalone)
    return 0


if __name__ == "__main__":
    sys.exit(main())
