"""Programs about finalizers, handles and pointers that go wrong when they run, each with its right twin."""

from __future__ import annotations

from pathlib import Path

from tests.support.go_toolchain import go_binary, go_run, go_vet, run
from tests.support.oracle import Clean, Judge, Program
from tests.support.sanitizer import go_run_sanitized


def running(directory: Path) -> str:
    """The program ends with status 0, or says why not."""
    ran = go_run(directory)
    return "" if ran.ok else ran.output


def clobbered(directory: Path) -> str:
    """Freed Go memory is overwritten at once, so that C reads what it must not."""
    built = run([str(go_binary()), "build", "-o", "program.exe", "."], directory)
    if not built.ok:
        return f"does not build:\n{built.output}"
    ran = run([str(directory / "program.exe")], directory, {"GODEBUG": "clobberfree=1"})
    return "" if ran.ok else ran.output


def vetted(directory: Path) -> str:
    found = go_vet(directory)
    return "" if found.ok else found.output


def sanitized(directory: Path) -> str:
    judged = go_run_sanitized(directory)
    return "" if judged.verdict == "clean" else f"{judged.verdict}\n{judged.output}"


def main(preamble: str, imports: str, body: str) -> dict[str, str]:
    """One file: a preamble, imports (names apart by blanks), and declarations."""
    listed = "\n".join(f'\t"{name}"' for name in sorted(imports.split()))
    block = f"import (\n{listed}\n)\n\n" if len(imports.split()) > 1 else f'import "{imports}"\n\n' if imports else ""
    return {"main.go": f'package main\n\n/*\n{preamble.strip()}\n*/\nimport "C"\n\n{block}{body.strip()}\n'}


def program(
    rule: str, name: str, judge: Judge, says: str, wrong: dict[str, str], right: dict[str, str], fixable: bool = False
) -> Program:
    return Program(name, rule, judge, says, wrong, right, fixable)


STDLIB = "#include <stdlib.h>"
COLLECT = """
func collect() {
	for range 5 {
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
}
"""
BUFFER = """
type Buffer struct{ data unsafe.Pointer }

func (b *Buffer) close() { C.free(b.data) }
"""


def buffer(finalizer: str) -> dict[str, str]:
    return main(
        STDLIB,
        "runtime unsafe",
        BUFFER
        + f"""
func main() {{
	b := &Buffer{{C.malloc(8)}}
	runtime.SetFinalizer(b, {finalizer})
	b.close()
	runtime.SetFinalizer(b, nil)
}}
""",
    )


def counted(finalizer: str) -> dict[str, str]:
    """How many of 100 finalizers run."""
    return main(
        STDLIB,
        "runtime time unsafe",
        BUFFER
        + COLLECT
        + f"""
var freed int

func drop() {{
	b := &Buffer{{C.malloc(8)}}
	runtime.SetFinalizer(b, {finalizer})
}}

func main() {{
	for range 100 {{
		drop()
	}}
	collect()
	if freed < 90 {{
		panic("finalizers did not run")
	}}
}}
""",
    )


HANDLES = """
#include <stdint.h>

static int visit(uintptr_t handle, int fails) { return handle && fails ? -1 : 0; }
"""


def handles(body: str) -> dict[str, str]:
    """How many of 100 values are collected after their handles were used."""
    return main(
        HANDLES,
        "runtime runtime/cgo time",
        COLLECT
        + f"""
var collected int

func use(fails int) {{
	value := &[64]byte{{}}
	runtime.AddCleanup(value, func(int) {{ collected++ }}, 0)
{body}
}}

func main() {{
	for i := range 100 {{
		use(i % 2)
	}}
	collect()
	if collected < 90 {{
		panic("values are kept")
	}}
}}
""",
    )


def handle(body: str) -> dict[str, str]:
    return main(HANDLES, "runtime/cgo", f"func main() {{\n\th := cgo.NewHandle(1)\n{body}\n}}")


PINNED = """
typedef struct { const char *text; } record;
static int first(const record *r) { return r->text[0]; }
"""


