"""The C prototype of an exported Go function, in words that gcc accepts beside the one cgo generates.

Measured on 64-bit targets with the go command's own c-shared builds; where a type is not known for certain there is no prototype.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cgo_ls.model.go_file import GoFile, GoFunction
    from cgo_ls.model.package import Package

_GO_TYPES = {
    "bool": "unsigned char",
    "byte": "unsigned char",
    "rune": "int",
    "int": "long long",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long long",
    "uint": "unsigned long long",
    "uint8": "unsigned char",
    "uint16": "unsigned short",
    "uint32": "unsigned int",
    "uint64": "unsigned long long",
    "uintptr": "__SIZE_TYPE__",
    "float32": "float",
    "float64": "double",
    "complex64": "float _Complex",
    "complex128": "double _Complex",
    "unsafe.Pointer": "void*",
}
_C_WORDS = {
    "schar": "signed char",
    "uchar": "unsigned char",
    "ushort": "unsigned short",
    "uint": "unsigned int",
    "ulong": "unsigned long",
    "longlong": "long long",
    "ulonglong": "unsigned long long",
    "complexfloat": "float _Complex",
    "complexdouble": "double _Complex",
}
# A chain of type names longer than this is a cycle.
_CHAIN = 10


def exported_prototype(function: GoFunction, package: Package, file: GoFile) -> str | None:
    """`int GoApi(char*, long long)`, without names; None where a type cannot be spelt exactly."""
    if function.receiver is not None or function.generic or len(function.results) > 1:
        return None
    result = c_type(function.results[0].type, package, file) if function.results else "void"
    parameters = [c_type(parameter.type, package, file) for parameter in function.parameters]
    if result is None or None in parameters:
        return None
    return f"{result} {function.name}({', '.join(text for text in parameters if text is not None) or 'void'})"


def c_type(go_type: str, package: Package, file: GoFile) -> str | None:
    """The C spelling of a Go type; None for those that C sees as a struct of Go's, or that are not known."""
    stars = 0
    for _ in range(_CHAIN):
        go_type = go_type.strip()
        while go_type.startswith("*"):
            stars += 1
            go_type = go_type[1:].strip()
        spelt = _GO_TYPES.get(go_type) or _from_c(go_type)
        if spelt is not None:
            return spelt + "*" * stars
        declared = package.type(go_type, file) if go_type.isidentifier() else None
        # cgo follows a defined type to what stands behind it, but takes no pointer to one.
        if declared is None or declared.kind not in ("defined", "alias") or declared.generic or stars:
            return None
        go_type = declared.underlying
    return None


def _from_c(go_type: str) -> str | None:
    if not go_type.startswith("C."):
        return None
    name = go_type[2:]
    if not name.isidentifier() or name.startswith("union_"):
        return None
    for tag in ("struct_", "enum_"):
        if name.startswith(tag):
            return f"{tag[:-1]} {name[len(tag) :]}"
    return _C_WORDS.get(name, name)
