"""The incremental engine: functions are analysed when their bytes or the facts they read have changed, and never else."""

from __future__ import annotations

import heapq
import traceback
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cgo_ls.analysis.effects import CEffects, ParameterEffect
from cgo_ls.analysis.facts import Facts, still_hold
from cgo_ls.analysis.function import FunctionAnalysis, analyse_function
from cgo_ls.analysis.summaries import MAX_ROUNDS, Summary
from cgo_ls.data.rows import FunctionRow
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.registry import RULES
from cgo_ls.rules.rule import FileContext, FunctionContext, PackageContext, Rule
from cgo_ls.syntax.go_nodes import function_node
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.workspace.call_graph import CallGraph, FileFunctions, Place, changed_range, method_of, read_functions
from cgo_ls.workspace.cancellation import Check
from cgo_ls.workspace.environment import Environment
from cgo_ls.workspace.memo import Memo, RecentMemo
from cgo_ls.workspace.surroundings import Surroundings, find_surroundings

FUNCTION_RULES = tuple(rule for rule in RULES if rule.scope == "function")
FILE_RULES = tuple(rule for rule in RULES if rule.scope == "file")
PACKAGE_RULES = tuple(rule for rule in RULES if rule.scope == "package")

Findings = tuple[tuple[Rule, Finding], ...]
Failures = tuple[tuple[str, str], ...]
"""(rule, message)"""


@dataclass(frozen=True, slots=True)
class RuleError:
    """A rule (or the analysis, rule "analysis") that raised: a defect of ours, reported beside the findings of the others."""

    path: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class FunctionResult:
    """What is kept of one function: what was found, and the facts it was derived from. `text` are the bytes of its declaration.

    The analysis itself, a hundred times as large, is not kept.
    """

    digest: bytes
    name: str
    text: bytes
    reads: dict[tuple[Hashable, ...], Any]
    callees: frozenset[str]
    summary: Summary | None
    findings: Findings
    errors: Failures

    @property
    def analysis(self) -> FunctionAnalysis | None:
        """The analysis, made once more from the same text and facts; None where there is nothing to analyse."""
        if self.summary is None:
            return None
        tree = parse_go(self.text)
        node = function_node(tree)
        return analyse_function(tree, node, self.name, Facts(None, dict(self.reads))) if node is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class PackageResult:
    """A package with everything found in it. `functions`: per file path, (declaration, result) in source order. What is the same
    as in the result before it is the same object."""

    package: Package
    functions: Mapping[str, tuple[tuple[GoDeclaration, FunctionResult], ...]]
    file_findings: Mapping[str, Findings]
    package_findings: Findings
    errors: tuple[RuleError, ...]
    bodies: Mapping[str, CEffects]
    environments: Mapping[str, Environment]


