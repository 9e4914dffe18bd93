"""A field that is given C memory, which nothing in the package ever frees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cgo_ls.analysis.effects import ParameterEffect, effects_from_name
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.syntax.go_nodes import Node, field, function_node, named, nodes_by_kind, strip_parentheses, text_of
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_ACQUIRING = frozenset({"CString", "CBytes", "malloc", "calloc", "strdup", "strndup"})
_READING = frozenset({"GoString", "GoStringN", "GoBytes", "strlen"})
_RELEASING = frozenset({"Close", "Free", "Destroy", "Release", "Delete", "close", "free", "destroy", "release"})
_SEEN_THROUGH = frozenset({"parenthesized_expression", "type_conversion_expression"})


@dataclass(frozen=True, slots=True)
class _Store:
    """`owner.field = C.CString(s)` or `Owner{field: C.CString(s)}`; spans are relative to the declaration's region."""

    owner: str
    field: str
    call: str
    span: Span


@rule("unreleased-field", family="memory", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    """One finding for each field of a type of the package that holds C memory and is only ever set, read and compared."""
    first: dict[tuple[str, str], tuple[GoFile, GoDeclaration, _Store]] = {}
    for file in context.package.files:
        if _ACQUIRING.isdisjoint(file.c_names):
            continue
        for declared in file.declarations:
            if declared.facts.function is not None and not _ACQUIRING.isdisjoint(declared.facts.c_names):
                for store in _stores(declared.declaration.digest, _Text(file, declared)):
                    first.setdefault((store.owner, store.field), (file, declared, store))
    lost = {key: found for key, found in first.items() if _is_lost(context.package, *key, found[0])}
    fixed: set[str] = set()
    for (owner, name), (file, declared, store) in lost.items():
        base = declared.declaration.region.start
        span = Span(base + store.span.start, base + store.span.end)
        message = f"{owner}.{name} holds memory from C.{store.call}, and nothing in this package frees it: "
        message += f"give {owner} a Close that calls C.free"
        fixes: tuple[Fix, ...] = ()
        if owner not in fixed:
            # One method for all fields of the type that are in the same state: a second fix would write it again.
            fixed.add(owner)
            fixes = tuple(_fixes(context.package, owner, [one for of, one in lost if of == owner], file, declared))
        steps = (Step(span, f"acquired here by C.{store.call}"),)
        yield Finding(span, message, steps, fixes, path=file.path)


def _is_lost(package: Package, owner: str, name: str, file: GoFile) -> bool:
    """Whether a field of a struct of the package is its own, and only ever set, read and compared."""
    kind = package.type(owner, file)
    return kind is not None and kind.kind == "struct" and not name[:1].isupper() and _is_only_read(package, name)


def _fixes(package: Package, owner: str, fields: list[str], file: GoFile, declared: GoDeclaration) -> Iterator[Fix]:
    """Free the fields in the type's Close where it has one; else write one behind the function that sets the first.

    Nothing says who calls it, nor when, so that it is never applied unasked."""
    kind = package.type(owner, file)
    if kind is None or kind.generic:
        return
    types = {each.name: each.type for each in kind.fields}
    methods = [(where, method, method.facts.function) for where, method in package.methods(owner, file)]
    named_receivers = [each.receiver.name for _, _, each in methods if each is not None and each.receiver is not None]
    receiver = next((name for name in named_receivers if name not in ("", "_")), owner[:1].lower())
    newline = b"\r\n" if b"\r\n" in file.data else b"\n"
    frees = [_free(f"{receiver}.{name}", types.get(name, "")) for name in fields]
    needs = (Need("import", "unsafe"), Need("include", "stdlib.h"))
    for where, method, function in methods:
        if function is None or function.name not in _RELEASING or where.path != file.path:
            continue
        body = _body_start(_Text(where, method).cut())
        if body is None or function.receiver is None or function.receiver.name != receiver:
            return
        at = method.declaration.region.start + body
        text = b"".join(newline + f"\tdefer {free}".encode() for free in frees)
        title = f"Free {', '.join(fields)} in {function.name}"
        yield Fix(title, (FileEdit((TextEdit(Span(at, at), text),)),), "display-only", needs)
        return
    if any(function is not None and function.name in _RELEASING for _, _, function in methods):
        return
    lines = [f"// Close frees the C memory of {receiver}, which must not be used afterwards."]
    lines.append(f"func ({receiver} *{owner}) Close() {{")
    lines += [
        line for free, name in zip(frees, fields, strict=True) for line in (f"\t{free}", f"\t{receiver}.{name} = nil")
    ]
    end = declared.declaration.region.end
    text = newline.join(line.encode() for line in ("", "", *lines, "}"))
    yield Fix(f"Give {owner} a Close", (FileEdit((TextEdit(Span(end, end), text),)),), "unsafe", needs)


def _free(expression: str, kind: str) -> str:
    return f"C.free({expression})" if kind == "unsafe.Pointer" else f"C.free(unsafe.Pointer({expression}))"


def _body_start(text: bytes) -> int | None:
    """The offset behind the brace that opens a function's body of several lines."""
    function = function_node(parse_go(text))
    body = field(function, "body") if function is not None else None
    return body.start_byte + 1 if body is not None and b"\n" in text[body.start_byte : body.end_byte] else None


class _Text:
    """The text of a declaration, cut out when it is asked for; all are alike to the memo, which goes by the digest beside it."""

    __slots__ = ("declared", "file")

    def __init__(self, file: GoFile, declared: GoDeclaration) -> None:
        self.file, self.declared = file, declared

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Text)

    def __hash__(self) -> int:
        return 0

    def cut(self) -> bytes:
        region = self.declared.declaration.region
        return self.file.data[region.start : region.end]


