"""strerror-call: C.strerror where Go has the text of every error; see strerror_call.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.cdecl import CFunction
from cgo_ls.rules.errno.parts.call_sites import call_sites, conversion_around
from cgo_ls.rules.errno.parts.preceding_call import arguments, called_c_name
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, strip_parentheses, text_of, walk
from cgo_ls.text.edits import TextEdit

_MESSAGE = "C.strerror may write its answer into a buffer that all threads share; Go has the text: {}, or strerror_r with a buffer of yours"
_MOST_LEVELS = 20


@rule(
    "strerror-call",
    family="errno",
    severity="information",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.strerror",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    known = context.facts.resolve_c("strerror")
    if known is not None and any(isinstance(one, CFunction) and one.is_definition for one in known.declarations):
        return
    for site in call_sites(context):
        if site.name != "strerror" or len(arguments(site.call)) != 1:
            continue
        text, needs = _in_go(arguments(site.call)[0])
        if not text:
            continue
        listed = site.call.parent
        copied = listed.parent if listed is not None and listed.type == "argument_list" else None
        fixes: tuple[Fix, ...] = ()
        if copied is not None and called_c_name(copied) == "GoString":
            edit = TextEdit(span_of(copied), text.encode())
            fixes = (Fix("Take the text from Go", (FileEdit((edit,)),), "unsafe", needs),)
        yield Finding(span_of(site.callee), _MESSAGE.format(text), (), fixes)


def _in_go(number: Node) -> tuple[str, tuple[Need, ...]]:
    """The Go expression for the text of an error number; "" where C.errno is in it, which has a rule of its own."""
    for _ in range(_MOST_LEVELS):
        number = strip_parentheses(number)
        given = arguments(number) if number.type == "call_expression" else []
        if len(given) != 1 or conversion_around(given[0]) != number:
            break
        number = given[0]
    if any(text_of(node) == "C.errno" for node in walk(number)):
        return "", ()
    if number.type == "type_assertion_expression" and text_of(field(number, "type")) == "syscall.Errno":
        return f"{text_of(field(number, 'operand'))}.Error()", (Need("unimport", "syscall"),)
    return f"syscall.Errno({text_of(number)}).Error()", (Need("import", "syscall"),)
