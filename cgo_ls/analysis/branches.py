"""Statements that branch: if, for, range, switch, select, labels, goto, break, continue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cgo_ls.analysis import ir
from cgo_ls.analysis.conditions import ConditionLowering
from cgo_ls.analysis.places import ELEMENT, Place
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of, walk
from cgo_ls.text.span import Span


@dataclass(slots=True)
class _Target:
    """Where break and continue of an enclosing statement lead."""

    label: str
    after: int
    again: int | None


class BranchLowering(ConditionLowering):
    """Adds the statements with several ways on. What a statement is otherwise, and how blocks are kept, is the builder's."""

    def __init__(self) -> None:
        super().__init__()
        self.current = 0
        self.targets: list[_Target] = []
        self.labels: dict[str, int] = {}

    def statement_node(self, node: Node) -> None:
        """One statement; given by the builder."""
        raise NotImplementedError

    def block_statement(self, node: Node) -> None:
        """A block in a scope of its own; given by the builder."""
        raise NotImplementedError

    def store(self, place: Place | None, value: ir.Value, span: Span) -> None:
        """Assign to a variable, or to nothing; given by the builder."""
        raise NotImplementedError

    def assign_to(self, target: Node, value: ir.Value, span: Span) -> None:
        """Assign to any expression; given by the builder."""
        raise NotImplementedError

    def jump(self, target: int) -> None:
        """End the current block; given by the builder."""
        raise NotImplementedError

    # --- branches

    def _do_if_statement(self, node: Node) -> None:
        self.scopes.append({})
        self._initializer(node)
        condition, consequence, alternative = (
            field(node, name) for name in ("condition", "consequence", "alternative")
        )
        then, after = self.new_block(), self.new_block()
        otherwise = self.new_block() if alternative is not None else after
        if condition is not None:
            self.branch(condition, then, otherwise)
        else:
            self.connect(then, ir.Opaque())
            self.connect(otherwise, ir.Opaque())
        self.start(then)
        if consequence is not None:
            self.statement_node(consequence)
        self.connect(after)
        if alternative is not None:
            self.start(otherwise)
            self.statement_node(alternative)
            self.connect(after)
        self.start(after)
        self.scopes.pop()

    def _initializer(self, node: Node) -> None:
        initializer = field(node, "initializer")
        if initializer is not None:
            self.statement_node(initializer)

    def _do_for_statement(self, node: Node, label: str = "") -> None:
        self.scopes.append({})
        body = field(node, "body")
        clause = next((child for child in named(node) if body is None or child.start_byte != body.start_byte), None)
        if clause is not None and clause.type == "range_clause":
            self._range_loop(clause, body, label)
        else:
            is_clause = clause is not None and clause.type == "for_clause"
            if is_clause and clause is not None:
                self._initializer(clause)
            condition = field(clause, "condition") if is_clause and clause is not None else clause
            update = field(clause, "update") if is_clause and clause is not None else None
            self._loop(condition, update, body, label)
        self.scopes.pop()

    def _loop(self, condition: Node | None, update: Node | None, body: Node | None, label: str) -> None:
        head, inside, after, again = (self.new_block() for _ in range(4))
        self.connect(head)
        self.start(head)
        if condition is not None:
            self.branch(condition, inside, after)
        else:
            self.connect(inside)
        self._loop_body(body, label, inside, after, again)
        if update is not None:
            self.statement_node(update)
        self.connect(head)
        self.start(after)

    def _loop_body(self, body: Node | None, label: str, inside: int, after: int, again: int) -> None:
        self.targets.append(_Target(label, after, again))
        self.start(inside)
        if body is not None:
            self.block_statement(body)
        self.connect(again)
        self.targets.pop()
        self.start(again)

    def _range_loop(self, clause: Node, body: Node | None, label: str) -> None:
        left, right = field(clause, "left"), field(clause, "right")
        source = self.lower(right) if right is not None else ir.UNKNOWN
        if isinstance(source, ir.Load):
            elements = ir.Load(source.place.inside(ELEMENT), source.span)
            self.emit(ir.Escape(elements, "the variable of a loop", source.span))
        head, inside, after, again = (self.new_block() for _ in range(4))
        self.connect(head)
        self.start(head)
        self.connect(inside)  # what a round frees is freed in the next one, too
        self.connect(after, ir.Opaque())
        self.start(inside)
        declares = any(child.type == ":=" for child in clause.children)
        for position, target in enumerate(named(left) if left is not None else []):
            value: ir.Value = ir.UNKNOWN
            if position == 1 and isinstance(source, ir.Load):
                value = ir.Load(source.place.inside(ELEMENT), source.span)
            if declares:
                self.store(self.declare(target), value, span_of(target))
            else:
                self.assign_to(strip_parentheses(target), value, span_of(target))
        self._loop_body(body, label, self.current, after, again)
        self.connect(head)
        self.start(after)

    # --- switch and select

    def _do_expression_switch_statement(self, node: Node, label: str = "") -> None:
        self.scopes.append({})
        self._initializer(node)
        subject = field(node, "value")
        if subject is not None and any(inner.type == "call_expression" for inner in walk(subject)):
            self.lower(subject)
            subject_key: Node | None = None
            opaque = True
        else:
            subject_key, opaque = subject, False
        cases = [child for child in named(node) if child.type in ("expression_case", "default_case")]
        bodies, after = [self.new_block() for _ in cases], self.new_block()
        default = after
        for case, inside in zip(cases, bodies, strict=True):
            if case.type == "default_case":
                default = inside
                continue
            for value in self._case_values(case):
                following = self.new_block()
                if opaque:
                    self.lower(value)
                    self.connect(inside, ir.Opaque())
                    self.connect(following, ir.Opaque())
                elif subject_key is None:
                    self.branch(value, inside, following)
                else:
                    self.branch_equal(subject_key, value, inside, following)
                self.start(following)
        self.connect(default)
        self._case_bodies(cases, bodies, after, label)
        self.scopes.pop()

    def _case_values(self, case: Node) -> list[Node]:
        values = field(case, "value")
        if values is None:
            return []
        return named(values) if values.type == "expression_list" else [values]

    def _case_bodies(self, cases: list[Node], bodies: list[int], after: int, label: str) -> None:
        self.targets.append(_Target(label, after, None))
        for index, (case, inside) in enumerate(zip(cases, bodies, strict=True)):
            self.start(inside)
            self.scopes.append({})
            falls = False
            for child in named(case):
                if child.type == "statement_list":
                    self.statement_node(child)
                    last = named(child)
                    falls = bool(last) and last[-1].type == "fallthrough_statement"
            self.scopes.pop()
            self.connect(bodies[index + 1] if falls and index + 1 < len(bodies) else after)
        self.targets.pop()
        self.start(after)

    def _do_fallthrough_statement(self, node: Node) -> None:
        pass

    def _do_type_switch_statement(self, node: Node, label: str = "") -> None:
        self.scopes.append({})
        self._initializer(node)
        subject, alias = field(node, "value"), field(node, "alias")
        value = self.lower(subject) if subject is not None else ir.UNKNOWN
        for name in named(alias) if alias is not None else []:
            self.store(self.declare(name), value, span_of(name))
        self._opaque_cases([child for child in named(node) if child.type in ("type_case", "default_case")], label)
        self.scopes.pop()

    def _do_select_statement(self, node: Node, label: str = "") -> None:
        cases = [child for child in named(node) if child.type in ("communication_case", "default_case")]
        if not cases:  # select {}: a block of its own that nothing leaves
            self.connect(self.new_block())
            self.start(self.new_block())
            return
        self._opaque_cases(cases, label, exhaustive=True)

    def _opaque_cases(self, cases: list[Node], label: str, exhaustive: bool = False) -> None:
        bodies, after = [self.new_block() for _ in cases], self.new_block()
        for inside in bodies:
            self.connect(inside, ir.Opaque())
        if not exhaustive and not any(case.type == "default_case" for case in cases):
            self.connect(after, ir.Opaque())
        for case, inside in zip(cases, bodies, strict=True):
            communication = field(case, "communication")
            if communication is not None:
                self.start(inside)
                self.statement_node(communication)
                bodies[cases.index(case)] = self.current
        self._case_bodies(cases, bodies, after, label)

    # --- jumps

    def _do_labeled_statement(self, node: Node) -> None:
        label = text_of(field(node, "label"))
        target = self._label(label)
        self.connect(target)
        self.start(target)
        for child in named(node):
            if child.type == "label_name":
                continue
            method = self.statements.get(child.type)
            if method is not None and child.type in _LABELLED:
                outer, self.statement = self.statement, span_of(child)
                method(self, child, label)
                self.statement = outer
            else:
                self.statement_node(child)

    def _label(self, name: str) -> int:
        if name not in self.labels:
            self.labels[name] = self.new_block()
        return self.labels[name]

    def _do_goto_statement(self, node: Node) -> None:
        for child in named(node):
            self.jump(self._label(text_of(child)))

    def _do_break_statement(self, node: Node) -> None:
        self._leave(node, lambda target: target.after)

    def _do_continue_statement(self, node: Node) -> None:
        self._leave(node, lambda target: target.again)

    def _leave(self, node: Node, pick: Callable[[_Target], int | None]) -> None:
        labels = [text_of(child) for child in named(node)]
        for target in reversed(self.targets):
            block = pick(target)
            if block is not None and (not labels or target.label == labels[0]):
                self.jump(block)
                return
        self.start(self.new_block())


_LABELLED = frozenset({"for_statement", "expression_switch_statement", "type_switch_statement", "select_statement"})
