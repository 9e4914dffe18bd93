"""What hovers say of errno: how a C function fails, what the second result of a call is, what an error number is called elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from cgo_ls.analysis.conventions import Convention
from cgo_ls.data.errno_numbers import name_of, numbers, values_of
from cgo_ls.features.markdown import code, fence
from cgo_ls.rules.errno.parts.call_sites import CallSite, function_around, sites_below
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of
from cgo_ls.text.span import Span

ConventionOf = Callable[[str], Convention | None]

_GO_TESTS = {
    "minus_one": "ret == -1",
    "null": "ret == nil",
    "zero": "ret == 0",
    "nonzero": "ret != 0",
    "negative": "ret < 0",
    "eof": "ret == C.EOF",
    "weof": "ret == C.WEOF",
    "map_failed": "ret == C.MAP_FAILED",
    "size_max": "ret == ^C.size_t(0)",
}
_IN_WORDS = {"short_count": "`ret` is less than what was asked for"}
_ELSEWHERE = {
    "own_code": "The result is a code of the library's own; `err` says nothing.",
    "h_errno": "The reason is in `h_errno`; `err` says nothing.",
    "gai": "`C.gai_strerror(ret)` explains the result; `err` counts only where it is `C.EAI_SYSTEM`.",
    "dlerror": "`C.dlerror()` explains it, on the same thread; `err` says nothing.",
    "getdate_err": "The reason is in `getdate_err`; `err` says nothing.",
}


def failure_text(known: Convention) -> str:
    """How a C function fails, where the reason is, whether errno must be cleared, and the right call. Markdown."""
    words = known.words.partition(" and the result is a code")[0] if known.channel == "own_code" else known.words
    lines = [f"**On failure** {code('C.' + known.name)} {words}."]
    if known.channel == "errno" and known.predicate in ("ambiguous", "none"):
        lines = [f"**On failure** {code('C.' + known.name)} sets errno, and no result tells."]
    if known.channel == "none":
        return f"{code('C.' + known.name)} reports nothing by errno: the second result of a call says nothing."
    if known.channel in _ELSEWHERE:
        lines.append(_ELSEWHERE[known.channel])
    if known.channel == "errno":
        lines.append(_clearing(known))
    if known.silent_on:
        lines.append(f"On {known.silent_on} the result looks like a failure and `err` is nil.")
    parts = [" ".join(lines)]
    example = _example(known)
    if example:
        parts.append(fence(example, "go"))
    return "\n\n".join(parts)


def _clearing(known: Convention) -> str:
    if known.clear_first:
        return "It must be 0 before the call: the two-value form clears errno first."
    if known.success_may_set:
        return "A call that succeeds may set `errno` as well: test the result, then ask `err` for the reason."
    return "`errno` need not be cleared."


def _example(known: Convention) -> str:
    call = f"C.{known.name}(...)"
    if known.channel == "errno":
        if known.predicate in ("ambiguous", "none"):
            return f"ret, err := {call}\nif err != nil {{\n\treturn err\n}}"
        test = _GO_TESTS.get(known.predicate)
        return f"ret, err := {call}\nif {test} {{\n\treturn err\n}}" if test else ""
    if known.channel == "result":
        return f"if ret := {call}; ret != 0 {{\n\treturn syscall.Errno(ret)\n}}"
    if known.channel == "negated_result":
        return f"ret := {call}\nif ret < 0 {{\n\treturn syscall.Errno(-ret)\n}}"
    return ""


def error_at(root: Node, offset: int, convention_of: ConventionOf) -> tuple[Span, str] | None:
    """The variable under byte `offset` of a parsed region, where it holds the second result of a C call: its span, and what to say."""
    node = root.descendant_for_byte_range(offset, offset) if 0 <= offset <= root.end_byte else None
    if node is None or node.type != "identifier":
        return None
    site = _site_of(root, node)
    if site is None:
        return None
    return span_of(node), _error_text(site, convention_of(site.name))


def _site_of(root: Node, use: Node) -> CallSite | None:
    """The last call before the place, or around it, whose error the variable holds; None if something else is assigned between."""
    name, found = text_of(use), None
    if name in ("_", ""):
        return None
    for site in sites_below(root):
        if site.error == name and site.statement is not None and function_around(site.call) == function_around(use):
            left = field(site.statement, "left")
            if left is not None and (
                left.start_byte <= use.start_byte < left.end_byte or site.call.end_byte <= use.start_byte
            ):
                found = site
    if found is None or found.statement is None:
        return None
    for node in _assignments(root, name):
        if found.statement.end_byte <= node.start_byte and node.end_byte <= use.start_byte:
            return None
    return found


def _assignments(root: Node, name: str) -> list[Node]:
    """Every assignment to the variable that is no call of C."""
    found: list[Node] = []
    cursor = [root]
    while cursor:
        node = cursor.pop()
        if node.type in ("assignment_statement", "short_var_declaration"):
            left = field(node, "left")
            if left is not None and any(text_of(each) == name for each in named(left)):
                found.append(node)
        cursor.extend(node.children)
    return found


def _error_text(site: CallSite, known: Convention | None) -> str:
    call, error, result = code(f"C.{site.name}"), code(site.error), site.result
    parts = [
        f"**errno as {call} left it**: cgo sets it to 0, makes the call and reads it, all on one thread. A `syscall.Errno`, or nil for 0."
    ]
    if known is None:
        parts.append(
            f"How {call} fails is not known. Most functions leave {error} without meaning unless their result says failure."
        )
    elif known.channel == "errno" and known.predicate in ("ambiguous", "none"):
        parts.append(f"{error} alone tells whether the call failed: no result does.")
    elif known.channel == "errno":
        test = _GO_TESTS.get(known.predicate, "").replace("ret", result if result not in ("", "_") else "ret")
        when = code(test) if test else _IN_WORDS.get(known.predicate, "the call failed")
        parts.append(f"It means something only where {when}: {call} {known.words}, and may set errno when it succeeds.")
        if known.silent_on:
            parts.append(f"It is nil on {known.silent_on}.")
    else:
        parts.append(f"It means nothing here: {call} {known.words}.")
    return "\n\n".join(parts)


def number_at(root: Node, offset: int) -> tuple[Span, str] | None:
    """`syscall.Errno(11)` or `syscall.EAGAIN` under the place: its span, and its numbers by system."""
    node = root.descendant_for_byte_range(offset, offset) if 0 <= offset <= root.end_byte else None
    if node is None:
        return None
    above = node.parent
    if node.type == "int_literal" and above is not None and above.parent is not None:
        call = above.parent
        if call.type == "call_expression" and text_of(field(call, "function")) == "syscall.Errno":
            return _of_number(node)
    if above is not None and above.type == "selector_expression" and text_of(field(above, "operand")) == "syscall":
        values = values_of(text_of(field(above, "field")))
        if values:
            return span_of(above), f"{code(text_of(above))} is {_values(text_of(field(above, 'field')))}."
    return None


def _of_number(literal: Node) -> tuple[Span, str] | None:
    try:
        number = int(text_of(literal), 0)
    except ValueError:
        return None
    meanings: dict[str, list[str]] = {}
    for system in numbers():
        meanings.setdefault(name_of(number, system) or "no error", []).append(system)
    if number == 0 or set(meanings) == {"no error"}:
        return None
    lines = [f"- {code(name)} on {', '.join(systems)}" for name, systems in meanings.items()]
    return span_of(literal), "\n".join([f"Error number {number} is", "", *lines])


def _values(name: str) -> str:
    by_number: dict[int, list[str]] = {}
    for system, number in values_of(name).items():
        by_number.setdefault(number, []).append(system)
    return "; ".join(f"{number} on {', '.join(systems)}" for number, systems in sorted(by_number.items()))
