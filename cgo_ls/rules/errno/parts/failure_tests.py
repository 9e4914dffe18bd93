"""Where Go looks whether a C call has failed: the tests of its result, and what stands behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.rules.errno.parts.call_sites import (
    CallSite,
    assigns,
    constant_text,
    conversion_around,
    following,
    mentions,
    uses,
)
from cgo_ls.syntax.go_nodes import Node, field, named, text_of, walk

_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_NEGATED = {"== -1": "!= -1", "!= -1": "== -1", "== nil": "!= nil", "!= nil": "== nil", "== 0": "!= 0", "!= 0": "== 0"}
_NEGATED |= {"< 0": ">= 0", ">= 0": "< 0", "== C.EOF": "!= C.EOF", "!= C.EOF": "== C.EOF"}
_NEGATED |= {"> 0": "<= 0", "<= 0": "> 0", "> -1": "<= -1", "<= -1": "> -1"}
_MOST_STATEMENTS = 40
_MOST_LEVELS = 60


@dataclass(frozen=True, slots=True)
class ResultTest:
    """`if r == -1 {...}`: `test` is "== -1" as it holds in `branch`, the statements that run then; `node` the comparison."""

    test: str
    node: Node
    branch: tuple[Node, ...]
    statement: Node


def result_tests(site: CallSite) -> Iterator[ResultTest]:
    """The first test of the result of a call, once for each branch it decides."""
    if site.statement is None:
        yield from _within_condition(site)
        return
    if site.result in ("", "_"):
        return
    first = first_use(site, site.result)
    if first is not None and first.type == "expression_switch_statement":
        yield from _cases(first, site.result)
    if first is not None and first.type == "if_statement":
        condition = field(first, "condition")
        for use in uses(condition, site.result) if condition is not None else ():
            yield from _tests_of(use, first)
            return


def first_use(site: CallSite, name: str) -> Node | None:
    """The first statement behind a call that mentions the variable `name`; for a call in the initializer of an `if` or a
    `switch`, that statement. None where there is none, or where the variable is assigned anew before."""
    if site.statement is None:
        return None
    above = site.statement.parent
    if above is not None and above.type in ("if_statement", "expression_switch_statement"):
        return above if field(above, "initializer") == site.statement else None
    for number, statement in enumerate(following(site.statement)):
        if number > _MOST_STATEMENTS or assigns(statement, name):
            return None
        if mentions(statement, name):
            return statement
    return None


def comparison_of(use: Node) -> tuple[str, Node] | None:
    """(`== -1`, the comparison) for a variable or a call that is compared with a constant; conversions are seen through."""
    value = use
    for _ in range(_MOST_LEVELS):
        around = conversion_around(value)
        if around is None:
            break
        value = around
    comparison = value.parent
    if comparison is None or comparison.type != "binary_expression":
        return None
    operator = text_of(field(comparison, "operator"))
    left, right = field(comparison, "left"), field(comparison, "right")
    if operator not in _TURNED or left is None or right is None:
        return None
    if right == value:
        operator, right = _TURNED[operator], left
    other = constant_text(right)
    return (f"{operator} {other}", comparison) if other else None


def _cases(switch: Node, name: str) -> Iterator[ResultTest]:
    """`switch r { case -1: ... }` and `switch { case r == -1: ... }`."""
    value = field(switch, "value")
    if value is not None and text_of(value) != name:
        return
    for case in named(switch):
        listed = field(case, "value") if case.type == "expression_case" else None
        if listed is None or len(named(listed)) != 1:
            continue
        only = named(listed)[0]
        body = tuple(child for part in named(case) if part != listed for child in _statements_of(part))
        if value is not None:
            constant = constant_text(only)
            found = (f"== {constant}", only) if constant else None
        else:
            use = next(uses(only, name), None)
            found = comparison_of(use) if use is not None else None
            found = found if found is not None and found[1] == only else None
        if found is not None:
            yield ResultTest(found[0], found[1], body, switch)


def _statements_of(node: Node) -> list[Node]:
    return named(node) if node.type == "statement_list" else [node]


def _within_condition(site: CallSite) -> Iterator[ResultTest]:
    """`if C.f() == -1 {`."""
    found = comparison_of(site.call)
    statement = _if_around(found[1]) if found is not None else None
    if statement is not None:
        yield from _tests_of(site.call, statement)


def _if_around(node: Node) -> Node | None:
    """The `if` in whose condition `node` stands."""
    for _ in range(_MOST_LEVELS):
        above = node.parent
        if above is None:
            return None
        if above.type == "if_statement":
            return above if field(above, "condition") == node else None
        if above.type not in ("binary_expression", "parenthesized_expression"):
            return None
        node = above
    return None


def _tests_of(use: Node, statement: Node) -> Iterator[ResultTest]:
    found = comparison_of(use)
    if found is None:
        return
    test, comparison = found
    joined = _joined(comparison, statement)
    if joined is None:
        return
    consequence, alternative = field(statement, "consequence"), field(statement, "alternative")
    if joined in ("", "||", "&&"):
        yield ResultTest(test, comparison, _statements(consequence), statement)
    opposite = _NEGATED.get(test)
    if opposite is None or joined == "&&":
        return
    if alternative is not None:
        if alternative.type == "block":
            yield ResultTest(opposite, comparison, _statements(alternative), statement)
    elif _leaves(consequence) and (rest := next(following(statement), None)) is not None:
        if rest.type == "return_statement":
            yield ResultTest(opposite, comparison, (rest,), statement)


def _joined(comparison: Node, statement: Node) -> str | None:
    """How a comparison makes up its condition: "" alone, "&&" or "||" with others; None for anything else."""
    node, joined = comparison, ""
    for _ in range(_MOST_LEVELS):
        above = node.parent
        if above is None or above == statement:
            return joined
        if above.type == "binary_expression":
            operator = text_of(field(above, "operator"))
            if operator not in ("&&", "||") or (joined and joined != operator):
                return None
            joined = operator
        elif above.type != "parenthesized_expression":
            return None
        node = above
    return None


def _statements(block: Node | None) -> tuple[Node, ...]:
    if block is None:
        return ()
    inside = named(block)
    if len(inside) == 1 and inside[0].type == "statement_list":
        return tuple(named(inside[0]))
    return tuple(inside)


def _leaves(block: Node | None) -> bool:
    statements = _statements(block)
    return bool(statements) and statements[-1].type in ("return_statement", "continue_statement", "break_statement")


def error_tests(statement: Node, error: str) -> Iterator[tuple[str, Node]]:
    """The comparisons of the variable `error` with nil in the condition, or in the first case, of a statement."""
    condition = field(statement, "condition")
    if statement.type == "expression_switch_statement":
        first = next((child for child in named(statement) if child.type == "expression_case"), None)
        condition = field(first, "value") if first is not None and field(statement, "value") is None else None
    for use in uses(condition, error) if condition is not None else ():
        above = use.parent
        if above is not None and above.type == "binary_expression":
            found = comparison_of(use)
            if found is not None and found[0] in ("!= nil", "== nil"):
                yield found


def holds(nodes: tuple[Node, ...], kind: str) -> Iterator[Node]:
    """The nodes of one kind below some statements."""
    for node in nodes:
        yield from (each for each in walk(node) if each.type == kind)
