"""c-argument-type: an argument of a C call whose Go type is not the parameter's; see c_argument_type.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.pseudo_c import kind_of
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.assignability import mismatch
from cgo_ls.rules.types.parts.c_as_go import BASIC, go_type, is_enum
from cgo_ls.rules.types.parts.expression_types import GO_NUMBERS, ExpressionTypes, types_of
from cgo_ls.syntax.go_nodes import Node, span_of, text_of
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_PSEUDO = {
    "CString": ("string",),
    "CBytes": ("[]byte",),
    "GoString": ("*C.char",),
    "GoStringN": ("*C.char", "C.int"),
    "GoBytes": ("unsafe.Pointer", "C.int"),
    "malloc": ("C.size_t",),
}


@rule("c-argument-type", family="types", severity="error", scope="function", since="0.2", fixable=True, words=(b"C.",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if not any(reference.call for reference in context.declaration.facts.c_references):
        return
    types = types_of(context)
    for name, _, arguments in types.calls():
        if len(arguments) == 1 and types.of(arguments[0]) == "bool" and _is_number(name, types):
            message = f"a bool does not convert to C.{name}: write an if, or let C take a bool"
            yield Finding(span_of(arguments[0]), message)
            continue
        wanted = _parameters(name, types)
        if wanted is None or len(wanted) != len(arguments):
            continue
        for number, (argument, kind) in enumerate(zip(arguments, wanted, strict=True), 1):
            given = types.of(argument)
            if kind is None or given is None or given == "func" or argument.type == "variadic_argument":
                continue
            reason = mismatch(given, kind, types)
            if reason is not None:
                what = "a constant" if given.startswith("untyped") else "of type"
                shown = f"{what} ({given[8:]})" if given.startswith("untyped") else f"{what} {given}"
                message = f"argument {number} of C.{name} is {shown}, where C wants {kind}; {reason}"
                fix = _fix(argument, given, kind, types)
                yield Finding(span_of(argument), message, (), (fix,) if fix is not None else ())


def _is_number(name: str, types: ExpressionTypes) -> bool:
    kind = types.canonical(f"C.{name}") if types.is_c_type(name) else None
    return kind is not None and kind[0] in BASIC and kind[0] != "C._Bool"


def _parameters(name: str, types: ExpressionTypes) -> list[str | None] | None:
    """The Go types of the parameters; None for what is no function with a fixed number of them."""
    if name in _PSEUDO and kind_of(name) == "function":
        return list(_PSEUDO[name])
    if types.is_c_type(name):
        return None
    function = types.function(name)
    if function is None or function.variadic:
        return None
    return [go_type(parameter.type, parameter=True) for parameter in function.parameters]


def _fix(argument: Node, given: str, kind: str, types: ExpressionTypes) -> Fix | None:
    """A conversion that keeps the value, where the argument's type says that it does."""
    text, span = text_of(argument), span_of(argument)
    target = types.canonical(kind)
    if target is None:
        return None
    behind = target[0]
    if text == "C.NULL" and behind.startswith("*"):
        return Fix("Write nil", (FileEdit((TextEdit(span, b"nil"),)),))
    source = types.canonical(given)
    numeric = given in GO_NUMBERS or (source is not None and source[0] in BASIC and source[0] != "C._Bool")
    if (behind in BASIC and behind != "C._Bool") or is_enum(behind, types.facts.resolve_c):
        return _wrapped(span, f"{kind}(", text, ")") if numeric else None
    if behind == "C._Bool":
        return _wrapped(span, "C._Bool(", text, ")") if given == "bool" else None
    if given.startswith("[") and behind.startswith("*"):
        array = re.fullmatch(r"\[[0-9]+\](.+)", given)
        if (
            array is not None
            and types.canonical(array[1]) == types.canonical(kind[1:])
            and argument.type == "identifier"
        ):
            return _wrapped(span, "&", text, "[0]")
        return None
    if behind == "unsafe.Pointer" and given.startswith("*"):
        named = kind.startswith("C.")  # a typedef of void * is a type of its own
        before, after = (f"{kind}(unsafe.Pointer(", "))") if named else ("unsafe.Pointer(", ")")
        return _wrapped(span, before, text, after, unsafe=True)
    if behind.startswith("*") and (given == "unsafe.Pointer" or given.startswith("*")):
        if given == "unsafe.Pointer":
            return _wrapped(span, f"({kind})(", text, ")")
        if _same_size(given, behind, types):
            return _wrapped(span, f"({kind})(unsafe.Pointer(", text, "))", unsafe=True)
    return None


def _same_size(given: str, behind: str, types: ExpressionTypes) -> bool:
    """`*byte` for `*C.char`: the same bytes under another name."""
    source = types.canonical(given[1:])
    size = {"byte": "8", "rune": "32"}
    one = BASIC.get(source[0], source[0]) if source is not None else ""
    other = BASIC.get(behind[1:], "")
    bits = re.sub(r"\D", "", size.get(one, one))
    return bool(bits) and bits == re.sub(r"\D", "", other) and ("float" in one) == ("float" in other)


def _wrapped(span: Span, before: str, text: str, after: str, *, unsafe: bool = False) -> Fix:
    shown = f"{before}{text}{after}"
    edit = TextEdit(span, shown.encode())
    title = f"Write {shown}" if len(shown) < 60 else "Convert it"
    return Fix(title, (FileEdit((edit,)),), needs=(Need("import", "unsafe"),) if unsafe else ())
