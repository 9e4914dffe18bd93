"""leaked-helper: a C function that is no part of a shared library's interface is exported from it; see leaked_helper.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.definitions import Definition, definitions, exported_names, exports_of, is_beside
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_ATTRIBUTE = b'__attribute__((visibility("hidden"))) '


@rule("leaked-helper", family="symbols", severity="hint", scope="package", since="0.2", fixable=True, enabled=False)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    exporting = exports_of(package)
    if not any(file.path in exporting and file.package_name == "main" for file in package.files) or _hides(package):
        return
    for several in definitions(package).values():
        for found in several:
            if found.is_function and _leaks(package, found):
                yield _finding(found)


def _leaks(package: Package, found: Definition) -> bool:
    in_preamble = any(file.path == found.path for file in package.files)
    if (
        not found.external
        or not (in_preamble or is_beside(package, found.unit))
        or found.name in exported_names(package)
    ):
        return False
    same = (one for one in found.unit.functions if one.name == found.name)
    return not any("visibility" in attribute for one in same for attribute in one.attributes)


def _hides(package: Package) -> bool:
    """Whether a flag of the package decides about visibility, or about what the library exports."""
    words = [
        word
        for file in package.files
        for preamble, _ in file.preambles
        for directive in preamble.directives
        for word in directive.arguments
    ]
    return any("visibility" in word or "version-script" in word or "exclude-libs" in word for word in words)


def _finding(found: Definition) -> Finding:
    message = (
        f"{found.name} becomes a symbol of the shared library, like the exported Go functions; "
        "hide it, or make it static, if users of the library are not to call it"
    )
    start = found.declared.place.span.start
    fix = Fix(f"Hide {found.name}", (FileEdit((TextEdit(Span(start, start), _ATTRIBUTE),), found.path),))
    return Finding(found.declared.place.name_span, message, fixes=(fix,), path=found.path)
