"""export-signature: a parameter, result or receiver that cgo does not export; see export_signature.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.go_file import GoFile, GoParameter, GoType
from cgo_ls.model.package import Package
from cgo_ls.rules.exports.parts.export_lines import ExportedFunction, exported_functions
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.span import Span

_TAKEN = re.compile(r"\[\s*\]|map\s*\[|(?:<-\s*)?chan\b|func\b|interface\b|unsafe\s*\.\s*Pointer$|C\s*\.")
_BUILT_IN_LIST = """
    any bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16
    uint32 uint64 uintptr
    """
_BUILT_IN = frozenset(_BUILT_IN_LIST.split())
# A chain of type names longer than this is a cycle.
_CHAIN = 10


@rule("export-signature", family="exports", severity="error", scope="file", since="0.2", words=(b"//export",))
def check(context: FileContext) -> Iterator[Finding]:
    for exported in exported_functions(context.file):
        if exported.name == exported.function.name:
            yield from _findings(exported, context.package)


def _findings(exported: ExportedFunction, package: Package) -> Iterator[Finding]:
    function, file = exported.function, exported.file
    name = exported.function.name
    if function.generic:
        yield Finding(exported.name_span, f"cgo cannot export {name}: it has type parameters")
        return
    if function.receiver is not None:
        reason = _refused(function.receiver.type, package, file)
        if reason is not None:
            yield Finding(exported.name_span, f"cgo cannot export method {name}: its receiver is {reason}")
            return
        if not function.parameters:
            message = (
                f"cgo cannot export method {name}: the C it writes for a method without parameters does not compile"
            )
            yield Finding(exported.name_span, message)
    for index, parameter in enumerate(function.parameters):
        reason = _refused(parameter.type, package, file)
        if reason is not None:
            said = f"parameter {parameter.name}" if parameter.name else f"parameter {index + 1}"
            yield Finding(_type_span(exported, parameter), f"cgo cannot export {name}: {said} is {reason}")
    for parameter in function.results:
        reason = _refused(parameter.type, package, file)
        if reason is not None:
            message = f"cgo cannot export {name}: a result is {reason}"
            yield Finding(_type_span(exported, parameter), message)


def _refused(go_type: str, package: Package, file: GoFile) -> str | None:
    """What is wrong with the type, as cgo walks it; None for a type it takes and for one that is not known."""
    shown = " ".join(go_type.split())
    for _ in range(_CHAIN):
        go_type = go_type.strip()
        if go_type.startswith("..."):
            return f"variadic ({shown})"
        if go_type.startswith("*"):
            go_type = go_type[1:]
        elif _TAKEN.match(go_type):
            return None
        elif go_type.startswith("["):
            return f"an array ({shown}); C passes a pointer to its first element"
        elif go_type.startswith("struct"):
            return f"a Go struct ({shown}); C cannot know how Go lays it out"
        elif go_type.startswith("("):
            return f"in parentheses ({shown})"
        elif "." in go_type and "[" not in go_type:
            return f"of another package ({shown})"
        elif "[" in go_type:
            return f"an instance of a generic type ({shown})"
        else:
            declared = _declared(go_type, package, file)
            if isinstance(declared, str):
                return declared
            if declared is None:
                return None
            go_type = declared.underlying
    return None


def _declared(name: str, package: Package, file: GoFile) -> GoType | str | None:
    """The type of the package, as cgo finds it: among those of files that import "C". A string says why it does not."""
    found: list[tuple[GoFile, GoType]] = [
        (other, each)
        for other in package.files
        if other.package_name == file.package_name
        for declared in other.declarations
        for each in declared.facts.types
        if each.name == name
    ]
    seen = [(other, each) for other, each in found if other.imports_c]
    if seen:
        first = next((each for other, each in seen if other.path == file.path), seen[0][1])
        return first if all(each.underlying == first.underlying for _, each in seen) else None
    if found and name not in _BUILT_IN:
        return f'{name}, which is declared in a file that does not import "C", where cgo does not see it'
    return None


def _type_span(exported: ExportedFunction, parameter: GoParameter) -> Span:
    """The type behind the parameter's name; the name where it is not found on the same line."""
    start = exported.declared.declaration.start
    place = parameter.span.shift(start)
    if not parameter.name:
        return place
    at = exported.file.data.find(parameter.type.encode(), place.end, exported.declared.declaration.end)
    return Span(at, at + len(parameter.type.encode())) if at >= 0 else place
