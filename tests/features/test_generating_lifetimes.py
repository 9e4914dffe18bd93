"""Owners, cleanups and callbacks that are generated: laid out by gofmt, vetted, run, and free what they own exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgo_ls.features.generating import Generation, generations
from cgo_ls.text.edits import apply_edits
from cgo_ls.text.span import Span
from tests.support.checker import ROOT, check_files, session_of
from tests.support.go_toolchain import go_run, go_vet, is_gofmt_clean, write_package

PATH = f"{ROOT}/main.go"

OWNER = """package main

/*
#include <stdlib.h>

typedef struct { int value; } counter;
static int alive;
static int living(void) { return alive; }
static counter *counter_new(int start) { counter *c = malloc(sizeof(counter)); c->value = start; alive++; return c; }
static void counter_free(counter *c) { alive--; free(c); }
static int counter_next(counter *c, int step) { c->value += step; return c->value; }
*/
import "C"

import "fmt"

func main() {
	first()
	fmt.Println(C.living())
}

func first() {
	c := C.counter_new(1)
	C.counter_free(c)
}
"""

FINALIZER = """package main

/*
#include <stdlib.h>

static int alive;
static int living(void) { return alive; }
static char *make_text(void) { alive++; return malloc(8); }
static void drop_text(char *text) { alive--; free(text); }
*/
import "C"

import (
	"fmt"
	"runtime"
	"time"
)

// Text owns a block of C memory.
type Text struct {
	ptr *C.char
}

func NewText() *Text {
	t := &Text{ptr: C.make_text()}
	runtime.SetFinalizer(t, (*Text).Close)
	return t
}

// Close frees the block.
func (t *Text) Close() {
	if t.ptr != nil {
		C.drop_text(t.ptr)
		t.ptr = nil
	}
}

