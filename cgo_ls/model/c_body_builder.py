"""The tree of a C function body to its `CBody`. Both sides of `#if` groups become branches of an unknown test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cgo_ls.model.c_body import CBody, CEdge, CLocal, CReturn
from cgo_ls.model.c_expressions import DEPTH_LIMIT, ExpressionBuilder
from cgo_ls.syntax.c_nodes import Node, around_name, base_type, name_of, specifiers, type_text, unwrap
from cgo_ls.syntax.c_split import CConditional
from cgo_ls.text.span import Span

# A body of more blocks is generated code; solving it would cost seconds and tell a reader nothing.
BLOCK_LIMIT = 3000


def build_body(
    name: str,
    parameters: tuple[str, ...],
    body: Node,
    *,
    line: int,
    origin: int = 0,
    groups: Sequence[CConditional] = (),
    from_macro: bool = False,
) -> CBody:
    """The facts of `body` (a `compound_statement`). `line` is the 1-based line of the parsed text's first line, `origin` the
    offset in it that spans count from; `groups` are the `#if` groups inside, in the offsets of the same text."""
    builder = _StatementBuilder(line, origin, groups)
    builder.statement(body)
    end = Span(body.end_byte - 1 - origin, body.end_byte - origin)
    builder.events[builder.current].append(CReturn(None, line + body.end_point.row, end))
    complete = builder.complete and not body.has_error and not builder.unresolved()
    return CBody(
        name,
        parameters,
        tuple(builder.locals.values()),
        builder.blocks() if len(builder.events) <= BLOCK_LIMIT else (),
        complete and len(builder.events) <= BLOCK_LIMIT,
        line + body.start_point.row,
        from_macro,
    )


class _StatementBuilder(ExpressionBuilder):
    """Statements to blocks. After a jump the current block is a fresh one that nothing leads to."""

    def __init__(self, line: int, origin: int, groups: Sequence[CConditional]) -> None:
        super().__init__(line, origin)
        self.groups = groups
        self.labels: dict[str, int] = {}
        self.defined: set[str] = set()
        self.breaks: list[int] = []
        self.continues: list[int] = []

    def unresolved(self) -> bool:
        return bool(set(self.labels) - self.defined)

    def statement(self, node: Node) -> None:
        if self.depth >= DEPTH_LIMIT or len(self.events) > BLOCK_LIMIT:
            self.complete = False
            return
        self.depth += 1
        handler = _STATEMENTS.get(node.type)
        if handler is not None:
            handler(self, node)
        elif node.type in _IGNORED:
            pass
        elif node.type.endswith("_expression") or node.type in ("identifier", "number_literal"):
            self.value(node)
        else:
            self.complete = self.complete and node.type in _HARMLESS
        self.depth -= 1

    def compound(self, node: Node) -> None:
        children = [child for child in node.named_children if child.type != "comment"]
        inside = [g for g in self.groups if node.start_byte < g.span.start and g.span.end < node.end_byte]
        self.sequence(children, inside)

    def sequence(self, children: list[Node], groups: list[CConditional]) -> None:
        """Statements in order; those in a `#if` group as alternatives."""
        index = 0
        while index < len(children):
            child = children[index]
            group = next((g for g in groups if _covers(g, child)), None)
            if group is None:
                self.statement(child)
                index += 1
                continue
            stop = index
            while stop < len(children) and children[stop].start_byte < group.span.end:
                stop += 1
            self.alternatives(group, children[index:stop], [g for g in groups if g is not group])
            index = stop

    def alternatives(self, group: CConditional, children: list[Node], groups: list[CConditional]) -> None:
        head, after = self.current, self.new_block()
        for branch in group.branches:
            self.current = self.new_block()
            self.edges[head].append(CEdge(self.current))
            own = [child for child in children if branch.start <= child.start_byte < branch.end]
            self.sequence(own, [g for g in groups if branch.start <= g.span.start < branch.end])
            self.jump(after)
        if not group.exhaustive:
            self.edges[head].append(CEdge(after))
        self.current = after

    def expression(self, node: Node) -> None:
        for child in node.named_children:
            self.value(child)

    def declaration(self, node: Node) -> None:
        nodes = specifiers(node)
        base = base_type(nodes)
        static = any(child.type == "storage_class_specifier" and child.text == b"static" for child in nodes)
        cleanup = next((_cleanup(child) for child in nodes if child.type == "attribute_specifier"), "")
        for declarator in node.children_by_field_name("declarator"):
            inner = declarator.child_by_field_name("declarator") if declarator.type == "init_declarator" else declarator
            view = unwrap(inner)
            if view.name is None or view.function is not None:
                continue
            name = name_of(view.name)
            kind = type_text(base.encode() + b" " + around_name(inner, view))
            self.locals[name] = CLocal(name, kind, static, cleanup)
            value = self.value(declarator.child_by_field_name("value"))
            if not static:  # without initialiser too: a name used again in another block starts anew
                self.assign(self.identifier(view.name), value, declarator)

    def if_(self, node: Node | None) -> None:
        after = self.new_block()
        for _ in range(10_000):
            if node is None:
                break
            on_true, on_false = self.new_block(), self.new_block()
            self.condition(node.child_by_field_name("condition"), on_true, on_false)
            self.current = on_true
            consequence = node.child_by_field_name("consequence")
            if consequence is not None:
                self.statement(consequence)
            self.jump(after)
            self.current = on_false
            alternative = node.child_by_field_name("alternative")
            branch = alternative.named_children[-1] if alternative is not None and alternative.named_children else None
            if branch is not None and branch.type != "if_statement":
                self.statement(branch)
                branch = None
            node = branch
        self.jump(after)
        self.current = after

    def loop(self, node: Node) -> None:
        """`while`, `do` and `for`."""
        first = node.child_by_field_name("initializer")
        if first is not None:
            self.statement(first)
        test, body, update, after = (self.new_block() for _ in range(4))
        condition = node.child_by_field_name("condition")
        self.jump(body if node.type == "do_statement" else test)
        self.current = test
        if condition is None:
            self.jump(body)
        else:
            self.condition(condition, body, after)
        self.current = body
        self.breaks.append(after)
        self.continues.append(update)
        inner = node.child_by_field_name("body")
        if inner is not None:
            self.statement(inner)
        self.jump(update)
        self.breaks.pop()
        self.continues.pop()
        self.current = update
        self.value(node.child_by_field_name("update"))
        self.jump(test)
        self.current = after

    def switch(self, node: Node) -> None:
        self.value(node.child_by_field_name("condition"))
        head, after = self.current, self.new_block()
        self.breaks.append(after)
        self.current = self.new_block()
        body = node.child_by_field_name("body")
        default = False
        for child in body.named_children if body is not None else ():
            if child.type != "case_statement":
                self.statement(child)
                continue
            block = self.new_block()
            self.jump(block)
            self.edges[head].append(CEdge(block))
            self.current = block
            value = child.child_by_field_name("value")
            default = default or value is None
            for statement in child.named_children:
                if statement != value:
                    self.statement(statement)
        self.jump(after)
        if not default:
            self.edges[head].append(CEdge(after))
        self.breaks.pop()
        self.current = after

    def return_(self, node: Node) -> None:
        value = next((child for child in node.named_children if child.type != "comment"), None)
        self.returned(value, node)
        self.current = self.new_block()

    def returned(self, value: Node | None, node: Node) -> None:
        """`return c ? a : b` is two returns behind a test."""
        while value is not None and value.type == "parenthesized_expression" and value.named_child_count == 1:
            value = value.named_children[0]
        if value is not None and value.type == "conditional_expression" and self.depth < DEPTH_LIMIT:
            self.depth += 1
            on_true, on_false = self.new_block(), self.new_block()
            condition = value.child_by_field_name("condition")
            self.condition(condition, on_true, on_false)
            for block, name in ((on_true, "consequence"), (on_false, "alternative")):
                self.current = block
                self.returned(value.child_by_field_name(name) or condition, node)
            self.depth -= 1
            return
        result = self.value(value) if value is not None else None
        self.events[self.current].append(CReturn(result, self.line_of(node), self.span_of(node)))

    def break_(self, node: Node) -> None:
        self.leave(self.breaks)

    def continue_(self, node: Node) -> None:
        self.leave(self.continues)

    def leave(self, targets: list[int]) -> None:
        if targets:
            self.jump(targets[-1])
        else:
            self.complete = False
        self.current = self.new_block()

    def label(self, name: str) -> int:
        if name not in self.labels:
            self.labels[name] = self.new_block()
        return self.labels[name]

    def goto(self, node: Node) -> None:
        label = node.child_by_field_name("label")
        if label is None:
            self.complete = False
        else:
            self.jump(self.label(name_of(label)))
        self.current = self.new_block()

    def labeled(self, node: Node) -> None:
        label = node.child_by_field_name("label")
        if label is None:
            self.complete = False
            return
        self.defined.add(name_of(label))
        block = self.label(name_of(label))
        self.jump(block)
        self.current = block
        for child in node.named_children:
            if child != label:
                self.statement(child)

    def case(self, node: Node) -> None:
        """A `case` that is not directly in its switch's braces: the jump into it is not followed."""
        self.complete = False


