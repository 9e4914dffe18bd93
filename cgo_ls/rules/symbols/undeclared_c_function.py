"""undeclared-c-function: Go calls a C function that no declaration shows to the file; see undeclared_c_function.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.cdecl import CFunction
from cgo_ls.model.definitions import Definition
from cgo_ls.model.go_file import GoFile
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.symbols.parts.origins import broken_uses
from cgo_ls.rules.symbols.parts.prototypes import plain_prototype, plain_variable
from cgo_ls.text.span import Span


@rule("undeclared-c-function", family="symbols", severity="error", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    for file, reference, span, origin in broken_uses(context.package, "undeclared"):
        in_c_files = [one for one in origin.definitions if not one.unit.in_preamble]
        if in_c_files and (reference.call or not in_c_files[0].is_function):
            yield _defined(file, reference.name, span, in_c_files[0])


def _defined(file: GoFile, name: str, span: Span, definition: Definition) -> Finding:
    declared = definition.declared
    needed = "a prototype of it" if definition.is_function else "an extern declaration of it"
    message = f"C.{name} is not declared to this file: {name} is defined in {definition.file}, and the preamble needs {needed}"
    step = Step(declared.place.name_span, f"{name} is defined here", definition.path)
    prototype = plain_prototype(declared) if isinstance(declared, CFunction) else plain_variable(declared)
    edit = append_to_preamble(file, prototype) if prototype is not None else None
    fixes = (Fix(f"Declare {name} in the preamble", (FileEdit((edit,)),)),) if edit is not None else ()
    return Finding(span, message, (step,), fixes, path=file.path)
