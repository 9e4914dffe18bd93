"""A fix that makes a call and fetches its error in one C function: while that runs, the goroutine stays on its thread."""

from __future__ import annotations

from cgo_ls.data.tables import function as table_row
from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.cdecl import CFunction
from cgo_ls.model.package import CScope
from cgo_ls.rules.errno.parts.call_sites import statement_of
from cgo_ls.rules.errno.parts.preceding_call import arguments, fresh, identifiers
from cgo_ls.rules.finding import FileEdit, Fix, Need
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.threads.parts.thread_calls import Call, GoBody
from cgo_ls.rules.types.parts.c_as_go import go_type
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

_SIZE = 256
_NUMBERS = frozenset(["C.int", "C.uint", "C.long", "C.ulong", "C.longlong", "C.ulonglong"])
_OWN_NAMES = frozenset(["why", "size", "ret", "text"])


def fetch_in_one_call(body: GoBody, fetch: Call, meant: Call, scope: CScope) -> Fix | None:
    """A static C function that calls `meant` and then `fetch`, and Go that calls it. None unless both prototypes are known, the
    error is a number or a text that Go copies at once, and both stand where the outcome surely compiles."""
    called, getter = _function(meant, scope), _function(fetch, scope)
    if called is None or getter is None or getter.parameters or called.variadic or arguments(fetch.node):
        return None
    copied = _copied(fetch.node)
    kind = go_type(getter.result) or ""
    if (copied is None) == (kind == "*C.char") or (copied is None and kind not in _NUMBERS):
        return None
    helper = f"{called.name}_with_error"
    line = _wrapper(helper, called, getter, is_text=copied is not None)
    preamble = append_to_preamble(body.file, line) if line is not None and scope.resolve(helper) is None else None
    names = identifiers(_root(fetch.node))
    if preamble is None or names is None:
        return None
    why = fresh(("why", "reason"), names)
    declared = f"var {why} [{_SIZE}]C.char" if copied is not None else f"var {why} {kind}"
    given = f"&{why}[0], C.size_t(len({why}))" if copied is not None else f"&{why}"
    calls = _calls(body, meant, fetch, declared, helper, given)
    if calls is None:
        return None
    taken = (copied, f"C.GoString(&{why}[0])") if copied is not None else (fetch.node, why)
    edits = [*calls, TextEdit(span_of(taken[0]), taken[1].encode())]
    placed = (preamble, *(TextEdit(body.in_file(edit.span), edit.new_text) for edit in edits))
    needs = (Need("include", "stdio.h"),) if copied is not None else ()
    title = f"Fetch the error in the same C call as {called.name}"
    return Fix(title, (FileEdit(placed),), "unsafe" if copied is not None else "safe", needs)


def _root(node: Node) -> Node:
    while node.parent is not None:
        node = node.parent
    return node


def _function(call: Call, scope: CScope) -> CFunction | None:
    """The declaration of the C function that is called: the package's, or the one of a table."""
    name = call.name.removeprefix("C.")
    if name == call.name:
        return None
    known = scope.resolve(name)
    if known is not None:
        found = [one for one in known.declarations if isinstance(one, CFunction) and one.has_prototype]
        return found[0] if found else None
    row = table_row(name, scope.headers)
    functions = read_c_unit("", f"{row.prototype};".encode()).functions if row is not None else ()
    return functions[0] if functions else None


def _copied(fetch: Node) -> Node | None:
    """`C.GoString(C.f())` around the call of the getter."""
    listed = fetch.parent
    call = listed.parent if listed is not None and listed.type == "argument_list" else None
    return call if call is not None and text_of(field(call, "function")) == "C.GoString" else None


def _wrapper(helper: str, called: CFunction, getter: CFunction, *, is_text: bool) -> str | None:
    listed: list[str] = []
    for index, parameter in enumerate(called.parameters):
        kind, name = parameter.type.strip(), parameter.name or f"a{index + 1}"
        if "(" in kind or "[" in kind or name in _OWN_NAMES:
            return None
        listed.append(f"{kind}{name}" if kind.endswith("*") else f"{kind} {name}")
    result, given = called.result.strip(), [one.name or f"a{n + 1}" for n, one in enumerate(called.parameters)]
    call = f"{called.name}({', '.join(given)});"
    call = call if result == "void" else f"{_joined(result, 'ret')} = {call}"
    if is_text:
        listed += ["char *why", "size_t size"]
        fetch = f'const char *text = {getter.name}(); snprintf(why, size, "%s", text != NULL ? text : "");'
    else:
        listed.append(f"{getter.result.strip()} *why")
        fetch = f"*why = {getter.name}();"
    end = "" if result == "void" else " return ret;"
    return f"static {_joined(result, helper)}({', '.join(listed)}) {{ {call} {fetch}{end} }}"


def _joined(kind: str, name: str) -> str:
    return f"{kind}{name}" if kind.endswith("*") else f"{kind} {name}"


def _calls(body: GoBody, meant: Call, fetch: Call, declared: str, helper: str, given: str) -> list[TextEdit] | None:
    """The variable before the statement that calls, and the call of the helper; offsets of the region."""
    statement, function = statement_of(meant.node), field(meant.node, "function")
    listed = field(meant.node, "arguments")
    block = statement.parent if statement is not None else None
    if statement is None or block is None or function is None or listed is None or fetch.start >= block.end_byte:
        return None
    start = body.declared.declaration.start + statement.start_byte
    data = body.file.data
    indent = data[data.rfind(b"\n", 0, start) + 1 : start]
    inside = text_of(listed)[1:-1].rstrip()
    if indent.strip() or inside.endswith(","):
        return None
    at = listed.end_byte - 1
    return [
        TextEdit(Span(statement.start_byte, statement.start_byte), declared.encode() + line_ending(data) + indent),
        TextEdit(span_of(function), f"C.{helper}".encode()),
        TextEdit(Span(at, at), f"{', ' if inside else ''}{given}".encode()),
    ]
