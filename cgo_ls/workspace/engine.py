"""The incremental engine: functions are analysed when their bytes or the facts they read have changed, and never else."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cgo_ls.analysis.effects import CEffects, ParameterEffect
from cgo_ls.analysis.facts import Facts, still_hold
from cgo_ls.analysis.function import FunctionAnalysis, analyse_function
from cgo_ls.analysis.summaries import MAX_ROUNDS, Summary, strongly_connected
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.registry import RULES
from cgo_ls.rules.rule import FileContext, FunctionContext, PackageContext, Rule
from cgo_ls.syntax.go_nodes import function_node
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.workspace.environment import Environment
from cgo_ls.workspace.memo import Memo

FUNCTION_RULES = tuple(rule for rule in RULES if rule.scope == "function")
FILE_RULES = tuple(rule for rule in RULES if rule.scope == "file")
PACKAGE_RULES = tuple(rule for rule in RULES if rule.scope == "package")
MAX_FUNCTION_BYTES = 256 * 1024
"""A longer function is generated, and left alone."""


class Cancelled(Exception):
    """The result is no longer wanted."""


@dataclass(frozen=True, slots=True)
class RuleError:
    """A rule (or the analysis, rule "analysis") that raised: a defect of ours, reported beside the findings of the others."""

    path: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class FunctionResult:
    """All that is known of one function, and the facts it was derived from."""

    reads: Mapping[tuple[Hashable, ...], Any]
    callees: frozenset[str]
    analysis: FunctionAnalysis | None
    findings: tuple[tuple[Rule, Finding], ...]
    errors: tuple[tuple[str, str], ...]

    @property
    def summary(self) -> Summary | None:
        return self.analysis.summary if self.analysis is not None else None


EMPTY = FunctionResult({}, frozenset(), None, (), ())


@dataclass(frozen=True, slots=True)
class PackageResult:
    """A package with everything found in it. `functions`: per file path, (declaration, result) in source order."""

    package: Package
    functions: Mapping[str, tuple[tuple[GoDeclaration, FunctionResult], ...]]
    file_findings: Mapping[str, tuple[tuple[Rule, Finding], ...]]
    package_findings: tuple[tuple[Rule, Finding], ...]
    errors: tuple[RuleError, ...]
    bodies: Mapping[str, CEffects]
    environments: Mapping[str, Environment]


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the last pass over a folder found: its answer is taken again where neither bytes nor facts have changed."""

    surroundings: Hashable
    summaries: Mapping[str, list[Summary | None]]
    results: Mapping[tuple[str, bytes], FunctionResult]


class Engine:
    """Analyses packages and remembers. One thread at a time may use it."""

    def __init__(self, counters: Counter[str]) -> None:
        self._counters = counters
        self._functions: Memo[bytes, list[FunctionResult]] = Memo(20_000)
        self.last: Memo[str, LastRun] = Memo(64)
        self._files: Memo[tuple[Hashable, ...], tuple[tuple[tuple[Rule, Finding], ...], tuple[tuple[str, str], ...]]] = Memo(512)

    def analyse(
        self,
        package: Package,
        make_environment: Callable[[GoFile, Mapping[str, list[Summary | None]]], Environment],
        bodies: Mapping[str, CEffects],
        surroundings: Hashable,
        cancelled: Callable[[], bool],
    ) -> PackageResult:
        """Everything about a package. `surroundings` stands for what the environments answer besides summaries."""
        run = _PackageRun(self, package, make_environment, cancelled, surroundings)
        run.solve_functions()
        errors = list(run.function_errors())
        file_findings: dict[str, tuple[tuple[Rule, Finding], ...]] = {}
        for file in package.files:
            found, wrong = self._check_file(file, package, surroundings)
            file_findings[file.path] = found
            errors += [RuleError(file.path, rule, message) for rule, message in wrong]
        found, wrong = _check(PACKAGE_RULES, PackageContext(package))
        errors += [RuleError(package.directory, rule, message) for rule, message in wrong]
        return PackageResult(package, run.results(), file_findings, found, tuple(errors), bodies, run.environments)

    def _check_file(
        self, file: GoFile, package: Package, surroundings: Hashable
    ) -> tuple[tuple[tuple[Rule, Finding], ...], tuple[tuple[str, str], ...]]:
        key = (file.path, file.digest, surroundings)
        known = self._files.get(key)
        if known is None:
            known = self._files[key] = _check(FILE_RULES, FileContext(file, package.scope(file), package))
        return known

    def function_result(self, file: GoFile, declared: GoDeclaration, environment: Environment) -> FunctionResult:
        """The result for one function: the remembered one whose facts still hold, or a new one."""
        digest = declared.declaration.digest
        known = self._functions.get(digest)
        for result in known or ():
            if still_hold(result.reads, environment):
                return result
        result = self._analyse_function(file, declared, environment)
        self._functions[digest] = [result, *(known or [])][:4]
        return result

    def _analyse_function(self, file: GoFile, declared: GoDeclaration, environment: Environment) -> FunctionResult:
        function = declared.facts.function
        assert function is not None
        self._counters["analysed"] += 1
        self._counters[f"analysed:{function.qualified}"] += 1
        region = declared.declaration.region
        text = file.data[region.start : region.end]
        facts = Facts(environment)
        try:
            tree = parse_go(text)
            node = function_node(tree)
            analysis = analyse_function(tree, node, function.qualified, facts) if node is not None else None
        except RecursionError:
            return replace(EMPTY, errors=(("analysis", "nested too deep"),))
        except Exception as error:
            return replace(EMPTY, errors=(("analysis", _describe(error)),))
        if analysis is None:
            return EMPTY
        found, errors = _check(FUNCTION_RULES, FunctionContext(declared, text, analysis, facts))
        callees = frozenset(str(key[1]) for key in facts.reads if key[0] in ("go_summary", "method_summary"))
        return FunctionResult(facts.reads, callees, analysis, found, errors)


