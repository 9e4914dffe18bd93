"""The Go types of a function's expressions, and whose memory a pointer leads to, as far as the package's own text tells."""

from __future__ import annotations

import re
from typing import Literal

from cgo_ls.analysis.effects import is_pointer_like
from cgo_ls.analysis.expressions import BASIC_TYPES, TYPE_NODES
from cgo_ls.model.cdecl import CFunction, CTypeName, CVariable
from cgo_ls.model.go_types import find_field
from cgo_ls.rules.pointers.parts.go_names import Declared, GoNames
from cgo_ls.rules.rule import FunctionContext
from cgo_ls.syntax.go_nodes import Node, field, function_node, named, strip_parentheses, text_of

MAX_DEPTH = 12
"""How many steps an expression's type is followed; beyond it is unknown."""

Memory = Literal["go", "c", ""]
"""Whose memory a pointer leads to; "" where that is not known."""

_PSEUDO = {
    "CString": "*C.char",
    "CBytes": "unsafe.Pointer",
    "malloc": "unsafe.Pointer",
    "GoString": "string",
    "GoStringN": "string",
    "GoBytes": "[]byte",
}
_PACKAGES = {
    "cgo.NewHandle": "cgo.Handle",
    "unsafe.Pointer": "unsafe.Pointer",
    "unsafe.StringData": "*byte",
    "unsafe.String": "string",
    "unsafe.Sizeof": "uintptr",
    "uintptr": "uintptr",
    "fmt.Sprintf": "string",
    "strings.Join": "string",
    "errors.New": "error",
    "fmt.Errorf": "error",
}
_LITERALS = {
    "interpreted_string_literal": "string",
    "raw_string_literal": "string",
    "int_literal": "int",
    "float_literal": "float64",
    "rune_literal": "rune",
    "true": "bool",
    "false": "bool",
}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "&&", "||"})
_ELEMENT = re.compile(r"(?:\[[^\[\]]*\]|map\[[^\[\]]*\])(.+)", re.DOTALL)


def values_of(context: FunctionContext) -> GoValues:
    """The one of a function, made when the first rule asks for it."""
    known = context.notes.get("values")
    if known is None:
        known = context.notes["values"] = GoValues(context)
    return known


