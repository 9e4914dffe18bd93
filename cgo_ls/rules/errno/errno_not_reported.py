"""errno-not-reported: the second result of a call of a function that does not report by errno; see errno_not_reported.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.conventions import Convention
from cgo_ls.rules.errno.parts.call_sites import CallSite, call_sites, mentions
from cgo_ls.rules.errno.parts.drop_error import drop_error, error_from_result, error_uses
from cgo_ls.rules.errno.parts.failure_tests import error_tests, first_use
from cgo_ls.rules.errno.parts.failures import convention
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of

_ELSEWHERE = {
    "dlerror": "C.dlerror has the reason",
    "h_errno": "h_errno has the reason",
    "getdate_err": "getdate_err has the reason",
    "gai": "C.gai_strerror explains the result",
    "own_code": "the result is a code of its own",
}


@rule("errno-not-reported", family="errno", severity="warning", scope="function", since="0.2", fixable=True)
def check(context: FunctionContext) -> Iterator[Finding]:
    if not any(reference.two_value for reference in context.declaration.facts.c_references):
        return
    for site in call_sites(context):
        if site.error in ("", "_") or site.statement is None:
            continue
        known = convention(site.name, context.facts)
        never = context.facts.touches_errno(site.name) is False
        if (known is None or known.channel in ("errno", "negated_result")) and not never:
            continue
        used = next((use for use in error_uses(site) if not _is_discarded(use)), None)
        if used is None or (known is not None and not never and not _trusts_errno(site, known)):
            continue
        error = _error_node(site)
        steps = (Step(span_of(used), f"{site.error} is used here"),)
        if error is not None:
            fixes = tuple(_fixes(context, site, known, never))
            yield Finding(span_of(error), _message(site, known, never), steps, fixes)


def _trusts_errno(site: CallSite, known: Convention) -> bool:
    """Whether the error is taken for the outcome. Of functions with codes of their own some set errno for one of them."""
    if known.channel not in ("own_code", "gai", "none"):
        return True
    first = first_use(site, site.error)
    if first is None:
        return False
    if first.type == "return_statement":
        return not mentions(first, site.result)
    tests = [node for _, node in error_tests(first, site.error)]
    return bool(tests) and not mentions(field(first, "condition"), site.result)


def _is_discarded(use: Node) -> bool:
    """`_ = err`."""
    statement = use.parent.parent if use.parent is not None else None
    left = field(statement, "left") if statement is not None and statement.type == "assignment_statement" else None
    return left is not None and all(text_of(target) == "_" for target in named(left))


def _message(site: CallSite, known: Convention | None, never: bool) -> str:
    if known is not None and known.channel == "result":
        return f"C.{site.name} returns the error number and leaves errno alone, so {site.error} does not tell whether it failed"
    if known is not None and known.channel in _ELSEWHERE:
        return f"C.{site.name} does not report by errno, so {site.error} means nothing: {_ELSEWHERE[known.channel]}"
    if never:
        return f"C.{site.name} never sets errno, so {site.error} is always nil"
    return f"C.{site.name} does not report by errno, so {site.error} means nothing"


def _error_node(site: CallSite) -> Node | None:
    left = field(site.statement, "left") if site.statement is not None else None
    return named(left)[1] if left is not None else None


def _fixes(context: FunctionContext, site: CallSite, known: Convention | None, never: bool) -> Iterator[Fix]:
    if known is not None and known.channel == "result":
        edits = error_from_result(context, site)
        if edits is not None:
            title = f"Take the error from the result of C.{site.name}"
            yield Fix(title, (FileEdit(edits),), "safe", (Need("import", "syscall"),))
    elif never:
        edits = drop_error(context, site)
        if edits is not None:
            yield Fix(f"Drop {site.error}, which is always nil", (FileEdit(edits),))
