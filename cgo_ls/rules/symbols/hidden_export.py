"""hidden-export: -fvisibility=hidden keeps an exported Go function out of the library; see hidden_export.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CFunction
from cgo_ls.model.go_file import Export, GoDeclaration, GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.preamble.parts.visible_headers import only_standard_headers
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.symbols.parts.exported_prototypes import exported_prototype
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_VERBS = ("CFLAGS", "CPPFLAGS")
_HIDING = frozenset(["-fvisibility=hidden", "-fvisibility=internal"])
_FLAG = re.compile(rb"[ \t]+-fvisibility=(?:hidden|internal)\b")
_ATTRIBUTE = '__attribute__((visibility("default"))) '


@rule("hidden-export", family="symbols", severity="warning", scope="package", since="0.1", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    hiding = _hiding_directive(package)
    if hiding is None:
        return
    exporting = [(file, declared) for file in package.files if file.imports_c for declared in file.declarations]
    exporting = [(file, declared) for file, declared in exporting if declared.facts.exports]
    # cgo copies the preambles of all files that export into the file it compiles the exports in, and no others.
    files = list({file.path: file for file, _ in exporting}.values())
    if not all(only_standard_headers(package.scope(file)) for file in files):
        return
    for file, declared in exporting:
        for export in declared.facts.exports:
            if declared.facts.function is None or export.name != declared.facts.function.name:
                continue
            prototypes = [one for other in files for one in _prototypes(package, other, export.name)]
            if not any(_is_visible(one) for one in prototypes) and not _is_unknown(package, files, prototypes):
                yield _finding(package, file, declared, export, prototypes, hiding)


def _hiding_directive(package: Package) -> Step | None:
    """Where the package hides its symbols; None where it does not, or where another flag may lift it again."""
    found: Step | None = None
    for file in package.files:
        for preamble, base in file.preambles:
            for directive in preamble.directives:
                if directive.verb not in _VERBS or directive.error or set(directive.constraints) == {"windows"}:
                    continue
                flags = [flag for flag in directive.arguments if flag.startswith("-fvisibility=")]
                if any(flag not in _HIDING for flag in flags):
                    return None
                if flags and found is None:
                    found = Step(directive.span.shift(base), "symbols are hidden here", file.path)
    return found


def _prototypes(package: Package, file: GoFile, name: str) -> list[CFunction]:
    known = package.scope(file).resolve(name)
    return [one for one in known.declarations if isinstance(one, CFunction)] if known is not None else []


def _is_visible(prototype: CFunction) -> bool:
    return any("visibility" in attribute and "default" in attribute for attribute in prototype.attributes)


def _is_unknown(package: Package, files: list[GoFile], prototypes: list[CFunction]) -> bool:
    """A macro or a pragma may give a prototype its visibility; those of a header cannot be seen from here."""
    if not prototypes:
        return False
    paths = {file.path for file in files}
    if any(prototype.place.path not in paths for prototype in prototypes):
        return True
    units = [unit for file in files for unit in package.scope(file).units]
    if any("visibility" in macro.value for unit in units for macro in unit.macros):
        return True
    return any(b"visibility push" in placed.preamble.text for file in files for placed in file.preambles)


def _finding(
    package: Package, file: GoFile, declared: GoDeclaration, export: Export, prototypes: list[CFunction], hiding: Step
) -> Finding:
    message = (
        f"{export.name} is exported, but -fvisibility=hidden keeps it out of the symbols of a shared library; "
        "the library still builds, and nobody can load the function"
    )
    span = export.name_span.shift(declared.declaration.start)
    fixes = (_fix(package, file, declared, prototypes), _without_flag(package, hiding))
    return Finding(span, message, (hiding,), tuple(fix for fix in fixes if fix is not None), path=file.path)


def _without_flag(package: Package, hiding: Step) -> Fix | None:
    """Take the flag out of its `#cgo` line: everything in the package is visible then. None where it stands in several places."""
    file = next((file for file in package.files if file.path == hiding.path), None)
    directives = [
        directive for one in package.files for preamble, _ in one.preambles for directive in preamble.directives
    ]
    if file is None or sum(word in _HIDING for directive in directives for word in directive.arguments) != 1:
        return None
    match = _FLAG.search(file.data, hiding.span.start, hiding.span.end)
    if match is None:
        return None
    edit = TextEdit(Span(*match.span()), b"")
    return Fix("Hide nothing: remove -fvisibility=hidden", (FileEdit((edit,), file.path),), "unsafe")


def _fix(package: Package, file: GoFile, declared: GoDeclaration, prototypes: list[CFunction]) -> Fix | None:
    function = declared.facts.function
    own = [prototype for prototype in prototypes if prototype.place.path == file.path]
    if function is None or (prototypes and not own):
        return None
    if own:
        start = own[0].place.span.start
        return Fix(
            f"Give {function.name} default visibility",
            (FileEdit((TextEdit(Span(start, start), _ATTRIBUTE.encode()),)),),
        )
    prototype = exported_prototype(function, package, file)
    edit = append_to_preamble(file, f"extern {_ATTRIBUTE}{prototype};") if prototype is not None else None
    if edit is None:
        return None
    return Fix(f"Declare {function.name} with default visibility", (FileEdit((edit,)),))
