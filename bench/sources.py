"""Generated Go files: ordinary cgo code, one function every 23 lines, each with one leak on one path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEAD = """package {package}

// #include <stdlib.h>
// #include <string.h>
// static int measure(const char *text) {{ return (int)strlen(text); }}
import "C"

import (
	"errors"
	"unsafe"
)

var errEmpty{n} = errors.New("empty")
"""

MAIN = "\nfunc main() {}\n"

FUNCTION = """
// measure{n} measures name, and again what it was joined with.
func measure{n}(name string, times int) (int, error) {{
	text := C.CString(name)
	if times == 0 {{
		return 0, errEmpty{file}
	}}
	total := 0
	// The name grows by a number each time, so that no two are the same.
	for i := range times {{
		other := C.CString(name + "{n}")
		total += int(C.measure(other)) + i
		C.free(unsafe.Pointer(other))
	}}

	if total < {n} {{
		total += int(C.measure(text))
	}} else {{
		total -= len("some text")
	}}
	C.free(unsafe.Pointer(text))
	return total, nil
}}
"""

VALUE = """
	value{n} := C.CString(name + "{n}")
	defer C.free(unsafe.Pointer(value{n}))
	if C.measure(value{n}) < C.int(times) {{
		return 0, errEmpty0
	}}
	total += int(C.measure(value{n}))
	if total > {n} {{
		total -= {n}
	}}
"""

PLAIN = """package plain

import "strings"

// Join{n} joins.
func Join{n}(parts []string) string {{
	return strings.Join(parts, ", ")
}}
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, and where a person types in it (0-based line and column): inside of a string in the middle function."""

    text: str
    line: int
    column: int

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")


def generate(lines: int) -> Source:
    """A file of about so many lines."""
    head = HEAD.format(package="main", n=0) + MAIN
    count = max(1, (lines - head.count("\n")) // FUNCTION.count("\n"))
    text = head + "".join(FUNCTION.format(n=n, file=0) for n in range(count))
    all_lines = text.split("\n")
    start = next(i for i, line in enumerate(all_lines) if line.startswith(f"func measure{count // 2}("))
    line = next(i for i in range(start, len(all_lines)) if "some text" in all_lines[i])
    return Source(text, line, all_lines[line].index("some text") + len("some"))


def long_function(values: int) -> str:
    """A file of one function, ten lines for each C value, each with a way out and a branch."""
    body = "".join(VALUE.format(n=n) for n in range(values))
    head = HEAD.format(package="main", n=0) + MAIN
    return head + "\nfunc long(name string, times int) (total int, err error) {" + body + "\n\treturn total, nil\n}\n"


def nested_function(depth: int) -> str:
    """A file of one function with branches inside of each other; C memory is made outside and freed in the innermost."""
    opening = "".join(f"{'	' * (n + 1)}if times > {n} {{\n{'	' * (n + 2)}total += {n}\n" for n in range(depth))
    closing = "".join(f"{'	' * (n + 1)}}}\n" for n in reversed(range(depth)))
    inside = "	" * (depth + 1) + "C.free(unsafe.Pointer(text))\n"
    head = HEAD.format(package="main", n=0) + MAIN
    start = "\nfunc nested(name string, times int) (total int) {\n\ttext := C.CString(name)\n"
    return head + start + opening + inside + closing + "\treturn total\n}\n"


def broken(source: Source, insert: str) -> Source:
    """The same file with `insert` as a line of its own, typed into the function above the one that is edited."""
    lines = source.lines
    function = next(i for i in range(source.line, 0, -1) if lines[i].startswith("func "))
    above = next(i for i in range(function - 1, 0, -1) if lines[i].strip() == "total := 0")
    return Source("\n".join([*lines[:above], insert, *lines[above:]]), source.line + 1, source.column)


def declaration(source: Source) -> bytes:
    """The text of the function that is edited."""
    lines = source.lines
    start = next(i for i in range(source.line, 0, -1) if lines[i].startswith("func "))
    end = next(i for i in range(source.line, len(lines)) if lines[i] == "}")
    return "\n".join(lines[start : end + 1]).encode()


def write_tree(folder: Path, cgo_files: int, plain_files: int) -> None:
    """Packages of ten files: `cgo_files` with cgo, `plain_files` without."""
    for number in range(cgo_files):
        path = folder / f"cgo{number // 10}" / f"file{number}.go"
        path.parent.mkdir(parents=True, exist_ok=True)
        functions = "".join(FUNCTION.format(n=number * 10 + n, file=number) for n in range(5))
        path.write_text(HEAD.format(package="measured", n=number) + functions)
    for number in range(plain_files):
        path = folder / f"plain{number // 10}" / f"file{number}.go"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PLAIN.format(n=number))
