"""The second result for a call of a function rule: the search of preceding_call.py, asked through `facts`."""

from __future__ import annotations

from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.errno.parts.call_sites import CallSite, function_around
from cgo_ls.rules.errno.parts.preceding_call import Callee, Capture, Search, find_capture, fresh, identifiers
from cgo_ls.rules.rule import FunctionContext
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of
from cgo_ls.text.edits import line_ending
from cgo_ls.text.span import Span

# Functions that are called between a failure and the look at errno, and leave it alone.
_BETWEEN = frozenset(["free", "strerror"])
_ZEROS = {"string": '""', "bool": "false", "error": "err", "float64": "0", "float32": "0"}
_NUMBERS = (
    "int",
    "uint",
    "C.int",
    "C.long",
    "C.uint",
    "C.ulong",
    "C.longlong",
    "C.ulonglong",
    "C.double",
    "C.float",
    "byte",
)


def capture_for(context: FunctionContext, site: CallSite, use: Node) -> Capture | None:
    """How the error of `site` comes to be had at `use`; None where it cannot, or where another call would be meant."""
    names = identifiers(context.analysis.tree)
    if names is None:
        return None

    def judge(name: str, count: int) -> Callee:
        if name in _BETWEEN or pseudo_name(name) is not None:
            return "neutral"
        known = context.facts.resolve_c(name)
        if known is not None:
            return "neutral" if known.kind == "type" else "function" if known.kind == "function" else "unknown"
        return "neutral" if count == 1 and context.facts.is_c_type(name) else "function"

    # Fixes of one function may be applied together: each `var err error` needs a name of its own.
    declared: dict[Span, str] = context.notes.setdefault("declared errors", {})
    here = span_of(site.call)
    taken = names | {name for call, name in declared.items() if call != here}
    error, result = fresh(("err", "cErr"), taken), fresh(("ret", "result"), names)
    found = find_capture(use, Search(context.text, judge, error, result, line_ending(context.text)))
    if found is not None and any(b"var " in edit.new_text for edit in found.edits):
        declared[here] = found.error
    return found if found is not None and found.call == span_of(site.call) else None


def free_names(context: FunctionContext) -> tuple[str, str] | None:
    """Names for a result and an error that nothing in the function has yet; None where a goto may jump over them."""
    names = identifiers(context.analysis.tree)
    return None if names is None else (fresh(("ret", "result"), names), fresh(("err", "cErr"), names))


def results_of(node: Node) -> list[str]:
    """The types of the results of the function around a node, as written."""
    function = function_around(node)
    result = field(function, "result") if function is not None else None
    if result is None:
        return []
    if result.type != "parameter_list":
        return [text_of(result)]
    found: list[str] = []
    for declared in named(result):
        found += [text_of(field(declared, "type"))] * max(len(declared.children_by_field_name("name")), 1)
    return found


def zero_of(kind: str) -> str | None:
    """How Go writes the zero of a type; None where the name alone does not tell."""
    if kind.startswith(("*", "[]", "map[")) or kind == "unsafe.Pointer":
        return "nil"
    if kind in _NUMBERS or kind.rstrip("0123456789") in ("int", "uint"):
        return "0"
    return _ZEROS.get(kind)


def line_end_of(text: bytes, statement: Node) -> int | None:
    """Where the line of a statement ends, before its terminator; None where more than a comment stands behind it."""
    newline = text.find(b"\n", statement.end_byte)
    end = newline if newline >= 0 else len(text)
    behind = text[statement.end_byte : end].strip()
    if behind and not behind.startswith(b"//"):
        return None
    return end - (text[end - 1 : end] == b"\r")
