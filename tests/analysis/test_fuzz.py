"""Any text in: no exception, and no more work than the budget allows."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from cgo_ls.analysis.cfg import render_text
from cgo_ls.analysis.cfg_builder import build_cfg
from cgo_ls.analysis.dataflow import MAX_WORK, MAX_WORLDS
from cgo_ls.analysis.facts import Facts
from cgo_ls.analysis.function import analyse_function
from cgo_ls.analysis.interpreter import Interpreter
from cgo_ls.analysis.ownership import World
from cgo_ls.syntax.go_nodes import function_node, walk
from cgo_ls.syntax.go_parser import parse_go
from tests.analysis.random_go import Writer, render
from tests.analysis.support import Surroundings

PARTS = 6
PER_PART = 500
FIXTURES = Path(__file__).parents[1] / "fixtures" / "memory"
FUNCTION = re.compile(rb"^func .*?^}\n", re.M | re.S)
SNIPPETS = [
    b"{", b"}", b"(", b")", b"if ", b"for ", b"switch {\ncase ", b"select {\ncase <-c:\n", b"return\n",
    b"return p, nil\n", b"goto l1\n", b"l1:\n", b"break\n", b"continue l1\n", b"fallthrough\n", b"defer ", b"go ",
    b"func() {\n", b"}()\n", b"panic(", b" := ", b" = ", b", ", b"&", b"*", b"p", b"C.free(unsafe.Pointer(p))\n",
    b"p = C.CString(s)\n", b"p, err := g()\n", b"x.y.z", b"[0]", b"[i]", b"[:n:n]", b"...", b"nil", b" == nil ",
    b" != nil ", b" && ", b" || ", b"!", b"<-", b"T{a: p}", b"&T{p}", b"[]int{1}", b"map[string]*C.char{s: p}",
    b"(*C.char)(", b"append(q, p)\n", b"unsafe.Slice(p, n)", b"var p *C.char\n", b"const k = 1\n", b"type t int\n",
    b"/*", b"//", b'"', b"`", b"\x00", b"\xff\xfe", b"\r\n", b"\xef\xbb\xbf",
]  # fmt: skip


STEPS = [0]
"""Blocks executed since the last analysis began."""
MOST_STEPS = MAX_WORK // 20 + 1000
"""A block costs at least 20 units of work; what was begun when the budget ran out is given a little to come to its end."""


@pytest.fixture(autouse=True)
def count_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block that is executed, also in function literals, counts into STEPS."""
    exhausted = Interpreter.exhausted

    def counted(self: Interpreter, world: World) -> bool:
        STEPS[0] += 1
        return exhausted(self, world)

    monkeypatch.setattr(Interpreter, "exhausted", counted)


def analyse_text(text: bytes) -> bool:
    """Analyse the first function of a text and hold the result against its own bounds; False when there is none."""
    root = parse_go(text)
    node = function_node(root)
    STEPS[0] = 0
    found = analyse_function(root, node, "f", Facts(Surroundings())) if node is not None else None  # pyright: ignore[reportArgumentType]
    assert STEPS[0] <= MOST_STEPS
    if found is None or node is None:
        return False
    cfg = found.cfg
    for graph in (cfg, *(closure.cfg for closure in cfg.closures)):
        assert all(0 <= edge.target < len(graph.blocks) for block in graph.blocks for edge in block.edges)
        assert graph.blocks[graph.exit].edges == ()
    assert render_text(cfg) and found.summary.render()
    for leak in found.leaks:
        assert leak.exits or leak.loop or leak.lost
        assert all(
            node.start_byte <= span.start <= span.end <= node.end_byte for span in (leak.object.span, *leak.exits)
        )
    for misuse in found.misuses:
        assert node.start_byte <= misuse.span.start <= misuse.span.end <= node.end_byte
    if not found.solved:
        assert found.leaks == () or cfg.closures, "the budget ran out, so nothing may be said"
    return True


def functions_of_fixtures() -> list[bytes]:
    return [match for path in sorted(FIXTURES.rglob("*.go")) for match in FUNCTION.findall(path.read_bytes())]


def mutate(source: random.Random, text: bytes, others: list[bytes]) -> bytes:
    """One to six edits: lines put in, doubled or moved; or, in every second text, pieces of any kind, so that it hardly parses."""
    rough = source.random() < 0.5
    for _ in range(source.randint(1, 6)):
        start = source.randrange(len(text) + 1)
        end = min(len(text), start + source.choice([0, 0, 1, 5, 30, 120]))
        other = source.choice(others)
        lines = text.split(b"\n")
        match source.randrange(3) if rough else 3:
            case 0:
                text = text[:start] + source.choice(SNIPPETS) + text[end:]
            case 1:
                text = text[:start] + text[end:]
            case 2:
                at = source.randrange(len(other))
                text = text[:start] + other[at : at + source.randint(1, 200)] + text[end:]
            case _:
                statements = [line for line in (other + text).split(b"\n")[1:] if line.startswith(b"\t")]
                lines.insert(source.randrange(1, max(2, len(lines) - 1)), source.choice(statements or [b""]))
                text = b"\n".join(lines)
    return text


