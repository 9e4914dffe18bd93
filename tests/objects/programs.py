"""Object files made on the spot, and what binutils says of them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.support.go_toolchain import require

C = """
int shown(void) { return 1; }
__attribute__((visibility("hidden"))) int hidden(void) { return 2; }
__attribute__((visibility("protected"))) int guarded(void) { return 3; }
static int internal(void) { return 4; }
__attribute__((weak)) int weak(void) { return internal(); }
int value = 5;
__thread int of_thread;
extern int wanted(void);
int caller(void) { return wanted(); }
"""
CPLUSPLUS = """
namespace outer { struct Box { int open(const char *name); }; int Box::open(const char *) { return 1; } }
int helper(int n) { return n; }
extern "C" int plain(int n) { return n; }
"""


def command(*words: str | Path) -> str:
    """Run it; its standard output."""
    require(str(words[0]), "gcc g++ binutils")
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stderr}"
    return done.stdout


@cache
def made() -> dict[str, Path]:
    """Files by kind: the same two sources as objects, archives and libraries, 64 bits and big archives included."""
    folder = Path(mkdtemp(prefix="cgo-ls-objects-"))
    (folder / "c.c").write_text(C)
    (folder / "cc.cc").write_text(CPLUSPLUS)
    c, cc = folder / "c.o", folder / "a-name-that-is-too-long-for-a-header.o"
    command("gcc", "-c", "-fPIC", "-g", folder / "c.c", "-o", c)
    command("g++", "-c", "-fPIC", folder / "cc.cc", "-o", cc)
    files = {"object": c, "archive": folder / "libx.a", "thin": folder / "libthin.a", "unindexed": folder / "libbare.a"}
    command("ar", "rcs", files["archive"], c, cc)
    command("ar", "rcsT", files["thin"], c, cc)
    command("ar", "rcS", files["unindexed"], c, cc)
    files["shared"] = folder / "libx.so"
    command("gcc", "-shared", c, cc, "-o", files["shared"])
    files["stripped"] = folder / "libstripped.so"
    command("strip", files["shared"], "-o", files["stripped"])
    files["versioned"] = folder / "libversioned.so"
    (folder / "x.map").write_text("{ global: shown; local: *; };\n")
    command("gcc", "-shared", f"-Wl,--version-script={folder / 'x.map'}", c, "-o", files["versioned"])
    files["debug"] = folder / "libx.debug"
    command("objcopy", "--only-keep-debug", files["shared"], files["debug"])
    return files


def nm(path: Path, *options: str) -> dict[str, str]:
    """Name -> nm's letter, of the defined symbols."""
    found: dict[str, str] = {}
    for line in command("nm", "--defined-only", *options, path).splitlines():
        words = line.split()
        if len(words) == 3:
            found[words[2].partition("@")[0]] = words[1]
    return found
