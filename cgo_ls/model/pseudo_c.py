"""The names that the pseudo-package C has of itself, without any preamble: helper functions, C's types, prefixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PseudoKind = Literal["function", "type", "prefix", "forbidden"]


@dataclass(frozen=True, slots=True)
class PseudoName:
    """`signature` is Go, as if declared in a package C. `facts` are sentences for a hover, the ownership rule first.

    `two_value` is false where `r, err := C.name()` does not compile."""

    name: str
    kind: PseudoKind
    signature: str
    facts: tuple[str, ...] = ()
    two_value: bool = False


def _function(name: str, signature: str, *facts: str) -> PseudoName:
    return PseudoName(name, "function", f"func {signature}", facts)


_FREE = "The caller owns the result and must release it with `C.free(unsafe.Pointer(p))`; nothing else ever frees it."
_COPY = "The result is Go memory: the garbage collector owns it, and it stays valid when the C memory is freed."
_FUNCTIONS = (
    _function(
        "CString",
        "C.CString(s string) *C.char",
        _FREE,
        "It is a copy in C memory with a NUL behind it; a NUL inside `s` ends the string for C.",
        "It is never nil: out of memory ends the program. `C.free` needs `#include <stdlib.h>`.",
    ),
    _function(
        "CBytes",
        "C.CBytes(b []byte) unsafe.Pointer",
        _FREE,
        "It is a copy in C memory, without a NUL behind it. It is not nil even for an empty slice.",
    ),
    _function(
        "GoString",
        "C.GoString(p *C.char) string",
        _COPY,
        'It copies up to the first NUL; a nil pointer gives "". It does not free `p`.',
    ),
    _function(
        "GoStringN",
        "C.GoStringN(p *C.char, n C.int) string",
        _COPY,
        "It copies `n` bytes, NULs included. It does not free `p`.",
    ),
    _function(
        "GoBytes",
        "C.GoBytes(p unsafe.Pointer, n C.int) []byte",
        _COPY,
        "It copies `n` bytes and does not free `p`. A negative `n` panics.",
    ),
    _function(
        "malloc",
        "C.malloc(size C.size_t) unsafe.Pointer",
        _FREE,
        "It never returns nil: cgo's malloc ends the program when there is no memory, so `p == nil` is never true.",
        "It has no two-value form. It needs no header, but `C.free` does (`#include <stdlib.h>`).",
    ),
)

# C name -> (Go type behind it on 64-bit Linux, what C calls it)
_TYPES: Mapping[str, tuple[str, str]] = {
    "char": ("int8", "char"),
    "schar": ("int8", "signed char"),
    "uchar": ("uint8", "unsigned char"),
    "short": ("int16", "short"),
    "ushort": ("uint16", "unsigned short"),
    "int": ("int32", "int"),
    "uint": ("uint32", "unsigned int"),
    "long": ("int64", "long"),
    "ulong": ("uint64", "unsigned long"),
    "longlong": ("int64", "long long"),
    "ulonglong": ("uint64", "unsigned long long"),
    "float": ("float32", "float"),
    "double": ("float64", "double"),
    "complexfloat": ("complex64", "float _Complex"),
    "complexdouble": ("complex128", "double _Complex"),
    "size_t": ("uint64", "size_t"),
    "ssize_t": ("int64", "ssize_t"),
    "int8_t": ("int8", "int8_t"),
    "int16_t": ("int16", "int16_t"),
    "int32_t": ("int32", "int32_t"),
    "int64_t": ("int64", "int64_t"),
    "uint8_t": ("uint8", "uint8_t"),
    "uint16_t": ("uint16", "uint16_t"),
    "uint32_t": ("uint32", "uint32_t"),
    "uint64_t": ("uint64", "uint64_t"),
    "intptr_t": ("int64", "intptr_t"),
    "uintptr_t": ("uint64", "uintptr_t"),
    "_Bool": ("bool", "_Bool"),
    "void": ("[0]byte", "void"),
}
PREFIXES: Mapping[str, str] = {
    "struct_": "the C type `struct {name}`",
    "union_": "the C type `union {name}`, in Go an array of bytes of its size",
    "enum_": "the C type `enum {name}`",
    "sizeof_": "the size of the C type `{name}` in bytes, an untyped constant",
}
_FORBIDDEN = {
    "errno": "cgo refuses `C.errno`: take the error as the second value of the call, `r, err := C.f()`.",
    "_CMalloc": "cgo refuses `C._CMalloc`: write `C.malloc`.",
}


# These cgo knows without any header; the others of the table need the header that defines them.
_ALWAYS_KNOWN = (
    "char schar uchar short ushort int uint long ulong longlong ulonglong float double complexfloat complexdouble "
    "size_t _Bool void"
)
_ALWAYS = frozenset(_ALWAYS_KNOWN.split())


def _type(name: str, go: str, c: str) -> PseudoName:
    return PseudoName(name, "type", f"type C.{name}", (f"`{c}` in C; a Go `{go}` on 64-bit Linux.",))


PSEUDO_NAMES: Mapping[str, PseudoName] = {
    **{function.name: function for function in _FUNCTIONS},
    **{name: _type(name, go, c) for name, (go, c) in _TYPES.items()},
    **{name: PseudoName(name, "forbidden", f"C.{name}", (text,)) for name, text in _FORBIDDEN.items()},
}


def pseudo_name(name: str) -> PseudoName | None:
    """What `C.name` is without any declaration; prefixed names (`struct_x`, `sizeof_int`) included."""
    known = PSEUDO_NAMES.get(name)
    if known is not None:
        return known
    prefix = prefix_of(name)
    if prefix is None:
        return None
    rest = name[len(prefix) :]
    signature = f"const C.{name}" if prefix == "sizeof_" else f"type C.{name}"
    return PseudoName(name, "prefix", signature, (PREFIXES[prefix].format(name=rest) + ".",))


def kind_of(name: str) -> PseudoKind | None:
    """None for a name that some C declaration must explain, be it a type of stdint.h."""
    found = pseudo_name(name)
    return found.kind if found is not None and not needs_header(name) else None


def prefix_of(name: str) -> str | None:
    """`struct_` of `struct_point`; None without such a prefix or with nothing behind it."""
    return next((prefix for prefix in PREFIXES if name.startswith(prefix) and len(name) > len(prefix)), None)


def needs_header(name: str) -> bool:
    """Whether cgo knows the type only when some header defines it (`C.uint32_t` and <stdint.h>)."""
    return name in _TYPES and name not in _ALWAYS
