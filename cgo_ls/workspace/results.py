"""What is found in a function and in a package."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from cgo_ls.analysis.effects import CEffects
from cgo_ls.analysis.facts import Facts
from cgo_ls.analysis.function import FunctionAnalysis, analyse_function
from cgo_ls.analysis.summaries import Summary
from cgo_ls.model.go_file import GoDeclaration
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import Rule
from cgo_ls.syntax.go_nodes import function_node
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.workspace.environment import Environment

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
