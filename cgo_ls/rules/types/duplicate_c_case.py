"""duplicate-c-case: a switch with two C constants of one value; see duplicate_c_case.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CEnumConstant, CMacro
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.rules.types.parts.expression_types import ExpressionTypes, c_name, types_of
from cgo_ls.syntax.go_nodes import Node, field, named, span_of

_NUMBER = re.compile(r"\(?\s*(-?(?:0[xX][0-9a-fA-F]+|[0-9]+))[uUlL]*\s*\)?")


@rule("duplicate-c-case", family="types", severity="error", scope="function", since="0.2", words=(b"switch",))
def check(context: FunctionContext) -> Iterator[Finding]:
    if not context.declaration.facts.c_names:
        return
    types = types_of(context)
    for switch in types.nodes("expression_switch_statement"):
        if field(switch, "value") is None:
            continue
        seen: dict[int, Node] = {}
        for case in named(switch):
            values = field(case, "value") if case.type == "expression_case" else None
            for value in named(values) if values is not None else []:
                number = _value(value, types)
                first = seen.setdefault(number, value) if number is not None else value
                if first is not value and c_name(first) != c_name(value):
                    message = f"C.{c_name(value)} and C.{c_name(first)} are both {number}: the compiler refuses the second case"
                    yield Finding(span_of(value), message, (Step(span_of(first), "the first one"),))


def _value(node: Node, types: ExpressionTypes) -> int | None:
    """The number of `C.NAME`, where the header says it outright and in one way."""
    name = c_name(node)
    known = types.facts.resolve_c(name) if name is not None else None
    if known is None or known.kind not in ("enum", "macro") or len(known.declarations) != 1:
        return None
    declared = known.declarations[0]
    text = declared.value_text if isinstance(declared, CEnumConstant) else ""
    if isinstance(declared, CMacro) and declared.parameters is None:
        text = declared.value
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = match[1]
    octal = re.fullmatch(r"-?0[0-7]+", digits)
    return int(digits, 8) if octal is not None else int(digits, 0)
