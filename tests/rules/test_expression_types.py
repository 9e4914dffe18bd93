"""Types of expressions in Go functions: what they cost."""

from __future__ import annotations

import pytest

from cgo_ls.rules.types.parts.expression_types import HANDLERS, ExpressionTypes
from cgo_ls.syntax.go_nodes import Node
from cgo_ls.text.files import MemoryFiles
from cgo_ls.workspace.session import Session

_LINES = 15
_HEAD = """package main

// static void f(int n) { (void)n; }
import "C"

func main() {
	x0 := 1
"""


def test_a_value_made_of_one_value_twice_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, real = [0], ExpressionTypes.binary

    def binary(types: ExpressionTypes, node: Node, depth: int) -> str | None:
        looked[0] += 1
        return real(types, node, depth)

    monkeypatch.setitem(HANDLERS, "binary_expression", binary)
    lines = "".join(f"\tx{n + 1} := x{n} + x{n}\n" for n in range(_LINES))
    text = f"{_HEAD}{lines}\tC.f(x{_LINES})\n}}\n"
    found = Session(MemoryFiles({"/w/a.go": text.encode()})).snapshot().diagnostics("/w/a.go")
    assert [each.rule for each in found] == ["c-argument-type"]
    assert looked[0] == _LINES
