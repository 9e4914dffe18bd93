"""The parts of a C declaration that need no place: parameters, attributes, prototype, comment, a macro as a body."""

from __future__ import annotations

import re

from cgo_ls.model.c_body import CBody
from cgo_ls.model.c_body_builder import build_body
from cgo_ls.model.cdecl import CParameter
from cgo_ls.syntax.c_nodes import Declarator, Node, base_type, name_of, one_line, specifiers, type_text, unwrap
from cgo_ls.syntax.c_parser import parse_fragment

_CALL_GAP = re.compile(r"(\w) \((?!\*)")
_STAR_GAP = re.compile(r"([\w)\]]) *(\*[* ]*)(?=[\w(),]|$)")
ATTRIBUTE = re.compile(
    rb"__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*+\))*+\))*+\)\)|__declspec\s*\([^()]*\)|\[\[[^\[\]]*\]\]"
)
ATTRIBUTE_TEXT = re.compile(rb"__attribute__\s*\(\(|\[\[")


def declarator_type(declarator: Node, view: Declarator) -> bytes:
    """A field's declarator without its name, parameters of a function pointer included."""
    text = declarator.text or b""
    if view.name is None:
        return text
    start = view.name.start_byte - declarator.start_byte
    return text[:start] + text[start + len(view.name.text or b"") :]


def macro_body(name: str, parameters: tuple[str, ...], value: str, line: int) -> CBody | None:
    """A function-like macro read as if it were a function: as an expression it returns, or else as statements."""
    if "#" in value or "..." in parameters or len(value) > 4000:
        return None
    for text in (f"void f(){{ return {value}; }}", f"void f(){{ {value}; }}"):
        root = parse_fragment(text.encode())
        top = root.named_child(0)
        if root.has_error or root.named_child_count != 1 or top is None or top.type != "function_definition":
            continue
        body = top.child_by_field_name("body")
        if body is not None:
            return build_body(name, parameters, body, line=line, from_macro=True)
    return None


def comment_text(comments: list[bytes]) -> str:
    """Comments without their markers, lines kept, leading stars and common blanks removed."""
    lines: list[str] = []
    for comment in comments:
        text = comment.decode("utf-8", "replace")
        text = text[2:-2] if text.startswith("/*") and text.endswith("*/") else text[2:]
        for line in text.lstrip("*!/<").splitlines() or [""]:
            stripped = line.strip()
            if stripped.startswith("*"):
                stripped = stripped[1:].strip()
            lines.append(stripped)
    return "\n".join(lines).strip()


def parameters_of(node: Node | None) -> tuple[tuple[CParameter, ...], bool, bool]:
    """(parameters, variadic, has a prototype)."""
    found: list[CParameter] = []
    variadic = False
    old_style = True
    for child in node.named_children if node is not None else ():
        if child.type == "variadic_parameter":
            variadic = True
        elif child.type == "parameter_declaration":
            declarator = child.child_by_field_name("declarator")
            nodes = specifiers(child)
            base = base_type(nodes)
            if declarator is None and base == "void":
                return (), False, True
            if declarator is None and len(nodes) == 1 and nodes[0].type == "type_identifier":
                found.append(CParameter("", base))
                continue
            old_style = False
            view = unwrap(declarator)
            name = name_of(view.name) if view.name is not None else ""
            around = declarator_type(declarator, view) if declarator is not None else b""
            found.append(CParameter(name, type_text(base.encode() + b" " + around)))
        elif child.type == "identifier":
            found.append(CParameter(name_of(child), ""))
    if old_style and found and _is_old_style(node):
        return tuple(CParameter(item.type or item.name, "") for item in found), False, False
    return tuple(found), variadic, bool(found) or variadic


def _is_old_style(parameters: Node | None) -> bool:
    """`f(a, b) ... {`: only names, and a definition whose parameter declarations were blanked."""
    node = parameters
    while node is not None and node.type != "function_definition":
        node = node.parent
    if node is None or parameters is None:
        return False
    body = node.child_by_field_name("body")
    gap = (node.text or b"")[parameters.end_byte - node.start_byte : (body.start_byte if body else 0) - node.start_byte]
    return len(gap) > 4


def attributes_of(node: Node) -> tuple[str, ...]:
    """`malloc(free,1)` for `__attribute__((malloc(free, 1)))`, in source order, of a declaration and its declarators."""
    found: list[str] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type == "attribute_specifier":
            for arguments in current.named_children:
                found.extend(_attribute_word(child) for child in arguments.named_children)
        elif current.type == "attribute":
            found.append(_attribute_word(current))
        elif current.type not in ("compound_statement", "parameter_list", "field_declaration_list"):
            stack.extend(reversed(current.children))
    return tuple(word for word in found if word)


def _attribute_word(node: Node) -> str:
    text = re.sub(r"\s+", "", name_of(node))
    head, paren, rest = text.partition("(")
    return head.strip("_") + paren + rest


def prototype_of(nodes: list[Node], declarator: Node) -> str:
    """The head of a declaration on one line, `char *name(int n)`, without attributes and comments."""
    words = [
        child.text or b""
        for child in nodes
        if child.type not in ("attribute_specifier", "attribute_declaration", "comment")
    ]
    text = b" ".join(words) + b" " + (declarator.text or b"")
    cut = ATTRIBUTE_TEXT.search(text)
    line = one_line(text[: cut.start()] if cut and cut.start() > len(b" ".join(words)) else text)
    line = _STAR_GAP.sub(lambda match: f"{match[1]} {match[2].replace(' ', '')}", line)
    return _CALL_GAP.sub(r"\1(", line)
