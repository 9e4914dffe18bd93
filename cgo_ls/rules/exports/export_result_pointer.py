"""export-result-pointer: an exported function hands Go memory to C as its result; see export_result_pointer.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.go_file import GoParameter
from cgo_ls.model.package import Package
from cgo_ls.rules.exports.parts.export_lines import ExportedFunction, exported_functions
from cgo_ls.rules.exports.parts.own_nodes import own_nodes
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.syntax.go_nodes import Node, field, function_node, named, span_of, strip_parentheses, text_of, walk
from cgo_ls.syntax.go_parser import parse_go

# Calls whose string is new memory, whatever they are given.
_FRESH_STRING = re.compile(
    r"fmt\.Sprint\w*|strings\.(?:Repeat|Join|ToUpper|ToLower|ReplaceAll)|strconv\.\w+|C\.GoString|C\.GoStringN|"
    r"os\.Getenv|filepath\.Join|path\.Join|hex\.EncodeToString|base64\.\w+\.EncodeToString"
)
_FRESH_ERROR = re.compile(r"errors\.(?:New|Join)|fmt\.Errorf")
_FRESH = re.compile(r"make|append|new|C\.GoBytes|json\.Marshal\w*|os\.ReadFile|io\.ReadAll")
_CHAIN = 10


@rule("export-result-pointer", family="exports", severity="warning", scope="file", since="0.2", words=(b"//export",))
def check(context: FileContext) -> Iterator[Finding]:
    for exported in exported_functions(context.file):
        if exported.name != exported.function.name or exported.function.body is None:
            continue
        kinds = [_kind(result, context.package, exported) for result in exported.function.results]
        if any(kinds) and _may_be_called(exported, context.package):
            yield from _findings(exported, kinds)


def _may_be_called(exported: ExportedFunction, package: Package) -> bool:
    """A program, which may be a library for C, offers its exports to everybody; elsewhere some C of the package names them."""
    if exported.file.package_name == "main":
        return True
    name = re.compile(rb"\b" + re.escape(exported.name.encode()) + rb"\b")
    preambles = (preamble for file in package.files for preamble, _ in file.preambles)
    return any(
        name.search(text) for text in (*(unit.text for unit in package.c_units), *(each.text for each in preambles))
    )


def _kind(result: GoParameter, package: Package, exported: ExportedFunction) -> str:
    """What of Go's the result is: string, slice, map, chan, error, pointer; "" for what C may have."""
    go_type = result.type.strip()
    for _ in range(_CHAIN):
        if re.match(r"\[\s*\]", go_type):
            return "slice"
        if go_type.startswith("map["):
            return "map"
        if re.match(r"(?:<-\s*)?chan\b", go_type):
            return "chan"
        if go_type in ("string", "error"):
            return go_type
        if go_type.startswith("*") or go_type == "unsafe.Pointer":
            return "pointer"
        declared = package.type(go_type, exported.file) if go_type.isidentifier() else None
        if declared is None or declared.kind not in ("defined", "alias", "other"):
            return ""
        go_type = declared.underlying.strip()
    return ""


def _findings(exported: ExportedFunction, kinds: list[str]) -> Iterator[Finding]:
    start = exported.declared.declaration.start
    text = exported.file.data[start : exported.declared.declaration.end]
    node = function_node(parse_go(text))
    body = field(node, "body") if node is not None else None
    if body is None or b".Pin(" in text:
        return
    values = _assigned_once(body)
    for statement in _returns(body):
        expressions = [child for block in named(statement) for child in _listed(block)]
        if len(expressions) != len(kinds):
            continue
        for kind, expression in zip(kinds, expressions, strict=True):
            what = _go_memory(kind, expression, values)
            if what is not None:
                message = (
                    f"{exported.name} returns {what} to C: the call panics, since C must not have a pointer to Go memory "
                    "that is not pinned"
                )
                yield Finding(
                    span_of(expression).shift(start), message, (Step(exported.line.span, "called from C by this"),)
                )


def _listed(node: Node) -> list[Node]:
    return named(node) if node.type == "expression_list" else [node]


def _returns(body: Node) -> Iterator[Node]:
    """The function's own return statements, in order."""
    return (node for node in own_nodes(body) if node.type == "return_statement")


def _assigned_once(body: Node) -> dict[str, Node]:
    """Variables of the body with one `x := value` and nothing else assigned to them."""
    found: dict[str, Node] = {}
    spoilt: set[str] = set()
    for node in walk(body):
        if node.type == "short_var_declaration":
            left, right = field(node, "left"), field(node, "right")
            names = [text_of(name) for name in named(left)] if left is not None else []
            values = named(right) if right is not None else []
            for index, name in enumerate(names):
                if name in found or len(values) != len(names):
                    spoilt.add(name)
                else:
                    found[name] = values[index]
        elif node.type == "assignment_statement":
            left = field(node, "left")
            spoilt.update(text_of(name) for name in (named(left) if left is not None else []))
    return {name: value for name, value in found.items() if name not in spoilt}


def _go_memory(kind: str, node: Node, values: dict[str, Node]) -> str | None:
    """What is certainly new Go memory, in words; None for a constant, nil, memory of C and all that is not known."""
    node = strip_parentheses(node)
    if node.type == "identifier" and text_of(node) in values:
        node = strip_parentheses(values[text_of(node)])
    if not kind:
        return None
    called = text_of(field(node, "function")) if node.type == "call_expression" else ""
    if kind == "string":
        dynamic = _FRESH_STRING.fullmatch(called) or (called == "string" and _is_bytes(node))
        return "a Go string" if dynamic or called.endswith(".Error") else None
    if kind == "error":
        return "a Go error" if _FRESH_ERROR.fullmatch(called) else None
    if kind == "pointer":
        taken = node.type == "unary_expression" and text_of(node).startswith("&")
        operand = field(node, "operand") if taken else None
        if called == "new" or (operand is not None and operand.type == "composite_literal"):
            return "a pointer to Go memory"
        return None
    if node.type == "composite_literal" and (kind != "slice" or not text_of(node).endswith("{}")):
        return f"a Go {kind}"
    return f"a Go {kind}" if _FRESH.fullmatch(called) else None


def _is_bytes(call: Node) -> bool:
    """`string(b)` of a variable or call: of a literal it may be a constant."""
    arguments = field(call, "arguments")
    values = named(arguments) if arguments is not None else []
    return len(values) == 1 and values[0].type in ("identifier", "call_expression", "slice_expression")