def pinned(before: str, argument: str = "&text[0]") -> dict[str, str]:
    return main(
        PINNED,
        "runtime time unsafe",
        COLLECT
        + f"""
func first(text []byte) int {{
	var pinner runtime.Pinner
{before}	pinner.Pin({argument})
	r := C.record{{text: (*C.char)(unsafe.Pointer(&text[0]))}}
	return int(C.first(&r))
}}

func main() {{
	println(first([]byte("a")))
	collect()
}}
""",
    )


COUNTER = """
#include <stdlib.h>
#include <unistd.h>

typedef struct { int value; int freed; } counter;
static counter *counter_new(void) { return calloc(1, sizeof(counter)); }
static void counter_drop(counter *c) { c->freed = 1; }
static int counter_wait(counter *c) { usleep(60000); return c->freed; }
"""


def counter(method: str) -> dict[str, str]:
    return main(
        COUNTER,
        "runtime time",
        f"""
type Counter struct{{ ptr *C.counter }}

func NewCounter() *Counter {{
	c := &Counter{{C.counter_new()}}
	runtime.SetFinalizer(c, func(c *Counter) {{ C.counter_drop(c.ptr) }})
	return c
}}

func (c *Counter) Start() {{
	C.counter_wait(nil)
	runtime.KeepAlive(c)
}}

func (c *Counter) Wait() int {{
{method}
}}

func main() {{
	go func() {{
		for {{
			runtime.GC()
			time.Sleep(time.Millisecond)
		}}
	}}()
	if NewCounter().Wait() != 0 {{
		panic("finalized during the call")
	}}
}}
""".replace("\tC.counter_wait(nil)\n", ""),
    )


# The C side counts frees itself: a double free on the finalizer's thread can leave the sanitizer waiting for ever.
MESSAGE = """
#include <stdio.h>
#include <stdlib.h>

typedef struct { int number; } message;
static int frees;
static void count(void) { if (++frees > 1) { puts("freed twice"); fflush(stdout); _Exit(1); } }
static message *message_new(int number) { message *m = malloc(sizeof(message)); m->number = number; return m; }
static void message_free(message *m) { count(); free(m); }
static int message_send(message *m) { int number = m->number; count(); free(m); return number; }
"""


def message(send: str) -> dict[str, str]:
    return main(
        MESSAGE,
        "runtime time",
        COLLECT
        + f"""
type Message struct{{ ptr *C.message }}

func (m *Message) Send() {{
	C.message_send(m.ptr)
{send}}}

func send() {{
	m := &Message{{C.message_new(1)}}
	runtime.SetFinalizer(m, func(m *Message) {{ C.message_free(m.ptr) }})
	m.Send()
}}

func main() {{
	send()
	collect()
}}
""",
    )


def shadowed(operator: str) -> dict[str, str]:
    return main(
        "#include <stdlib.h>\n\nstatic int given(const char *text) { return text != NULL; }",
        "unsafe",
        f"""
func main() {{
	var p *C.char
	if true {{
		p {operator} C.CString("a")
		defer C.free(unsafe.Pointer(p))
	}}
	if C.given(p) == 0 {{
		panic("C got NULL")
	}}
}}
""",
    )


def copied(receiver: str) -> dict[str, str]:
    return main(
        STDLIB,
        "unsafe",
        f"""
type Text struct{{ ptr *C.char }}

func (t {receiver}) Close() {{
	C.free(unsafe.Pointer(t.ptr))
	t.ptr = nil
}}

func main() {{
	t := Text{{C.CString("a")}}
	t.Close()
	t.Close()
}}
""",
    )


VISIT = """
#include <stdint.h>

static void visit(void *data) { (void)data; }
static void visit_handle(uintptr_t handle) { visit((void *)handle); }
"""
NUMBERS = "#include <stdlib.h>\n\nstatic int *numbers(int n) { return calloc(n, sizeof(int)); }"


def numbers(made: str, imports: str = "unsafe") -> dict[str, str]:
    return main(
        NUMBERS,
        imports,
        f"""
func main() {{
	n := 1 << 11
	p := C.numbers(C.int(n))
	defer C.free(unsafe.Pointer(p))
{made}
}}
""",
    )


