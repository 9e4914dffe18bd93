"""panic-crossing-c: an exported function panics on purpose, and nothing stops the panic before C; see panic_crossing_c.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.package import Package
from cgo_ls.rules.exports.parts.export_lines import ExportedFunction, exported_functions
from cgo_ls.rules.exports.parts.own_nodes import own_nodes
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.syntax.go_nodes import Node, field, function_node, named, span_of, text_of
from cgo_ls.syntax.go_parser import parse_go

# What says that nobody is to get there: a mistake of the program's own, which may well end it.
_NEVER = re.compile(
    r"unreachable|not reached|impossible|(?:can|must|should|could)(?:no|n.)t\b|never|\bbug\b|internal|todo|"
    r"(?:not|un)\W?(?:implemented|supported|expected|known|handled)",
    re.IGNORECASE,
)
_PANICKING_NAME = re.compile(r"(?:must|panic|check|assert)", re.IGNORECASE)


@rule(
    "panic-crossing-c",
    family="exports",
    severity="information",
    scope="file",
    since="0.2",
    words=(b"//export",),
    enabled=False,
)
def check(context: FileContext) -> Iterator[Finding]:
    for exported in exported_functions(context.file):
        if exported.name == exported.function.name and exported.function.body is not None:
            yield from _findings(exported, context.package)


def _findings(exported: ExportedFunction, package: Package) -> Iterator[Finding]:
    start = exported.declared.declaration.start
    text = exported.file.data[start : exported.declared.declaration.end]
    if b"panic(" not in text and _PANICKING_NAME.search(text.decode("utf-8", "replace")) is None:
        return
    node = function_node(parse_go(text))
    body = field(node, "body") if node is not None else None
    if body is None or body.has_error or _may_recover(body, exported, package):
        return
    for call in own_nodes(body):
        what = _panics(call, exported, package) if call.type == "call_expression" else None
        if what is not None:
            words, steps = what
            message = (
                f"{words}, and C calls {exported.name}: the panic leaves through the C functions in between, which free and unlock "
                "nothing, and it ends a program whose main is C. Recover in a deferred function, and report the failure as a result"
            )
            called = Step(exported.line.span, f"{exported.name} is called from C by this")
            yield Finding(span_of(call).shift(start), message, (called, *steps))
            return


def _panics(call: Node, exported: ExportedFunction, package: Package) -> tuple[str, tuple[Step, ...]] | None:
    """Why the call panics, in words: `panic` itself, or a function of the package that is there to panic."""
    function, arguments = field(call, "function"), field(call, "arguments")
    if function is None or function.type != "identifier":
        return None
    name = text_of(function)
    if name == "panic":
        told = text_of(arguments) if arguments is not None else ""
        return None if _NEVER.search(told) else ("this panics", ())
    if _PANICKING_NAME.match(name) is None:
        return None
    declared = package.function(name, exported.file)
    if declared is None:
        return None
    file, declaration = declared
    base = declaration.declaration.start
    node = function_node(parse_go(file.data[base : declaration.declaration.end]))
    body = field(node, "body") if node is not None else None
    if body is None or "recover(" in text_of(body):
        return None
    for inner in own_nodes(body):
        if inner.type == "call_expression" and text_of(field(inner, "function")) == "panic":
            place = span_of(inner).shift(base)
            return f"{name} panics", (Step(place, "panics here", file.path),)
    return None


def _may_recover(body: Node, exported: ExportedFunction, package: Package) -> bool:
    """Whether something deferred stops the panic, or may: a function that is not in sight."""
    for node in own_nodes(body):
        if node.type != "defer_statement":
            continue
        call = next(iter(named(node)), None)
        function = field(call, "function") if call is not None else None
        if function is None:
            return True
        if function.type == "func_literal":
            # It may recover, or call what does: only `recover` itself in the deferred function counts, so no other call can.
            if "recover()" in text_of(function):
                return True
            continue
        name = text_of(function)
        if name.startswith("C.") or re.fullmatch(
            r"[\w.]+\.(?:Unlock|RUnlock|Done|Delete|Unpin|Close|Free|Store|Add)", name
        ):
            continue
        declared = package.function(name, exported.file) if name.isidentifier() else None
        if declared is None:
            return True
        region = declared[1].declaration
        if b"recover()" in declared[0].data[region.start : region.end]:
            return True
    return False
