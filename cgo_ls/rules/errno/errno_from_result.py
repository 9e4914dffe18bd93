"""errno-from-result: syscall.Errno made of a result that is no error number, or has the other sign; see errno_from_result.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.errno.parts.call_sites import CallSite, call_sites, conversion_around, function_around, uses
from cgo_ls.rules.errno.parts.capture import capture_for
from cgo_ls.rules.errno.parts.failure_tests import comparison_of
from cgo_ls.rules.errno.parts.failures import convention
from cgo_ls.rules.errno.parts.preceding_call import arguments
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, strip_parentheses, text_of
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_ERRNO = ("syscall.Errno", "unix.Errno")
_MOST_LEVELS = 60


@rule(
    "errno-from-result",
    family="errno",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"syscall.Errno", b"unix.Errno"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    sites = {site.result: site for site in call_sites(context) if site.result not in ("", "_") and not site.error}
    if not sites:
        return
    for node in context.nodes("call_expression"):
        if text_of(field(node, "function")) in _ERRNO and len(arguments(node)) == 1:
            found = _operand(arguments(node)[0])
            site = sites.get(text_of(found[0])) if found is not None else None
            if found is not None and site is not None and _is_of(site, node, sites):
                finding = _judge(context, site, node, *found)
                if finding is not None:
                    yield finding


def _operand(argument: Node) -> tuple[Node, Node | None] | None:
    """(the variable, the minus before it or None) of `r`, `-r`, `int(-r)`, `-int(r)`."""
    minus = None
    for _ in range(_MOST_LEVELS):
        argument = strip_parentheses(argument)
        if argument.type == "identifier":
            return argument, minus
        if argument.type == "unary_expression" and text_of(field(argument, "operator")) == "-" and minus is None:
            minus = field(argument, "operator")
            inner = field(argument, "operand")
        elif argument.type == "call_expression" and len(arguments(argument)) == 1:
            inner = arguments(argument)[0]
            if conversion_around(inner) != argument:
                return None
        else:
            return None
        if inner is None:
            return None
        argument = inner
    return None


def _is_of(site: CallSite, node: Node, sites: dict[str, CallSite]) -> bool:
    """Whether the variable has its value from this call: it is the only one that assigns it, and stands before."""
    around = function_around(site.call)
    return around is not None and around == function_around(node) and site.call.end_byte < node.start_byte


def _judge(context: FunctionContext, site: CallSite, made: Node, variable: Node, minus: Node | None) -> Finding | None:
    test = _test_around(made, site.result)
    known = convention(site.name, context.facts)
    steps = (Step(span_of(site.callee), f"{site.result} is what this returns"),)
    if known is not None and known.channel == "errno" and known.predicate == "minus_one" and test != "> 0":
        message = f"{site.result} is only -1 where C.{site.name} fails: the reason is in errno, not in {text_of(made)}"
        return Finding(span_of(made), message, steps, tuple(_from_errno(context, site, made)))
    if test == "== -1":
        message = f"{site.result} is -1 here, so {text_of(made)} is the same error whatever went wrong"
        fixes = tuple(_from_errno(context, site, made)) if known is not None and known.channel == "errno" else ()
        return Finding(span_of(made), message, steps, fixes)
    channel = known.channel if known is not None else ""
    if minus is None and (test == "< 0" or channel == "negated_result"):
        edit = TextEdit(Span(variable.start_byte, variable.start_byte), b"-")
        message = f"{site.result} is negative here: the error number is -{site.result}"
        return Finding(span_of(made), message, steps, (Fix("Negate it", (FileEdit((edit,)),)),))
    if minus is not None and (test == "> 0" or channel == "result"):
        edit = TextEdit(span_of(minus), b"")
        message = f"{site.result} is the error number itself: -{site.result} is none"
        return Finding(span_of(made), message, steps, (Fix("Remove the minus", (FileEdit((edit,)),)),))
    return None


def _from_errno(context: FunctionContext, site: CallSite, made: Node) -> Iterator[Fix]:
    capture = capture_for(context, site, made)
    if capture is None:
        return
    edits = FileEdit((*capture.edits, TextEdit(span_of(made), capture.error.encode())))
    if _stands_for_an_error(made):
        yield Fix(
            f"Take the error of C.{site.name} from its second result", (edits,), "safe", (Need("unimport", "syscall"),)
        )


def _stands_for_an_error(made: Node) -> bool:
    """Returned, or printed: where any error may stand. Compared, or converted further, it must stay a syscall.Errno."""
    above = made.parent
    if above is None or above.parent is None:
        return False
    if above.type == "expression_list":
        return above.parent.type == "return_statement"
    return above.type == "argument_list" and text_of(field(above.parent, "function")).startswith(("fmt.", "log."))


def _test_around(node: Node, name: str) -> str:
    """The comparison of the variable that holds where `node` stands: that of the nearest `if` whose body it is in."""
    below = node
    for _ in range(_MOST_LEVELS):
        above = below.parent
        if above is None:
            return ""
        if above.type == "if_statement" and field(above, "consequence") == below:
            condition = field(above, "condition")
            for use in uses(condition, name) if condition is not None else ():
                found = comparison_of(use)
                if found is not None and strip_parentheses(condition) == found[1]:  # pyright: ignore[reportArgumentType]
                    return found[0]
        below = above
    return ""
