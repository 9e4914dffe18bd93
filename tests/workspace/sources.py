"""A package with one of everything that makes one function's result depend on another's, for random edits."""

from __future__ import annotations

MAIN = """// Package p is edited.
package p

// #cgo CFLAGS: -Iinclude
// #include <stdlib.h>
// #include "api.h"
// static void drop(char *p) { free(p); }
// static int check(const char *p) { return p != 0; }
import "C"

import (
	"errors"
	"unsafe"
)

type closer interface{ Close() }

type box struct{ p *C.char }

func (b *box) Close() { C.free(unsafe.Pointer(b.p)) }

func newBox(s string) *box { return &box{p: C.CString(s)} }

func acquire(s string) *C.char { return C.CString(s) }

func release(p *C.char) { C.free(unsafe.Pointer(p)) }

func leak(s string) {
	p := C.CString(s)
	C.check(p)
}

func some(s string) error {
	p := acquire(s)
	if s == "" {
		return errors.New("empty")
	}
	release(p)
	return nil
}

// twice frees twice.
func twice(s string) {
	p := C.CString(s)
	release(p)
	C.drop(p)
}

func even(n int, p *C.char) {
	if n == 0 {
		release(p)
		return
	}
	odd(n-1, p)
}

func odd(n int, p *C.char) {
	if n == 0 {
		return
	}
	even(n-1, p)
}

func through(c closer, p *C.char) {
	c.Close()
	C.take(p)
}

func plain() int { return 1 }

func peekAt(s string) {
	p := C.CString(s)
	C.peek(p)
}

func finished(s string) {
	p := C.CString(s)
	C.finish(p)
}
"""

OTHER = """package p

/*
#include <string.h>
*/
import "C"

import "unsafe"

func useBoth(s string) C.size_t {
	p := acquire(s)
	defer release(p)
	q := C.make_text()
	n := C.strlen(q)
	even(1, p)
	return n
}

func after(s string) {
	p := C.CString(s)
	C.free(unsafe.Pointer(p))
	C.strlen(p)
}

//export Exported
func Exported(s *C.char) { release(s) }
"""

VARIANT_A = """package p

import "C"

func platform(p *C.char) { release(p) }
"""

VARIANT_B = """package p

import "C"

func platform(p *C.char) {}

func onPlatform(s string) {
	p := C.CString(s)
	platform(p)
}
"""

PLAIN = """package p

var count = plain()

type text string

func nothing() { count++ }

func lose(s string) {
	p := acquire(s)
	_ = p
}

func both(s string) {
	p := acquire(s)
	release(p)
	release(p)
}
"""

HEADER = """#ifndef API_H
#define API_H
void take(char *p);
char *make_text(void);
static int hidden(void);
void peek(char *p);
static inline void finish(char *p) { free(p); }
#endif
"""

SOURCE = """#include <stdlib.h>
#include <string.h>
#include "api.h"

void take(char *p) { free(p); }

char *make_text(void) { return strdup("x"); }

static int hidden(void) { return 1; }
"""

FILES: dict[str, str] = {
    "go.mod": "module example.com/p\n\ngo 1.24\n",
    "main.go": MAIN,
    "other.go": OTHER,
    "plat_linux.go": VARIANT_A,
    "plat_windows.go": VARIANT_B,
    "plain.go": PLAIN,
    "api.c": SOURCE,
    "include/api.h": HEADER,
}

SNIPPETS: tuple[str, ...] = (
    "{", "}", "(", ")", '"', "'", "`", "/*", "*/", "//", "\n", "\n\n", " ", "\t", ".", "C.", "x", ",", ";",
    "\\", "\r\n", "\x00", "\u00e9", "*",
    "C.free(unsafe.Pointer(p))\n", "p := C.CString(s)\n", "return\n", "release(p)\n", "defer release(p)\n",
    "acquire(s)\n", "C.take(p)\n",
    "if p == nil {\n\treturn\n}\n", "for {\n", "go func() {\n", "panic(1)\n", "goto end\n", "end:\n", "p = nil\n", "b.Close()\n",
    "\nfunc extra(p *C.char) {\n\trelease(p)\n}\n", "\nfunc acquire(s string) *C.char { return nil }\n", "\ntype closer struct{}\n",
    "\ntype platform int\n", '\nimport "C"\n', "\n// #include <errno.h>\n", "#cgo LDFLAGS: -lm\n",
    "//export extra\n", "//cgols:ignore leaked-c-memory\n",
    "//cgols:ignore\n", "// #cgo CFLAGS: -fvisibility=hidden\n", "C.errno", "C.hidden()\n",
    "static void drop(char *p) {}\n", "char *make_text(void);\n",
    "void take(char *p) __attribute__((ownership_takes(malloc, 1)));\n", "#define drop free\n",
    "//go:build linux\n\n", "package q\n", "  func indented() {}\n",
)  # fmt: skip

CONFIGS: tuple[str, ...] = (
    "version = 1\n",
    'version = 1\n[rules.severity]\nleaked-c-memory = "error"\n',
    'version = 1\n[rules]\nignore = ["double-free"]\n',
    'version = 1\nexclude = ["other.go"]\n',
    'version = 1\n[functions.peek]\nprototype = "void peek(char *p)"\nparams = { p = { takes = true } }\n',
    'version = 1\n[functions.peek]\nprototype = "void peek(char *p)"\nparams = { p = { holds = true } }\n',
    "version = ?\n",
)

SETTINGS: tuple[dict[str, object], ...] = (
    {},
    {"rules": {"leaked-c-memory": "hint"}},
    {"rules": {"use-after-free": "off"}},
    {"rules": {"unused-suppression": "error"}},
    {"rules": "broken"},
)
