"""C expressions to `CValue`s and events: the half of `c_body_builder` that knows no statements."""

from __future__ import annotations

from collections.abc import Callable

from cgo_ls.model.c_body import CAssign, CBlock, CCall, CEdge, CEvent, CLocal, CMark, CTest, CValue
from cgo_ls.syntax.c_nodes import Node, name_of
from cgo_ls.text.span import Span

OTHER = CValue("other")
NULL = CValue("null")
LITERAL = CValue("literal")
ERRNO = CValue("errno")
_ERRNO_FUNCTIONS = frozenset(["__errno_location", "_errno", "__error", "___errno", "__errno"])
_EXPECT = frozenset(["__builtin_expect", "likely", "unlikely", "G_LIKELY", "G_UNLIKELY", "LIKELY", "UNLIKELY"])
_COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">="])
_UNTRACKED = frozenset(["other", "literal", "null"])
# Deeper expressions or statements exist only in generated text and in attacks on recursive code.
DEPTH_LIMIT = 100


class ExpressionBuilder:
    """Appends the events of expressions to the current block; conditions and `?:` open new blocks."""

    def __init__(self, line: int, origin: int = 0) -> None:
        self.line = line
        self.origin = origin
        self.events: list[list[CEvent]] = [[]]
        self.edges: list[list[CEdge]] = [[]]
        self.marks: list[list[CMark]] = [[]]
        self.locals: dict[str, CLocal] = {}
        self.current = 0
        self.calls = 0
        self.depth = 0
        self.complete = True

    def blocks(self) -> tuple[CBlock, ...]:
        parts = zip(self.events, self.edges, self.marks, strict=True)
        return tuple(CBlock(tuple(events), tuple(edges), tuple(marks)) for events, edges, marks in parts)

    def new_block(self) -> int:
        self.events.append([])
        self.edges.append([])
        self.marks.append([])
        return len(self.events) - 1

    def jump(self, target: int) -> None:
        """From the current block to `target`, unless the current one has ended already."""
        self.edges[self.current].append(CEdge(target))

    def line_of(self, node: Node) -> int:
        return self.line + node.start_point.row

    def span_of(self, node: Node) -> Span:
        return Span(node.start_byte - self.origin, node.end_byte - self.origin)

    def mark(self, name: str, node: Node) -> None:
        at = len(self.events[self.current])
        self.marks[self.current].append(CMark(at, name, self.span_of(node), self.line_of(node)))

    def value(self, node: Node | None) -> CValue:
        """Evaluate `node`: its events are appended, its value returned."""
        if node is None:
            return OTHER
        handler = _VALUES.get(node.type)
        if handler is None:
            if node.type not in _SIMPLE:
                self.evaluate_children(node)
            return _SIMPLE.get(node.type, OTHER)
        if self.depth >= DEPTH_LIMIT:
            self.complete = False
            return OTHER
        self.depth += 1
        value = handler(self, node)
        self.depth -= 1
        return value

    def evaluate_children(self, node: Node) -> None:
        if self.depth >= DEPTH_LIMIT:
            self.complete = False
            return
        self.depth += 1
        for child in node.named_children:
            self.value(child)
        self.depth -= 1

    def condition(self, node: Node | None, on_true: int, on_false: int) -> None:
        """Branch on `node` with short circuits; edges say which name is NULL where a test tells."""
        node = _unwrapped(node)
        if self.depth >= DEPTH_LIMIT:
            self.complete = False
            node = None
        self.depth += 1
        operator = _operator(node) if node is not None else ""
        if node is not None and operator in ("&&", "||"):
            middle = self.new_block()
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            self.condition(left, *((middle, on_false) if operator == "&&" else (on_true, middle)))
            self.current = middle
            self.condition(right, on_true, on_false)
        elif node is not None and operator == "!" and node.type == "unary_expression":
            self.condition(node.child_by_field_name("argument"), on_false, on_true)
        else:
            self.test(node, operator, on_true, on_false)
        self.depth -= 1

    def test(self, node: Node | None, operator: str, on_true: int, on_false: int) -> None:
        """One test without short circuits."""
        constant = _constant(node)
        if constant is not None:
            self.jump(on_true if constant else on_false)
            return
        name = ""
        null_when_true = False
        if node is not None and operator in ("==", "!="):
            sides = [_unwrapped(node.child_by_field_name(field)) for field in ("left", "right")]
            other = [side for side in sides if side is not None and not _is_null(side)]
            if len(other) == 1:
                name = _tested_name(other[0])
                null_when_true = operator == "=="
        elif node is not None:
            name = _tested_name(node)
        compared = self.compare(node, operator)
        edges = self.edges[self.current]
        edges.append(CEdge(on_true, name, null_when_true, compared and CTest(*compared, True)))
        edges.append(CEdge(on_false, name, bool(name) and not null_when_true, compared and CTest(*compared, False)))

    def compare(self, node: Node | None, operator: str) -> tuple[str, CValue, CValue] | None:
        """Evaluate a test: what is compared with what."""
        if node is None:
            return None
        if node.type == "binary_expression" and operator in _COMPARISONS:
            right = self.value(node.child_by_field_name("right"))
            return operator, self.value(node.child_by_field_name("left")), right
        return "!=", self.value(node), NULL

    # --- one method a kind of expression, called through _VALUES ---

    def identifier(self, node: Node) -> CValue:
        name = name_of(node)
        if name != "errno":
            return CValue("name", name)
        self.mark("", node)
        return ERRNO

    def number(self, node: Node) -> CValue:
        return NULL if node.text in (b"0", b"0L", b"0UL") else CValue("literal", name_of(node))

    def inner(self, node: Node) -> CValue:
        """Parentheses, with `({ ... })` evaluated as statements."""
        children = [child for child in node.named_children if child.type != "comment"]
        if len(children) != 1:
            return OTHER
        if children[0].type == "compound_statement":
            self.statement(children[0])
            return OTHER
        return self.value(children[0])

    def statement(self, node: Node) -> None:
        """Overridden by the statement builder."""
        self.complete = False

    def cast(self, node: Node) -> CValue:
        return self.value(node.child_by_field_name("value"))

    def pointer(self, node: Node) -> CValue:
        argument = node.child_by_field_name("argument")
        if _operator(node) == "&":
            return CValue("address", "", (self.value(argument),))
        inner = _unwrapped(argument)
        if inner is not None and inner.type == "call_expression":
            if _callee_name(inner) in _ERRNO_FUNCTIONS:
                self.mark("", node)
                return ERRNO
        return CValue("load", "*", (self.value(argument),))

    def field(self, node: Node) -> CValue:
        base = self.value(node.child_by_field_name("argument"))
        field = node.child_by_field_name("field")
        return CValue("load", name_of(field) if field else "", (base,), -1, _operator(node) == "->")

    def subscript(self, node: Node) -> CValue:
        base = self.value(node.child_by_field_name("argument"))
        self.value(node.child_by_field_name("index"))
        return CValue("load", "[]", (base,))

    def unary(self, node: Node) -> CValue:
        value, operator = self.value(node.child_by_field_name("argument")), _operator(node)
        if value.kind == "errno" and operator in "-+":
            return CValue("errno", operator.strip("+"))
        if operator != "-":
            return OTHER
        if value.kind == "literal" and value.name:
            return CValue("other", f"-{value.name}")
        return CValue("other", "-", (value,)) if value.kind in ("name", "call") else OTHER

    def update(self, node: Node) -> CValue:
        value = self.value(node.child_by_field_name("argument"))
        if value.kind == "name":
            self.mark(value.name, node)
        return value

    def comma(self, node: Node) -> CValue:
        self.value(node.child_by_field_name("left"))
        return self.value(node.child_by_field_name("right"))

    def binary(self, node: Node) -> CValue:
        operator = _operator(node)
        if operator in ("&&", "||"):
            after = self.new_block()
            self.condition(node, after, after)
            self.current = after
            return OTHER
        parts: list[CValue] = []
        chain: Node | None = node
        while chain is not None and chain.type == "binary_expression" and _operator(chain) == operator:
            parts.append(self.value(chain.child_by_field_name("right")))
            chain = chain.child_by_field_name("left")
        parts.append(self.value(chain))
        if operator not in ("+", "-", "&", "|"):
            return OTHER
        sum_ = _either(parts)
        return CValue("either", "", (sum_,)) if sum_.kind == "name" else sum_  # near what it names, but not that

    def conditional(self, node: Node) -> CValue:
        on_true, on_false, after = self.new_block(), self.new_block(), self.new_block()
        self.condition(node.child_by_field_name("condition"), on_true, on_false)
        values: list[CValue] = []
        ends: list[int] = []
        for block, field in ((on_true, "consequence"), (on_false, "alternative")):
            self.current = block
            branch = node.child_by_field_name(field) or node.child_by_field_name("condition")
            values.append(self.value(branch))
            ends.append(self.current)
            self.jump(after)
        self.current = after
        kinds = {value.kind for value in values}
        if "call" in kinds and kinds <= {"call", "null"}:
            # What is called on one way only is no value of the other: each way leaves its own in a nameless variable.
            name = f"?{node.start_byte}"
            self.locals.setdefault(name, CLocal(name, "void *"))
            for end, value in zip(ends, values, strict=True):
                assigned = CAssign(CValue("name", name), value, self.line_of(node), self.span_of(node))
                self.events[end].append(assigned)
            return CValue("name", name)
        return _either(values, keep=("null", "literal", "other"))

    def initializer(self, node: Node) -> CValue:
        parts: list[CValue] = []
        for child in node.named_children[:1000]:
            if child.type == "initializer_pair":
                parts.append(self.value(child.child_by_field_name("value")))
            else:
                parts.append(self.value(child))
        return _either(parts)

    def assignment(self, node: Node) -> CValue:
        right = self.value(node.child_by_field_name("right"))
        block, marks = self.current, len(self.marks[self.current])
        target = self.value(node.child_by_field_name("left"))
        if _operator(node) == "=":
            if target.kind == "errno" and self.current == block:
                del self.marks[block][marks:]
            self.assign(target, right, node)
            return right
        if target.kind == "name":
            self.mark(target.name, node)
        return target

    def assign(self, target: CValue, value: CValue, node: Node) -> None:
        if target.kind in ("name", "load", "errno"):
            self.events[self.current].append(CAssign(target, value, self.line_of(node), self.span_of(node)))

    def call(self, node: Node) -> CValue:
        function = _unwrapped(node.child_by_field_name("function"))
        arguments = node.child_by_field_name("arguments")
        nodes = [child for child in arguments.named_children if child.type != "comment"] if arguments else []
        name = name_of(function) if function is not None and function.type == "identifier" else ""
        if name in _EXPECT and nodes:
            return self.value(nodes[0])
        raw = node.child_by_field_name("function")
        if name and raw is not None and raw.type == "parenthesized_expression" and len(nodes) == 1:
            return self.value(nodes[0])  # `(handle)(p)`: the grammar cannot tell a cast from a call
        callee = None if name else self.value(function)
        values = tuple(self.value(child) for child in nodes)
        self.calls += 1
        self.events[self.current].append(
            CCall(self.calls, name, callee, values, self.line_of(node), self.span_of(node))
        )
        return CValue("call", name, (), self.calls)


