"""The Go type of an expression in one function, as far as the function's own text and the C it names tell. Unknown is None.

Types are Go source: `int`, `*C.char`, `[]byte`, `unsafe.Pointer`; for constants `untyped int`, `untyped string` and so on; `func` for a
function literal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from cgo_ls.model.cdecl import CFunction, CMacro, CTypeName, CVariable
from cgo_ls.model.pseudo_c import kind_of
from cgo_ls.rules.types.parts.c_as_go import BASIC, canonical, function_of, go_type
from cgo_ls.syntax.go_nodes import Node, field, named, strip_parentheses, text_of
from cgo_ls.text.frozen import frozen

if TYPE_CHECKING:
    from cgo_ls.rules.rule import FunctionContext

_NUMBER_LIST = "int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr byte rune float32 float64"
GO_NUMBERS = frozenset(_NUMBER_LIST.split())
_GO_TYPES = GO_NUMBERS | {"string", "bool", "error", "any", "complex64", "complex128"}
_PSEUDO = {
    "CString": "*C.char", "CBytes": "unsafe.Pointer", "GoString": "string", "GoStringN": "string", "GoBytes": "[]byte",
    "malloc": "unsafe.Pointer",
}  # fmt: skip
_LITERALS = {
    "int_literal": "untyped int", "float_literal": "untyped float", "rune_literal": "untyped rune",
    "interpreted_string_literal": "untyped string", "raw_string_literal": "untyped string", "true": "untyped bool",
    "false": "untyped bool", "nil": "untyped nil", "func_literal": "func",
}  # fmt: skip
_COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">=", "&&", "||"])
_POINTER_CONVERSION = re.compile(r"\(\s*(\*+)\s*(C\.\w+|unsafe\.Pointer|[a-z]\w*)\s*\)")
_DEPTH = 40


def types_of(context: FunctionContext) -> ExpressionTypes:
    """The same object for all rules that look at one function."""
    known = context.notes.get("expression types")
    if known is None:
        known = context.notes["expression types"] = ExpressionTypes(context)
    return known


@frozen
class _Declared:
    """A name from `start` to `end`: its type as written, or the expression (result number `index` of it) it gets its type from."""

    start: int
    end: int
    type: str | None = None
    value: Node | None = None
    index: int = 0
    count: int = 1
    constant: bool = False


class ExpressionTypes:
    """Made for one function; what is asked of C goes through the function's facts."""

    def __init__(self, context: FunctionContext) -> None:
        self.facts = context.facts
        self.tree = context.analysis.tree
        self._names: dict[str, list[_Declared]] | None = None
        self._nodes = context.nodes
        self._calls: list[tuple[str, Node, list[Node]]] | None = None
        self._found: dict[int, str | None] = {}
        self._functions: dict[str, CFunction | None] = {}

    def nodes(self, *kinds: str) -> Iterator[Node]:
        """All nodes of these kinds, kind by kind."""
        for kind in kinds:
            yield from self._nodes(kind)

    def calls(self) -> list[tuple[str, Node, list[Node]]]:
        """Each call of `C.name(...)`: the name, the call, its arguments."""
        if self._calls is None:
            self._calls = list(self._read_calls())
        return self._calls

    def _read_calls(self) -> Iterator[tuple[str, Node, list[Node]]]:
        for node in self.nodes("call_expression"):
            name = c_name(strip_parentheses(field(node, "function") or node))
            arguments = field(node, "arguments") if name is not None else None
            if name is not None and arguments is not None:
                yield name, node, named(arguments)

    def of(self, node: Node | None, depth: int = 0) -> str | None:
        """The type of an expression, worked out once: `b := a + a; c := b + b` would double with each line."""
        if node is None or depth > _DEPTH:
            return None
        number = node.id
        if number in self._found:
            return self._found[number]
        inner = strip_parentheses(node)
        kind = inner.type
        found = _LITERALS.get(kind)
        if found is None and (handler := HANDLERS.get(kind)) is not None:
            found = handler(self, inner, depth + 1)
        self._found[number] = found
        return found

    def function(self, name: str) -> CFunction | None:
        """The C function that C.name calls; None where it is none, or not known for certain."""
        if name not in self._functions:
            self._functions[name] = function_of(name, self.facts.resolve_c, self.facts.includes)
        return self._functions[name]

    def canonical(self, go: str | None) -> tuple[str, bool] | None:
        return canonical(go, self.facts.resolve_c) if go is not None else None

    def declares(self, name: str, node: Node) -> bool:
        """Whether a variable of the function has this name where `node` stands."""
        return self._lookup(name, node.start_byte) is not None

    # --- one method a kind of expression ---

    def identifier(self, node: Node, depth: int) -> str | None:
        name = text_of(node)
        declared = self._lookup(name, node.start_byte)
        if declared is None:
            return None
        if declared.type is not None:
            return self._known(declared.type)
        if declared.value is None:
            return None
        if declared.count > 1 and declared.index == 1 and _is_c_call(declared.value):
            return "error"
        found = self.of(declared.value, depth) if declared.index == 0 else None
        if found is None or (declared.count > 1 and not _is_c_call(declared.value)):
            return None
        return found if declared.constant else _default(found)

    def selector(self, node: Node, depth: int) -> str | None:
        name = c_name(node)
        if name is not None:
            return self._c_value(name)
        operand, wanted = field(node, "operand"), text_of(field(node, "field"))
        kind = self.canonical(self.of(operand, depth))
        if kind is None:
            return None
        fields = self.fields(kind[0].removeprefix("*"))
        return fields.get(wanted) if fields is not None else None

    def fields(self, kind: str) -> dict[str, str | None] | None:
        """The fields of a C struct by their names in Go; None where they are not all known."""
        struct = self.struct(kind)
        if struct is None or not struct.fields:
            return None
        return {each.name: go_type(each.type) for each in struct.fields}

    def struct(self, kind: str) -> CTypeName | None:
        """The one declaration with fields of `C.struct_s`, `C.union_u`, or a typedef of one without a tag."""
        known = self.facts.resolve_c(kind[2:]) if kind.startswith("C.") else None
        if known is None or known.kind != "type":
            return None
        types = [each for each in known.declarations if isinstance(each, CTypeName) and "{" in each.text]
        return types[0] if len(types) == 1 else None

    def call(self, node: Node, depth: int) -> str | None:
        callee = field(node, "function")
        arguments = field(node, "arguments")
        values = named(arguments) if arguments is not None else []
        if callee is None:
            return None
        name = c_name(strip_parentheses(callee))
        if name is not None:
            return self._c_call(name, values)
        text = text_of(callee)
        converted = _POINTER_CONVERSION.fullmatch(text)
        if converted is not None:
            return self._known(converted[1] + converted[2])
        if text in _GO_TYPES or text == "unsafe.Pointer":
            return text if callee.type != "identifier" or not self.declares(text, callee) else None
        if text in ("len", "cap", "copy"):
            return "int"
        if text in ("unsafe.Sizeof", "unsafe.Offsetof"):
            return "uintptr"
        if text in ("make", "new") and values:
            made = self._known(text_of(values[0]))
            return made if made is None or text == "make" else f"*{made}"
        return self.of(values[0], depth) if text == "append" and values else None

    def conversion(self, node: Node, depth: int) -> str | None:
        return self._known(text_of(field(node, "type")))

    def literal(self, node: Node, depth: int) -> str | None:
        return self._known(text_of(field(node, "type")))

    def unary(self, node: Node, depth: int) -> str | None:
        operator, operand = node.children[0].type, field(node, "operand")
        inner = self.of(operand, depth)
        if operator == "&":
            return f"*{inner}" if inner is not None and not inner.startswith("untyped") else None
        if operator == "*":
            return inner[1:] if inner is not None and inner.startswith("*") else None
        if operator in ("-", "+", "^"):
            return inner
        return inner if operator == "!" and inner in ("untyped bool", "bool", "C._Bool", "C.bool") else None

    def binary(self, node: Node, depth: int) -> str | None:
        operator = text_of(field(node, "operator"))
        if operator in _COMPARISONS:
            return "untyped bool"
        left, right = self.of(field(node, "left"), depth), self.of(field(node, "right"), depth)
        if operator in ("<<", ">>"):
            return left if left is not None and not left.startswith("untyped") else None
        if left is None or right is None:
            return None
        if left.startswith("untyped") and right.startswith("untyped"):
            return left if left == right else None
        if left.startswith("untyped"):
            return right
        return left

    def index(self, node: Node, depth: int) -> str | None:
        inner = self.of(field(node, "operand"), depth)
        if inner is None:
            return None
        if inner == "string":
            return "byte"
        array = re.fullmatch(r"\[[^\[\]]*\](.+)", inner)
        return array[1] if array is not None else None

    def slice(self, node: Node, depth: int) -> str | None:
        inner = self.of(field(node, "operand"), depth)
        if inner is None or inner == "string":
            return inner
        array = re.fullmatch(r"\*?\[[^\[\]]*\](.+)", inner)
        return f"[]{array[1]}" if array is not None else None

    # --- C ---

    def _c_value(self, name: str) -> str | None:
        """`C.name` that is not called."""
        if name == "NULL":
            return "unsafe.Pointer"
        if name.startswith("sizeof_"):
            return "untyped int"
        known = self.facts.resolve_c(name)
        if known is None or not known.declarations:
            return None
        if known.kind == "enum":
            return "untyped int"
        if known.kind == "variable":
            kinds = {each.type for each in known.declarations if isinstance(each, CVariable)}
            found = go_type(kinds.pop()) if len(kinds) == 1 else None
            return found or None
        if known.kind == "macro" and all(
            isinstance(each, CMacro) and each.parameters is None for each in known.declarations
        ):
            values = {each.value for each in known.declarations if isinstance(each, CMacro)}
            value = values.pop() if len(values) == 1 else ""
            if re.fullmatch(r"-?(?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*", value):
                return "untyped int"
            return "untyped string" if re.fullmatch(r'"[^"\\]*"', value) else None
        return None

    def _c_call(self, name: str, values: list[Node]) -> str | None:
        if kind_of(name) == "function":
            return _PSEUDO.get(name)
        if self.is_c_type(name):
            return f"C.{name}"
        function = self.function(name)
        return go_type(function.result) or None if function is not None else None

    def is_c_type(self, name: str) -> bool:
        """Whether C.name is a type for certain."""
        if f"C.{name}" in BASIC or kind_of(name) == "type":
            return True
        known = self.facts.resolve_c(name)
        return known is not None and known.kind == "type" and bool(known.declarations)

    def _known(self, text: str) -> str | None:
        """The type as written, if it is one whose meaning does not depend on the rest of the package."""
        text, bare = _bare(text)
        if bare in _GO_TYPES:
            return text if not self.facts.is_go_type(bare) else None
        if bare == "unsafe.Pointer" or bare == "C.void":
            return text
        if bare.startswith("C.") and bare[2:].isidentifier():
            return text
        if re.match(r"map\[|chan\b|func\b", bare):
            return text
        return None

    def _lookup(self, name: str, position: int) -> _Declared | None:
        if self._names is None:
            self._names = self._declared_names()
        found = [each for each in self._names.get(name, ()) if each.start <= position < each.end]
        return max(found, key=lambda each: (-each.end, each.start), default=None)

    def _declared_names(self) -> dict[str, list[_Declared]]:
        """Every variable of the function and where it is seen; a name that is declared in a way not understood has no type."""
        found: dict[str, list[_Declared]] = defaultdict(list)
        for node in self.nodes("parameter_declaration", "variadic_parameter_declaration"):
            kind = text_of(field(node, "type"))
            kind = f"[]{kind}" if node.type.startswith("variadic") else kind
            for name in node.children_by_field_name("name"):
                found[text_of(name)].append(_Declared(node.start_byte, _scope_end(node), kind))
        for node in self.nodes("range_clause", "receive_statement", "type_switch_statement"):
            left = field(node, "left") or field(node, "alias")
            for name in named(left) if left is not None else []:
                found[text_of(name)].append(_Declared(node.start_byte, _scope_end(node)))
        for node in self.nodes("var_spec", "const_spec"):
            _add(found, node, node.children_by_field_name("name"), field(node, "type"), field(node, "value"))
        for node in self.nodes("short_var_declaration"):
            left = field(node, "left")
            _add(found, node, named(left) if left is not None else [], None, field(node, "right"))
        return found


