"""go-func-as-callback: a Go function where C wants a function pointer; see go_func_as_callback.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CFunction, CTypeName
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.package import CScope, Package
from cgo_ls.rules.exports.parts.export_lines import is_exported
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.syntax.go_nodes import Node, field, function_node, named, span_of, strip_parentheses, text_of, walk
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_POINTER = re.compile(r"typedef\b[^;{}]*\(\s*\*\s*(?:const\s+)?\w+\s*\)\s*\(", re.DOTALL)


@rule("go-func-as-callback", family="exports", severity="error", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    for file in package.files:
        scope = package.scope(file)
        callbacks = {name: kinds for name in file.c_names if (kinds := _callback_parameters(name, scope))}
        if not callbacks:
            continue
        for declared in file.declarations:
            facts = declared.facts
            if facts.function is not None and not facts.c_names.isdisjoint(callbacks):
                yield from _in_function(package, file, declared, callbacks)


def _callback_parameters(name: str, scope: CScope) -> dict[int, str]:
    """Index of each parameter of C.name that is a function pointer by a typedef -> the typedef's name."""
    known = scope.resolve(name)
    if known is None or known.kind != "function":
        return {}
    found: dict[int, str] | None = None
    for function in known.declarations:
        if not isinstance(function, CFunction):
            return {}
        kinds = {
            index: parameter.type.strip()
            for index, parameter in enumerate(function.parameters)
            if _is_function_pointer(parameter.type.strip(), scope)
        }
        if found is not None and found != kinds:
            return {}
        found = kinds
    return found or {}


def _is_function_pointer(name: str, scope: CScope) -> bool:
    known = scope.resolve(name) if name.isidentifier() else None
    if known is None or known.kind != "type":
        return False
    return all(isinstance(each, CTypeName) and _POINTER.match(each.text) for each in known.declarations)


def _in_function(
    package: Package, file: GoFile, declared: GoDeclaration, callbacks: dict[str, dict[int, str]]
) -> Iterator[Finding]:
    start = declared.declaration.start
    node = function_node(parse_go(file.data[start : declared.declaration.end]))
    if node is None:
        return
    locals_ = _declared_names(node)
    for call in walk(node):
        if call.type != "call_expression":
            continue
        callee = text_of(field(call, "function"))
        arguments = field(call, "arguments")
        wanted = callbacks.get(callee.removeprefix("C.")) if callee.startswith("C.") else None
        for index, argument in enumerate(named(arguments) if wanted and arguments is not None else ()):
            if wanted and index in wanted:
                finding = _finding(package, file, strip_parentheses(argument), wanted[index], locals_, start)
                if finding is not None:
                    yield finding


def _finding(
    package: Package, file: GoFile, argument: Node, kind: str, locals_: set[str], start: int
) -> Finding | None:
    text = text_of(argument)
    span = span_of(argument).shift(start)
    if argument.type == "func_literal":
        message = (
            f"a Go function literal is no C function: C.{kind} wants one that is declared and exported with //export"
        )
        return Finding(Span(span.start, span.start + len("func")), message, path=file.path)
    if argument.type == "identifier" and text not in locals_ and package.function(text, file):
        exported = any(is_exported(other, text) for other in package.files)
        message = f"{text} is a Go function; C takes C.{kind}(C.{text}), "
        if not exported:
            return Finding(
                span,
                message + f"with //export {text} above the function and a prototype in the preamble",
                path=file.path,
            )
        if package.scope(file).resolve(text) is None:
            return Finding(span, message + f"with a prototype of {text} in the preamble", path=file.path)
        return Finding(
            span,
            message + "the C function that //export makes of it",
            (),
            (_converted(span, kind, text),),
            path=file.path,
        )
    known = package.scope(file).resolve(text[2:]) if text.startswith("C.") and text[2:].isidentifier() else None
    if argument.type == "selector_expression" and known is not None and known.kind == "function":
        message = f"{text} as a value is an unsafe.Pointer and must be converted: C.{kind}({text})"
        return Finding(span, message, (), (_converted(span, kind, text[2:]),), path=file.path)
    return None


def _converted(span: Span, kind: str, name: str) -> Fix:
    return Fix(f"Pass C.{kind}(C.{name})", (FileEdit((TextEdit(span, f"C.{kind}(C.{name})".encode()),)),))


def _declared_names(function: Node) -> set[str]:
    """Every name that some variable or parameter of the function has."""
    found: set[str] = set()
    for node in walk(function):
        if node.type in ("parameter_declaration", "var_spec", "const_spec"):
            found.update(text_of(name) for name in node.children_by_field_name("name"))
        elif node.type in ("short_var_declaration", "range_clause"):
            left = field(node, "left")
            found.update(text_of(name) for name in (named(left) if left is not None else []))
    return found
