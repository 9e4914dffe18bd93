"""Go values that own C memory through a finalizer: who they are, and where a function mentions them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.analysis.effects import is_pointer_like
from cgo_ls.analysis.facts import Facts
from cgo_ls.model.go_types import GoType
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues
from cgo_ls.rules.pointers.parts.held_pointers import without_conversions
from cgo_ls.rules.rule import FunctionContext
from cgo_ls.syntax.go_nodes import Node, field, strip_parentheses, text_of

RELEASES = re.compile(r"free|unref|destroy|release|dispos|delete|close|clear|unset", re.IGNORECASE)
"""In the name of a C function: it ends what it is given."""
_OWNER_WORDS = frozenset({"owner", "parent", "keepalive", "keep", "ref"})


def owners_given(context: FunctionContext) -> bool:
    """Whether a receiver or parameter is a pointer to a type of the package, in a package with finalizers, or something is declared in
    one with constructors that set them: cheap, asked first."""
    function = context.declaration.facts.function
    if function is None or not any(each.call for each in context.declaration.facts.c_references):
        return False
    kinds = [each.type.lstrip("[].")[1:] for each in function.parameters if each.type.lstrip("[].").startswith("*")]
    if function.receiver is not None and function.receiver.pointer:
        kinds.append(function.receiver.type)
    if any(kind.isidentifier() and _is_owner(context.facts, kind) for kind in kinds):
        return True
    return b":=" in context.text and bool(context.facts.finalizers_of("()"))


def _is_owner(facts: Facts, kind: str) -> bool:
    if facts.finalizers_of(kind):
        return True
    found = facts.go_type(kind) if facts.finalizers_of("runtime.KeepAlive") else None
    if found is None or found.kind != "struct":
        return False
    return bool(_embedded_owner(facts, found)) or _keeps_owner(facts, found)


def owner_type(values: GoValues, declared: Declared) -> str:
    """T of a receiver or parameter `x *T`, or of an `x` that a constructor made, whose C memory a finalizer frees: T's own, that of an
    embedded *T, or that of a T's owner; "" for any other."""
    if declared.kind in ("receiver", "parameter"):
        name = declared.type[1:] if declared.type.startswith("*") else ""
    else:
        name = made_type(values, declared)
    found = values.facts.go_type(name) if name.isidentifier() else None
    if found is None or found.kind != "struct":
        return ""
    if values.facts.finalizers_of(name):
        return name
    if embedded := _embedded_owner(values.facts, found):
        return embedded
    return name if declared.kind != "local" and _keeps_owner(values.facts, found) else ""


def made_type(values: GoValues, declared: Declared) -> str:
    """T of `x := F()`, where function F of the package makes a *T with a finalizer; "" for any other."""
    call = strip_parentheses(declared.value) if declared.value is not None else None
    if declared.kind != "local" or call is None or call.type != "call_expression" or values.is_assigned(declared):
        return ""
    function = field(call, "function")
    if function is None:
        return ""
    callee = text_of(function)
    if function.type == "selector_expression":
        callee = f"{values.type_of(field(function, 'operand')).lstrip('*')}.{text_of(field(function, 'field'))}"
    signature = values.facts.go_signature(callee) if callee.replace(".", "").isidentifier() else None
    if signature is None or declared.index >= len(signature.results):
        return ""
    kind = signature.results[declared.index]
    return kind[1:] if kind.startswith("*") and kind[1:] in values.facts.finalizers_of(f"{callee}()") else ""


def _embedded_owner(facts: Facts, kind: GoType) -> str:
    """E of an embedded *E that has a finalizer: it lives no longer than who embeds it."""
    for each in kind.fields:
        if each.embedded and each.type.startswith("*") and facts.finalizers_of(each.type[1:]):
            return each.type[1:]
    return ""


def _keeps_owner(facts: Facts, kind: GoType) -> bool:
    """A struct with a C pointer and a field that only keeps the pointer's owner from being collected."""
    if not any(holds_c_pointer(each.type) for each in kind.fields):
        return False
    for each in kind.fields:
        base = each.type.lstrip("*")
        if base.isidentifier() and each.type.startswith("*") and facts.finalizers_of(base):
            return True
        if each.type in ("interface{}", "any") and each.name.lower() in _OWNER_WORDS:
            return bool(facts.finalizers_of("runtime.KeepAlive"))
    return False


def holds_c_pointer(type_text: str) -> bool:
    """Whether a field of this type is a pointer into C: `*C.x`, unsafe.Pointer, or a C type that may be one (gpgme_ctx_t)."""
    if type_text == "unsafe.Pointer" or type_text.startswith("*C."):
        return True
    return bool(re.fullmatch(r"C\.\w+", type_text)) and is_pointer_like(type_text[2:])


def released(facts: Facts, kind: str, selector: Node) -> bool:
    """Whether the finalizer of a type may release the field that `x.f` names (or `x.f.g`, by f or g)."""
    words = set(re.findall(r"\w+", text_of(selector))[1:])
    return bool(words & set(facts.finalized_fields(kind)))


def mentions(values: GoValues, declared: Declared) -> Iterator[Node]:
    """Every identifier that means this declaration, its own excepted, in source order."""
    for node in values.nodes("identifier"):
        if text_of(node) == declared.name and node.start_byte != declared.start:
            if values.names.find(node) == declared:
                yield node


def is_selected(node: Node) -> bool:
    """Whether only a field or a method of the name is meant: `x.f`, `x.f.g`, `x.M()`."""
    above = node.parent
    return above is not None and above.type == "selector_expression" and field(above, "operand") == node


def inside(node: Node, *kinds: str) -> Node | None:
    """The nearest node of one of the kinds around a node, itself excepted, within the declaration."""
    current = node.parent
    while current is not None and current.type not in kinds:
        current = current.parent
    return current


def field_argument(values: GoValues, argument: Node) -> tuple[Declared, Node] | None:
    """The x and the selector of an argument `x.f` (also behind a conversion)."""
    node = without_conversions(values, argument)
    selector = node
    while node.type == "selector_expression":
        operand = field(node, "operand")
        if operand is None:
            return None
        node = strip_parentheses(operand)
    if node.type != "identifier" or selector.type != "selector_expression":
        return None
    declared = values.names.find(node)
    return (declared, selector) if declared is not None else None