def c_name(node: Node | None) -> str | None:
    """`name` of the selector `C.name`."""
    if node is None or node.type not in ("selector_expression", "qualified_type"):
        return None
    text = text_of(node)
    return text[2:] if text.startswith("C.") and text[2:].isidentifier() else None


@lru_cache(maxsize=2_000)
def _bare(text: str) -> tuple[str, str]:
    """A type on one line, and what is behind its stars and brackets."""
    text = re.sub(r"\s+", " ", text.strip())
    return text, re.sub(r"^(?:\*|\[[0-9]*\])+", "", text)


def _is_c_call(node: Node) -> bool:
    node = strip_parentheses(node)
    return node.type == "call_expression" and c_name(strip_parentheses(node.child(0) or node)) is not None


def _default(kind: str) -> str | None:
    """The type of a variable that gets an untyped constant."""
    if not kind.startswith("untyped "):
        return kind
    return {"int": "int", "float": "float64", "rune": "rune", "string": "string", "bool": "bool"}.get(kind[8:])


_SCOPE_LIST = """
block function_declaration method_declaration func_literal if_statement for_statement expression_switch_statement
type_switch_statement select_statement expression_case default_case type_case communication_case
"""
_SCOPES = frozenset(_SCOPE_LIST.split())


def _add(
    found: dict[str, list[_Declared]], node: Node, names: list[Node], kind: Node | None, right: Node | None
) -> None:
    names = [name for name in names if name.type == "identifier"]
    values = named(right) if right is not None else []
    end = _scope_end(node)
    for index, name in enumerate(names):
        if kind is not None:
            declared = _Declared(node.end_byte, end, text_of(kind))
        elif len(values) == len(names):
            declared = _Declared(node.end_byte, end, None, values[index], constant=node.type == "const_spec")
        elif len(values) == 1:
            declared = _Declared(node.end_byte, end, None, values[0], index, len(names))
        else:
            declared = _Declared(node.end_byte, end)
        if node.type == "short_var_declaration" and any(
            earlier.end == end and earlier.start <= node.start_byte for earlier in found[text_of(name)]
        ):
            continue  # an assignment to what the same block declared
        found[text_of(name)].append(declared)


def _scope_end(node: Node) -> int:
    above = node.parent
    while above is not None and above.type not in _SCOPES:
        above = above.parent
    return above.end_byte if above is not None else node.end_byte


HANDLERS = {
    "identifier": ExpressionTypes.identifier,
    "selector_expression": ExpressionTypes.selector,
    "call_expression": ExpressionTypes.call,
    "type_conversion_expression": ExpressionTypes.conversion,
    "composite_literal": ExpressionTypes.literal,
    "unary_expression": ExpressionTypes.unary,
    "binary_expression": ExpressionTypes.binary,
    "index_expression": ExpressionTypes.index,
    "slice_expression": ExpressionTypes.slice,
}
