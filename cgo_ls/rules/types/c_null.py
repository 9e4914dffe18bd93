"""c-null: C.NULL compared with a typed pointer; see c_null.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.expression_types import c_name, types_of
from cgo_ls.syntax.go_nodes import field, span_of, text_of
from cgo_ls.text.edits import TextEdit


@rule("c-null", family="types", severity="error", scope="function", since="0.2", fixable=True, words=(b"C.NULL",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if "NULL" not in context.declaration.facts.c_names:
        return
    types = types_of(context)
    for node in types.nodes("binary_expression"):
        if text_of(field(node, "operator")) not in ("==", "!="):
            continue
        left, right = field(node, "left"), field(node, "right")
        for null, other in ((left, right), (right, left)):
            kind = types.canonical(types.of(other)) if null is not None and c_name(null) == "NULL" else None
            if null is not None and kind is not None and kind[0].startswith("*"):
                message = f"C.NULL is an unsafe.Pointer, which does not compare with a {kind[0]}: the null pointer is nil in Go"
                fix = Fix("Write nil", (FileEdit((TextEdit(span_of(null), b"nil"),)),))
                yield Finding(span_of(null), message, (), (fix,))
