"""Open, see, fix and type in Helix: a real one in a terminal of tmux, with docs/editors/helix as a user would have it.

python journeys.py HX FOLDER: the program, and a copy of the examples. HOME holds the configuration.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HELIX, FOLDER = sys.argv[1], Path(sys.argv[2])
HEAD = 'package p\n\n// #include <stdlib.h>\n// #include <string.h>\nimport "C"\nimport "unsafe"\n\n'
LEAK = "func {name}(s string) int {{\n\tp := C.CString(s)\n\treturn int(C.strlen(p))\n}}\n\n"
CLEAN = LEAK.replace("\treturn", "\tdefer C.free(unsafe.Pointer(p))\n\treturn")
REST = "func release(p *C.char) {\n\tC.free(unsafe.Pointer(p))\n}\n"
RULE = "(leaked-c-memory)"
outcomes: list[str] = []


def tmux(*arguments: str) -> str:
    """One command to a tmux of our own, which ends with the last window."""
    command = ["tmux", "-L", f"cgo-{os.getpid()}", "-f", os.devnull, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def keys(*names: str) -> None:
    """Keys one after the other, as tmux names them; a text that is no name is typed."""
    for name in names:
        tmux("send-keys", "-t", "hx", *(["-l", name] if len(name) > 1 and " " in name else [name]))
        time.sleep(0.15)


def screen() -> str:
    return tmux("capture-pane", "-p", "-t", "hx")


def until(what: str, question: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            raise AssertionError(f"not in {seconds:.0f} s: {what}\n{screen()}")
        time.sleep(0.1)


def shows(text: str) -> None:
    until(f"the screen shows {text!r}", lambda: re.search(text, screen()))


def command(line: str) -> None:
    keys("Escape", "Escape", ":")
    tmux("send-keys", "-t", "hx", "-l", line)
    keys("Enter")


def next_finding(line: int) -> None:
    """The cursor on the first finding below the line: its message is shown only there."""
    command(f"goto {line}")
    keys("]", "d")


def until_found(line: int) -> None:
    """A leak is among the next findings below the line; gopls has some of its own about what is broken."""

    def found() -> bool:
        command(f"goto {line}")
        for _ in range(3):
            keys("]", "d")
            if RULE in screen():
                return True
        return False

    until(f"a leak below line {line}", found)


def go_file(name: str, text: str) -> None:
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    command(f"open {path}")


def journey(name: str, run: Callable[[], None]) -> None:
    try:
        run()
        outcomes.append(f"ok   {name}")
    except (AssertionError, subprocess.CalledProcessError) as error:
        outcomes.append(f"FAIL {name}: {error}")


def open_and_see() -> None:
    shows("● 3")
    next_finding(23)
    shows("cPath .*not freed on every path")
    shows("main.go:29: freed here on another path")


def fix() -> None:
    keys("Space", "a")
    shows("Free cPath before this return")
    shows("Suppress leaked-c-memory here")
    keys("Enter")
    until("the fix", lambda: "C.free(unsafe.Pointer(cPath))\n" in screen())
    command("write")
    until("it is saved", lambda: (FOLDER / "main.go").read_text(encoding="utf-8").count("C.free(unsafe") > 1)
    until("the finding goes", lambda: "not freed on every path" not in screen())


def type_fast() -> None:
    go_file("typed/a.go", HEAD + CLEAN.format(name="length") + REST)
    shows("func length")
    command("goto 10")
    keys("x", "d", "O")
    tmux("send-keys", "-t", "hx", "-l", "// typing fast \U0001f600")
    keys("Escape")
    until_found(8)
    keys("u", "u")
    next_finding(8)
    until("the finding goes", lambda: RULE not in screen())
    command("write!")


def broken_code() -> None:
    go_file(
        "broken/a.go",
        HEAD + LEAK.format(name="first") + "func broken() {\n\tif true {\n}\n\n" + LEAK.format(name="last") + REST,
    )
    until_found(8)
    until_found(17)


def stop() -> None:
    """Helix waits for the servers it has told to go."""
    command("write-quit-all!")
    until("it has ended", lambda: "ended" in screen())


def main() -> int:
    tmux("new-session", "-d", "-s", "hx", "-x", "150", "-y", "50", "sh")
    keys(f"cd {FOLDER} && {HELIX} -v --log {FOLDER}/../helix.log main.go; echo en''ded", "Enter")
    try:
        journey("open, see", open_and_see)
        journey("fix: ours comes first, then the ways to suppress", fix)
        journey("type fast", type_fast)
        journey("broken code", broken_code)
        journey("both servers end with the editor", stop)
    finally:
        tmux("kill-server")
    failed = sum(line.startswith("FAIL") for line in outcomes)
    sys.stdout.write("\n".join([*outcomes, f"{len(outcomes) - failed} passed, {failed} failed", ""]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
