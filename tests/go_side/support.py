"""Go text for tests of the Go side: a base file, random edits of it, and a declaration's parts by their text."""

from __future__ import annotations

import random

from cgo_ls.syntax.declarations import SplitFile
from cgo_ls.text.document import ByteEdit

BASE = b"""// License.

//go:build linux

// Package p does it.
package p

/*
#include <stdlib.h>
const int k = 1;
func odd(void);
*/
import "C" // the C side

import (
	"fmt"
	"unsafe"
)

// F frees what it takes.
//
//export F
func F(name string) (n C.int, err error) {
	text := `
const a = 1
type T int
`
	p := C.CString(name + text) // a comment: "
	defer C.free(unsafe.Pointer(p))
	return C.puts(p)
} // the end of F

// Detached.

/* also detached */ type T struct{ p *C.char }

var (
	x = "a\\"b"
	y = '"'
)

// M is a method.
func (t *T) M() { fmt.Println(`//`, '\\'', "/*") }
"""

SNIPPETS = (
    b'"', b"`", b"/*", b"*/", b"//", b"\n", b"\nfunc ", b"func", b"\ntype T", b"}", b"{", b"'", b"\\", b" ", b"x", b"\n\n",
    b'\nimport "C"\n', b"\nvar x", b"\xef\xbb\xbf", b"\r\n", b"// c\n", b'/* a\n*/ import "C"\n', b"\x00", b"package p\n",
    b"\xff\xfe", b"(", b")", b"\t", b"\nconst c = 1 // d", b"\r", b"\x0c", b";",
)  # fmt: skip


def texts(data: bytes, split_file: SplitFile) -> list[tuple[str, str, str]]:
    """(kind, name, text of the region) of each declaration."""
    return [
        (found.kind, found.name, data[found.region.start : found.region.end].decode("utf-8", "replace"))
        for found in split_file.declarations
    ]


def random_edit(random_source: random.Random, data: bytes, places: list[int]) -> tuple[bytes, ByteEdit]:
    """One small edit, often next to one of `places`."""
    start = random_source.randrange(len(data) + 1)
    if places and random_source.random() < 0.4:
        start = min(len(data), max(0, random_source.choice(places) + random_source.randrange(-2, 3)))
    end = min(len(data), start + random_source.choice((0, 0, 0, 1, 2, 5, 30)))
    new = random_source.choice(SNIPPETS)
    if random_source.random() < 0.2:
        new = b""
    elif random_source.random() < 0.2:
        origin = random_source.randrange(len(data) + 1)
        new = data[origin : origin + random_source.randrange(40)]
    return data[:start] + new + data[end:], ByteEdit(start, end, start + len(new))
