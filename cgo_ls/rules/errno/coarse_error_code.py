"""coarse-error-code: a library's code says that a call failed, only errno says why, and nobody takes it; see coarse_error_code.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.errno.parts.call_sites import CallSite, call_sites, mentions
from cgo_ls.rules.errno.parts.capture import free_names, results_of
from cgo_ls.rules.errno.parts.error_makers import asks_c
from cgo_ls.rules.errno.parts.failure_tests import ResultTest, result_tests
from cgo_ls.rules.errno.parts.failures import convention, means_failure
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

# errors.Join came with Go 1.20.
_JOIN = (1, 20)


@rule("coarse-error-code", family="errno", severity="warning", scope="function", since="0.2", fixable=True)
def check(context: FunctionContext) -> Iterator[Finding]:
    facts = context.facts
    coarse = {name for name in context.declaration.facts.c_names if (c := convention(name, facts)) and c.coarse}
    for site in call_sites(context) if coarse else ():
        if site.name not in coarse or site.error not in ("", "_"):
            continue
        known = convention(site.name, facts)
        for test in result_tests(site):
            made = _made_of_the_code(site, test)
            if known is not None and means_failure(test.test, known) and made is not None:
                message = f"C.{site.name} {known.words}: take it as the second result, ret, err := C.{site.name}(...)"
                steps = (Step(span_of(made), "this error knows the code only"),)
                yield Finding(span_of(site.callee), message, steps, tuple(_fixes(context, site, made)))
                break


def _made_of_the_code(site: CallSite, test: ResultTest) -> Node | None:
    """The error that the failing branch returns, where it asks C for nothing more."""
    if asks_c(test.branch):
        return None
    for statement in test.branch:
        given = named(statement)[0] if statement.type == "return_statement" and named(statement) else None
        if given is not None and results_of(site.call)[-1:] == ["error"]:
            last = named(given)[-1] if given.type == "expression_list" else given
            return last if last.type == "call_expression" or mentions(last, site.result) else None
    return None


def _fixes(context: FunctionContext, site: CallSite, made: Node) -> Iterator[Fix]:
    """`ret, err := C.f()` and `errors.Join(made, err)`; a nil error is left out by Join."""
    version, names = context.facts.go_version(), free_names(context)
    left = field(site.statement, "left") if site.statement is not None else None
    if left is None or names is None or (version is not None and version < _JOIN) or made.type != "call_expression":
        return
    if site.statement is None or site.statement.type != "short_var_declaration" or site.value != site.call:
        return
    if text_of(left) != site.result:
        return
    edits = (
        TextEdit(Span(left.end_byte, left.end_byte), f", {names[1]}".encode()),
        TextEdit(Span(made.start_byte, made.start_byte), b"errors.Join("),
        TextEdit(Span(made.end_byte, made.end_byte), f", {names[1]})".encode()),
    )
    yield Fix(f"Join the errno of C.{site.name} to the error", (FileEdit(edits),), "safe", (Need("import", "errors"),))
