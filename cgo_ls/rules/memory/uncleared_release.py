"""A method that frees what the finalizer of its receiver will free again: nothing is cleared, and the finalizer stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.memory.parts.holders import indent_of, newline_of, statement_of
from cgo_ls.rules.memory.parts.owners import field_argument, inside, mentions, released
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_ENDS = re.compile(r"free|destroy|delete|dispos|close|finish", re.IGNORECASE)
_COUNTS = re.compile(r"ref|deref|release|retain", re.IGNORECASE)
"""One reference of several may be given up by a caller who took one more."""
_LOCKS = frozenset({"Lock", "Unlock", "RLock", "RUnlock"})
_SURE = frozenset({"table", "project", "body", "attribute"})


@rule(
    "uncleared-release",
    family="memory",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each release that the finalizer repeats."""
    function = context.declaration.facts.function
    if (
        function is None
        or function.receiver is None
        or not function.receiver.pointer
        or not function.name[:1].isupper()
    ):
        return
    kind = function.receiver.type
    if not kind.isidentifier() or not context.facts.finalizers_of(kind):
        return
    values = values_of(context)
    receiver = next((each for each in values.names if each.kind == "receiver"), None)
    if receiver is None:
        return
    for call in context.nodes("call_expression"):
        name = callee_text(call)
        selector = _freed(values, kind, call, name.removeprefix("C."), receiver) if name.startswith("C.") else None
        if selector is None or inside(call, "func_literal", "defer_statement") is not None:
            continue
        safe = _settled(values, receiver, call)
        leaves = _leaves_before(values, call, safe) if safe is not None else None
        if safe is not None and (leaves is None or not _always(context, call, name[2:])):
            continue
        where = "" if leaves is None else " where this returns early"
        message = (
            f"{name} frees {text_of(selector)}, and the finalizer of {receiver.name} frees it again{where}: set "
            f"{text_of(selector)} to nil and call runtime.SetFinalizer({receiver.name}, nil)"
        )
        steps = (
            (Step(span_of(leaves), f"leaves here with {text_of(selector)} still set"),) if leaves is not None else ()
        )
        yield Finding(span_of(selector), message, steps, tuple(_fixes(context, function.name, kind, call, receiver)))


def _freed(values: GoValues, kind: str, call: Node, name: str, receiver: Declared) -> Node | None:
    """`x.f` where the call frees it as the finalizer does: by the same function."""
    if not _ENDS.search(name) or _COUNTS.search(name) or name not in values.facts.finalized_fields(kind):
        return None
    arguments = arguments_of(call)
    found = field_argument(values, arguments[0]) if arguments else None
    if found is None or found[0] != receiver or not released(values.facts, kind, found[1]):
        return None
    effects = values.facts.c_effects(name, len(arguments))
    return None if 0 in effects.empties or 0 in effects.ends else found[1]


def _settled(values: GoValues, receiver: Declared, call: Node) -> Node | None:
    """The first mention of the receiver that may clear the field, note that it is closed, or take the finalizer away."""
    return next((node for node in mentions(values, receiver) if not _only_reads(node, call)), None)


def _only_reads(node: Node, call: Node) -> bool:
    """`C.f(x.p)`, `x.p == nil`, `runtime.KeepAlive(x)`, `x.mu.Lock()`."""
    if call.start_byte <= node.start_byte < call.end_byte:
        return True
    above, last = node.parent, node
    while above is not None and above.type == "selector_expression" and field(above, "operand") == last:
        last, above = above, above.parent
    if above is None:
        return False
    if above.type == "call_expression" and last.type == "selector_expression":
        return text_of(field(last, "field")) in _LOCKS
    if above.type == "binary_expression":
        return text_of(field(above, "operator")) in ("==", "!=") and last is not node
    holder = inside(last, "call_expression")
    while holder is not None and (callee_text(holder) in ("unsafe.Pointer", "uintptr") or not callee_text(holder)):
        holder = inside(holder, "call_expression")
    if holder is None:
        return False
    callee = callee_text(holder)
    return callee == "runtime.KeepAlive" or (callee.startswith("C.") and last is not node)


def _leaves_before(values: GoValues, call: Node, safe: Node) -> Node | None:
    """A return between the release and the first that makes it safe, below a condition that comes behind the release."""
    if safe.start_byte < call.end_byte:
        return None
    for node in values.nodes("return_statement"):
        if call.end_byte <= node.start_byte < safe.start_byte and inside(node, "if_statement") is not None:
            return None if inside(node, "func_literal") is not None else node
    return None


def _always(context: FunctionContext, call: Node, name: str) -> bool:
    """Whether the function is known to free what it is given, also when it reports an error. What closes may refuse to."""
    if "close" in name.lower() and context.facts.c_effects(name, len(arguments_of(call))).origin != "body":
        return False
    effects = context.facts.c_effects(name, len(arguments_of(call)))
    return effects.origin in _SURE and 0 in effects.frees


def _fixes(context: FunctionContext, method: str, kind: str, call: Node, receiver: Declared) -> Iterator[Fix]:
    """Where the method is the finalizer itself there is nothing left for one to do: it goes before the release."""
    if context.facts.finalizers_of(kind) != (method,):
        return
    statement, text = statement_of(call), context.text
    if statement is None:
        return
    line = (
        f"runtime.SetFinalizer({receiver.name}, nil)".encode()
        + newline_of(text)
        + indent_of(text, statement.start_byte)
    )
    edit = TextEdit(Span(statement.start_byte, statement.start_byte), line)
    needs = (Need("import", "runtime"),)
    yield Fix(f"Take the finalizer of {receiver.name} away", (FileEdit((edit,)),), "safe", needs)
