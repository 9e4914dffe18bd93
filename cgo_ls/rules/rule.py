"""A rule as a value, and the contexts a check may read: the context's type says what the result depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

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


class WordsSeen(NamedTuple):
    """A text, and which of the words of a RuleSet stand in it."""

    text: bytes
    words: frozenset[bytes]


class RuleSet:
    """The rules of one scope. Each word that any of them asks for is looked for once in a text."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.all = tuple(rules)
        self._words = tuple({word: None for rule in self.all for word in rule.words})
        self._reach = max(map(len, self._words), default=1) - 1
        self._known: dict[frozenset[bytes], tuple[Rule, ...]] = {}

    def words_in(self, text: bytes, last: WordsSeen | None = None) -> frozenset[bytes]:
        """The words that stand in a text. `last`: what is known of an earlier one; a word that was not there can only stand where
        the two differ, and a large file is not searched for it at every key."""
        if last is None:
            return frozenset([word for word in self._words if word in text])
        changed = _difference(last.text, text, self._reach)
        return frozenset([word for word in self._words if word in (text if word in last.words else changed)])

    def concerned(self, text: bytes) -> tuple[Rule, ...]:
        """Those that look for what a text (a function's, a file's) can hold."""
        return self.of(self.words_in(text))

    def of(self, present: frozenset[bytes]) -> tuple[Rule, ...]:
        """Those that look for one of these words, or for none."""
        known = self._known.get(present)
        if known is None:
            known = tuple(rule for rule in self.all if not rule.words or not present.isdisjoint(rule.words))
            if len(self._known) < _KEPT_SELECTIONS:
                self._known[present] = known
        return known


_KEPT_SELECTIONS = 1_000


def _difference(old: bytes, new: bytes, reach: int) -> bytes:
    """The part of `new` that `old` does not have at its head and tail, with `reach` bytes around it."""
    most = min(len(old), len(new))
    head = _same(most, lambda start, end: old[start:end] == new[start:end])
    tail = _same(
        most - head, lambda start, end: old[len(old) - end : len(old) - start] == new[len(new) - end : len(new) - start]
    )
    return new[max(0, head - reach) : len(new) - tail + reach]


def _same(most: int, equal: Callable[[int, int], bool]) -> int:
    """How many bytes from the start, `most` at most, are equal; each is compared twice or less."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if equal(low, middle):
            low = middle
        else:
            high = middle - 1
    return low


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
