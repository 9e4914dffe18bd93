"""Summaries: what a function does with its parameters and where its results come from; and the fixpoint over a package."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cgo_ls.analysis.summaries import Summary, strongly_connected
from cgo_ls.features.dump import dump
from cgo_ls.text.files import MemoryFiles
from cgo_ls.workspace.session import Session
from tests.analysis.support import analyse, summary

# One function, and what its summary says.
ALONE = {
    "func f(p *C.char) { C.free(unsafe.Pointer(p)) }": "f(takes)",
    "func f(p *C.char) { defer C.free(unsafe.Pointer(p)); C.use(p) }": "f(takes)",
    "func f(p *C.char) { if p != nil { C.free(unsafe.Pointer(p)) } }": "f(takes)",
    "func f(p *C.char) { if p == nil { return }; C.free(unsafe.Pointer(p)) }": "f(takes)",
    "func f(p *C.char, x bool) { if x { C.free(unsafe.Pointer(p)) } }": "f(unknown, borrows)",
    "func f(p *C.char) { C.use(p) }": "f(borrows)",
    "func f(p, q *C.char) { C.use(p); C.free(unsafe.Pointer(q)) }": "f(borrows, takes)",
    "func f(p *C.char) { C.keep(p) }": "f(holds)",
    "func f(p *C.char) { global = p }": "f(holds)",
    "func f(p *C.char, to *T) { to.field = p }": "f(holds, unknown)",
    "func f(p *C.char) { all = append(all, p) }": "f(holds)",
    "func f(p *C.char, c chan T) { c <- p }": "f(holds, unknown)",
    "func f(p *C.char) { go g(p) }": "f(unknown)",
    "func f(p *C.char) { other(p) }": "f(unknown)",
    "func f(p ...*C.char) { C.free(unsafe.Pointer(p[0])) }": "f(unknown)",
    "func f(n int) {}": "f(borrows)",
    "func f(s string) *C.char { return C.CString(s) }": "f(borrows) -> (owned:free)",
    "func f(s string) unsafe.Pointer { return unsafe.Pointer(C.CString(s)) }": "f(borrows) -> (owned:free)",
    "func f(s string) (p *C.char) { p = C.CString(s); return }": "f(borrows) -> (owned:free)",
    'func f(s string) *C.char { if s == "" { return nil }; return C.CString(s) }': "f(borrows) -> (nil) | (owned:free)",
    'func f(s string) (*C.char, error) { if s == "" { return nil, errors.New("") }; return C.CString(s), nil }': (
        "f(borrows) -> (nil, nonnil) | (owned:free, nil)"
    ),
    "func f(s string) *C.char { p := C.CString(s); C.keep(p); return p }": "f(borrows) -> (unknown)",
    "func f(s string) *C.char { p := C.CString(s); defer C.free(unsafe.Pointer(p)); return p }": "f(borrows) -> (unknown)",
    "func f(p *C.char) *C.char { return p }": "f(borrows) -> (parameter:0)",
    "func f(x bool, p *C.char) *C.char { if x { return nil }; return p }": "f(borrows, borrows) -> (nil) | (parameter:1)",
    "func f(p *C.char) []byte { return C.GoBytes(unsafe.Pointer(p), 1) }": "f(borrows) -> (unknown)",
    "func f(p *C.char) *T { C.use(p); return &T{} }": "f(borrows) -> (nonnil)",
    'func f() { panic("") }': "f() never returns",
    "func f(n int) { os.Exit(n) }": "f(borrows) never returns",
    "func f() { for {} }": "f() never returns",
    "func f() { C.abort() }": "f() never returns",
    "func f(x bool) { if x { C.abort() } }": "f(borrows)",
    "func f() { defer func() { recover() }(); C.use(nil) }": "f()",
}


@pytest.mark.parametrize("text", ALONE)
def test_of_one_function(text: str) -> None:
    assert summary(text) == ALONE[text]


def test_what_a_summary_says_is_used() -> None:
    made = Summary("g", (), frozenset({("owned:free",)}), False)
    assert summary("func f() *C.char { return g() }", {"g": made}) == "f() -> (owned:free)"
    gone = Summary("g", (), frozenset(), True)
    assert summary("func f() { g() }", {"g": gone}) == "f() never returns"
    frees = analyse("func g(p *C.char) { C.free(unsafe.Pointer(p)) }").summary
    assert summary("func f(p *C.char) { g(p) }", {"g": frees}) == "f(takes)"


def test_a_pair_of_results_is_told_apart() -> None:
    """(owned, nil) or (nil, error): behind `if err != nil { return }` there is memory to free."""
    pair = Summary("g", (), frozenset({("owned:free", "nil"), ("nil", "nonnil")}), False)
    text = "func f() error {{\np, err := g()\nif err != nil {{ return err }}\n{}\nreturn nil\n}}"
    assert [leak.object.by for leak in analyse(text.format("C.use(p)"), {"g": pair}).leaks] == ["g"]
    assert analyse(text.format("C.free(unsafe.Pointer(p))"), {"g": pair}).leaks == ()


PACKAGE = """package p