@lru_cache(maxsize=4_096)
def _stores(digest: bytes, text: _Text) -> tuple[_Store, ...]:
    """The stores of fresh C memory into fields of one function; kept by its digest."""
    nodes = nodes_by_kind(parse_go(text.cut()))
    owners = _parameter_types(nodes)
    found: list[_Store] = []
    for call in nodes.get("call_expression", ()):
        function = text_of(field(call, "function"))
        if not function.startswith("C.") or function[2:] not in _ACQUIRING:
            continue
        holder = _outermost(call)
        place = _place(holder, owners)
        if place is not None:
            found.append(_Store(*place, function[2:], Span(call.start_byte, call.end_byte)))
    return tuple(found)


def _parameter_types(nodes: dict[str, list[Node]]) -> dict[str, str]:
    """Names of receivers and parameters, with the package's type they are of or point to."""
    found: dict[str, str] = {}
    for parameter in nodes.get("parameter_declaration", ()):
        kind = text_of(field(parameter, "type")).lstrip("*")
        if kind.isidentifier():
            found.update((text_of(name), kind) for name in parameter.children_by_field_name("name"))
    return found


def _outermost(node: Node) -> Node:
    """The expression around `node` that is the same pointer: behind casts and parentheses."""
    while (parent := node.parent) is not None:
        call = parent.parent if parent.type == "argument_list" else None
        if call is not None and _is_conversion(call):
            node = call
        elif parent.type in _SEEN_THROUGH:
            node = parent
        else:
            break
    return node


def _is_conversion(call: Node) -> bool:
    function = field(call, "function")
    return function is not None and (
        function.type == "parenthesized_expression" or text_of(function) in ("unsafe.Pointer", "uintptr")
    )


def _place(node: Node, owners: dict[str, str]) -> tuple[str, str] | None:
    """(type, field) that an expression is stored in."""
    parent = node.parent
    if parent is not None and parent.type == "literal_element":
        element = parent.parent
        literal = element.parent.parent if element is not None and element.parent is not None else None
        kind = text_of(field(literal, "type")) if literal is not None and literal.type == "composite_literal" else ""
        if element is None or element.type != "keyed_element" or not kind.isidentifier():
            return None
        return kind, text_of(named(element)[0])
    if parent is not None and parent.type == "expression_list":
        statement = parent.parent
        left = field(statement, "left") if statement is not None and statement.type == "assignment_statement" else None
        targets = named(left) if left is not None else []
        if len(targets) == 1 and len(named(parent)) == 1 and targets[0].type == "selector_expression":
            owner = owners.get(text_of(field(targets[0], "operand")))
            return (owner, text_of(field(targets[0], "field"))) if owner else None
    return None


def _is_only_read(package: Package, name: str) -> bool:
    """Whether every mention of a field of this name, of whatever type, sets, compares or shows it to C for the time of a call."""
    word = b"." + name.encode()
    own = {function.name for unit in package.c_units for function in unit.functions}
    for file in package.files:
        if word not in file.data:
            continue
        own_here = own | {function.name for function in file.c_unit.functions} if file.c_unit is not None else own
        for declared in file.declarations:
            region = declared.declaration.region
            if file.data.find(word, region.start, region.end) < 0:
                continue
            for use in _uses(declared.declaration.digest, name, _Text(file, declared)):
                if use == "?" or (use and (use in own_here or not _borrows(use))):
                    return False
    return True


def _borrows(function: str) -> bool:
    return function in _READING or effects_from_name(None, function, 1).parameters == (ParameterEffect.BORROWS,)


@lru_cache(maxsize=16_384)
def _uses(digest: bytes, name: str, text: _Text) -> frozenset[str]:
    """What a declaration does with fields of this name: "" only sets or compares, "f" gives it to C.f, "?" anything else."""
    return frozenset(
        _use(selector)
        for selector in nodes_by_kind(parse_go(text.cut())).get("selector_expression", ())
        if text_of(field(selector, "field")) == name
    )


def _use(selector: Node) -> str:
    node = _outermost(selector)
    parent = node.parent
    if parent is None:
        return "?"
    if parent.type == "binary_expression":
        return "" if text_of(field(parent, "operator")) in ("==", "!=") else "?"
    if parent.type == "expression_list" and parent.parent is not None and parent.parent.type == "assignment_statement":
        left = field(parent.parent, "left")
        return "" if left is not None and left.start_byte == parent.start_byte and node.id == selector.id else "?"
    if parent.type == "call_expression":
        return "?"
    if parent.type == "argument_list" and (call := parent.parent) is not None:
        function = field(call, "function")
        name = text_of(strip_parentheses(function)) if function is not None else ""
        return name[2:] if name.startswith("C.") else "?"
    return "?"
