"""The incremental engine: functions are analysed when their bytes or the facts they read have changed, and never else."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping

from cgo_ls.analysis.facts import Facts, still_hold
from cgo_ls.analysis.function import FunctionAnalysis, analyse_function
from cgo_ls.data.rows import FunctionRow
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.registry import RULES
from cgo_ls.rules.rule import FileContext, FunctionContext, PackageContext, Rule, RuleSet, WordsSeen
from cgo_ls.syntax.go_nodes import function_node
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.workspace.call_graph import read_functions
from cgo_ls.workspace.cancellation import Check
from cgo_ls.workspace.environment import Environment
from cgo_ls.workspace.memo import Memo, RecentMemo
from cgo_ls.workspace.package_run import PackageRun, Pass
from cgo_ls.workspace.results import Failures, Findings, FunctionResult, PackageResult, RuleError
from cgo_ls.workspace.surroundings import Surroundings, find_surroundings
from cgo_ls.workspace.timings import Timings

__all__ = ["Engine", "PackageResult", "RuleError"]

FUNCTION_RULES = RuleSet([rule for rule in RULES if rule.scope == "function"])
FILE_RULES = RuleSet([rule for rule in RULES if rule.scope == "file"])
PACKAGE_RULES = RuleSet([rule for rule in RULES if rule.scope == "package"])


class Engine:
    """Analyses packages and remembers. One thread at a time may use it."""

    def __init__(self, counters: Counter[str]) -> None:
        self._counters = counters
        self.timings = Timings()
        # Results of texts and facts that may come back: undo, a branch, a recursion that is solved again.
        self._functions: RecentMemo[bytes, tuple[FunctionResult, ...]] = RecentMemo(1_000)
        self._passes: Memo[str, Pass] = Memo(64)
        self._files: Memo[str, tuple[bytes, Surroundings, Findings, Failures]] = Memo(2_000)
        self._words: Memo[str, WordsSeen] = Memo(100)

    def analyse(self, package: Package, rows: Mapping[str, FunctionRow], check: Check) -> PackageResult:
        """Everything about a package. `rows`: what the project's settings say of C functions."""
        last = self._passes.get(package.directory)
        before = {each.file.path: each for each in last.files} if last is not None else {}
        files = [read_functions(file, before.get(file.path)) for file in package.files]
        surroundings = find_surroundings(package, files, rows, last.surroundings if last is not None else None)
        if last is not None and last.surroundings is surroundings and last.result.package.digest == package.digest:
            return last.result
        run = PackageRun(self._function_result, package, files, surroundings, last, check)
        run.solve()
        result = self._judge(package, run, surroundings, check)
        self._passes[package.directory] = Pass(surroundings, files, run.graph, run.rows, run.summaries, result)
        return result

    def _judge(self, package: Package, run: PackageRun, surroundings: Surroundings, check: Check) -> PackageResult:
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
        findings, failures = _check(PACKAGE_RULES.all, PackageContext(package, surroundings.rows), self.timings)
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
        context = FileContext(file, package.scope(file), package, surroundings.rows)
        seen = self._words[file.path] = WordsSeen(file.data, FILE_RULES.words_in(file.data, self._words.get(file.path)))
        findings, failures = _check(FILE_RULES.of(seen.words), context, self.timings)
        self._files[file.path] = (file.digest, surroundings, findings, failures)
        return findings, failures

    def _function_result(
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
        start = time.process_time()
        try:
            tree = parse_go(text)
            node = function_node(tree)
            analysis = analyse_function(tree, node, name, facts) if node is not None else None
        except RecursionError:
            failures = (("analysis", "nested too deep"),)
        except Exception as error:  # noqa: BLE001 - one function must not take the others with it
            failures = (("analysis", _describe(error)),)
        self.timings.count("analysis", time.process_time() - start)
        if analysis is not None:
            context = FunctionContext(declared, text, analysis, facts)
            findings, failures = _check(FUNCTION_RULES.concerned(text), context, self.timings)
        callees = frozenset(str(key[1]) for key in facts.reads if key[0] in ("go_summary", "method_summary"))
        summary = analysis.summary if analysis is not None else None
        return FunctionResult(digest, name, text, facts.reads, callees, summary, findings, failures)


def _check(rules: Iterable[Rule], context: object, timings: Timings) -> tuple[Findings, Failures]:
    """Run rules; one that raises costs only itself."""
    found: list[tuple[Rule, Finding]] = []
    errors: list[tuple[str, str]] = []
    start = time.process_time()
    for rule in rules:
        try:
            found += [(rule, finding) for finding in rule.check(context)]
        except Exception as error:  # noqa: BLE001 - see above
            errors.append((rule.name, _describe(error)))
        end = time.process_time()
        timings.count(rule.name, end - start)
        start = end
    return tuple(found), tuple(errors)


def _describe(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{where}"[:300]
