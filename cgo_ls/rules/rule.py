"""A rule as a value, and the contexts a check may read: the context's type says what the result depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from cgo_ls.rules.finding import Finding, Severity
from cgo_ls.syntax.go_nodes import Node, nodes_by_kind

if TYPE_CHECKING:
    from cgo_ls.analysis.facts import Facts
    from cgo_ls.analysis.function import FunctionAnalysis
    from cgo_ls.data.rows import FunctionRow
    from cgo_ls.model.go_file import GoDeclaration, GoFile
    from cgo_ls.model.package import CScope, Package

Family = Literal["memory", "errno", "symbols", "preamble", "pointers", "exports", "threads", "types"]
FAMILIES: tuple[str, ...] = ("memory", "errno", "symbols", "preamble", "pointers", "exports", "threads", "types")


def _no_rows() -> Mapping[str, FunctionRow]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FunctionContext:
    """One function: depends on the bytes of its declaration and on the facts it reads, nothing else.

    `text` are the bytes of the declaration's region; every span is relative to its start. `facts` records what is asked, so that the
    result can be kept until an answer changes: ask it, and never the package, for anything outside of the function.
    `notes` is what rules have worked out of these same values, for the next one to use.
    """

    declaration: GoDeclaration
    text: bytes
    analysis: FunctionAnalysis
    facts: Facts
    notes: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def nodes(self, kind: str) -> list[Node]:
        """The nodes of a kind (`call_expression`) in the declaration, in source order; found once for all rules."""
        known = self.notes.get("nodes")
        if known is None:
            known = self.notes["nodes"] = nodes_by_kind(self.analysis.tree)
        return known.get(kind, [])


@dataclass(frozen=True, slots=True)
class FileContext:
    """One Go file and the C names it sees. Spans are file offsets."""

    file: GoFile
    scope: CScope
    package: Package
    rows: Mapping[str, FunctionRow] = field(default_factory=_no_rows)


@dataclass(frozen=True, slots=True)
class PackageContext:
    """All files of a folder. Findings name their path; spans are file offsets. `rows`, here and above: the project's own of C functions."""

    package: Package
    rows: Mapping[str, FunctionRow] = field(default_factory=_no_rows)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the tool knows about a rule without running it. `check` takes the context of its scope.

    words: `check` is run only where the text (a function's, a file's) holds one of them; () stands for always.
    enabled: whether it speaks unless settings give it a severity.
    """

    name: str
    family: Family
    severity: Severity
    scope: Literal["function", "file", "package"]
    since: str
    fixable: bool
    check: Callable[[Any], Iterator[Finding]]
    module: str
    words: tuple[bytes, ...] = ()
    enabled: bool = True


class RuleSet:
    """The rules of one scope. Each word that any of them asks for is looked for once in a text."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.all = tuple(rules)
        self._words = tuple({word: None for rule in self.all for word in rule.words})
        self._known: dict[frozenset[bytes], tuple[Rule, ...]] = {}

    def concerned(self, text: bytes) -> tuple[Rule, ...]:
        """Those that look for what a text (a function's, a file's) can hold."""
        present = frozenset([word for word in self._words if word in text])
        known = self._known.get(present)
        if known is None:
            known = tuple(rule for rule in self.all if not rule.words or not present.isdisjoint(rule.words))
            if len(self._known) < _KEPT_SELECTIONS:
                self._known[present] = known
        return known


_KEPT_SELECTIONS = 1_000


def rule(
    name: str,
    *,
    family: Family,
    severity: Severity,
    scope: Literal["function", "file", "package"],
    since: str,
    fixable: bool = False,
    words: tuple[bytes, ...] = (),
    enabled: bool = True,
) -> Callable[[Callable[[Any], Iterator[Finding]]], Rule]:
    """Make a Rule of a generator function over a context; the module's .md of the same stem explains it.

    A rule of functions runs for each changed function, so give it `words` that its text must hold where there are such.
    """

    def decorate(check: Callable[[Any], Iterator[Finding]]) -> Rule:
        return Rule(name, family, severity, scope, since, fixable, check, check.__module__, words, enabled)

    return decorate
