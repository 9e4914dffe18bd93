"""One pass over the functions of a package: which of them must be looked at again, in what order, and what that changes."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cgo_ls.analysis.effects import ParameterEffect
from cgo_ls.analysis.summaries import MAX_ROUNDS, Summary
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.package import Package
from cgo_ls.workspace.call_graph import CallGraph, FileFunctions, Place, changed_range, method_of
from cgo_ls.workspace.cancellation import Check
from cgo_ls.workspace.environment import Environment
from cgo_ls.workspace.results import FunctionResult, PackageResult
from cgo_ls.workspace.surroundings import Surroundings

Analyse = Callable[[GoFile, GoDeclaration, Environment, FunctionResult | None], FunctionResult]
"""The result for one function; the last argument is the one it had before, if its facts may still hold."""

Rows = list[list[FunctionResult | None]]
"""The results of each file, in step with its declarations."""


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """What one pass over a folder read and found, for the next one to start from."""

    surroundings: Surroundings
    files: Sequence[FileFunctions]
    graph: CallGraph
    rows: Rows
    summaries: dict[str, list[Summary | None]]
    result: PackageResult


class PackageRun:
    """One pass over a package: groups of mutual callers, callees first, until the summaries of each stand still.

    A group that calls itself is always solved from nothing: what a fixpoint ends in may depend on where it began.
    """

    def __init__(
        self,
        function_result: Analyse,
        package: Package,
        files: Sequence[FileFunctions],
        surroundings: Surroundings,
        last: Pass | None,
        check: Check,
    ) -> None:
        self._function_result, self._files, self._check = function_result, files, check
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

    def _same_paths(self, last: Pass) -> bool:
        return all(now.file.path == then.file.path for now, then in zip(self._files, last.files, strict=True))

    def _solve_again(self, last: Pass) -> None:
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
        return self._function_result(file, declared, self.environments[file.path], known)

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


class _Environments(dict[str, Environment]):
    """By path of a Go file, each made when first asked for: most keystrokes concern one."""

    def __init__(self, package: Package, surroundings: Surroundings, run: PackageRun) -> None:
        super().__init__()
        self._files = {file.path: file for file in package.files}
        self._package, self._surroundings = package, surroundings
        self._summaries, self._methods = run.summaries, run.graph.methods

    def __missing__(self, path: str) -> Environment:
        scope = self._package.scope(self._files[path])
        bodies, tables = self._surroundings.bodies, self._surroundings.tables
        made = self[path] = Environment(
            self._package, scope, bodies, tables, self._summaries, self._methods, self._surroundings.finalized
        )
        return made
