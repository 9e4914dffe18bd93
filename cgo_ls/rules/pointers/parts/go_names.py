"""The names that one Go function declares, and which of them an identifier means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from cgo_ls.syntax.go_nodes import Node, field, named, text_of
from cgo_ls.text.span import Span

SCOPES = frozenset(
    [
        "block",
        "if_statement",
        "for_statement",
        "expression_switch_statement",
        "type_switch_statement",
        "expression_case",
        "type_case",
        "default_case",
        "communication_case",
        "func_literal",
        "function_declaration",
        "method_declaration",
    ]
)
_DECLARING = (
    "parameter_declaration",
    "variadic_parameter_declaration",
    "short_var_declaration",
    "var_spec",
    "range_clause",
    "receive_statement",
    "type_switch_statement",
)
FUNCTIONS = frozenset({"func_literal", "function_declaration", "method_declaration"})

NameKind = Literal["parameter", "receiver", "result", "local", "range"]


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared name. `value` is the expression it starts with, result number `index` of a call where `count` > 1 names take one.

    `type` is as written, "" where there is none. `scope` is where the name can be known, from `visible` on: bytes of the region.
    `start` is where the name stands.
    """

    name: str
    kind: NameKind
    type: str
    value: Node | None
    index: int
    count: int
    scope: Span
    start: int
    visible: int


class GoNames:
    """All names declared in a function and its literals."""

    def __init__(self, nodes: Callable[[str], list[Node]]) -> None:
        """`nodes` gives the nodes of a kind in source order."""
        self._by_name: dict[str, list[Declared]] = {}
        for kind in _DECLARING:
            for node in nodes(kind):
                self._read(node)

    def find(self, identifier: Node) -> Declared | None:
        """The declaration an identifier means; None for a name from outside of the function. A name's own declaration counts."""
        return self.find_at(text_of(identifier), identifier.start_byte)

    def find_at(self, name: str, offset: int) -> Declared | None:
        """What `name` means at `offset`."""
        best: Declared | None = None
        for declared in self._by_name.get(name, ()):
            if (declared.start == offset or declared.visible <= offset) and declared.scope.touches(offset):
                if best is None or (declared.scope.start, declared.start) >= (best.scope.start, best.start):
                    best = declared
        return best

    def declarations(self, name: str) -> tuple[Declared, ...]:
        """Every declaration of this name, in source order."""
        return tuple(self._by_name.get(name, ()))

    def __iter__(self) -> Iterator[Declared]:
        for found in self._by_name.values():
            yield from found

    def _add(
        self, name: Node, kind: NameKind, type_text: str = "", value: Node | None = None, index: int = 0, count: int = 1
    ) -> None:
        text = text_of(name)
        if text in ("", "_"):
            return
        visible = max(name.end_byte, value.end_byte if value is not None else 0)
        scope = _scope_of(name)
        self._by_name.setdefault(text, []).append(
            Declared(text, kind, type_text, value, index, count, scope, name.start_byte, visible)
        )

    def _read(self, node: Node) -> None:
        kind = node.type
        if kind in ("parameter_declaration", "variadic_parameter_declaration"):
            self._read_parameter(node)
        elif kind == "short_var_declaration":
            self._read_values(_listed(field(node, "left")), _listed(field(node, "right")), "")
        elif kind == "var_spec":
            names = [child for child in node.children_by_field_name("name") if child.type == "identifier"]
            self._read_values(names, _listed(field(node, "value")), text_of(field(node, "type")))
        elif kind == "range_clause":
            ranged = field(node, "right")
            if any(child.type == ":=" for child in node.children):
                for index, name in enumerate(_listed(field(node, "left"))):
                    self._add(name, "range", "", ranged, index, 2)
        elif kind == "receive_statement":
            for name in _listed(field(node, "left")):
                self._add(name, "local")
        elif kind == "type_switch_statement":
            for name in _listed(field(node, "alias")):
                self._add(name, "local")

    def _read_parameter(self, node: Node) -> None:
        if node.parent is None or node.parent.parent is None:
            return
        owner = node.parent.parent
        role: NameKind = "parameter"
        if field(owner, "receiver") == node.parent:
            role = "receiver"
        elif field(owner, "result") == node.parent:
            role = "result"
        if owner.type not in FUNCTIONS:
            return
        type_text = text_of(field(node, "type"))
        if node.type == "variadic_parameter_declaration":
            type_text = "[]" + type_text
        body = field(owner, "body")
        scope = Span(owner.start_byte, body.end_byte if body is not None else owner.end_byte)
        for name in node.children_by_field_name("name"):
            if name.type == "identifier" and text_of(name) != "_":
                start = name.start_byte
                declared = Declared(text_of(name), role, type_text, None, 0, 1, scope, start, start)
                self._by_name.setdefault(declared.name, []).append(declared)

    def _read_values(self, names: list[Node], values: list[Node], type_text: str) -> None:
        for index, name in enumerate(names):
            if len(values) == len(names):
                self._add(name, "local", type_text, values[index])
            else:
                self._add(name, "local", type_text, values[0] if len(values) == 1 else None, index, len(names))


def _listed(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return named(node) if node.type == "expression_list" else [node]


def _scope_of(node: Node) -> Span:
    current = node.parent
    while current is not None and current.type not in SCOPES:
        current = current.parent
    return Span(0, 1 << 60) if current is None else Span(current.start_byte, current.end_byte)
