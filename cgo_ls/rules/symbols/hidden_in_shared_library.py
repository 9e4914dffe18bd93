"""hidden-in-shared-library: a shared library has the function and keeps it to itself; see hidden_in_shared_library.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.symbols.parts.origins import broken_uses


@rule("hidden-in-shared-library", family="symbols", severity="error", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    for file, reference, span, origin in broken_uses(context.package, "hidden"):
        library, symbol = origin.library, origin.symbol
        if library is None or symbol is None:
            continue
        how = "hidden in it, or static" if symbol.binding == "local" else f"{symbol.visibility} in it"
        message = (
            f"C.{reference.name} cannot be linked: {library.file} has {reference.name}, but does not export it ({how}). "
            'Build the library with __attribute__((visibility("default"))) on it, or link a static archive'
        )
        step = Step(library.flag, f"{library.file} is linked here", library.named_in)
        yield Finding(span, message, (step,), path=file.path)
