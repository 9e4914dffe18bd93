"""Run a function many times under the address and leak sanitizers: what they say of it is the truth about memory.

`go build -asan` alone sees leaks of C.malloc but not of C.CString, whose last pointer may lie in the Go heap: the Go
heap is a root region of the leak sanitizer. So root regions are off, the garbage collector runs twice before the end, and
the scenario runs many times in a function of its own, so that one stale word on a stack cannot hide it.

C.GoString reads in code of the Go runtime that is not instrumented: a use after free there is not reported. Freed memory is
therefore overwritten, and a scenario that reads text says `panic(StaleText)` when it is not the text it wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.support.go_toolchain import go_binary, run, write_package

Verdict = Literal["clean", "leak", "double-free", "use-after-free", "other"]

SANITIZER_OPTIONS = {
    "LSAN_OPTIONS": "use_root_regions=0",
    "ASAN_OPTIONS": "detect_leaks=1:max_free_fill_size=4096:free_fill_byte=122",
}
TIMES = 200
STALE_TEXT = "read text that was freed"

# The program around a scenario; `scenario(i int)` is in the other files of the package.
DRIVER = f"""package main

import "runtime"

const StaleText = "{STALE_TEXT}"

func main() {{
	for i := range {TIMES} {{
		scenario(i)
	}}
	overwriteStack(64)
	runtime.GC()
	runtime.GC()
}}

//go:noinline
func overwriteStack(depth int) int {{
	var words [32]int
	if depth > 0 {{
		words[depth%32] = overwriteStack(depth - 1)
	}}
	return words[depth%32]
}}
"""

# Longest wording first: AddressSanitizer names the error in its first line, LeakSanitizer only in the summary.
MARKS: tuple[tuple[str, Verdict], ...] = (
    ("AddressSanitizer: heap-use-after-free", "use-after-free"),
    ("AddressSanitizer: attempting double-free", "double-free"),
    (STALE_TEXT, "use-after-free"),
    ("detected memory leaks", "leak"),
)


@dataclass(frozen=True, slots=True)
class Sanitized:
    """The verdict on a program, and all it printed."""

    verdict: Verdict
    output: str


def go_run_sanitized(directory: Path) -> Sanitized:
    """Build the main package in `directory` with -asan and run it; a program that does not build is "other"."""
    program = directory / "sanitized.exe"
    built = run([str(go_binary()), "build", "-asan", "-o", str(program), "."], directory)
    if not built.ok:
        return Sanitized("other", f"does not build:\n{built.output}")
    ran = run([str(program)], directory, SANITIZER_OPTIONS)
    if ran.ok:
        return Sanitized("clean", ran.output)
    return Sanitized(verdict_of(ran.output), ran.output)


def verdict_of(output: str) -> Verdict:
    """What a failed run printed, in one word."""
    for mark, verdict in MARKS:
        if mark in output:
            return verdict
    return "other"


def run_scenario(directory: Path, files: dict[str, str]) -> Sanitized:
    """Put the driver beside `files` (which declare `func scenario(i int)`) and judge the program."""
    return go_run_sanitized(write_package(directory, {**files, "driver.go": DRIVER}))
