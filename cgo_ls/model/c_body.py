"""What a C function body does with pointers, as a small control flow graph of plain values.

Only what matters to ownership and errno is kept: calls, assignments, returns, tests of a name against NULL.
A body is computed once when its text is read; effects are solved from it again whenever another unit changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cgo_ls.text.span import Span

ValueKind = Literal["name", "load", "address", "call", "null", "literal", "errno", "either", "other"]
NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class CValue:
    """Where a value comes from; casts, parentheses and pointer arithmetic are seen through.

    name     the variable or function `name`
    load     memory behind `parts[0]`: `name` is the field, "*" or "[]"; `arrow` is false for `a.f` (no dereference)
    address  `&parts[0]`
    call     result of the call event with id `call`
    literal  `name` is the number's text, "" for any other
    errno    `name` is "-" for `-errno`
    other    `name` is "-1" for such a number, "-" for the negation of `parts[0]`, else ""
    null
    either   one of `parts` (`a ? b : c`, an initialiser list, both sides of `p + n`)
    """

    kind: ValueKind
    name: str = ""
    parts: tuple[CValue, ...] = ()
    call: int = -1
    arrow: bool = True


@dataclass(frozen=True, slots=True)
class CCall:
    """`function` is "" for a call of an expression; `callee` then says which (`p->destroy`). `line` is 1-based; `span`,
    here and below, counts from the start of the definition."""

    id: int
    function: str
    callee: CValue | None
    arguments: tuple[CValue, ...]
    line: int
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CAssign:
    """`target = value`; the target is a `name` or a `load` (`p->f`, `*out`, `a[i]`)."""

    target: CValue
    value: CValue
    line: int
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CReturn:
    """`return value`; None for a bare return and for the end of the body."""

    value: CValue | None
    line: int
    span: Span = NOWHERE


CEvent = CCall | CAssign | CReturn


@dataclass(frozen=True, slots=True)
class CTest:
    """`left operator right`, or its opposite where `holds` is false; a bare value is tested with `!=` against null."""

    operator: str
    left: CValue
    right: CValue
    holds: bool


@dataclass(frozen=True, slots=True)
class CEdge:
    """To block `target`; on it variable `name` (when not "") is known to be NULL (`is_null`) or not NULL, and `test` is known to be so."""

    target: int
    name: str = ""
    is_null: bool = False
    test: CTest | None = None


@dataclass(frozen=True, slots=True)
class CMark:
    """Something before event `at` of its block that ownership need not know: errno is read (`name` is ""), or variable `name` is
    changed in place (`n += 1`, `n++`)."""

    at: int
    name: str
    span: Span
    line: int


@dataclass(frozen=True, slots=True)
class CBlock:
    """Events in order, then one of the edges. No edges: the function has returned."""

    events: tuple[CEvent, ...]
    edges: tuple[CEdge, ...]
    marks: tuple[CMark, ...] = ()


@dataclass(frozen=True, slots=True)
class CLocal:
    """A local variable; a `static` one keeps its value and is treated as global. `cleanup` is its destructor."""

    name: str
    type: str
    static: bool = False
    cleanup: str = ""


@dataclass(frozen=True, slots=True)
class CBody:
    """Block 0 is the entry. `complete` is false when a part could not be read: then nothing may be concluded from
    what is absent."""

    function: str
    parameters: tuple[str, ...]
    locals: tuple[CLocal, ...]
    blocks: tuple[CBlock, ...]
    complete: bool
    line: int
    from_macro: bool = False
