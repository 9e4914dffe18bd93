"""Small views on tree-sitter-c nodes: declarators unwrapped, texts normalised. Loops, not recursion."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

__all__ = [
    "Declarator",
    "Node",
    "around_name",
    "base_type",
    "name_of",
    "one_line",
    "specifiers",
    "type_text",
    "unwrap",
]

_SPACE = re.compile(r"\s+")
_LOOSE = re.compile(r" ?([,;)\]])|([(\[]) ")
_STARS = re.compile(r" ?(\*(?: ?\*)*) ?")
_STEPS = {
    "pointer_declarator": "*",
    "abstract_pointer_declarator": "*",
    "array_declarator": "[",
    "abstract_array_declarator": "[",
    "function_declarator": "(",
    "abstract_function_declarator": "(",
}
_NAMES = frozenset(["identifier", "field_identifier", "type_identifier", "primitive_type"])
_NOT_A_TYPE = frozenset(
    ["storage_class_specifier", "attribute_specifier", "attribute_declaration", "ms_declspec_modifier", "comment", ","]
)
_TAGGED = frozenset(["struct_specifier", "union_specifier", "enum_specifier"])


@dataclass(frozen=True, slots=True)
class Declarator:
    """`*f(int)` unwrapped. `steps` are read from outside in: `*` pointer, `[` array, `(` function; the last one is
    what the name itself is. `function` is the function declarator when the name is a function."""

    name: Node | None
    steps: str
    function: Node | None


def unwrap(node: Node | None) -> Declarator:
    """The declarator under `node` (any *_declarator, a name, or None for an abstract one)."""
    steps: list[str] = []
    last: Node | None = None
    for _ in range(200):
        if node is None or node.type in _NAMES:
            break
        step = _STEPS.get(node.type)
        if step:
            steps.append(step)
            last = node
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next((child for child in node.named_children if _is_declarator(child)), None)
        node = inner
    function = last if last is not None and steps[-1] == "(" and node is not None else None
    return Declarator(node, "".join(steps), function)


def _is_declarator(node: Node) -> bool:
    return node.type.endswith("declarator") or node.type in _NAMES


def specifiers(declaration: Node) -> list[Node]:
    """The children of a declaration, parameter or field before its first declarator."""
    first = declaration.child_by_field_name("declarator")
    found: list[Node] = []
    for child in declaration.children:
        if first is not None and child.start_byte >= first.start_byte:
            break
        if child.type in (";", ",", ")"):
            break
        found.append(child)
    return found


def base_type(nodes: list[Node]) -> str:
    """The type among specifiers: qualifiers and type name, a struct's body left out."""
    words: list[str] = []
    for node in nodes:
        if node.type in _NOT_A_TYPE:
            continue
        if node.type in _TAGGED:
            name = node.child_by_field_name("name")
            words.append(node.type.partition("_")[0] + (" " + name_of(name) if name is not None else " {...}"))
        elif node.is_named:
            words.append(name_of(node))
    return " ".join(words)


def around_name(declarator: Node | None, view: Declarator) -> bytes:
    """The declarator's text without the name; without the parameter list too, when the name is a function."""
    if declarator is None:
        return b""
    text = declarator.text or b""
    if view.name is None:
        return text
    start = view.name.start_byte - declarator.start_byte
    end = (view.function.end_byte if view.function is not None else view.name.end_byte) - declarator.start_byte
    return text[:start] + text[end:]


def name_of(node: Node) -> str:
    """The node's source text; bad UTF-8 is replaced."""
    return (node.text or b"").decode("utf-8", "replace")


def one_line(text: bytes | str) -> str:
    """Source on one line: runs of white space are one blank, none before `,;)]` or behind `([`."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return _LOOSE.sub(lambda match: match.group(1) or match.group(2), _SPACE.sub(" ", text)).strip()


@lru_cache(maxsize=2048)
def type_text(text: bytes | str) -> str:
    """A type in one spelling: `const char **`, one blank before the stars, none between or behind them."""
    line = _STARS.sub(lambda match: " " + match.group(1).replace(" ", "") + " ", one_line(text))
    return one_line(line.replace("* (", "*(").replace("( *", "(*")).replace("* )", "*)")