// #include <stdlib.h>
import "C"

import "unsafe"

func direct(p *C.char)  { C.free(unsafe.Pointer(p)) }
func first(p *C.char)   { second(p) }
func second(p *C.char)  { third(p) }
func third(p *C.char)   { direct(p) }
func made() *C.char     { return madeToo() }
func madeToo() *C.char  { return C.CString("") }
func same(p *C.char) *C.char { return sameToo(p) }
func sameToo(p *C.char) *C.char { return p }
func endless(n int)     { endless(n + 1) }
func dies()             { diesToo() }
func diesToo()          { C.exit(1) }
func stops()            { C.rand(); dies() }

func list(p *C.char, n int) {
	if n == 0 {
		C.free(unsafe.Pointer(p))
		return
	}
	list(p, n-1)
}

func even(p *C.char, n int) *C.char {
	if n == 0 {
		return p
	}
	return odd(p, n-1)
}

func odd(p *C.char, n int) *C.char {
	if n == 1 {
		return p
	}
	return even(p, n-1)
}

func ping(p *C.char, n int) {
	if n > 0 {
		pong(p, n-1)
	}
}

func pong(p *C.char, n int) {
	ping(p, n)
	C.free(unsafe.Pointer(p))
}

type T struct{ p *C.char }

func (t T) free(p *C.char)   { C.free(unsafe.Pointer(p)) }
func (t *T) make() *C.char   { return C.CString("") }
func throughMethod() *C.char { t := &T{}; return t.make() }
"""
IN_PACKAGE = {
    "direct": "(takes)",
    "first": "(takes)",
    "second": "(takes)",
    "third": "(takes)",
    "made": "() -> (owned:free)",
    "same": "(borrows) -> (parameter:0)",
    "stops": "() never returns",
    "T.free": "(takes)",
    "T.make": "() -> (owned:free)",
    "throughMethod": "() -> (owned:free)",
}


@pytest.fixture(scope="module")
def summaries() -> dict[str, str]:
    """Function -> summary, of all of PACKAGE."""
    snapshot = Session(MemoryFiles({"/p/p.go": PACKAGE.encode()})).snapshot()
    lines = dump(snapshot, "/p/p.go", "summary").splitlines()
    return {line[: line.index("(")]: line[line.index("(") :] for line in lines}


@pytest.mark.parametrize("name", IN_PACKAGE)
def test_in_a_package(name: str, summaries: dict[str, str]) -> None:
    assert summaries[name] == IN_PACKAGE[name]


def test_recursion_comes_to_an_end_and_claims_nothing_false(summaries: dict[str, str]) -> None:
    assert summaries["list"] in ("(takes, borrows)", "(unknown, borrows)"), "each way frees p once"
    for name in ("even", "odd"):
        assert summaries[name].startswith(("(borrows, borrows)", "(unknown, borrows)"))
        assert "owned" not in summaries[name]
    assert "takes" not in summaries["ping"], "ping(p, 0) does not free"
    assert not summaries["list"].endswith("never returns")


def test_groups_come_callees_first() -> None:
    edges = {"a": ["b"], "b": ["c", "d"], "c": ["b"], "d": [], "e": ["e", "missing"]}
    groups = strongly_connected(edges)
    assert sorted(map(sorted, groups)) == [["a"], ["b", "c"], ["d"], ["e"]]
    places = {name: index for index, group in enumerate(groups) for name in group}
    assert places["d"] < places["b"] < places["a"]


def test_a_long_chain_of_calls_is_no_recursion_of_ours() -> None:
    names = [f"f{number}" for number in range(30_000)]
    groups = strongly_connected({**{one: [two] for one, two in pairwise(names)}, names[-1]: []})
    assert [group[0] for group in groups] == names[::-1]