@pytest.mark.parametrize("seed", range(PARTS))
def test_mutated_functions(seed: int) -> None:
    source = random.Random(seed)
    originals = functions_of_fixtures()
    assert len(originals) > 300
    analysed = 0
    while analysed < PER_PART:
        text = source.choice(originals)
        if source.random() < 0.3:
            text = render(Writer(source, size=25).program())[0].encode()
        text = mutate(source, text, originals)
        try:
            analysed += analyse_text(text)
        except Exception as error:
            raise AssertionError(
                f"seed {seed}, text {analysed}: {error!r}\n{text.decode('utf-8', 'replace')}"
            ) from error


@pytest.mark.parametrize("seed", range(2))
def test_snippets_in_a_row(seed: int) -> None:
    source = random.Random(seed)
    for number in range(PER_PART // 2):
        text = b"func f(s string) {\n" + b"".join(source.choices(SNIPPETS, k=source.randint(1, 60))) + b"\n}\n"
        try:
            analyse_text(text)
        except Exception as error:
            raise AssertionError(f"seed {seed}, text {number}: {error!r}\n{text!r}") from error


DEPTH = 50_000
# What is nested: opening, innermost, closing.
NESTED = {
    "parentheses": ("x := ", "(", "p", ")"),
    "calls": ("", "g(", "C.CString(s)", ")"),
    "conversions": ("x := ", "unsafe.Pointer(", "C.CString(s)", ")"),
    "blocks": ("", "{", "p := C.CString(s)", "}"),
    "ifs": ("", "if q() {", "p := C.CString(s)", "}"),
    "else ifs": ("", "if q() { a() } else ", "{ C.free(p) }", ""),
    "loops": ("", "for q() {", "p = C.CString(s)", "}"),
    "literals": ("", "func() {", "C.use(p)", "}()"),
    "deferred literals": ("", "defer func() {", "C.free(p)", "}()"),
    "composite literals": ("x := ", "T{", "p", "}"),
    "indexes": ("x := ", "a[", "0", "]"),
    "indexes and calls": ("x := ", "a[g(", "0", ")]"),
    "indexes and fields": ("x := ", "a[0].b[", "0", "]"),
    "indexes of targets": ("x, ", "a[", "0", "]"),
    "methods": ("x := ", "p.m(", "0", ")"),
    "chains": ("x := p", ".m(1)[2].a", "", ""),
    "assertions": ("x := p", ".(*T)", "", ""),
    "slices": ("x := p", "[1:]", "", ""),
    "stars": ("x := ", "*", "p", ""),
    "addresses": ("x := ", "&", "p", ""),
    "conjunctions": ("if p != nil", " && q", " { C.free(p) }", ""),
    "sums": ("x := 1", " + p", "", ""),
    "selectors": ("x := p", ".a", "", ""),
    "unclosed braces": ("", "{", "", ""),
    "unclosed literals": ("", "func() {", "", ""),
}


@pytest.mark.parametrize("name", NESTED)
def test_deep_nesting(name: str) -> None:
    before, opening, inside, closing = NESTED[name]
    text = f"func f(p *C.char, s string) {{\n{before}{opening * DEPTH}{inside}{closing * DEPTH}\n}}\n"
    analyse_text(text.encode())


@pytest.mark.parametrize(
    "line",
    [
        "C.use(C.CString(s))",
        "if q() { return }",
        "p{0} := C.CString(s); defer C.free(unsafe.Pointer(p{0}))",
        "x.f{0} = C.CString(s)",
        "func() {{ C.use(p) }}()",
        "switch {{ case q(): a() }}",
    ],
)
def test_long_functions(line: str) -> None:
    """A thousand statements: worlds stay bounded, and the work too."""
    body = "\n".join(line.format(number) if "{0}" in line or "{{" in line else line for number in range(1000))
    root = parse_go(f"func f(p *C.char, s string) {{\n{body}\n}}".encode())
    assert not any(node.type == "ERROR" for node in walk(root))
    node = function_node(root)
    assert node is not None
    cfg = build_cfg(node, "f")
    STEPS[0] = 0
    found = analyse_function(root, node, "f", Facts(Surroundings()))  # pyright: ignore[reportArgumentType]
    assert cfg is not None and found is not None
    assert STEPS[0] <= MOST_STEPS
    assert len(cfg.blocks) < 10_000
    merging = {
        index: len(worlds)
        for index, worlds in found.entering.items()
        if sum(edge.target == index for block in cfg.blocks for edge in block.edges) > 1
    }
    assert max(merging.values(), default=0) <= 3 * MAX_WORLDS
