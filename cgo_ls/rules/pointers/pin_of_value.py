"""runtime.Pinner.Pin of something that is not a pointer."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.pointers.parts.go_values import GoValues, arguments_of, values_of
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.syntax.go_nodes import Node, field, span_of, strip_parentheses, text_of
from cgo_ls.text.edits import TextEdit

_KINDS = frozenset({"runtime.Pinner", "*runtime.Pinner"})


@rule(
    "pin-of-value",
    family="pointers",
    severity="error",
    scope="function",
    since="0.2",
    fixable=True,
    words=(b".Pin(",),
)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each argument that has no address of its own."""
    values = values_of(context)
    for node in context.nodes("call_expression"):
        function = field(node, "function")
        if function is None or function.type != "selector_expression" or text_of(field(function, "field")) != "Pin":
            continue
        arguments = arguments_of(node)
        if len(arguments) == 1 and values.type_of(field(function, "operand")) in _KINDS:
            yield from _judge(values, strip_parentheses(arguments[0]))


def _judge(values: GoValues, argument: Node) -> Iterator[Finding]:
    written = values.type_of(argument)
    kind = values.underlying(written)
    fixes: tuple[Fix, ...] = ()
    if kind.startswith("[]") or kind == "string":
        use = "unsafe.SliceData" if kind.startswith("[]") else "unsafe.StringData"
        advice = f"pin its first element, {use}({text_of(argument)})"
        if argument.type == "identifier" and kind.startswith("[]"):
            advice = f"pin its first element, &{text_of(argument)}[0]"
            edit = TextEdit(span_of(argument), f"&{text_of(argument)}[0]".encode())
            # The element of an empty slice panics too, as pinning the slice did.
            fixes = (Fix("Pin the first element", (FileEdit((edit,)),)),)
    elif kind.startswith(("map[", "chan ", "func(")) or kind in ("int", "bool", "float64", "uintptr"):
        advice = "only what has an address can be pinned"
    else:
        found = values.facts.go_type(kind) if kind.isidentifier() else None
        if found is None or found.kind != "struct":
            return
        advice = f"pin its address, &{text_of(argument)}"
    yield Finding(
        span_of(argument), f"{text_of(argument)} is a {written}, not a pointer: Pin panics; {advice}", (), fixes
    )
