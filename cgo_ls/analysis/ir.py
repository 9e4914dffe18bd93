"""The few instructions that matter to C values. No tree-sitter nodes; spans are relative to the declaration's region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cgo_ls.analysis.places import Place
from cgo_ls.text.frozen import frozen
from cgo_ls.text.span import Span

if TYPE_CHECKING:
    from cgo_ls.analysis.cfg import FunctionCfg

# --- values: what an expression evaluates to, after its calls have been made


@frozen
class Nil:
    """The untyped nil, or the zero value of a declared pointer."""


@frozen
class NonNil:
    """Something that is certainly not nil and holds no C memory (errors.New, &T{} of nothing followed)."""


@frozen
class Constant:
    """A literal or true/false, by its text: enough to decide a flag."""

    text: str


@frozen
class Load:
    """The value held by a place; `span` is where it is read."""

    place: Place
    span: Span


@frozen
class AddressOf:
    """`&place`, or a composite literal taken by address."""

    place: Place


@frozen
class View:
    """A pointer or slice into the memory of `value`: still that memory, but not what a releaser takes.

    certain False: perhaps only a number made from it (a one-argument C.x(p) whose kind is unknown). number: certainly one, which
    Go let be made of no pointer.
    """

    value: Value
    certain: bool = True
    number: bool = False


@frozen
class Closure:
    """A function literal, by its index in FunctionCfg.closures."""

    index: int


@frozen
class FunctionReference:
    """A function as a value: "C.free", "helper", "pkg.F"."""

    name: str


@frozen
class Unknown:
    """Anything else; `uses` are the values it was made from (they flow into it)."""

    uses: tuple[Value, ...] = ()


Value = Nil | NonNil | Constant | Load | AddressOf | View | Closure | FunctionReference | Unknown

NIL = Nil()
NON_NIL = NonNil()
UNKNOWN = Unknown()

# --- instructions

CalleeKind = Literal["c", "go", "method", "package", "builtin", "value"]


@frozen
class Callee:
    """Who is called.

    c: pseudo-package C, `name` without "C.". go: a package-local function. method: ".M", receiver is argument 0.
    package: "fmt.Println". builtin: "append". value: a function value, which is argument 0.
    """

    kind: CalleeKind
    name: str


@frozen
class Call:
    """One call. `results` are the slots that receive its results; `site` is its number in the function."""

    callee: Callee
    arguments: tuple[Value, ...]
    argument_spans: tuple[Span, ...]
    results: tuple[int, ...]
    site: int
    span: Span
    name_span: Span
    statement: Span
    receiver_type: str = ""

    def __hash__(self) -> int:
        """Of its number alone: a deferred call is part of each world behind it."""
        return self.site


@frozen
class Assign:
    """`target = value`. kind "declare" makes a fresh variable; "reset" only forgets what the target held."""

    target: Place
    value: Value
    span: Span


@frozen
class Escape:
    """`value` is stored where it is not followed: a package variable, a channel, an element. `where` says it in words."""

    value: Value
    where: str
    span: Span


@frozen
class Read:
    """The memory of `value` is read or written here."""

    value: Value
    span: Span


@frozen
class Defer:
    """Arguments are evaluated now, the call is made when the function leaves."""

    call: Call


@frozen
class Spawn:
    """`go f(x)`: runs at any time; what it is given is no longer followed."""

    call: Call


@frozen
class Return:
    """Results are already assigned to the result slots; `span` is the statement, or the closing brace."""

    span: Span
    explicit: bool


Instruction = Call | Assign | Escape | Read | Defer | Spawn | Return

# --- conditions on edges


@frozen
class NilTest:
    """`value == nil` is `is_nil` on this edge."""

    value: Value
    is_nil: bool


@frozen
class Truth:
    """A condition without calls, by its normalised text and the slots it reads; holds when `value`.

    `variable` is compared with `constant`. `subject` stands in `relation` ("!= 0") to a constant on this edge.
    """

    key: str
    slots: frozenset[int]
    value: bool
    variable: Place | None = None
    constant: str = "true"
    subject: Place | None = None
    relation: str = ""


@frozen
class Opaque:
    """A condition that may or may not repeat later. On this edge `subject` stands in `relation` ("< 0") to a constant."""

    subject: Place | None = None
    relation: str = ""


Condition = NilTest | Truth | Opaque

# --- variables


@frozen
class Variable:
    """A local name. kind: local, parameter, receiver, result, temporary, literal (memory of a composite literal)."""

    slot: int
    name: str
    kind: Literal["local", "parameter", "receiver", "result", "temporary", "literal"]
    type: str
    span: Span


@frozen
class ClosureBody:
    """A function literal: its own graph over the slots of the enclosing function, and the slots that it reads or writes from outside."""

    cfg: FunctionCfg
    captured: frozenset[int]
    span: Span
