"""Hovers, by markers in Go source: `//@ hover "text" "re"...` at the end of a line.

Hovering anywhere on the first `text` of that line must show something about exactly those bytes that matches every expression;
`//@ silent "text"` must show nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cgo_ls.features.hover import Hover, hover
from cgo_ls.features.hover_texts import hover_texts
from cgo_ls.features.markdown import CAP, code, fence, visible
from cgo_ls.text.span import Span
from tests.support.checker import session_of
from tests.support.go_toolchain import go_build, go_run, write_package
from tests.support.wants import STRING, unquote

MARKER = re.compile(rf"//@ (hover|silent)((?:\s+(?:{STRING}))+)\s*$")

HEADER = """/*
 * Opens it.
 * Returns NULL on failure.
 */
char *open_it(const char *path, int flags);

/* Only declared: its library is not here. */
void library_function(void *data);
"""

DEFINITION = """#include "api.h"
#include <string.h>

char *open_it(const char *path, int flags)
{
	return strdup(path);
}
"""

MAIN = r"""package main

/*
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "api.h"

#define LEVEL 3
#define SQUARE(x) ((x) * (x))

enum color { RED = 1, GREEN };

// A point in the plane.
typedef struct point { int x, y; } point;

extern int counter;

// Frees what it is given.
static void drop(char *text, int count) { free(text); }
static int get_errno(void) { return errno; }
static char *same(char *text) { return text; }
static void stop(void) { exit(1); }
*/
import "C"

import (
	"fmt" //@ silent "fmt"
	"unsafe"
)

func main() { //@ silent "main"
	name := C.CString("x") //@ hover "C.CString" "func C.CString\(s string\) \*C.char" "You own the result" "never\nfrees" "Never nil"
	defer C.free(unsafe.Pointer(name)) //@ hover "C.free" "Exactly once" "stdlib.h" "mmap"
	text := C.open_it(name, C.LEVEL) //@ hover "C.open_it" "char \*open_it\(const char \*path, int flags\);" "Opens it.\nReturns"
	text = C.open_it(nil, 0) //@ hover "C.open_it" "Declared at `api.h:5`, defined at `impl.c:4`" "`path`: used" "you own it.*`C.free`"
	fmt.Println(C.LEVEL) //@ hover "C.LEVEL" "#define LEVEL 3" "main.go:10"
	fmt.Println("hello") //@ silent "hello"
	C.drop(text, 3) //@ hover "C.drop" "static void drop" "Frees what it is given" "`text`: \*\*freed by the call"
	C.get_errno() //@ hover "C.get_errno" "only reports errno"
	C.same(name) //@ hover "C.same" "points to the memory of `text`"
	C.library_function(nil) //@ hover "C.library_function" "Declared at `api.h:8`"
	var p C.point //@ hover "C.point" "typedef struct point" "A point in the plane" "main.go:16"
	p.x = C.GREEN //@ hover "C.GREEN" "GREEN"
	p.y = C.counter //@ hover "C.counter" "extern int counter"
	_ = C.SQUARE //@ hover "C.SQUARE" "#define SQUARE\(x\)" "wrap it in a function"
	C.realpath(name, nil) //@ hover "C.realpath" "`path`: used" "own it\*\* where `resolved_path == NULL`"
	C.putenv(name) //@ hover "C.putenv" "`string`: \*\*kept by C after the call"
	C.library_function(nil) //@ hover "C.library_function" "is not known: its body is not here, and no table lists it"
	C.creat(name, 0) //@ hover "C.creat" "int creat" "<fcntl.h>" "returns -1 and sets errno" "ret, err := C.creat"
	C.strtol(name, nil, 0) //@ hover "C.strtol" "no result tells" "clears errno first"
	C.getenv(name) //@ hover "C.getenv" "belongs to C; do not free it"
	_ = C.uint(3) //@ hover "C.uint" "unsigned int"
	_ = C.sizeof_int //@ hover "C.sizeof_int" "size of the C type `int`"
	_ = C.errno //@ hover "C.errno" "second value of the call"
	_ = C.unheard_of //@ silent "C.unheard_of"
	_ = C.GoString(name) //@ hover "C.GoString" "The result is Go memory" "first NUL" "nil gives"
	_ = C.GoStringN(name, 3) //@ hover "C.GoStringN" "Copies exactly `n` bytes"
	_ = C.GoBytes(unsafe.Pointer(name), 3) //@ hover "C.GoBytes" "panics" "unsafe.Slice"
	_ = C.CBytes(nil) //@ hover "C.CBytes" "not even for a nil slice"
	_ = C.malloc(3) //@ hover "C.malloc" "test for nil is dead code" "needs no header"
	_ = unsafe.Slice((*C.char)(name), 3) //@ hover "unsafe.Slice" "not a copy"
	view := unsafe.Slice((*byte)(unsafe.Pointer(name)), 3) //@ hover "unsafe.Slice" "valid until that memory is freed"
	numbers := []int{1} //@ silent "numbers"
	_ = unsafe.Slice(&numbers[0], 1) //@ silent "unsafe.Slice"
	fmt.Println(len(view), unsafe.Slice(&numbers[0], 1)) //@ silent "numbers"
	C.stop() //@ hover "C.stop" "never returns"
}
"""

OWNERS = r"""package main

