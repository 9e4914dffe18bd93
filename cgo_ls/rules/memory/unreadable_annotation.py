"""A comment that tells cgo-ls about a C function, and cannot be understood."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.annotations import annotated_rows
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import PackageContext, rule


@rule("unreadable-annotation", family="memory", severity="warning", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    """One finding for each declaration whose `cgo-ls:` lines are wrong; nothing that they say counts then."""
    units = [file.c_unit for file in context.package.files if file.c_unit is not None]
    for error in annotated_rows([*units, *context.package.c_units])[1]:
        message = f"the cgo-ls comment of {error.function} is not understood: {error.message}"
        yield Finding(error.place.name_span, message, path=error.place.path)
