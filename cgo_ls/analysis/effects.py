"""What a C function does with its arguments and its result, whoever says so: body, attribute, table, project or name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from cgo_ls.model.cdecl import CFunction

Origin = Literal["body", "attribute", "table", "project", "builtin", "name", "unknown"]


class ParameterEffect(Enum):
    """What a call does with the memory an argument points to."""

    BORROWS = "borrows"  # reads or writes it during the call; the caller owns it before and after
    TAKES = "takes"  # frees it, or becomes its owner
    HOLDS = "holds"  # keeps the pointer beyond the call
    FILLS = "fills"  # out-parameter: memory the caller then owns is stored where it points
    RETURNS = "returns"  # the result points to the same memory
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ResultEffect:
    """Where the result comes from. `owned`: the caller must call `releaser` ("": not known with what). `parameter`: it
    is the memory of argument number `parameter`; with a releaser, it is owned where that argument is NULL.
    `none`: no pointer. `nullable`: it may be NULL. `exact`: the argument itself comes back, and not a
    pointer into its memory."""

    kind: Literal["owned", "borrowed", "parameter", "unknown", "none"]
    releaser: str = ""
    parameter: int | None = None
    nullable: bool = False
    exact: bool = False


NO_RESULT = ResultEffect("none")
UNKNOWN_RESULT = ResultEffect("unknown")


@dataclass(frozen=True, slots=True)
class CEffects:
    """The effects of one C function.

    `frees`: indexes of TAKES parameters whose memory is freed before the function returns (the others only change
    owner, so a use right after the call is not certainly one after a free). `frees_fields`: indexes of parameters
    behind whose fields memory is freed. `releasers[i]`: what releases parameter i (TAKES), or what it is filled with
    (FILLS); "" elsewhere. `moments[i]`: when parameter i is filled: "always", on "success", on "failure", "" not known.
    `failure`: the result that says the call failed, as the tables write it ("!= 0", "== -1", "NULL"), "" not known. `in_place`: indexes of
    FILLS parameters that point to what itself is made ready, as in `regcomp(&re)`; `ends`: of those that undo it where it stands, as in
    `regfree(&re)`; `empties`: of those behind which a pointer is released and set to NULL.
    `hearsay`: of those that a body hands to a function of which only the name is known. `by_value`: of those that are, or fill, a struct
    whose fields hold the memory, -1 for a result that is one.
    `heap`: the allocator that plain memory goes back to by
    this function. `argument`: the C type of its parameter where it has just one, `takes_nil`: which may be NULL; `result_type`: the C type
    of its result ("" where no table says). `returns_errno`: the result is errno as an earlier call left it. `sets_errno`: None where
    nobody knows. `note` says where this is known from, for messages. `moved`: indexes of UNKNOWN parameters whose owner the function
    becomes when it succeeds."""

    name: str
    parameters: tuple[ParameterEffect, ...]
    result: ResultEffect
    origin: Origin
    note: str = ""
    frees: frozenset[int] = frozenset()
    frees_fields: frozenset[int] = frozenset()
    returns_errno: bool = False
    sets_errno: bool | None = None
    never_returns: bool = False
    releasers: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    failure: str = ""
    in_place: frozenset[int] = frozenset()
    ends: frozenset[int] = frozenset()
    empties: frozenset[int] = frozenset()
    hearsay: frozenset[int] = frozenset()
    by_value: frozenset[int] = frozenset()
    heap: str = ""
    argument: str = ""
    takes_nil: bool = False
    result_type: str = ""
    moved: frozenset[int] = frozenset()

    def parameter(self, index: int) -> ParameterEffect:
        """The effect on argument `index`, also behind the named ones of a variadic function."""
        if index < len(self.parameters):
            return self.parameters[index]
        return ParameterEffect.UNKNOWN if self.origin == "unknown" else ParameterEffect.BORROWS

    def releaser(self, index: int) -> str:
        return self.releasers[index] if index < len(self.releasers) else ""

    def moment(self, index: int) -> str:
        """When argument `index` is filled."""
        return self.moments[index] if index < len(self.moments) else ""


_RELEASING = re.compile(r"free(?!z)|destroy|release|unref|dispos|delet|consum|steal|adopt")
_RELEASING_WORDS = frozenset(["close", "take", "give", "own", "donate", "unmap"])
_RELEASING_SUFFIXES = ("close",)
# rd_kafka_DeleteTopic_new makes a request to delete; it deletes nothing.
_MAKING_SUFFIXES = ("_new", "_create", "_init")
_KEEPING_WORDS = frozenset(
    [
        "push",
        "append",
        "prepend",
        "insert",
        "register",
        "set0",
        "add0",
        "attach",
        "own",
        "take",
        "give",
        "full",
        "enqueue",
        "queue",
        "store",
        "keep",
        "save",
    ]
)
_CONTEXT_WORDS = frozenset(["userdata", "context", "opaque", "callback", "hook"])
_SETTING_WORDS = frozenset(["set", "add", "with", "install"])
_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_ARITHMETIC_WORDS = (
    "void char short int long float double signed unsigned _Bool bool size_t ssize_t ptrdiff_t off_t off64_t time_t pid_t "
    "uid_t gid_t mode_t dev_t ino_t socklen_t wchar_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t "
    "u_int8_t u_int16_t u_int32_t u_int64_t uint ulong ushort uchar gint guint gboolean gsize gssize glong gulong gdouble "
    "gfloat gchar guchar gint8 guint8 gint16 guint16 gint32 guint32 gint64 guint64 BOOL DWORD WORD BYTE UINT INT LONG ULONG "
    "_Complex const volatile __int128"
)
_ARITHMETIC = frozenset(_ARITHMETIC_WORDS.split())


def is_pointer_like(kind: str) -> bool:
    """Whether a value of C type `kind` could be a pointer: unknown type names could, arithmetic types cannot."""
    if "*" in kind or "[" in kind or "(" in kind or not kind:
        return True
    if kind.startswith("enum "):
        return False
    return not all(word in _ARITHMETIC for word in kind.split())


def is_struct(kind: str) -> bool:
    """Whether a value of C type `kind` may be a struct: neither a pointer, as far as its text tells, nor a number."""
    return is_pointer_like(kind) and not any(sign in kind for sign in "*[(")


def words_of(name: str) -> frozenset[str]:
    """The lower-case words of a C name: `SSL_CTX_set0_chain` -> {ssl, ctx, set0, chain}."""
    return frozenset(word.lower() for word in _WORD.findall(name))


def effects_from_name(function: CFunction | None, name: str, argument_count: int) -> CEffects:
    """What to assume of a C function known by its declaration only, or (`function` None) by its name alone.

    An argument is borrowed unless the name speaks of releasing or taking over (`free`, `close`, `give`, ...), or of
    keeping (`append`, `register`, `set0`, ...) and the parameter is not a pointer to const: those are UNKNOWN, so that
    no rule speaks. Nothing is concluded about the result from a name."""
    words = words_of(name)
    lower = name.lower()
    releasing = bool(_RELEASING.search(lower)) or bool(words & _RELEASING_WORDS) or lower.endswith(_RELEASING_SUFFIXES)
    releasing = releasing and not lower.endswith(_MAKING_SUFFIXES)
    keeping = bool(words & _KEEPING_WORDS) or bool(words & _CONTEXT_WORDS and words & _SETTING_WORDS)
    kinds: list[str | None] = [None] * argument_count
    if function is not None and function.has_prototype:
        kinds = [parameter.type for parameter in function.parameters]
        kinds += [None] * (argument_count - len(kinds))
    effects: list[ParameterEffect] = []
    for kind in kinds:
        if kind is not None and not is_pointer_like(kind):
            effects.append(ParameterEffect.BORROWS)
        elif releasing or (keeping and not (kind is not None and points_to_const(kind))):
            effects.append(ParameterEffect.UNKNOWN)
        else:
            effects.append(ParameterEffect.BORROWS)
    result = UNKNOWN_RESULT
    if function is not None and function.result and not is_pointer_like(function.result):
        result = NO_RESULT
    note = "only its declaration is known" if function is not None else "only its name is known"
    return CEffects(name, tuple(effects), result, "name", note)


def points_to_const(kind: str) -> bool:
    """`const char *`, `char const *`, `gconstpointer`: the callee promises not to write, so hardly to own."""
    head, star, _ = kind.rpartition("*")
    return (bool(star) and bool(re.search(r"\bconst\b", head))) or kind == "gconstpointer"


def merge(first: CEffects, second: CEffects) -> CEffects:
    """What holds for both of two functions of one name."""
    if first == second or replace(first, note=second.note) == second:
        return first
    count = max(len(first.parameters), len(second.parameters))
    same = [first.parameter(i) == second.parameter(i) for i in range(count)]
    releasers = [first.releaser(i) if first.releaser(i) == second.releaser(i) else "" for i in range(count)]
    return CEffects(
        first.name,
        tuple(first.parameter(i) if same[i] else ParameterEffect.UNKNOWN for i in range(count)),
        first.result if first.result == second.result else UNKNOWN_RESULT,
        first.origin,
        first.note,
        first.frees & second.frees,
        first.frees_fields | second.frees_fields,
        first.returns_errno and second.returns_errno,
        first.sets_errno if first.sets_errno == second.sets_errno else None,
        first.never_returns and second.never_returns,
        tuple(releasers),
        tuple(first.moment(i) if first.moment(i) == second.moment(i) else "" for i in range(count)),
        first.failure if first.failure == second.failure else "",
        first.in_place & second.in_place,
        first.ends & second.ends,
        first.empties & second.empties,
        first.hearsay | second.hearsay,
        first.by_value & second.by_value,
        moved=first.moved & second.moved,
    )
