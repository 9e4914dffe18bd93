"""Code that is generated on request, judged by the sanitizers: what leaked before is collected by the owner that was made of it."""

from __future__ import annotations

from pathlib import Path

from tests.features.test_generating_lifetimes import generated
from tests.support.go_toolchain import write_package
from tests.support.sanitizer import go_run_sanitized

PREAMBLE = """package main

/*
#include <stdlib.h>

typedef struct { int value; } counter;
static counter *counter_new(int start) { counter *c = malloc(sizeof(counter)); if (c) c->value = start; return c; }
static void counter_free(counter *c) { free(c); }
static int counter_next(counter *c, int step) { c->value += step; return c->value; }

typedef int (*visitor)(void *data, int number);
static int visit(int count, visitor f, void *data) {
	int sum = 0;
	for (int i = 0; i < count; i++) sum += f(data, i);
	return sum;
}
*/
import "C"

import (
	"runtime"
	"time"
)
"""
OWNER = (
    PREAMBLE
    + """
func main() {
	for range 100 {
		use()
	}
	for range 20 {
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
}

func use() {
	c := C.counter_new(1)
	C.counter_next(c, 2)
}
"""
)
FINALIZER = (
    PREAMBLE
    + """
// Text owns a block of C memory.
type Counter struct {
	ptr *C.counter
}

func NewCounter() *Counter {
	c := &Counter{ptr: C.counter_new(1)}
	runtime.SetFinalizer(c, (*Counter).Close)
	return c
}

// Close frees the block.
func (c *Counter) Close() {
	C.counter_free(c.ptr)
	c.ptr = nil
}

func main() {
	for i := range 100 {
		c := NewCounter()
		if i%2 == 0 {
			c.Close()
		}
	}
	for range 20 {
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
}
"""
)
CALLBACK = (
    PREAMBLE
    + """
func main() {
	for range 100 {
		if use() != 12 {
			panic("sum")
		}
	}
	runtime.GC()
	time.Sleep(0)
}

func use() C.int {
	return C.visit(0, nil, nil)
}
"""
)


def verdict(text: str, directory: Path) -> str:
    judged = go_run_sanitized(write_package(directory, {"main.go": text}))
    return judged.verdict if judged.verdict != "other" else judged.output


def test_the_owner_releases_what_leaked(tmp_path: Path) -> None:
    assert verdict(OWNER, tmp_path / "before") == "leak"
    text = generated(OWNER, "C.counter_new(1)", "Generate an owner of what C.counter_new gives")
    before = "\tc := C.counter_new(1)\n\tC.counter_next(c, 2)\n"
    assert before in text
    uses = (
        "\tc, err := NewCounter(1)\n\tif err != nil {\n\t\tpanic(err)\n\t}\n"
        if "(*Counter, error)" in text
        else "\tc := NewCounter(1)\n"
    )
    assert verdict(text.replace(before, f"{uses}\tc.Next(2)\n"), tmp_path / "forgotten") == "clean"
    closed = text.replace(before, f"{uses}\tc.Next(2)\n\tc.Close()\n\tc.Close()\n")
    assert verdict(closed, tmp_path / "closed") == "clean"


def test_the_cleanup_releases_what_the_finalizer_did(tmp_path: Path) -> None:
    text = generated(FINALIZER, "runtime.SetFinalizer", "Replace the finalizer by Close")
    assert "runtime.AddCleanup(" in text
    assert verdict(text, tmp_path) == "clean"


def test_the_callback_gets_its_function_and_its_handle_is_deleted(tmp_path: Path) -> None:
    assert "sum" in verdict(CALLBACK, tmp_path / "before")
    text = generated(CALLBACK, "C.visit(0", "Pass a handle to a callback: generate Visit")
    use = "\thandle, sum := Visit(4, func(number C.int) C.int { return number * 2 })\n\thandle.Delete()\n\treturn sum\n"
    assert verdict(text.replace("\treturn C.visit(0, nil, nil)\n", use), tmp_path / "after") == "clean"