// #include <stdlib.h>
// #include <string.h>
import "C"

import "unsafe"

func lengths(lent *C.char, count C.int, free bool) C.size_t { //@ silent "count"
	kept := C.CString("kept") //@ hover "kept" "Owned by this function" "line 10: acquired by `C.CString`\n- line 11, later: `C.free` is"
	defer C.free(unsafe.Pointer(kept)) //@ hover "kept" "Owned by this function"
	early := C.CString("early") //@ hover "early" "Owned by this function"
	length := C.strlen(early) //@ hover "early" "Owned by this function" "`C.free`"
	length += C.strlen(kept) //@ hover "kept" "A deferred `C.free`.*until then it is valid"
	C.free(unsafe.Pointer(early)) //@ hover "early" "Owned by this function"
	length += C.strlen(early) //@ hover "early" "Freed.*`C.free`"
	length += C.strlen(lent) //@ hover "lent" "Lent by the caller"
	some := C.CString("some") //@ hover "some" "Owned by this function"
	if free {
		C.free(unsafe.Pointer(some))
	}
	length += C.strlen(some) //@ hover "some" "On some paths: .*[Ff]reed" "On some paths: .*[Oo]wned"
	return length + C.size_t(count) //@ silent "count"
}

func handed() *C.char {
	text := C.CString("text")
	return text //@ hover "text" "Owned by this function"
}

func main() {
	C.free(unsafe.Pointer(handed()))
	println(lengths(nil, 1, true)) //@ silent "lengths"
}
"""

STORY = r"""package main

// #include <stdlib.h>
// #include <string.h>
// char *made(void);
// void keep(char *text);
// static void drop(char *text) { free(text); }
import "C"

import "unsafe"

type owner struct{ text *C.char }

func open() *owner {
	return &owner{text: C.CString("text")}
}

func (o *owner) length() C.size_t {
	return C.strlen(o.text) //@ hover "o.text" "in `owner.text`" "`open` .line 15.: filled" "Close` .line 24.: released by `C.free`"
}

// Close frees the text.
func (o *owner) Close() {
	C.free(unsafe.Pointer(o.text))
}

func show(text *C.char) { println(C.strlen(text)) }

func story(lent *C.char) { //@ silent "story"
	text := C.CString("text")
	println(C.strlen(text))
	show(text)
	raw := unsafe.Pointer(text)
	C.strlen((*C.char)(raw))
	C.drop(text) //@ hover "text" "30: acq.*\n- line 31: passed to `C.strlen`, which.*\n- line 32: .*`show`.*\n- line 34: " "35, later: "
	C.strlen(text) //@ hover "text" "\*\*Freed\*\* by `C.drop`" "line 35: released by `C.drop`"
	C.keep(lent)
	C.strlen(lent) //@ hover "lent" "line 37: passed to `C.keep`"
}

