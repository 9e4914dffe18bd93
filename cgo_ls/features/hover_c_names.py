"""What a hover says of `C.name`: the declaration in C, its comment, where it stands, what it does with memory and errno."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cgo_ls.analysis.conventions import Convention
from cgo_ls.analysis.effects import CEffects, ParameterEffect, is_pointer_like
from cgo_ls.data.rows import FunctionRow
from cgo_ls.features.hover_errno import failure_text
from cgo_ls.features.hover_rows import row_lines
from cgo_ls.features.hover_texts import hover_texts
from cgo_ls.features.markdown import code, fence
from cgo_ls.model.cdecl import CEnumConstant, CFunction, CMacro, CPlace, CTypeName, CVariable
from cgo_ls.model.package import CDeclaration, CName
from cgo_ls.model.pseudo_c import pseudo_name

UNKNOWN = (
    "Who owns what it is given and what it returns is not known: its body is not here, and no table lists it. "
    "A comment `cgo-ls:` at its declaration, or a row in `.cgo-ls.toml`, says it."
)

# A place as a reader is shown it: `api.h:3`.
Where = Callable[[CPlace], str]


def render_name(
    known: CName,
    bodies: Sequence[CFunction],
    effects: CEffects,
    where: Where,
    convention: Convention | None = None,
    row: FunctionRow | None = None,
) -> str:
    """A name that the package declares. `bodies` are the definitions of a function that the file itself may not see, `row` what a
    table says of it."""
    functions = [one for one in known.declarations if isinstance(one, CFunction)]
    if functions:
        return _function(functions, bodies, effects, where, convention, row)
    return "\n\n".join(_declaration(known.declarations[0], where)) if known.declarations else ""


def render_row(row: FunctionRow, convention: Convention | None = None) -> str:
    """A library's function, from its table."""
    parts = [fence(row.prototype + ";", "c")]
    if row.header is not None:
        parts.append(f"Declared in {code(f'<{row.header}>')}.")
    lines = row_lines(row)
    if lines:
        parts.append("\n".join(f"- {line}" for line in lines))
    if convention is not None:
        parts.append(failure_text(convention))
    if row.source:
        parts.append(f"See {code(row.source)}.")
    return "\n\n".join(parts)


def render_pseudo(name: str) -> str | None:
    """A name that cgo itself gives: `C.CString`, `C.uint`, `C.struct_point`, `C.errno`."""
    text = hover_texts().get(name)
    if text is not None:
        return text
    known = pseudo_name(name)
    if known is None:
        return None
    return "\n\n".join([fence(known.signature, "go"), *known.facts])


def _function(
    functions: list[CFunction],
    bodies: Sequence[CFunction],
    effects: CEffects,
    where: Where,
    convention: Convention | None,
    row: FunctionRow | None,
) -> str:
    first = next((one for one in functions if one.has_prototype), functions[0])
    parts = [fence(first.prototype.rstrip("; ") + ";", "c")]
    comment = next((one.comment for one in (*functions, *bodies) if one.comment.strip()), "")
    if comment:
        parts.append(fence(comment, "text"))
    parts.append(_standing(functions, bodies, where))
    parameters = [(parameter.name, parameter.type) for parameter in first.parameters]
    lines = row_lines(row) if row is not None and effects.origin == "table" else _effect_lines(effects, parameters)
    if lines:
        parts.append("\n".join(f"- {line}" for line in lines))
        parts.append(f"Known from {_origin(effects)}.")
    elif effects.origin in ("name", "unknown") and any(
        "*" in kind for kind in (first.result, *(kind for _, kind in parameters))
    ):
        parts.append(UNKNOWN)
    if convention is not None and convention.channel != "none":
        parts.append(failure_text(convention))
        if convention.note:
            parts.append(f"Known from {code(convention.note)}.")
    return "\n\n".join(parts)