def _covers(group: CConditional, node: Node) -> bool:
    return group.span.start <= node.start_byte and node.end_byte <= group.span.end


def _cleanup(node: Node) -> str:
    text = (node.text or b"").decode("utf-8", "replace")
    _, found, rest = text.partition("cleanup")
    return rest.lstrip(" _(").partition(")")[0].strip() if found else ""


_IGNORED = frozenset(["type_definition", "struct_specifier", "union_specifier", "enum_specifier", "comment"])
_HARMLESS = frozenset(["attributed_statement", "static_assert_declaration", "gnu_asm_expression"])
_STATEMENTS: dict[str, Callable[[_StatementBuilder, Node], None]] = {
    "compound_statement": _StatementBuilder.compound,
    "expression_statement": _StatementBuilder.expression,
    "declaration": _StatementBuilder.declaration,
    "if_statement": _StatementBuilder.if_,
    "while_statement": _StatementBuilder.loop,
    "do_statement": _StatementBuilder.loop,
    "for_statement": _StatementBuilder.loop,
    "switch_statement": _StatementBuilder.switch,
    "case_statement": _StatementBuilder.case,
    "return_statement": _StatementBuilder.return_,
    "break_statement": _StatementBuilder.break_,
    "continue_statement": _StatementBuilder.continue_,
    "goto_statement": _StatementBuilder.goto,
    "labeled_statement": _StatementBuilder.labeled,
}
