"""What one top-level declaration of a Go file says: values only. Every span is relative to the start of its region."""

from __future__ import annotations

from dataclasses import dataclass

from cgo_ls.model.go_types import GoParameter, GoType
from cgo_ls.text.span import Span


@dataclass(frozen=True, slots=True)
class CReference:
    """One use of `C.name`. `span` is the whole selector, `name_span` the name behind the dot.

    call: it is what a call calls (a conversion such as `C.int(x)` looks the same); two_value: that call alone is assigned
    to two variables, so its second value is errno; in_function: it stands in the body of a function or of a literal.
    """

    name: str
    span: Span
    name_span: Span
    call: bool
    two_value: bool
    in_function: bool


@dataclass(frozen=True, slots=True)
class Receiver:
    """`(name *type)`: the type without star and type parameters; name "" where it has none."""

    name: str
    type: str
    pointer: bool


@dataclass(frozen=True, slots=True)
class GoFunction:
    """A function's signature. `body` is the block with its braces; None for a function without one."""

    name: str
    receiver: Receiver | None
    parameters: tuple[GoParameter, ...]
    results: tuple[GoParameter, ...]
    name_span: Span
    body: Span | None
    generic: bool

    @property
    def qualified(self) -> str:
        """`F`, or `T.F` of a method."""
        return f"{self.receiver.type}.{self.name}" if self.receiver else self.name


@dataclass(frozen=True, slots=True)
class GoImport:
    """One import spec. `alias` is the name before the path, "_" and "." included.

    `doc` is the comment group cgo takes as the preamble: the spec's own, else, when it is the only spec, the declaration's.
    """

    alias: str | None
    path: str
    span: Span
    path_span: Span
    doc: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """One `//export name` line in the doc of a function; `span` is the comment."""

    name: str
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class DeclarationFacts:
    """All that is read from one declaration.

    c_names: the C names it uses; c_values: those it uses otherwise than in a call. grouped: an import with parentheses.
    calls: the functions a body calls by name, each once, in order of appearance: "F" for `F()`, ".M" for `x.M()` (calls
    of C not among them). has_error: the parser did not understand all of it, or it is too large to be parsed.
    """

    function: GoFunction | None = None
    imports: tuple[GoImport, ...] = ()
    grouped: bool = False
    c_references: tuple[CReference, ...] = ()
    c_names: frozenset[str] = frozenset()
    c_values: frozenset[str] = frozenset()
    calls: tuple[str, ...] = ()
    exports: tuple[Export, ...] = ()
    types: tuple[GoType, ...] = ()
    has_error: bool = False


NO_FACTS = DeclarationFacts()