class GoValues:
    """Answers about one function's expressions. "" and None are "not known"."""

    def __init__(self, context: FunctionContext) -> None:
        root = function_node(context.analysis.tree)
        self.function: Node = root if root is not None else context.analysis.tree
        self.facts = context.facts
        self.nodes = context.nodes
        self.names = GoNames(context.nodes)
        self.c_calls: list[tuple[Node, str]] | None = None
        self._assigned: set[int] | None = None

    # --- types

    def type_of(self, node: Node | None, depth: int = 0) -> str:
        """The type of an expression as Go writes it, without spaces at its ends."""
        if node is None or depth > MAX_DEPTH:
            return ""
        node = strip_parentheses(node)
        method = getattr(self, "_type_of_" + node.type, None)
        if method is not None:
            return method(node, depth + 1)
        return _LITERALS.get(node.type, "")

    def declared_type(self, declared: Declared, depth: int = 0) -> str:
        """The type of a declared name: as written, or that of its value."""
        if declared.type or declared.value is None:
            return declared.type
        if declared.kind == "range":
            return self._ranged_type(declared, depth)
        if declared.count > 1:
            results = self._results_of(declared.value, depth)
            return results[declared.index] if declared.index < len(results) else ""
        return self.type_of(declared.value, depth)

    def underlying(self, type_text: str) -> str:
        """What stands behind a Go type of the package (`type handle uintptr` -> "uintptr"); the text itself for any other."""
        for _ in range(MAX_DEPTH):
            found = self.facts.go_type(type_text) if type_text.isidentifier() else None
            if found is None or found.kind not in ("alias", "defined", "other"):
                break
            type_text = found.underlying
        return type_text

    def _ranged_type(self, declared: Declared, depth: int) -> str:
        ranged = self.underlying(self.type_of(declared.value, depth + 1))
        if ranged.startswith("map["):
            return "" if declared.index == 0 else element_type(ranged)
        if declared.index == 0:
            return "int" if ranged.startswith("[") or ranged in ("int", "string") else ""
        return element_type(ranged)

    def _type_of_identifier(self, node: Node, depth: int) -> str:
        declared = self.names.find(node)
        return self.declared_type(declared, depth) if declared is not None else ""

    def _type_of_unary_expression(self, node: Node, depth: int) -> str:
        operator, operand = text_of(field(node, "operator")), field(node, "operand")
        inner = self.type_of(operand, depth)
        if operator == "&":
            return "*" + inner if inner else ""
        if operator == "*":
            inner = self.underlying(inner)
            return inner[1:] if inner.startswith("*") else ""
        return "bool" if operator == "!" else inner if operator in ("-", "+", "^") else ""

    def _type_of_binary_expression(self, node: Node, depth: int) -> str:
        if text_of(field(node, "operator")) in _COMPARISONS:
            return "bool"
        left, right = field(node, "left"), field(node, "right")
        literal = left is not None and strip_parentheses(left).type.endswith("_literal")
        return self.type_of(right if literal else left, depth)

    def _type_of_composite_literal(self, node: Node, depth: int) -> str:
        return text_of(field(node, "type"))

    def _type_of_type_assertion_expression(self, node: Node, depth: int) -> str:
        return text_of(field(node, "type"))

    def _type_of_type_conversion_expression(self, node: Node, depth: int) -> str:
        text = text_of(field(node, "type"))
        if is_dereferenced(node):
            return text[1:].strip("()").removeprefix("*")
        return text.strip("()")

    def _type_of_func_literal(self, node: Node, depth: int) -> str:
        return "func()"

    def _type_of_slice_expression(self, node: Node, depth: int) -> str:
        inner = self.underlying(self.type_of(field(node, "operand"), depth))
        if inner.startswith("*["):
            inner = inner[1:]
        return "[]" + element_type(inner) if inner.startswith("[") else inner

    def _type_of_index_expression(self, node: Node, depth: int) -> str:
        inner = self.underlying(self.type_of(field(node, "operand"), depth))
        if inner == "string":
            return "byte"
        return element_type(inner[1:] if inner.startswith("*[") else inner)

    def _type_of_selector_expression(self, node: Node, depth: int) -> str:
        operand, name = field(node, "operand"), text_of(field(node, "field"))
        if operand is None:
            return ""
        if operand.type == "identifier" and self.names.find(operand) is None:
            return self._c_value_type(name) if text_of(operand) == "C" else ""
        owner = self.type_of(operand, depth)
        if not owner:
            return ""
        if owner.lstrip("*").startswith("C."):
            return self._c_field_type(owner.lstrip("*")[2:], name)
        found = find_field(owner, name, self.facts.go_type)
        return found.type if found is not None else ""

    def _type_of_call_expression(self, node: Node, depth: int) -> str:
        results = self._results_of(node, depth)
        return results[0] if len(results) == 1 else ""

    def _results_of(self, node: Node, depth: int) -> tuple[str, ...]:
        """The types of all results of a call; () where they are not known."""
        node = strip_parentheses(node)
        if node.type != "call_expression" or depth > MAX_DEPTH:
            return ()
        function = field(node, "function")
        if function is None:
            return ()
        function = strip_parentheses(function)
        arguments = arguments_of(node)
        text = text_of(function)
        if function.type in TYPE_NODES:
            return (text,)
        if function.type == "unary_expression":  # (*T)(x)
            return (text,)
        if function.type == "selector_expression":
            return self._selected_results(function, text, arguments, depth)
        if function.type != "identifier" or self.names.find(function) is not None:
            return ()
        if text in ("new", "make", "append", "len", "cap", "copy", "min", "max"):
            return self._builtin_results(text, arguments, depth)
        if text in BASIC_TYPES or text == "uintptr" or self.facts.is_go_type(text):
            return (text,)
        signature = self.facts.go_signature(text)
        return signature.results if signature is not None and not signature.generic else ()

    def _builtin_results(self, name: str, arguments: list[Node], depth: int) -> tuple[str, ...]:
        if not arguments:
            return ()
        if name == "new":
            return ("*" + text_of(arguments[0]),)
        if name == "make":
            return (text_of(arguments[0]),)
        return ("int",) if name in ("len", "cap", "copy") else (self.type_of(arguments[0], depth),)

    def _selected_results(self, function: Node, text: str, arguments: list[Node], depth: int) -> tuple[str, ...]:
        operand, name = field(function, "operand"), text_of(field(function, "field"))
        if operand is None:
            return ()
        if operand.type == "identifier" and self.names.find(operand) is None:
            if text_of(operand) == "C":
                return self._c_results(name)
            if text in ("unsafe.Slice", "unsafe.SliceData", "unsafe.Add") and arguments:
                return (self._unsafe_result(text, self.type_of(arguments[0], depth)),)
            return (_PACKAGES[text],) if text in _PACKAGES else ()
        owner = self.type_of(operand, depth).lstrip("*")
        signature = self.facts.go_signature(f"{owner}.{name}") if owner.isidentifier() else None
        return signature.results if signature is not None else ()

    def _unsafe_result(self, name: str, argument: str) -> str:
        if name == "unsafe.Add":
            return "unsafe.Pointer"
        if name == "unsafe.Slice":
            return "[]" + argument[1:] if argument.startswith("*") else ""
        return "*" + element_type(argument) if argument.startswith("[]") else ""

    def _c_results(self, name: str) -> tuple[str, ...]:
        if name in _PSEUDO:
            return (_PSEUDO[name],)
        if self.facts.is_c_type(name):
            return (f"C.{name}",)
        function = self.c_function(name)
        return (go_spelling(function.result),) if function is not None else ()

    def c_function(self, name: str) -> CFunction | None:
        """The declaration of C.name that the file sees."""
        found = self.facts.resolve_c(name)
        for declaration in found.declarations if found is not None else ():
            if isinstance(declaration, CFunction):
                return declaration
        return None

    def _c_value_type(self, name: str) -> str:
        found = self.facts.resolve_c(name)
        for declaration in found.declarations if found is not None else ():
            if isinstance(declaration, CVariable):
                return go_spelling(declaration.type)
        return ""

    def _c_field_type(self, type_name: str, name: str) -> str:
        """The Go type of a field of C.type_name."""
        for declared in self.c_types(type_name):
            for each in declared.fields:
                if each.name == name.removeprefix("_"):
                    return go_spelling(each.type)
        return ""

    def c_types(self, name: str) -> list[CTypeName]:
        """The declarations of the C type that Go calls C.name, through typedefs of structs."""
        found = self.facts.resolve_c(name)
        types = [each for each in (found.declarations if found is not None else ()) if isinstance(each, CTypeName)]
        if any(each.fields for each in types):
            return types
        for each in types:
            tag = re.search(r"\b(struct|union)\s+(\w+)\s+\w+\s*;?\s*$", each.text)
            inner = self.facts.resolve_c(f"{tag[1]}_{tag[2]}") if tag else None
            if inner is not None:
                return [one for one in inner.declarations if isinstance(one, CTypeName)]
        return types

    # --- whose memory

    def memory_of(self, node: Node | None, depth: int = 0) -> Memory:
        """Whose memory the pointer (or slice, or string) `node` leads to."""
        if node is None or depth > MAX_DEPTH:
            return ""
        node = strip_parentheses(node)
        if node.type in ("interpreted_string_literal", "raw_string_literal", "composite_literal"):
            return "go"
        if node.type == "identifier":
            return self._memory_of_name(node, depth)
        if node.type == "unary_expression" and text_of(field(node, "operator")) == "&":
            return self._memory_of_place(field(node, "operand"), depth + 1)
        if node.type == "slice_expression":
            return self._memory_of_place(node, depth + 1)
        if node.type == "type_conversion_expression":
            target = text_of(field(node, "type")).strip("()")
            return (
                "go" if target in ("[]byte", "[]rune", "string") else self.memory_of(field(node, "operand"), depth + 1)
            )
        if node.type == "call_expression":
            return self._memory_of_call(node, depth + 1)
        return ""

    def _memory_of_name(self, node: Node, depth: int) -> Memory:
        """A name's memory, where nothing else is assigned to it in the function."""
        declared = self.names.find(node)
        if declared is None or declared.value is None or declared.kind != "local" or declared.count > 1:
            return ""
        if self.is_assigned(declared):
            return ""
        return self.memory_of(declared.value, depth + 1)

    def _memory_of_place(self, node: Node | None, depth: int) -> Memory:
        """Whose memory an addressable expression lies in: `x`, `x.f`, `x[i]`, `*p`."""
        while node is not None and depth <= MAX_DEPTH:
            node = strip_parentheses(node)
            depth += 1
            if node.type == "composite_literal":
                return "go"
            if node.type == "identifier":
                return "go" if self.names.find(node) is not None else ""
            operand = field(node, "operand")
            if node.type == "unary_expression":
                return self.memory_of(operand, depth) if text_of(field(node, "operator")) == "*" else ""
            if node.type not in ("selector_expression", "index_expression", "slice_expression") or operand is None:
                return ""
            kind = self.underlying(self.type_of(operand, depth))
            if kind.startswith("*"):
                return self.memory_of(operand, depth)
            if node.type in ("index_expression", "slice_expression") and not re.match(r"\[[^\]]", kind):
                return self._memory_of_slice(operand, kind, depth)
            if not kind:
                return ""
            node = operand
        return ""

    def _memory_of_slice(self, node: Node, kind: str, depth: int) -> Memory:
        """A slice that was not made from C memory here: Go's, as far as a parameter or a field can be trusted to be so."""
        if not kind.startswith("[]") and kind != "string":
            return ""
        return self.memory_of(node, depth)

    def _memory_of_call(self, node: Node, depth: int) -> Memory:
        function = field(node, "function")
        arguments = arguments_of(node)
        if function is None:
            return ""
        function = strip_parentheses(function)
        text = text_of(function)
        if function.type in TYPE_NODES or function.type == "unary_expression":
            return self.memory_of(arguments[0], depth) if arguments else ""
        if text in ("new", "make", "C.GoBytes", "C.GoString", "C.GoStringN"):
            return "go"
        if text in ("append", "unsafe.Pointer", "unsafe.Slice", "unsafe.SliceData", "unsafe.StringData", "unsafe.Add"):
            return self.memory_of(arguments[0], depth) if arguments else ""
        if function.type == "selector_expression" and text.startswith("C."):
            return self._memory_of_c_call(text[2:], arguments, depth)
        if function.type == "identifier" and self.facts.is_go_type(text) and len(arguments) == 1:
            return self.memory_of(arguments[0], depth)
        return ""

    def _memory_of_c_call(self, name: str, arguments: list[Node], depth: int) -> Memory:
        if name in ("CString", "CBytes", "malloc"):
            return "c"
        if self.facts.is_c_type(name):
            return self.memory_of(arguments[0], depth) if arguments else ""
        effects = self.facts.c_effects(name, len(arguments))
        if effects.result.kind in ("owned", "borrowed"):
            return "c"
        if effects.result.kind == "parameter" or effects.result.parameter is not None:
            return ""
        function = self.c_function(name)
        takes_pointers = function is None or any(is_pointer_like(each.type) for each in function.parameters)
        return "" if takes_pointers else "c"

    def is_assigned(self, declared: Declared) -> bool:
        """Whether something is assigned to a declared name after its declaration, or its address is taken."""
        if self._assigned is None:
            self._assigned = _assigned_names(self)
        return declared.start in self._assigned


