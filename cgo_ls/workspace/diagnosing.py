"""From findings to diagnostics: absolute places, severities, exclusions, suppressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from cgo_ls.model.go_file import GoFile
from cgo_ls.rules.finding import Diagnostic, FileEdit, Finding, Fix
from cgo_ls.rules.registry import BY_NAME
from cgo_ls.rules.rule import Rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.workspace.config import Config
from cgo_ls.workspace.engine import PackageResult
from cgo_ls.workspace.suppressions import apply, find_suppressions, report_unused


def diagnose(
    result: PackageResult, config: Config, severities: Mapping[str, str], read: Callable[[str], bytes | None]
) -> dict[str, tuple[Diagnostic, ...]]:
    """Path -> its diagnostics by place. `severities`: rule -> level or "off"."""
    found: dict[str, list[Diagnostic]] = {}
    for diagnostic in _diagnostics(result):
        level = severities.get(diagnostic.rule, diagnostic.severity)
        if level == "off" or config.excludes(diagnostic.path):
            continue
        if level != diagnostic.severity:
            diagnostic = replace(diagnostic, severity=level)  # pyright: ignore[reportArgumentType]
        found.setdefault(diagnostic.path, []).append(diagnostic)
    disabled = frozenset(rule for rule, level in severities.items() if level == "off")
    texts = {file.path: file.data for file in result.package.files}
    for path in found.keys() - texts.keys():
        texts[path] = read(path) or b""
    return {path: rows for path, data in texts.items() if (rows := _suppressed(path, data, found.get(path, []), disabled))}


def _suppressed(path: str, data: bytes, rows: list[Diagnostic], disabled: frozenset[str]) -> tuple[Diagnostic, ...]:
    suppressions = find_suppressions(data, c=not path.endswith(".go"))
    kept: tuple[Diagnostic, ...] = tuple(rows)
    if suppressions:
        kept, unused = apply(rows, suppressions)
        kept += report_unused(path, unused, BY_NAME, disabled)
    return tuple(sorted(kept, key=lambda one: (one.span.start, one.span.end, one.rule, one.message)))


def _diagnostics(result: PackageResult) -> Iterator[Diagnostic]:
    for file in result.package.files:
        for declared, of_function in result.functions.get(file.path, ()):
            function = declared.facts.function
            name = function.qualified if function is not None else ""
            for rule, finding in of_function.findings:
                yield _place(rule, finding, file.path, declared.declaration.start, name)
        for rule, finding in result.file_findings.get(file.path, ()):
            yield _place(rule, finding, file.path, 0, _function_at(file, finding.span.start))
    files = {file.path: file for file in result.package.files}
    for rule, finding in result.package_findings:
        path = finding.path or result.package.directory
        name = _function_at(files[path], finding.span.start) if path in files else ""
        yield _place(rule, finding, path, 0, name)


def _place(rule: Rule, finding: Finding, path: str, base: int, function: str) -> Diagnostic:
    """The finding in file coordinates."""
    steps = finding.steps
    fixes = finding.fixes
    if base:
        steps = tuple(replace(step, span=step.span.shift(base)) if step.path is None else step for step in steps)
        fixes = tuple(_shift_fix(fix, base) for fix in fixes)
    return Diagnostic(
        path, finding.span.shift(base), rule.name, rule.family, finding.severity or rule.severity, finding.message,
        function, steps, fixes, finding.unnecessary,
    )  # fmt: skip


def _shift_fix(fix: Fix, base: int) -> Fix:
    edits = tuple(
        FileEdit(tuple(TextEdit(edit.span.shift(base), edit.new_text) for edit in group.edits)) if group.path is None else group
        for group in fix.edits
    )
    return replace(fix, edits=edits)


def _function_at(file: GoFile, offset: int) -> str:
    for declared, function in file.functions:
        if declared.declaration.region.contains(offset):
            return function.qualified
    return ""
