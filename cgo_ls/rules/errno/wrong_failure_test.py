"""wrong-failure-test: the result of a C call is compared with what it never is when the call has failed; see wrong_failure_test.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.errno.parts.call_sites import CallSite, call_sites, conversion_around, function_around, uses
from cgo_ls.rules.errno.parts.failure_tests import comparison_of, first_use
from cgo_ls.rules.errno.parts.failures import convention, result_type
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of
from cgo_ls.text.edits import TextEdit

# How Go spells C's unsigned types.
_UNSIGNED_32 = {
    "unsigned int": "uint",
    "unsigned": "uint",
    "uint32_t": "uint32_t",
    "in_addr_t": "in_addr_t",
    "uid_t": "uid_t",
    "gid_t": "gid_t",
    "mode_t": "mode_t",
    "wint_t": "wint_t",
    "socklen_t": "socklen_t",
}
_UNSIGNED = _UNSIGNED_32 | {
    "size_t": "size_t",
    "unsigned long": "ulong",
    "unsigned long long": "ulonglong",
    "uint64_t": "uint64_t",
    "uintptr_t": "uintptr_t",
    "uintmax_t": "uintmax_t",
}
_WIDER = frozenset(["int", "int64", "C.long", "C.longlong", "C.ssize_t", "C.int64_t"])
_NUMBERS_OTHERWISE = {"== -1": "!= 0", "< 0": "!= 0", "!= -1": "== 0", ">= 0": "== 0"}
_NULLS = {"== nil": "==", "!= nil": "!="}


@rule(
    "wrong-failure-test",
    family="errno",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"= nil", b"= -1", b"< 0", b">= 0", b"nil =", b"-1 =", b"0 >"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    if not any(_may_be_wrong(name, context) for name in context.declaration.facts.c_names):
        return
    for site in call_sites(context):
        for use, (test, comparison) in _comparisons(site):
            found = _judge(context, site, use, test, comparison)
            if found is not None:
                yield found


def _may_be_wrong(name: str, context: FunctionContext) -> bool:
    """Whether the function is one whose failure is easily mistaken: (void *)-1, a positive number, an unsigned result."""
    known = convention(name, context.facts)
    if known is not None and (known.predicate == "map_failed" or known.channel == "result"):
        return True
    return result_type(name, context.facts).replace("const ", "") in _UNSIGNED


def _comparisons(site: CallSite) -> Iterator[tuple[Node, tuple[str, Node]]]:
    """The comparisons of the result with a constant: in the condition around the call, or in the first statement that looks at it."""
    if site.statement is None:
        found = comparison_of(site.call)
        if found is not None:
            yield site.call, found
        return
    if site.result in ("", "_"):
        return
    place = first_use(site, site.result)
    scope = function_around(site.call)
    for use in uses(place, site.result) if place is not None and scope is not None else ():
        found = comparison_of(use)
        if found is not None and use.start_byte > site.call.end_byte:
            yield use, found


def _judge(context: FunctionContext, site: CallSite, use: Node, test: str, comparison: Node) -> Finding | None:
    known = convention(site.name, context.facts)
    if known is not None and known.predicate == "map_failed" and test in _NULLS:
        return _never_null(site, use, test, comparison)
    if known is not None and known.channel == "result" and test in _NUMBERS_OTHERWISE:
        message = f"C.{site.name} {known.words}: it is never negative"
        return Finding(span_of(comparison), message, (), (_compare(comparison, use, _NUMBERS_OTHERWISE[test]),))
    return _unsigned(context, site, use, test, comparison)


def _never_null(site: CallSite, use: Node, test: str, comparison: Node) -> Finding:
    message = f"C.{site.name} fails with (void *)-1, never with nil"
    subject = text_of(use)
    needs: tuple[Need, ...] = ()
    if site.name in ("mmap", "mmap64", "mremap"):
        text = f"{subject} {_NULLS[test]} C.MAP_FAILED"
        title = "Compare with C.MAP_FAILED"
    else:
        text = f"uintptr({subject}) {_NULLS[test]} ^uintptr(0)"
        title = "Compare with (void *)-1"
    fix = Fix(title, (FileEdit((TextEdit(span_of(comparison), text.encode()),)),), "safe", needs)
    return Finding(span_of(comparison), message, (), (fix,) if site.name != "signal" else ())


def _unsigned(context: FunctionContext, site: CallSite, use: Node, test: str, comparison: Node) -> Finding | None:
    """An unsigned number is never -1 and never negative, save through a conversion to a signed type of its size."""
    if test not in ("== -1", "!= -1", "< 0", ">= 0"):
        return None
    kind = result_type(site.name, context.facts).replace("const ", "")
    if kind not in _UNSIGNED:
        return None
    around = site.value if site.statement is not None and site.value != site.call else conversion_around(use)
    while around is not None and around.type == "parenthesized_expression":
        around = conversion_around(around)
    if around is not None:
        function = text_of(field(around, "function"))
        if kind not in _UNSIGNED_32 or function not in _WIDER:
            return None
    known = convention(site.name, context.facts)
    all_ones = (known is not None and known.predicate in ("minus_one", "size_max")) or "-1" in test
    message = f"C.{site.name} returns {kind}, which is unsigned: it is never {'-1' if '-1' in test else 'negative'}"
    fixes: tuple[Fix, ...] = ()
    if all_ones and (site.statement is None or site.value == site.call):
        operator = "!=" if test in ("!= -1", ">= 0") else "=="
        text = f"{text_of(use)} {operator} ^C.{_UNSIGNED[kind]}(0)"
        edit = TextEdit(span_of(comparison), text.encode())
        fixes = (Fix(f"Compare with the unsigned -1, ^C.{_UNSIGNED[kind]}(0)", (FileEdit((edit,)),)),)
    return Finding(span_of(comparison), message, (), fixes)


def _compare(comparison: Node, use: Node, test: str) -> Fix:
    left, right = field(comparison, "left"), field(comparison, "right")
    subject = (
        text_of(left) if left is not None and left.start_byte <= use.start_byte < left.end_byte else text_of(right)
    )
    edit = TextEdit(span_of(comparison), f"{subject} {test}".encode())
    return Fix(f"Test for {test}", (FileEdit((edit,)),))
