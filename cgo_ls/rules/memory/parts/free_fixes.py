"""Fixes that insert a free: deferred, before a return, after the last use in a loop, or after lifting an inline argument."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from cgo_ls.analysis import ir
from cgo_ls.analysis.effects import ParameterEffect
from cgo_ls.analysis.function import Leak, calls_of
from cgo_ls.rules.finding import Applicability, FileEdit, Fix
from cgo_ls.rules.memory.parts.holders import Holder, holder_of, in_loop, indent_of, newline_of, node_at, statement_of
from cgo_ls.rules.memory.parts.release_calls import ReleaseCall, release_call
from cgo_ls.rules.rule import FunctionContext
from cgo_ls.syntax.go_nodes import Node, named, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

LEAVES = frozenset({"return_statement", "break_statement", "continue_statement", "goto_statement", "func_literal"})
LIFTABLE = frozenset(
    {
        "expression_statement",
        "short_var_declaration",
        "assignment_statement",
        "return_statement",
        "var_declaration",
        "if_statement",
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PASSED_THROUGH = frozenset(
    {"call_expression", "argument_list", "parenthesized_expression", "selector_expression", "expression_list", "unary_expression",
     "binary_expression", "type_conversion_expression", "index_expression", "var_spec", "short_var_declaration", "slice_expression"}
)  # fmt: skip


def lifted_names(context: FunctionContext) -> Mapping[int, str]:
    """A fresh variable name for each inline acquisition of the function, by site; no two alike."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for leak in context.analysis.leaks:
        call = leak.object.call
        if call is None or holder_of(context.analysis, leak.object) is not None:
            continue
        taken = taken or set(re.findall(r"\w+", context.text.decode("utf-8", "replace")))
        base = _name_for(context, call)
        name, number = base, 2
        while name in taken:
            name, number = f"{base}{number}", number + 1
        taken.add(name)
        names[call.site] = name
    return names


def _name_for(context: FunctionContext, call: ir.Call) -> str:
    argument = (
        context.text[call.argument_spans[0].start : call.argument_spans[0].end].decode("utf-8", "replace")
        if call.argument_spans
        else ""
    )
    found = re.fullmatch(r"(?:\w+\.)*([A-Za-z]\w*)", argument)
    if call.callee.name == "CString" and found:
        return "c" + found[1][0].upper() + found[1][1:]
    return {"CString": "cString", "CBytes": "cBytes"}.get(call.callee.name) or _named_after(call.callee.name)


def _named_after(function: str) -> str:
    """`g_file_get_path` -> cPath, `xmlNodeToString` -> cString; cMemory where the name does not say what it gives."""
    words = [word.lower() for word in _WORD.findall(function)]
    verb = next((word for word in ("get", "to") if word in words[:-1]), "")
    given = words[words.index(verb) + 1 :] if verb else []
    return "c" + "".join(word.capitalize() for word in given) if 0 < len(given) <= 3 else "cMemory"


def free_fixes(context: FunctionContext, leak: Leak, holder: Holder | None, names: Mapping[int, str]) -> Iterator[Fix]:
    """The one fix that suits the leak, if any."""
    call = leak.object.call
    if call is None or (holder is not None and holder.element):
        return
    node = node_at(context.analysis.tree, call.span, "call_expression")
    release = release_call(context, leak, holder, node) if node is not None else None
    if node is None or release is None:
        return
    placed = leak.loop or in_loop(node) or not leak.always  # at a place of its own, and not in a defer
    if holder is not None and placed and not _is_plain(context, holder):
        return
    applicability: Applicability = "safe" if _only_borrowed(context, leak) else "unsafe"
    if holder is None:
        fix = _lift(context, node, names.get(call.site, ""), release, applicability)
    elif leak.loop or in_loop(node):
        fix = _free_in_loop(context, node, holder, release, applicability) if leak.always else None
    elif leak.always:
        fix = _defer(context, leak, node, holder, release, applicability)
    else:
        fix = _before_returns(context, leak, holder, release, node)
    if fix is not None:
        yield fix


