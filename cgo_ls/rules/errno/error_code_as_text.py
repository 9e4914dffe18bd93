"""error-code-as-text: a number that C returned is printed as if it were an error; see error_code_as_text.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.analysis.conventions import Convention
from cgo_ls.rules.errno.parts.call_sites import CallSite, assigns, call_sites, function_around, uses
from cgo_ls.rules.errno.parts.failure_tests import comparison_of
from cgo_ls.rules.errno.parts.failures import convention
from cgo_ls.rules.errno.parts.preceding_call import arguments
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_FORMATS = re.compile(r"(?:Errorf|Sprintf|Printf|Fatalf|Panicf|Fprintf|Wrapf)\Z")
_VERB = re.compile(rb"%([-+# 0]*)(\d+|\*)?(?:\.(?:\d+|\*)?)?(\[|[a-zA-Z%])")
_LITERALS = frozenset(["interpreted_string_literal", "raw_string_literal"])


@rule(
    "error-code-as-text",
    family="errno",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"%s", b"%w"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    for site in call_sites(context):
        if site.result in ("", "_") or site.statement is None or not _is_number(context, site):
            continue
        known = convention(site.name, context.facts)
        around = function_around(site.call)
        for use in uses(around, site.result) if around is not None else ():
            verb = _text_verb(use)
            if verb is not None and use.start_byte > site.call.end_byte:
                yield _finding(site, known, use, verb)


def _is_number(context: FunctionContext, site: CallSite) -> bool:
    """Whether the variable is declared here, gets no other value, and is compared with a number: Go's types then say that it is one."""
    if site.statement is None or site.statement.type != "short_var_declaration":
        return False
    compared = False
    for node in walk(context.analysis.tree):
        if node != site.statement and assigns(node, site.result):
            return False
        if node.type == "identifier" and text_of(node) == site.result:
            found = comparison_of(node)
            compared = compared or (found is not None and found[0].endswith((" 0", " -1", " 1")))
    return compared


def _text_verb(use: Node) -> Span | None:
    """The %s or %w that prints the identifier, where it is an argument of a formatting function."""
    listed = use.parent
    call = listed.parent if listed is not None and listed.type == "argument_list" else None
    if call is None or call.type != "call_expression" or not _FORMATS.search(text_of(field(call, "function"))):
        return None
    given = arguments(call)
    position = given.index(use)
    for index, layout in enumerate(given[:position]):
        if layout.type in _LITERALS:
            return _verb_at(layout, position - index - 1)
    return None


def _verb_at(layout: Node, position: int) -> Span | None:
    count = 0
    for match in _VERB.finditer(layout.text or b""):
        if match[3] == b"[" or b"*" in match[0]:
            return None
        if match[3] == b"%":
            continue
        if count == position:
            start = layout.start_byte + match.start(3)
            return Span(start, start + 1) if match[3] in (b"s", b"w") else None
        count += 1
    return None


def _finding(site: CallSite, known: Convention | None, use: Node, verb: Span) -> Finding:
    message = (
        f"{site.result} is a number that C.{site.name} returned, so it is printed as %!s(...=-1) and the reason is lost"
    )
    steps = (Step(span_of(site.callee), f"{site.result} is what this returns"),)
    number = Fix("Print it as a number", (FileEdit((TextEdit(verb, b"d"),)),))
    if known is None or known.channel not in ("result", "negated_result"):
        return Finding(span_of(use), message, steps, (number,))
    sign = "-" if known.channel == "negated_result" else ""
    edit = TextEdit(span_of(use), f"syscall.Errno({sign}{site.result})".encode())
    named = Fix("Print the error it stands for", (FileEdit((edit,)),), "safe", (Need("import", "syscall"),))
    return Finding(span_of(use), message, steps, (named, number))
