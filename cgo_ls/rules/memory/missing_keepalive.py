"""A C call that uses the memory of a Go value with a finalizer, and is the last to mention that value."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.memory.parts.holders import in_loop, indent_of, newline_of, statement_of
from cgo_ls.rules.memory.parts.owners import (
    RELEASES,
    field_argument,
    holds_c_pointer,
    inside,
    is_selected,
    mentions,
    owner_type,
    owners_given,
    released,
)
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.pointers.parts.held_pointers import c_calls
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_SIMPLE = frozenset({"expression_statement", "short_var_declaration", "assignment_statement", "var_declaration"})


@rule(
    "missing-keepalive",
    family="memory",
    severity="warning",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each owner, at the last C call that is given its memory."""
    if not owners_given(context):
        return
    knows = bool(context.facts.finalizers_of("runtime.KeepAlive"))
    values = values_of(context)
    last: dict[int, tuple[Node, Node, Declared, str]] = {}
    for call, name in c_calls(values):
        for argument in arguments_of(call):
            found = field_argument(values, argument)
            if found is not None and holds_c_pointer(values.type_of(found[1])) and owner_type(values, found[0]):
                last[found[0].start] = (call, found[1], found[0], name)
    for call, selector, declared, name in last.values():
        if not knows and declared.kind != "local":
            continue  # a package that never keeps anything alive does so by decision, or does not know: see the page
        if _is_kept(values, declared, call) or _ends_owner(context, values, declared):
            continue
        kind = owner_type(values, declared)
        if RELEASES.search(name) or (context.facts.finalizers_of(kind) and not released(context.facts, kind, selector)):
            continue  # Close and Free are what the finalizer runs
        own = bool(context.facts.finalizers_of(kind))
        who = declared.name if own else f"the owner of {text_of(selector)}"
        used = text_of(selector) if own else "it"
        message = f"{who} may be finalized while C.{name} still uses {used}: call runtime.KeepAlive({declared.name}) behind it"
        yield Finding(span_of(selector), message, (), tuple(_fixes(context, values, call, declared)))
    if knows:
        yield from _copied(context, values)


def _copied(context: FunctionContext, values: GoValues) -> Iterator[Finding]:
    """`array[i] = keys[i].ptr` for the owners in a slice, then a C call that is given the array, and no mention of the slice."""
    for declared in values.names:
        kind = declared.type.lstrip("[].*")
        if declared.kind != "parameter" or declared.type not in (f"[]*{kind}", f"...*{kind}"):
            continue
        if not kind.isidentifier() or not context.facts.finalizers_of(kind):
            continue
        stored = next(
            (each for each in values.nodes("selector_expression") if _is_stored(values, each, declared)), None
        )
        loop = inside(stored, "for_statement") if stored is not None else None
        if stored is None or loop is None or not released(context.facts, kind, stored):
            continue
        holders = _holders(values, stored)
        used = None
        for call, name in c_calls(values):
            if (
                call.start_byte < loop.end_byte
                or RELEASES.search(name)
                or inside(call, "func_literal", "defer_statement")
            ):
                continue
            if any(not holders.isdisjoint(_words(argument)) for argument in arguments_of(call)):
                used = call
        if used is None or any(
            node.start_byte >= used.end_byte or inside(node, "defer_statement", "go_statement", "func_literal")
            for node in mentions(values, declared)
        ):
            continue
        field_name = text_of(stored).rpartition(".")[2]
        message = (
            f"each {kind} in {declared.name} may be finalized while {callee_text(used)} still uses the {field_name} that was copied "
            f"from it: call runtime.KeepAlive({declared.name}) behind it"
        )
        step = Step(span_of(stored), f"{field_name} is copied here")
        function = field(used, "function")
        yield Finding(span_of(function or used), message, (step,), tuple(_fixes(context, values, used, declared)))


def _holders(values: GoValues, stored: Node) -> set[str]:
    """The variables that lead to where a pointer is stored: `array` of `array[i] = p`, `first` of `first := &array[0]`."""
    statement = stored.parent
    while statement is not None and statement.type not in ("assignment_statement", "short_var_declaration"):
        statement = statement.parent
    left = field(statement, "left") if statement is not None else None
    first = next((each for each in walk(left) if each.type == "identifier"), None) if left is not None else None
    names = {text_of(first)} if first is not None else set[str]()
    for node in (*values.nodes("short_var_declaration"), *values.nodes("assignment_statement")):
        left, right = field(node, "left"), field(node, "right")
        if left is None or right is None or node == statement:
            continue
        if left.end_byte < stored.start_byte and text_of(left) in names and "unsafe." in text_of(right):
            names |= _words(right)  # `p := (*C.key)(unsafe.Pointer(uintptr(array) + i*size))`
        elif not names.isdisjoint(_words(right)) and not text_of(left).startswith("*"):
            names |= _words(left)
    return names - {"_", "C", "unsafe", "uintptr"}


