"""err-before-result: the second result of a C call is tested, and the first is not; see err_before_result.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cgo_ls.analysis.conventions import Convention, Conventions, conventions_of
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.errno.call_sites import (
    CallSite,
    assigns,
    following,
    function_around,
    mentions,
    sites_below,
    statement_of,
    uses,
)
from cgo_ls.rules.errno.failure_tests import error_tests, first_use
from cgo_ls.rules.errno.failures import ANSWERS
from cgo_ls.rules.errno.preceding_call import fresh, identifiers
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Severity, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

# So many calls that look at errno alone, and none that looks at the result, are the package's way of doing things.
_PROTOCOL = 3
_MOST_LEVELS = 60
_TESTS = {
    "minus_one": "== -1",
    "null": "== nil",
    "negative": "< 0",
    "nonzero": "!= 0",
    "zero": "== 0",
    "eof": "== C.EOF",
}
# What such functions do cannot fail, or fails in a way that errno does not tell: most return nothing at all.
_NO_FAILURE = re.compile(r"(?:^|_)(?:free|release|destroy|unref|dispose)$|[a-z](?:Free|Release|Destroy|Unref|Dispose)$")
_SETTER = re.compile(
    r"(?:^|_)set_(?:\w+_)?(?:cb|callback|func|handler|hook|userdata)$|Set\w*(?:Callback|Handler|Func|Hook)$"
)


@dataclass(frozen=True, slots=True)
class _Site:
    """A call with two values, as values: spans of the parsed region. `alone`: errno is the first thing that is looked at."""

    name: str
    result: str
    error: str
    callee: Span
    left: Span
    alone: Span | None
    test: Span | None
    result_first: bool
    free_result: str
    declares: bool
    only_tested: bool


@rule("err-before-result", family="errno", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    sites = list(_sites(context))
    if not sites:
        return
    conventions = conventions_of(context.package, context.rows)
    alone = [each for each in sites if each[2].alone is not None]
    known = [site for _, _, site in alone if not _looks_void(site, conventions)]
    protocol = len(known) >= _PROTOCOL and not any(site.result_first for _, _, site in sites)
    seen: set[tuple[str, Span]] = set()
    for file, declaration, site in alone:
        if protocol and site in known:
            continue
        found = _judge(conventions, site, declaration.declaration.region.start)
        # Calls in the branches before one `return err` make one mistake.
        if found is not None and (file.path, found[0]) not in seen:
            span, message, steps, fixes, severity = found
            seen.add((file.path, span))
            yield Finding(span, message, steps, fixes, severity, file.path)


def _sites(context: PackageContext) -> Iterator[tuple[GoFile, GoDeclaration, _Site]]:
    for file in context.package.files:
        if not file.c_names:
            continue
        for declaration in file.declarations:
            if declaration.facts.c_names and any(reference.two_value for reference in declaration.facts.c_references):
                region = declaration.declaration.region
                for site in _sites_of(file.data[region.start : region.end]):
                    yield file, declaration, site


@lru_cache(maxsize=1024)
def _sites_of(text: bytes) -> tuple[_Site, ...]:
    """Remembered by text: a package rule runs at every key, and all but one declaration are as they were."""
    root = parse_go(text)
    names = identifiers(root)
    free = fresh(("ret", "result"), names) if names is not None else ""
    return tuple([_site(site, free) for site in sites_below(root) if site.error not in ("", "_")])


def _site(site: CallSite, free: str) -> _Site:
    left = field(site.statement, "left") if site.statement is not None else None
    where = span_of(left) if left is not None else span_of(site.call)
    alone, test, result_first = _looked_at(site)
    declares = site.statement is not None and site.statement.type == "short_var_declaration"
    return _Site(
        site.name, site.result, site.error, span_of(site.callee), where, alone, test, result_first, free, declares,
        _is_only_tested(site, test),
    )  # fmt: skip


def _is_only_tested(site: CallSite, test: Span | None) -> bool:
    """Whether the error variable has no use but this test: without it Go would refuse the variable."""
    around = function_around(site.call)
    behind = (
        [use for use in uses(around, site.error) if use.start_byte >= site.call.end_byte] if around is not None else []
    )
    return test is not None and all(test.start <= use.start_byte < test.end for use in behind)


def _looked_at(site: CallSite) -> tuple[Span | None, Span | None, bool]:
    """(where errno is looked at alone, its comparison with nil, whether the result is looked at first)."""
    first = first_use(site, site.error) or _further_out(site)
    if site.result not in ("", "_"):
        earlier = first_use(site, site.result)
        if earlier is not None and (first is None or earlier.start_byte < first.start_byte):
            return None, None, True
    if first is None:
        return None, None, False
    if first.type == "return_statement":
        alone = next(uses(first, site.error), None)
        only = alone is not None and not mentions(first, site.result) and alone.parent in named(first)
        return (span_of(alone) if alone is not None and only else None), None, not only
    subject = _subject(first)
    result_first = mentions(subject, site.result)
    for test, comparison in error_tests(first, site.error):
        if test == "!= nil" and not result_first:
            return span_of(comparison), span_of(comparison), False
    return None, None, result_first


def _further_out(site: CallSite) -> Node | None:
    """For `_, err = C.f()` in a branch: the first statement that mentions the error behind the `if` or `switch` around it."""
    node = statement_of(site.call) if site.result == "_" else None
    for _ in range(_MOST_LEVELS):
        if node is None or node.parent is None:
            return None
        for statement in following(node):
            if assigns(statement, site.error):
                return None
            if mentions(statement, site.error):
                return statement
        block = node.parent.parent
        while block is not None and block.type in ("block", "if_statement", "expression_case", "default_case"):
            above = block.parent
            if block.type == "if_statement" and above is not None and above.type == "statement_list":
                break
            block = above
        node = block if block is not None and block.type == "if_statement" else None
    return None


def _subject(statement: Node) -> Node | None:
    """What is asked first: the condition, or the first case of a switch without a value."""
    if statement.type != "expression_switch_statement":
        return field(statement, "condition")
    case = next((child for child in named(statement) if child.type == "expression_case"), None)
    value = field(statement, "value")
    return value if value is not None or case is None else field(case, "value")


def _looks_void(site: _Site, conventions: Conventions) -> bool:
    """A function known by its name only, and one whose name speaks against a failure that errno would tell."""
    if site.result != "_" or conventions.of(site.name) is not None or conventions.touches_errno(site.name) is not None:
        return False
    return bool(_NO_FAILURE.search(site.name) or _SETTER.search(site.name))


_Judged = tuple[Span, str, tuple[Step, ...], tuple[Fix, ...], Severity | None]


def _judge(conventions: Conventions, site: _Site, base: int) -> _Judged | None:
    if pseudo_name(site.name) is not None or site.alone is None:
        return None
    known = conventions.of(site.name)
    steps = (Step(site.callee.shift(base), f"{site.error} is errno as this call left it"),)
    if known is None:
        if not _looks_void(site, conventions):
            return None
        message = (
            f"errno alone does not tell whether C.{site.name} failed: it may be set by a call that succeeds, "
            f"and functions that release or register something hardly report by it"
        )
        return site.alone.shift(base), message, steps, (), None
    if known.channel != "errno" or known.clear_first or known.predicate in ("none", "ambiguous", "short_count"):
        return None
    message = f"{site.error} is tested without the result: C.{site.name} {known.words}, but may set it when it succeeds as well"
    severity: Severity | None = None if known.success_may_set and "man 2" not in known.note else "information"
    return site.alone.shift(base), message, steps, tuple(_fixes(known, site, base)), severity


def _fixes(known: Convention, site: _Site, base: int) -> Iterator[Fix]:
    test = _TESTS.get(known.predicate) if site.name not in ANSWERS else None
    blank = site.result == "_"
    if test is None or site.test is None or (blank and not (site.free_result and site.declares)):
        return
    result = site.free_result if blank else site.result
    edits = [TextEdit(site.test.shift(base), f"{result} {test}".encode())]
    if site.only_tested:
        if not site.declares:
            return
        edits.append(TextEdit(site.left.shift(base), result.encode()))
    elif blank:
        edits.append(TextEdit(Span(site.left.start, site.left.start + 1).shift(base), result.encode()))
    yield Fix(f"Test the result: {result} {test}", (FileEdit(tuple(edits)),), "unsafe")
