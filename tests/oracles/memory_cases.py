"""Many small programs as one: the cases of `memory/*.txt`, built under the address sanitizer as one program for each file and run
one by one.

A file starts with a sentence, then the files its cases share (`-- NAME --`; `-- preamble --` is the C above `import "C"`), then its
cases. Each is Go with a function `scenario(i int)`:

    == never-freed: leaked-c-memory, leak, fixed
    func scenario(i int) { ... }                    the wrong one: the rule speaks, and the sanitizer says `leak`
    -- right --
    func scenario(i int) { ... }                    the same put right: both are silent

    == goto-cleanup: clean                          correct, though it invites a false alarm
    func scenario(i int) { ... }

`fixed` says that a quick fix of the rule must be offered; one that is offered is judged in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.go_toolchain import go_binary, run, write_package
from tests.support.sanitizer import DRIVER, SANITIZER_OPTIONS

FOLDER = Path(__file__).parent / "memory"
FILES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))
VERDICTS = {
    "leak": "detected memory leaks",
    "double-free": "attempting double-free",
    "use-after-free": "heap-use-after-free|read text that was freed",
    "bad-free": "attempting free on address which was not malloc|AddressSanitizer: SEGV",
    "mismatch": "alloc-dealloc-mismatch",
    "overflow": "buffer-overflow",
    "panic": "^panic: |^fatal error: |^runtime: ",
}
PACKAGES = {"cgo": "runtime/cgo"} | {
    name: name for name in ("errors", "fmt", "os", "runtime", "slices", "strings", "sync", "time", "unsafe")
}
CHOSEN = """package main

import "os"

var scenarios = map[string]func(int){
ROWS}

func scenario(i int) {
	for _, name := range os.Args[1:] {
		scenarios[name](i)
	}
}
"""
_MARK = re.compile(r"^-- (\S+) --\n|^== ([\w-]+): (.+)\n", re.MULTILINE)
_DECLARED = re.compile(r"^(?:func|type|var|const) (\w+)", re.MULTILINE)
_IMPORTS = re.compile(r'^import (?:"([^"]+)"|\(([^)]*)\))\n', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """`wrong` is empty where the case is only correct. Both are declarations, without package and imports."""

    name: str
    right: str
    wrong: str = ""
    rule: str = ""
    verdict: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Cases:
    """One file. `shared` are the files that lie beside each case."""

    preamble: str
    shared: Mapping[str, str]
    cases: tuple[Case, ...]

    def sources(self, declarations: str) -> dict[str, str]:
        """A case as a package of its own, the way the checker sees it."""
        return {"case.go": go_file("main", self.preamble, declarations), **self.shared}


@cache
def read_cases(file: str) -> Cases:
    text = (FOLDER / f"{file}.txt").read_text(encoding="utf-8")
    shared: dict[str, str] = {}
    cases: list[Case] = []
    marks = list(_MARK.finditer(text))
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        body = text[mark.end() : end].strip("\n") + "\n"
        if mark[2]:
            cases.append(_case(mark[2], mark[3].split(", "), body))
        elif mark[1] == "right":
            last = cases.pop()
            cases.append(Case(last.name, body, last.wrong, last.rule, last.verdict, last.fixed))
        else:
            shared[mark[1]] = body
    assert len({case.name for case in cases}) == len(cases), file
    return Cases(shared.pop("preamble"), shared, tuple(cases))


def _case(name: str, words: list[str], body: str) -> Case:
    if words == ["clean"]:
        return Case(name, body)
    rule, verdict, *rest = words
    assert verdict in VERDICTS and rest in ([], ["fixed"]), f"{name}: {words}"
    return Case(name, "", body, rule, verdict, bool(rest))


def go_file(package: str, preamble: str, declarations: str) -> str:
    """Declarations with what stands above them; packages are imported as they are used."""
    comment = "\n".join(f"// {line}".rstrip() for line in preamble.strip().splitlines())
    used = {path for name, path in PACKAGES.items() if re.search(rf"(?<![.\w]){name}\.\w", declarations)}
    imports = "".join(f'\t"{path}"\n' for path in sorted(used))
    block = f"import (\n{imports})\n\n" if len(used) > 1 else f"import {imports.strip()}\n\n" if used else ""
    return f'package {package}\n\n{comment}\nimport "C"\n\n{block}{declarations}'


def declarations_of(text: str) -> str:
    """What stands below the imports of a Go file that `go_file` made, or a fix changed."""
    last = list(_IMPORTS.finditer(text))[-1]
    return text[last.end() :].strip("\n") + "\n"


def verdicts(cases: Cases, programs: Mapping[str, str], directory: Path, alone: bool) -> Iterator[tuple[str, str]]:
    """Case name -> what the sanitizer says of its declarations, "" for nothing.

    `alone` runs each by itself; otherwise all of them run in one process first, and by themselves only if that one complains.
    """
    binary = build(cases, programs, directory)
    judge = _runner(binary, directory)
    if not alone and not judge(programs):
        yield from ((name, "") for name in programs)
        return
    for name in programs:
        yield name, judge([name])


def _runner(binary: Path, directory: Path) -> Callable[[Iterable[str]], str]:
    def judge(names: Iterable[str]) -> str:
        ran = run([str(binary), *names], directory, SANITIZER_OPTIONS)
        return "" if ran.ok else ran.output or f"status {ran.status}"

    return judge


def build(cases: Cases, programs: Mapping[str, str], directory: Path) -> Path:
    """One program whose arguments are the names of the cases to run."""
    bodies = [_apart(text, f"_{number}") for number, text in enumerate(programs.values())]
    rows = "".join(f'\t"{name}": scenario_{number},\n' for number, name in enumerate(programs))
    files = {
        "cases.go": go_file("main", cases.preamble, "\n".join(bodies)),
        "chosen.go": CHOSEN.replace("ROWS", rows),
        "driver.go": DRIVER,
    }
    write_package(directory, {**files, **cases.shared})
    binary = directory / "cases.exe"
    built = run([str(go_binary()), "build", "-asan", "-o", str(binary), "."], directory)
    assert built.ok, built.output
    return binary


def _apart(declarations: str, suffix: str) -> str:
    """The same with a suffix at each name it declares, so that all cases fit into one package."""
    for name in set(_DECLARED.findall(declarations)):
        declarations = re.sub(rf"(?<![.\w\"]){name}\b(?!\")", name + suffix, declarations)
    return declarations
