"""export-header-in-preamble: _cgo_export.h in a preamble, before it exists; see export_header_in_preamble.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FileContext, rule

HEADER = "_cgo_export.h"


@rule(
    "export-header-in-preamble",
    family="exports",
    severity="error",
    scope="file",
    since="0.2",
    words=(b"_cgo_export.h",),
)
def check(context: FileContext) -> Iterator[Finding]:
    unit = context.file.c_unit
    for include in unit.includes if unit is not None else ():
        if include.name == HEADER:
            message = (
                "cgo makes _cgo_export.h out of this very preamble, so it cannot be included here; "
                "only .c files can, a preamble declares the exported functions it calls"
            )
            yield Finding(include.place.name_span, message)