def _operator(node: Node) -> str:
    operator = node.child_by_field_name("operator")
    return operator.type if operator is not None else ""


def _unwrapped(node: Node | None) -> Node | None:
    """Without parentheses and `likely(...)`."""
    for _ in range(DEPTH_LIMIT):
        if node is None:
            return None
        if node.type == "parenthesized_expression":
            inner = [child for child in node.named_children if child.type != "comment"]
            if len(inner) != 1 or inner[0].type == "compound_statement":
                return node
            node = inner[0]
        elif node.type == "call_expression" and _callee_name(node) in _EXPECT:
            arguments = node.child_by_field_name("arguments")
            node = arguments.named_child(0) if arguments is not None else None
        else:
            return node
    return node


def _callee_name(node: Node) -> str:
    function = node.child_by_field_name("function")
    return name_of(function) if function is not None and function.type == "identifier" else ""


def _is_null(node: Node) -> bool:
    if node.type == "cast_expression":
        node = _unwrapped(node.child_by_field_name("value")) or node
    return node.type == "null" or node.text in (b"0", b"NULL", b"nullptr", b"nil", b"Nil")


def _constant(node: Node | None) -> bool | None:
    if node is None or node.type not in ("number_literal", "true", "false"):
        return None
    return node.type == "true" or (node.type == "number_literal" and node.text != b"0")


