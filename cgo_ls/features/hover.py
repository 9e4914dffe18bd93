"""Hovers where C is concerned, and nowhere else: gopls answers beside us."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cgo_ls.analysis.function import FunctionAnalysis
from cgo_ls.analysis.ownership_at import describe
from cgo_ls.data.tables import function as table_row
from cgo_ls.features.c_places import c_name_at, go_file
from cgo_ls.features.hover_c_names import render_name, render_pseudo, render_row
from cgo_ls.features.hover_errno import error_at, number_at
from cgo_ls.features.hover_ownership import variable_at
from cgo_ls.features.hover_texts import hover_texts
from cgo_ls.features.symbol_hover import symbol_line
from cgo_ls.model.cdecl import CFunction, CPlace
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of, walk
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.span import Span
from cgo_ls.workspace.engine import PackageResult
from cgo_ls.workspace.session import Snapshot


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about the bytes of `span` (file offsets). Text from source files is only in code blocks and code marks."""

    span: Span
    markdown: str


def hover(snapshot: Snapshot, path: str, offset: int) -> Hover | None:
    """What is to be said of the place at byte `offset`; None where C is not concerned."""
    named = c_name_at(snapshot, path, offset)
    if named is not None:
        text = describe_name(snapshot, named.result, named.file, named.name)
        return Hover(named.span, text) if text else None
    result = snapshot.package(os.path.dirname(path))
    file = go_file(result, path)
    declared = (
        next((one for one in file.declarations if one.declaration.region.touches(offset)), None) if file else None
    )
    if file is None or declared is None:
        return None
    inside = offset - declared.declaration.start
    errno = _of_errno(result, file, declared, inside)
    analysis = _analysis_of(result, path, declared) if errno is None else None
    if analysis is None:
        return errno
    of_slice = _of_slice(file, declared, analysis, inside)
    if of_slice is not None:
        return of_slice
    variable = variable_at(result, file, declared, analysis, inside)
    return Hover(*variable) if variable is not None else None


def _of_errno(result: PackageResult, file: GoFile, declared: GoDeclaration, inside: int) -> Hover | None:
    """The second result of a C call, and error numbers."""
    region = declared.declaration.region
    text = file.data[region.start : region.end]
    if not any(reference.two_value for reference in declared.facts.c_references) and b"syscall.E" not in text:
        return None
    root = parse_go(text)
    found = error_at(root, inside, result.environments[file.path].convention) or number_at(root, inside)
    return Hover(found[0].shift(region.start), found[1]) if found is not None else None


def describe_name(snapshot: Snapshot, result: PackageResult, file: GoFile, name: str) -> str | None:
    """What is to be said of `C.name` in this file, as Markdown."""
    known = result.package.scope(file).resolve(name)
    own = known is not None and any(isinstance(one, CFunction) and one.is_definition for one in known.declarations)
    if name in hover_texts() and not own:
        return hover_texts()[name]
    effects = result.environments[file.path].c_effects(name, 0)
    convention = result.environments[file.path].convention(name)
    if known is not None and known.declarations:
        bodies = [
            one for unit in result.package.c_units for one in unit.functions if one.name == name and one.is_definition
        ]
        row = table_row(name, _includes(result, file)) if effects.origin == "table" else None
        text = render_name(known, bodies, effects, lambda place: _where(snapshot, file, place), convention, row)
        symbol = symbol_line(snapshot, result.package, file, name)
        return f"{text}\n\n{symbol}" if symbol else text
    row = table_row(name, _includes(result, file))
    return render_row(row, convention) if row is not None else render_pseudo(name)


def _includes(result: PackageResult, file: GoFile) -> list[str]:
    return sorted({include.name for unit in result.package.scope(file).units for include in unit.includes})


def _where(snapshot: Snapshot, file: GoFile, place: CPlace) -> str:
    """`api.h:3`, relative to the file's folder."""
    document = snapshot.document(place.path)
    line = document.line_at(place.name_span.start) + 1 if document is not None else 0
    return f"{os.path.relpath(place.path, os.path.dirname(file.path))}:{line}"


def _analysis_of(result: PackageResult, path: str, declared: GoDeclaration) -> FunctionAnalysis | None:
    start = declared.declaration.start
    rows = result.functions.get(path, ())
    return next((found.analysis for row, found in rows if row.declaration.start == start), None)


def _of_slice(file: GoFile, declared: GoDeclaration, analysis: FunctionAnalysis, inside: int) -> Hover | None:
    """`unsafe.Slice` of a pointer that is C's."""
    region = declared.declaration.region
    text = file.data[region.start : region.end]
    near = text[max(inside - len("unsafe.Slice"), 0) : inside + len("unsafe.Slice")]
    if b"unsafe.Slice" not in near:
        return None
    for node in walk(parse_go(text)):
        function = field(node, "function") if node.type == "call_expression" else None
        if function is None or text_of(function) != "unsafe.Slice" or not span_of(function).touches(inside):
            continue
        arguments = field(node, "arguments")
        given = named(arguments) if arguments is not None else []
        if given and _is_c_memory(given[0], analysis):
            return Hover(span_of(function).shift(region.start), hover_texts()["unsafe.Slice"])
    return None


def _is_c_memory(pointer: Node, analysis: FunctionAnalysis) -> bool:
    """A pointer of a C type, or one made from a variable that holds C memory."""
    for node in walk(pointer):
        if node.type in ("selector_expression", "qualified_type") and text_of(node).startswith("C."):
            return True
        if node.type == "identifier" and describe(analysis, node.start_byte) is not None:
            return True
    return False
