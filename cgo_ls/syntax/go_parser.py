"""Go source to a tree: one declaration at a time, never a whole file.

tree-sitter-go lags behind the language, so an ERROR node says nothing about the user's code and is never reported.
"""

from __future__ import annotations

import re

import tree_sitter_go
from tree_sitter import Language, Node, Parser

__all__ = ["Node", "parse_go"]

_GO = Language(tree_sitter_go.language())

# Methods with type parameters (Go 1.27) are unknown to the grammar and would cost the whole declaration.
_GENERIC_METHOD = re.compile(rb"^func[ \t]*\([^()\n]*\)[ \t]*[A-Za-z_\x80-\xff][\w\x80-\xff]*[ \t]*(\[)", re.MULTILINE)


def parse_go(text: bytes) -> Node:
    """The root, a `source_file`, of one region (doc comments and a declaration). Offsets are those of `text`.

    Never fails: what cannot be read is in ERROR nodes. A parser is made for each call (under 1 µs), so threads may call this.
    """
    root = _parse(text)
    if root.has_error and (match := _GENERIC_METHOD.search(text)):
        return _parse(_blank_brackets(text, match.start(1)))
    return root


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
