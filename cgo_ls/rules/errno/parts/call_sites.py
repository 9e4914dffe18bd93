"""The C calls of one Go function: what receives their values, and what is done with those next.

All spans are those of the parsed region.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.errno.parts.preceding_call import arguments, c_name, called_c_name
from cgo_ls.syntax.go_nodes import Node, field, named, strip_parentheses, text_of, walk

if TYPE_CHECKING:
    from cgo_ls.rules.rule import FunctionContext

_NUMBERS = frozenset(
    [
        "int",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "uintptr",
        "float32",
        "float64",
    ]
)
_ASSIGNMENTS = frozenset(["short_var_declaration", "assignment_statement"])
_PLAIN = frozenset(["selector_expression", "identifier", "field_identifier", "."])
_BLOCKS = frozenset(["statement_list", "block"])
_FUNCTIONS = frozenset(["func_literal", "function_declaration", "method_declaration"])
_MOST_LEVELS = 60
_NOTE = "errno.call_sites"


@dataclass(frozen=True, slots=True)
class CallSite:
    """One call of C.name.

    `value` is the call with the conversions around it, `int(C.f())`. `result` and `error` are the variables (or fields, as written)
    that receive its values: "" for none, "_" for the blank one. `statement` is what assigns them, or None for a call within an
    expression.
    """

    name: str
    call: Node
    value: Node
    result: str = ""
    error: str = ""
    statement: Node | None = None

    @property
    def callee(self) -> Node:
        """`C.name`."""
        found = field(self.call, "function")
        return found if found is not None else self.call


def call_sites(context: FunctionContext) -> tuple[CallSite, ...]:
    """Every call of a C function, in source order. Conversions to types are among them where only C knows what they are."""
    if all(pseudo_name(name) is not None for name in context.declaration.facts.c_names):
        return ()
    if _NOTE not in context.notes:
        context.notes[_NOTE] = _sites(context.nodes("call_expression"))
    return context.notes[_NOTE]


def sites_below(root: Node) -> tuple[CallSite, ...]:
    """The same for a parsed region."""
    return _sites(node for node in walk(root) if node.type == "call_expression")


def _sites(calls: Iterable[Node]) -> tuple[CallSite, ...]:
    found: list[CallSite] = []
    for node in calls:
        name = called_c_name(node)
        if name is not None and pseudo_name(name) is None:
            found.append(_site(name, node))
    return tuple(found)


def _site(name: str, call: Node) -> CallSite:
    value = call
    for _ in range(_MOST_LEVELS):
        around = conversion_around(value)
        if around is None:
            break
        value = around
    listed = value.parent
    if listed is None or listed.type != "expression_list" or named(listed) != [value]:
        return CallSite(name, call, value)
    statement = listed.parent
    if statement is None or statement.type not in _ASSIGNMENTS or field(statement, "right") != listed:
        return CallSite(name, call, value)
    left = field(statement, "left")
    targets = [_target(each) for each in named(left)] if left is not None else []
    if len(targets) == 1:
        return CallSite(name, call, value, targets[0], "", statement)
    if len(targets) == 2 and value == call:
        return CallSite(name, call, value, targets[0], targets[1], statement)
    return CallSite(name, call, value)


def _target(node: Node) -> str:
    """A variable, or a field as it is written: `r`, `s.handle`; "" for anything else."""
    if node.type == "identifier":
        return text_of(node)
    if node.type == "selector_expression" and all(each.type in _PLAIN for each in walk(node)):
        return text_of(node)
    return ""


def conversion_around(node: Node) -> Node | None:
    """`int(node)`, `C.long(node)`, `(node)`; a conversion to a number changes no failure into a success."""
    above = node.parent
    if above is None:
        return None
    if above.type == "parenthesized_expression":
        return above
    call = above.parent
    if above.type != "argument_list" or call is None or call.type != "call_expression" or arguments(call) != [node]:
        return None
    function = field(call, "function")
    pseudo = pseudo_name(c_name(function) or "")
    if text_of(function) in _NUMBERS or (pseudo is not None and pseudo.kind == "type"):
        return call
    return None


def function_around(node: Node) -> Node | None:
    """The declaration or the literal in which `node` stands."""
    above = node.parent
    while above is not None and above.type not in _FUNCTIONS:
        above = above.parent
    return above


def statement_of(node: Node) -> Node | None:
    """The statement of a block that holds `node`; for the initializer of an `if`, that `if`."""
    for _ in range(_MOST_LEVELS):
        above = node.parent
        if above is None or node.type in _FUNCTIONS:
            return None
        if above.type in _BLOCKS:
            return node
        node = above
    return None


def following(statement: Node) -> Iterator[Node]:
    """The statements behind this one in its block."""
    sibling = statement.next_named_sibling
    while sibling is not None:
        if sibling.type != "comment":
            yield sibling
        sibling = sibling.next_named_sibling


def mentions(node: Node | None, name: str) -> bool:
    """Whether the variable `name` is named below `node` (fields and keys of that name are not it)."""
    return node is not None and next(uses(node, name), None) is not None


def uses(node: Node, name: str) -> Iterator[Node]:
    """The variables (or fields, `s.handle`) written as `name` below `node`."""
    if not name or name == "_":
        return
    kind = "selector_expression" if "." in name else "identifier"
    for each in walk(node):
        if each.type == kind and text_of(each) == name:
            yield each


def assigns(statement: Node, name: str) -> bool:
    """Whether an assignment or a declaration gives `name` a value."""
    if statement.type not in _ASSIGNMENTS:
        return False
    left = field(statement, "left")
    return left is not None and any(text_of(each) == name for each in named(left))


def constant_text(node: Node) -> str:
    """`-1`, `0`, `nil`, `C.EOF`, `C.int(-1)` as the test they stand for; "" for anything else."""
    node = strip_parentheses(node)
    if node.type == "call_expression" and len(arguments(node)) == 1:
        function = field(node, "function")
        pseudo = pseudo_name(c_name(function) or "")
        if text_of(function) in _NUMBERS or (pseudo is not None and pseudo.kind == "type"):
            node = strip_parentheses(arguments(node)[0])
    text = text_of(node).replace(" ", "")
    if node.type in ("int_literal", "nil") or text in ("-1", "nil") or c_name(node) is not None:
        return text
    return ""
