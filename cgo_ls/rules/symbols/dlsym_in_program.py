"""dlsym-in-program: dlsym looks where the symbol cannot be seen; see dlsym_in_program.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.definitions import Definition, compiled_with, exported_names, exports_of
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.span import Span

# dlsym(RTLD_DEFAULT, "name") in a preamble, and the same in Go with a string that is written there.
_IN_C = re.compile(rb"\bdlsym\s*\(\s*(?:RTLD_DEFAULT|NULL|0|\(void\s*\*\)\s*0)\s*,\s*\"(?P<name>\w+)\"")
_IN_GO = re.compile(
    rb"\bC\.dlsym\(\s*(?:C\.RTLD_DEFAULT|nil)\s*,\s*(?:C\.CString\(\s*\"(?P<name>\w+)\"\s*\)|(?P<variable>\w+))\s*\)"
)
_EXPORTING = frozenset(["-rdynamic", "-Wl,--export-dynamic", "-Wl,-export-dynamic", "-Wl,-E"])


@rule("dlsym-in-program", family="symbols", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    files = [file for file in package.files if file.package_name == "main" and file.imports_c and b"dlsym" in file.data]
    # A library with exports may be loaded into anything, by anyone.
    if not files or exports_of(package) or _exports_all(package):
        return
    for file in files:
        for name, span in (*_lookups_in_c(file), *_lookups_in_go(file)):
            found = [one for one in compiled_with(package, name) if one.is_function and not one.conditional]
            if found and name not in exported_names(package):
                yield _finding(file, name, span, found[0])


def _lookups_in_c(file: GoFile) -> Iterator[tuple[str, Span]]:
    for preamble, base in file.preambles:
        for match in _IN_C.finditer(preamble.text):
            start, end = preamble.to_file(match.start("name")), preamble.to_file(match.end("name"))
            yield match.group("name").decode(), Span(start + base, end + base)


def _lookups_in_go(file: GoFile) -> Iterator[tuple[str, Span]]:
    for declared in file.declarations:
        if "dlsym" not in declared.facts.c_names:
            continue
        region = declared.declaration.region
        for match in _IN_GO.finditer(file.data, region.start, region.end):
            if match.group("name") is not None:
                yield match.group("name").decode(), Span(*match.span("name"))
                continue
            assigned = re.compile(rb"\b" + match.group("variable") + rb"\s*:?=\s*(?:C\.CString\(\s*\"(?P<name>\w+)\"|)")
            values = [found.group("name") for found in assigned.finditer(file.data, region.start, match.start())]
            if len(values) == 1 and values[0] is not None:
                yield values[0].decode(), Span(*match.span("variable"))


def _exports_all(package: Package) -> bool:
    return any(flag in _EXPORTING or "dynamic" in flag or "shared" in flag for flag in package.link.flags)


def _finding(file: GoFile, name: str, span: Span, found: Definition) -> Finding:
    step = Step(found.declared.place.name_span, f"{name} is defined here", found.path)
    if found.static:
        message = (
            f"dlsym cannot find {name}: it is static, so it has no symbol, in any program. Use its address instead"
        )
        return Finding(span, message, (step,), path=file.path)
    message = (
        f"dlsym cannot find {name}: a program does not offer its own C functions to the dynamic linker, whatever their visibility. "
        "Use its address, or link with -Wl,--export-dynamic"
    )
    edit = append_to_preamble(file, "#cgo LDFLAGS: -Wl,--export-dynamic")
    fixes = (Fix("Link with -Wl,--export-dynamic", (FileEdit((edit,)),), "unsafe"),) if edit is not None else ()
    return Finding(span, message, (step,), fixes, path=file.path)