Rows = list[list[FunctionResult | None]]
"""The results of each file, in step with its declarations."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    """What one pass over a folder read and found, for the next one to start from."""

    surroundings: Surroundings
    files: Sequence[FileFunctions]
    graph: CallGraph
    rows: Rows
    summaries: dict[str, list[Summary | None]]
    result: PackageResult


class Engine:
    """Analyses packages and remembers. One thread at a time may use it."""

    def __init__(self, counters: Counter[str]) -> None:
        self._counters = counters
        # Results of texts and facts that may come back: undo, a branch, a recursion that is solved again.
        self._functions: RecentMemo[bytes, tuple[FunctionResult, ...]] = RecentMemo(1_000)
        self._passes: Memo[str, _Pass] = Memo(64)
        self._files: Memo[str, tuple[bytes, Surroundings, Findings, Failures]] = Memo(2_000)

    def analyse(self, package: Package, rows: Mapping[str, FunctionRow], check: Check) -> PackageResult:
        """Everything about a package. `rows`: what the project's settings say of C functions."""
        last = self._passes.get(package.directory)
        before = {each.file.path: each for each in last.files} if last is not None else {}
        files = [read_functions(file, before.get(file.path)) for file in package.files]
        surroundings = find_surroundings(package, files, rows, last.surroundings if last is not None else None)
        if last is not None and last.surroundings is surroundings and last.result.package.digest == package.digest:
            return last.result
        run = _PackageRun(self, package, files, surroundings, last, check)
        run.solve()
        result = self._judge(package, run, surroundings, check)
        self._passes[package.directory] = _Pass(surroundings, files, run.graph, run.rows, run.summaries, result)
        return result

    def _judge(self, package: Package, run: _PackageRun, surroundings: Surroundings, check: Check) -> PackageResult:
        """The rules about files and the package, and all findings together."""
        functions = run.results()
        errors = [
            RuleError(path, rule, message)
            for path, found in functions.items()
            for _, result in found
            if result.errors
            for rule, message in result.errors
        ]
        file_findings: dict[str, Findings] = {}
        for file in package.files:
            check()
            findings, failures = self._check_file(file, package, surroundings)
            file_findings[file.path] = findings
            errors += [RuleError(file.path, rule, message) for rule, message in failures]
        check()
        findings, failures = _check(PACKAGE_RULES, PackageContext(package))
        errors += [RuleError(package.directory, rule, message) for rule, message in failures]
        return PackageResult(
            package, functions, file_findings, findings, tuple(errors), surroundings.bodies, run.environments
        )

    def _check_file(self, file: GoFile, package: Package, surroundings: Surroundings) -> tuple[Findings, Failures]:
        """A file's findings hold for its text and its surroundings: a file rule may ask of other files what they declare in C and
        which types, but not where."""
        known = self._files.get(file.path)
        if known is not None and known[0] == file.digest and known[1] is surroundings:
            return known[2], known[3]
        findings, failures = _check(FILE_RULES, FileContext(file, package.scope(file), package))
        self._files[file.path] = (file.digest, surroundings, findings, failures)
        return findings, failures

    def function_result(
        self, file: GoFile, declared: GoDeclaration, environment: Environment, last: FunctionResult | None
    ) -> FunctionResult:
        """The result for one function: the last one, or a remembered one, if its facts still hold; else a new one."""
        digest = declared.declaration.digest
        environment.calls = declared.facts.calls
        if last is not None and last.digest == digest and still_hold(last.reads, environment):
            return last
        known = self._functions.get(digest, ())
        for result in known:
            if result is not last and still_hold(result.reads, environment):
                return result
        result = self._analyse_function(file, declared, environment)
        self._functions[digest] = (result, *known[:3])
        return result

    def _analyse_function(self, file: GoFile, declared: GoDeclaration, environment: Environment) -> FunctionResult:
        function, region = declared.facts.function, declared.declaration.region
        assert function is not None
        name, digest = function.qualified, declared.declaration.digest
        self._counters["analysed"] += 1
        self._counters[f"analysed:{name}"] += 1
        text = file.data[region.start : region.end]
        facts = Facts(environment)
        analysis: FunctionAnalysis | None = None
        findings: Findings = ()
        failures: Failures = ()
        try:
            tree = parse_go(text)
            node = function_node(tree)
            analysis = analyse_function(tree, node, name, facts) if node is not None else None
        except RecursionError:
            failures = (("analysis", "nested too deep"),)
        except Exception as error:  # noqa: BLE001 - one function must not take the others with it
            failures = (("analysis", _describe(error)),)
        if analysis is not None:
            findings, failures = _check(FUNCTION_RULES, FunctionContext(declared, text, analysis, facts))
        callees = frozenset(str(key[1]) for key in facts.reads if key[0] in ("go_summary", "method_summary"))
        summary = analysis.summary if analysis is not None else None
        return FunctionResult(digest, name, text, facts.reads, callees, summary, findings, failures)


class _Environments(dict[str, Environment]):
    """By path of a Go file, each made when first asked for: most keystrokes concern one."""

    def __init__(self, package: Package, surroundings: Surroundings, run: _PackageRun) -> None:
        super().__init__()
        self._files = {file.path: file for file in package.files}
        self._package, self._surroundings = package, surroundings
        self._summaries, self._methods = run.summaries, run.graph.methods

    def __missing__(self, path: str) -> Environment:
        scope = self._package.scope(self._files[path])
        bodies, tables = self._surroundings.bodies, self._surroundings.tables
        made = self[path] = Environment(self._package, scope, bodies, tables, self._summaries, self._methods)
        return made


