"""A Go function that calls C and returns an `error`, by the convention of the C function; where Go cannot, or had better not, with a
static C function that returns -errno.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.analysis.conventions import Convention
from cgo_ls.analysis.effects import ParameterEffect
from cgo_ls.data.tables import function as table_row
from cgo_ls.features.generated import Generated, Place, after
from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.cdecl import CFunction, CParameter
from cgo_ls.rules.finding import Need
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.types.parts.c_as_go import go_type

KIND = "refactor.rewrite"
_GO_TESTS = {
    "minus_one": "{0} == -1",
    "null": "{0} == nil",
    "zero": "{0} == 0",
    "nonzero": "{0} != 0",
    "negative": "{0} < 0",
    "eof": "{0} == C.EOF",
    "map_failed": "{0} == C.MAP_FAILED",
}
_C_TESTS = {"minus_one": "{0} == -1", "negative": "{0} < 0", "eof": "{0} == EOF", "nonzero": "{0} != 0"}
_SIGNED = frozenset(["int", "long", "short", "ssize_t", "off_t"]) | {"long int", "long long"}
_CHANNELS = ("errno", "result", "negated_result")
_WORD = re.compile(r"[A-Za-z][a-z0-9]*|[0-9]+")


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A parameter in Go: its name and type, and what is passed to C. `text`: a Go string is made into C's."""

    name: str
    type: str
    given: str
    text: bool


def generate(place: Place) -> Iterator[Generated]:
    """Offers for the C function at the place: a Go wrapper, and one around a C function that returns -errno."""
    reference = place.reference
    if reference is None or not reference.call:
        return
    known = place.environment.convention(reference.name)
    function = _function(place, reference.name)
    if known is None or function is None or known.channel not in _CHANNELS:
        return
    parameters = _parameters(place, function)
    name = _free_name(place, reference.name)
    if parameters is None or name is None:
        return
    if not function.variadic:
        text = _in_go(name, function, parameters, known, _maker(place))
        if text is not None:
            needs = _needs(text, parameters)
            yield Generated(
                f"Generate {name}, which returns the error of C.{function.name}", KIND, (after(place, text),), needs
            )
    if known.channel == "errno":
        yield from _in_c(place, name, function, parameters, known)


def _function(place: Place, name: str) -> CFunction | None:
    """The declaration of a C function: the package's, or the one of the table of libc."""
    known = place.environment.resolve_c(name)
    if known is not None:
        declared = [one for one in known.declarations if isinstance(one, CFunction) and one.has_prototype]
        return declared[0] if declared else None
    row = table_row(name)
    if row is None:
        return None
    functions = read_c_unit("", f"{row.prototype};".encode()).functions
    return functions[0] if functions else None


def _parameters(place: Place, function: CFunction) -> tuple[_Parameter, ...] | None:
    effects = place.environment.c_effects(function.name, len(function.parameters))
    found: list[_Parameter] = []
    for index, parameter in enumerate(function.parameters):
        name = _go_name(parameter.name) or f"arg{index + 1}"
        kind = go_type(parameter.type, parameter=True)
        if not kind:
            return None
        if _is_text(parameter) and effects.parameter(index) is ParameterEffect.BORROWS:
            found.append(_Parameter(name, "string", f"c{name[0].upper()}{name[1:]}", True))
        else:
            found.append(_Parameter(name, kind, name, False))
    names = [each.name for each in found] + [each.given for each in found if each.text]
    return tuple(found) if len(set(names)) == len(names) else None


def _is_text(parameter: CParameter) -> bool:
    return re.sub(r"\s", "", parameter.type) in ("constchar*", "charconst*")


def _go_name(name: str) -> str:
    """`new_path` -> newPath, kept away from Go's own words."""
    words = _WORD.findall(name)
    made = "".join([word.lower() if index == 0 else word.capitalize() for index, word in enumerate(words)])
    return (
        f"{made}Arg"
        if made in ("type", "func", "range", "map", "len", "string", "ret", "err", "error", "c", "var", "chan")
        else made
    )


def _free_name(place: Place, name: str) -> str | None:
    made = _go_name(name)
    choices = (made, f"call{made[:1].upper()}{made[1:]}") if made else ()
    return next((choice for choice in choices if place.is_free(choice)), None)


def _maker(place: Place) -> str:
    """What makes the error of a name and a cause: the package's own type where it was generated before."""
    return "newCError" if place.package.function("newCError") is not None else "os.NewSyscallError"


