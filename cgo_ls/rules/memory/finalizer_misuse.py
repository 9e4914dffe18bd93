"""runtime.SetFinalizer and runtime.AddCleanup in ways that end the program, never run, or run too early."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.pointers.parts.go_names import Declared
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, callee_text, values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, named, span_of, strip_parentheses, text_of, walk
from cgo_ls.text.edits import TextEdit

_CALLS = {"runtime.SetFinalizer": 2, "runtime.AddCleanup": 3}
_INTERFACES = ("interface{}", "any")


@rule(
    "finalizer-misuse",
    family="memory",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b"runtime.SetFinalizer", b"runtime.AddCleanup"),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """At most one finding for each call: the first of its faults."""
    values = values_of(context)
    for node in context.nodes("call_expression"):
        call, arguments = callee_text(node), arguments_of(node)
        if _CALLS.get(call) != len(arguments):
            continue
        disarms = call == "runtime.SetFinalizer" and text_of(arguments[1]) == "nil"
        faults = _wrong_object if disarms else _faults
        finding = next(faults(values, call.removeprefix("runtime."), arguments), None)
        if finding is not None:
            yield finding


def _faults(values: GoValues, call: str, arguments: list[Node]) -> Iterator[Finding]:
    yield from _wrong_object(values, call, arguments)
    if call == "SetFinalizer":
        yield from _wrong_parameter(values, arguments[0], arguments[1])
    else:
        yield from _same_argument(values, arguments[0], arguments[2])
    yield from _captured(values, call, arguments[0], arguments[1])
    yield from _address_of_local(values, call, arguments[0])


def _wrong_object(values: GoValues, call: str, arguments: list[Node]) -> Iterator[Finding]:
    """The object must be a pointer to memory that Go allocated; that holds for `SetFinalizer(x, nil)` too."""
    target = arguments[0]
    kind, memory = values.type_of(target), values.memory_of(target)
    if kind == "unsafe.Pointer":
        yield Finding(
            span_of(target),
            f"{text_of(target)} is an unsafe.Pointer: runtime.{call} wants a typed pointer to Go memory and ends the program",
        )
    elif memory == "c" and kind.startswith("*"):
        advice = "give the finalizer to a Go struct that holds the pointer"
        yield Finding(
            span_of(target),
            f"{text_of(target)} points to C memory, which the garbage collector does not know: runtime.{call} "
            f"ends the program; {advice}",
        )
    elif kind.isidentifier() and (found := values.facts.go_type(kind)) is not None and found.kind == "struct":
        yield Finding(span_of(target), f"{text_of(target)} is a {kind}, not a pointer: runtime.{call} ends the program")


# --- the finalizer's parameter


def _wrong_parameter(values: GoValues, target: Node, finalizer: Node) -> Iterator[Finding]:
    """A finalizer must take exactly what the object is."""
    finalizer = strip_parentheses(finalizer)
    kind = values.type_of(target)
    if finalizer.type == "selector_expression" and _root(finalizer) == _root(target) != "":
        yield from _method_value(values, target, finalizer, kind)
        return
    taken = _parameters(values, finalizer)
    if taken is None or (len(taken) == 1 and (not kind or not _differ(values, kind, taken[0]))):
        return
    wants = f"func({', '.join(taken)})"
    said = f"func({kind})" if kind else f"a function of {text_of(target)} alone"
    yield Finding(
        span_of(finalizer)
        if finalizer.type != "func_literal"
        else span_of(field(finalizer, "parameters") or finalizer),
        f"the finalizer is a {wants}, but {text_of(target)} wants {said}: runtime.SetFinalizer ends the program",
        (Step(span_of(target), f"the object is a {kind}"),) if kind else (),
    )


def _method_value(values: GoValues, target: Node, finalizer: Node, kind: str) -> Iterator[Finding]:
    """`SetFinalizer(x, x.Close)`: a method value takes no argument, and holds x besides."""
    base, method = kind.lstrip("*"), text_of(field(finalizer, "field"))
    if not base or values.facts.go_type(base) is None:
        return
    signature = values.facts.go_signature(f"{base}.{method}")
    if signature is None or text_of(field(finalizer, "operand")) != text_of(target):
        return
    fixes: tuple[Fix, ...] = ()
    if not signature.parameters and kind == f"*{base}":
        edit = TextEdit(span_of(finalizer), f"({kind}).{method}".encode())
        fixes = (Fix(f"Use the method expression ({kind}).{method}", (FileEdit((edit,)),)),)
    said = f"{text_of(finalizer)} takes no argument, but a finalizer is called with {text_of(target)}"
    yield Finding(span_of(finalizer), f"{said}: runtime.SetFinalizer ends the program", (), fixes)


def _parameters(values: GoValues, finalizer: Node) -> list[str] | None:
    """The types of the parameters of a function literal, a method expression, or a function of the package; None: not known."""
    if finalizer.type == "func_literal":
        found: list[str] = []
        for each in named(field(finalizer, "parameters") or finalizer):
            names = [child for child in each.children_by_field_name("name") if child.type == "identifier"]
            prefix = "..." if each.type == "variadic_parameter_declaration" else ""
            found += [prefix + text_of(field(each, "type"))] * max(1, len(names))
        return found
    if finalizer.type == "selector_expression":
        operand, method = field(finalizer, "operand"), text_of(field(finalizer, "field"))
        receiver = re.fullmatch(r"\((\*\w+)\)", text_of(operand))
        signature = values.facts.go_signature(f"{receiver[1][1:]}.{method}") if receiver else None
        return [receiver[1], *signature.parameters] if receiver and signature is not None else None
    if finalizer.type == "identifier" and values.names.find(finalizer) is None:
        signature = values.facts.go_signature(text_of(finalizer))
        return list(signature.parameters) if signature is not None and not signature.generic else None
    return None


def _differ(values: GoValues, kind: str, taken: str) -> bool:
    """Whether two types are certainly not the same, nor the second an interface."""
    kind, taken = re.sub(r"\s", "", kind), re.sub(r"\s", "", taken)
    if kind == taken or taken in _INTERFACES or not taken.startswith("*"):
        return False
    for base in (kind.lstrip("*"), taken.lstrip("*")):
        if base.startswith("C."):
            continue
        found = values.facts.go_type(base) if base.isidentifier() else None
        if found is None or found.kind == "alias" or found.generic:
            return False
    return True


# --- who keeps the object alive


def _same_argument(values: GoValues, target: Node, argument: Node) -> Iterator[Finding]:
    if text_of(argument) != text_of(target) or not values.type_of(target).startswith("*"):
        return
    yield Finding(
        span_of(argument),
        f"{text_of(argument)} is the object itself: runtime.AddCleanup panics; "
        "give it what the cleanup must release, such as the C pointer",
    )


def _captured(values: GoValues, call: str, target: Node, function: Node) -> Iterator[Finding]:
    """A function that refers to the object keeps it reachable for ever."""
    function = strip_parentheses(function)
    root = _root_node(target)
    declared = values.names.find(root) if root is not None else None
    if root is None or declared is None or declared.scope.start == 0 >= declared.scope.end:
        return
    what = "finalizer" if call == "SetFinalizer" else "cleanup"
    if call == "AddCleanup" and function.type == "selector_expression" and _root(function) == text_of(root):
        yield Finding(
            span_of(function),
            f"the cleanup {text_of(function)} holds {text_of(root)}, so {text_of(target)} is never collected and the cleanup never runs",
        )
    if function.type != "func_literal":
        return
    use = next(_uses(values, declared, field(function, "body")), None)
    if use is not None:
        yield Finding(
            span_of(use),
            f"the {what} refers to {text_of(root)}, so {text_of(target)} is never collected and the {what} never runs: "
            + (
                "use the finalizer's parameter"
                if what == "finalizer"
                else "hand over what it needs as the last argument"
            ),
            (Step(span_of(target), f"the object of runtime.{call}"),),
            tuple(_rename_parameter(target, root, function)),
        )


def _uses(values: GoValues, declared: Declared, body: Node | None) -> Iterator[Node]:
    for node in walk(body) if body is not None else ():
        if node.type == "identifier" and text_of(node) == declared.name and values.names.find(node) == declared:
            yield node


def _rename_parameter(target: Node, root: Node, function: Node) -> Iterator[Fix]:
    """`func(_ *T) { x.Close() }` -> `func(x *T) { x.Close() }`: the parameter is the object, and hides the variable."""
    parameters = named(field(function, "parameters") or function)
    if target.type != "identifier" or len(parameters) != 1:
        return
    name = field(parameters[0], "name")
    if name is not None and text_of(name) == "_" and text_of(field(parameters[0], "type")).startswith("*"):
        edit = TextEdit(span_of(name), text_of(root).encode())
        yield Fix(f"Name the finalizer's parameter {text_of(root)}", (FileEdit((edit,)),))


def _address_of_local(values: GoValues, call: str, target: Node) -> Iterator[Finding]:
    """`SetFinalizer(&p, ...)` watches the variable p, not the memory that p points to."""
    target = strip_parentheses(target)
    operand = field(target, "operand") if target.type == "unary_expression" else None
    if operand is None or operand.type != "identifier" or text_of(field(target, "operator")) != "&":
        return
    declared = values.names.find(operand)
    kind = values.type_of(operand)
    if declared is None or not (kind.startswith("*") or kind == "unsafe.Pointer"):
        return
    if any(_is_address(each, values, declared) for each in values.nodes("unary_expression") if each != target):
        return
    yield Finding(
        span_of(target),
        f"this watches the variable {text_of(operand)}, not the memory it points to: the "
        f"{'finalizer' if call == 'SetFinalizer' else 'cleanup'} runs while that memory is still in use",
    )


def _is_address(node: Node, values: GoValues, declared: Declared) -> bool:
    if node.type != "unary_expression" or text_of(field(node, "operator")) != "&":
        return False
    operand = field(node, "operand")
    return operand is not None and operand.type == "identifier" and values.names.find(operand) == declared


def _root_node(node: Node) -> Node | None:
    """x of `x`, `&x`, `x.f.g`."""
    node = strip_parentheses(node)
    while node.type in ("unary_expression", "selector_expression"):
        operand = field(node, "operand")
        if operand is None:
            return None
        node = strip_parentheses(operand)
    return node if node.type == "identifier" else None


def _root(node: Node) -> str:
    root = _root_node(node)
    return text_of(root) if root is not None else ""
