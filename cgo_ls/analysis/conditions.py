"""Branch conditions to edges: nil tests, flags and comparisons that may repeat, short circuits."""

from __future__ import annotations

import re

from cgo_ls.analysis import ir
from cgo_ls.analysis.expressions import ExpressionLowering
from cgo_ls.analysis.places import ELEMENT, Place
from cgo_ls.syntax.go_nodes import Node, field, strip_parentheses, text_of, walk

FLIPPED = {"!=": "==", ">=": "<", ">": "<="}
NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


class ConditionLowering(ExpressionLowering):
    """Adds `branch`: connect the current block to two others, by what the condition says."""

    def connect(self, target: int, condition: ir.Condition | None = None) -> None:
        """An edge from the current block; given by the builder."""
        raise NotImplementedError

    def new_block(self) -> int:
        """A fresh block; given by the builder."""
        raise NotImplementedError

    def start(self, index: int) -> None:
        """Make a block the current one; given by the builder."""
        raise NotImplementedError

    def branch(self, node: Node, then: int, otherwise: int) -> None:
        """Edges for `if node`. && and || become blocks; a chain of them is a loop here, not a recursion."""
        while True:
            node = strip_parentheses(node)
            operator = (
                text_of(field(node, "operator")) if node.type in ("unary_expression", "binary_expression") else ""
            )
            if node.type == "unary_expression" and operator == "!" and (operand := field(node, "operand")) is not None:
                node, then, otherwise = operand, otherwise, then
                continue
            left, right = field(node, "left"), field(node, "right")
            if operator in ("&&", "||") and left is not None and right is not None and self.depth < 100:
                middle = self.new_block()
                self.depth += 1
                self.branch(left, middle if operator == "&&" else then, otherwise if operator == "&&" else middle)
                self.depth -= 1
                self.start(middle)
                node = right
                continue
            break
        if operator in ("==", "!=") and left is not None and right is not None:
            self.branch_equal(left, right, *((then, otherwise) if operator == "==" else (otherwise, then)), whole=node)
            return
        if operator in COMPARISONS and left is not None and right is not None:
            relation = _relation(self._used(left), operator, self._used(right))
            self._truth(node, ir.UNKNOWN, then, otherwise, relation)
            return
        value = self.lower(node)
        relation = (value.place, "!=", "0") if isinstance(value, ir.Load) else None
        self._truth(node, value, then, otherwise, relation)

    def branch_equal(self, left: Node, right: Node, then: int, otherwise: int, whole: Node | None = None) -> None:
        """Edges for `left == right`, which are then evaluated here."""
        first, second = self._used(left), self._used(right)
        if isinstance(first, ir.Nil):
            first, second = second, first
        if isinstance(second, ir.Nil) or (isinstance(second, ir.FunctionReference) and second.name == "C.NULL"):
            self.connect(then, ir.NilTest(first, True))
            self.connect(otherwise, ir.NilTest(first, False))
            return
        if isinstance(first, ir.View) and isinstance(second, ir.Constant) and second.text == "0":
            self.connect(then, ir.NilTest(first.value, True))  # uintptr(p) == 0
            self.connect(otherwise, ir.NilTest(first.value, False))
            return
        key = self._key([left, right], "==")
        if key is not None and isinstance(second, ir.Constant):
            same, emptiness = _emptiness("==", text_of(left), second.text)
            if emptiness:
                key = f"{emptiness} @{','.join(map(str, sorted(key[1])))}", key[1]
                then, otherwise = (then, otherwise) if same else (otherwise, then)
        relation = _relation(first, "==", second)
        if key is None:
            self.connect(then, ir.Opaque(*_on_edge(relation, True)))
            self.connect(otherwise, ir.Opaque(*_on_edge(relation, False)))
            return
        variable = first.place if isinstance(first, ir.Load) and isinstance(second, ir.Constant) else None
        constant = second.text if isinstance(second, ir.Constant) else "true"
        for target, holds in ((then, True), (otherwise, False)):
            self.connect(target, ir.Truth(key[0], key[1], holds, variable, constant, *_on_edge(relation, holds)))

    def _truth(self, node: Node, value: ir.Value, then: int, otherwise: int, relation: Relation | None) -> None:
        if isinstance(value, ir.Constant) and value.text in ("true", "false"):
            self.connect(then if value.text == "true" else otherwise)
            return
        left, right = field(node, "left"), field(node, "right")
        operator = text_of(field(node, "operator")) if node.type == "binary_expression" else ""
        flipped = operator in FLIPPED
        parts = [left, right] if operator in COMPARISONS and left is not None and right is not None else [node]
        key = self._key([part for part in parts if part is not None], FLIPPED.get(operator, operator))
        if key is not None and len(parts) == 2:
            same, emptiness = _emptiness(operator, text_of(left), text_of(right))
            if emptiness:
                key, flipped = (f"{emptiness} @{','.join(map(str, sorted(key[1])))}", key[1]), not same
        for target, holds in ((then, True), (otherwise, False)):
            on_edge = _on_edge(relation, holds)
            if key is None:
                self.connect(target, ir.Opaque(*on_edge))
            else:
                place = value.place if isinstance(value, ir.Load) and ELEMENT not in value.place.path else None
                self.connect(target, ir.Truth(key[0], key[1], holds != flipped, place, "true", *on_edge))

    def _key(self, nodes: list[Node], operator: str) -> tuple[str, frozenset[int]] | None:
        """A text that is equal for equal conditions, and the slots it reads; None when it calls or receives."""
        slots: set[int] = set()
        for node in nodes:
            for inner in walk(node):
                kind = inner.type
                if kind in ("func_literal", "composite_literal") or (
                    kind == "call_expression"
                    and text_of(field(inner, "function")) not in ("len", "cap", "int", "uintptr", "string")
                ):
                    return None
                if kind == "unary_expression" and text_of(field(inner, "operator")) == "<-":
                    return None
                if kind == "identifier" and (slot := self.find(text_of(inner))) is not None:
                    slots.add(slot)
        text = f" {operator} ".join(re.sub(r"\s+", " ", text_of(node)) for node in nodes)
        return f"{text} @{','.join(map(str, sorted(slots)))}", frozenset(slots)


