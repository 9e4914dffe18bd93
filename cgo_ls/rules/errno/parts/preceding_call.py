"""The C call whose error a place in Go means, and how that call is given its second result.

All spans are those of the parsed region. Only the straight way back is looked at: statements before in the same block, then what
encloses it. Loops, function literals, labels and a second C call on the way end the search: unknown is no fix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

Callee = Literal["function", "neutral", "unknown"]
# What C.name(...) with so many arguments is. "neutral": nothing that sets errno (a conversion, C.CString, C.free).
Judge = Callable[[str, int], Callee]

_BLOCKS = frozenset(["statement_list", "block"])
_CLAUSES = frozenset(["expression_case", "type_case", "default_case"])
_SWITCHES = frozenset(["expression_switch_statement", "type_switch_statement"])
_COMPOUND = _SWITCHES | frozenset(["if_statement", "block"])
_FUNCTIONS = frozenset(["func_literal", "function_declaration", "method_declaration"])
_STOPS = _FUNCTIONS | frozenset(
    ["for_statement", "labeled_statement", "go_statement", "defer_statement", "select_statement"]
)


# A call farther away than this is not meant; nor is code nested deeper than this written by people.
_MOST_STATEMENTS = 20
_MOST_LEVELS = 60


@dataclass(frozen=True, slots=True)
class Capture:
    """The Go variable that holds the error of C call `callee` after `edits`, and the names the edits declare."""

    callee: str
    call: Span
    error: str
    edits: tuple[TextEdit, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What a search needs to know: the region's text, what a C name is, free names for the error and the result."""

    text: bytes
    judge: Judge
    error: str
    result: str
    line_end: bytes

    def capture(self, call: Node, *edits: TextEdit, result: bool = False) -> Capture:
        names = (self.error, self.result) if result else (self.error,)
        return Capture(called_c_name(call) or "", span_of(call), self.error, edits, names)

    def line_before(self, statement: Node, text: str) -> TextEdit | None:
        """An insert that puts `text` on a line above the statement; None where that does not begin its line."""
        at = statement.start_byte
        indent = self.text[self.text.rfind(b"\n", 0, at) + 1 : at]
        if indent.strip():
            return None
        return TextEdit(Span(at, at), text.encode() + self.line_end + indent)


# None: no C call here, go on outwards. False: there is one, but its error cannot be had.
Found = Capture | Literal[False] | None


def c_name(node: Node | None) -> str | None:
    """`C.name` -> name."""
    if node is None or node.type != "selector_expression" or text_of(field(node, "operand")) != "C":
        return None
    return text_of(field(node, "field"))


def called_c_name(node: Node) -> str | None:
    """`C.name(...)` -> name."""
    return c_name(field(node, "function")) if node.type == "call_expression" else None


def arguments(call: Node) -> list[Node]:
    listed = field(call, "arguments")
    return named(listed) if listed is not None else []


def identifiers(root: Node) -> frozenset[str] | None:
    """Every identifier of the region: a name that is not among them is free. None where a goto may jump over a new variable."""
    found: set[str] = set()
    for node in walk(root):
        if node.type == "goto_statement":
            return None
        if node.type == "identifier":
            found.add(text_of(node))
    return frozenset(found)


def fresh(wanted: tuple[str, ...], taken: frozenset[str]) -> str:
    """The first of `wanted` that is free, else the last with a number."""
    for name in wanted:
        if name not in taken:
            return name
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted[-1]}{number}") not in taken)


def find_capture(use: Node, search: Search) -> Capture | None:
    """The error variable of the C call just before `use`; None where it is not certain, or cannot be had without a rewrite."""
    node = use
    for _ in range(_MOST_LEVELS):
        parent = node.parent
        if parent is None or parent.type in _STOPS:
            break
        found: Found = None
        if parent.type == "if_statement":
            found = _from_within_if(parent, node, use, search)
        elif parent.type in _SWITCHES and _called(field(parent, "initializer"), field(parent, "value")):
            found = False
        elif parent.type in _BLOCKS or parent.type in _CLAUSES:
            found = _earlier_in(node, use, search) or _before(node, search)
        if found is False:
            return None
        if found is not None:
            return found
        node = parent
    return None


def _called(*nodes: Node | None) -> bool:
    return any(called_c_name(inner) is not None for node in nodes if node is not None for inner in walk(node))


def _outer_calls(node: Node, search: Search) -> list[tuple[Node, Callee]] | None:
    """The C calls of `node`, without neutral ones and those in arguments of another.

    None where a function literal holds one: nobody knows when it runs.
    """
    found: list[tuple[Node, Callee]] = []
    end = -1
    literal_end = -1
    for inner in walk(node):
        if inner.type == "func_literal":
            literal_end = max(literal_end, inner.end_byte)
        name = called_c_name(inner)
        if name is None or inner.start_byte < end:
            continue
        kind = search.judge(name, len(arguments(inner)))
        if kind == "neutral":
            continue
        if inner.start_byte < literal_end:
            return None
        end = inner.end_byte
        found.append((inner, kind))
    return found


def _earlier_in(node: Node, use: Node, search: Search) -> Literal[False] | None:
    """Whether the simple statement (or the condition) that holds `use` calls C before it comes to `use`."""
    if node.type in _COMPOUND or node.type in _BLOCKS:
        return None
    calls = _outer_calls(node, search)
    if calls is None or any(call.end_byte <= use.start_byte for call, _ in calls):
        return False
    return None