def _assigned_names(values: GoValues) -> set[int]:
    """The starts of the declarations that are assigned to later, or whose address is taken."""
    found: set[int] = set()
    targets: list[Node] = []
    for node in (*values.nodes("assignment_statement"), *values.nodes("short_var_declaration")):
        targets += named(field(node, "left") or node)
    for node in (*values.nodes("inc_statement"), *values.nodes("dec_statement")):
        targets += named(node)[:1]
    for node in values.nodes("unary_expression"):
        operand = field(node, "operand")
        if operand is not None and text_of(field(node, "operator")) == "&":
            targets.append(strip_parentheses(operand))
    for target in targets:
        if target.type == "identifier":
            declared = values.names.find(target)
            if declared is not None and declared.start != target.start_byte:
                found.add(declared.start)
    return found


def arguments_of(call: Node) -> list[Node]:
    """The arguments of a call; a type counts as one (`make([]int, 3)`)."""
    arguments = field(call, "arguments")
    return named(arguments) if arguments is not None else []


def callee_text(call: Node) -> str:
    """What a call calls, as written; "" for anything longer than a dotted name."""
    function = field(call, "function")
    if function is None or function.end_byte - function.start_byte > 200:
        return ""
    return text_of(strip_parentheses(function))


def is_dereferenced(conversion: Node) -> bool:
    """Whether a conversion is really `*(*T)(x)`, which the grammar reads as one to the type `*(*T)` behind some words."""
    return text_of(field(conversion, "type")).startswith("*(")


