"""Any bytes: no exception, places that hold their names, and time that does not explode with nesting."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from cgo_ls.analysis.c_effects import effects_of_units
from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.preamble import build_preamble
from cgo_ls.text.span import Span

ALPHABET = b"{}();=*,&ab\"'/#\n \\[]<>!?:.-+%|^~0\x00\xff\r\t"
PIECES = [
    *(
        b"{",
        b"}",
        b"(",
        b")",
        b";",
        b'"',
        b"'",
        b"/*",
        b"*/",
        b"//",
        b"\\\n",
        b"\x00",
        b"\xff",
        b"\r\n",
        b"=",
        b"struct ",
    ),
    *(
        b"\n#if 0\n",
        b"\n#else\n",
        b"\n#endif\n",
        b"\n#define X \n",
        b'extern "C" {',
        b"case 1:",
        b"else",
        b"free(p)",
        b"goto x;",
    ),
]
SEED_TEXT = b"""
#include <stdlib.h>
#define SAFE_FREE(p) do { free(p); (p) = NULL; } while (0)
typedef struct node { char *name; struct node *next; int (*cb)(void *); } node;
static node *head;
API int f(node *n, char **out, ...) __attribute__((malloc(free, 1)));
int g(node *n) { if (!n) return -1; switch (n->cb(n)) { case 1: SAFE_FREE(n->name); break; default: goto out; } out: free(n); }
char *h(const char *s, int k) { char *r = k ? strdup(s) : NULL; for (int i = 0; i < k; i++) { r[i] = s[i]; } return r; }
#ifdef X
int k(a, b) int a; char *b; { return a; }
#else
enum e { A = 1, B }; union u { int i; } v = { 1 }, *w;
#endif
"""


def mutated(chance: random.Random, text: bytes) -> bytes:
    out = bytearray(text)
    for _ in range(chance.randrange(1, 12)):
        place = chance.randrange(len(out) + 1)
        kind = chance.random()
        if kind < 0.4:
            out[place:place] = chance.choice(PIECES)
        elif kind < 0.8:
            del out[place : place + chance.randrange(20)]
        else:
            other = chance.randrange(len(out) + 1)
            out[place:place] = out[other : other + 50]
    return bytes(out)


@pytest.mark.parametrize("seed", range(20))
def test_any_bytes(seed: int) -> None:
    chance = random.Random(seed)
    for count in range(100):
        if chance.random() < 0.3:
            data = bytes(chance.choice(ALPHABET) for _ in range(chance.randrange(300)))
        else:
            data = mutated(chance, SEED_TEXT)
        unit = read_c_unit(chance.choice(["x.c", "x.h", "x.cc", "x.m"]), data)
        for item in (*unit.functions, *unit.variables, *unit.types, *unit.macros, *unit.enum_constants):
            name = data[item.place.name_span.start : item.place.name_span.end].decode("utf-8", "replace")
            assert name == item.name, f"seed {seed}, text {count}: {data!r}"
            assert item.place.span.end <= len(data)
        effects_of_units([unit], {})


@pytest.mark.parametrize("seed", range(20))
def test_any_preamble(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        data = mutated(
            chance, b'// #cgo CFLAGS: -DA "x\n/*\n#cgo LDFLAGS: -l\\\n#include <a.h>\nint f(void);\r\n*/\n' * 3
        )
        ends = sorted(chance.randrange(len(data) + 1) for _ in range(2 * chance.randrange(1, 5)))
        preamble = build_preamble(data, [Span(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True)])
        assert all(0 <= preamble.to_file(offset) <= len(data) for offset in range(len(preamble.text) + 1)), (
            f"seed {seed}"
        )


N = 50_000
DEEP = {
    "parentheses": b"int f(void) { return " + b"(" * N + b"1" + b")" * N + b"; }",
    "open braces": b"void f(void)" + b"{" * N,
    "closing braces": b"}" * N,
    "nested ifs": b"void f(int x) {" + b"if (x) " * N + b"; }",
    "else ifs": b"void f(int x) {" + b"if (x) g(); else " * (N // 5) + b"; }",
    "sum": b"int f(int a) { return " + b"a+" * N + b"a; }",
    "assignments": b"int f(int a) { " + b"a=" * N + b"a; }",
    "stars": b"int " + b"*" * N + b"a;",
    "calls": b"void f(void) { " + b"g(" * N + b")" * N + b"; }",
    "structs": b"struct a {" * N,
    "directives": b"#if X\n" * N,
    "words": b"abc " * N,
    "quotes": b"\"'" * N,
}


@pytest.mark.parametrize("name", DEEP)
def test_nesting_and_length(name: str) -> None:
    unit = read_c_unit("x.c", DEEP[name] + b"\nint after(void);\n")
    effects_of_units([unit], {})


def test_real_headers(goroot: Path) -> None:
    """Every C text of the Go distribution: no exception, and a declaration found wherever there are any."""
    seen = 0
    for path in sorted((goroot / "src/cmd/cgo").rglob("*.[ch]")) + sorted((goroot / "src/runtime/cgo").glob("*.[ch]")):
        unit = read_c_unit(str(path), path.read_bytes())
        seen += len(unit.functions)
    assert seen > 200
