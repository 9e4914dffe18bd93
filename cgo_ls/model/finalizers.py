"""Which Go types a function gives a finalizer or a cleanup, read from its text alone: what other functions must know of them."""

from __future__ import annotations

import re
from typing import NamedTuple

_ARMS = re.compile(rb"runtime\.(SetFinalizer|AddCleanup)\(\s*(&?[A-Za-z_]\w*)((?:\.\w+)*)\s*,\s*")
_METHOD = re.compile(rb"\(\*(\w+)\)\.(\w+)\s*\)")
_LITERAL = re.compile(rb"func\(\s*(?:\w+\s+)?\*(\w+)\s*\)")
_NAME = re.compile(rb"(\w+)\s*\)")
_ASSERTED = re.compile(rb"func\(\s*(\w+)\s+(?:interface\{\}|any)\s*\)")


_DOTTED = re.compile(rb"\.([A-Za-z_]\w*)")
_CALLED = re.compile(rb"(\.?)\b([A-Za-z_]\w*)\(")
_GIVEN = re.compile(rb"\b(\w{1,80}):\s*(?:\(\*C\.\w+\)\()?(?:unsafe\.Pointer\()?([a-z_]\w{0,80})\)*\s*[,}\n]")
_REFERENCES = re.compile(
    rb"(?<!un)(?<!Un)(?<!de)(?<!De)(?:[Rr]ef|[Rr]etain|[Dd]up|[Cc]opy|[Cc]lone|[Tt]ake|[Aa]cquire)"
    rb"(?:erence|_?[Ss]ink|_?[Uu]p|licate)?(?:_[a-z]\w{0,80})?\("
)
_LONGEST = 4_000
HANDLE = "cgo.Handle"
KEEP_ALIVE = "runtime.KeepAlive"


class Arm(NamedTuple):
    """One `runtime.SetFinalizer` or `runtime.AddCleanup` on a value of Go type `type` ("" where the text does not tell), or one
    `cgo.Handle(x).Delete()` ("Delete", HANDLE, "Delete"), or one `runtime.KeepAlive` ("KeepAlive", KEEP_ALIVE, "KeepAlive").

    `finalizer` is the method or function that it runs ("" for a literal); where `type` is "", its parameter tells. `touched` and
    `calls` are those of a literal (see touched_fields): fields it mentions where it calls C, and functions it calls ("F", ".M").
    `aliases` are groups of fields that were given the same pointer. `referenced`: the function also calls something named for taking a
    reference, or a copy.
    """

    call: str
    type: str
    finalizer: str
    touched: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    aliases: tuple[frozenset[str], ...] = ()
    referenced: bool = False


def read_arms(text: bytes) -> tuple[Arm, ...]:
    """The arms of one declaration, in order. `SetFinalizer(x, nil)` is none."""
    found: list[Arm] = []
    for match in _ARMS.finditer(text):
        call, name, path = match[1].decode(), match[2], match[3]
        behind = match.end()
        if call == "SetFinalizer":
            arm = _finalizer(text, behind)
            if arm is None:
                continue
            kind, finalizer = arm
        else:
            kind, finalizer = "", _named_cleanup(text, behind)
        if not kind and not path:
            kind = _type_of(text[: match.start()], name)
        if kind or finalizer:
            body = _call(text, match.start())
            named = bool(finalizer) and call == "SetFinalizer"
            touched, calls = ((), ()) if named else (touched_fields(body), tuple(_calls(body)))
            referenced = _REFERENCES.search(text) is not None
            found.append(Arm(call, kind, finalizer, touched, calls, _aliases(text[: match.start()]), referenced))
    if b"runtime.KeepAlive(" in text:
        found.append(Arm("KeepAlive", KEEP_ALIVE, "KeepAlive"))
    if b".Delete()" in text and b"andle" in text and _deletes_given(text):
        found.append(Arm("Delete", HANDLE, "Delete"))
    return tuple(found)


def _aliases(before: bytes) -> tuple[frozenset[str], ...]:
    """{"ptr", "cast_ptr"} of `&T{Object: Object{ptr: (*C.object)(p)}, cast_ptr: p}`, in the text in front of an arm."""
    groups: dict[bytes, set[str]] = {}
    for name, value in _GIVEN.findall(before):
        groups.setdefault(value, set()).add(name.decode())
    return tuple(frozenset(names) for names in groups.values() if len(names) > 1)


def touched_fields(text: bytes) -> tuple[str, ...]:
    """The names behind a dot in a function that calls C, in order, each once: among them are the fields it releases."""
    if b"C." not in text:
        return ()
    return tuple(dict.fromkeys(name.decode() for name in _DOTTED.findall(text)))


def _calls(text: bytes) -> list[str]:
    """The functions a literal calls: ".M" of `x.M()`, "F" of `F()`."""
    return [f".{name.decode()}" if dot else name.decode() for dot, name in _CALLED.findall(text)]


def _call(text: bytes, start: int) -> bytes:
    """The text of the call that starts at `start`, to its closing parenthesis."""
    depth = 0
    for position in range(start, min(len(text), start + _LONGEST)):
        depth += (text[position] == 0x28) - (text[position] == 0x29)
        if not depth and text[position] == 0x29:
            return text[start : position + 1]
    return text[start : start + _LONGEST]


def _named_cleanup(text: bytes, behind: int) -> str:
    """`release` of `AddCleanup(x, release, x.ptr)`; "" for a literal."""
    name = re.compile(rb"(\w+)\s*,").match(text, behind)
    return name[1].decode() if name is not None else ""


def _deletes_given(text: bytes) -> bool:
    """Whether handles that were not made here are deleted: fields, elements, parameters, or `h := cgo.Handle(x)`."""
    return b"NewHandle(" not in text or b"cgo.Handle(" in text


def _finalizer(text: bytes, behind: int) -> tuple[str, str] | None:
    """The type and the function of a finalizer that starts at `behind`; None for nil."""
    if method := _METHOD.match(text, behind):
        return method[1].decode(), method[2].decode()
    if literal := _LITERAL.match(text, behind):
        return literal[1].decode(), ""
    if asserted := _ASSERTED.match(text, behind):
        inside = re.compile(rb"\b" + re.escape(asserted[1]) + rb"\.\(\*(\w+)\)").search(text, behind)
        return (inside[1].decode(), "") if inside else ("", "")
    if name := _NAME.match(text, behind):
        return None if name[1] == b"nil" else ("", name[1].decode())
    return "", ""


def _type_of(before: bytes, name: bytes) -> str:
    """`x := &T{`, `x = new(T)`, or `x *T` in a signature: the type T of what x points to."""
    variable = re.escape(name.lstrip(b"&"))
    if name.startswith(b"&"):
        forms = rb"\b%s\s*:=\s*(\w+)\{", rb"\bvar\s+%s\s+(\w+)\b"
    else:
        forms = rb"\b%s\s*:?=\s*&(\w+)\{", rb"\b%s\s*:?=\s*new\((\w+)\)", rb"\b%s\s+\*(\w+)\b"
    found = [match for form in forms for match in re.finditer(form % variable, before)]
    return max(found, key=lambda match: match.start())[1].decode() if found else ""
