"""unexplained-failure: a C function nobody knows fails, and nobody asks for the reason; see unexplained_failure.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cgo_ls.analysis.conventions import conventions_of
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.errno.call_sites import CallSite, sites_below
from cgo_ls.rules.errno.error_makers import asks_c, error_makers, names_a_cause, wrap
from cgo_ls.rules.errno.failure_tests import result_tests
from cgo_ls.rules.errno.preceding_call import Callee, Search, arguments, find_capture, fresh, identifiers
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

# So many calls of a library that take errno say that the library sets it.
_SIBLINGS = 3
_MOST_KEPT = 50_000
_PREFIX = re.compile(r"_*([a-z][a-z0-9]*_|[A-Z][A-Z0-9]*_|[a-z]{2,}(?=[A-Z])|[A-Z]+(?=[A-Z][a-z]))")
_OPENS = re.compile(r"_open(?:_\w+)?$|[a-z]Open$")
# A function that gives the reason: then errno is not where it is.
_EXPLAINS = re.compile(r"err(?!no)|fail|status|reason|message", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Unexplained:
    """A failing call and the error made of it, as values: spans and edits of the parsed region."""

    name: str
    test: str
    out_arguments: bool
    callee: Span
    maker: Span
    edits: tuple[TextEdit, ...]
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class _Habits:
    """What a package does elsewhere, by the prefix of C names: calls with two values, all calls, whether it asks C for reasons."""

    taken: Counter[str]
    calls: Counter[str]
    explained: frozenset[str]

    def takes_errno(self, prefix: str) -> bool:
        """Whether this is what the package does with most calls of a library."""
        return self.taken[prefix] >= _SIBLINGS and 2 * self.taken[prefix] >= self.calls[prefix]


@rule("unexplained-failure", family="errno", severity="information", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    habits = _habits(context)
    if habits is None:
        return
    known = conventions_of(context.package, context.rows)
    for file, declaration in _candidates(context, habits):
        region = declaration.declaration.region
        for found in _unexplained(file.data[region.start : region.end]):
            why = _evidence(found, habits)
            if why and known.of(found.name) is None and known.touches_errno(found.name) is not False:
                yield _finding(file, found, why, region.start)


def _prefix(name: str) -> str:
    match = _PREFIX.match(name)
    return match[1] if match else name


_Uses = tuple[tuple[str, int, int, bool], ...]
_uses_by_digest: dict[bytes, _Uses] = {}
"""For each declaration: (prefix, calls with two values, calls, whether one explains failures). A package rule runs at every key."""


def _uses(declaration: GoDeclaration) -> _Uses:
    digest = declaration.declaration.digest
    found = _uses_by_digest.get(digest)
    if found is None:
        counted: dict[str, list[int]] = {}
        for reference in declaration.facts.c_references:
            if reference.call:
                row = counted.setdefault(_prefix(reference.name), [0, 0, 0])
                row[0] += reference.two_value
                row[1] += 1
                row[2] |= not reference.two_value and bool(_EXPLAINS.search(reference.name))
        if len(_uses_by_digest) > _MOST_KEPT:
            _uses_by_digest.clear()
        found = tuple((prefix, row[0], row[1], bool(row[2])) for prefix, row in counted.items())
        _uses_by_digest[digest] = found
    return found


def _habits(context: PackageContext) -> _Habits | None:
    """None where there is nothing to learn from: no call takes errno, and none opens anything."""
    files = [file for file in context.package.files if file.c_names]
    uses = [
        row for file in files for declared in file.declarations if declared.facts.c_names for row in _uses(declared)
    ]
    if not any(row[1] for row in uses) and not any(_OPENS.search(name) for file in files for name in file.c_names):
        return None
    taken: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    explained: set[str] = set()
    for prefix, two, count, explains in uses:
        taken[prefix] += two
        calls[prefix] += count
        if explains:
            explained.add(prefix)
    return _Habits(taken, calls, frozenset(explained))


def _candidates(context: PackageContext, habits: _Habits) -> Iterator[tuple[GoFile, GoDeclaration]]:
    """Declarations that call, with one value, what is worth a look."""
    habit = {prefix for prefix in habits.taken if habits.takes_errno(prefix)}
    for file in context.package.files:
        wanted = {name for name in file.c_names if _prefix(name) in habit or _OPENS.search(name)}
        if not wanted:
            continue
        for declaration in file.declarations:
            if not wanted.isdisjoint(declaration.facts.c_names):
                if any(
                    each.call and not each.two_value and each.name in wanted for each in declaration.facts.c_references
                ):
                    yield file, declaration


def _evidence(found: _Unexplained, habits: _Habits) -> str:
    prefix = _prefix(found.name)
    if habits.takes_errno(prefix):
        return f"{habits.taken[prefix]} other calls of C.{prefix}* here take it from the second result"
    if (
        found.test == "== nil"
        and _OPENS.search(found.name)
        and not found.out_arguments
        and prefix not in habits.explained
    ):
        return "a function that opens something and gives nil most often leaves it in errno"
    return ""


def _finding(file: GoFile, found: _Unexplained, why: str, base: int) -> Finding:
    message = f"nobody asks why C.{found.name} failed; {why}: ret, err := C.{found.name}(...)"
    steps = (Step(found.maker.shift(base), "this error does not say why"),)
    fixes: tuple[Fix, ...] = ()
    if found.edits:
        edits = tuple(TextEdit(edit.span.shift(base), edit.new_text) for edit in found.edits)
        fixes = (Fix(f"Take the error of C.{found.name} and wrap it", (FileEdit(edits),), "unsafe", found.needs),)
    return Finding(found.callee.shift(base), message, steps, fixes, path=file.path)


@lru_cache(maxsize=1024)
def _unexplained(text: bytes) -> tuple[_Unexplained, ...]:
    """Remembered by text: a package rule runs at every key, and all but one declaration are as they were."""
    root = parse_go(text)
    found: list[_Unexplained] = []
    for site in sites_below(root):
        if site.error not in ("", "_"):
            continue
        for test in result_tests(site):
            makers = list(error_makers(test.branch))
            if not makers or asks_c(test.branch) or any(map(names_a_cause, makers)) or test.test not in _FAILED:
                continue
            edits, needs = _fix(text, root, site, makers[0].node)
            found.append(
                _Unexplained(
                    site.name, test.test, _fills(site), span_of(site.callee), span_of(makers[0].node), edits, needs
                )
            )
            break
    return tuple(found)


_FAILED = frozenset(["== nil", "== -1", "< 0", "!= 0"])


def _fills(site: CallSite) -> bool:
    """Whether the call is given the address of a variable: the reason may come back there."""
    return any(
        each.type == "unary_expression" and text_of(field(each, "operator")) == "&" for each in arguments(site.call)
    )


def _fix(text: bytes, root: Node, site: CallSite, maker: Node) -> tuple[tuple[TextEdit, ...], tuple[Need, ...]]:
    names = identifiers(root)
    if names is None:
        return (), ()

    def judge(name: str, count: int) -> Callee:
        if name in ("free", "strerror") or pseudo_name(name) is not None or (count == 1 and name.endswith("_t")):
            return "neutral"
        return "unknown" if count == 1 and name != site.name else "function"

    error, result = fresh(("err", "cErr"), names), fresh(("ret", "result"), names)
    capture = find_capture(maker, Search(text, judge, error, result, line_ending(text)))
    made = next((one for one in error_makers((maker,))), None)
    if capture is None or capture.call != span_of(site.call) or made is None:
        return (), ()
    wrapping = wrap(made, capture.error)
    return ((*capture.edits, *wrapping.edits), wrapping.needs) if wrapping is not None else ((), ())