Relation = tuple[Place, str, str]
"""A place, an operator, a constant."""


def _relation(left: ir.Value, operator: str, right: ir.Value) -> Relation | None:
    """`code < 0`, `C.OK != f()`: what a comparison says of a variable or of the result of a call."""
    if isinstance(left, (ir.Constant, ir.FunctionReference)):
        left, operator, right = right, MIRRORED[operator], left
    while isinstance(left, ir.View):
        left = left.value
    if not isinstance(left, ir.Load) or ELEMENT in left.place.path:
        return None
    if isinstance(right, ir.Constant):
        return left.place, operator, right.text
    return (left.place, operator, right.name) if isinstance(right, ir.FunctionReference) else None


def _on_edge(relation: Relation | None, holds: bool) -> tuple[Place | None, str]:
    """The subject and its relation on the edge where the comparison holds, or does not."""
    if relation is None:
        return None, ""
    subject, operator, constant = relation
    return subject, f"{operator if holds else NEGATED[operator]} {constant}"


_NOT_EMPTY = frozenset({(">", "0"), (">=", "1")})
_EMPTY = frozenset({("==", "0"), ("<", "1"), ("<=", "0")})


def _emptiness(operator: str, left: str, right: str) -> tuple[bool, str]:
    """The many ways to ask whether something is empty, as one text: (asked for emptiness, "len(x) == 0"), or (True, "")."""
    if right in ('""', "``") and operator == "==":
        return True, f"len({left}) == 0"
    if left.startswith("len(") and left.endswith(")"):
        if (operator, right) in _EMPTY:
            return True, f"{left} == 0"
        if (operator, right) in _NOT_EMPTY:
            return False, f"{left} == 0"
    return True, ""
