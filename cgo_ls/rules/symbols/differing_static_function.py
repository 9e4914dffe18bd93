"""differing-static-function: two files give one static name two bodies, and both call the first; see differing_static_function.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CFunction, CUnit
from cgo_ls.model.definitions import built_together, is_conditional
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import PackageContext, rule

_COMMENT = re.compile(rb"/\*(?s:.*?)\*/|(?<!:)//[^\n]*")
_MARKER = re.compile(rb"^[ \t]*//", re.MULTILINE)
_TOKEN = re.compile(rb"\"(?:\\.|[^\"\\])*+\"|\w+|[^\s\w]")


@rule("differing-static-function", family="symbols", severity="warning", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    for name, bodies in package.made_of_c("static-bodies", lambda: _bodies(package)).items():
        using = [file for file in package.files if name in file.c_names and file.path in bodies]
        for index, file in enumerate(using):
            first = next((other for other in using[:index] if built_together(file, other)), None)
            if first is not None and bodies[first.path][1] != bodies[file.path][1]:
                yield _finding(name, bodies[file.path][0], bodies[first.path][0], first)
    for unit, name in package.made_of_c("static-states", lambda: _states(package)):
        yield from _shared_state(package, unit, name)


def _finding(name: str, here: CFunction, there: CFunction, first: GoFile) -> Finding:
    where = _file(first.path)
    message = (
        f"the static function {name} has another body in {where}, and C.{name} is one Go function for the whole package: "
        f"calls from this file run the one of {where}. Give one of them another name"
    )
    step = Step(there.place.name_span, "this one is called", there.place.path)
    return Finding(here.place.name_span, message, (step,), path=here.place.path)


def _bodies(package: Package) -> dict[str, dict[str, tuple[CFunction, tuple[bytes, ...]]]]:
    """Static functions that several preambles define: name -> path of the Go file -> definition, its text in tokens."""
    found: dict[str, dict[str, tuple[CFunction, tuple[bytes, ...]]]] = {}
    for file in package.files:
        unit = file.c_unit
        if unit is None:
            continue
        for function in unit.functions:
            if function.is_definition and function.static and not is_conditional(unit, function.place.span):
                span = function.place.span
                found.setdefault(function.name, {})[file.path] = (function, _tokens(file.data[span.start : span.end]))
    return {name: bodies for name, bodies in found.items() if len({tokens for _, tokens in bodies.values()}) > 1}


def _tokens(text: bytes) -> tuple[bytes, ...]:
    """The C without comment markers, comments and layout."""
    if not text.lstrip().startswith(b"/*"):
        text = _MARKER.sub(b"", text)
    return tuple(_TOKEN.findall(_COMMENT.sub(b" ", text)))


def _states(package: Package) -> list[tuple[CUnit, str]]:
    """Headers with a static variable that is no constant: each text that includes one has a variable of its own."""
    return [
        (unit, variable.name)
        for unit in package.c_units
        for variable in unit.variables
        if variable.static and not variable.const and variable.is_definition and unit.path.endswith(".h")
        if not is_conditional(unit, variable.place.span)
    ]


def _shared_state(package: Package, unit: CUnit, name: str) -> Iterator[Finding]:
    """A file whose own preamble uses the variable, while the functions of the header that Go calls use the first file's."""
    functions = {one.name for one in unit.functions if one.is_definition and one.static}
    including = [
        file
        for file in package.files
        if file.c_unit is not None and any(one.path == unit.path for one in package.scope(file).units)
    ]
    calling = [file for file in including if not file.c_names.isdisjoint(functions)]
    for file in including:
        first = next((one for one in calling if one is not file and built_together(one, file)), None)
        if first is None or calling[0] is not first or not _own_use(file, name):
            continue
        variable = next(one for one in unit.variables if one.name == name)
        message = (
            f"{name} is static in a header, so {_file(first.path)} and {_file(file.path)} have one each; "
            f"Go's calls of the header's functions change that of {_file(first.path)}, "
            f"and the preamble of {_file(file.path)} sees the other. Define it in a .c file, and declare it extern here"
        )
        yield Finding(variable.place.name_span, message, path=unit.path)
        return


def _own_use(file: GoFile, name: str) -> bool:
    """Whether a function of the file's own preamble, which Go calls, has the variable in its text, and none of its own of that name."""
    unit = file.c_unit
    plain = re.escape(name.encode())
    word = re.compile(rb"\b" + plain + rb"\b")
    local = re.compile(rb"\b(?!return\b|else\b|case\b)[A-Za-z_]\w*[ \t*]+" + plain + rb"\s*[=;,)\[]")
    for one in unit.functions if unit is not None else ():
        if one.is_definition and one.name in file.c_names:
            text = file.data[one.place.span.start : one.place.span.end]
            if word.search(text) is not None and local.search(text) is None:
                return True
    return False


def _file(path: str) -> str:
    return re.split(r"[\\/]", path)[-1]
