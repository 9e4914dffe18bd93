"""Programs about who owns what across the border, and how addresses cross it: releases that are repeated, objects that are lent,
addresses that travel as numbers or by way of variables, frees that wait."""

from __future__ import annotations

from tests.oracles.lifetime_programs import COLLECT, MESSAGE, main, program, running
from tests.support.oracle import Clean


def closed(body: str) -> dict[str, str]:
    """A message that its owner frees, before the collector comes for it."""
    return main(
        MESSAGE,
        "runtime time",
        COLLECT
        + f"""
type Message struct{{ ptr *C.message }}

func (m *Message) Close() {{
{body}
}}

func NewMessage() *Message {{
	m := &Message{{C.message_new(1)}}
	runtime.SetFinalizer(m, (*Message).Close)
	return m
}}

func use() {{ NewMessage().Close() }}

func main() {{
	use()
	collect()
}}
""",
    )


def finished(body: str) -> dict[str, str]:
    """A release that always frees, and reports an error of before."""
    return main(
        MESSAGE
        + "static int message_free_send(message *m) { int number = m->number; count(); free(m); return number; }\n",
        "errors runtime time",
        COLLECT
        + f"""
type Message struct{{ ptr *C.message }}

func (m *Message) free() {{
	if m.ptr != nil {{
		C.message_free_send(m.ptr)
	}}
}}

func (m *Message) Finish() error {{
{body}
}}

func use() error {{
	m := &Message{{C.message_new(1)}}
	runtime.SetFinalizer(m, (*Message).free)
	return m.Finish()
}}

func main() {{
	println(use() == nil)
	collect()
}}
""",
    )


LENT = """
#include <stdio.h>
#include <stdlib.h>

typedef struct { int number; } message;
extern int goVisit(message *m);
extern int frees;
void message_free(message *m);
int visit(int number);
"""
LENT_C = """
#include <stdio.h>
#include <stdlib.h>

typedef struct { int number; } message;
extern int goVisit(message *m);

static int alive;

void message_free(message *m) {
	if (--alive < 0) { puts("freed twice"); fflush(stdout); _Exit(1); }
	(void)m;
}

int visit(int number) {
	message *m = malloc(sizeof(message));
	m->number = number;
	alive++;
	int got = goVisit(m);
	message_free(m);
	return got;
}
"""


def lent(disarm: str) -> dict[str, str]:
    """C makes a message, shows it to Go, and frees it."""
    files = main(
        LENT,
        "runtime time",
        COLLECT
        + f"""
type Message struct{{ ptr *C.message }}

func newMessage(ptr *C.message) *Message {{
	m := &Message{{ptr}}
	runtime.SetFinalizer(m, func(m *Message) {{ C.message_free(m.ptr) }})
	return m
}}

//export goVisit
func goVisit(ptr *C.message) C.int {{
	m := newMessage(ptr)
{disarm}	return m.ptr.number
}}

func main() {{
	println(C.visit(1))
	collect()
}}
""",
    )
    return {**files, "visit.c": LENT_C.lstrip()}


SUM = """
static int sum(const void *p, int n) {
	int s = 0;
	for (int i = 0; i < n; i++) s += ((const unsigned char *)p)[i];
	return s;
}
"""


def part(body: str) -> dict[str, str]:
    """A slice of a buffer in a struct that also holds a pointer."""
    return main(
        SUM,
        "unsafe",
        f"""
type packet struct {{
	bytes [8]byte
	next  *packet
}}

var first = &packet{{next: &packet{{}}}}

func sum(b []byte) C.int {{
{body}
}}

func main() {{
	println(sum(first.bytes[:]))
}}
""",
    )


def wrapped(made: str, after: str = "") -> dict[str, str]:
    """A helper makes what C wants, in Go memory or in C's."""
    return main(
        """
#include <stdlib.h>

typedef struct { int size; void *data; } val;
static int size(const val *v) { return v->size; }
""",
        "unsafe",
        f"""
func wrap(b []byte) (*C.val, int) {{
	return {made}, len(b)
}}

func main() {{
	v, n := wrap([]byte("b"))
	println(C.size(v), n, unsafe.Sizeof(*v))
{after}}}
""",
    )


