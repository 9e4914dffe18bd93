"""Places where Go makes up an error, and how the cause is put into it: only where the outcome surely compiles.

All spans are those of the parsed region.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cgo_ls.rules.errno.parts.preceding_call import arguments, c_name, called_c_name
from cgo_ls.rules.finding import Need
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

Kind = Literal["new", "errorf", "panic", "print", "printf"]
_MAKERS: dict[str, Kind] = {
    "errors.New": "new",
    "fmt.Errorf": "errorf",
    "panic": "panic",
    "log.Fatal": "print",
    "log.Fatalln": "print",
    "log.Fatalf": "printf",
    "log.Panic": "print",
    "log.Panicln": "print",
    "log.Panicf": "printf",
}
# An argument with such a word in its name most likely holds the cause already.
_CAUSE = re.compile(r"err|cause|reason|errno|status", re.IGNORECASE)
_HARMLESS_CALLS = frozenset(
    [
        "New",
        "Errorf",
        "Sprintf",
        "Sprint",
        "string",
        "len",
        "GoString",
        "String",
        "Itoa",
        "Base",
        "Quote",
        "int",
        "int32",
        "int64",
        "uint",
        "uint32",
        "uint64",
        "long",
    ]
)
_LITERALS = frozenset(["interpreted_string_literal", "raw_string_literal"])


@dataclass(frozen=True, slots=True)
class ErrorMaker:
    """A call that makes an error, or ends the program with a message."""

    kind: Kind
    node: Node


def error_makers(statements: tuple[Node, ...]) -> Iterator[ErrorMaker]:
    """The makers below some statements, outermost first; none of those within a function literal."""
    for statement in statements:
        end = -1
        for node in walk(statement):
            if node.start_byte < end:
                continue
            if node.type == "func_literal":
                end = node.end_byte
            elif node.type == "call_expression" and (kind := _MAKERS.get(text_of(field(node, "function")))):
                end = node.end_byte
                yield ErrorMaker(kind, node)


def names_a_cause(maker: ErrorMaker) -> bool:
    """Whether something that is put into the error may be its cause: an argument named so, or a call nobody knows."""
    for argument in arguments(maker.node):
        if maker.kind == "panic" and argument.type == "identifier":
            return True
        for node in walk(argument):
            if node.type in ("identifier", "field_identifier"):
                if _CAUSE.search(text_of(node)) and text_of(node) not in ("errors", "Errorf"):
                    return True
            elif node.type == "call_expression" and _called(node) not in _HARMLESS_CALLS:
                return True
    return False


def _called(call: Node) -> str:
    return text_of(field(call, "function")).rpartition(".")[2]


def asks_c(statements: tuple[Node, ...]) -> bool:
    """Whether C is asked again: for the reason, most likely. Freeing and copying strings does not count."""
    for statement in statements:
        for node in walk(statement):
            name = called_c_name(node)
            if name is not None and name not in ("GoString", "free", "CString", "int", "long", "uint", "size_t"):
                return True
            if node.type == "selector_expression" and c_name(node) == "errno":
                return True
    return False


@dataclass(frozen=True, slots=True)
class Wrapping:
    """Edits that put a cause into an error, and the imports that come and go with them."""

    edits: tuple[TextEdit, ...]
    needs: tuple[Need, ...] = ()


def wrap(maker: ErrorMaker, cause: str) -> Wrapping | None:
    """Put the expression `cause`, an error, into what `maker` makes; None where that is not certain to compile."""
    given = arguments(maker.node)
    listed = field(maker.node, "arguments")
    if listed is None or not given or any(each.type in ("variadic_argument", "...") for each in listed.children):
        return None
    if maker.kind == "print":
        return _printed(maker, given[-1], cause)
    if maker.kind in ("errorf", "printf"):
        return _into_format(given, cause, b"%w" if maker.kind == "errorf" else b"%v")
    if len(given) != 1:
        return None
    function = field(maker.node, "function")
    if function is None:
        return None
    if maker.kind == "new":
        needs = (Need("import", "fmt"), Need("unimport", "errors"))
        made = _errorf(given[0], cause)
        return Wrapping((TextEdit(span_of(function), b"fmt.Errorf"), *made), needs) if made else None
    return _panic(given[0], cause)


def _panic(argument: Node, cause: str) -> Wrapping | None:
    inner = text_of(field(argument, "function")) if argument.type == "call_expression" else ""
    if inner in ("errors.New", "fmt.Errorf"):
        return wrap(ErrorMaker(_MAKERS[inner], argument), cause)
    if inner == "fmt.Sprintf":
        made = _into_format(arguments(argument), cause, b"%w")
        function = field(argument, "function")
        return Wrapping((TextEdit(span_of(function), b"fmt.Errorf"), *made.edits)) if made and function else None
    if argument.type not in _LITERALS:
        return None
    made = _errorf(argument, cause)
    edits = (_insert(argument.start_byte, "fmt.Errorf("), *made, _insert(argument.end_byte, ")"))
    return Wrapping(_merged(edits), (Need("import", "fmt"),))


def _merged(edits: tuple[TextEdit, ...]) -> tuple[TextEdit, ...]:
    """Inserts at one place as one edit, in order."""
    merged: list[TextEdit] = []
    for edit in edits:
        if merged and merged[-1].span == edit.span and edit.span.start == edit.span.end:
            merged[-1] = TextEdit(edit.span, merged[-1].new_text + edit.new_text)
        else:
            merged.append(edit)
    return tuple(merged)


def _errorf(text: Node, cause: str) -> tuple[TextEdit, ...]:
    """The arguments of errors.New as those of fmt.Errorf."""
    if text.type not in _LITERALS:
        return (_insert(text.start_byte, '"%s: %w", '), _insert(text.end_byte, f", {cause}"))
    percents = [_insert(text.start_byte + at, "%") for at, byte in enumerate(text.text or b"") if byte == ord("%")]
    return (*percents, _insert(text.end_byte - 1, ": %w"), _insert(text.end_byte, f", {cause}"))


def _into_format(given: list[Node], cause: str, verb: bytes) -> Wrapping | None:
    layout = given[0]
    if layout.type not in _LITERALS or b"%w" in (layout.text or b"") or b"%[" in (layout.text or b""):
        return None
    inside = (layout.text or b"")[1:-1]
    ended = inside.rstrip()
    at = layout.start_byte + 1 + len(ended)
    if ended.endswith((b"\\n", b"\\t", b"\\r")):
        at -= 2
    return Wrapping((TextEdit(Span(at, at), b": " + verb), _insert(given[-1].end_byte, f", {cause}")))


def _printed(maker: ErrorMaker, last: Node, cause: str) -> Wrapping | None:
    """log.Fatal puts no blank between a string and what follows it; log.Fatalln does."""
    behind = _insert(last.end_byte, f", {cause}")
    if text_of(field(maker.node, "function")).endswith("ln"):
        return Wrapping((behind,))
    if last.type not in _LITERALS:
        return None
    return Wrapping((_insert(last.end_byte - 1, ": "), behind))


def _insert(at: int, text: str) -> TextEdit:
    return TextEdit(Span(at, at), text.encode())