func main() {
	NewText().Close()
	for range 10 {
		NewText()
	}
	for range 50 {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println(C.living())
}
"""

CALLBACK = """package main

/*
typedef int (*visitor)(void *data, int number);

static int visit(int count, visitor f, void *data) {
	int sum = 0;
	for (int i = 0; i < count; i++) sum += f(data, i);
	return sum;
}
*/
import "C"

import "fmt"

func main() {
	fmt.Println(C.visit(0, nil, nil))
}
"""


def offered(source: str, at: str) -> list[Generation]:
    """What is offered with the cursor on the first `at`."""
    offset = source.index(at)
    return list(generations(session_of({"main.go": source.encode()}).snapshot(), PATH, Span(offset, offset)))


def generated(source: str, at: str, title: str) -> str:
    """The file after the one offer whose title starts so."""
    found = [made for made in offered(source, at) if made.title.startswith(title)]
    assert len(found) == 1, [made.title for made in offered(source, at)]
    return apply_edits(source.encode(), found[0].edits[PATH]).decode()


def assert_good(text: str, tmp_path: Path) -> str:
    """Laid out, silent, vetted; what it prints when it is run."""
    assert is_gofmt_clean(text.encode()), text
    assert check_files({"main.go": text.encode()}) == [], text
    folder = write_package(tmp_path, {"main.go": text})
    vetted = go_vet(folder)
    assert vetted.ok, f"{vetted.output}\n{text}"
    ran = go_run(folder)
    assert ran.ok, f"{ran.output}\n{text}"
    return ran.output.strip()


def test_an_owner_frees_once_and_its_methods_work(tmp_path: Path) -> None:
    text = generated(OWNER, "C.counter_new(1)", "Generate an owner of what C.counter_new gives")
    assert "func (o *Counter) Next(step C.int) C.int {" in text and "defer runtime.KeepAlive(o)" in text
    use = (
        "func first() {\n\tc, err := NewCounter(1)\n\tif err == nil {\n\t\tfmt.Println(c.Next(2))\n\t\tc.Close()\n\t\tc.Close()\n\t}\n}"
        if "(*Counter, error)" in text
        else "func first() {\n\tc := NewCounter(1)\n\tfmt.Println(c.Next(2))\n\tc.Close()\n\tc.Close()\n}"
    )
    start = text.index("func first()")
    text = text[:start] + use + text[text.index("\n}", start) + 2 :]
    assert assert_good(text, tmp_path).split() == ["3", "0"]


LIBRARY = """package main

/*
#include <stdio.h>
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"unsafe"
)

func main() {
	path, mode := C.CString("/dev/null"), C.CString("r")
	defer C.free(unsafe.Pointer(path))
	defer C.free(unsafe.Pointer(mode))
	file := C.fopen(path, mode)
	fmt.Println(C.fgetc(file))
	C.fclose(file)
}
"""


def test_what_a_library_gives_gets_an_owner_that_hands_out_the_pointer(tmp_path: Path) -> None:
    text = generated(LIBRARY, "C.fopen(", "Generate an owner of what C.fopen gives")
    assert "func (o *FILE) Use(f func(ptr *C.FILE)) {" in text and "C.fclose(o.ptr)" in text
    before = "\tfile := C.fopen(path, mode)\n\tfmt.Println(C.fgetc(file))\n\tC.fclose(file)\n"
    use = (
        "\tfile, err := NewFILE(path, mode)\n\tif err != nil {\n\t\tpanic(err)\n\t}\n"
        "\tfile.Use(func(ptr *C.FILE) { fmt.Println(C.fgetc(ptr)) })\n\tfile.Close()\n\tfile.Close()\n"
    )
    assert before in text
    assert assert_good(text.replace(before, use), tmp_path) == "-1"


def test_no_owner_is_offered_where_the_release_wants_more_than_the_pointer() -> None:
    mapped = LIBRARY.replace("#include <stdio.h>", "#include <sys/mman.h>").replace("C.fopen(path", "C.mmap(path")
    assert not [made for made in offered(mapped, "C.mmap(") if "owner" in made.title]


def test_the_cleanup_frees_what_was_forgotten(tmp_path: Path) -> None:
    text = generated(FINALIZER, "runtime.SetFinalizer", "Replace the finalizer by Close")
    assert "t.cleanup = runtime.AddCleanup(t, func(ptr *C.char) { C.drop_text(ptr) }, t.ptr)" in text
    assert "t.cleanup.Stop()" in text and "cleanup runtime.Cleanup" in text
    assert assert_good(text, tmp_path) == "0"


def test_a_finalizer_that_is_a_literal_gets_a_close(tmp_path: Path) -> None:
    close = FINALIZER[FINALIZER.index("// Close frees") : FINALIZER.index("func main")]
    literal = FINALIZER.replace("(*Text).Close", "func(t *Text) { C.drop_text(t.ptr) }").replace(close, "")
    text = generated(literal.replace("NewText().Close()", "NewText()"), "runtime.SetFinalizer", "Replace the finalizer")
    assert "func (t *Text) Close() {" in text
    assert assert_good(text.replace("\tNewText()\n\tfor", "\tNewText().Close()\n\tfor"), tmp_path) == "0"


@pytest.mark.parametrize(
    "change",
    [
        ("func main() {", "func (t *Text) Keep() { runtime.SetFinalizer(t, nil) }\n\nfunc main() {"),
        ("\tptr *C.char", "\tsize int"),
        ("C.drop_text(t.ptr)", "C.drop_text(t.ptr)\n\t\tC.living()"),
    ],
)
def test_no_cleanup_is_offered_where_more_would_have_to_change(change: tuple[str, str]) -> None:
    changed = FINALIZER.replace(*change)
    assert changed != FINALIZER
    assert not [made for made in offered(changed, "runtime.SetFinalizer(t, (") if made.title.startswith("Replace")]


def test_an_old_module_is_offered_no_cleanup() -> None:
    files = {"main.go": FINALIZER.encode(), "go.mod": b"module x\n\ngo 1.23\n"}
    offset = FINALIZER.index("runtime.SetFinalizer")
    made = generations(session_of(files).snapshot(), PATH, Span(offset, offset))
    assert not [one for one in made if one.title.startswith("Replace the finalizer")]


def test_an_owner_in_an_old_module_has_a_finalizer(tmp_path: Path) -> None:
    files = {"main.go": OWNER.encode(), "go.mod": b"module x\n\ngo 1.21\n"}
    offset = OWNER.index("C.counter_new(1)")
    made = [
        one for one in generations(session_of(files).snapshot(), PATH, Span(offset, offset)) if "owner" in one.title
    ]
    text = apply_edits(OWNER.encode(), made[0].edits[PATH]).decode()
    assert "runtime.SetFinalizer(o, (*Counter).Close)" in text and "runtime.SetFinalizer(o, nil)" in text
    assert is_gofmt_clean(text.encode()), text
    vetted = go_vet(write_package(tmp_path, {"main.go": text}))
    assert vetted.ok, vetted.output


def test_a_callback_gets_its_go_function_back(tmp_path: Path) -> None:
    text = generated(CALLBACK, "C.visit(0", "Pass a handle to a callback: generate Visit")
    use = (
        "\ttotal := C.int(0)\n\thandle, sum := Visit(4, func(number C.int) C.int { total += number; return number * 2 })\n"
        "\thandle.Delete()\n\tfmt.Println(total, sum)\n"
    )
    text = text.replace("\tfmt.Println(C.visit(0, nil, nil))\n", use)
    assert assert_good(text, tmp_path) == "6 12"


def test_nothing_is_offered_where_nothing_is_owned_or_called_back() -> None:
    assert not [made for made in offered(OWNER, "C.living()") if "owner" in made.title]
    plain = CALLBACK.replace("visitor f, void *data", "visitor f, int data").replace("f(data, i)", "f(0, i)")
    assert not [made for made in offered(plain, "C.visit(0") if "handle" in made.title]
