"""What C lends to a callback, wrapped in a Go value whose finalizer frees it."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.effects import words_of
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.memory.parts.holders import indent_of, newline_of, statement_of
from cgo_ls.rules.memory.parts.owners import holds_c_pointer, mentions
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.pointers.parts.held_pointers import without_conversions
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_OWNS = frozenset(["ref", "addref", "incref", "retain", "dup", "duplicate", "copy", "clone", "take", "own", "acquire"])
"""In the name of any function called: the callback makes the object its own."""


@rule(
    "finalized-borrow",
    family="memory",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"//export ",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each call of a constructor that sets a finalizer, on a pointer parameter of a callback."""
    if not context.declaration.facts.exports or not context.facts.finalizers_of("()"):
        return
    values = values_of(context)
    calls = context.nodes("call_expression")
    if any(words_of(callee_text(call).rpartition(".")[2]) & _OWNS for call in calls):
        return
    for call in calls:
        callee = callee_text(call)
        kinds = context.facts.finalizers_of(f"{callee}()") if callee.isidentifier() else ()
        if kinds and context.facts.finalizers_of(f"{callee}() refers"):
            continue
        signature = context.facts.go_signature(callee) if kinds else None
        if signature is None or len(signature.results) != 1 or signature.results[0][1:] not in kinds:
            continue
        lent = next((each for each in arguments_of(call) if _is_lent(values, each)), None)
        holder = _holder(values, call)
        if lent is None or (holder is not None and _is_disarmed(values, holder)):
            continue
        kind, name = signature.results[0][1:], text_of(_origin(values, lent))
        message = (
            f"{name} belongs to the C code that calls back, but {callee} gives the {kind} a finalizer that frees it: "
            "take the finalizer away, or take a reference first"
        )
        declared = values.names.find(_origin(values, lent))
        steps = (Step(Span(declared.start, declared.start + len(name.encode())), "lent by C"),) if declared else ()
        yield Finding(span_of(call), message, steps, tuple(_fixes(context, call, holder)))


def _is_lent(values: GoValues, argument: Node) -> bool:
    """A pointer that the exported function was called with."""
    given = _origin(values, argument)
    declared = values.names.find(given) if given.type == "identifier" else None
    return declared is not None and declared.kind == "parameter" and holds_c_pointer(declared.type)


def _origin(values: GoValues, node: Node) -> Node:
    """What a pointer was before conversions, also by way of a variable that is only another name for it."""
    given = without_conversions(values, node)
    declared = values.names.find(given) if given.type == "identifier" else None
    if declared is None or declared.kind != "local" or declared.value is None or values.is_assigned(declared):
        return given
    return without_conversions(values, declared.value)


def _holder(values: GoValues, call: Node) -> Declared | None:
    """The variable of `x := newT(p)`."""
    statement = statement_of(call)
    if statement is None or statement.type != "short_var_declaration":
        return None
    left, right = named(field(statement, "left") or statement), named(field(statement, "right") or statement)
    return values.names.find(left[0]) if len(left) == 1 and right == [call] else None


def _is_disarmed(values: GoValues, holder: Declared) -> bool:
    """`runtime.SetFinalizer(x, nil)`, or one of its fields is set, which may say that it is lent."""
    for use in mentions(values, holder):
        above = use.parent
        call = above.parent if above is not None and above.type == "argument_list" else None
        if call is not None and callee_text(call) == "runtime.SetFinalizer":
            return True
        if above is not None and above.type == "selector_expression":
            listed = above.parent
            statement = listed.parent if listed is not None and listed.type == "expression_list" else None
            if statement is not None and statement.type == "assignment_statement":
                if field(statement, "left") == listed:
                    return True
    return False


def _fixes(context: FunctionContext, call: Node, holder: Declared | None) -> Iterator[Fix]:
    """`runtime.SetFinalizer(x, nil)` behind the constructor."""
    statement, text = statement_of(call), context.text
    if holder is None or statement is None:
        return
    line = (
        newline_of(text) + indent_of(text, statement.start_byte) + f"runtime.SetFinalizer({holder.name}, nil)".encode()
    )
    edit = TextEdit(Span(statement.end_byte, statement.end_byte), line)
    yield Fix(f"Take the finalizer of {holder.name} away", (FileEdit((edit,)),), "unsafe", (Need("import", "runtime"),))
