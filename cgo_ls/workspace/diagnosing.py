"""From findings to diagnostics: absolute places, severities, exclusions, suppressions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.rules.finding import Diagnostic, FileEdit, Finding, Fix
from cgo_ls.rules.registry import BY_NAME
from cgo_ls.rules.rule import Rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.workspace.config import Config
from cgo_ls.workspace.engine import Findings, FunctionResult, PackageResult
from cgo_ls.workspace.placed_suppressions import find_in_go
from cgo_ls.workspace.suppressions import apply, find_suppressions, report_unused

Read = Callable[[str], bytes | None]
_fill = object.__setattr__
_make = object.__new__


class Placed(Diagnostic):
    """A diagnostic whose places are worked out when they are asked for: a keystroke moves hundreds, and most are then drawn
    where they were. `finding` is the same object as long as nothing it says has changed; its spans count from `base`."""

    __slots__ = ("base", "finding", "shown")

    base: int
    finding: Finding
    shown: Rule

    def __getattr__(self, name: str) -> Any:
        """Called for what is not filled in yet."""
        finding, base = self.finding, self.base
        if name == "steps":
            value: Any = finding.steps
            if base:
                value = tuple([replace(step, span=step.span.shift(base)) if step.path is None else step for step in value])
        elif name == "fixes":
            value = tuple([_shift_fix(fix, base) for fix in finding.fixes]) if base else finding.fixes
        elif name == "span":
            value = finding.span.shift(base)
        elif name in ("rule", "family"):
            value = self.shown.name if name == "rule" else self.shown.family
        elif name in ("message", "unnecessary"):
            value = getattr(finding, name)
        else:
            raise AttributeError(name)
        _fill(self, name, value)
        return value


@dataclass(frozen=True, slots=True, eq=False)
class PlacedFile:
    """The diagnostics of a file, and everything they were made from."""

    made_from: tuple[Any, ...]
    diagnostics: tuple[Diagnostic, ...]


def diagnose(
    result: PackageResult,
    config: Config,
    severities: Mapping[str, str],
    read: Read,
    memo: MutableMapping[str, PlacedFile],
) -> dict[str, tuple[Diagnostic, ...]]:
    """Path -> its diagnostics by place. `severities`: rule -> level or "off". `memo` holds what was said of each file before."""
    texts: dict[str, GoFile | bytes] = {file.path: file for file in result.package.files}
    elsewhere: dict[str, list[tuple[Rule, Finding]]] = {}
    for rule, finding in result.package_findings:
        path = finding.path or result.package.directory
        elsewhere.setdefault(path, []).append((rule, finding))
        if path not in texts:
            texts[path] = read(path) or b""
    found: dict[str, tuple[Diagnostic, ...]] = {}
    for path, text in texts.items():
        functions, of_file = result.functions.get(path, ()), result.file_findings.get(path, ())
        made_from = (text, functions, of_file, tuple(elsewhere.get(path, ())), severities, config)
        known = memo.get(path)
        if known is None or not _is_same(known.made_from, made_from):
            known = memo[path] = PlacedFile(made_from, _place_all(path, text, functions, made_from[2:4], severities, config))
        if known.diagnostics:
            found[path] = known.diagnostics
    return found


def _is_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Large values by identity: they are kept as long as they are the same."""
    return all(mine is theirs for mine, theirs in zip(one[:3], other[:3], strict=True)) and one[3:] == other[3:]


def _place_all(
    path: str,
    text: GoFile | bytes,
    functions: tuple[tuple[GoDeclaration, FunctionResult], ...],
    others: tuple[Findings, ...],
    severities: Mapping[str, str],
    config: Config,
) -> tuple[Diagnostic, ...]:
    if config.excludes(path) or (isinstance(text, GoFile) and text.generated):
        return ()
    rows: list[Placed] = []
    for declared, result in functions:
        for rule, finding in result.findings:
            rows += _place(path, declared.declaration.start, result.name, rule, finding, severities)
    for findings in others:
        for rule, finding in findings:
            name = _function_at(text, finding.span.start) if isinstance(text, GoFile) else ""
            rows += _place(path, 0, name, rule, finding, severities)
    kept: tuple[Diagnostic, ...] = tuple(rows)
    suppressions = find_in_go(text) if isinstance(text, GoFile) else find_suppressions(text, c=not path.endswith(".go"))
    if suppressions:
        disabled = frozenset(rule for rule, level in severities.items() if level == "off")
        kept, unused = apply(rows, suppressions)
        for report in report_unused(path, unused, BY_NAME, disabled):
            kept += (replace(report, severity=severities.get(report.rule, report.severity)),)
    return tuple(sorted(kept, key=_order))


def _place(
    path: str, base: int, function: str, rule: Rule, finding: Finding, severities: Mapping[str, str]
) -> Iterator[Placed]:
    level = severities.get(rule.name, finding.severity or rule.severity)
    if level == "off":
        return
    made = _make(Placed)
    _fill(made, "base", base)
    _fill(made, "finding", finding)
    _fill(made, "shown", rule)
    _fill(made, "path", path)
    _fill(made, "function", function)
    _fill(made, "severity", level)
    yield made


def _order(one: Diagnostic) -> tuple[int, int, str, str]:
    if isinstance(one, Placed):
        span = one.finding.span
        return span.start + one.base, span.end + one.base, one.shown.name, one.finding.message
    return one.span.start, one.span.end, one.rule, one.message


def _shift_fix(fix: Fix, base: int) -> Fix:
    edits = tuple(
        FileEdit(tuple(TextEdit(edit.span.shift(base), edit.new_text) for edit in group.edits)) if group.path is None else group
        for group in fix.edits
    )
    return replace(fix, edits=edits)


def _function_at(file: GoFile, offset: int) -> str:
    index = bisect_right(file.declarations, offset, key=_start) - 1
    if index < 0:
        return ""
    declared = file.declarations[index]
    function = declared.facts.function
    return function.qualified if function is not None and declared.declaration.region.contains(offset) else ""


def _start(declared: GoDeclaration) -> int:
    return declared.declaration.start
