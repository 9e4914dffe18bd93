"""unexplained-failure: a C function nobody knows fails, and nobody asks for the reason; see unexplained_failure.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cgo_ls.analysis.conventions import conventions_of
from cgo_ls.data.library_failures import library_failure
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.errno.parts.call_sites import CallSite, sites_below
from cgo_ls.rules.errno.parts.errno_habits import OPENS, Habits, habits_of, prefix_of
from cgo_ls.rules.errno.parts.error_makers import asks_c, error_makers, names_a_cause, wrap
from cgo_ls.rules.errno.parts.failure_tests import result_tests
from cgo_ls.rules.errno.parts.preceding_call import Callee, Search, arguments, find_capture, fresh, identifiers
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span


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


@rule("unexplained-failure", family="errno", severity="information", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    habits = habits_of(context)
    if habits is None:
        return
    known = conventions_of(context.package, context.rows)
    for file, declaration in _candidates(context, habits):
        region = declaration.declaration.region
        for found in _unexplained(file.data[region.start : region.end]):
            why = _evidence(found, habits) if not _is_known(context, file, found) else ""
            if why and known.of(found.name) is None and known.touches_errno(found.name) is not False:
                yield _finding(file, found, why, region.start)


def _is_known(context: PackageContext, file: GoFile, found: _Unexplained) -> bool:
    """Whether the library says how its functions fail: dropped-errno then speaks."""
    said = library_failure(found.name, context.package.scope(file).headers)
    return said is not None and (said.pointers if found.test == "== nil" else said.numbers != "")


def _candidates(context: PackageContext, habits: Habits) -> Iterator[tuple[GoFile, GoDeclaration]]:
    """Declarations that call, with one value, what is worth a look."""
    habit = {prefix for prefix in habits.taken if habits.takes_errno(prefix)}
    for file in context.package.files:
        wanted = {name for name in file.c_names if prefix_of(name) in habit or OPENS.search(name)}
        if not wanted:
            continue
        for declaration in file.declarations:
            if not wanted.isdisjoint(declaration.facts.c_names):
                if any(
                    each.call and not each.two_value and each.name in wanted for each in declaration.facts.c_references
                ):
                    yield file, declaration


def _evidence(found: _Unexplained, habits: Habits) -> str:
    prefix = prefix_of(found.name)
    if habits.takes_errno(prefix):
        return f"{habits.taken[prefix]} other calls of C.{prefix}* here take it from the second result"
    if (
        found.test == "== nil"
        and OPENS.search(found.name)
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
