"""uncallable-macro: a macro that has no value of its own is named in Go; see uncallable_macro.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.tables import header_of
from cgo_ls.model.cdecl import CMacro
from cgo_ls.model.definitions import is_conditional
from cgo_ls.model.go_facts import CReference
from cgo_ls.rules.finding import Finding, Fix, Step
from cgo_ls.rules.preamble.parts.visible_headers import only_standard_headers
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.rules.symbols.parts.wrappers import arguments_at, parameters_of, wrapper_fix
from cgo_ls.text.span import Span

_STATEMENT = re.compile(r"(?:do|if|while|for|switch|return|goto)\b|\{")


@rule("uncallable-macro", family="symbols", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    names = context.package.made_of_c(("uncallable-macros", file.path), lambda: _uncallable(context))
    if file.c_names.isdisjoint(names):
        return
    wanted = {name: macro for name in file.c_names & names if (macro := _macro(context, name)) is not None}
    for reference, span in file.uses_of(wanted.keys()):
        macro = wanted[reference.name]
        step = Step(macro.place.name_span, f"{macro.name} is defined here", macro.place.path)
        fix = _fix(context, reference, span, macro)
        message = f"C.{macro.name} cannot be used: {macro.name} {_reason(macro)}. Write a C function around it"
        yield Finding(span, message, (step,), (fix,) if fix is not None else ())


def _uncallable(context: FileContext) -> frozenset[str]:
    return frozenset(macro.name for unit in context.scope.units for macro in unit.macros if _reason(macro))


def _reason(macro: CMacro) -> str:
    """Why a macro has no meaning in Go; "" for one that may have."""
    if macro.parameters is not None:
        return "is a macro with parameters, which has no name in Go"
    if not macro.value:
        return "is a macro without a value"
    return "is a macro for a statement, not for a value" if _STATEMENT.match(macro.value) else ""


def _macro(context: FileContext, name: str) -> CMacro | None:
    """The one macro that a name stands for; None where anything else may be behind it."""
    known = context.scope.resolve(name)
    if known is None or known.kind != "macro" or len(known.declarations) != 1:
        return None
    macro = known.declarations[0]
    if not isinstance(macro, CMacro) or header_of(name) is not None or not only_standard_headers(context.scope):
        return None
    unit = next((unit for unit in context.scope.units if unit.path == macro.place.path), None)
    return macro if unit is not None and not is_conditional(unit, macro.place.span) else None


def _fix(context: FileContext, reference: CReference, span: Span, macro: CMacro) -> Fix | None:
    """A wrapper for the types of this call. The result has the type that the macro has for zeros of them."""
    if not reference.call or not (macro.value or macro.parameters is not None):
        return None
    name = macro.name
    arguments = arguments_at(context.file.data, span.end)
    parameters = parameters_of(arguments) if arguments is not None else None
    if parameters is None or len(parameters) != len(macro.parameters or ()):
        return None
    names = ", ".join(parameter.replace("*", " ").split()[-1] for parameter in parameters)
    listed = ", ".join(parameters) or "void"
    called = name if macro.parameters is None else f"{name}({names})"
    if _STATEMENT.match(macro.value):
        text = f"static void call_{name}({listed}) {{ {called}; }}"
    else:
        zeros = ", ".join(
            f"({parameter[: -len(parameter.split()[-1].lstrip('*'))].strip()})0" for parameter in parameters
        )
        text = f"static __typeof__({name}({zeros})) call_{name}({listed}) {{ return {called}; }}"
    place = reference.name_span.shift(span.start - reference.span.start)
    return wrapper_fix(context.file, context.scope, name, place, text, "unsafe" if parameters else "safe")
