"""A C function takes over what a Go value's finalizer still frees."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.effects import ParameterEffect
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.memory.parts.holders import in_loop, indent_of, newline_of, statement_of
from cgo_ls.rules.memory.parts.owners import RELEASES, field_argument, holds_c_pointer, owners_given, released
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, values_of
from cgo_ls.rules.pointers.parts.held_pointers import c_calls
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, text_of, walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_SURE = frozenset({"table", "project", "body", "attribute"})


@rule(
    "armed-finalizer",
    family="memory",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"C.",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each argument that changes its owner."""
    if not owners_given(context):
        return
    values = values_of(context)
    function = context.declaration.facts.function
    for call, name in c_calls(values):
        arguments = arguments_of(call)
        for index, argument in enumerate(arguments):
            found = field_argument(values, argument)
            if found is None or not found[0].type.startswith("*") or not holds_c_pointer(values.type_of(found[1])):
                continue
            declared, selector = found
            owner = declared.type[1:]
            finalizers = context.facts.finalizers_of(owner)
            if (
                not finalizers
                or not released(context.facts, owner, selector)
                or (function is not None and function.name in finalizers)
            ):
                continue
            effects = context.facts.c_effects(name, len(arguments))
            moves = effects.parameter(index) is ParameterEffect.TAKES or index in effects.moved
            if effects.origin not in _SURE or not moves:
                continue
            if RELEASES.search(name):
                continue  # Close and Free: the release itself, which another rule looks at
            if _is_disarmed(values, declared):
                continue
            message = (
                f"C.{name} becomes the owner of {text_of(selector)}, but the finalizer of {declared.name} still frees it: "
                f"call runtime.SetFinalizer({declared.name}, nil)"
            )
            yield Finding(span_of(selector), message, (), tuple(_fixes(context, call, declared)))


def _is_disarmed(values: GoValues, declared: Declared) -> bool:
    """Whether the finalizer is taken away, or one of its fields set, or a method of the owner called that may do either."""
    for node in (*values.nodes("call_expression"), *values.nodes("assignment_statement")):
        if node.type == "call_expression":
            function = field(node, "function")
            arguments = arguments_of(node)
            if text_of(function) == "runtime.SetFinalizer" and arguments and text_of(arguments[0]) == declared.name:
                return True
            if any(argument.type == "identifier" and values.names.find(argument) == declared for argument in arguments):
                if text_of(function) != "append":
                    return True
            operand = (
                field(function, "operand") if function is not None and function.type == "selector_expression" else None
            )
            if operand is not None and operand.type == "identifier" and values.names.find(operand) == declared:
                return True
        elif node.type == "assignment_statement":
            if any(_is_of(values, target, declared) for target in named(field(node, "left") or node)):
                return True
    return False


def _is_of(values: GoValues, target: Node, declared: Declared) -> bool:
    """A field of the owner: the pointer itself, or one that says whether it is still valid."""
    while target.type == "selector_expression":
        operand = field(target, "operand")
        if operand is not None and operand.type == "identifier":
            return values.names.find(operand) == declared
        target = operand if operand is not None else target.children[0]
    return False


def _fixes(context: FunctionContext, call: Node, declared: Declared) -> Iterator[Fix]:
    """Behind the call. Where it may fail the owner stays who it was: so only behind the test of its result."""
    statement, text = statement_of(call), context.text
    if statement is None or in_loop(call):
        return
    if statement.type not in ("expression_statement", "if_statement", "short_var_declaration", "assignment_statement"):
        return
    if statement.type != "expression_statement":
        following = statement if statement.type == "if_statement" else statement.next_named_sibling
        if following is None or following.type != "if_statement" or not _leaves(following):
            return
        statement = following
    line = (
        newline_of(text)
        + indent_of(text, statement.start_byte)
        + f"runtime.SetFinalizer({declared.name}, nil)".encode()
    )
    edit = TextEdit(Span(statement.end_byte, statement.end_byte), line)
    yield Fix(f"Disarm the finalizer of {declared.name}", (FileEdit((edit,)),), "unsafe", (Need("import", "runtime"),))


def _leaves(test: Node) -> bool:
    """Whether the branch of an `if` returns: then what follows is the success."""
    body = field(test, "consequence")
    return (
        body is not None
        and field(test, "alternative") is None
        and any(n.type == "return_statement" for n in walk(body))
    )
