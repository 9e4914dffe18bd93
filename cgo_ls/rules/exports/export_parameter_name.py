"""export-parameter-name: a Go parameter whose name does not do in the C that cgo writes; see export_parameter_name.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.data.tables import declared_by
from cgo_ls.model.cdecl import CMacro
from cgo_ls.model.go_file import GoParameter
from cgo_ls.model.package import CScope
from cgo_ls.rules.exports.parts.c_words import is_c_keyword, is_common_macro, is_wrapper_name
from cgo_ls.rules.exports.parts.export_lines import ExportedFunction, exported_functions
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.syntax.go_nodes import Node, field, function_node, span_of, text_of, walk
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule(
    "export-parameter-name",
    family="exports",
    severity="error",
    scope="file",
    since="0.2",
    words=(b"//export",),
    fixable=True,
)
def check(context: FileContext) -> Iterator[Finding]:
    for exported in exported_functions(context.file):
        if exported.name != exported.function.name:
            continue
        yield from _findings(exported, context)


def _findings(exported: ExportedFunction, context: FileContext) -> Iterator[Finding]:
    blanks = 0
    for parameter in exported.function.parameters:
        name = parameter.name
        if not name or not name.isascii():
            continue  # cgo makes up a name of its own
        if name == "_":
            blanks += 1
            if blanks > 1:
                yield _second_blank(exported, parameter, blanks)
            continue
        macro = _macro(name, context.scope)
        reason = _reason(exported, name, context.scope)
        if reason is None and macro is None:
            continue
        message = f"{reason or f'{name} is a macro in the preamble'}, and cgo uses the name in the C function it writes for {exported.name}"
        steps = (Step(macro.place.name_span, "the macro", macro.place.path),) if macro is not None else ()
        fix = _rename(exported, parameter)
        place = parameter.span.shift(exported.declared.declaration.start)
        yield Finding(place, message, steps, (fix,) if fix is not None else ())


def _second_blank(exported: ExportedFunction, parameter: GoParameter, number: int) -> Finding:
    place = parameter.span.shift(exported.declared.declaration.start)
    message = f"C does not take a second parameter named _, and cgo uses the names in the C function it writes for {exported.name}"
    name = f"_{number}"
    fix = Fix(f"Rename it to {name}", (FileEdit((TextEdit(place, name.encode()),)),))
    return Finding(place, message, (), (fix,))


def _macro(name: str, scope: CScope) -> CMacro | None:
    """A macro that stands for something else than itself; one with parameters is left alone by C where no `(` follows."""
    found = [macro for unit in scope.units for macro in unit.macros if macro.name == name]
    if not found or any(macro.parameters is not None or macro.value in ("", name) for macro in found):
        return None
    return found[0]


def _reason(exported: ExportedFunction, name: str, scope: CScope) -> str | None:
    if is_c_keyword(name):
        return f"{name} is a keyword of C"
    if is_common_macro(name):
        return f"{name} is a macro of C"
    if name == "errno" and declared_by("errno", scope.headers):
        return "errno is a macro of <errno.h> that calls a function: the value C passes would be lost"
    if is_wrapper_name(name) or (name == "recv" and exported.function.receiver is not None):
        return f"cgo has a {name} of its own there"
    if name == "r" and len(exported.function.results) > 1:
        return "cgo has an r of its own there, for several results"
    return None


def _rename(exported: ExportedFunction, parameter: GoParameter) -> Fix | None:
    """An underscore behind every use; None where the name might be something else in the function."""
    start = exported.declared.declaration.start
    text = exported.file.data[start : exported.declared.declaration.end]
    node = function_node(parse_go(text))
    if node is None or node.has_error:
        return None
    name, new = parameter.name, f"{parameter.name}_"
    uses: list[Span] = []
    for child in walk(node):
        if child.type not in ("identifier", "label_name"):
            continue
        if text_of(child) == new or (text_of(child) == name and _is_key(child)):
            return None
        if text_of(child) == name and child.type == "identifier" and field(node, "name") != child:
            uses.append(span_of(child).shift(start))
    if not uses:
        return None
    return Fix(f"Rename it to {new}", (FileEdit(tuple(TextEdit(use, new.encode()) for use in uses)),))


def _is_key(node: Node) -> bool:
    """`T{name: 1}` may name a field."""
    above = node.parent
    pair = above.parent if above is not None and above.type == "literal_element" else above
    return pair is not None and pair.type == "keyed_element"
