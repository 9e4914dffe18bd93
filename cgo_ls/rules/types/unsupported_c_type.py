"""unsupported-c-type: a C name whose type has no match in Go, such as long double; see unsupported_c_type.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.cdecl import CFunction, CVariable
from cgo_ls.model.package import CScope
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.rules.types.parts.c_as_go import unsupported_in


@rule("unsupported-c-type", family="types", severity="error", scope="file", since="0.2")
def check(context: FileContext) -> Iterator[Finding]:
    file, scope = context.file, context.scope
    found = {name: said for name in file.c_names if (said := _unsupported(name, scope)) is not None}
    for reference, span in file.uses_of(found.keys()):
        said = found.pop(reference.name, None)
        if said is not None:
            kind, step = said
            message = f"C.{reference.name} has the type {kind}, for which Go has none; cgo refuses it. Convert to double in a C function"
            yield Finding(span, message, (step,))


def _unsupported(name: str, scope: CScope) -> tuple[str, Step] | None:
    known = scope.resolve(name)
    if known is None or known.kind not in ("function", "variable"):
        return None
    for each in known.declarations:
        kinds: list[str] = []
        if isinstance(each, CFunction):
            kinds = [each.result, *(parameter.type for parameter in each.parameters)]
        elif isinstance(each, CVariable):
            kinds = [each.type]
        for kind in kinds:
            unsupported = unsupported_in(kind)
            if unsupported is not None and "(" not in kind:
                return unsupported, Step(each.place.name_span, "declared here", each.place.path)
    return None
