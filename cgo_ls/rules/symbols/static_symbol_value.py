"""static-symbol-value: Go takes the address of something static of the preamble; see static_symbol_value.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CFunction, CVariable
from cgo_ls.model.definitions import definitions, exports_of
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_STORAGE = re.compile(rb"\b(?:static|inline|__inline|__inline__)\b[ \t]*")


@rule("static-symbol-value", family="symbols", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    names = context.package.made_of_c(("static-names", context.file.path), lambda: _static_names(context))
    if context.file.c_names.isdisjoint(names):
        return
    wanted = {name: declared for name in names if (declared := _static(context, name)) is not None}
    variables = {name for name, declared in wanted.items() if isinstance(declared, CVariable)}
    for reference, span in context.file.uses_of(variables):
        yield _finding(context, reference.name, span, wanted[reference.name])
    for reference, span in context.file.values_of(wanted.keys() - variables):
        yield _finding(context, reference.name, span, wanted[reference.name])


def _static_names(context: FileContext) -> frozenset[str]:
    """What is static in the texts that the file sees, and used in the package."""
    units = context.scope.units
    return frozenset(one.name for unit in units for one in (*unit.functions, *unit.variables) if one.static)


def _static(context: FileContext, name: str) -> CFunction | CVariable | None:
    """The declaration of a name that is certainly static; an object-like macro of that name may lead somewhere else."""
    known = context.scope.resolve(name)
    if known is None or any(macro.name == name for unit in context.scope.units for macro in unit.macros):
        return None
    found = [one for one in known.declarations if isinstance(one, CFunction | CVariable)]
    return found[0] if found and all(one.static for one in found) else None


def _finding(context: FileContext, name: str, span: Span, declared: CFunction | CVariable) -> Finding:
    if isinstance(declared, CFunction):
        kind = "static inline" if declared.inline else "static"
        message = (
            f"C.{name} is used as a value, but {name} is {kind} and has no symbol Go could refer to: "
            "the link fails. Call it, or let a C function return its address"
        )
    else:
        kind = "static const" if declared.const else "static"
        message = f"{name} is {kind}, so C.{name} has no symbol Go could refer to: the link fails"
        if declared.const:
            message += ". Make it an enum or a #define, or return it from a C function"
        else:
            message += ". Take static away, or return it from a C function"
    step = Step(declared.place.name_span, f"{name} is static here", declared.place.path)
    fix = _fix(context.package, context.file, declared)
    return Finding(span, message, (step,), (fix,) if fix is not None else ())


def _fix(package: Package, file: GoFile, declared: CFunction | CVariable) -> Fix | None:
    """Without static there is a symbol; only where the text is compiled once, and no other definition has the name."""
    found = definitions(package).get(declared.name, ())
    if declared.place.path != file.path or file.path in exports_of(package) or len(found) != 1 or found[0].conditional:
        return None
    place = declared.place
    head = file.data[place.span.start : place.name_span.start]
    words = [Span(*match.span()).shift(place.span.start) for match in _STORAGE.finditer(head)]
    if not words:
        return None
    edits = tuple(TextEdit(word, b"") for word in words)
    return Fix(f"Remove static from {declared.name}", (FileEdit(edits),))
