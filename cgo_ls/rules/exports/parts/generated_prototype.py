"""The C prototype cgo writes for an exported function, as it stands in _cgo_export.h and in words of plain C."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgo_ls.rules.symbols.parts.exported_prototypes import c_type

if TYPE_CHECKING:
    from cgo_ls.model.go_file import GoFile
    from cgo_ls.model.package import Package
    from cgo_ls.rules.exports.parts.export_lines import ExportedFunction

_GO_NAMES = {
    "int": "GoInt", "uint": "GoUint", "bool": "GoUint8", "byte": "GoUint8", "rune": "GoInt32", "int8": "GoInt8",
    "uint8": "GoUint8", "int16": "GoInt16", "uint16": "GoUint16", "int32": "GoInt32", "uint32": "GoUint32",
    "int64": "GoInt64", "uint64": "GoUint64", "float32": "GoFloat32", "float64": "GoFloat64", "uintptr": "GoUintptr",
    "complex64": "GoComplex64", "complex128": "GoComplex128", "string": "GoString", "error": "GoInterface",
    "any": "GoInterface",
}  # fmt: skip
_STRUCTS = {"string": "_GoString_", "error": "struct GoInterface", "any": "struct GoInterface"}
_CHAIN = 10


@dataclass(frozen=True, slots=True)
class GeneratedType:
    """`shown` as cgo writes it (GoInt); `plain` for comparing (`long long`), "" where that is not known."""

    shown: str
    plain: str


@dataclass(frozen=True, slots=True)
class GeneratedPrototype:
    """What cgo generates. `parameters` are pairs of type and name."""

    name: str
    result: GeneratedType
    parameters: tuple[tuple[GeneratedType, str], ...]

    def shown(self) -> str:
        """`extern GoInt Add(GoInt a, GoInt b)`."""
        parameters = ", ".join(f"{kind.shown} {name}".strip() for kind, name in self.parameters)
        return f"extern {self.result.shown} {self.name}({parameters or 'void'})"

    def plain(self) -> str | None:
        """`long long Add(long long a, long long b)`, good beside the generated one; None where a type has no plain name."""
        kinds = [self.result, *(kind for kind, _ in self.parameters)]
        if any(not kind.plain or kind.plain.startswith("struct Go") for kind in kinds):
            return None
        parameters = ", ".join(_declare(kind.plain, name) for kind, name in self.parameters)
        return f"{_declare(self.result.plain, self.name)}({parameters or 'void'})"


def _declare(kind: str, name: str) -> str:
    stars = re.search(r"\**$", kind)
    count = len(stars[0]) if stars is not None else 0
    return f"{kind[: len(kind) - count].rstrip()} {'*' * count}{name}".rstrip()


def generated_prototype(exported: ExportedFunction, package: Package) -> GeneratedPrototype | None:
    """None for a method, a generic function and a signature with a type that is not known."""
    function, file = exported.function, exported.file
    if function.receiver is not None or function.generic:
        return None
    if len(function.results) > 1:
        result = GeneratedType(f"struct {exported.name}_return", f"struct {exported.name}_return")
    else:
        result = _type(function.results[0].type, package, file) if function.results else GeneratedType("void", "void")
    parameters: list[tuple[GeneratedType, str]] = []
    for index, parameter in enumerate(function.parameters):
        kind = _type(parameter.type, package, file)
        if kind is None:
            return None
        name = parameter.name if parameter.name.isascii() else f"p{index}"
        parameters.append((kind, "" if name == "_" else name))
    return GeneratedPrototype(exported.name, result, tuple(parameters)) if result is not None else None


def _type(go_type: str, package: Package, file: GoFile) -> GeneratedType | None:
    plain = c_type(go_type, package, file)
    stars = 0
    for _ in range(_CHAIN):
        go_type = go_type.strip()
        while go_type.startswith("*"):
            stars, go_type = stars + 1, go_type[1:].strip()
        behind = _special(go_type)
        if behind is not None:
            return GeneratedType(behind[0] + "*" * stars, behind[1] + "*" * stars)
        if go_type in _GO_NAMES:
            return GeneratedType(_GO_NAMES[go_type] + "*" * stars, plain or "")
        if go_type.startswith("C.") or go_type == "unsafe.Pointer":
            return GeneratedType(plain, plain) if plain is not None else None
        declared = package.type(go_type, file) if go_type.isidentifier() else None
        if declared is None or declared.generic or declared.kind == "struct":
            return None
        go_type = declared.underlying
    return None


def _special(go_type: str) -> tuple[str, str] | None:
    """Types that C knows as structs or pointers of Go's."""
    if go_type in _STRUCTS:
        return _GO_NAMES[go_type], _STRUCTS[go_type]
    if re.match(r"\[\s*\]", go_type):
        return "GoSlice", "struct GoSlice"
    if go_type.startswith("interface"):
        return "GoInterface", "struct GoInterface"
    if go_type.startswith("map["):
        return "GoMap", "void*"
    if re.match(r"(?:<-\s*)?chan\b", go_type):
        return "GoChan", "void*"
    return ("void*", "void*") if go_type.startswith("func") else None
