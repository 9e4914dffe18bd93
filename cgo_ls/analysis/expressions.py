"""Go expressions to values, emitting the calls, reads and stores they make, in evaluation order."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from cgo_ls.analysis import ir
from cgo_ls.analysis.places import ELEMENT, Place
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of, walk
from cgo_ls.text.span import Span

MAX_DEPTH = 120
"""Nesting beyond which an expression or statement is not looked into: its variables flow into an unknown value."""

BUILTINS = frozenset(
    [
        "append",
        "cap",
        "clear",
        "close",
        "complex",
        "copy",
        "delete",
        "imag",
        "len",
        "make",
        "max",
        "min",
        "new",
        "panic",
        "print",
        "println",
        "real",
        "recover",
    ]
)
BASIC_TYPES = frozenset(
    [
        "bool",
        "byte",
        "complex64",
        "complex128",
        "error",
        "float32",
        "float64",
        "int",
        "int8",
        "int16",
        "int32",
        "int64",
        "rune",
        "string",
        "uint",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "any",
    ]
)
TYPE_NODES = frozenset(
    [
        "pointer_type",
        "qualified_type",
        "type_identifier",
        "array_type",
        "slice_type",
        "map_type",
        "channel_type",
        "function_type",
        "struct_type",
        "interface_type",
        "generic_type",
        "parenthesized_type",
        "implicit_length_array_type",
    ]
)
IDENTIFIERS = frozenset({"identifier", "package_identifier"})
LITERALS = frozenset(
    [
        "int_literal",
        "float_literal",
        "imaginary_literal",
        "rune_literal",
        "interpreted_string_literal",
        "raw_string_literal",
        "true",
        "false",
        "iota",
    ]
)


class ExpressionLowering:
    """The expression half of the builder: scopes, slots, and `lower`. Statements are in cfg_builder.

    `expressions` and `statements`: by kind of node, the method `_lower_kind` or `_do_kind` that knows it.
    """

    expressions: ClassVar[dict[str, Callable[..., ir.Value]]] = {}
    statements: ClassVar[dict[str, Callable[..., None]]] = {}

    def __init_subclass__(cls) -> None:
        cls.expressions = {name[7:]: getattr(cls, name) for name in dir(cls) if name.startswith("_lower_")}
        cls.statements = {name[4:]: getattr(cls, name) for name in dir(cls) if name.startswith("_do_")}

    def __init__(self) -> None:
        self.variables: list[ir.Variable] = []
        self.scopes: list[dict[str, int]] = [{}]
        self.instructions: list[ir.Instruction] = []
        self.closures: list[ir.ClosureBody] = []
        self.touched: set[int] = set()
        self.keys: list[tuple[ir.Value, Span]] = []
        self.statement = Span(0, 0)
        self.sites = 0
        self.depth = 0

    # --- slots and scopes

    def new_slot(self, name: str, kind: str, type_text: str, span: Span) -> int:
        """A fresh slot; the caller declares its name in a scope where it has one."""
        slot = len(self.variables)
        self.variables.append(ir.Variable(slot, name, kind, type_text, span))  # pyright: ignore[reportArgumentType]
        return slot

    def declare(self, node: Node, kind: str = "local", type_text: str = "") -> Place | None:
        """A new variable named by `node` in the innermost scope; None for `_`."""
        name = text_of(node)
        if name == "_":
            return None
        slot = self.new_slot(name, kind, type_text, span_of(node))
        self.scopes[-1][name] = slot
        return Place(slot)

    def find(self, name: str) -> int | None:
        """The slot a name means here, or None for a package-level or unknown name."""
        for scope in reversed(self.scopes):
            if name in scope:
                self.touched.add(scope[name])
                return scope[name]
        return None

    def temporary(self, span: Span, kind: str = "temporary", type_text: str = "") -> Place:
        """A place for a result or a composite literal's memory."""
        return Place(self.new_slot("", kind, type_text, span))

    def emit(self, instruction: ir.Instruction) -> None:
        """Append to the current block."""
        self.instructions.append(instruction)

    # --- expressions

    def lower(self, node: Node) -> ir.Value:
        """The value of an expression. Beyond MAX_DEPTH everything flows into an unknown."""
        kind = node.type
        if kind == "parenthesized_expression":
            node = strip_parentheses(node)
            kind = node.type
        if self.depth >= MAX_DEPTH:
            return self._opaque(node)
        self.depth += 1
        try:
            method = self.expressions.get(kind)
            if method is not None:
                return method(self, node)
            if kind in LITERALS:
                return ir.Constant(text_of(node))
            if kind in TYPE_NODES:
                return ir.UNKNOWN
            return ir.Unknown(tuple(self.lower(child) for child in named(node)))
        finally:
            self.depth -= 1

    def _opaque(self, node: Node) -> ir.Value:
        uses: list[ir.Value] = []
        for inner in walk(node):
            if inner.type == "identifier" and (slot := self.find(text_of(inner))) is not None and len(uses) < 1000:
                uses.append(ir.Load(Place(slot), span_of(inner)))
        return ir.Unknown(tuple(uses))

    def _lower_nil(self, node: Node) -> ir.Value:
        return ir.NIL

    def _lower_identifier(self, node: Node) -> ir.Value:
        name = text_of(node)
        slot = self.find(name)
        if slot is not None:
            return ir.Load(Place(slot), span_of(node))
        if name == "nil":
            return ir.NIL
        if name in ("true", "false"):
            return ir.Constant(name)
        return ir.FunctionReference(name)

    def _lower_unary_expression(self, node: Node) -> ir.Value:
        operand = field(node, "operand")
        if operand is None:
            return ir.UNKNOWN
        operator = text_of(field(node, "operator"))
        inner = strip_parentheses(operand)
        if operator == "&":
            if inner.type == "composite_literal":
                return ir.AddressOf(self._literal(inner))
            place = self.place_of(inner)
            return ir.AddressOf(place) if place is not None else ir.View(self.lower(inner))
        if operator == "*":
            place = self.place_of(node)
            return ir.Load(place, span_of(node)) if place is not None else self._read(inner)
        value = self.lower(inner)
        if operator in ("-", "+") and isinstance(value, ir.Constant):
            return ir.Constant(operator + value.text)
        return ir.Unknown((value,)) if operator == "<-" else ir.UNKNOWN

    def _read(self, node: Node) -> ir.Value:
        value = self.lower(node)
        self.emit(ir.Read(value, span_of(node)))
        return ir.UNKNOWN

    def _lower_binary_expression(self, node: Node) -> ir.Value:
        left, right = field(node, "left"), field(node, "right")
        values = tuple(self._used(side) for side in (left, right) if side is not None)
        operator = text_of(field(node, "operator"))
        if operator in ("+", "-", "|", "&", "&^"):
            pointers = [value for value in values if isinstance(value, (ir.View, ir.Load))]
            return ir.View(pointers[0], certain=False) if len(pointers) == 1 else ir.UNKNOWN
        return ir.UNKNOWN

    def _converted(self, node: Node, kind: str) -> ir.Value:
        """The operand of `int(x)`: an element that Go makes a number of is none of the pointers the container may hold."""
        inner = strip_parentheses(node)
        if inner.type == "index_expression" and kind not in ("any", "error", "string"):
            place = self.place_of(inner)
            if place is not None and ELEMENT in place.path:
                slot, path = place
                span = span_of(inner)
                self.emit(ir.Read(ir.Load(Place(slot, path[: path.index(ELEMENT)]), span), span))
                return ir.UNKNOWN
        return self._used(node)

    def _used(self, node: Node) -> ir.Value:
        """A value that only goes into a number: a read on the way (`*p`, `p.count`) must still be seen."""
        value = self.lower(node)
        if isinstance(value, ir.Load) and value.place.path:
            self.emit(ir.Assign(self.temporary(value.span), value, value.span))
        return value

    def _lower_selector_expression(self, node: Node) -> ir.Value:
        operand = field(node, "operand")
        if operand is not None and operand.type in IDENTIFIERS and self.find(text_of(operand)) is None:
            return ir.FunctionReference(text_of(node))
        place = self.place_of(node)
        if place is not None:
            return ir.Load(place, span_of(node))
        if operand is None:
            return ir.UNKNOWN
        value = self.lower(operand)
        if isinstance(value, ir.Load) and not value.place.path:
            # C.f(x).field: what the struct holds goes with its field.
            self.emit(ir.Read(value, span_of(operand)))
            return ir.Load(value.place.inside(text_of(field(node, "field"))), span_of(node))
        self.emit(ir.Read(value, span_of(operand)))
        return ir.UNKNOWN

    def _lower_index_expression(self, node: Node) -> ir.Value:
        place = self.place_of(node)
        if place is not None:
            return ir.Load(place, span_of(node))
        operand, index = field(node, "operand"), field(node, "index")
        value = self._read(operand) if operand is not None else ir.UNKNOWN
        if index is not None and index.type not in TYPE_NODES:
            self.lower(index)
        return value

    def _lower_slice_expression(self, node: Node) -> ir.Value:
        operand = field(node, "operand")
        for name in ("start", "end", "capacity"):
            if (part := field(node, name)) is not None:
                self.lower(part)
        return ir.View(self.lower(operand)) if operand is not None else ir.UNKNOWN

    def _lower_type_assertion_expression(self, node: Node) -> ir.Value:
        operand = field(node, "operand")
        return self.lower(operand) if operand is not None else ir.UNKNOWN

    def _lower_type_conversion_expression(self, node: Node) -> ir.Value:
        operand, target = field(node, "operand"), field(node, "type")
        if operand is None:
            return ir.UNKNOWN
        value = self.lower(operand)
        text = text_of(target)
        if text in ("[]byte", "[]rune"):
            return ir.UNKNOWN
        return value

    def _lower_composite_literal(self, node: Node) -> ir.Value:
        return ir.Load(self._literal(node), span_of(node))

    def _literal(self, node: Node) -> Place:
        """The memory of a composite literal; its followed parts are assigned to places inside."""
        type_text = text_of(field(node, "type"))
        place = self.temporary(span_of(node), "literal", type_text)
        self.emit(ir.Assign(place, ir.NON_NIL, span_of(node)))
        body = field(node, "body")
        if body is not None:
            self._fill_literal(place, body, keyed_by_name=not type_text.startswith(("map", "[")))
        return place

    def _fill_literal(self, place: Place, body: Node, keyed_by_name: bool) -> None:
        for index, element in enumerate(named(body)):
            key, inner = None, element
            if element.type == "keyed_element":
                parts = named(element)
                if len(parts) < 2:
                    continue
                key, inner = parts[0], parts[-1]
            children = named(inner) if inner.type == "literal_element" else [inner]
            if not children:
                continue
            if key is None:
                step = f"[{index}]" if not keyed_by_name else f"#{index}"
            else:
                step = text_of(key) if keyed_by_name else f"[{text_of(key)}]" if text_of(key).isdigit() else ELEMENT
                if not keyed_by_name:
                    self.lower(named(key)[0] if key.type == "literal_element" and named(key) else key)
            value = children[0]
            if value.type == "literal_value":
                if self.depth < MAX_DEPTH:
                    self.depth += 1
                    self._fill_literal(place.inside(step), value, keyed_by_name=True)
                    self.depth -= 1
                continue
            lowered = self.lower(value)
            if step == ELEMENT:
                self.emit(ir.Escape(lowered, "a map", span_of(value)))
            else:
                self.emit(ir.Assign(place.inside(step), lowered, span_of(value)))

    def _lower_func_literal(self, node: Node) -> ir.Value:
        body = self.lower_closure(node)
        self.closures.append(body)
        return ir.Closure(len(self.closures) - 1)

    def lower_closure(self, node: Node) -> ir.ClosureBody:
        """Build the nested graph; the statement half knows how."""
        raise NotImplementedError

    # --- places

    def place_of(self, node: Node) -> Place | None:
        """The place an addressable expression names, its index expressions evaluated; None, and nothing evaluated, where it is
        not followed: then the caller lowers the parts, each once."""
        steps: list[str] = []
        indexes: list[Node] = []
        node = strip_parentheses(node)
        while len(steps) < 12:
            if node.type == "identifier":
                slot = self.find(text_of(node))
                if slot is None:
                    return None
                self.keys += [(self.lower(index), span_of(index)) for index in reversed(indexes)]
                return Place(slot, tuple(reversed(steps)))
            operand = field(node, "operand")
            if operand is None:
                return None
            if node.type == "selector_expression":
                steps.append(text_of(field(node, "field")))
            elif node.type == "index_expression":
                index = field(node, "index")
                constant = index is not None and index.type == "int_literal"
                if index is not None and not constant:
                    indexes.append(index)
                steps.append(f"[{text_of(index)}]" if constant else ELEMENT)
            elif node.type == "unary_expression" and text_of(field(node, "operator")) == "*":
                steps.append("*")
            elif node.type == "slice_expression":
                pass
            else:
                return None
            node = strip_parentheses(operand)
        return None

    # --- calls

    def _lower_call_expression(self, node: Node) -> ir.Value:
        results = self.lower_call(node, 1)
        return results[0] if results else ir.UNKNOWN

    def lower_call(self, node: Node, wanted: int) -> list[ir.Value]:
        """The values of a call with `wanted` results, having emitted it; conversions are seen through."""
        made = self.prepare_call(node, wanted)
        if isinstance(made, ir.Call):
            self.emit(made)
            return [ir.Load(Place(slot), span_of(node)) for slot in made.results]
        return [made, *[ir.UNKNOWN] * (wanted - 1)]

    def prepare_call(self, node: Node, wanted: int) -> ir.Call | ir.Value:
        """The call as an instruction (not yet emitted), or the value of what only looks like a call: a conversion, new."""
        function, arguments = field(node, "function"), field(node, "arguments")
        if function is None:
            return ir.UNKNOWN
        function = strip_parentheses(function)
        if function.type == "index_expression" and (base := field(function, "operand")) is not None:
            function = base  # f[int](x)
        elif function.type == "type_instantiation_expression":
            function = named(function)[0]
        nodes = [] if arguments is None else named(arguments)
        conversion = self._conversion(function, nodes)
        if conversion is not None:
            return conversion
        callee, values, spans, receiver_type = self._callee(function)
        for argument in nodes:
            if argument.type in TYPE_NODES:
                continue
            value = self.lower(
                named(argument)[0] if argument.type == "variadic_argument" and named(argument) else argument
            )
            values.append(ir.View(value) if argument.type == "variadic_argument" else value)
            spans.append(span_of(argument))
        if callee.kind == "builtin" and callee.name in ("new", "make"):
            place = self.temporary(span_of(node), "literal", "*" + text_of(nodes[0]) if nodes else "")
            self.emit(ir.Assign(place, ir.NON_NIL, span_of(node)))
            return ir.AddressOf(place) if callee.name == "new" else ir.Load(place, span_of(node))
        slots = tuple(self.new_slot("", "temporary", "", span_of(node)) for _ in range(wanted))
        self.sites += 1
        return ir.Call(
            callee,
            tuple(values),
            tuple(spans),
            slots,
            self.sites,
            span_of(node),
            span_of(function),
            self.statement,
            receiver_type,
        )

    def _conversion(self, function: Node, nodes: list[Node]) -> ir.Value | None:
        """The value of `(*T)(x)`, `unsafe.Pointer(x)`, `uintptr(x)`, `unsafe.Slice(x, n)`; None when it is a call."""
        text = text_of(function) if function.end_byte - function.start_byte < 40 else ""
        if function.type == "unary_expression" or function.type in TYPE_NODES:
            return self.lower(nodes[0]) if nodes else ir.UNKNOWN
        if function.type == "identifier" and text in BASIC_TYPES and self.find(text) is None:
            value = self._converted(nodes[0], text) if nodes else ir.UNKNOWN
            if text in ("any", "error"):
                return value
            if not isinstance(value, ir.Load):
                return ir.UNKNOWN
            return ir.View(
                value, False, number=bool(value.place.path) or self.variables[value.place.slot].kind == "temporary"
            )
        if text == "uintptr":
            return ir.View(self.lower(nodes[0]), certain=False) if nodes else ir.UNKNOWN
        if not text.startswith("unsafe.") or not nodes:
            return None
        if text == "unsafe.Pointer":
            return self.lower(nodes[0])
        values = [self.lower(argument) for argument in nodes]
        if text in ("unsafe.Slice", "unsafe.String", "unsafe.Add", "unsafe.SliceData", "unsafe.StringData"):
            return ir.View(values[0])
        return ir.UNKNOWN

    def _callee(self, function: Node) -> tuple[ir.Callee, list[ir.Value], list[Span], str]:
        """Callee, the arguments it implies (receiver or function value) with their spans, and the receiver's type if known."""
        if function.type == "identifier":
            name = text_of(function)
            slot = self.find(name)
            if slot is not None:
                return ir.Callee("value", name), [ir.Load(Place(slot), span_of(function))], [span_of(function)], ""
            return ir.Callee("builtin" if name in BUILTINS else "go", name), [], [], ""
        operand, selected = field(function, "operand"), field(function, "field")
        if function.type == "selector_expression" and operand is not None and selected is not None:
            name = text_of(selected)
            operand = strip_parentheses(operand)
            slot = self.find(text_of(operand)) if operand.type in IDENTIFIERS else None
            if operand.type in IDENTIFIERS and slot is None:
                package = text_of(operand)
                return (
                    (ir.Callee("c", name) if package == "C" else ir.Callee("package", f"{package}.{name}")),
                    [],
                    [],
                    "",
                )
            receiver = self._receiver(operand)
            type_text = self.variables[slot].type if slot is not None else ""
            return ir.Callee("method", "." + name), [receiver], [span_of(operand)], type_text
        return ir.Callee("value", ""), [self.lower(function)], [span_of(function)], ""

    def _receiver(self, operand: Node) -> ir.Value:
        """`x.M()` may change x: pass its address, as Go does for pointer receivers."""
        place = self.place_of(operand)
        if place is not None:
            return ir.AddressOf(place)
        return self.lower(operand)