def element_type(type_text: str) -> str:
    """T of `[]T`, `[n]T`, `map[K]T`; "" for any other type."""
    match = _ELEMENT.fullmatch(type_text)
    return match[1].strip() if match else ""


def go_spelling(c_type: str) -> str:
    """The Go type of a C one, as far as a name and stars tell: `const char *` -> "*C.char", `void *` -> "unsafe.Pointer"."""
    words = re.sub(r"\b(?:const|volatile|restrict|register|extern|static|inline)\b", " ", c_type)
    if "(" in words:
        return ""
    if "[" in words:
        return ""
    stars = words.count("*")
    base = " ".join(words.replace("*", " ").split())
    if base == "void":
        return "*" * (stars - 1) + "unsafe.Pointer" if stars else ""
    tag = re.fullmatch(r"(struct|union|enum) (\w+)", base)
    base = f"{tag[1]}_{tag[2]}" if tag else _ARITHMETIC.get(base, base)
    return "*" * stars + "C." + base if base.isidentifier() else ""


_ARITHMETIC = {
    "unsigned char": "uchar",
    "signed char": "schar",
    "unsigned short": "ushort",
    "unsigned int": "uint",
    "unsigned": "uint",
    "unsigned long": "ulong",
    "long int": "long",
    "unsigned long int": "ulong",
    "long long": "longlong",
    "unsigned long long": "ulonglong",
}