FIRST = """
typedef struct { const char *text; } record;
static int first(const void *data) { return *(const char *)data; }
static int second(const record *r) { return r->text[0]; }
"""


ITEM = """
#include <stdlib.h>

typedef struct { int number; } item;
static int alive;
static int living(void) { return alive; }
static item *item_new(int number) { item *i = malloc(sizeof(item)); i->number = number; alive++; return i; }
static void item_free(item *i) { alive--; free(i); }
"""


def items(second: str) -> dict[str, str]:
    """How many of 200 items, made by two constructors, are freed in the end."""
    return main(
        ITEM,
        "runtime time",
        COLLECT
        + f"""
type Item struct{{ ptr *C.item }}

func (i *Item) free() {{ C.item_free(i.ptr) }}

func NewItem() *Item {{
	i := &Item{{ptr: C.item_new(1)}}
	runtime.SetFinalizer(i, (*Item).free)
	return i
}}

func NewOther() *Item {{
	i := &Item{{ptr: C.item_new(2)}}
{second}	return i
}}

func main() {{
	for range 100 {{
		NewItem()
		NewOther()
	}}
	collect()
	if C.living() > 20 {{
		panic("items are kept")
	}}
}}
""",
    )


def first(argument: str) -> str:
    return (
        f"func first(data []byte) int {{\n\treturn int(C.first(unsafe.Pointer({argument})))\n}}\n\n"
        'func main() {\n\tprintln(first([]byte("a")))\n}'
    )


def summed(guard: str) -> dict[str, str]:
    return main(
        "#include <stddef.h>\n\nstatic int sum(const unsigned char *d, size_t n) { int s = 0; while (n > 0) s += d[--n]; return s; }",
        "unsafe",
        f"""
func Sum(data []byte) int {{
{guard}	return int(C.sum((*C.uchar)(unsafe.Pointer(&data[0])), C.size_t(len(data))))
}}

func main() {{
	println(Sum([]byte("a")), Sum(nil))
}}
""",
    )


KEPT = """
#include <stdlib.h>

static const long *kept;
static void keep(const long *p) { kept = p; }
static long look(void) { return *kept; }
static void drop(void) { free((void *)kept); }
"""


def kept(give: str, after: str, imports: str = "runtime time") -> dict[str, str]:
    return main(
        KEPT,
        imports,
        COLLECT
        + f"""
func Keep() {{
{give}
}}

func main() {{
	Keep()
	collect()
	if C.look() != 7 {{
		panic("C reads something else")
	}}
{after}}}
""",
    )


def stored(value: str, imports: str) -> dict[str, str]:
    return main(
        "#include <stdlib.h>\n\ntypedef struct { const long *number; } record;\nstatic long look(const record *r) { return *r->number; }",
        imports,
        COLLECT
        + f"""
func newRecord() *C.record {{
	r := (*C.record)(C.malloc(C.sizeof_record))
{value}
	return r
}}

func main() {{
	r := newRecord()
	collect()
	if C.look(r) != 7 {{
		panic("C reads something else")
	}}
	C.free(unsafe.Pointer(r.number))
	C.free(unsafe.Pointer(r))
}}
""",
    )


EVENTS = "extern void goEvent(void *data);\nstatic void fire(void *data) { goEvent(data); }"
MEASURE = "#include <stdlib.h>\n#include <string.h>\n\nstatic size_t measure(const char *text) { return strlen(text); }"


def measured(given: str) -> dict[str, str]:
    """Blocks of 32 bytes, every other one free: what is put there has full neighbours."""
    return main(
        MEASURE,
        "runtime unsafe",
        f"""
var kept [][]byte

func Measure(text string) int {{
{given}
}}

func main() {{
	for range 20000 {{
		kept = append(kept, []byte("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"))
	}}
	for i := range kept {{
		if i%2 == 0 {{
			kept[i] = nil
		}}
	}}
	runtime.GC()
	for range 2000 {{
		if Measure("0123456789abcdef0123456789abcdef") != 32 {{
			panic("read beyond the end")
		}}
	}}
	runtime.KeepAlive(kept)
}}
""",
    )