def moved(kind: str, argument: str) -> dict[str, str]:
    """C calls back, the stack of the goroutine grows and moves, and then C writes to the address that it was given."""
    files = main(
        f"#include <stdint.h>\n\nvoid fill({kind} p);",
        "unsafe",
        f"""
//export goGrow
func goGrow() {{ grow(1000) }}

func grow(n int) int {{
	var space [1000]byte
	if n == 0 {{
		return int(space[0])
	}}
	return grow(n-1) + int(space[n%1000])
}}

func main() {{
	var number C.int
	C.fill({argument})
	if number != 7 {{
		panic("C wrote somewhere else")
	}}
}}
""",
    )
    code = f"#include <stdint.h>\n\nextern void goGrow(void);\n\nvoid fill({kind} p) {{\n\tgoGrow();\n\t*(int *)p = 7;\n}}\n"
    return {**files, "fill.c": code}


ITEMS = """
#include <stdlib.h>

static int alive, most;
static char *item_new(void) { if (++alive > most) most = alive; return malloc(8); }
static void item_free(char *item) { alive--; free(item); }
static int item_use(const char *item) { return item != 0; }
static int most_alive(void) { return most; }
"""


def rounds(release: str, after: str = "") -> dict[str, str]:
    """How much is alive at once in a loop of a thousand rounds."""
    return main(
        ITEMS,
        "",
        f"""
func use(n int) {{
	for range n {{
		item := C.item_new()
{release}		C.item_use(item)
{after}	}}
}}

func main() {{
	use(1000)
	if C.most_alive() > 1 {{
		panic("the memory of all rounds is alive at once")
	}}
}}
""",
    )


PROGRAMS = [
    program(
        "uncleared-release",
        "close",
        running,
        "freed twice",
        closed("\tC.message_free(m.ptr)"),
        closed("\truntime.SetFinalizer(m, nil)\n\tC.message_free(m.ptr)"),
        fixable=True,
    ),
    program(
        "uncleared-release",
        "early-return",
        running,
        "freed twice",
        finished(
            '\tif C.message_free_send(m.ptr) != 0 {\n\t\treturn errors.New("not sent")\n\t}\n\tm.ptr = nil\n\treturn nil'
        ),
        finished(
            '\tsent := C.message_free_send(m.ptr)\n\tm.ptr = nil\n\tif sent != 0 {\n\t\treturn errors.New("not sent")\n\t}\n\treturn nil'
        ),
    ),
    program(
        "finalized-borrow",
        "shown",
        running,
        "freed twice",
        lent(""),
        lent("\truntime.SetFinalizer(m, nil)\n"),
        fixable=True,
    ),
    program(
        "element-pointer-variable",
        "part-of-a-struct",
        running,
        "Go pointer to unpinned Go pointer",
        part("\tp := unsafe.Pointer(&b[0])\n\treturn C.sum(p, C.int(len(b)))"),
        part("\treturn C.sum(unsafe.Pointer(&b[0]), C.int(len(b)))"),
        fixable=True,
    ),
    program(
        "go-pointer-argument",
        "wrapped-by-a-helper",
        running,
        "Go pointer to unpinned Go pointer",
        wrapped("&C.val{data: unsafe.Pointer(&b[0])}"),
        wrapped("(*C.val)(C.calloc(1, C.sizeof_val))", "\tC.free(unsafe.Pointer(v))\n"),
    ),
    program(
        "element-pointer-variable",
        "by-a-helper",
        running,
        "Go pointer to unpinned Go pointer",
        part(
            "\tp, n := bytesOf(b)\n\treturn C.sum(p, n)\n}\n\nfunc bytesOf(b []byte) (unsafe.Pointer, C.int) {\n"
            "\treturn unsafe.Pointer(&b[0]), C.int(len(b))"
        ),
        part("\treturn C.sum(unsafe.Pointer(&b[0]), C.int(len(b)))"),
    ),
    program(
        "pointer-as-integer",
        "stack-moves",
        running,
        "C wrote somewhere else",
        moved("uintptr_t", "C.uintptr_t(uintptr(unsafe.Pointer(&number)))"),
        moved("void *", "unsafe.Pointer(&number)"),
    ),
    program(
        "defer-free-in-loop",
        "rounds",
        running,
        "alive at once",
        rounds("\t\tdefer C.item_free(item)\n"),
        rounds("", "\t\tC.item_free(item)\n"),
        fixable=True,
    ),
]

CLEAN: list[Clean] = []
