"""What C types are in Go: `const char *` is *C.char. Text in, text out; what is not known for certain is None."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from cgo_ls.data.tables import declared_by
from cgo_ls.data.tables import function as table_row
from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.cdecl import CFunction, CTypeName
from cgo_ls.model.package import CName

Resolve = Callable[[str], CName | None]
"""C.name in a file -> its declarations."""

_TOKEN = re.compile(r"[A-Za-z_]\w*|\*|\S")
_QUALIFIERS = frozenset(["const", "volatile", "restrict", "__restrict", "extern", "static", "inline", "register"])
_WORD_LIST = "unsigned signed short long int char float double _Bool bool void _Complex"
_WORDS = frozenset(_WORD_LIST.split())
# C's own types under their names in Go, with the Go type behind them on 64-bit Linux.
BASIC: dict[str, str] = {
    "C.char": "int8", "C.schar": "int8", "C.uchar": "uint8", "C.short": "int16", "C.ushort": "uint16", "C.int": "int32",
    "C.uint": "uint32", "C.long": "int64", "C.ulong": "uint64", "C.longlong": "int64", "C.ulonglong": "uint64",
    "C.float": "float32", "C.double": "float64", "C._Bool": "bool",
}  # fmt: skip
# Typedefs of the standard headers; those of the second table are other types on other systems.
_SAME_EVERYWHERE = {
    "C.int8_t": "C.schar", "C.int16_t": "C.short", "C.int32_t": "C.int", "C.uint8_t": "C.uchar",
    "C.uint16_t": "C.ushort", "C.uint32_t": "C.uint", "C.bool": "C._Bool", "C.unsigned": "C.uint", "C.signed": "C.int",
}  # fmt: skip
_PLATFORM = {
    "C.int64_t": "C.long", "C.uint64_t": "C.ulong", "C.size_t": "C.ulong", "C.ssize_t": "C.long", "C.off_t": "C.long",
    "C.intptr_t": "C.long", "C.uintptr_t": "C.ulong", "C.ptrdiff_t": "C.long", "C.time_t": "C.long",
}  # fmt: skip
_UNSUPPORTED = {
    "long double": "long double",
    "__float128": "__float128",
    "_Float128": "_Float128",
    "_Float16": "_Float16",
}
_CHAIN = 12
_TYPEDEF = re.compile(r"typedef\b\s*(.*?[\s*}])\s*(\w+)\s*;?", re.DOTALL)


@lru_cache(maxsize=4_000)
def go_type(c_type: str, *, parameter: bool = False) -> str | None:
    """`unsigned char *` -> *C.uchar, `void *` -> unsafe.Pointer, `struct s` -> C.struct_s, `foo_t` -> C.foo_t; "" for void.

    `parameter`: an array is a pointer to its first element. None for function pointers and what cannot be read.
    """
    text = c_type.strip()
    array = re.fullmatch(r"([^\[\]]*)\[[^\]]*\]", text)
    if array is not None:
        inner = go_type(array[1])
        return f"*{inner}" if parameter and inner else None
    words: list[str] = []
    stars = 0
    for token in _TOKEN.findall(text):
        if token == "*":
            stars += 1
        elif token in _QUALIFIERS:
            continue
        elif stars or not (token[0].isalpha() or token[0] == "_"):
            return None
        else:
            words.append(token)
    base = _base(words) if words else None
    if base is None:
        return None
    if base == "":
        return "*" * (stars - 1) + "unsafe.Pointer" if stars else ""
    return "*" * stars + base


def _base(words: list[str]) -> str | None:
    if words[0] in ("struct", "union", "enum"):
        return f"C.{words[0]}_{words[1]}" if len(words) == 2 else None
    if not _WORDS.issuperset(words):
        return f"C.{words[0]}" if len(words) == 1 else None
    if "_Complex" in words or ("double" in words and "long" in words):
        return None
    if "void" in words:
        return "" if len(words) == 1 else None
    for word, name in (("float", "C.float"), ("double", "C.double"), ("bool", "C._Bool"), ("_Bool", "C._Bool")):
        if word in words:
            return name if len(words) == 1 else None
    if "char" in words:
        return "C.uchar" if "unsigned" in words else "C.schar" if "signed" in words else "C.char"
    size = "short" if "short" in words else ("", "long", "longlong")[min(words.count("long"), 2)] or "int"
    return f"C.{'u' if 'unsigned' in words else ''}{size}"


def unsupported_in(c_type: str) -> str | None:
    """The name of a floating-point type that Go has no match for, where the type is one or a pointer to one."""
    words = [word for word in re.findall(r"\w+", c_type) if word not in _QUALIFIERS]
    return _UNSUPPORTED.get(" ".join(words))


def canonical(go: str, resolve: Resolve) -> tuple[str, bool] | None:
    """The type behind C typedefs, and whether it is another one on other systems; None where the chain leaves what is known.

    A named pointer (`typedef char *text`) becomes the pointer: Go lets both be assigned to each other here.
    """
    stars, platform = 0, False
    for _ in range(_CHAIN):
        while go.startswith("*"):
            stars, go = stars + 1, go[1:]
        if go in BASIC or go in ("unsafe.Pointer", "C.void") or not go.startswith("C."):
            return "*" * stars + go, platform
        if go in _SAME_EVERYWHERE:
            go = _SAME_EVERYWHERE[go]
        elif go in _PLATFORM:
            go, platform = _PLATFORM[go], True
        elif go.startswith(("C.struct_", "C.union_", "C.enum_")):
            return "*" * stars + go, platform
        else:
            behind = typedef_text(go[2:], resolve)
            if behind is None:
                return None
            tagged = re.match(r"(struct|union|enum)\s*(\w*)\s*\{", behind)
            if tagged is not None:
                if behind.rstrip().endswith("}"):
                    return "*" * stars + (f"C.{tagged[1]}_{tagged[2]}" if tagged[2] else go), platform
                return None
            following = go_type(behind)
            if not following:
                return None
            go = following
    return None


def is_enum(go: str, resolve: Resolve) -> bool:
    """Whether the type is a typedef of an enum without a tag: in Go a type of its own."""
    behind = typedef_text(go[2:], resolve) if go.startswith("C.") else None
    return behind is not None and re.match(r"enum\s*\{", behind) is not None


def typedef_text(name: str, resolve: Resolve) -> str | None:
    """`unsigned int` for `typedef unsigned int name`; None where there is none, or several that differ."""
    found = resolve(name)
    if found is None or found.kind != "type":
        return None
    texts = {each.text for each in found.declarations if isinstance(each, CTypeName) and each.kind == "typedef"}
    if len(texts) != 1 or len(found.declarations) != sum(
        isinstance(each, CTypeName) and each.kind == "typedef" for each in found.declarations
    ):
        return None
    match = _TYPEDEF.fullmatch(texts.pop())
    return match[1].strip() if match is not None and match[2] == name and "__attribute__" not in match[1] else None


def function_of(name: str, resolve: Resolve, includes: Callable[[str], bool]) -> CFunction | None:
    """The C function that C.name calls, from the package's own C or the C library's table; None where declarations differ."""
    found = resolve(name)
    if found is not None:
        functions = [each for each in found.declarations if isinstance(each, CFunction)]
        if found.kind != "function" or len(functions) != len(found.declarations) or not functions:
            return None
        first = functions[0]
        same = all(_signature(each) == _signature(first) for each in functions)
        return first if same and first.has_prototype else None
    row = table_row(name)
    if row is None or row.header is None or not includes(row.header) or declared_by(name, (row.header,)) is not True:
        return None
    return _standard_function(row.prototype)


def _signature(function: CFunction) -> tuple[object, ...]:
    return (function.result, tuple(parameter.type for parameter in function.parameters), function.variadic)


@lru_cache(maxsize=512)
def _standard_function(prototype: str) -> CFunction | None:
    functions = read_c_unit("table.h", f"{prototype};\n".encode()).functions
    return functions[0] if len(functions) == 1 else None