class _PackageRun:
    """One pass over a package: groups of mutual callers, callees first, until the summaries of each stand still.

    A group that calls itself is always solved from nothing: what a fixpoint ends in may depend on where it began.
    """

    def __init__(
        self,
        engine: Engine,
        package: Package,
        files: Sequence[FileFunctions],
        surroundings: Surroundings,
        last: _Pass | None,
        check: Check,
    ) -> None:
        self._engine, self._package, self._files, self._check = engine, package, files, check
        self._last = last
        self._same = last is not None and last.surroundings is surroundings
        self.graph = last.graph if last is not None and last.graph.fits(files) else CallGraph(files)
        self.rows: Rows = [[None] * len(each.traits) for each in files]
        self.summaries: dict[str, list[Summary | None]] = {}
        self.environments = _Environments(package, surroundings, self)
        self._changed: set[str] = set()
        self._earlier: dict[tuple[str, bytes], FunctionResult] = {}

    def solve(self) -> None:
        last = self._last
        if last is not None and self._same and last.graph is self.graph and self._same_paths(last):
            self._solve_again(last)
            return
        if last is not None:
            self._earlier = {
                (each.file.path, result.digest): result
                for each, results in zip(last.files, last.rows, strict=True)
                for result in results
                if result is not None
            }
            for name in last.summaries.keys() - self.graph.places.keys():
                self._mark_changed(name)
        for group in self.graph.groups:
            self._solve_group(group)

    def _same_paths(self, last: _Pass) -> bool:
        return all(now.file.path == then.file.path for now, then in zip(self._files, last.files, strict=True))

    def _solve_again(self, last: _Pass) -> None:
        """Nothing but texts of functions has changed: solve those, and then whom a changed summary concerns."""
        self.summaries.update(last.summaries)
        pending: set[int] = set()
        for number, (now, then) in enumerate(zip(self._files, last.files, strict=True)):
            self.rows[number] = last.rows[number]
            if now.file is then.file:
                continue
            first, end = changed_range(then.file, now.file)
            names = [traits.name for traits in now.traits[first:end] if traits is not None]
            pending.update(self.graph.group_of[name] for name in names)
            if names:
                self.rows[number] = list(last.rows[number])
        queue = sorted(pending)
        while queue:
            group = self.graph.groups[heapq.heappop(queue)]
            self._solve_group(group)
            for name in group:
                if self.summaries.get(name) != last.summaries.get(name):
                    for caller in self.graph.callers(name) - pending:
                        pending.add(caller)
                        heapq.heappush(queue, caller)

    def _solve_group(self, group: Sequence[str]) -> None:
        for name in group:
            self.summaries.pop(name, None)
        wanted = [name for name in group if self._is_wanted(name)]
        for name in group:
            if name not in wanted:
                self._leave_out(name)
        cyclic = self.graph.is_cyclic(group)
        for _ in range(MAX_ROUNDS if cyclic else 1):
            before = [self.summaries.get(name) for name in wanted]
            for name in wanted:
                self._solve_function(name, cyclic)
            if [self.summaries.get(name) for name in wanted] == before:
                break
        for name in wanted:
            if self._last is not None and self._last.summaries.get(name) != self.summaries[name]:
                self._mark_changed(name)

    def _is_wanted(self, name: str) -> bool:
        """Whether a function matters: it names C, a callee takes or returns C memory, or it can end the program."""
        for number, index in self.graph.places[name]:
            traits = self._files[number].traits[index]
            if traits is not None and traits.holds_c:
                return True
        return any(
            summary is not None
            and (
                ParameterEffect.TAKES in summary.parameters or "returns memory" in summary.note or summary.never_returns
            )
            for callee in self.graph.callees[name]
            for summary in self.summaries.get(callee, ())
        )

    def _leave_out(self, name: str) -> None:
        for number, index in self.graph.places[name]:
            if self.rows[number][index] is not None:
                self._set(number, index, None)
        if self._last is not None and name in self._last.summaries:
            self._mark_changed(name)

    def _solve_function(self, name: str, cyclic: bool) -> None:
        summaries: list[Summary | None] = []
        for place in self.graph.places[name]:
            self._check()
            result = self._result(place, cyclic)
            self._set(*place, result)
            summaries.append(result.summary)
        self.summaries[name] = summaries

    def _set(self, number: int, index: int, result: FunctionResult | None) -> None:
        """Rows that are still the last pass's are copied first: its result is being read."""
        if self._last is not None and number < len(self._last.rows) and self.rows[number] is self._last.rows[number]:
            self.rows[number] = list(self.rows[number])
        self.rows[number][index] = result

    def _result(self, place: Place, cyclic: bool) -> FunctionResult:
        """Taken from the last pass when nothing it read has changed since; this asks no fact again."""
        number, index = place
        file = self._files[number].file
        declared = file.declarations[index]
        known = self._earlier.get((file.path, declared.declaration.digest)) or self.rows[number][index]
        if self._same and known is not None and not cyclic and known.digest == declared.declaration.digest:
            if known.callees.isdisjoint(self._changed):
                return known
        return self._engine.function_result(file, declared, self.environments[file.path], known)

    def _mark_changed(self, name: str) -> None:
        self._changed |= {name, method_of(name)}

    def results(self) -> dict[str, tuple[tuple[GoDeclaration, FunctionResult], ...]]:
        """Per file, its functions in source order."""
        found: dict[str, tuple[tuple[GoDeclaration, FunctionResult], ...]] = {}
        for number, (each, results) in enumerate(zip(self._files, self.rows, strict=True)):
            path, last = each.file.path, self._last
            if last is not None and number < len(last.files):
                if last.files[number].file is each.file and last.rows[number] == results:
                    found[path] = last.result.functions[path]
                    continue
            pairs = zip(each.file.declarations, results, strict=True)
            found[path] = tuple([(declared, result) for declared, result in pairs if result is not None])
        return found


def _check(rules: Iterable[Rule], context: object) -> tuple[Findings, Failures]:
    """Run rules; one that raises costs only itself."""
    found: list[tuple[Rule, Finding]] = []
    errors: list[tuple[str, str]] = []
    for rule in rules:
        try:
            found += [(rule, finding) for finding in rule.check(context)]
        except Exception as error:  # noqa: BLE001 - see above
            errors.append((rule.name, _describe(error)))
    return tuple(found), tuple(errors)


def _describe(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{where}"[:300]