MALLOC_FAILS = main(STDLIB, "", "func main() {\n\tp := C.malloc(1 << 62)\n\tprintln(p == nil)\n}")
CALLOC_FAILS = main(STDLIB, "", "func main() {\n\tp := C.calloc(1<<40, 1<<22)\n\tprintln(p == nil)\n}")

PROGRAMS = [
    program(
        "finalizer-misuse",
        "method-value",
        running,
        "cannot pass",
        buffer("b.close"),
        buffer("(*Buffer).close"),
        fixable=True,
    ),
    program(
        "finalizer-misuse",
        "wrong-parameter",
        running,
        "cannot pass",
        buffer("func(p **Buffer) {}"),
        buffer("func(p *Buffer) {}"),
    ),
    program(
        "finalizer-misuse",
        "captured",
        running,
        "finalizers did not run",
        counted("func(_ *Buffer) { freed++; b.close() }"),
        counted("func(b *Buffer) { freed++; b.close() }"),
        fixable=True,
    ),
    program(
        "finalizer-misuse",
        "c-pointer",
        running,
        "not in allocated block|not at beginning|pointer not",
        main(
            STDLIB,
            "runtime",
            "func main() {\n\tp := (*C.char)(C.malloc(8))\n\truntime.AddCleanup(p, func(int) {}, 1)\n}",
        ),
        main(
            STDLIB,
            "runtime unsafe",
            "func main() {\n\tp := &struct{ data unsafe.Pointer }{C.malloc(8)}\n"
            "\truntime.AddCleanup(p, func(data unsafe.Pointer) { C.free(data) }, p.data)\n}",
        ),
    ),
    program(
        "leaked-handle",
        "on-error",
        running,
        "values are kept",
        handles(
            "\th := cgo.NewHandle(value)\n\tif C.visit(C.uintptr_t(h), C.int(fails)) != 0 {\n\t\treturn\n\t}\n\th.Delete()"
        ),
        handles(
            "\th := cgo.NewHandle(value)\n\tdefer h.Delete()\n\tif C.visit(C.uintptr_t(h), C.int(fails)) != 0 {\n\t\treturn\n\t}"
        ),
    ),
    program(
        "leaked-handle",
        "never",
        running,
        "values are kept",
        handles("\th := cgo.NewHandle(value)\n\tC.visit(C.uintptr_t(h), C.int(fails))"),
        handles("\th := cgo.NewHandle(value)\n\tC.visit(C.uintptr_t(h), C.int(fails))\n\th.Delete()"),
        fixable=True,
    ),
    program(
        "handle-after-delete",
        "twice",
        running,
        "misuse of an invalid Handle",
        handle("\tC.visit(C.uintptr_t(h), 0)\n\th.Delete()\n\th.Delete()"),
        handle("\tC.visit(C.uintptr_t(h), 0)\n\th.Delete()"),
        fixable=True,
    ),
    program(
        "handle-after-delete",
        "deferred-and-explicit",
        running,
        "misuse of an invalid Handle",
        handle("\tdefer h.Delete()\n\tC.visit(C.uintptr_t(h), 0)\n\th.Delete()"),
        handle("\tdefer h.Delete()\n\tC.visit(C.uintptr_t(h), 0)"),
        fixable=True,
    ),
    program(
        "handle-after-delete",
        "value",
        running,
        "misuse of an invalid Handle",
        handle("\th.Delete()\n\tprintln(h.Value().(int))"),
        handle("\tprintln(h.Value().(int))\n\th.Delete()"),
    ),
    program(
        "unpinned-pinner",
        "forgotten",
        running,
        "forgot to call Unpin",
        pinned(""),
        pinned("\tdefer pinner.Unpin()\n"),
        fixable=True,
    ),
    program(
        "pin-of-value",
        "slice",
        running,
        "argument is not a pointer",
        pinned("\tdefer pinner.Unpin()\n", "text"),
        pinned("\tdefer pinner.Unpin()\n"),
        fixable=True,
    ),
    program(
        "free-of-go-memory",
        "slice",
        sanitized,
        "AddressSanitizer|free|corruption",
        main(
            STDLIB,
            "unsafe",
            "func main() {\n\tdata := make([]byte, 64)\n\tpointer := unsafe.Pointer(&data[0])\n\tC.free(pointer)\n\tprintln(len(data))\n}",
        ),
        main(STDLIB, "", "func main() {\n\tdata := make([]byte, 64)\n\tprintln(len(data), C.EXIT_SUCCESS)\n}"),
    ),
    program(
        "missing-keepalive",
        "slow-call",
        running,
        "finalized during the call",
        counter("\treturn int(C.counter_wait(c.ptr))"),
        counter("\tfreed := C.counter_wait(c.ptr)\n\truntime.KeepAlive(c)\n\treturn int(freed)"),
        fixable=True,
    ),
    program(
        "armed-finalizer",
        "sent",
        running,
        "freed twice",
        message(""),
        message("\truntime.SetFinalizer(m, nil)\n"),
        fixable=True,
    ),
    program(
        "missing-finalizer",
        "second-constructor",
        running,
        "items are kept",
        items(""),
        items("\truntime.SetFinalizer(i, (*Item).free)\n"),
        fixable=True,
    ),
    program("shadowed-c-variable", "in-block", running, "C got NULL", shadowed(":="), shadowed("="), fixable=True),
    program("copied-owner", "close-twice", sanitized, "double-free", copied("Text"), copied("*Text"), fixable=True),
    program(
        "handle-as-pointer",
        "handle",
        vetted,
        "possible misuse of unsafe.Pointer",
        main(
            VISIT,
            "runtime/cgo unsafe",
            "func main() {\n\th := cgo.NewHandle(1)\n\tC.visit(unsafe.Pointer(h))\n\th.Delete()\n}",
        ),
        main(
            VISIT,
            "runtime/cgo",
            "func main() {\n\th := cgo.NewHandle(1)\n\tC.visit_handle(C.uintptr_t(h))\n\th.Delete()\n}",
        ),
    ),
    program(
        "huge-array-cast",
        "too-small",
        running,
        "out of range",
        numbers("\tprintln(len((*[1 << 10]C.int)(unsafe.Pointer(p))[:n:n]))"),
        numbers("\tprintln(len(unsafe.Slice(p, n)))"),
        fixable=True,
    ),
    program(
        "slice-header-literal",
        "vet",
        vetted,
        "possible misuse of reflect.SliceHeader",
        numbers(
            "\theader := reflect.SliceHeader{Data: uintptr(unsafe.Pointer(p)), Len: n, Cap: n}\n"
            "\tall := *(*[]C.int)(unsafe.Pointer(&header))\n\tprintln(len(all))",
            "reflect unsafe",
        ),
        numbers("\tall := unsafe.Slice(p, n)\n\tprintln(len(all))"),
        fixable=True,
    ),
    program(
        "go-pointer-argument",
        "slice-header",
        running,
        "Go pointer to unpinned Go",
        main(
            FIRST,
            "unsafe",
            first("&data"),
        ),
        main(
            FIRST,
            "unsafe",
            first("&data[0]"),
        ),
        fixable=True,
    ),
    program(
        "go-pointer-argument",
        "field",
        running,
        "Go pointer to unpinned Go",
        main(
            FIRST,
            "unsafe",
            'func main() {\n\tdata := []byte("a")\n\tr := C.record{text: (*C.char)(unsafe.Pointer(&data[0]))}\n\tprintln(C.second(&r))\n}',
        ),
        main(
            FIRST,
            "runtime unsafe",
            'func main() {\n\tdata := []byte("a")\n\tvar pinner runtime.Pinner\n\tdefer pinner.Unpin()\n\tpinner.Pin(&data[0])\n'
            "\tr := C.record{text: (*C.char)(unsafe.Pointer(&data[0]))}\n\tprintln(C.second(&r))\n}",
        ),
    ),
    program(
        "empty-slice-address",
        "nil",
        running,
        "index out of range",
        summed(""),
        summed("\tif len(data) == 0 {\n\t\treturn 0\n\t}\n"),
        fixable=True,
    ),
    program(
        "kept-go-pointer",
        "freed",
        clobbered,
        "C reads something else",
        kept("\tnumbers := make([]C.long, 64)\n\tnumbers[0] = 7\n\tC.keep(&numbers[0])", ""),
        kept("\tnumber := (*C.long)(C.malloc(8))\n\t*number = 7\n\tC.keep(number)", "\tC.drop()\n"),
    ),
    program(
        "go-pointer-in-c-memory",
        "freed",
        clobbered,
        "C reads something else|free|corruption",
        stored("\tnumber := C.long(7)\n\tr.number = &number", "runtime time unsafe"),
        stored("\tnumber := (*C.long)(C.malloc(8))\n\t*number = 7\n\tr.number = number", "runtime time unsafe"),
    ),
    program(
        "go-pointer-round-trip",
        "session",
        running,
        "Go pointer to unpinned Go",
        main(
            EVENTS,
            "unsafe",
            "type Session struct{ events []string }\n\n//export goEvent\nfunc goEvent(data unsafe.Pointer) {\n"
            '\tsession := (*Session)(data)\n\tsession.events = append(session.events, "event")\n}\n\n'
            'func main() {\n\tsession := &Session{[]string{"start"}}\n\tC.fire(unsafe.Pointer(session))\n\tprintln(len(session.events))\n}',
        ),
        main(
            "#include <stdint.h>\n\nextern void goEvent(uintptr_t handle);\nstatic void fire(uintptr_t handle) { goEvent(handle); }",
            "runtime/cgo",
            "type Session struct{ events []string }\n\n//export goEvent\nfunc goEvent(handle C.uintptr_t) {\n"
            '\tsession := cgo.Handle(handle).Value().(*Session)\n\tsession.events = append(session.events, "event")\n}\n\n'
            'func main() {\n\tsession := &Session{[]string{"start"}}\n\th := cgo.NewHandle(session)\n\tdefer h.Delete()\n'
            "\tC.fire(C.uintptr_t(h))\n\tprintln(len(session.events))\n}",
        ),
    ),
    program(
        "unterminated-string",
        "bytes",
        running,
        "read beyond the end",
        measured("\tdata := []byte(text)\n\treturn int(C.measure((*C.char)(unsafe.Pointer(&data[0]))))"),
        measured("\tdata := C.CString(text)\n\tdefer C.free(unsafe.Pointer(data))\n\treturn int(C.measure(data))"),
    ),
]

