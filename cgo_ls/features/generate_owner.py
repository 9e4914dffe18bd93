"""A Go type that owns what a C function gives: constructor, Close, a cleanup as the safety net, and methods that keep it alive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.analysis.effects import ParameterEffect
from cgo_ls.data.tables import function as table_row
from cgo_ls.features.generated import Generated, Place, after
from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.cdecl import CFunction
from cgo_ls.model.go_facts import CReference
from cgo_ls.rules.finding import Need
from cgo_ls.rules.types.parts.c_as_go import go_type

KIND = "refactor.rewrite"
HAS_CLEANUP = (1, 24)
MOST_METHODS = 12
_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_MAKING = frozenset(["new", "create", "init", "alloc", "open", "make", "dup", "copy", "get", "from", "with"])


@dataclass(frozen=True, slots=True)
class _Maker:
    """The C function that gives, as Go calls it: the Go type of its result, what releases it (`form`: with `{}` for the pointer),
    whether it may give NULL, and says by errno why."""

    function: CFunction
    kind: str
    releaser: str
    form: str
    nullable: bool
    errno: bool


def generate(place: Place) -> Iterator[Generated]:
    """The offer for a C function at the place whose result the caller owns and a C function releases."""
    reference = place.reference
    maker = _maker(place, reference) if reference is not None and reference.call else None
    if maker is None:
        return
    name = _type_name(maker, place)
    parameters = _parameters(maker.function)
    if name is None or parameters is None:
        return
    modern = place.package.go_version is None or place.package.go_version >= HAS_CLEANUP
    text = "\n\n".join(
        [_declaration(name, maker, modern), _constructor(name, maker, parameters, modern), _close(name, maker, modern)]
    )
    methods = list(_methods(place, name, maker))
    text = "\n\n".join([text, *(methods or [_use(name, maker)])])
    needs = [Need("import", path) for path in ("errors", "fmt", "runtime", "unsafe") if f"{path}." in text]
    if maker.releaser == "free":
        needs.append(Need("include", "stdlib.h"))
    yield Generated(
        f"Generate an owner of what C.{maker.function.name} gives", KIND, (after(place, text),), tuple(needs)
    )


def _maker(place: Place, reference: CReference) -> _Maker | None:
    function = _function(place, reference.name)
    if function is None or not function.has_prototype or function.variadic:
        return None
    effects = place.environment.c_effects(function.name, len(function.parameters))
    kind = go_type(function.result)
    if effects.result.kind != "owned" or not effects.result.releaser.isidentifier() or not kind:
        return None
    if not kind.startswith("*") and kind != "unsafe.Pointer":
        return None
    form = _release_form(place, effects.result.releaser, kind)
    failure = place.environment.convention(function.name)
    errno = failure is not None and failure.channel == "errno" and failure.predicate == "null"
    return _Maker(function, kind, effects.result.releaser, form, effects.result.nullable, errno) if form else None


def _function(place: Place, name: str) -> CFunction | None:
    """As the package declares it, or else as a table does."""
    known = place.environment.resolve_c(name)
    found = next((one for one in (known.declarations if known else ()) if isinstance(one, CFunction)), None)
    if found is not None or known is not None:
        return found
    includes = sorted({include.name for unit in place.package.scope(place.file).units for include in unit.includes})
    row = table_row(name, includes)
    functions = read_c_unit("row.h", f"{row.prototype};\n".encode()).functions if row is not None else ()
    return functions[0] if functions else None


def _release_form(place: Place, releaser: str, kind: str) -> str:
    """The releasing call with `{}` for the pointer, and with the conversion that it wants; "" where the types do not fit."""
    function = _function(place, releaser)
    wanted = go_type(function.parameters[0].type) if function is not None and len(function.parameters) == 1 else None
    if releaser == "free" or wanted == "unsafe.Pointer":
        return f"C.{releaser}({{}})" if kind == "unsafe.Pointer" else f"C.{releaser}(unsafe.Pointer({{}}))"
    if wanted in ("C.gpointer", "C.gconstpointer"):
        return f"C.{releaser}({wanted}(unsafe.Pointer({{}})))"
    return f"C.{releaser}({{}})" if wanted == kind else ""


def _type_name(maker: _Maker, place: Place) -> str | None:
    """`sqlite3_open` of a *C.sqlite3 -> Sqlite3; text and untyped memory are named by the function."""
    base = maker.kind.removeprefix("*").removeprefix("C.").removeprefix("struct_").removesuffix("_t")
    if maker.kind.startswith("**") or base in ("unsafe.Pointer", "char", "uchar", "void", "int"):
        words = [word for word in _WORD.findall(maker.function.name) if word.lower() not in _MAKING]
        base = "_".join(words) or maker.function.name
    made = "".join(word[:1].upper() + word[1:] for word in _WORD.findall(base)) or "Owner"
    return next(
        (one for one in (made, f"{made}Owner", f"Owned{made}") if place.is_free(one) and place.is_free(f"New{one}")),
        None,
    )


def _parameters(function: CFunction) -> list[tuple[str, str]] | None:
    """The parameters as Go declares them; None where one has no Go type."""
    found: list[tuple[str, str]] = []
    for index, each in enumerate(function.parameters):
        kind = go_type(each.type, parameter=True)
        if not kind:
            return None
        found.append((_go_name(each.name, index), kind))
    return found if len({name for name, _ in found}) == len(found) else None


def _go_name(name: str, index: int) -> str:
    words = _WORD.findall(name)
    made = "".join(word.lower() if number == 0 else word.capitalize() for number, word in enumerate(words))
    reserved = (
        "o",
        "type",
        "func",
        "range",
        "map",
        "len",
        "string",
        "error",
        "var",
        "chan",
        "ptr",
        "c",
        "unsafe",
        "runtime",
        "errors",
    )
    return f"{made or 'arg'}{index + 1}" if not made or made in reserved else made


def _released(maker: _Maker, pointer: str) -> str:
    return maker.form.format(pointer)


def _declaration(name: str, maker: _Maker, modern: bool) -> str:
    fields = f"\tptr     {maker.kind}\n\tcleanup runtime.Cleanup" if modern else f"\tptr {maker.kind}"
    net = "the cleanup" if modern else "a finalizer"
    return (
        f"// {name} owns what C.{maker.function.name} gives. Close releases it; {net} does so for one that was forgotten.\n"
        f"type {name} struct {{\n{fields}\n}}"
    )


def _constructor(name: str, maker: _Maker, parameters: list[tuple[str, str]], modern: bool) -> str:
    listed = ", ".join(f"{each} {kind}" for each, kind in parameters)
    given = ", ".join(each for each, _ in parameters)
    result = f"(*{name}, error)" if maker.nullable else f"*{name}"
    lines = [
        f"// New{name} calls C.{maker.function.name}. Close what it gives.",
        f"func New{name}({listed}) {result} {{",
    ]
    results = "ptr, err" if maker.nullable and maker.errno else "ptr"
    lines.append(f"\t{results} := C.{maker.function.name}({given})")
    if maker.nullable and maker.errno:
        lines += ["\tif ptr == nil {", f'\t\treturn nil, fmt.Errorf("{maker.function.name}: %w", err)', "\t}"]
    elif maker.nullable:
        lines += ["\tif ptr == nil {", f'\t\treturn nil, errors.New("{maker.function.name} failed")', "\t}"]
    lines.append(f"\to := &{name}{{ptr: ptr}}")
    if modern:
        lines.append(
            f"\to.cleanup = runtime.AddCleanup(o, func(ptr {maker.kind}) {{ {_released(maker, 'ptr')} }}, ptr)"
        )
    else:
        lines.append(f"\truntime.SetFinalizer(o, (*{name}).Close)")
    lines.append("\treturn o, nil" if maker.nullable else "\treturn o")
    return "\n".join([*lines, "}"])


def _close(name: str, maker: _Maker, modern: bool) -> str:
    disarm = "o.cleanup.Stop()" if modern else "runtime.SetFinalizer(o, nil)"
    return (
        f"// Close releases the memory. A second call does nothing.\nfunc (o *{name}) Close() {{\n\tif o.ptr == nil {{\n\t\treturn\n\t}}\n"
        f"\t{disarm}\n\t{_released(maker, 'o.ptr')}\n\to.ptr = nil\n}}"
    )


def _use(name: str, maker: _Maker) -> str:
    return (
        f"// Use calls f with the pointer, which is valid until f returns.\nfunc (o *{name}) Use(f func(ptr {maker.kind})) {{\n"
        "\tdefer runtime.KeepAlive(o)\n\tf(o.ptr)\n}"
    )


def _methods(place: Place, name: str, maker: _Maker) -> Iterator[str]:
    """A method for each C function that the file sees, takes the pointer first, and leaves it whose it is."""
    taken = {"Close", "Use", "ptr", "cleanup"}
    if maker.kind.lstrip("*") in ("C.char", "C.uchar", "C.void", "C.int") or maker.kind == "unsafe.Pointer":
        return
    for unit in place.package.scope(place.file).units:
        for function in unit.functions:
            method = _method(place, name, maker, function, taken)
            if method is not None and len(taken) < MOST_METHODS + 4:
                taken.add(method[0])
                yield method[1]


def _method(place: Place, name: str, maker: _Maker, function: CFunction, taken: set[str]) -> tuple[str, str] | None:
    if not function.parameters or function.variadic or not function.has_prototype or function.name == maker.releaser:
        return None
    if go_type(function.parameters[0].type) != maker.kind:
        return None
    effects = place.environment.c_effects(function.name, len(function.parameters))
    parameters = _parameters(function)
    result = go_type(function.result)
    if effects.parameter(0) is not ParameterEffect.BORROWS or parameters is None or result is None:
        return None
    words = list(_WORD.findall(function.name))
    prefix = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and words[0].lower() in prefix:
        words.pop(0)
    method = "".join(word[:1].upper() + word[1:] for word in words)
    if not method or method in taken:
        return None
    listed = ", ".join(f"{each} {kind}" for each, kind in parameters[1:])
    given = ", ".join(["o.ptr", *(each for each, _ in parameters[1:])])
    call = f"C.{function.name}({given})"
    body = f"\treturn {call}" if result else f"\t{call}"
    head = f"func (o *{name}) {method}({listed})" + (f" {result}" if result else "") + " {"
    return method, f"// {method} calls C.{function.name}.\n{head}\n\tdefer runtime.KeepAlive(o)\n{body}\n}}"
