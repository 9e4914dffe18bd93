"""The round trip of a Go function through C user data: a cgo.Handle goes in, and an exported function calls what comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.features.generated import Generated, Place, after
from cgo_ls.model.cdecl import CFunction, CTypeName
from cgo_ls.rules.finding import Need
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.types.parts.c_as_go import go_type

KIND = "refactor.rewrite"
_TYPEDEF = re.compile(r"(?:typedef\s+)?([\w\s*]+?)\(\s*\*\s*(\w+)\s*\)\s*\(([^()]*)\)\s*;?\s*")
_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_DATA = frozenset(
    [
        "data",
        "userdata",
        "user_data",
        "ctx",
        "context",
        "arg",
        "opaque",
        "cookie",
        "closure",
        "payload",
        "param",
        "p",
        "ud",
    ]
)


@dataclass(frozen=True, slots=True)
class _Callback:
    """A C function pointer type: its result, and its parameters as (C type, name). `data` is the one that C hands through."""

    name: str
    result: str
    parameters: tuple[tuple[str, str], ...]
    data: int


def generate(place: Place) -> Iterator[Generated]:
    """The offer for a C function at the place that takes a callback and the `void *` it is called with."""
    reference = place.reference
    function = _function(place, reference.name) if reference is not None and reference.call else None
    if function is None or not function.has_prototype or function.variadic:
        return
    found = _callback(place, function)
    if found is None:
        return
    callback, at, data_at = found
    words = list(_WORD.findall(function.name))
    name = "".join(word[:1].upper() + word[1:] for word in words)
    exported, helper = f"go{name}Callback", f"{function.name}_with_handle"
    if not (place.is_free(name) and place.is_free(exported)) or place.environment.resolve_c(helper) is not None:
        return
    c_lines = _c_side(function, callback, at, data_at, exported, helper)
    go_text = _go_side(name, exported, helper, function, callback, at, data_at)
    if c_lines is None or go_text is None:
        return
    line = append_to_preamble(place.file, " ".join(c_lines))
    if line is None:
        return
    needs = [Need("import", "runtime/cgo"), Need("include", "stdint.h")]
    needs += [Need("import", "unsafe")] if "unsafe." in go_text else []
    title = f"Pass a handle to a callback: generate {name}"
    yield Generated(title, KIND, (line, after(place, go_text)), tuple(needs))


def _function(place: Place, name: str) -> CFunction | None:
    known = place.environment.resolve_c(name)
    return next((one for one in (known.declarations if known else ()) if isinstance(one, CFunction)), None)


def _callback(place: Place, function: CFunction) -> tuple[_Callback, int, int] | None:
    """The one callback among the parameters, its number, and the number of the user data."""
    found = [
        (number, made) for number, each in enumerate(function.parameters) if (made := _pointer_type(place, each.type))
    ]
    if len(found) != 1:
        return None
    at, callback = found[0]
    data = [number for number, each in enumerate(function.parameters) if re.sub(r"\s", "", each.type) == "void*"]
    named = [number for number in data if function.parameters[number].name.lower() in _DATA]
    chosen = named if len(named) == 1 else data
    return (callback, at, chosen[0]) if len(chosen) == 1 else None


def _pointer_type(place: Place, kind: str) -> _Callback | None:
    """The function pointer that a typedef's name stands for."""
    known = place.environment.resolve_c(kind.strip()) if kind.strip().isidentifier() else None
    for declared in known.declarations if known is not None else ():
        match = _TYPEDEF.fullmatch(declared.text.strip()) if isinstance(declared, CTypeName) else None
        if match is None:
            continue
        parameters = [_parameter(part, number) for number, part in enumerate(match[3].split(","))]
        if any(each is None for each in parameters):
            return None
        known_parameters = tuple(each for each in parameters if each is not None)
        data = [
            number for number, (type_text, _) in enumerate(known_parameters) if re.sub(r"\s", "", type_text) == "void*"
        ]
        named = [number for number in data if known_parameters[number][1].lower() in _DATA]
        chosen = named if len(named) == 1 else data
        if len(chosen) != 1:
            return None
        return _Callback(match[2], match[1].strip(), known_parameters, chosen[0])
    return None