def _before(node: Node, search: Search) -> Found:
    """The nearest statement before `node` in its block that calls C."""
    sibling = node.prev_named_sibling
    for _ in range(_MOST_STATEMENTS):
        if sibling is None:
            return None
        calls = _outer_calls(sibling, search)
        if sibling.type == "labeled_statement" or calls is None or len(calls) > 1:
            return False
        if calls:
            return _of_statement(sibling, *calls[0], search) or False
        sibling = sibling.prev_named_sibling
    return False


def _of_statement(statement: Node, call: Node, kind: Callee, search: Search) -> Capture | None:
    if statement.type == "expression_statement":
        # A conversion cannot stand alone, so an unknown name is a function here.
        return (
            search.capture(call, _insert(call.start_byte, f"_, {search.error} := "))
            if named(statement) == [call]
            else None
        )
    if kind == "unknown" or statement.type not in ("short_var_declaration", "assignment_statement", "var_declaration"):
        return None
    left, right = _sides(statement)
    if statement.type == "short_var_declaration" and right == [call]:
        return _declared(left, call, search)
    if statement.type == "assignment_statement" and right == [call]:
        return _assigned(statement, left, call, search)
    return _lifted(statement, call, search)


def _sides(statement: Node) -> tuple[list[Node], list[Node]]:
    left, right = field(statement, "left"), field(statement, "right")
    return (named(left) if left is not None else []), (named(right) if right is not None else [])


def _declared(left: list[Node], call: Node, search: Search) -> Capture | None:
    """`r := C.f()` gets a second name; `r, err := C.f()` has it already; `r, _ := C.f()` only needs a name."""
    if len(left) == 1:
        return search.capture(call, _insert(left[0].end_byte, f", {search.error}"))
    if len(left) != 2 or left[1].type != "identifier":
        return None
    name = text_of(left[1])
    if name == "_":
        return search.capture(call, TextEdit(span_of(left[1]), search.error.encode()))
    return Capture(called_c_name(call) or "", span_of(call), name)


def _assigned(statement: Node, left: list[Node], call: Node, search: Search) -> Capture | None:
    operator = field(statement, "operator")
    if len(left) != 1 or operator is None or text_of(operator) != "=" or _called(left[0]):
        return None
    second = _insert(left[0].end_byte, f", {search.error}")
    if text_of(left[0]) == "_":
        return search.capture(call, second, TextEdit(span_of(operator), b":="))
    declared = search.line_before(statement, f"var {search.error} error")
    return search.capture(call, declared, second) if declared is not None else None


def _lifted(statement: Node, call: Node, search: Search) -> Capture | None:
    """`x := int(C.f(y))`: the call on a line of its own before. Only where nothing else is evaluated before the call."""
    value = call
    while value.parent is not None and value.parent.type == "argument_list" and value.parent.parent is not None:
        value = value.parent.parent
        if len(arguments(value)) != 1:
            return None
    holder = value.parent
    if holder is None or holder.type != "expression_list" or len(named(holder)) != 1:
        return None
    left = field(statement, "left")
    if left is not None and any(node.type == "call_expression" for node in walk(left)):
        return None
    line = search.line_before(statement, f"{search.result}, {search.error} := {text_of(call)}")
    return search.capture(call, line, _replace(call, search.result), result=True) if line is not None else None


def _from_within_if(statement: Node, part: Node, use: Node, search: Search) -> Found:
    """`if r := C.f(x); ...` and `if C.f(x) < 0`, seen from the condition or from one of the blocks."""
    condition, initializer = field(statement, "condition"), field(statement, "initializer")
    if part in (condition, initializer) and _earlier_in(part, use, search) is False:
        return False
    if part == initializer or condition is None:
        return None
    calls = _outer_calls(condition, search) if part != condition else []
    if calls:
        return (
            _in_condition(condition, *calls[0], search) if initializer is None and len(calls) == 1 else None
        ) or False
    if calls is None or initializer is None:
        return False if calls is None else None
    calls = _outer_calls(initializer, search)
    if calls == []:
        return None
    if calls is None or len(calls) > 1 or initializer.type != "short_var_declaration":
        return False
    call, kind = calls[0]
    left, right = _sides(initializer)
    return (_declared(left, call, search) if right == [call] and kind == "function" else None) or False


def _in_condition(condition: Node, call: Node, kind: Callee, search: Search) -> Capture | None:
    """The call becomes the if's own initializer, where it is what the condition evaluates first."""
    first = condition
    while first != call:
        if first.type == "binary_expression" and (left := field(first, "left")) is not None:
            first = left
        elif first.type == "call_expression" and len(arguments(first)) == 1:
            first = arguments(first)[0]
        else:
            return None
    if kind == "unknown":
        return None
    declared = f"{search.result}, {search.error} := {text_of(call)}; "
    return search.capture(call, _insert(condition.start_byte, declared), _replace(call, search.result), result=True)


def _insert(at: int, text: str) -> TextEdit:
    return TextEdit(Span(at, at), text.encode())


def _replace(node: Node, text: str) -> TextEdit:
    return TextEdit(span_of(node), text.encode())
