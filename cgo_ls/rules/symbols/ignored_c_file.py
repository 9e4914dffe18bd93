"""ignored-c-file: the only definition is in a C file that the go command leaves out; see ignored_c_file.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.symbols.parts.origins import broken_uses


@rule("ignored-c-file", family="symbols", severity="error", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    for file, reference, span, origin in broken_uses(context.package, "not compiled"):
        name = reference.name
        if origin.below is not None:
            path = origin.below.path.removeprefix(context.package.directory).replace("\\", "/").lstrip("/")
            message = (
                f"C.{name} cannot be linked: {name} is defined in {path}, "
                "and the go command compiles only the C files beside the Go files. "
                f'Move the file, or #include "{path}" in one preamble'
            )
            yield Finding(span, message, path=file.path)
        elif origin.definitions:
            found = origin.definitions[0]
            constraint = found.unit.constraint or ""
            built = "never built" if "ignore" in constraint else f"built for {constraint} only"
            message = f"C.{name} cannot be linked everywhere this file is built: {name} is defined in {found.file}, which is {built}"
            step = Step(found.declared.place.name_span, f"{name} is defined here", found.path)
            yield Finding(span, message, (step,), path=file.path)
