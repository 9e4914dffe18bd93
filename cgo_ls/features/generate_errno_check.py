"""The test of a C call's result that is missing: its second result taken, and returned where the call has failed."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.conventions import Convention
from cgo_ls.features.generated import Generated, Place
from cgo_ls.rules.errno.parts.call_sites import CallSite, sites_below
from cgo_ls.rules.errno.parts.capture import line_end_of, results_of, zero_of
from cgo_ls.rules.errno.parts.failure_tests import comparison_of, first_use
from cgo_ls.rules.errno.parts.preceding_call import fresh, identifiers
from cgo_ls.rules.finding import Need
from cgo_ls.syntax.go_nodes import Node, field, text_of
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

KIND = "refactor.rewrite"
_TESTS = {
    "minus_one": "{0} == -1",
    "null": "{0} == nil",
    "zero": "{0} == 0",
    "nonzero": "{0} != 0",
    "negative": "{0} < 0",
    "eof": "{0} == C.EOF",
    "map_failed": "{0} == C.MAP_FAILED",
    "ambiguous": "{1} != nil",
}


def generate(place: Place) -> Iterator[Generated]:
    """For `C.f(x)` alone in a line and for `r := C.f(x)` that nobody tests, in a function that returns an error."""
    if place.reference is None or not place.reference.call or place.declaration is None:
        return
    known = place.environment.convention(place.reference.name)
    if known is None or known.silent_on or known.channel not in ("errno", "result", "negated_result"):
        return
    region = place.declaration.declaration.region
    text = place.file.data[region.start : region.end]
    root = parse_go(text)
    site = next((one for one in sites_below(root) if one.callee.start_byte == place.reference.span.start), None)
    names = identifiers(root)
    if site is None or names is None or site.error or site.name != place.reference.name:
        return
    edits = _edits(text, site, known, fresh(("err", "cErr"), names), fresh(("ret", "result"), names))
    if edits:
        moved = tuple(TextEdit(edit.span.shift(region.start), edit.new_text) for edit in edits)
        needs = () if known.channel == "errno" else (Need("import", "syscall"),)
        yield Generated(f"Return the error of C.{site.name}", KIND, moved, needs)


def _edits(text: bytes, site: CallSite, known: Convention, error: str, result: str) -> tuple[TextEdit, ...]:
    zeros = _zeros(site.call)
    if zeros is None:
        return ()
    alone = site.call.parent
    statement = alone if alone is not None and alone.type == "expression_statement" else site.statement
    behind = line_end_of(text, statement) if statement is not None else None
    if statement is None or behind is None or statement.parent is None or statement.parent.type != "statement_list":
        return ()
    start = text.rfind(b"\n", 0, statement.start_byte) + 1
    indent = text[start : statement.start_byte]
    if indent.strip():
        return ()
    end = line_ending(text)
    if statement == alone:
        test, cause = _test(known, result, error)
        if not test:
            return ()
        left = result if known.channel != "errno" else f"{'_' if result not in test else result}, {error}"
        opening = f"if {left} := ".encode()
        body = end.join([f"; {test} {{".encode(), _returned(indent, zeros, cause), indent + b"}"])
        return _insert(statement.start_byte, opening), _insert(statement.end_byte, body)
    return _behind_assignment(site, known, error, zeros, Span(statement.start_byte, behind), indent, end)


def _behind_assignment(
    site: CallSite, known: Convention, error: str, zeros: list[str], line: Span, indent: bytes, end: bytes
) -> tuple[TextEdit, ...]:
    statement = site.statement
    left = field(statement, "left") if statement is not None else None
    if statement is None or left is None or statement.type != "short_var_declaration" or site.result in ("", "_"):
        return ()
    if site.value != site.call or _is_tested(site):
        return ()
    test, cause = _test(known, site.result, error)
    if not test:
        return ()
    block = end.join([b"", indent + f"if {test} {{".encode(), _returned(indent, zeros, cause), indent + b"}"])
    second = (_insert(left.end_byte, f", {error}".encode()),) if known.channel == "errno" else ()
    return (*second, _insert(line.end, block))


def _is_tested(site: CallSite) -> bool:
    first = first_use(site, site.result)
    condition = field(first, "condition") if first is not None else None
    return condition is not None and any(
        text_of(node) == site.result and comparison_of(node) is not None for node in _below(condition)
    )


def _below(node: Node) -> Iterator[Node]:
    pending = [node]
    while pending:
        each = pending.pop()
        yield each
        pending.extend(each.children)


def _test(known: Convention, result: str, error: str) -> tuple[str, str]:
    """(the test of failure, the error to return)."""
    if known.channel == "result":
        return f"{result} != 0", f"syscall.Errno({result})"
    if known.channel == "negated_result":
        return f"{result} < 0", f"syscall.Errno(-{result})"
    return _TESTS.get(known.predicate, "").format(result, error), error


def _zeros(node: Node) -> list[str] | None:
    """What is returned beside the error; None where the function returns no error, or something whose zero is not plain."""
    results = results_of(node)
    if not results or results[-1] != "error":
        return None
    zeros = [zero_of(kind) for kind in results[:-1]]
    return [zero for zero in zeros if zero is not None] if None not in zeros else None


def _returned(indent: bytes, zeros: list[str], cause: str) -> bytes:
    return indent + b"\treturn " + ", ".join([*zeros, cause]).encode()


def _insert(at: int, text: bytes) -> TextEdit:
    return TextEdit(Span(at, at), text)
