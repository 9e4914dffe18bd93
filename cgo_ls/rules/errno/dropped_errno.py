"""dropped-errno: a C call is seen to fail, and the error made of it does not say why; see dropped_errno.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.conventions import Convention
from cgo_ls.rules.errno.parts.call_sites import CallSite, call_sites, mentions
from cgo_ls.rules.errno.parts.capture import capture_for
from cgo_ls.rules.errno.parts.error_makers import ErrorMaker, asks_c, error_makers, names_a_cause, wrap
from cgo_ls.rules.errno.parts.failure_tests import ResultTest, result_tests
from cgo_ls.rules.errno.parts.failures import by_library, convention, means_failure, tells_why
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import span_of


@rule(
    "dropped-errno",
    family="errno",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"errors.New", b"fmt.Errorf", b"panic(", b"log.Fatal", b"log.Panic"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    facts = context.facts
    if not any(convention(name, facts) or facts.library_failure(name) for name in context.declaration.facts.c_names):
        return
    for site in call_sites(context):
        if site.error not in ("", "_"):
            continue
        row = convention(site.name, facts)
        for test in result_tests(site):
            known = row or by_library(site.name, test.test, facts)
            found = _judge(context, site, known, test) if known is not None else None
            if found is not None:
                yield found
                break


def _judge(context: FunctionContext, site: CallSite, known: Convention, test: ResultTest) -> Finding | None:
    numbered = known.channel in ("result", "negated_result")
    if not numbered and not (tells_why(site.name, known) and means_failure(test.test, known)):
        return None
    if numbered and (test.test not in ("!= 0", "> 0", "< 0") or not site.result):
        return None
    if asks_c(test.branch) or (numbered and any(mentions(one, site.result) for one in test.branch)):
        return None
    makers = list(error_makers(test.branch))
    if not makers or any(map(names_a_cause, makers)):
        return None
    fix = _number_fix(site, known, makers[0]) if numbered else _errno_fix(context, site, makers[0])
    steps = (Step(span_of(makers[0].node), "this error does not say why"),)
    return Finding(span_of(site.callee), _message(site, known, numbered), steps, (fix,) if fix is not None else ())


def _message(site: CallSite, known: Convention, numbered: bool) -> str:
    if numbered:
        what = "the error number" if known.channel == "result" else "the negated error number"
        return f"the result of C.{site.name} is {what}, and the error made of it drops it: wrap syscall.Errno"
    return (
        f"C.{site.name} {known.words}, which is dropped: take it as the second result, ret, err := C.{site.name}(...)"
    )


def _errno_fix(context: FunctionContext, site: CallSite, maker: ErrorMaker) -> Fix | None:
    capture = capture_for(context, site, maker.node)
    wrapping = wrap(maker, capture.error) if capture is not None else None
    if capture is None or wrapping is None:
        return None
    edits = FileEdit((*capture.edits, *wrapping.edits))
    return Fix(f"Take the error of C.{site.name} and wrap it", (edits,), "safe", wrapping.needs)


def _number_fix(site: CallSite, known: Convention, maker: ErrorMaker) -> Fix | None:
    sign = "-" if known.channel == "negated_result" else ""
    wrapping = wrap(maker, f"syscall.Errno({sign}{site.result})")
    if wrapping is None:
        return None
    needs = (*wrapping.needs, Need("import", "syscall"))
    return Fix(f"Wrap the number that C.{site.name} returned", (FileEdit(wrapping.edits),), "safe", needs)