def _in_go(
    name: str, function: CFunction, parameters: tuple[_Parameter, ...], known: Convention, maker: str
) -> str | None:
    void = function.result.strip() == "void"
    result = go_type(function.result)
    if result is None:
        return None
    call = f"C.{function.name}({', '.join(each.given for each in parameters)})"
    if known.channel in ("result", "negated_result"):
        body = _number_body(function.name, call, known, maker)
        return _declare(name, parameters, "error" if known.channel == "result" else f"({result}, error)", known, body)
    made = f'{maker}("{function.name}", err)'
    if void:
        body = f"if _, err := {call}; err != nil {{\n\treturn {made}\n}}\nreturn nil"
        return _declare(name, parameters, "error", known, body)
    test = "err != nil" if known.predicate == "ambiguous" else _GO_TESTS.get(known.predicate, "").format("ret")
    if not test:
        return None
    body = f"ret, err := {call}\nif {test} {{\n\treturn ret, {made}\n}}\nreturn ret, nil"
    return _declare(name, parameters, f"({result}, error)", known, body)


def _number_body(name: str, call: str, known: Convention, maker: str) -> str:
    if known.channel == "result":
        made = f'{maker}("{name}", syscall.Errno(ret))'
        return f"if ret := {call}; ret != 0 {{\n\treturn {made}\n}}\nreturn nil"
    made = f'{maker}("{name}", syscall.Errno(-ret))'
    return f"ret := {call}\nif ret < 0 {{\n\treturn -1, {made}\n}}\nreturn ret, nil"


def _declare(name: str, parameters: tuple[_Parameter, ...], results: str, known: Convention, body: str) -> str:
    listed = ", ".join(f"{each.name} {each.type}" for each in parameters)
    lines = [f"// {name} calls C.{known.name}, which {known.words}."]
    if known.silent_on:
        lines.append(f"// The error is nil on {known.silent_on}, even if the result says that there is none.")
    lines.append(f"func {name}({listed}) {results} {{")
    for each in parameters:
        if each.text:
            lines += [f"\t{each.given} := C.CString({each.name})", f"\tdefer C.free(unsafe.Pointer({each.given}))"]
    lines += [f"\t{line}" for line in body.split("\n")]
    return "\n".join([*lines, "}"])


def _needs(text: str, parameters: tuple[_Parameter, ...]) -> tuple[Need, ...]:
    packages = [path for path in ("os", "syscall", "unsafe") if f"{path}." in text]
    needs = [Need("import", path) for path in packages]
    if any(each.text for each in parameters):
        needs.append(Need("include", "stdlib.h"))
    return tuple(needs)


def _in_c(
    place: Place, name: str, function: CFunction, parameters: tuple[_Parameter, ...], known: Convention
) -> Iterator[Generated]:
    """For results that are signed numbers: one C call makes the call and looks at errno, so that nothing can come between."""
    test = _C_TESTS.get(known.predicate)
    result = go_type(function.result)
    helper = f"{function.name}_or_errno"
    if test is None or result is None or function.result.strip() not in _SIGNED:
        return
    if place.environment.resolve_c(helper) is not None:
        return
    kinds = [_c_parameter(one, f"a{index + 1}") for index, one in enumerate(function.parameters)]
    if None in kinds:
        return
    given = ", ".join(one.name or f"a{index + 1}" for index, one in enumerate(function.parameters))
    listed = ", ".join(kind or "" for kind in kinds) or "void"
    kind = function.result.strip()
    line = (
        f"static {kind} {helper}({listed}) {{ {kind} ret = {function.name}({given}); "
        f"return {test.format('ret')} ? -errno : ret; }}"
    )
    wrapper = append_to_preamble(place.file, line)
    if wrapper is None:
        return
    negated = Convention(helper, "negative", "negated_result", origin="body")
    call = f"C.{helper}({', '.join(each.given for each in parameters)})"
    text = _declare(
        name, parameters, f"({result}, error)", negated, _number_body(function.name, call, negated, _maker(place))
    )
    needs = (*_needs(text, parameters), Need("include", "errno.h"))
    title = f"Generate {name} and a C function that returns the error of {function.name} as -errno"
    yield Generated(title, KIND, (wrapper, after(place, text)), needs)


def _c_parameter(parameter: CParameter, otherwise: str) -> str | None:
    """`const char *path`; None for what is not a type followed by a name."""
    kind, name = parameter.type.strip(), parameter.name or otherwise
    array = re.fullmatch(r"([^\[\]]*)(\[[^\]]*\])", kind)
    if array is not None:
        return f"{array[1].rstrip()} {name}{array[2]}"
    if "(" in kind:
        return None
    return f"{kind}{name}" if kind.endswith("*") else f"{kind} {name}"
