"""Calls with two values whose error is looked at before, or without, the result; as values, remembered by text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cgo_ls.rules.errno.parts.call_sites import (
    CallSite,
    assigns,
    following,
    function_around,
    mentions,
    sites_below,
    statement_of,
    uses,
)
from cgo_ls.rules.errno.parts.failure_tests import error_tests, first_use
from cgo_ls.rules.errno.parts.preceding_call import fresh, identifiers
from cgo_ls.syntax.go_nodes import Node, field, named, span_of
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.span import Span

_MOST_LEVELS = 60


@dataclass(frozen=True, slots=True)
class TwoValueSite:
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


@lru_cache(maxsize=1024)
def two_value_sites(text: bytes) -> tuple[TwoValueSite, ...]:
    """Remembered by text: a package rule runs at every key, and all but one declaration are as they were."""
    root = parse_go(text)
    names = identifiers(root)
    free = fresh(("ret", "result"), names) if names is not None else ""
    return tuple([_site(site, free) for site in sites_below(root) if site.error not in ("", "_")])


def _site(site: CallSite, free: str) -> TwoValueSite:
    left = field(site.statement, "left") if site.statement is not None else None
    where = span_of(left) if left is not None else span_of(site.call)
    alone, test, result_first = _looked_at(site)
    declares = site.statement is not None and site.statement.type == "short_var_declaration"
    return TwoValueSite(
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
