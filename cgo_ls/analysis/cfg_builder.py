"""A Go function to a graph: blocks, declarations, assignments, returns, defer, go, closures, named results."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field

from cgo_ls.analysis import ir
from cgo_ls.analysis.branches import BranchLowering
from cgo_ls.analysis.cfg import Block, Edge, FunctionCfg
from cgo_ls.analysis.expressions import MAX_DEPTH
from cgo_ls.analysis.places import ELEMENT, Place
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of
from cgo_ls.text.span import Span


def build_cfg(function: Node, name: str) -> FunctionCfg | None:
    """The graph of a function_declaration or method_declaration node; None without a body."""
    body = field(function, "body")
    if body is None:
        return None
    return CfgBuilder().build(function, body, name)


@dataclass(slots=True)
class _Open:
    """A block under construction."""

    instructions: list[ir.Instruction] = dataclass_field(default_factory=list)
    edges: list[Edge] = dataclass_field(default_factory=list)
    panics: bool = False


class CfgBuilder(BranchLowering):
    """Lowers one function. A closure gets a builder of its own that shares slots, scopes and sites with its parent."""

    def __init__(self, parent: CfgBuilder | None = None) -> None:
        super().__init__()
        self.is_closure = False
        if parent is not None:
            self.variables = parent.variables
            self.scopes = [*parent.scopes, {}]
            self.closures = parent.closures
            self.sites = parent.sites
            self.depth = parent.depth
            self.is_closure = True
        self.blocks: list[_Open] = []
        self.current = self.new_block()
        self.exit = self.new_block()
        self.results: tuple[int, ...] = ()
        self.start(self.current)

    # --- blocks

    def new_block(self) -> int:
        """A fresh empty block."""
        self.blocks.append(_Open())
        return len(self.blocks) - 1

    def start(self, index: int) -> None:
        """Make a block the current one."""
        self.current = index
        self.instructions = self.blocks[index].instructions

    def connect(self, target: int, condition: ir.Condition | None = None) -> None:
        """An edge from the current block."""
        self.blocks[self.current].edges.append(Edge(target, condition))

    def jump(self, target: int) -> None:
        """End the current block with an edge; what follows is unreachable."""
        self.connect(target)
        self.start(self.new_block())

    # --- whole function

    def build(self, function: Node, body: Node, name: str) -> FunctionCfg:
        receiver: int | None = None
        if (node := field(function, "receiver")) is not None:
            slots = self._parameters(node, "receiver")
            receiver = slots[0] if slots else None
        parameters = self._parameters(field(function, "parameters"), "parameter")
        self._results(field(function, "result"), span_of(body))
        self.block_statement(body)
        end = Span(max(body.end_byte - 1, body.start_byte), body.end_byte)
        self.emit(ir.Return(end, explicit=False))
        self.connect(self.exit)
        blocks = tuple(
            Block(index, tuple(block.instructions), tuple(block.edges), block.panics)
            for index, block in enumerate(self.blocks)
        )
        return FunctionCfg(
            name, blocks, self.exit, tuple(self.variables), tuple(parameters), self.results,
            () if self.is_closure else tuple(self.closures),
            span_of(function), end, receiver,
        )  # fmt: skip

    def _parameters(self, node: Node | None, kind: str) -> list[int]:
        slots: list[int] = []
        for declaration in named(node) if node is not None else []:
            variadic = declaration.type == "variadic_parameter_declaration"
            type_text = ("..." if variadic else "") + text_of(field(declaration, "type"))
            names = declaration.children_by_field_name("name")
            for name in names:
                place = self.declare(name, kind, type_text)
                slots.append(place.slot if place else self.new_slot("_", kind, type_text, span_of(name)))
            if not names:
                slots.append(self.new_slot("_", kind, type_text, span_of(declaration)))
        return slots

    def _results(self, node: Node | None, body: Span) -> None:
        if node is None:
            return
        if node.type == "parameter_list":
            slots = self._parameters(node, "result")
            for slot in slots:
                self.emit(ir.Assign(Place(slot), ir.NIL, Span(body.start, body.start)))
        else:
            slots = [self.new_slot("_", "result", text_of(node), span_of(node))]
        self.results = tuple(slots)

    def lower_closure(self, node: Node) -> ir.ClosureBody:
        body = field(node, "body")
        inner = CfgBuilder(self)
        first = len(self.variables)
        if body is not None:
            cfg = inner.build(node, body, "func literal")
        else:
            cfg = FunctionCfg("func literal", (Block(0, (), ()),), 0, (), (), (), (), span_of(node), span_of(node))
        self.sites = inner.sites
        self.touched |= inner.touched
        captured = frozenset(slot for slot in inner.touched if slot < first)
        return ir.ClosureBody(cfg, captured, span_of(node))

    # --- statements

    def block_statement(self, node: Node) -> None:
        """A `{ ... }` or statement list in a scope of its own."""
        self.scopes.append({})
        for child in named(node):
            self.statement_node(child)
        self.scopes.pop()

    def statement_node(self, node: Node) -> None:
        """One statement; unknown kinds only have their expressions evaluated."""
        if self.depth >= MAX_DEPTH:
            self.emit(ir.Escape(self._opaque(node), "code nested too deeply to follow", span_of(node)))
            return
        self.depth += 1
        outer, self.statement = self.statement, span_of(node)
        kind = node.type
        method = self.statements.get(kind)
        if method is not None:
            method(self, node)
        elif kind in ("type_declaration", "empty_statement", "comment"):
            pass
        else:
            for child in named(node):
                self.emit_unused(self.lower(child), child)
        self.statement = outer
        self.depth -= 1

    def emit_unused(self, value: ir.Value, node: Node) -> None:
        """A broken or unknown statement may do anything with what it names."""
        if isinstance(value, (ir.Unknown, ir.Load)) and node.type == "ERROR":
            self.emit(ir.Escape(value, "code that does not parse", span_of(node)))

    def _do_statement_list(self, node: Node) -> None:
        for child in named(node):
            self.statement_node(child)

    def _do_block(self, node: Node) -> None:
        self.block_statement(node)

    def _do_ERROR(self, node: Node) -> None:  # noqa: N802 - the grammar's name for what does not parse
        self.emit(ir.Escape(self._opaque(node), "code that does not parse", span_of(node)))

    def _do_expression_statement(self, node: Node) -> None:
        for child in named(node):
            inner = strip_parentheses(child)
            if inner.type == "call_expression":
                self.lower_call(inner, 0)
                if self._panics(inner):
                    self.blocks[self.current].panics = True
                    self.start(self.new_block())
            else:
                self.lower(inner)

    def _panics(self, call: Node) -> bool:
        return text_of(field(call, "function")) == "panic" and self.find("panic") is None

    def _do_var_declaration(self, node: Node) -> None:
        for spec in named(node):
            specs = named(spec) if spec.type == "var_spec_list" else [spec]
            for one in specs:
                if one.type == "var_spec":
                    self._var_spec(one)

    def _var_spec(self, node: Node) -> None:
        names = node.children_by_field_name("name")
        type_node, value_node = field(node, "type"), field(node, "value")
        values = self._values(value_node, len(names)) if value_node is not None else None
        type_text = text_of(type_node)
        for index, name in enumerate(names):
            place = self.declare(name, "local", type_text)
            if place is None:
                continue
            value = values[index] if values is not None else ir.NIL
            self.emit(ir.Assign(place, value, span_of(name)))

    def _do_const_declaration(self, node: Node) -> None:
        for spec in named(node):
            for name in spec.children_by_field_name("name"):
                self.declare(name)

    def _values(self, node: Node, wanted: int) -> list[ir.Value]:
        """The right-hand side as `wanted` values."""
        nodes = named(node) if node.type == "expression_list" else [node]
        if len(nodes) == 1 and wanted > 1:
            only = strip_parentheses(nodes[0])
            if only.type == "call_expression":
                results = self.lower_call(only, wanted)
                return [*results, *[ir.UNKNOWN] * (wanted - len(results))]
            value = self.lower(only)  # v, ok := m[k], x.(T), <-c
            return [value, *[ir.UNKNOWN] * (wanted - 1)]
        values = [self.lower(child) for child in nodes]
        return [*values, *[ir.UNKNOWN] * max(0, wanted - len(values))]

    def _do_short_var_declaration(self, node: Node) -> None:
        left, right = field(node, "left"), field(node, "right")
        if left is None or right is None:
            return
        names = named(left)
        values = self._values(right, len(names))
        types = self._guessed_types(right, len(names))
        for name, value, type_text in zip(names, values, types, strict=False):
            known = self.scopes[-1].get(text_of(name))
            place = Place(known) if known is not None else self.declare(name, "local", type_text)
            self.store(place, value, span_of(name))

    def _guessed_types(self, right: Node, wanted: int) -> list[str]:
        nodes = named(right)
        return [_literal_type(nodes[index]) if len(nodes) == wanted else "" for index in range(wanted)]

    def store(self, place: Place | None, value: ir.Value, span: Span) -> None:
        """Assign where the target is followed; nothing for `_`."""
        if place is not None:
            self.emit(ir.Assign(place, value, span))

    def _do_assignment_statement(self, node: Node) -> None:
        left, right = field(node, "left"), field(node, "right")
        if left is None or right is None:
            return
        targets = named(left)
        operator = text_of(field(node, "operator"))
        values = self._read_first(self._values(right, len(targets)))
        for target, value in zip(targets, values, strict=False):
            self.assign_to(
                strip_parentheses(target), value if operator == "=" else ir.View(value, certain=False), span_of(target)
            )

    def _read_first(self, values: list[ir.Value]) -> list[ir.Value]:
        """Go reads the whole right side before it stores anything: `a, b = b, a`."""
        if len(values) < 2:
            return values
        kept: list[ir.Value] = []
        for value in values:
            if isinstance(value, ir.Load) and self.variables[value.place.slot].kind != "temporary":
                place = self.temporary(value.span)
                self.emit(ir.Assign(place, value, value.span))
                value = ir.Load(place, value.span)
            kept.append(value)
        return kept

    def assign_to(self, target: Node, value: ir.Value, span: Span) -> None:
        if target.type == "identifier" and text_of(target) == "_":
            return
        self.keys.clear()
        place = self.place_of(target)
        for key, key_span in self.keys:
            self.emit(ir.Escape(key, "a map, as its key", key_span))
        if place is None:
            where = f"{text_of(target)[:60]}"
            for part in ("operand", "index") if target.type != "identifier" else ():
                if (node := field(target, part)) is not None:
                    lowered = self.lower(node)
                    stored = ir.Escape(lowered, "a map, as its key", span_of(node))
                    self.emit(ir.Read(lowered, span_of(node)) if part == "operand" else stored)
            self.emit(ir.Escape(value, where, span))
        else:
            self.emit(ir.Assign(place, value, span))

    def _do_inc_statement(self, node: Node) -> None:
        for child in named(node):
            place = self.place_of(child)
            if place is not None and ELEMENT not in place.path:
                self.emit(ir.Assign(place, ir.View(ir.Load(place, span_of(child)), certain=False), span_of(child)))

    _do_dec_statement = _do_inc_statement

    def _do_send_statement(self, node: Node) -> None:
        channel, value = field(node, "channel"), field(node, "value")
        if channel is not None:
            self.lower(channel)
        if value is not None:
            self.emit(ir.Escape(self.lower(value), "a channel", span_of(node)))

    def _do_receive_statement(self, node: Node) -> None:
        left, right = field(node, "left"), field(node, "right")
        if right is not None:
            self.lower(right)
        if left is None:
            return
        declares = any(child.type == ":=" for child in node.children)
        for target in named(left):
            if declares:
                self.store(self.declare(target), ir.UNKNOWN, span_of(target))
            else:
                self.assign_to(strip_parentheses(target), ir.UNKNOWN, span_of(target))

    # --- leaving

    def _do_return_statement(self, node: Node) -> None:
        lists = named(node)
        if lists:
            values = self._read_first(self._values(lists[0], len(self.results)))
            for slot, value in zip(self.results, values, strict=False):
                self.emit(ir.Assign(Place(slot), value, span_of(node)))
        self.emit(ir.Return(span_of(node), explicit=True))
        self.jump(self.exit)

    def _do_defer_statement(self, node: Node) -> None:
        self._later(node, ir.Defer)

    def _do_go_statement(self, node: Node) -> None:
        self._later(node, ir.Spawn)

    def _later(self, node: Node, wrap: type[ir.Defer] | type[ir.Spawn]) -> None:
        for child in named(node):
            inner = strip_parentheses(child)
            if inner.type != "call_expression":
                continue
            call = self.prepare_call(inner, 0)
            if isinstance(call, ir.Call):
                self.emit(wrap(call))


def _literal_type(node: Node) -> str:
    """The type that an expression shows by itself: T{}, &T{}, new(T), (*T)(x); "" otherwise."""
    node = strip_parentheses(node)
    if node.type == "unary_expression" and text_of(field(node, "operator")) == "&":
        operand = field(node, "operand")
        inner = strip_parentheses(operand) if operand is not None else node
        return "*" + text_of(field(inner, "type")) if inner.type == "composite_literal" else ""
    if node.type == "composite_literal":
        return text_of(field(node, "type"))
    if node.type == "call_expression":
        function = field(node, "function")
        if function is not None and function.type == "parenthesized_expression":
            return text_of(strip_parentheses(function))
        if text_of(function) == "C.CString":
            return "*C.char"
        if text_of(function) in ("C.CBytes", "C.malloc", "unsafe.Pointer"):
            return "unsafe.Pointer"
    return ""
