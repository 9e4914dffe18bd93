"""A static C function around what Go cannot call itself, with parameters of the types that a call in Go gives."""

from __future__ import annotations

import re

from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import CScope
from cgo_ls.rules.finding import FileEdit, Fix
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_TOKEN = re.compile(rb"//[^\n]*+|/\*(?s:.*?)\*/|\"(?:\\.|[^\"\\\n])*+\"|`[^`]*+`|'(?:\\.|[^'\\\n])*+'|[()\[\]{},]")
_INTEGER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|[0-9]+)\Z")
_CONVERSION = re.compile(r"C\.(\w+)\(")
_POINTER_RESULT = {"CString": "char *", "CBytes": "void *", "malloc": "void *"}
_LONG = {
    "schar": "signed char",
    "uchar": "unsigned char",
    "ushort": "unsigned short",
    "uint": "unsigned int",
    "ulong": "unsigned long",
    "longlong": "long long",
    "ulonglong": "unsigned long long",
}
_BASIC = frozenset(
    ["char", "short", "int", "long", "float", "double", "size_t", *(f"int{n}_t" for n in (8, 16, 32, 64))]
)
# An argument list that is longer is none that a wrapper should copy.
_LIMIT = 4_000


def arguments_at(data: bytes, offset: int) -> list[str] | None:
    """The arguments of the call whose parenthesis is at `offset` (blanks before it allowed); None where it cannot be read."""
    start = offset
    while data[start : start + 1] in (b" ", b"\t"):
        start += 1
    if data[start : start + 1] != b"(":
        return None
    depth, pieces, last = 0, [], start + 1
    for match in _TOKEN.finditer(data, start, start + _LIMIT):
        token = match.group()
        if token in (b"(", b"[", b"{"):
            depth += 1
        elif token in (b")", b"]", b"}"):
            depth -= 1
            if depth == 0:
                pieces.append(data[last : match.start()])
                texts = [piece.decode("utf-8", "replace").strip() for piece in pieces]
                return texts if texts[-1] or len(texts) > 1 else []
        elif token == b"," and depth == 1:
            pieces.append(data[last : match.start()])
            last = match.end()
    return None


def c_type_of(argument: str) -> str | None:
    """The C type of a Go argument that says it itself: a number, `C.int(x)`, `C.CString(s)`."""
    if _INTEGER.match(argument):
        return "int"
    match = _CONVERSION.match(argument)
    if match is None or not argument.endswith(")"):
        return None
    name = match.group(1)
    return _POINTER_RESULT.get(name) or _LONG.get(name) or (name if name in _BASIC else None)


def parameters_of(arguments: list[str]) -> list[str] | None:
    """`int a`, `char *b`: a parameter for each argument; None where a type is not known."""
    types = [c_type_of(argument) for argument in arguments]
    if len(types) > 20 or None in types:
        return None
    names = "abcdefghijklmnopqrstuvwxyz"
    return [declaration(text, names[index]) for index, text in enumerate(types) if text is not None]


def declaration(kind: str, name: str) -> str:
    return f"{kind}{name}" if kind.endswith("*") else f"{kind} {name}"


def wrapper_fix(
    file: GoFile, scope: CScope, name: str, name_span: Span, definition: str, applicability: str
) -> Fix | None:
    """Append `definition`, of the function `call_NAME`, to the preamble, and call that instead of `name`."""
    wrapper = f"call_{name}"
    if scope.resolve(wrapper) is not None:
        return None
    added = append_to_preamble(file, definition)
    if added is None:
        return None
    edits = (added, TextEdit(name_span, wrapper.encode()))
    safe = "safe" if applicability == "safe" else "unsafe"
    return Fix(f"Call it through a C function {wrapper}", (FileEdit(edits),), safe)
