"""undefined-symbol: a C name is declared, and nothing that is linked defines it; see undefined_symbol.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.symbols.parts.origins import broken_uses


@rule("undefined-symbol", family="symbols", severity="error", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    libraries = context.package.link.libraries
    for file, reference, span, origin in broken_uses(context.package, "undefined"):
        if origin.name is None or not origin.name.declarations:
            continue
        name, declared = reference.name, origin.name.declarations[0]
        message = f"C.{name} cannot be linked: {name} is declared, but no C file of the package defines it"
        if libraries:
            names = sorted({library.file for library in libraries})
            message += f", and the symbol is not in {' or '.join(names)}"
        else:
            message += ", and no library is linked that could"
        step = Step(declared.place.name_span, f"{name} is declared here", declared.place.path)
        yield Finding(span, message, (step,), path=file.path)
