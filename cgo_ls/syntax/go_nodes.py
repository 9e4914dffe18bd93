"""Small views on tree-sitter-go nodes: text, named children, and walks by cursor (never by recursion)."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from cgo_ls.text.span import Span

__all__ = [
    "Node",
    "field",
    "function_node",
    "named",
    "nodes_by_kind",
    "span_of",
    "strip_parentheses",
    "text_of",
    "walk",
]


def text_of(node: Node | None) -> str:
    """The node's source; bad UTF-8 is replaced. "" for None."""
    text = node.text if node is not None else None
    return text.decode("utf-8", "replace") if text is not None else ""


def span_of(node: Node) -> Span:
    """The node's bytes, in the coordinates of the text that was parsed."""
    return Span(node.start_byte, node.end_byte)


def field(node: Node, name: str) -> Node | None:
    """The child in a grammar field."""
    return node.child_by_field_name(name)


def named(node: Node) -> list[Node]:
    """Named children without comments."""
    return [child for child in node.named_children if child.type != "comment"]


def strip_parentheses(node: Node) -> Node:
    """`((x))` -> `x`."""
    while node.type == "parenthesized_expression":
        inner = named(node)
        if not inner:
            return node
        node = inner[0]
    return node


def walk(root: Node) -> Iterator[Node]:
    """Every node below and including `root`, in source order, by cursor: nesting depth does not matter."""
    cursor = root.walk()
    while True:
        node = cursor.node
        assert node is not None
        yield node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def function_node(root: Node) -> Node | None:
    """The first function or method declared at the top level of a parsed region."""
    for child in root.children:
        if child.type in ("function_declaration", "method_declaration"):
            return child
    return None


def nodes_by_kind(root: Node) -> dict[str, list[Node]]:
    """Every named node below and including `root`, by kind, in source order, the outer before the inner."""
    found: dict[str, list[Node]] = {}
    pending = [root]
    while pending:
        node = pending.pop()
        found.setdefault(node.type, []).append(node)
        pending += node.named_children[::-1]
    return found