def _is_plain(context: FunctionContext, holder: Holder) -> bool:
    """Whether nothing that could free the struct around the holder follows: `one.text` cannot be freed behind `C.free(one)`."""
    root, dot, _ = holder.expression.partition(".")
    if not dot:
        return True
    freed = rf"C\.\w*(?:free|destroy|close|unref|release)\w*\((?:[\w.*()]*\()*{re.escape(root)}\)"
    return re.search(freed.encode(), context.text, re.IGNORECASE) is None


def _fix(title: str, edits: list[TextEdit], release: ReleaseCall, applicability: Applicability) -> Fix:
    return Fix(title, (FileEdit(tuple(edits)),), applicability, release.needs)


def _defer(
    context: FunctionContext, leak: Leak, node: Node, holder: Holder, release: ReleaseCall, applicability: Applicability
) -> Fix | None:
    statement = statement_of(node)
    if statement is None or statement.type not in LIFTABLE or statement.type == "return_statement":
        return None
    if statement.type == "if_statement" and not _goes_on_with(statement, node, holder, leak.exits):
        return None
    end, indent = newline_of(context.text), indent_of(context.text, statement.start_byte)
    insertion = end + indent + release.deferred(holder.expression, end, indent)
    edit = TextEdit(Span(statement.end_byte, statement.end_byte), insertion)
    return _fix(f"Free {holder.expression} when the function returns", [edit], release, applicability)


def _goes_on_with(statement: Node, node: Node, holder: Holder, exits: Sequence[Span]) -> bool:
    """`if C.open(&p) != 0 { return err }`: behind it the call has worked, and the variable is that of the block around."""
    body, first = statement.child_by_field_name("consequence"), statement.child_by_field_name("initializer")
    if body is None or node.start_byte >= body.start_byte or statement.child_by_field_name("alternative") is not None:
        return False
    if any(body.start_byte <= span.start < body.end_byte for span in exits):
        return False
    declared = first.child_by_field_name("left") if first is not None else None
    root = holder.expression.split(".")[0]
    if declared is not None and any(text_of(name) == root for name in named(declared)):
        return False
    statements = [
        each for inner in named(body) for each in (named(inner) if inner.type == "statement_list" else [inner])
    ]
    return bool(statements) and (statements[-1].type in LEAVES or text_of(statements[-1]).startswith("panic("))


def _free_in_loop(
    context: FunctionContext, node: Node, holder: Holder, release: ReleaseCall, applicability: Applicability
) -> Fix | None:
    """After the last statement of the same block that names the variable, when nothing leaves the block before."""
    statement = statement_of(node)
    if statement is None or statement.parent is None or statement.type not in LIFTABLE:
        return None
    last = statement
    root = holder.expression.split(".")[0]
    following = [child for child in named(statement.parent) if child.start_byte >= statement.end_byte]
    for child in following:
        if any(inner.type == "identifier" and text_of(inner) == root for inner in walk(child)):
            last = child
    span = Span(statement.start_byte, last.end_byte)
    for child in [statement, *following]:
        if child.start_byte < span.end and any(inner.type in LEAVES for inner in walk(child)):
            return None
    end, indent = newline_of(context.text), indent_of(context.text, statement.start_byte)
    insertion = end + indent + release.statement(holder.expression, end, indent)
    return _fix(
        f"Free {holder.expression} after its last use",
        [TextEdit(Span(last.end_byte, last.end_byte), insertion)],
        release,
        applicability,
    )