CLEAN = [
    Clean(
        "handle-made-under-a-condition",
        running,
        handles(
            "\tvar h cgo.Handle\n\tif fails == 1 {\n\t\th = cgo.NewHandle(value)\n\t}\n\tC.visit(C.uintptr_t(h), C.int(fails))\n"
            "\tif h != 0 {\n\t\th.Delete()\n\t}"
        ),
    ),
    Clean(
        "handle-deleted-by-a-closure",
        running,
        handles(
            "\th := cgo.NewHandle(value)\n\tdefer func() { h.Delete() }()\n\tC.visit(C.uintptr_t(h), C.int(fails))"
        ),
    ),
    Clean(
        "struct-with-nil-pointer",
        running,
        main(FIRST, "unsafe", "func main() {\n\tr := C.record{}\n\tprintln(C.first(unsafe.Pointer(&r)))\n}"),
    ),
    Clean(
        "c-strings-in-a-go-slice",
        sanitized,
        main(
            "#include <stdlib.h>\n\nstatic int first(char **all) { return all[0][0]; }",
            "unsafe",
            'func main() {\n\tall := []*C.char{C.CString("a"), nil}\n\tprintln(C.first(&all[0]))\n\tC.free(unsafe.Pointer(all[0]))\n}',
        ),
    ),
]
