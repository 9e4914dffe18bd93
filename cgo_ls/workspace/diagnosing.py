"""From findings to diagnostics: absolute places, severities, exclusions, suppressions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.rules.finding import Diagnostic, FileEdit, Finding, Fix, Step
from cgo_ls.rules.registry import BY_NAME
from cgo_ls.rules.rule import Rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span
from cgo_ls.workspace.config import Config
from cgo_ls.workspace.placed_suppressions import find_in_go
from cgo_ls.workspace.results import Findings, FunctionResult, PackageResult
from cgo_ls.workspace.suppressions import apply, find_suppressions, report_unused

Read = Callable[[str], bytes | None]
Functions = Sequence[tuple[GoDeclaration, FunctionResult]]
_OFF = frozenset(name for name, rule in BY_NAME.items() if not rule.enabled)
_fill = object.__setattr__
_make = object.__new__


class Placed(Diagnostic):
    """A diagnostic whose steps and fixes are moved to their places when they are asked for: a keystroke moves hundreds.

    `finding` is the same object as long as nothing it says has changed; its spans count from `base`.
    """

    __slots__ = ("base", "finding")

    base: int
    finding: Finding

    def __getattr__(self, name: str) -> Any:
        """Called for a field that is not filled in yet."""
        finding, base = self.finding, self.base
        if name == "steps":
            value: Any = tuple([_shift_step(step, base) for step in finding.steps]) if base else finding.steps
        elif name == "fixes":
            value = tuple([_shift_fix(fix, base) for fix in finding.fixes]) if base else finding.fixes
        else:
            raise AttributeError(name)
        _fill(self, name, value)
        return value


class _Group(NamedTuple):
    """The diagnostics of one function, by place; the same as long as it neither changes nor moves."""

    result: FunctionResult
    start: int
    diagnostics: tuple[Placed, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedFile:
    """The diagnostics of a file, and what they were made from."""

    text: GoFile | bytes
    functions: Functions
    others: Findings
    settings: tuple[Mapping[str, str], Config]
    groups: Sequence[_Group]
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
    settings = (severities, config)
    for path, text in texts.items():
        functions = result.functions.get(path, ())
        others = (*result.file_findings.get(path, ()), *elsewhere.get(path, ()))
        known = memo.get(path)
        if known is not None and known.settings != settings:
            known = None
        if known is None or known.text is not text or known.functions is not functions or known.others != others:
            groups = _place_functions(path, functions, severities, known.groups if known is not None else ())
            diagnostics = _place_file(path, text, groups, others, settings)
            known = memo[path] = PlacedFile(text, functions, others, settings, groups, diagnostics)
        if known.diagnostics:
            found[path] = known.diagnostics
    return found


def _place_functions(
    path: str, functions: Functions, severities: Mapping[str, str], before: Sequence[_Group]
) -> list[_Group]:
    """One group for each function that has findings; those that were made before and stand where they stood are kept."""
    groups: list[_Group] = []
    for declared, result in functions:
        if not result.findings:
            continue
        start, number = declared.declaration.start, len(groups)
        if number < len(before) and before[number].result is result and before[number].start == start:
            groups.append(before[number])
            continue
        rows = [_place(path, start, result.name, rule, finding, severities) for rule, finding in result.findings]
        if len(rows) > 1:
            rows.sort(key=_order)
        groups.append(_Group(result, start, tuple([row for row in rows if row.severity != "off"])))
    return groups


def _place_file(
    path: str,
    text: GoFile | bytes,
    groups: Sequence[_Group],
    others: Findings,
    settings: tuple[Mapping[str, str], Config],
) -> tuple[Diagnostic, ...]:
    severities, config = settings
    is_go = isinstance(text, GoFile)
    if config.excludes(path) or (is_go and text.generated):
        return ()
    rows: list[Diagnostic] = [diagnostic for group in groups for diagnostic in group.diagnostics]
    for rule, finding in others:
        name = _function_at(text, finding.span.start) if is_go else ""
        row = _place(path, 0, name, rule, finding, severities)
        if row.severity != "off":
            rows.append(row)
    suppressions = find_in_go(text) if is_go else find_suppressions(text, c=not path.endswith(".go"))
    if suppressions:
        disabled = _OFF.difference(severities) | {rule for rule, level in severities.items() if level == "off"}
        kept, unused = apply(rows, suppressions)
        rows = list(kept)
        for report in report_unused(path, unused, BY_NAME, disabled):
            level: Any = severities.get(report.rule, report.severity)
            rows.append(replace(report, severity=level))
    if others or suppressions:
        rows.sort(key=_order)
    return tuple(rows)


def _place(path: str, base: int, function: str, rule: Rule, finding: Finding, severities: Mapping[str, str]) -> Placed:
    """The finding in file coordinates; severity "off" where it is not wanted. Not by the constructor, which wants all fields."""
    made, span = _make(Placed), finding.span
    _fill(made, "base", base)
    _fill(made, "finding", finding)
    _fill(made, "path", path)
    _fill(made, "span", Span(span.start + base, span.end + base))
    _fill(made, "rule", rule.name)
    _fill(made, "family", rule.family)
    _fill(made, "severity", severities.get(rule.name) or _default(rule, finding))
    _fill(made, "message", finding.message)
    _fill(made, "function", function)
    _fill(made, "unnecessary", finding.unnecessary)
    return made


def _default(rule: Rule, finding: Finding) -> str:
    """How loud a finding is where no setting says so."""
    return finding.severity or rule.severity if rule.enabled else "off"


def _order(one: Diagnostic) -> tuple[int, int, str, str]:
    return one.span.start, one.span.end, one.rule, one.message


def _shift_step(step: Step, base: int) -> Step:
    if step.path is not None:
        return step
    return Step(Span(step.span.start + base, step.span.end + base), step.message)


def _shift_fix(fix: Fix, base: int) -> Fix:
    edits = tuple(
        FileEdit(tuple(TextEdit(edit.span.shift(base), edit.new_text) for edit in group.edits))
        if group.path is None
        else group
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
