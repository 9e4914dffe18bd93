"""Go files around a scenario: the part every memory program shares."""

from __future__ import annotations

import re

LABEL = re.compile(r"(?!default:)\w+:")  # gofmt puts a label one tab to the left

PREAMBLE = """
#include <stdlib.h>
#include <string.h>
static int first(const void *text) { return ((const char *)text)[0]; }
static void fill(char *text, int size) { memset(text, 'x', (size_t)size); }
static void consume(char *text) { free(text); }
"""


def scenario(
    body: str, *, more: str = "", preamble: str = "", imports: tuple[str, ...] = ("unsafe",)
) -> dict[str, str]:
    """One file, case.go: `func scenario(i int)` with `body` (not indented), and `more` top-level declarations below it."""
    comment = "\n".join(f"// {line}" for line in (PREAMBLE + preamble).strip().splitlines())
    needed = "".join(f'import "{path}"\n\n' for path in imports)
    inside = "\n".join(
        f"\t{line}" if line and not LABEL.fullmatch(line) else line for line in body.strip("\n").splitlines()
    )
    below = f"\n{more.strip()}\n" if more else ""
    return {
        "case.go": f'package main\n\n{comment}\nimport "C"\n\n{needed}func scenario(i int) {{\n{inside}\n}}\n{below}'
    }