def _before_returns(
    context: FunctionContext, leak: Leak, holder: Holder, release: ReleaseCall, node: Node
) -> Fix | None:
    statement = statement_of(node)
    if statement is None or statement.parent is None or leak.sure != frozenset(leak.exits):
        return None
    scope, text, edits = statement.parent, context.text, []
    for span in leak.exits:
        leaving = node_at(context.analysis.tree, span, "return_statement")
        inside = scope.start_byte <= span.start and span.end <= scope.end_byte and span.start > statement.start_byte
        if leaving is None or leaving.parent is None or leaving.parent.type != "statement_list" or not inside:
            return None
        root = holder.expression.split(".")[0]
        if any(inner.type == "identifier" and text_of(inner) == root for inner in walk(leaving)):
            return None
        end, indent = newline_of(text), indent_of(text, leaving.start_byte)
        insertion = release.statement(holder.expression, end, indent) + end + indent
        edits.append(TextEdit(Span(leaving.start_byte, leaving.start_byte), insertion))
    if not edits:
        return None
    where = "this return" if len(edits) == 1 else f"these {len(edits)} returns"
    return _fix(f"Free {holder.expression} before {where}", edits, release, "safe")


def _lift(
    context: FunctionContext, node: Node, name: str, release: ReleaseCall, applicability: Applicability
) -> Fix | None:
    """`C.f(C.CString(s))` -> a variable before the statement, freed by a defer (in a loop: after the statement)."""
    statement = statement_of(node)
    if not name or statement is None or statement.type not in LIFTABLE or not _evaluated_once(node, statement):
        return None
    text = context.text
    end, indent = newline_of(text), indent_of(text, statement.start_byte)
    declaration = name.encode() + b" := " + text[node.start_byte : node.end_byte] + end + indent
    replacement = TextEdit(Span(node.start_byte, node.end_byte), name.encode())
    start = Span(statement.start_byte, statement.start_byte)
    if not in_loop(statement):
        free = release.deferred(name, end, indent) + end + indent
        title = f"Hold the memory in {name} and free it when the function returns"
        return _fix(title, [TextEdit(start, declaration + free), replacement], release, applicability)
    if statement.type not in ("expression_statement", "short_var_declaration", "assignment_statement"):
        return None
    if statement.type != "expression_statement":
        applicability = "unsafe"
    freed = end + indent + release.statement(name, end, indent)
    after = TextEdit(Span(statement.end_byte, statement.end_byte), freed)
    return _fix(
        f"Hold the memory in {name} and free it after the call",
        [TextEdit(start, declaration), replacement, after],
        release,
        applicability,
    )


def _evaluated_once(node: Node, statement: Node) -> bool:
    """Whether the expression is evaluated exactly once, whenever the statement is, so that it may move in front."""
    current = node
    while current.parent is not None and current.id != statement.id:
        parent = current.parent
        if parent.id == statement.id:
            if statement.type != "if_statement":
                return True
            first = statement.child_by_field_name("initializer") or statement.child_by_field_name("condition")
            return first is not None and first.start_byte == current.start_byte
        if parent.type not in PASSED_THROUGH:
            return False
        right = parent.child_by_field_name("right")
        short_circuit = text_of(parent.child_by_field_name("operator")) in ("&&", "||")
        if (
            parent.type == "binary_expression"
            and short_circuit
            and right is not None
            and right.start_byte == current.start_byte
        ):
            return False
        current = parent
    return True


def _only_borrowed(context: FunctionContext, leak: Leak) -> bool:
    """Whether every C function of this function that may see the memory is known to leave it alone.

    Known: by its body, an attribute, a table, or a `const` parameter; not by its name alone.
    """
    return all(
        _known_to_borrow(context, call) for call in calls_of(context.analysis.cfg) if leak.object.call is not call
    )


def _known_to_borrow(context: FunctionContext, call: ir.Call) -> bool:
    if call.callee.kind != "c" or not call.arguments or context.facts.is_c_type(call.callee.name):
        return True
    effects = context.facts.c_effects(call.callee.name, len(call.arguments))
    if effects.origin not in ("name", "unknown"):
        return True
    if all(isinstance(argument, ir.Constant) for argument in call.arguments):
        return True
    found = context.facts.resolve_c(call.callee.name)
    for declaration in found.declarations if found is not None else ():
        parameters = getattr(declaration, "parameters", None)
        if parameters and all("const" in parameter.type or "*" not in parameter.type for parameter in parameters):
            return ParameterEffect.HOLDS not in effects.parameters
    return False
