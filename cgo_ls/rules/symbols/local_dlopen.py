"""local-dlopen: dlsym looks for a library's symbol everywhere but in that library; see local_dlopen.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.tables import header_of
from cgo_ls.model.definitions import compiled_with, exported_names
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_FLAGS = rb"(?P<flags>[\w.|+ \t()]*?RTLD_[\w.|+ \t]*)"
_OPEN = re.compile(rb"(?:\b(?P<handle>\w+)\s*:?=\s*)?\b(?:C\.)?dlopen\s*\(\s*[^,;{}]{1,300},\s*" + _FLAGS + rb"\)")
_LOOKUP = re.compile(
    rb"\b(?:C\.)?dlsym\s*\(\s*(?P<where>(?:C\.)?RTLD_DEFAULT|nil|NULL|0)\s*,\s*(?:C\.CString\(\s*)?\"(?P<name>\w+)\""
)


@rule("local-dlopen", family="symbols", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    files = [
        file for file in package.files if file.package_name == "main" and file.imports_c and b"dlopen" in file.data
    ]
    # Another library may offer the name; a program that opens anything for all to see may mean that.
    if not files or not package.link.complete or package.link.libraries or _opens_for_all(package):
        return
    for file in files:
        for region in _regions(file):
            opened = list(_OPEN.finditer(file.data, region.start, region.end))
            lookups = _LOOKUP.finditer(file.data, opened[0].end(), region.end) if opened else ()
            for lookup in lookups:
                name = lookup.group("name").decode()
                if header_of(name) is None and name not in exported_names(package) and not compiled_with(package, name):
                    yield _finding(file, name, lookup, opened)


def _regions(file: GoFile) -> Iterator[Span]:
    """The bodies of C functions in the preambles, and the functions of Go."""
    for function in file.c_unit.functions if file.c_unit is not None else ():
        if function.is_definition:
            yield function.place.span
    for declared in file.declarations:
        if "dlsym" in declared.facts.c_names:
            yield declared.declaration.region


def _opens_for_all(package: Package) -> bool:
    texts = [file.data for file in package.files] + [unit.text for unit in package.c_units]
    return any(b"RTLD_GLOBAL" in text for text in texts)


def _finding(file: GoFile, name: str, lookup: re.Match[bytes], opened: list[re.Match[bytes]]) -> Finding:
    message = (
        f"dlsym cannot find {name} here: a library that is opened without RTLD_GLOBAL offers its names through its handle only. "
        "Give dlsym the handle, or open the library with RTLD_GLOBAL"
    )
    last = [match for match in opened if match.end() <= lookup.start()][-1]
    step = Step(Span(*last.span("flags")), "opened for this handle only")
    fixes: list[Fix] = []
    if len(opened) == 1:
        handle = last.group("handle")
        if handle is not None:
            edit = TextEdit(Span(*lookup.span("where")), handle)
            fixes.append(Fix(f"Look in {handle.decode()}", (FileEdit((edit,)),)))
        more = b"|C.RTLD_GLOBAL" if b"C.RTLD" in last.group("flags") else b" | RTLD_GLOBAL"
        end = last.start("flags") + len(last.group("flags").rstrip())
        edit = TextEdit(Span(end, end), more)
        fixes.append(Fix("Open the library with RTLD_GLOBAL", (FileEdit((edit,)),), "unsafe"))
    return Finding(Span(*lookup.span("name")), message, (step,), tuple(fixes), path=file.path)
