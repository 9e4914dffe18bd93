"""no-two-value-form: a second result where cgo has none; see no_two_value_form.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.tables import function as table_row
from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.errno.parts.call_sites import CallSite, statement_of
from cgo_ls.rules.errno.parts.capture import free_names, results_of
from cgo_ls.rules.errno.parts.drop_error import drop_error
from cgo_ls.rules.errno.parts.preceding_call import arguments, c_name, called_c_name
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

_KINDS = {"variable": "a variable", "enum": "a constant", "macro": "a macro", "type": "a type"}


def _assigned(context: FunctionContext, statement: Node) -> Finding | None:
    """`p, err := C.malloc(1)`, `x, err := C.VARIABLE`, `x, err := C.int(y)`."""
    left, right = field(statement, "left"), field(statement, "right")
    if left is None or right is None or len(named(left)) != 2 or len(named(right)) != 1:
        return None
    value, (result, error) = named(right)[0], named(left)
    name = called_c_name(value)
    what = None
    if name is not None:
        what = _not_a_function(context, name, len(arguments(value)))
    elif (name := c_name(value)) is not None:
        known = context.facts.resolve_c(name)
        what = _KINDS.get(known.kind) if known is not None else None
        what = what or "no call"
    if name is None or what is None:
        return None
    both = result.type == error.type == "identifier"
    site = CallSite(name, value, value, text_of(result), text_of(error), statement) if both else None
    return Finding(span_of(error), f"C.{name} is {what}: it has no second result", (), tuple(_one_value(context, site)))


def _not_a_function(context: FunctionContext, name: str, count: int) -> str | None:
    pseudo = pseudo_name(name)
    if pseudo is not None:
        return "made by cgo itself" if pseudo.kind == "function" else "a type" if pseudo.kind == "type" else None
    known = context.facts.resolve_c(name)
    if known is None or known.kind in ("function", "macro", "pseudo"):
        return None
    # A variable may hold a function, but cgo cannot call that either.
    return _KINDS.get(known.kind) if count <= 1 else None


def _one_value(context: FunctionContext, site: CallSite | None) -> Iterator[Fix]:
    if site is None or site.statement is None:
        return
    left = field(site.statement, "left")
    if left is None:
        return
    edits: tuple[TextEdit, ...] | None
    if site.error == "_" and site.result != "_":
        edits = (TextEdit(Span(named(left)[0].end_byte, named(left)[1].end_byte), b""),)
    elif site.error == "_" or site.result == "_":
        edits = None
    else:
        edits = drop_error(context, site)
    if edits is not None:
        yield Fix("Take one value only", (FileEdit(edits),))


def _returned(context: FunctionContext, statement: Node) -> Finding | None:
    """`return C.f()` where two values are wanted."""
    given = named(statement)
    inside = named(given[0]) if given and given[0].type == "expression_list" else given
    if len(inside) != 1 or not _is_c_function(context, inside[0]):
        return None
    if len(results_of(statement)) != 2:
        return None
    return _split(context, inside[0], statement, "return")


def _passed_on(context: FunctionContext, call: Node) -> Finding | None:
    """`g(C.f())` where g takes two arguments."""
    function, given = field(call, "function"), arguments(call)
    if function is None or function.type != "identifier" or len(given) != 1 or not _is_c_function(context, given[0]):
        return None
    if not _takes_two(context, text_of(function)) or context.facts.is_go_type(text_of(function)):
        return None
    return _split(context, given[0], statement_of(call), "an argument list")


def _is_c_function(context: FunctionContext, node: Node) -> bool:
    name = called_c_name(node)
    if name is None or pseudo_name(name) is not None:
        return False
    known = context.facts.resolve_c(name)
    return known.kind == "function" if known is not None else table_row(name) is not None


def _split(context: FunctionContext, call: Node, statement: Node | None, where: str) -> Finding:
    name = called_c_name(call)
    message = f"C.{name} has its second result only in an assignment, not in {where}: ret, err := C.{name}(...)"
    fixes: tuple[Fix, ...] = ()
    names = free_names(context)
    at = statement.start_byte if statement is not None else -1
    indent = context.text[context.text.rfind(b"\n", 0, max(at, 0)) + 1 : max(at, 0)]
    if statement is not None and names is not None and not indent.strip() and b"\n" in context.text[:at]:
        result, error = names
        line = f"{result}, {error} := {text_of(call)}".encode() + line_ending(context.text) + indent
        edits = (TextEdit(Span(at, at), line), TextEdit(span_of(call), f"{result}, {error}".encode()))
        fixes = (Fix("Assign both results first", (FileEdit(edits),)),)
    return Finding(span_of(call), message, (), fixes)


# (what the text looks like, the kind of node, its judge): most functions hold nothing of the kind, and are not walked.
_JUDGES = (
    (re.compile(rb",\s*\w+\s*:=\s*C\."), "short_var_declaration", _assigned),
    (re.compile(rb",\s*\w+\s*=\s*C\."), "assignment_statement", _assigned),
    (re.compile(rb"return\s+C\."), "return_statement", _returned),
    (re.compile(rb"\(\s*C\.\w+\("), "call_expression", _passed_on),
)


_CONVERSIONS = frozenset(
    [b"", b"int", b"uint", b"string", b"int32", b"uint32", b"int64", b"uint64", b"uintptr", b"float64"]
)


@rule("no-two-value-form", family="errno", severity="error", scope="function", since="0.2", fixable=True)
def check(context: FunctionContext) -> Iterator[Finding]:
    for shape, kind, judge in _JUDGES:
        if _may_hold(context, shape, judge):
            for node in context.nodes(kind):
                if (found := judge(context, node)) is not None:
                    yield found


def _may_hold(context: FunctionContext, shape: re.Pattern[bytes], judge: object) -> bool:
    if judge is _passed_on:
        words = {_word_before(context.text, match.start()) for match in shape.finditer(context.text)}
        return any(_takes_two(context, word.decode()) for word in words - _CONVERSIONS)
    if judge is _returned and b"error" not in context.text:
        return False
    return shape.search(context.text) is not None


def _word_before(text: bytes, offset: int) -> bytes:
    """The name that ends at `offset`; b"" for a method or a function of another package."""
    start = offset
    while start > 0 and (text[start - 1 : start].isalnum() or text[start - 1 : start] == b"_"):
        start -= 1
    return b"" if text[start - 1 : start] == b"." else text[start:offset]


def _takes_two(context: FunctionContext, name: str) -> bool:
    summary = context.facts.go_summary(name)
    return summary is not None and len(summary.parameters) == 2