def _tested_name(node: Node) -> str:
    inner: Node | None = node
    for _ in range(8):
        inner = _unwrapped(inner)
        if inner is None:
            return ""
        if inner.type == "identifier":
            return name_of(inner)
        if inner.type == "cast_expression":
            inner = inner.child_by_field_name("value")
        elif inner.type == "assignment_expression" and _operator(inner) == "=":
            inner = inner.child_by_field_name("left")
        else:
            return ""
    return ""


def _either(parts: list[CValue], keep: tuple[str, ...] = ()) -> CValue:
    kept = [part for part in parts if part.kind not in _UNTRACKED or part.kind in keep]
    if not kept:
        return parts[0] if len(parts) == 1 else OTHER
    return kept[0] if len(kept) == 1 else CValue("either", "", tuple(kept))


_SIMPLE: dict[str, CValue] = {
    "null": NULL,
    "string_literal": LITERAL,
    "concatenated_string": LITERAL,
    "char_literal": LITERAL,
    "true": LITERAL,
    "false": NULL,
    "sizeof_expression": OTHER,
    "alignof_expression": OTHER,
    "offsetof_expression": OTHER,
    "type_descriptor": OTHER,
    "type_identifier": OTHER,
    "comment": OTHER,
}
_VALUES: dict[str, Callable[[ExpressionBuilder, Node], CValue]] = {
    "identifier": ExpressionBuilder.identifier,
    "number_literal": ExpressionBuilder.number,
    "parenthesized_expression": ExpressionBuilder.inner,
    "cast_expression": ExpressionBuilder.cast,
    "compound_literal_expression": ExpressionBuilder.cast,
    "pointer_expression": ExpressionBuilder.pointer,
    "field_expression": ExpressionBuilder.field,
    "subscript_expression": ExpressionBuilder.subscript,
    "unary_expression": ExpressionBuilder.unary,
    "update_expression": ExpressionBuilder.update,
    "comma_expression": ExpressionBuilder.comma,
    "binary_expression": ExpressionBuilder.binary,
    "conditional_expression": ExpressionBuilder.conditional,
    "initializer_list": ExpressionBuilder.initializer,
    "assignment_expression": ExpressionBuilder.assignment,
    "call_expression": ExpressionBuilder.call,
}