class _PackageRun:
    """One pass over a package: functions in the order of the call graph, callees first."""

    def __init__(
        self,
        engine: Engine,
        package: Package,
        make_environment: Callable[[GoFile, Mapping[str, list[Summary | None]]], Environment],
        cancelled: Callable[[], bool],
        surroundings: Hashable,
    ) -> None:
        self._engine, self._package, self._cancelled, self._surroundings = engine, package, cancelled, surroundings
        last = engine.last.get(package.directory)
        self._last = last if last is not None and last.surroundings == surroundings else None
        self._changed: set[str] = set()
        self._summaries: dict[str, list[Summary | None]] = {}
        self.environments: dict[str, Environment] = {}
        self._work: dict[str, list[tuple[GoFile, GoDeclaration]]] = {}
        self._results: dict[tuple[str, int], FunctionResult] = {}
        self._by_digest: dict[tuple[str, bytes], FunctionResult] = {}
        self._make_environment = make_environment
        for file in package.files:
            self.environments[file.path] = make_environment(file, self._summaries)
            for declared in file.declarations:
                if declared.facts.function is not None:
                    self._work.setdefault(declared.facts.function.qualified, []).append((file, declared))
        self._naming_c = {name for name, places in self._work.items() if any(_names_c(*place) for place in places)}

    def solve_functions(self) -> None:
        """Every function that can hold C memory, until the summaries of each group of mutual callers stand still."""
        methods: dict[str, list[str]] = {}
        for name in self._work:
            if "." in name:
                methods.setdefault("." + name.rsplit(".", 1)[1], []).append(name)
        edges = {name: self._callees(name, methods) for name in self._work}
        if self._last is not None:
            for name in self._last.summaries.keys() - self._work.keys():
                self._mark_changed(name)
        for group in strongly_connected(edges):
            wanted = [name for name in group if name in self._naming_c or self._calls_notable(edges[name])]
            if self._last is not None:
                for name in set(group).difference(wanted) & self._last.summaries.keys():
                    self._mark_changed(name)
            rounds = MAX_ROUNDS if len(group) > 1 or group[0] in edges[group[0]] else 1
            for _ in range(rounds):
                before = {name: self._summaries.get(name) for name in wanted}
                for name in wanted:
                    self._solve(name)
                if all(self._summaries.get(name) == before[name] for name in wanted):
                    break
        last = LastRun(self._surroundings, self._summaries, self._by_digest)
        self._engine.last[self._package.directory] = last

    def _calls_notable(self, callees: Iterable[str]) -> bool:
        """Whether a callee takes or returns C memory, so that a caller that does not name C can still misuse it."""
        return any(
            summary is not None and (ParameterEffect.TAKES in summary.parameters or "returns memory" in summary.note)
            for callee in callees
            for summary in self._summaries.get(callee, ())
        )

    def _callees(self, name: str, methods: Mapping[str, list[str]]) -> list[str]:
        found: list[str] = []
        for _, declared in self._work[name]:
            for called in declared.facts.calls:
                found += methods.get(called, []) if called.startswith(".") else [called]
        return found

    def _solve(self, name: str) -> None:
        if self._cancelled():
            raise Cancelled
        summaries: list[Summary | None] = []
        for file, declared in self._work[name]:
            if declared.declaration.region.end - declared.declaration.start > MAX_FUNCTION_BYTES:
                summaries.append(None)
                continue
            result = self._result(file, declared)
            self._results[(file.path, declared.declaration.start)] = result
            self._by_digest[(file.path, declared.declaration.digest)] = result
            summaries.append(result.summary)
        self._summaries[name] = summaries
        if self._last is not None and self._last.summaries.get(name) != summaries:
            self._mark_changed(name)

    def _mark_changed(self, name: str) -> None:
        self._changed |= {name, "." + name.rsplit(".", 1)[-1]}

    def _result(self, file: GoFile, declared: GoDeclaration) -> FunctionResult:
        """Taken from the last pass when nothing it read has changed since; this asks no fact again."""
        if self._last is not None:
            known = self._last.results.get((file.path, declared.declaration.digest))
            if known is not None and not (known.callees & self._changed):
                return known
        return self._engine.function_result(file, declared, self.environments[file.path])

    def results(self) -> dict[str, tuple[tuple[GoDeclaration, FunctionResult], ...]]:
        """Per file, its functions in source order."""
        found: dict[str, tuple[tuple[GoDeclaration, FunctionResult], ...]] = {}
        for file in self._package.files:
            rows = [
                (declared, self._results[(file.path, declared.declaration.start)])
                for declared in file.declarations
                if (file.path, declared.declaration.start) in self._results
            ]
            found[file.path] = tuple(rows)
        return found

    def function_errors(self) -> Iterable[RuleError]:
        for (path, _), result in self._results.items():
            for rule, message in result.errors:
                yield RuleError(path, rule, message)


def _names_c(file: GoFile, declared: GoDeclaration) -> bool:
    region = declared.declaration.region
    text = file.data[region.start : region.end]
    return (file.imports_c and b"C." in text) or b"unsafe." in text


def _check(rules: Iterable[Rule], context: object) -> tuple[tuple[tuple[Rule, Finding], ...], tuple[tuple[str, str], ...]]:
    """Run rules; one that raises costs only itself."""
    found: list[tuple[Rule, Finding]] = []
    errors: list[tuple[str, str]] = []
    for rule in rules:
        try:
            found += [(rule, finding) for finding in rule.check(context)]
        except Exception as error:
            errors.append((rule.name, _describe(error)))
    return tuple(found), tuple(errors)


def _describe(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{where}"[:300]