def _standing(functions: list[CFunction], bodies: Sequence[CFunction], where: Where) -> str:
    definition = next((one for one in (*functions, *bodies) if one.is_definition), None)
    declared = functions[0]
    if definition is None:
        return f"Declared at {code(where(declared.place))}."
    if declared is definition or declared.place.path == definition.place.path:
        return f"Defined at {code(where(definition.place))}."
    return f"Declared at {code(where(declared.place))}, defined at {code(where(definition.place))}."


def _declaration(declared: CDeclaration, where: Where) -> Iterator[str]:
    """A variable, type, macro or enumerator."""
    comment = ""
    if isinstance(declared, CMacro):
        listed = "" if declared.parameters is None else f"({', '.join(declared.parameters)})"
        yield fence(f"#define {declared.name}{listed} {declared.value}".rstrip(), "c")
        if declared.parameters is not None:
            yield "A macro with parameters has no name in Go: wrap it in a function of the preamble."
    elif isinstance(declared, CEnumConstant):
        yield fence(f"enum {{ {declared.name}{f' = {declared.value_text}' if declared.value_text else ''} }};", "c")
    elif isinstance(declared, CVariable):
        prefix = "static " if declared.static else "extern " if declared.extern else ""
        yield fence(f"{prefix}{declared.type} {declared.name};", "c")
        comment = declared.comment
    elif isinstance(declared, CTypeName):
        yield fence(declared.text, "c")
        comment = declared.comment
    if comment.strip():
        yield fence(comment, "text")
    yield f"Declared at {code(where(declared.place))}."


def _effect_lines(effects: CEffects, parameters: Sequence[tuple[str, str]]) -> list[str]:
    """What becomes of pointers and of errno; nothing where it is only guessed."""
    if effects.origin in ("name", "unknown"):
        return []
    lines: list[str] = []
    for index, (name, kind) in enumerate(parameters):
        text = _parameter(effects, index)
        if text and is_pointer_like(kind):
            lines.append(f"{code(name) if name else f'parameter {index + 1}'}: {text}")
    result = effects.result
    if result.kind == "owned":
        released = (
            f"release it with {code('C.' + result.releaser)}" if result.releaser else "how it is released is not known"
        )
        lines.append(f"result: **you own it**; {released}{'; it may be nil' if result.nullable else ''}")
    elif result.kind == "borrowed":
        lines.append("result: belongs to C; do not free it")
    elif result.kind == "parameter" and result.parameter is not None and result.parameter < len(parameters):
        name = parameters[result.parameter][0] or f"parameter {result.parameter + 1}"
        lines.append(f"result: points to the memory of {code(name)}; it is no memory of its own")
    if effects.returns_errno:
        lines.append(
            "only reports errno: as a call of its own it may see another thread's. Call what fails with two results instead"
        )
    if effects.never_returns:
        lines.append("never returns")
    return lines


def _parameter(effects: CEffects, index: int) -> str:
    match effects.parameter(index):
        case ParameterEffect.BORROWS:
            return "used during the call only; it stays yours"
        case ParameterEffect.TAKES:
            if index in effects.frees:
                return "**freed by the call**; do not use or free it afterwards"
            return "**taken over by C**; do not free it afterwards"
        case ParameterEffect.HOLDS:
            return "**kept by C after the call**; it stays yours and must stay valid. Never a pointer to Go memory"
        case ParameterEffect.FILLS:
            releaser = effects.releaser(index)
            return "receives memory that you own" + (f"; release it with {code('C.' + releaser)}" if releaser else "")
        case ParameterEffect.RETURNS:
            return "comes back in the result"
        case _:
            return ""


def _origin(effects: CEffects) -> str:
    words = {
        "body": "its body",
        "attribute": "its attributes",
        "table": "a table",
        "project": "this project's settings",
    }
    origin = words.get(effects.origin, "cgo itself")
    return f"{origin} ({code(effects.note)})" if effects.note else origin
