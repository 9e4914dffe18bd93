"""The nodes of a function's body that run as part of it: those of function literals in it do not."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.syntax.go_nodes import Node


def own_nodes(body: Node) -> Iterator[Node]:
    """Every node below and including `body`, in source order, without what stands inside of function literals."""
    cursor = body.walk()
    while True:
        node = cursor.node
        assert node is not None
        yield node
        if node.type != "func_literal" and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
