"""eintr-loop: a loop that repeats a call after EINTR and takes every other failure for success; see eintr_loop.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.errno.parts.call_sites import CallSite, call_sites, function_around, uses
from cgo_ls.rules.errno.parts.capture import results_of
from cgo_ls.rules.errno.parts.preceding_call import arguments
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of
from cgo_ls.text.edits import TextEdit

_MOST_LEVELS = 60


@rule("eintr-loop", family="errno", severity="warning", scope="function", since="0.2", fixable=True, words=(b"EINTR",))
def check(context: FunctionContext) -> Iterator[Finding]:
    for site in call_sites(context):
        if site.error in ("", "_") or site.statement is None:
            continue
        loop, around = _loop_around(site.statement), function_around(site.call)
        if loop is None or around is None or _is_result(around, site):
            continue
        tests = [test for use in _uses_behind(around, site, site.error) if (test := _eintr_test(use)) is not None]
        if tests and not _looked_at_otherwise(around, site, tests):
            message = f"only EINTR is looked at: whatever else goes wrong with C.{site.name} ends the loop as if it had succeeded"
            steps = (Step(span_of(site.callee), f"{site.error} is from this call"),)
            yield Finding(span_of(tests[0]), message, steps, tuple(_fixes(loop, site, tests[0])))


def _loop_around(node: Node) -> Node | None:
    for _ in range(_MOST_LEVELS):
        above = node.parent
        if above is None or above.type in ("func_literal", "function_declaration", "method_declaration"):
            return None
        if above.type == "for_statement":
            return above
        node = above
    return None


def _is_result(around: Node, site: CallSite) -> bool:
    """Whether the error or the result is a named result of the function, or a variable from outside of the literal."""
    result = field(around, "result")
    named_result = result is not None and any(
        next(uses(result, name), None) is not None for name in (site.error, site.result)
    )
    return named_result or around.type == "func_literal"


def _uses_behind(around: Node, site: CallSite, name: str) -> Iterator[Node]:
    left = field(site.statement, "left") if site.statement is not None else None
    for use in uses(around, name):
        if left is None or not left.start_byte <= use.start_byte < left.end_byte:
            yield use


def _eintr_test(use: Node) -> Node | None:
    """`err == syscall.EINTR`, `errors.Is(err, syscall.EINTR)`: the comparison."""
    above = use.parent
    if above is not None and above.type == "binary_expression" and text_of(field(above, "operator")) in ("==", "!="):
        other = field(above, "right") if field(above, "left") == use else field(above, "left")
        return above if text_of(other).endswith(".EINTR") else None
    call = above.parent if above is not None and above.type == "argument_list" else None
    if call is not None and text_of(field(call, "function")) == "errors.Is":
        return call if text_of(arguments(call)[-1]).endswith(".EINTR") else None
    return None


def _looked_at_otherwise(around: Node, site: CallSite, tests: list[Node]) -> bool:
    """Whether the error or the result is used anywhere but in the conditions that hold the tests of EINTR."""
    conditions = [_condition(test) for test in tests]
    for name in (site.error, site.result):
        for use in _uses_behind(around, site, name):
            declared = use.parent is not None and use.parent.type in ("var_spec", "parameter_declaration")
            if not declared and not any(one.start_byte <= use.start_byte < one.end_byte for one in conditions):
                return True
    return False


def _condition(test: Node) -> Node:
    """The whole condition around a test; `err == nil` in it is a test of the error as well."""
    node = test
    for _ in range(_MOST_LEVELS):
        above = node.parent
        if above is None or above.type not in ("binary_expression", "parenthesized_expression", "unary_expression"):
            break
        if ".EINTR" not in text_of(above) or "nil" in text_of(above):
            return test
        node = above
    return node


def _fixes(loop: Node, site: CallSite, test: Node) -> Iterator[Fix]:
    """`if err != syscall.EINTR { break }` before `return nil` may as well return what there is."""
    statement = test.parent
    behind = loop.next_named_sibling
    if statement is None or statement.type != "if_statement" or behind is None or text_of(behind) != "return nil":
        return
    body = field(statement, "consequence")
    inside = named(named(body)[0]) if body is not None and named(body) else []
    if (
        "!=" in text_of(test)
        and results_of(site.call) == ["error"]
        and len(inside) == 1
        and text_of(inside[0]) == "break"
    ):
        edit = TextEdit(span_of(inside[0]), f"return {site.error}".encode())
        yield Fix(f"Return {site.error}", (FileEdit((edit,)),), "unsafe")
