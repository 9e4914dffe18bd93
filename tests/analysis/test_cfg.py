"""The graph of each kind of statement, as text: reachable blocks in the order they are first met, a line each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from cgo_ls.analysis.cfg import render_text
from cgo_ls.analysis.cfg_builder import build_cfg
from cgo_ls.syntax.go_nodes import function_node
from cgo_ls.syntax.go_parser import parse_go
from tests.analysis.support import graph

PARAMETERS = "x, y bool, n int, all []int, in, out chan int, v any, p *C.char, s string"
NUMBERS = re.compile(r" [@#][\d,]+")


@dataclass(slots=True)
class Shown:
    """A block of a text dump: its instructions and its edges (target, condition)."""

    exit: bool
    instructions: list[str] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)


def read_dump(text: str) -> dict[str, Shown]:
    """The blocks of the outermost graph of a dump, without the numbers of slots and call sites."""
    blocks: dict[str, Shown] = {}
    shown = Shown(exit=False)
    for line in text.split("\n  closure 0")[0].splitlines()[1:]:
        if header := re.match(r"  block (\d+)", line):
            shown = blocks[header[1]] = Shown("(exit)" in line)
        elif edge := re.match(r"    -> (\d+)(?: if (.*))?", line):
            shown.edges.append((edge[1], NUMBERS.sub("", edge[2] or "")))
        else:
            shown.instructions.append(NUMBERS.sub("", line.strip()))
    return blocks


def flow(body: str) -> list[str]:
    """The reachable blocks, `0: instructions -> targets` each; blocks that only lead on to one other are seen through."""
    blocks = read_dump(render_text(graph(f"func f({PARAMETERS}) {{\n{body}\n}}")))

    def through(index: str) -> str:
        while not blocks[index].instructions and [condition for _, condition in blocks[index].edges] == [""]:
            index = blocks[index].edges[0][0]
        return index

    order, lines = [through("0")], []
    for index in order:
        targets: list[str] = []
        for target, condition in blocks[index].edges:
            target = through(target)
            if target not in order and not blocks[target].exit:
                order.append(target)
            name = "exit" if blocks[target].exit else str(order.index(target))
            targets.append(f"{name} if {condition}" if condition else name)
        instructions = "; ".join([*blocks[index].instructions, ""]).removesuffix("; ")
        lines.append(
            f"{order.index(index)}: {instructions}{' ' if instructions else ''}-> {', '.join(targets) or 'nowhere'}"
        )
    return lines


GRAPHS = {
    "nothing": ("", ["0: return -> exit"]),
    "if": (
        "if x { a() }\nb()",
        ["0: -> 1 if x, 2 if not x", "1: a() -> 2", "2: b(); return -> exit"],
    ),
    "if else if else": (
        "if x { a() } else if y { b() } else { c() }",
        [
            "0: -> 1 if x, 2 if not x",
            "1: a() -> 3",
            "2: -> 4 if y, 5 if not y",
            "3: return -> exit",
            "4: b() -> 3",
            "5: c() -> 3",
        ],
    ),
    "and, not, or": (
        "if x && !(y || p == nil) { a() }",
        [
            "0: -> 1 if x, 2 if not x",
            "1: -> 2 if y, 3 if not y",
            "2: return -> exit",
            "3: -> 2 if p == nil, 4 if p != nil",
            "4: a() -> 2",
        ],
    ),
    "if with a statement of its own": (
        "if q := C.CString(s); q != nil { C.free(q) }",
        [
            "0: $9 = C.CString(s); q = $9 -> 1 if q == nil, 2 if q != nil",
            "1: return -> exit",
            "2: C.free(q) -> 1",
        ],
    ),
    "for with three parts": (
        "for i := 0; i < n; i++ {\nif x { continue }\nif y { break }\na()\n}\nb()",
        [
            "0: i = 0 -> 1",
            "1: -> 2 if i < n, 3 if not i < n",
            "2: -> 4 if x, 5 if not x",
            "3: b(); return -> exit",
            "4: i = maybe(i) -> 1",
            "5: -> 3 if y, 6 if not y",
            "6: a() -> 4",
        ],
    ),
    "for ever": ("for { a() }\nb()", ["0: a() -> 0"]),
    "range": (
        "for _, v := range all { a(v) }\nb()",
        [
            "0: escape all.[] into the variable of a loop -> 1",
            "1: -> 2, 3 if ?",
            "2: v = all.[]; a(v) -> 1",
            "3: b(); return -> exit",
        ],
    ),
    "switch": (
        "switch n {\ncase 1, 2:\na()\nfallthrough\ncase 3:\nb()\ndefault:\nc()\ncase 4:\nbreak\n}\nd()",
        [
            "0: -> 1 if n == 1, 2 if not n == 1",
            "1: a() -> 3",
            "2: -> 1 if n == 2, 4 if not n == 2",
            "3: b() -> 5",
            "4: -> 3 if n == 3, 6 if not n == 3",
            "5: d(); return -> exit",
            "6: -> 5 if n == 4, 7 if not n == 4",
            "7: c() -> 5",
        ],
    ),
    "switch without a value": (
        "switch {\ncase x:\na()\ncase n > 3:\nb()\n}",
        [
            "0: -> 1 if x, 2 if not x",
            "1: a() -> 3",
            "2: -> 4 if not n <= 3, 3 if n <= 3",
            "3: return -> exit",
            "4: b() -> 3",
        ],
    ),
    "switch on a call": (
        "switch g(); h() {\ncase 1:\na()\n}",
        ["0: g(); $9 = h() -> 1 if ?, 2 if ?", "1: a() -> 2", "2: return -> exit"],
    ),
    "type switch": (
        "switch t := v.(type) {\ncase int:\na(t)\ncase nil:\nreturn\n}\nb()",
        ["0: t = v -> 1 if ?, 2 if ?, 3 if ?", "1: a(t) -> 3", "2: return -> exit", "3: b(); return -> exit"],
    ),
    "select": (
        "select {\ncase t := <-in:\na(t)\ncase out <- n:\nbreak\n}\nb()",
        ["0: -> 1 if ?, 2 if ?", "1: t = ?; a(t) -> 3", "2: escape n into a channel -> 3", "3: b(); return -> exit"],
    ),
    "select with default": (
        "select {\ncase <-in:\na()\ndefault:\n}\nb()",
        ["0: -> 1 if ?, 2 if ?", "1: a() -> 2", "2: b(); return -> exit"],
    ),
    "select without cases": ("a()\nselect {}\nb()", ["0: a() -> 1", "1: -> nowhere"]),
    "goto forward and back": (
        "again:\na()\nif x { goto again }\nif y { goto out }\nb()\nout:\nc()",
        [
            "0: a() -> 0 if x, 1 if not x",
            "1: -> 2 if y, 3 if not y",
            "2: c(); return -> exit",
            "3: b() -> 2",
        ],
    ),
    "labels": (
        "rows:\nfor x {\nfor y {\nif n == 1 { continue rows }\nif n == 2 { break rows }\na()\n}\n}\nb()",
        [
            "0: -> 1 if x, 2 if not x",
            "1: -> 3 if y, 0 if not y",
            "2: b(); return -> exit",
            "3: -> 0 if n == 1, 4 if not n == 1",
            "4: -> 2 if n == 2, 5 if not n == 2",
            "5: a() -> 1",
        ],
    ),
    "break of a switch in a loop": (
        "loop:\nfor {\nswitch n {\ncase 1:\nbreak\ncase 2:\nbreak loop\ncase 3:\ncontinue\n}\na()\n}\nb()",
        [
            "0: -> 1 if n == 1, 2 if not n == 1",
            "1: a() -> 0",
            "2: -> 3 if n == 2, 4 if not n == 2",
            "3: b(); return -> exit",
            "4: -> 0 if n == 3, 1 if not n == 3",
        ],
    ),
    "labelled select": (
        "loop:\nfor {\nselect {\ncase <-in:\nbreak loop\ndefault:\n}\n}\na()",
        ["0: -> 1 if ?, 0 if ?", "1: a(); return -> exit"],
    ),
    "defer, go and panic": (
        "defer a(p)\ngo b(p)\nif x { panic(p) }\nc()",
        [
            "0: defer a(p); go b(p) -> 1 if x, 2 if not x",
            "1: panic(p) -> nowhere",
            "2: c(); return -> exit",
        ],
    ),
    "return in the middle": (
        "if x { return }\na()\nreturn\nb()",
        ["0: -> 1 if x, 2 if not x", "1: return -> exit", "2: a(); return -> exit"],
    ),
    "several values": (
        "p, s = g()\nx, y = y, x",
        ["0: $9, $10 = g(); p = $9; s = $10; $11 = y; $12 = x; x = $11; y = $12; return -> exit"],
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_statements(name: str) -> None:
    body, lines = GRAPHS[name]
    assert flow(body) == lines, "\n".join(flow(body))


def test_a_closure_is_a_graph_of_its_own() -> None:
    cfg = graph("func f(s string) {\np := C.CString(s)\ndefer func() {\nif p != nil {\nC.free(p)\n}\n}()\n}")
    assert [line for line in render_text(cfg).splitlines() if "closure" in line] == [
        "    defer call(closure 0) #3",
        "  closure 0",
    ]
    (closure,) = cfg.closures
    names = {variable.slot: variable.name for variable in cfg.variables}
    assert {names[slot] for slot in closure.captured} == {"p"}
    assert "C.free(p) #2" in render_text(closure.cfg)
    assert "-> 2 if p != nil" in render_text(closure.cfg)


def test_nested_closures_are_numbered_in_the_outermost_function() -> None:
    cfg = graph("func f() {\nfunc() {\nfunc() { a() }()\n}()\n}")
    assert len(cfg.closures) == 2
    assert all(not closure.cfg.closures for closure in cfg.closures)


def test_named_results_start_as_nil_and_are_returned() -> None:
    text = render_text(graph("func f(s string) (p *C.char, err error) {\np = C.CString(s)\nreturn\n}"))
    assert "p = nil" in text and "err = nil" in text
    text = render_text(graph("func f(p *C.char) (*C.char, error) {\nreturn p, nil\n}"))
    lines = [line.strip() for line in text.splitlines() if "=" in line]
    assert lines == ["_ = nil", "_ = nil", "$3 = p", "_ = $3", "_ = nil"], "a value that names a variable is read first"


ONCE = (
    "x = all[g()]", "all[g()] = 1", "all[g()]++", "x = table[g()].a.b[1].c", "table[g()].a.b = 1", "table[g()][1].m()", "x = f(g()).a.b",
    "x = (*T)(g()).a", "p.a[g()].b = n", "for all[g()] = range in {}", "x, y = table[g()].a", "x = table[1:g()]", "table[1].a[g()] += 2",
    "switch table[g()].a { case 1, 2: }", "if table[g()].a == nil && x {}", "select { case table[g()].a = <-in: }", "defer table[g()].m(1)",
    "return table[g()].a", "x = *table[g()].a", "x = &table[g()].a", "x = T{a: table[g()].a}", "x = all[g()] + 1", "x = table[g()].a.(T)",
)  # fmt: skip


@pytest.mark.parametrize("statement", ONCE)
def test_each_call_is_made_once(statement: str) -> None:
    """Whatever else an expression is made of, the calls in it are in the graph, and there once."""
    text = render_text(graph(f"func f({PARAMETERS}) {{\n{statement}\n}}"))
    assert len(re.findall(r"\bg\(\) #", text)) == 1, text


def test_a_function_without_a_body_has_no_graph() -> None:
    node = function_node(parse_go(b"func f(x int)"))
    assert node is not None and build_cfg(node, "f") is None