func main() {
	o := open()
	println(o.length())
	o.Close()
	story(nil)
}
"""

FILES = {"main.go": MAIN, "api.h": HEADER, "impl.c": DEFINITION}


def markers(text: str) -> list[tuple[int, str, str, list[str]]]:
    """(byte offset of the text hovered over, kind, text, expressions) for each marker."""
    found = []
    start = 0
    for line in text.split("\n"):
        match = MARKER.search(line)
        if match:
            strings = [unquote(literal) for literal in re.findall(STRING, match.group(2))]
            column = line.index(strings[0])
            assert column < match.start(), f"{strings[0]!r} is not in {line!r}"
            found.append((len((text[:start] + line[:column]).encode()), match.group(1), strings[0], strings[1:]))
        start += len(line) + 1
    return found


def hover_in(files: dict[str, str], offset: int, name: str = "main.go") -> Hover | None:
    snapshot = session_of({path: text.encode() for path, text in files.items()}).snapshot()
    return hover(snapshot, f"/fixture/{name}", offset)


CASES = [
    pytest.param(files, *marker, id=f"{name}-{marker[1]}-{marker[2]}-{marker[0]}")
    for name, files in {"names": FILES, "owners": {"main.go": OWNERS}, "story": {"main.go": STORY}}.items()
    for marker in markers(files["main.go"])
]


@pytest.mark.parametrize(("files", "offset", "kind", "text", "patterns"), CASES)
def test_markers(files: dict[str, str], offset: int, kind: str, text: str, patterns: list[str]) -> None:
    for place in (offset, offset + len(text) // 2, offset + len(text) - 1):
        found = hover_in(files, place)
        if kind == "silent":
            assert found is None, found
            continue
        assert found is not None
        assert found.span == Span(offset, offset + len(text))
        for pattern in patterns:
            assert re.search(pattern, found.markdown), f"{pattern!r} is not in\n{found.markdown}"


def test_nothing_without_cgo() -> None:
    plain = "package main\n\nvar C struct{ errno int }\n\nfunc main() { println(C.errno) }\n"
    assert all(hover_in({"main.go": plain}, offset) is None for offset in range(len(plain)))


def test_every_place_of_broken_files_is_answered() -> None:
    """No exception, whatever is under the cursor; places beyond the end included."""
    for text in (
        "",
        "package",
        'package main\nimport "C"\nfunc f() { C.',
        MAIN[:700],
        MAIN.replace("}", ""),
        "\x00C.x\xff",
    ):
        snapshot = session_of({"main.go": text.encode("utf-8", "replace")}).snapshot()
        for offset in range(0, len(text) + 3, 7):
            hover(snapshot, "/fixture/main.go", offset)
    assert hover_in(FILES, 0, "missing.go") is None


def shown_comment(comment: str) -> str:
    source = 'package main\n\n// void f(void);\n// #include "f.h"\nimport "C"\n\nfunc main() { C.g() }\n'
    found = hover_in({"main.go": source, "f.h": f"/* {comment} */\nvoid g(void);\n"}, source.index("C.g"))
    assert found is not None
    return found.markdown


def outside_of_fences(markdown: str) -> str:
    """The Markdown that a client would format: without fenced blocks, read as CommonMark reads them."""
    kept: list[str] = []
    ticks = 0
    for line in markdown.split("\n"):
        run = re.match(r"`{3,}", line)
        if ticks:
            if run and len(run.group()) >= ticks and not line[run.end() :].strip():
                ticks = 0
        elif run:
            ticks = len(run.group())
        else:
            kept.append(line)
    assert not ticks, "a fence stays open"
    return "\n".join(kept)


@pytest.mark.parametrize(
    "comment",
    [
        "```\n# heading\n[link](command:evil)\n```",
        "``````\n![image](https://example.com/x.png)",
        "<img src=x onerror=alert(1)>",
        "~~~\n[a](b)",
    ],
)
def test_a_comment_is_never_formatted(comment: str) -> None:
    markdown = shown_comment(comment)
    assert comment.split("\n")[-1].strip("`~") in markdown
    formatted = outside_of_fences(markdown)
    assert not re.search(r"link|image|img|\[a\]|heading", formatted), formatted


def test_hidden_characters_are_shown() -> None:
    markdown = shown_comment("safe \u202e evil \u2066 \u200b end")
    assert "<U+202E>" in markdown and "<U+2066>" in markdown and "<U+200B>" in markdown
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]", markdown)
    assert visible("a\tb\r\nc\u0007") == "a\tb\nc<U+0007>"


def test_a_long_comment_is_cut() -> None:
    markdown = shown_comment("word " * 10_000)
    assert len(markdown) < CAP + 500
    assert outside_of_fences(markdown)


def test_inline_code_holds_what_it_is_given() -> None:
    assert code("a`b") == "`` a`b ``"
    assert code("a\nb") == "`a b`"
    assert fence("x", "c") == "```c\nx\n```"


def test_every_text_begins_with_its_signature() -> None:
    for name, text in hover_texts().items():
        qualified = name if "." in name else f"C.{name}"
        assert text.startswith(f"```go\nfunc {qualified}("), name
        assert outside_of_fences(text)


# --- the texts are facts: the real toolchain says so

CLAIMS = """package main

