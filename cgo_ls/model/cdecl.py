"""What C text declares: functions, variables, types, macros, includes, as plain values without syntax trees.

All spans are byte spans in the text that was read: a whole C file, or a preamble, whose offset 0 is
`Preamble.span.start` in the Go file (`CUnit.in_preamble`), so that a unit can be cached by its digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from cgo_ls.model.c_body import CBody
from cgo_ls.text.span import Span

TypeKind = Literal["typedef", "struct", "union", "enum"]


@dataclass(frozen=True, slots=True)
class CPlace:
    """The declaration and the name in it. `path` is the Go file for a preamble."""

    path: str
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class CParameter:
    """A parameter or a field; `name` is "" where C leaves it out; `type` is spelled like `const char *`."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class CFunction:
    """One declaration or definition. `prototype` is one line without attributes. `has_prototype` is false for
    `int f();`, for old-style definitions and where the parameters could not be read. `c_linkage` is false for a
    C++ function outside `extern "C"` (a declaration elsewhere may still give it C linkage). `storage` are the spans
    of the words `static`, `inline` and the like, each with the blanks behind it: deleting them leaves good C.
    `erased` are words before the name that are no C and were left out, macros as it seems (`API int f(void)`)."""

    name: str
    result: str
    parameters: tuple[CParameter, ...]
    variadic: bool
    static: bool
    inline: bool
    is_definition: bool
    attributes: tuple[str, ...]
    place: CPlace
    comment: str
    prototype: str
    has_prototype: bool = True
    c_linkage: bool = True
    storage: tuple[Span, ...] = ()
    erased: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CVariable:
    """A file-scope variable; `const` is about the object itself (`const int k`, `char *const p`)."""

    name: str
    type: str
    static: bool
    extern: bool
    const: bool
    is_definition: bool
    place: CPlace
    comment: str
    attributes: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CTypeName:
    """A typedef name or a struct, union or enum tag. `fields` is () for an opaque or forward declared one."""

    kind: TypeKind
    name: str
    text: str
    fields: tuple[CParameter, ...]
    place: CPlace
    comment: str


@dataclass(frozen=True, slots=True)
class CEnumConstant:
    """One enumerator; `value_text` is "" where it follows from the one before."""

    name: str
    value_text: str
    place: CPlace


@dataclass(frozen=True, slots=True)
class CMacro:
    """A `#define`; `parameters` is None for an object-like macro; `value` is one line, without comments."""

    name: str
    parameters: tuple[str, ...] | None
    value: str
    place: CPlace


@dataclass(frozen=True, slots=True)
class CInclude:
    """An `#include` (or `#import`); `system` for the `<...>` form."""

    name: str
    system: bool
    place: CPlace


@dataclass(frozen=True, slots=True)
class CUnit:
    """Everything one C text says. A function that is declared and defined is listed twice, in source order.

    `bodies` holds the facts of function bodies, and of function-like macros (`CBody.from_macro`).
    `has_error`: something could not be read, so a missing name proves nothing. `conditionals` are the spans of `#if` groups,
    without a header's include guard. `constraint` is the build constraint of a C file (see `build_constraint`). `text` are
    the bytes that were read, b"" for a preamble: those are in the Go file."""

    path: str
    digest: bytes
    functions: tuple[CFunction, ...] = ()
    variables: tuple[CVariable, ...] = ()
    types: tuple[CTypeName, ...] = ()
    enum_constants: tuple[CEnumConstant, ...] = ()
    macros: tuple[CMacro, ...] = ()
    includes: tuple[CInclude, ...] = ()
    bodies: tuple[CBody, ...] = ()
    has_error: bool = False
    in_preamble: bool = False
    conditionals: tuple[Span, ...] = ()
    constraint: str | None = None
    text: bytes = field(default=b"", compare=False, repr=False)


_Item = TypeVar("_Item", CFunction, CVariable, CTypeName, CEnumConstant, CMacro, CInclude)


def _shifted(items: tuple[_Item, ...], by: int) -> tuple[_Item, ...]:
    return tuple(
        replace(item, place=CPlace(item.place.path, item.place.span.shift(by), item.place.name_span.shift(by)))
        for item in items
    )


def shift_unit(unit: CUnit, by: int) -> CUnit:
    """The same unit with every span `by` bytes further on: from preamble to file coordinates."""
    return replace(
        unit,
        functions=tuple(
            replace(function, storage=tuple(span.shift(by) for span in function.storage))
            if function.storage
            else function
            for function in _shifted(unit.functions, by)
        ),
        variables=_shifted(unit.variables, by),
        types=_shifted(unit.types, by),
        enum_constants=_shifted(unit.enum_constants, by),
        macros=_shifted(unit.macros, by),
        includes=_shifted(unit.includes, by),
        conditionals=tuple(span.shift(by) for span in unit.conditionals),
    )


def join_units(path: str, digest: bytes, units: tuple[CUnit, ...]) -> CUnit:
    """Several preambles of one file as one unit, in order; spans are kept, so shift them to one base before."""
    return CUnit(
        path,
        digest,
        tuple(item for unit in units for item in unit.functions),
        tuple(item for unit in units for item in unit.variables),
        tuple(item for unit in units for item in unit.types),
        tuple(item for unit in units for item in unit.enum_constants),
        tuple(item for unit in units for item in unit.macros),
        tuple(item for unit in units for item in unit.includes),
        tuple(item for unit in units for item in unit.bodies),
        any(unit.has_error for unit in units),
        any(unit.in_preamble for unit in units),
        tuple(span for unit in units for span in unit.conditionals),
    )
