"""bare-errno-number: errno compared with, or made from, a number; see bare_errno_number.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cgo_ls.data.errno_numbers import name_of, values_of
from cgo_ls.rules.errno.parts.call_sites import conversion_around
from cgo_ls.rules.errno.parts.preceding_call import arguments
from cgo_ls.rules.errno.parts.two_value_fix import parse_declaration
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of, walk
from cgo_ls.text.edits import TextEdit

_ERRNO, _WORD = "syscall.Errno", b"syscall.Errno"
_MOST_LEVELS = 20


@rule("bare-errno-number", family="errno", severity="warning", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    data = context.file.data
    if _WORD not in data or not context.file.imports_c:
        return
    for declaration in context.file.declarations:
        region = declaration.declaration.region
        if data.find(_WORD, region.start, region.end) >= 0:
            for found in _of_declaration(parse_declaration(context, declaration)):
                yield _in_file(found, region.start)


def _of_declaration(root: Node) -> Iterator[Finding]:
    """Spans count from the start of the declaration."""
    variables = _errno_variables(root)
    for node in walk(root):
        if node.type == "call_expression" and text_of(field(node, "function")) == _ERRNO:
            given = arguments(node)
            if len(given) == 1 and given[0].type == "int_literal":
                yield from _finding(given[0], node, converted=False)
        elif node.type == "binary_expression" and text_of(field(node, "operator")) in ("==", "!="):
            yield from _compared(node, variables)
        elif node.type == "expression_switch_statement":
            yield from _switched(node, variables)
        elif node.type in ("const_spec", "var_spec") and text_of(field(node, "type")) == _ERRNO:
            values = field(node, "value")
            for literal in named(values) if values is not None else ():
                if literal.type == "int_literal":
                    yield from _finding(literal, literal, converted=False)
        elif node.type == "composite_literal":
            yield from _listed(node)


def _listed(literal: Node) -> Iterator[Finding]:
    """The numbers in `map[syscall.Errno]string{2: "gone"}` and `[]syscall.Errno{2, 4}`."""
    kind, body = field(literal, "type"), field(literal, "body")
    if kind is None or body is None:
        return
    keys = kind.type == "map_type" and text_of(field(kind, "key")) == _ERRNO
    if not keys and not (kind.type == "slice_type" and text_of(field(kind, "element")) == _ERRNO):
        return
    for element in named(body):
        if keys == (element.type == "keyed_element") and named(element):
            inner = named(element)[0]
            number = named(inner)[0] if inner.type == "literal_element" and named(inner) else inner
            if number.type == "int_literal":
                for found in _finding(number, number, converted=False):
                    # gofmt puts the values of a map in a column, which a longer key would move: no fix.
                    yield replace(found, fixes=()) if keys and text_of(body).count("\n") > 2 else found


def _in_file(found: Finding, base: int) -> Finding:
    fixes = tuple(
        replace(
            fix,
            edits=tuple(
                replace(group, edits=tuple(TextEdit(edit.span.shift(base), edit.new_text) for edit in group.edits))
                for group in fix.edits
            ),
        )
        for fix in found.fixes
    )
    return replace(found, span=found.span.shift(base), fixes=fixes)


def _errno_variables(root: Node) -> frozenset[str]:
    """Variables that surely are a syscall.Errno: `errno, ok := err.(syscall.Errno)`, `errno := syscall.Errno(n)`, parameters."""
    found: set[str] = set()
    for node in walk(root):
        if node.type == "short_var_declaration":
            left, right = field(node, "left"), field(node, "right")
            if (
                left is not None
                and right is not None
                and len(named(right)) == 1
                and _is_errno(named(right)[0], frozenset())
            ):
                found.add(text_of(named(left)[0]))
        elif node.type in ("parameter_declaration", "var_spec") and text_of(field(node, "type")) == _ERRNO:
            found.update(text_of(name) for name in node.children_by_field_name("name"))
    return frozenset(found - {"_"})


def _is_errno(node: Node, variables: frozenset[str]) -> bool:
    node = strip_parentheses(node)
    if node.type == "type_assertion_expression":
        return text_of(field(node, "type")) == _ERRNO
    if node.type == "call_expression":
        return text_of(field(node, "function")) == _ERRNO and len(arguments(node)) == 1
    return node.type == "identifier" and text_of(node) in variables


def _compared(comparison: Node, variables: frozenset[str]) -> Iterator[Finding]:
    left, right = field(comparison, "left"), field(comparison, "right")
    if left is None or right is None:
        return
    value, literal = (left, right) if right.type == "int_literal" else (right, left)
    if literal.type == "int_literal":
        inner = _unconverted(value)
        if _is_errno(inner, variables):
            yield from _finding(literal, literal, converted=inner != strip_parentheses(value))


def _switched(switch: Node, variables: frozenset[str]) -> Iterator[Finding]:
    value = field(switch, "value")
    inner = _unconverted(value) if value is not None else None
    if value is None or inner is None or not _is_errno(inner, variables):
        return
    for case in named(switch):
        listed = field(case, "value") if case.type == "expression_case" else None
        for literal in named(listed) if listed is not None else ():
            if literal.type == "int_literal":
                yield from _finding(literal, literal, converted=inner != strip_parentheses(value))


def _unconverted(node: Node) -> Node:
    """`errno` of `int(errno)`."""
    for _ in range(_MOST_LEVELS):
        node = strip_parentheses(node)
        given = arguments(node) if node.type == "call_expression" else []
        if len(given) != 1 or conversion_around(given[0]) != node:
            break
        node = given[0]
    return node


def _finding(literal: Node, replaced: Node, *, converted: bool) -> Iterator[Finding]:
    try:
        number = int(text_of(literal), 0)
    except ValueError:
        return
    linux, darwin = name_of(number), name_of(number, "darwin")
    if linux is None or number == 0:
        return
    names = [linux] if darwin in (None, linux) else [linux, darwin]
    if len(names) == 1 and len(set(values_of(linux).values())) == 1:
        meaning = f"{number} is {linux}"
    else:
        meaning = f"{number} is {linux} on linux and {darwin or 'nothing'} on darwin"
    message = f"{meaning}: name the error, its number is not the same on every system"
    fixes = tuple(
        Fix(
            f"Write syscall.{name}",
            (FileEdit((TextEdit(span_of(replaced), _text(name, converted)),)),),
            "safe" if len(names) == 1 else "unsafe",
            (Need("import", "syscall"),),
        )
        for name in names
        if name is not None
    )
    yield Finding(span_of(literal), message, (), fixes)


def _text(name: str, converted: bool) -> bytes:
    return f"int(syscall.{name})".encode() if converted else f"syscall.{name}".encode()
