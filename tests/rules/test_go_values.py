"""The types of expressions, and whose memory they lead to, as the pointer rules see them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cgo_ls.rules.finding import Finding
from cgo_ls.rules.pointers.parts.go_values import go_spelling, values_of
from cgo_ls.rules.rule import FunctionContext, Rule
from cgo_ls.syntax.go_nodes import field
from cgo_ls.workspace import engine
from tests.support.checker import check_files

SOURCE = """package main

/*
#include <stdlib.h>

typedef struct { int number; const char *text; } record;
static record *get(void);
static int count(const char *text) { return text != 0; }
static unsigned long total;
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

type handle uintptr

type inner struct{ list []string }

type outer struct {
	inner
	next *outer
	data unsafe.Pointer
}

func (o *outer) find(name string) (*inner, error) { return &o.inner, nil }

func make2() (int, *outer) { return 1, nil }

func f(o *outer, data []byte, number int) {
	local := %s
	_, _ = local, C.int(1)
}
"""

CASES = [
    ('C.CString("a")', "*C.char", "c"),
    ("C.malloc(3)", "unsafe.Pointer", "c"),
    ("(*C.record)(C.malloc(3))", "*C.record", "c"),
    ("C.get()", "*C.record", "c"),
    ("C.count(nil)", "C.int", ""),
    ("C.get().number", "C.int", ""),
    ("C.get().text", "*C.char", ""),
    ("C.total", "C.ulong", ""),
    ("&C.record{}", "*C.record", "go"),
    ("new(C.int)", "*C.int", "go"),
    ("make([]byte, 3)", "[]byte", "go"),
    ("&make([]byte, 3)[0]", "*byte", "go"),
    ("unsafe.Pointer(&number)", "unsafe.Pointer", "go"),
    ("&data[0]", "*byte", ""),
    ("data[1:2]", "[]byte", ""),
    ("o.list", "[]string", ""),
    ("o.next.inner", "inner", ""),
    ("o.next.list[0]", "string", ""),
    ("cgo.NewHandle(1)", "cgo.Handle", ""),
    ("handle(3)", "handle", ""),
    ("unsafe.Slice((*byte)(C.malloc(3)), 3)", "[]byte", "c"),
    ("unsafe.Slice(C.get(), 3)", "[]C.record", "c"),
    ("*C.get()", "C.record", ""),
    ("number + 1", "int", ""),
    ("number == 1", "bool", ""),
    ('[]byte("a")', "[]byte", "go"),
    ("func() {}", "func()", ""),
    ("unknown(3)", "", ""),
    ("*(*[]C.int)(unsafe.Pointer(o))", "[]C.int", ""),
]


@pytest.mark.parametrize(("expression", "kind", "memory"), CASES)
def test_expressions(expression: str, kind: str, memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []

    def probe(context: FunctionContext) -> Iterator[Finding]:
        values = values_of(context)
        for node in context.nodes("short_var_declaration"):
            right = field(node, "right")
            assert right is not None
            value = right.named_children[0]
            seen.append((values.type_of(value), values.memory_of(value)))
        yield from ()

    asked = Rule("probe", "pointers", "hint", "function", "0.2", False, probe, __name__)
    monkeypatch.setattr(engine, "FUNCTION_RULES", engine.RuleSet((asked,)))
    check_files({"main.go": (SOURCE % expression).encode()})
    assert seen == [(kind, memory)]


@pytest.mark.parametrize(
    ("c_type", "go_type"),
    [
        ("const char *", "*C.char"),
        ("void *", "unsafe.Pointer"),
        ("void **", "*unsafe.Pointer"),
        ("struct stat *", "*C.struct_stat"),
        ("unsigned long", "C.ulong"),
        ("void (*)(int)", ""),
        ("int[3]", ""),
    ],
)
def test_c_types_are_spelled_as_go_does(c_type: str, go_type: str) -> None:
    assert go_spelling(c_type) == go_type


def test_a_name_means_the_nearest_declaration() -> None:
    """`x := x` reads the outer one, and the inner one hides it only from then on."""
    source = b"""package main

/*
#include <stdlib.h>
*/
import "C"

import "unsafe"

func main() {
	x := C.CString("a")
	if true {
		x := unsafe.Pointer(x)
		C.free(x)
	}
}
"""
    assert check_files({"main.go": source}) == []
