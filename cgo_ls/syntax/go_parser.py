"""Go source to a tree: one declaration at a time, never a whole file.

tree-sitter-go lags behind the language, so an ERROR node says nothing about the user's code and is never reported.
"""

from __future__ import annotations

import re
from functools import lru_cache

import tree_sitter_go
from tree_sitter import Language, Node, Parser, Query, QueryCursor

__all__ = ["Captures", "Node", "capture_uses", "parse_go"]

_GO = Language(tree_sitter_go.language())

# Methods with type parameters (Go 1.27) are unknown to the grammar and would cost the whole declaration.
_GENERIC_METHOD = re.compile(rb"^func[ \t]*\([^()\n]*\)[ \t]*[A-Za-z_\x80-\xff][\w\x80-\xff]*[ \t]*(\[)", re.MULTILINE)


Captures = dict[str, list[Node]]
"""By capture name, nodes in no order that can be counted on; a name without a node is not there."""

# What a function calls and where it uses C. One query costs a quarter of a walk over all nodes.
_USES = Query(
    _GO,
    """
    (call_expression . (_) @callee)
    (type_conversion_expression type: (generic_type type: (_) @generic))
    (selector_expression . (identifier) @_package (#eq? @_package "C")) @selector
    (qualified_type . (package_identifier) @_package (#eq? @_package "C")) @selector
    [(short_var_declaration) (assignment_statement) (var_spec)] @assignment
    (block) @block
    """,
)

_KEPT_BYTES = 1 << 15


def parse_go(text: bytes) -> Node:
    """The root, a `source_file`, of one region (doc comments and a declaration). Offsets are those of `text`.

    Never fails: what cannot be read is in ERROR nodes. A parser is made for each call (under 1 µs), so threads may call this.
    The last trees are kept: a declaration is parsed for its facts, and a moment later for its analysis.
    """
    return _recent(text) if len(text) <= _KEPT_BYTES else _parse_region(text)


def capture_uses(root: Node) -> Captures:
    """The calls (`callee`, `generic`), assignments, blocks and uses of C (`selector`) below a root.

    What is nested deeper than 32,767 is not found.
    """
    return QueryCursor(_USES).captures(root)


def _parse_region(text: bytes) -> Node:
    root = _parse(text)
    if root.has_error and (match := _GENERIC_METHOD.search(text)):
        return _parse(_blank_brackets(text, match.start(1)))
    return root


_recent = lru_cache(maxsize=512)(_parse_region)


def _parse(text: bytes) -> Node:
    """With a newline added, without which the grammar calls `type T int` an error; unless something unclosed takes it in."""
    root = Parser(_GO).parse(text + b"\n").root_node
    if root.has_error and _reaches_beyond(root, len(text)):
        return Parser(_GO).parse(text).root_node
    return root


def _reaches_beyond(root: Node, end: int) -> bool:
    """Whether a node below the root ends behind `end`."""
    cursor = root.walk()
    while cursor.goto_last_child():
        node = cursor.node
        if node is not None and node.end_byte > end and node.start_byte < end:
            return True
    return False


def _blank_brackets(text: bytes, opening: int) -> bytes:
    """The text with the bracket that opens at `opening`, and all up to its partner, as blanks: every offset stays."""
    depth, position = 1, opening + 1
    while depth and position < len(text):
        depth += (text[position] == 0x5B) - (text[position] == 0x5D)
        position += 1
    if depth:
        return text
    return text[:opening] + re.sub(rb"[^\n]", b" ", text[opening:position]) + text[position:]
