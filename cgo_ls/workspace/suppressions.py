"""Comments that silence a rule: `//cgols:ignore rule-name // reason` in Go, `/* cgols:ignore rule-name */` in C.

One covers the line it ends, or, alone on its line, the next line that is more than such a comment. It silences the rules it
names and nothing else; one that silences nothing is itself reported.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from cgo_ls.rules.finding import Diagnostic, FileEdit, Fix, Severity
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

UNUSED: Final = "unused-suppression"
_MARKER: Final = b"cgols:ignore"
_MOST_NAMES: Final = 100
_SEVERITY: Final[Severity] = "information"

# What begins a comment, or a string that can hold the look of one. Possessive loops: no input makes them go back.
_OPENING: Final = re.compile(rb"//|/\*|[`\"']")
_QUOTED: Final = {
    0x22: re.compile(rb"[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"?"),
    0x27: re.compile(rb"[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?"),
}
_DIRECTIVE: Final = re.compile(rb"(//|/\*)[ \t]*+cgols:ignore(?![\w-])([^\n*]*+(?:\*(?!/)[^\n*]*+)*+)")
_NAME: Final = re.compile(rb"[ \t]*+([A-Za-z0-9_-]++)[ \t]*+(,?)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment. `rules` and `rule_spans` run in step.

    `line` is the 1-based line it covers and `covered` that line's bytes, terminator included; `span` is the comment, `removal`
    what to delete to be rid of it: its whole line where it stands alone, else with the blanks before it.
    """

    rules: tuple[str, ...]
    rule_spans: tuple[Span, ...]
    line: int
    covered: Span
    span: Span
    removal: Span


class _Directive(NamedTuple):
    span: Span
    rules: tuple[str, ...]
    rule_spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Unused:
    """Names of one suppression that silenced nothing."""

    suppression: Suppression
    rules: tuple[str, ...]


def find_suppressions(data: bytes, c: bool = False) -> tuple[Suppression, ...]:
    """The suppressions in a Go file, preamble included (or in a C file), by place. Absolute byte offsets."""
    if _MARKER not in data:
        return ()
    groups = _by_line(data, _comments(data, c))
    alone = [len(group) == 1 and _stands_alone(data, line, group[0].span) for line, group in groups]
    covered = [line for line, _ in groups]
    below: dict[int, Span] = {}
    for index in reversed(range(len(groups))):
        line = covered[index]
        if alone[index] and line.end < len(data):
            following = _line_span(data, line.end)
            below[line.start] = covered[index] = below.get(following.start, following)
    suppressions: list[Suppression] = []
    line_number, counted = 1, 0
    for (line, group), only, target in zip(groups, alone, covered, strict=True):
        line_number += data.count(b"\n", counted, target.start)
        counted = target.start
        for span, rules, rule_spans in group:
            removal = _removal_span(data, line, span, only)
            suppressions.append(Suppression(rules, rule_spans, line_number, target, span, removal))
    return tuple(suppressions)


def apply(
    diagnostics: Iterable[Diagnostic], suppressions: Sequence[Suppression]
) -> tuple[tuple[Diagnostic, ...], tuple[Unused, ...]]:
    """The diagnostics of one file that nothing silences, and the names that silence none of them."""
    by_line: dict[int, list[int]] = {}
    for index, suppression in enumerate(suppressions):
        by_line.setdefault(suppression.covered.start, []).append(index)
    starts = sorted(by_line)
    used: set[tuple[int, str]] = set()
    kept: list[Diagnostic] = []
    for diagnostic in diagnostics:
        place = bisect_right(starts, diagnostic.span.start) - 1
        on_line = by_line[starts[place]] if place >= 0 else []
        hits = [index for index in on_line if _silences(suppressions[index], diagnostic)]
        used.update((index, diagnostic.rule) for index in hits)
        if not hits:
            kept.append(diagnostic)
    unused: list[Unused] = []
    for index, suppression in enumerate(suppressions):
        names = tuple(name for name in suppression.rules if (index, name) not in used)
        if names or not suppression.rules:
            unused.append(Unused(suppression, names))
    return tuple(kept), tuple(unused)


