"""A rule as a value, and the contexts a check may read: the context's type says what the result depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cgo_ls.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from cgo_ls.analysis.facts import Facts
    from cgo_ls.analysis.function import FunctionAnalysis
    from cgo_ls.model.go_file import GoDeclaration, GoFile
    from cgo_ls.model.package import CScope, Package

Family = Literal["memory", "errno", "symbols", "preamble", "pointers", "exports", "threads", "types"]
FAMILIES: tuple[str, ...] = ("memory", "errno", "symbols", "preamble", "pointers", "exports", "threads", "types")


@dataclass(frozen=True, slots=True)
class FunctionContext:
    """One function: depends on the bytes of its declaration and on the facts it reads, nothing else.

    `text` are the bytes of the declaration's region; every span is relative to its start. `facts` records what is asked, so that the
    result can be kept until an answer changes: ask it, and never the package, for anything outside of the function.
    """

    declaration: GoDeclaration
    text: bytes
    analysis: FunctionAnalysis
    facts: Facts


@dataclass(frozen=True, slots=True)
class FileContext:
    """One Go file and the C names it sees. Spans are file offsets."""

    file: GoFile
    scope: CScope
    package: Package


@dataclass(frozen=True, slots=True)
class PackageContext:
    """All files of a folder. Findings name their path; spans are file offsets."""

    package: Package


@dataclass(frozen=True, slots=True)
class Rule:
    """What the tool knows about a rule without running it. `check` takes the context of its scope."""

    name: str
    family: Family
    severity: Severity
    scope: Literal["function", "file", "package"]
    since: str
    fixable: bool
    check: Callable[[Any], Iterator[Finding]]
    module: str


def rule(
    name: str,
    *,
    family: Family,
    severity: Severity,
    scope: Literal["function", "file", "package"],
    since: str,
    fixable: bool = False,
) -> Callable[[Callable[[Any], Iterator[Finding]]], Rule]:
    """Make a Rule of a generator function over a context; the module's .md of the same stem explains it."""

    def decorate(check: Callable[[Any], Iterator[Finding]]) -> Rule:
        return Rule(name, family, severity, scope, since, fixable, check, check.__module__)

    return decorate
