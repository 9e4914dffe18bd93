"""c-file-without-cgo: a C file is part of builds in which no Go file imports "C"; see c_file_without_cgo.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.build_context import is_built
from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.definitions import is_beside
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

_SYSTEMS = ("linux", "darwin", "windows", "freebsd")
_SHOWN = {"linux": "Linux", "darwin": "macOS", "windows": "Windows", "freebsd": "FreeBSD"}
# What `//go:build` takes, without the tags that a user gives.
_EXPRESSION = re.compile(r"[\w.!&|() ]+")


@rule("c-file-without-cgo", family="symbols", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    c_files = [unit for unit in package.c_units if is_beside(package, unit)]
    importing = [file for file in package.files if file.imports_c]
    if not c_files or any(file.constraint is None for file in importing):
        return
    builds = [(system, plain) for system in _SYSTEMS if (plain := _without_cgo(package, system)) is not None]
    for unit in c_files:
        refused = [(system, plain) for system, plain in builds if is_built(unit.constraint, system)]
        if refused:
            yield _finding(unit, refused, importing)


def _without_cgo(package: Package, system: str) -> GoFile | None:
    """A Go file that is certainly built for `system`, if certainly none that imports "C" is."""
    built: GoFile | None = None
    for file in package.files:
        if file.path.endswith("_test.go"):
            continue
        verdict = is_built(file.constraint, system)
        if file.imports_c and verdict is not False:
            return None
        if verdict and built is None:
            built = file
    return built


def _finding(unit: CUnit, refused: list[tuple[str, GoFile]], importing: list[GoFile]) -> Finding:
    shown = [_SHOWN[system] for system, _ in refused]
    systems = " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
    plain = refused[0][1]
    message = (
        f"the go command refuses this package on {systems}: {_name(unit.path)} is part of it there, and no file that imports "
        '"C" is. Give the C file the constraint of the Go files that need it'
    )
    package = next((one.declaration for one in plain.declarations if one.declaration.kind == "package"), None)
    span = Span(package.keyword, package.end) if package is not None else Span(0, 0)
    first = unit.text.find(b"\n")
    end = len(unit.text[: first if first >= 0 else None].rstrip())
    fix = _fix(unit, refused, importing)
    step = Step(span, 'built without "C" there', plain.path)
    return Finding(Span(0, max(end, min(1, len(unit.text)))), message, (step,), (fix,) if fix else (), path=unit.path)


def _fix(unit: CUnit, refused: list[tuple[str, GoFile]], importing: list[GoFile]) -> Fix | None:
    """The constraint that all files with "C" share, above the file's first line."""
    constraints = {file.constraint for file in importing if not file.path.endswith("_test.go")}
    text = constraints.pop() if len(constraints) == 1 else None
    if text is None or unit.constraint is not None or not _EXPRESSION.fullmatch(text):
        return None
    if any(is_built(text, system) is not False for system, _ in refused):
        return None
    edit = TextEdit(Span(0, 0), f"//go:build {text}".encode() + line_ending(unit.text) * 2)
    return Fix(f"Build {_name(unit.path)} for {text} only", (FileEdit((edit,), unit.path),))


def _name(path: str) -> str:
    return re.split(r"[\\/]", path)[-1]