def _words(node: Node) -> set[str]:
    return {text_of(each) for each in walk(node) if each.type == "identifier"}


def _is_stored(values: GoValues, selector: Node, declared: Declared) -> bool:
    """`all[i].f`, or `v.f` of a v that ranges over all, on the right of an assignment or among what is appended."""
    operand = field(selector, "operand")
    if operand is None or not holds_c_pointer(values.type_of(selector)):
        return False
    if operand.type == "index_expression":
        sliced = field(operand, "operand")
        known = sliced is not None and sliced.type == "identifier" and values.names.find(sliced) == declared
    else:
        found = values.names.find(operand) if operand.type == "identifier" else None
        ranged = found.value if found is not None and found.kind == "range" and found.index == 1 else None
        known = ranged is not None and ranged.type == "identifier" and values.names.find(ranged) == declared
    if not known:
        return False
    above = selector.parent
    if above is not None and above.type == "argument_list" and above.parent is not None:
        return callee_text(above.parent) == "append"
    statement = above.parent if above is not None and above.type == "expression_list" else None
    if statement is None or statement.type != "assignment_statement":
        return False
    return field(statement, "right") == above and field(statement, "left") is not None


def _is_kept(values: GoValues, declared: Declared, call: Node) -> bool:
    """Whether something mentions the owner behind the call, may run behind it, or holds the owner besides."""
    loop = inside(call, "for_statement", "func_literal")
    for node in mentions(values, declared):
        if node.start_byte >= call.end_byte:
            return True
        if inside(node, "defer_statement", "go_statement", "func_literal") is not None or not is_selected(node):
            return True
    # In a loop the next round may mention it again, and that is enough for the compiler, also in the last round.
    return loop is not None


def _ends_owner(context: FunctionContext, values: GoValues, declared: Declared) -> bool:
    """Whether this is the owner's finalizer, or a function that sets one."""
    function = context.declaration.facts.function
    owner = owner_type(values, declared)
    if function is None or b"runtime.SetFinalizer(" in context.text:
        return True
    return function.name in context.facts.finalizers_of(owner)


def _fixes(context: FunctionContext, values: GoValues, call: Node, declared: Declared) -> Iterator[Fix]:
    """Behind the statement of the call where that is one of the body; else a defer at the top of it."""
    statement, body, text = statement_of(call), field(values.function, "body"), context.text
    if statement is None or body is None:
        return
    if b"\n" not in text[body.start_byte : statement.start_byte]:
        return
    keep = f"runtime.KeepAlive({declared.name})".encode()
    needs = (Need("import", "runtime"),)
    own = statement.parent is not None and statement.parent.parent == body
    leaves = any(node.type in ("return_statement", "func_literal") for node in walk(statement))
    if own and statement.type in _SIMPLE and not leaves and not in_loop(call):
        line = newline_of(text) + indent_of(text, statement.start_byte) + keep
        edit = TextEdit(Span(statement.end_byte, statement.end_byte), line)
        yield Fix(f"Keep {declared.name} alive until the call is done", (FileEdit((edit,)),), "safe", needs)
        return
    if declared.kind == "local":
        made = statement_of(declared.value)
        if made is not None and made.type == "short_var_declaration" and not in_loop(made):
            line = newline_of(text) + indent_of(text, made.start_byte) + b"defer " + keep
            edit = TextEdit(Span(made.end_byte, made.end_byte), line)
            yield Fix(f"Keep {declared.name} alive until the function returns", (FileEdit((edit,)),), "safe", needs)
        return
    first = next((each for each in body.named_children if each.type == "statement_list"), None)
    first = first.named_children[0] if first is not None and first.named_children else None
    if first is None or text[body.start_byte + 1 : first.start_byte].strip():
        return
    if b"\n" not in text[body.start_byte : first.start_byte]:
        return
    line = b"defer " + keep + newline_of(text) + indent_of(text, first.start_byte)
    edit = TextEdit(Span(first.start_byte, first.start_byte), line)
    yield Fix(f"Keep {declared.name} alive until the function returns", (FileEdit((edit,)),), "safe", needs)