// #include <stdlib.h>
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

func panics(f func()) (message string) {
	defer func() { message = fmt.Sprint(recover()) }()
	f()
	return ""
}

func main() {
	claim := func(name string, holds bool) { fmt.Println(name, holds) }

	text := C.CString("a\\x00b")
	claim("CString: a NUL ends the string for C", C.GoString(text) == "a" && C.GoStringN(text, 3) == "a\\x00b")
	copied := C.GoString(text)
	bytes := C.GoBytes(unsafe.Pointer(text), 3)
	for range 10 {
		runtime.GC()
	}
	claim("CString: valid whatever the garbage collector does", C.GoString(text) == "a")
	slice := unsafe.Slice((*byte)(unsafe.Pointer(text)), 3)
	slice[0] = 'z'
	claim("unsafe.Slice: no copy", C.GoString(text) == "z")
	longer := append(slice, 'x')
	longer[0] = 'y'
	claim("unsafe.Slice: append copies", C.GoString(text) == "z")
	C.free(unsafe.Pointer(text))
	claim("GoString, GoBytes: valid after the free", copied == "a" && string(bytes) == "a\\x00b")
	claim("CBytes: not nil for a nil slice", C.CBytes(nil) != nil)
	claim("malloc: not nil for 0", C.malloc(0) != nil)
	C.free(nil)
	claim("free: nil is allowed", true)
	claim("GoString: nil gives the empty string", C.GoString(nil) == "")
	said := panics(func() { n := -1; C.GoBytes(C.malloc(1), C.int(n)) })
	claim("GoBytes: a negative n panics", said == "runtime error: gobytes: length out of range")
	claim("unsafe.Slice: nil with a length panics", panics(func() { n := 1; _ = unsafe.Slice((*C.char)(nil), n) }) != "")
	claim("unsafe.Slice: a negative length panics", panics(func() { n := -1; _ = unsafe.Slice(C.CString(""), n) }) != "")
	claimed := C.CString("first")
	func() {
		defer claim("free: a deferred argument is evaluated at once", C.GoString(claimed) == "first")
		claimed = C.CString("second")
	}()
}
"""

REFUSED = {
    "p, err := C.malloc(1)\n\t_, _ = p, err": "no two-result form",
    'p, err := C.CString("")\n\t_, _ = p, err': "no two-result form",
    "p, err := C.CBytes(nil)\n\t_, _ = p, err": "no two-result form",
    "var n C.size_t\n\t_ = C.GoStringN(nil, n)": "cannot use n",
    "C.free(nil)": "could not determine what C.free refers to",
}


def test_the_toolchain_bears_out_the_texts(tmp_path: Path) -> None:
    ran = go_run(write_package(tmp_path, {"main.go": CLAIMS}))
    assert ran.ok, ran.output
    lines = ran.output.splitlines()
    assert len(lines) == CLAIMS.count("claim(") and all(line.endswith(" true") for line in lines), ran.output


@pytest.mark.parametrize("statement", REFUSED)
def test_the_toolchain_refuses_what_the_texts_warn_of(statement: str, tmp_path: Path) -> None:
    source = f'package main\n\n// #include <stddef.h>\nimport "C"\n\nfunc main() {{\n\t{statement}\n}}\n'
    built = go_build(write_package(tmp_path, {"main.go": source}))
    assert not built.ok and REFUSED[statement] in built.output, built.output


def test_malloc_ends_the_program_when_there_is_no_memory(tmp_path: Path) -> None:
    source = 'package main\n\nimport "C"\n\nfunc main() {\n\tprintln(C.malloc(1<<62) == nil)\n}\n'
    ran = go_run(write_package(tmp_path, {"main.go": source}))
    assert not ran.ok and "runtime: C malloc failed" in ran.output
