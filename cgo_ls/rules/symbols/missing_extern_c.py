"""missing-extern-c: a C++ function keeps its mangled name, and Go asks for the plain one; see missing_extern_c.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.definitions import Definition
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.symbol_origin import Origin
from cgo_ls.objects.demangle import demangle
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.symbols.parts.origins import broken_uses
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("missing-extern-c", family="symbols", severity="error", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    for file, _, span, origin in broken_uses(context.package, "mangled"):
        if origin.definitions:
            yield _in_source(file, span, origin)
        elif origin.library is not None and origin.symbol is not None:
            yield _in_library(file, span, origin)


def _in_source(file: GoFile, span: Span, origin: Origin) -> Finding:
    found, name = origin.definitions, origin.c_name
    definition = found[0]
    message = (
        f"C.{name} cannot be linked: {definition.file} defines {name} as a C++ function, whose symbol has another name. "
        'Put extern "C" before it'
    )
    steps = tuple(Step(one.declared.place.name_span, f"{name} is defined here", one.path) for one in found)
    return Finding(span, message, steps, (_fix(definition),) if len(found) == 1 else (), path=file.path)


def _fix(definition: Definition) -> Fix:
    start = definition.declared.place.span.start
    edit = TextEdit(Span(start, start), b'extern "C" ')
    return Fix(f'Put extern "C" before {definition.name} in {definition.file}', (FileEdit((edit,), definition.path),))


def _in_library(file: GoFile, span: Span, origin: Origin) -> Finding:
    assert origin.library is not None and origin.symbol is not None
    plain = demangle(origin.symbol.name) or origin.symbol.name
    message = (
        f"C.{origin.c_name} cannot be linked: {origin.library.file} has {plain} as a C++ function only ({origin.symbol.name}). "
        f'Build it with extern "C", or call it from a C++ file of the package that has extern "C"'
    )
    step = Step(origin.library.flag, f"{origin.library.file} is linked here", origin.library.named_in)
    return Finding(span, message, (step,), path=file.path)
