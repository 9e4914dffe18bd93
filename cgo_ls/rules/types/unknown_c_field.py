"""unknown-c-field: a field that a C struct or union does not have in Go; see unknown_c_field.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.expression_types import ExpressionTypes, c_name, types_of
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of
from cgo_ls.text.edits import TextEdit

_KEYWORD_LIST = """
break case chan const continue default defer else fallthrough for func go goto if import interface map package range return
select struct switch type var
"""
_KEYWORDS = frozenset(_KEYWORD_LIST.split())


@rule("unknown-c-field", family="types", severity="error", scope="function", since="0.2", fixable=True, words=(b"C.",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if not context.declaration.facts.c_names:
        return
    types = types_of(context)
    for node in types.nodes("selector_expression"):
        operand = field(node, "operand")
        if c_name(node) is not None or operand is None:
            continue
        kind = types.canonical(types.of(operand))
        if kind is None:
            continue
        bare = kind[0].removeprefix("*")
        wanted = field(node, "field")
        finding = _finding(bare, wanted, operand, types) if wanted is not None and bare.startswith("C.") else None
        if finding is not None:
            yield finding


def _finding(kind: str, wanted: Node, operand: Node, types: ExpressionTypes) -> Finding | None:
    name = text_of(wanted)
    struct = types.struct(kind)
    if struct is None or not name:
        return None
    body = struct.text[struct.text.find("{") + 1 :]
    # A shortened text, a macro or a condition inside may hold what is not seen.
    if struct.text.endswith("...") or "#" in body or not re.fullmatch(r"[\w\s*{};:,\[\]()+\-/.<>]*", body):
        return None
    if struct.kind == "union" or re.match(r"(?:typedef\s+)?union\b", struct.text):
        message = f"{kind} is a union, in Go an array of bytes without fields: *(*T)(unsafe.Pointer(&{text_of(operand)})) reads it as a T"
        return Finding(span_of(wanted), message)
    bits = re.search(rf"\b{re.escape(name)}\s*:\s*\w+", body)
    if bits is not None:
        message = (
            f"{name} is a bit-field, which Go does not see; write a C function in the preamble that reads or sets it"
        )
        return Finding(span_of(wanted), message)
    flexible = re.search(rf"\b{re.escape(name)}\s*\[\s*0?\s*\]\s*;\s*\}}", body)
    if flexible is not None:
        message = f"{name} has no size in C, and Go does not see it; its elements start behind the struct (unsafe.Add)"
        return Finding(span_of(wanted), message)
    inner = _anonymous_member(body, name)
    if inner is not None:
        number, word = inner
        message = f"{name} is a member of an anonymous {word}, which is anon{number} in Go"
        edit = TextEdit(span_of(wanted), f"anon{number}.{name}".encode())
        fixes = (Fix(f"Write anon{number}.{name}", (FileEdit((edit,)),)),) if word == "struct" else ()
        return Finding(span_of(wanted), message, (), fixes)
    seen = {each.name for each in struct.fields}
    if name in seen or name.lstrip("_") in seen | _KEYWORDS or re.search(rf"\b{re.escape(name.lstrip('_'))}\b", body):
        return None
    if re.fullmatch(r"anon\d+", name) or "{" in body or _has_macro(body, types):
        return None
    return Finding(span_of(wanted), f"{kind} has no field {name}")


def _has_macro(body: str, types: ExpressionTypes) -> bool:
    """Whether a word of the struct's body is a macro, which may stand for fields."""
    words = set(re.findall(r"[A-Za-z_]\w*", body))
    return any(known.kind == "macro" for word in sorted(words) if (known := types.facts.resolve_c(word)) is not None)


def _anonymous_member(body: str, name: str) -> tuple[int, str] | None:
    """Which unnamed struct or union inside holds the field: its number among them, and the word."""
    for number, match in enumerate(re.finditer(r"\b(struct|union)\s*\{([^{}]*)\}\s*;", body)):
        if re.search(rf"\b{re.escape(name)}\s*(?:\[[^\]]*\]\s*)?[;,]", match[2]):
            return number, match[1]
    return None
