"""Taking the second value of a call away, with everything that rests on it. All spans are those of the parsed region."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.errno.parts.call_sites import CallSite, assigns, function_around, uses
from cgo_ls.rules.errno.parts.failure_tests import comparison_of
from cgo_ls.rules.errno.parts.preceding_call import fresh, identifiers
from cgo_ls.rules.preamble.parts.import_lines import delete_line
from cgo_ls.rules.rule import FunctionContext
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


def drop_error(context: FunctionContext, site: CallSite) -> tuple[TextEdit, ...] | None:
    """The error is always nil: the call keeps its first value, and tests of the error go. None where that is not certain."""
    names = _only_here(context, site)
    if names is None or site.statement is None:
        return None
    edits = list(_one_value(site, "", names))
    for use in error_uses(site):
        if any(edit.span.start <= use.start_byte < edit.span.end for edit in edits):
            continue
        edit = _without(context, use)
        if edit is None:
            return None
        edits.append(edit)
    return tuple(edits) if edits else None


def error_from_result(context: FunctionContext, site: CallSite, sign: str = "") -> tuple[TextEdit, ...] | None:
    """The result is the error number: `err != nil` becomes `ret != 0`, and any other use `syscall.Errno(ret)`."""
    names = _only_here(context, site)
    if names is None:
        return None
    result = site.result if site.result not in ("", "_") else fresh(("ret", "code", "result"), names)
    edits = list(_one_value(site, result, names))
    if not edits:
        return None
    for use in error_uses(site):
        found = comparison_of(use)
        if found is not None and found[0] in ("!= nil", "== nil"):
            operator = found[0][:2]
            edits.append(TextEdit(span_of(found[1]), f"{result} {operator} 0".encode()))
        elif found is not None:
            return None
        else:
            edits.append(TextEdit(span_of(use), f"syscall.Errno({sign}{result})".encode()))
    return tuple(edits)


def error_uses(site: CallSite) -> Iterator[Node]:
    """The uses of the error variable behind the call, in its function."""
    around = function_around(site.call)
    for use in uses(around, site.error) if around is not None else ():
        if use.start_byte >= site.call.end_byte:
            yield use


def _only_here(context: FunctionContext, site: CallSite) -> frozenset[str] | None:
    """The names of the region; None unless the error variable is declared by this call and gets no other value."""
    statement = site.statement
    if statement is None or statement.type != "short_var_declaration":
        return None
    names = identifiers(context.analysis.tree)
    for node in walk(context.analysis.tree):
        if node != statement and assigns(node, site.error):
            return None
        if node.type == "unary_expression" and text_of(node) == f"&{site.error}":
            return None
        if node.type in ("parameter_declaration", "var_spec") and any(
            text_of(name) == site.error for name in node.children_by_field_name("name")
        ):
            return None
    return names


def _one_value(site: CallSite, result: str, names: frozenset[str]) -> Iterator[TextEdit]:
    """`_, err := C.f()` -> `C.f()` or, with a name for the result, `ret := C.f()`."""
    statement = site.statement
    left = field(statement, "left") if statement is not None else None
    if statement is None or left is None:
        return
    if not result and site.result == "_":
        yield TextEdit(Span(statement.start_byte, site.call.start_byte), b"")
    else:
        yield TextEdit(span_of(left), (result or site.result).encode())


def _without(context: FunctionContext, use: Node) -> TextEdit | None:
    """What becomes of a use of an error that is always nil."""
    above = use.parent
    if above is None:
        return None
    found = comparison_of(use)
    if found is not None:
        statement = found[1].parent
        if found[0] != "!= nil" or statement is None or statement.type != "if_statement":
            return None
        if field(statement, "initializer") is not None or field(statement, "alternative") is not None:
            return None
        inside = list(uses(statement, text_of(use)))
        return delete_line(context.text, span_of(statement)) if inside[0] == use else None
    outer = above.parent
    if above.type == "expression_list" and outer is not None and outer.type == "return_statement":
        return TextEdit(span_of(use), b"nil")
    if above.type == "argument_list" or (above.type == "expression_list" and len(named(above)) > 1):
        return TextEdit(span_of(use), b"error(nil)")
    return None
