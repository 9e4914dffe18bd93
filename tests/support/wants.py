"""Expectations written into fixtures as comments, and how findings are held against them.

In Go and C files, on the line where the finding starts (C comments inside a preamble count too):

    // want "re"            a finding that matches; several strings want several findings
    // related "re"         a step of some finding ("acquired here") starts on this line
    // todo want "re"       a finding we know to be missing; when it appears, the marker must go
    // todo ok              a finding we know to be wrong; when it disappears, the marker must go

Strings are Go literals, "..." or `...`. `want@+2 "re"` and `want@-1 "re"` speak of another line, for places that hold no comment
(a #cgo line). A regular expression is searched in `message [rule]`, as the command line prints it.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["want", "related", "todo want", "todo ok"]
SOURCES = (".go", ".c", ".h", ".cc", ".cpp", ".m")

STRING = r'"(?:[^"\\]|\\.)*"|`[^`]*`'
MARKER = re.compile(rf"//\s*(todo want|todo ok|want|related)(?:@([+-]\d+))?((?:\s+(?:{STRING}))*)(?=\s*(?://|\*/|$))")
GO_ESCAPES = frozenset("abfnrtvxuU01234567\\'\"")
LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One string of one marker; `line` is 1-based, `pattern` is "" for a `todo ok` without a string."""

    path: str
    line: int
    kind: Kind
    pattern: str


@dataclass(frozen=True, slots=True)
class Place:
    """A line (1-based) of a file and what is said there."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as a test sees it: where it starts, `message [rule]`, its steps."""

    place: Place
    steps: tuple[Place, ...] = ()


def unquote(literal: str) -> str:
    """The value of a Go string literal; an escape that only regular expressions know (\\., \\() is kept as it is."""
    if literal.startswith("`"):
        return literal[1:-1]
    kept = re.sub(r"\\(.)", lambda pair: pair[0] if pair[1] in GO_ESCAPES else f"\\{pair[0]}", literal[1:-1])
    return ast.literal_eval(f'"{kept}"')


def parse_expectations(path: str, text: str) -> list[Expectation]:
    """The markers of one file. Raises ValueError on a marker that says nothing or is no regular expression."""
    found: list[Expectation] = []
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        for marker in MARKER.finditer(line):
            kind, offset, strings = marker.group(1), marker.group(2), marker.group(3)
            patterns = [unquote(literal) for literal in re.findall(STRING, strings)]
            if not patterns and kind != "todo ok":
                raise ValueError(f"{path}:{number}: `{kind}` without a string")
            for pattern in patterns or [""]:
                re.compile(pattern)
                found.append(Expectation(path, number + int(offset or 0), kind, pattern))  # type: ignore[arg-type]
    return found


def read_expectations(directory: Path) -> list[Expectation]:
    """The markers of all Go and C files below `directory`, with paths relative to it."""
    found: list[Expectation] = []
    for path in sorted(directory.rglob("*")):
        if path.suffix in SOURCES and path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            found += parse_expectations(path.relative_to(directory).as_posix(), text)
    return found


def strip_markers(text: str) -> str:
    """The text without its markers, for what a reader is shown."""
    return "\n".join(MARKER.sub("", line).rstrip() if MARKER.search(line) else line for line in text.split("\n"))


def line_of(data: bytes, offset: int) -> int:
    """The 1-based line of a byte offset."""
    return 1 + sum(1 for end in LINE_END.finditer(data) if end.end() <= offset)


def pair(patterns: Sequence[str], texts: Sequence[str]) -> dict[int, int]:
    """A largest 1:1 matching, index of pattern -> index of text: every pattern found once where that is possible at all."""
    taken: dict[int, int] = {}

    def place(pattern: int, tried: set[int]) -> bool:
        for text in range(len(texts)):
            if text not in tried and re.search(patterns[pattern], texts[text]):
                tried.add(text)
                if text not in taken or place(taken[text], tried):
                    taken[text] = pattern
                    return True
        return False

    for pattern in range(len(patterns)):
        place(pattern, set())
    return {pattern: text for text, pattern in taken.items()}


def compare(expectations: Iterable[Expectation], found: Iterable[Found]) -> list[str]:
    """What is wrong, a line each; empty when findings and markers agree 1:1."""
    findings = list(found)
    by_line: Mapping[tuple[str, int], list[Expectation]] = defaultdict(list)
    for expectation in expectations:
        by_line[expectation.path, expectation.line].append(expectation)
    spoken: Mapping[tuple[str, int], list[str]] = defaultdict(list)
    for finding in findings:
        spoken[finding.place.path, finding.place.line].append(finding.place.text)
    steps: Mapping[tuple[str, int], list[str]] = defaultdict(list)
    for finding in findings:
        for step in finding.steps:
            steps[step.path, step.line].append(step.text)
    problems: list[str] = []
    for place in sorted({*by_line, *spoken}):
        where = f"{place[0]}:{place[1]}"
        problems += [f"{where}: {text}" for text in compare_line(by_line[place], spoken[place], steps[place])]
    return problems


def compare_line(markers: Sequence[Expectation], texts: Sequence[str], steps: Sequence[str]) -> list[str]:
    """The problems of one line: its markers, the findings that start there, the steps that start there."""
    problems: list[str] = []
    of_kind = {
        kind: [m.pattern for m in markers if m.kind == kind] for kind in ("want", "related", "todo want", "todo ok")
    }
    required = of_kind["want"] + of_kind["todo ok"]
    pairs = pair(required, texts)
    for index, pattern in enumerate(required):
        if index not in pairs and index < len(of_kind["want"]):
            problems.append(f"no finding matches want {pattern!r}; said there: {list(texts)}")
        elif index not in pairs:
            problems.append("the false alarm is gone: remove the `todo ok`")
    left = [text for index, text in enumerate(texts) if index not in pairs.values()]
    for pattern in of_kind["todo want"]:
        hit = next((text for text in left if re.search(pattern, text)), None)
        if hit is not None:
            left.remove(hit)
            problems.append(f"{hit!r} is found now: remove the `todo` of `todo want`")
    problems += [f"unexpected finding: {text}" for text in left]
    for pattern in of_kind["related"]:
        if not any(re.search(pattern, step) for step in steps):
            problems.append(f"no step matches related {pattern!r}; steps there: {list(steps)}")
    return problems