def report_unused(
    path: str, unused: Iterable[Unused], known: Collection[str], disabled: Collection[str] = ()
) -> tuple[Diagnostic, ...]:
    """A diagnostic for each name that silenced nothing. Names of `disabled` rules are let be: they may be needed again."""
    reports: list[Diagnostic] = []
    for entry in unused if UNUSED not in disabled else ():
        suppression = entry.suppression
        if not suppression.rules:
            message = "cgols:ignore names no rule: write cgols:ignore rule-name"
            reports.append(_diagnostic(path, suppression.span, message, _removal(suppression, ())))
        for name in entry.rules:
            if name in disabled or name == UNUSED:
                continue
            span = suppression.rule_spans[suppression.rules.index(name)]
            message = f"{name} is not reported here: this cgols:ignore silences nothing"
            if name not in known:
                message = f'cgols:ignore names no rule of ours: "{name}"{did_you_mean(name, known)}'
            kept = tuple(other for other in suppression.rules if other not in entry.rules or other in disabled)
            reports.append(_diagnostic(path, span, message, _removal(suppression, kept)))
    return tuple(reports)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?` for the nearest of the known names, or ""."""
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _diagnostic(path: str, span: Span, message: str, fix: Fix) -> Diagnostic:
    return Diagnostic(path, span, UNUSED, "preamble", _SEVERITY, message, "", (), (fix,), unnecessary=True)


def _silences(suppression: Suppression, diagnostic: Diagnostic) -> bool:
    return diagnostic.rule in suppression.rules and suppression.covered.contains(diagnostic.span.start)


def _removal(suppression: Suppression, kept: tuple[str, ...]) -> Fix:
    """Leave the names that are still of use; without any, the comment goes."""
    if kept:
        first, last = suppression.rule_spans[0], suppression.rule_spans[-1]
        edit = TextEdit(Span(first.start, last.end), ",".join(kept).encode())
        return Fix("Name only the rules that speak here", (FileEdit((edit,)),))
    return Fix("Remove the cgols:ignore comment", (FileEdit((TextEdit(suppression.removal, b""),)),))


def _comments(data: bytes, c: bool) -> Iterator[Span]:
    """The comments of Go (or C) text, by place. What is never closed runs to the end, a quoted string to its line's end."""
    position = 0
    while match := _OPENING.search(data, position):
        opening, position = match[0], match.end()
        if opening == b"//":
            end = data.find(b"\n", position)
        elif opening == b"/*":
            end = data.find(b"*/", position) + 2
            end = -1 if end < position + 2 else end
        elif opening == b"`":
            position = position if c else _behind(data, data.find(b"`", position))
            continue
        else:
            string = _QUOTED[opening[0]].match(data, position)
            position = string.end() if string else position
            continue
        position = len(data) if end < 0 else end
        yield Span(match.start(), position)


def _behind(data: bytes, offset: int) -> int:
    return len(data) if offset < 0 else offset + 1


def _by_line(data: bytes, comments: Iterable[Span]) -> list[tuple[Span, list[_Directive]]]:
    """The directives in comments (the comment itself, or a comment of the preamble inside it), by the line they begin on."""
    groups: list[tuple[Span, list[_Directive]]] = []
    for comment in comments:
        for match in _DIRECTIVE.finditer(data, comment.start, comment.end):
            rules, rule_spans = _names(data, match.start(2), match.end(2))
            end = match.end(2)
            if match[1] == b"/*" and data.startswith(b"*/", end):
                end += 2
            while data[end - 1 : end] in (b"\r", b" ", b"\t"):
                end -= 1
            if not groups or match.start() >= groups[-1][0].end:
                groups.append((_line_span(data, match.start()), []))
            groups[-1][1].append(_Directive(Span(match.start(), end), rules, rule_spans))
    return groups


def _names(data: bytes, position: int, end: int) -> tuple[tuple[str, ...], tuple[Span, ...]]:
    names: dict[str, Span] = {}
    while len(names) < _MOST_NAMES and (match := _NAME.match(data, position, end)):
        names.setdefault(match[1].decode("ascii"), Span(match.start(1), match.end(1)))
        position = match.end()
        if not match[2]:
            break
    return tuple(names), tuple(names.values())


def _stands_alone(data: bytes, line: Span, span: Span) -> bool:
    """Whether the line holds nothing but the comment (the `//` of a preamble's line before it does not count)."""
    before = data[line.start : span.start].strip(b" \t\xef\xbb\xbf")
    after = data[span.end : line.end].strip()
    return before in (b"", b"//") and after in (b"", b"*/")


def _removal_span(data: bytes, line: Span, span: Span, alone: bool) -> Span:
    if alone and not data[span.end : line.end].strip():
        return line
    start = span.start
    while start > line.start and data[start - 1] in b" \t":
        start -= 1
    return Span(start, span.end)


def _line_span(data: bytes, offset: int) -> Span:
    """The line that holds `offset`, with its terminator."""
    newline = data.find(b"\n", offset)
    return Span(data.rfind(b"\n", 0, offset) + 1, len(data) if newline < 0 else newline + 1)