def _parameter(text: str, number: int) -> tuple[str, str] | None:
    """`const char *path` -> ("const char *", "path"); a name is made where there is none."""
    text = text.strip()
    if not text or "[" in text or text in ("void", "..."):
        return None
    match = re.fullmatch(r"(.*[\s*])(\w+)", text, re.DOTALL)
    if match is not None and go_type(match[1]) and go_type(match[1]) not in ("C.const", "C.unsigned"):
        return match[1].strip(), match[2]
    return text, f"arg{number + 1}"


def _joined(kind: str, name: str) -> str:
    return f"{kind}{name}" if kind.endswith("*") else f"{kind} {name}"


def _c_side(
    function: CFunction, callback: _Callback, at: int, data_at: int, exported: str, helper: str
) -> list[str] | None:
    """The exported function's prototype, the C function that casts the handle, and the one that installs it."""
    if any("(" in each.type or "[" in each.type for each in function.parameters):
        return None
    listed = [
        "uintptr_t handle" if number == callback.data else _joined(kind, name)
        for number, (kind, name) in enumerate(callback.parameters)
    ]
    plain = [_joined(kind, name) for kind, name in callback.parameters]
    given = [
        f"(uintptr_t){name}" if number == callback.data else name
        for number, (_, name) in enumerate(callback.parameters)
    ]
    returns = "" if callback.result == "void" else "return "
    cast = f"{exported}_cast"
    rest = [
        "uintptr_t handle" if number == data_at else _joined(each.type, each.name or f"arg{number + 1}")
        for number, each in enumerate(function.parameters)
        if number != at
    ]
    passed = [
        cast if number == at else "(void *)handle" if number == data_at else each.name or f"arg{number + 1}"
        for number, each in enumerate(function.parameters)
    ]
    result = function.result.strip()
    gives = "" if result == "void" else "return "
    return [
        f"extern {_joined(callback.result, exported)}({', '.join(listed)});",
        f"static {_joined(callback.result, cast)}({', '.join(plain)}) {{ {returns}{exported}({', '.join(given)}); }}",
        f"static {_joined(result, helper)}({', '.join(rest)}) {{ {gives}{function.name}({', '.join(passed)}); }}",
    ]


def _go_side(
    name: str, exported: str, helper: str, function: CFunction, callback: _Callback, at: int, data_at: int
) -> str | None:
    """The exported function and the Go function that passes a handle. `const` has no word in Go, and a prototype with it would differ."""
    if any("const" in kind for kind, _ in callback.parameters) or "const" in callback.result:
        return None
    kinds = [go_type(kind, parameter=True) for kind, _ in callback.parameters]
    result, given_result = go_type(callback.result), go_type(function.result)
    if not all(kinds) or result is None or given_result is None:
        return None
    own = [
        (each, kind)
        for number, ((_, each), kind) in enumerate(zip(callback.parameters, kinds, strict=True))
        if number != callback.data
    ]
    named = [(each, kind) for (_, each), kind in zip(callback.parameters, kinds, strict=True)]
    listed = [
        "handle C.uintptr_t" if number == callback.data else f"{each} {kind}"
        for number, (each, kind) in enumerate(named)
    ]
    signature = f"func({', '.join(f'{each} {kind}' for each, kind in own)})" + (f" {result}" if result else "")
    call = f"cgo.Handle(handle).Value().({signature})({', '.join(each for each, _ in own)})"
    others = [
        (each.name or f"arg{number + 1}", go_type(each.type, parameter=True))
        for number, each in enumerate(function.parameters)
        if number not in (at, data_at)
    ]
    if not all(kind for _, kind in others):
        return None
    passed = [
        "C.uintptr_t(handle)" if number == data_at else each.name or f"arg{number + 1}"
        for number, each in enumerate(function.parameters)
        if number != at
    ]
    head = ", ".join([*(f"{each} {kind}" for each, kind in others), f"callback {signature}"])
    results = f"(cgo.Handle, {given_result})" if given_result else "cgo.Handle"
    body = (
        f"\tret := C.{helper}({', '.join(passed)})\n\treturn handle, ret"
        if given_result
        else f"\tC.{helper}({', '.join(passed)})\n\treturn handle"
    )
    return (
        f"//export {exported}\nfunc {exported}({', '.join(listed)})" + (f" {result}" if result else "") + " {\n"
        f"\t{'return ' if result else ''}{call}\n}}\n\n"
        f"// {name} calls C.{function.name} with callback. Delete the handle when C will not call it any more.\n"
        f"func {name}({head}) {results} {{\n\thandle := cgo.NewHandle(callback)\n{body}\n}}"
    )
