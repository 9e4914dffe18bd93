"""strtol-without-errno: a conversion whose failure only errno tells, called for its result alone; see strtol_without_errno.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.errno.parts.call_sites import CallSite, call_sites, statement_of
from cgo_ls.rules.errno.parts.capture import free_names, line_end_of, results_of, zero_of
from cgo_ls.rules.errno.parts.failures import convention
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import field, span_of
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span


@rule(
    "strtol-without-errno",
    family="errno",
    severity="information",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.strto", b"C.wcsto"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    for site in call_sites(context):
        if not site.name.startswith(("strto", "wcsto")) or site.error not in ("", "_") or not _is_used(site):
            continue
        known = convention(site.name, context.facts)
        if known is None or known.predicate != "ambiguous" or known.channel != "errno":
            continue
        message = (
            f"every result of C.{site.name} may be right: only errno tells what is out of range, and nobody asks for it"
        )
        fix = _fix(context, site)
        yield Finding(span_of(site.callee), message, (), (fix,) if fix is not None else ())


def _is_used(site: CallSite) -> bool:
    """Whether the number goes somewhere: into a variable, or on as part of an expression."""
    if site.statement is not None:
        return site.result != "_"
    above = site.value.parent
    if above is not None and above.type == "expression_list":
        return above.parent is not None and above.parent.type == "return_statement"
    return above is not None and above.type != "expression_statement"


def _fix(context: FunctionContext, site: CallSite) -> Fix | None:
    """The second result, returned at once, where the function returns an error and every other result has a plain zero."""
    names, results = free_names(context), results_of(site.call)
    statement = site.statement
    if (
        names is None
        or statement is None
        or statement.type != "short_var_declaration"
        or statement_of(site.call) != statement
    ):
        return None
    if not results or results[-1] != "error" or site.value != site.call or site.error == "_":
        return None
    zeros = [zero_of(kind) for kind in results[:-1]]
    if None in zeros:
        return None
    left = field(statement, "left")
    at = statement.start_byte
    indent = context.text[context.text.rfind(b"\n", 0, at) + 1 : at]
    behind = line_end_of(context.text, statement)
    if left is None or indent.strip() or behind is None:
        return None
    error, end = names[1].encode(), line_ending(context.text)
    values = ", ".join([*(zero or "" for zero in zeros), names[1]]).encode()
    block = end.join([b"", indent + b"if " + error + b" != nil {", indent + b"\treturn " + values, indent + b"}"])
    edits = (
        TextEdit(Span(left.end_byte, left.end_byte), b", " + error),
        TextEdit(Span(behind, behind), block),
    )
    return Fix("Return the error of the conversion", (FileEdit(edits),), "unsafe")
