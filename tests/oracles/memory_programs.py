"""Wrong programs, each with its right twin, and correct ones that look wrong, judged by the sanitizers."""

from __future__ import annotations

from pathlib import Path

from tests.oracles.scenarios import scenario
from tests.support.oracle import Clean, Program, Sources
from tests.support.sanitizer import run_scenario


def sanitizer(directory: Path) -> str:
    judged = run_scenario(directory, {})
    return "" if judged.verdict == "clean" else f"{judged.verdict}\n{judged.output}"


def leak(name: str, wrong: Sources, right: Sources, fixable: bool = True) -> Program:
    return Program(name, "leaked-c-memory", sanitizer, "^leak", wrong, right, fixable)


def twice(name: str, wrong: Sources, right: Sources) -> Program:
    return Program(name, "double-free", sanitizer, "^double-free", wrong, right, fixable=False)


def stale(name: str, wrong: Sources, right: Sources) -> Program:
    return Program(name, "use-after-free", sanitizer, "^use-after-free", wrong, right, fixable=False)


MAKE_OR_FAIL = """
name, err := makeName(i)
if err != nil {
	return
}
C.first(unsafe.Pointer(name))
C.free(unsafe.Pointer(name))
"""


def make_name(results: str, assign: str) -> str:
    """Frees on error. Where `name` is a named result, `return nil, err` overwrites it first, and the deferred free frees nil."""
    return f"""
func makeName(i int) {results} {{
	{assign}C.CString("name")
	defer func() {{
		if err != nil {{
			C.free(unsafe.Pointer(name))
		}}
	}}()
	if i%2 == 1 {{
		return nil, errors.New("odd")
	}}
	return name, nil
}}
"""


OUT_PARAMETER = """static int make(char **out) { *out = strdup("made"); return *out == NULL; }
static int parse(char **texts) { return texts[0][0]; }
typedef struct { const char *text; } label;
static int draw(label one) { return one.text[0]; }
"""
"""C that fills an out-parameter, and reads arrays and structs."""


LEAKS = [
    leak(
        "out-parameter",
        scenario(
            """
var text *C.char
C.make(&text)
C.first(unsafe.Pointer(text))
""",
            preamble=OUT_PARAMETER,
        ),
        scenario(
            """
var text *C.char
C.make(&text)
defer C.free(unsafe.Pointer(text))
C.first(unsafe.Pointer(text))
""",
            preamble=OUT_PARAMETER,
        ),
    ),
    Program(
        "early-defer",
        "early-defer",
        sanitizer,
        "^leak",
        scenario(
            """
var text *C.char
defer C.free(unsafe.Pointer(text))
C.make(&text)
C.first(unsafe.Pointer(text))
""",
            preamble=OUT_PARAMETER,
        ),
        scenario(
            """
var text *C.char
defer func() { C.free(unsafe.Pointer(text)) }()
C.make(&text)
C.first(unsafe.Pointer(text))
""",
            preamble=OUT_PARAMETER,
        ),
        True,
    ),
    leak(
        "elements",
        scenario(
            """
texts := make([]*C.char, 2)
for j := range texts {
	texts[j] = C.CString("text")
}
C.parse((**C.char)(unsafe.Pointer(&texts[0])))
""",
            preamble=OUT_PARAMETER,
        ),
        scenario(
            """
texts := make([]*C.char, 2)
for j := range texts {
	texts[j] = C.CString("text")
}
C.parse((**C.char)(unsafe.Pointer(&texts[0])))
for _, text := range texts {
	C.free(unsafe.Pointer(text))
}
""",
            preamble=OUT_PARAMETER,
        ),
        fixable=False,
    ),
    leak(
        "never-freed",
        scenario("""
name := C.CString("name")
C.first(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("name")
defer C.free(unsafe.Pointer(name))
C.first(unsafe.Pointer(name))
"""),
    ),
    leak(
        "early-return",
        scenario("""
name := C.CString("name")
if i%2 == 1 {
	return
}
C.first(unsafe.Pointer(name))
C.free(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("name")
defer C.free(unsafe.Pointer(name))
if i%2 == 1 {
	return
}
C.first(unsafe.Pointer(name))
"""),
    ),
    leak(
        "inline-argument",
        scenario("""
C.first(unsafe.Pointer(C.CString("inline")))
"""),
        scenario("""
text := C.CString("inline")
defer C.free(unsafe.Pointer(text))
C.first(unsafe.Pointer(text))
"""),
    ),
    leak(
        "inline-argument-without-unsafe",
        scenario(
            """
C.measure(C.CString("inline"))
""",
            preamble="static size_t measure(const char *text) { return strlen(text); }",
            imports=(),
        ),
        scenario(
            """
text := C.CString("inline")
defer C.free(unsafe.Pointer(text))
C.measure(text)
""",
            preamble="static size_t measure(const char *text) { return strlen(text); }",
        ),
    ),
    leak(
        "bytes",
        scenario(
            """
data := C.CBytes([]byte("data"))
C.first(data)
""",
            imports=(),
        ),
        scenario(
            """
data := C.CBytes([]byte("data"))
defer C.free(data)
C.first(data)
""",
            imports=(),
        ),
    ),
    leak(
        "malloc",
        scenario("""
buffer := (*C.char)(C.malloc(16))
C.fill(buffer, 16)
C.first(unsafe.Pointer(buffer))
"""),
        scenario("""
buffer := (*C.char)(C.malloc(16))
defer C.free(unsafe.Pointer(buffer))
C.fill(buffer, 16)
C.first(unsafe.Pointer(buffer))
"""),
    ),
    leak(
        "calloc",
        scenario(
            """
buffer := (*C.char)(C.calloc(4, 4))
if buffer == nil {
	return
}
C.fill(buffer, 16)
""",
            imports=(),
        ),
        scenario("""
buffer := (*C.char)(C.calloc(4, 4))
if buffer == nil {
	return
}
C.fill(buffer, 16)
C.free(unsafe.Pointer(buffer))
"""),
    ),
    leak(
        "strdup",
        scenario("""
name := C.CString("name")
defer C.free(unsafe.Pointer(name))
twin := C.strdup(name)
C.first(unsafe.Pointer(twin))
"""),
        scenario("""
name := C.CString("name")
defer C.free(unsafe.Pointer(name))
twin := C.strdup(name)
defer C.free(unsafe.Pointer(twin))
C.first(unsafe.Pointer(twin))
"""),
    ),
    leak(
        "error-path",
        scenario(
            """
if err := send(i); err != nil {
	return
}
""",
            more="""
func send(i int) error {
	name := C.CString("name")
	if i%2 == 1 {
		return errors.New("odd")
	}
	C.first(unsafe.Pointer(name))
	C.free(unsafe.Pointer(name))
	return nil
}
""",
            imports=("errors", "unsafe"),
        ),
        scenario(
            """
if err := send(i); err != nil {
	return
}
""",
            more="""
func send(i int) error {
	name := C.CString("name")
	defer C.free(unsafe.Pointer(name))
	if i%2 == 1 {
		return errors.New("odd")
	}
	C.first(unsafe.Pointer(name))
	return nil
}
""",
            imports=("errors", "unsafe"),
        ),
    ),
    leak(
        "overwritten",
        scenario("""
name := C.CString("first")
C.first(unsafe.Pointer(name))
name = C.CString("second")
C.first(unsafe.Pointer(name))
C.free(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("first")
C.first(unsafe.Pointer(name))
C.free(unsafe.Pointer(name))
name = C.CString("second")
C.first(unsafe.Pointer(name))
C.free(unsafe.Pointer(name))
"""),
        fixable=False,
    ),
    leak(
        "in-a-loop",
        scenario("""
for range 3 {
	name := C.CString("name")
	if C.first(unsafe.Pointer(name)) == 'x' {
		C.free(unsafe.Pointer(name))
	}
}
"""),
        scenario("""
for range 3 {
	name := C.CString("name")
	C.first(unsafe.Pointer(name))
	C.free(unsafe.Pointer(name))
}
"""),
        fixable=False,
    ),
    leak(
        "switch-case",
        scenario("""
name := C.CString("name")
switch i % 3 {
case 0:
	C.free(unsafe.Pointer(name))
case 1:
	C.first(unsafe.Pointer(name))
default:
	C.consume(name)
}
"""),
        scenario("""
name := C.CString("name")
switch i % 3 {
case 0:
	C.free(unsafe.Pointer(name))
case 1:
	C.first(unsafe.Pointer(name))
	C.free(unsafe.Pointer(name))
default:
	C.consume(name)
}
"""),
        fixable=False,
    ),
    leak(
        "result-of-a-helper",
        scenario(
            """
name := newName()
C.first(unsafe.Pointer(name))
""",
            more="""
func newName() *C.char {
	return C.CString("name")
}
""",
        ),
        scenario(
            """
name := newName()
defer C.free(unsafe.Pointer(name))
C.first(unsafe.Pointer(name))
""",
            more="""
func newName() *C.char {
	return C.CString("name")
}
""",
        ),
    ),
    leak(
        "named-result-overwritten",
        scenario(MAKE_OR_FAIL, more=make_name("(name *C.char, err error)", "name = "), imports=("errors", "unsafe")),
        scenario(MAKE_OR_FAIL, more=make_name("(result *C.char, err error)", "name := "), imports=("errors", "unsafe")),
        fixable=False,
    ),
    Program(
        "deferred-too-early",
        "early-defer",
        sanitizer,
        "^leak",
        scenario("""
var name *C.char
defer C.free(unsafe.Pointer(name))
name = C.CString("late")
C.first(unsafe.Pointer(name))
"""),
        scenario("""
var name *C.char
defer func() { C.free(unsafe.Pointer(name)) }()
name = C.CString("late")
C.first(unsafe.Pointer(name))
"""),
        fixable=False,
    ),
]

DOUBLE_FREE = [
    twice(
        "in-a-row",
        scenario("""
name := C.CString("name")
C.free(unsafe.Pointer(name))
C.free(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("name")
C.free(unsafe.Pointer(name))
"""),
    ),
    twice(
        "deferred-and-explicit",
        scenario("""
name := C.CString("name")
defer C.free(unsafe.Pointer(name))
C.first(unsafe.Pointer(name))
C.free(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("name")
defer C.free(unsafe.Pointer(name))
C.first(unsafe.Pointer(name))
"""),
    ),
    twice(
        "on-one-branch",
        scenario("""
name := C.CString("name")
if i%2 == 1 {
	C.free(unsafe.Pointer(name))
}
C.free(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("name")
if i%2 == 1 {
	C.free(unsafe.Pointer(name))
	return
}
C.free(unsafe.Pointer(name))
"""),
    ),
    twice(
        "deferred-closure",
        scenario("""
name := C.CString("name")
defer func() { C.free(unsafe.Pointer(name)) }()
C.free(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("name")
defer func() { C.free(unsafe.Pointer(name)) }()
C.first(unsafe.Pointer(name))
"""),
    ),
    twice(
        "through-a-helper",
        scenario(
            """
name := C.CString("name")
release(name)
C.free(unsafe.Pointer(name))
""",
            more="""
func release(text *C.char) {
	C.free(unsafe.Pointer(text))
}
""",
        ),
        scenario(
            """
name := C.CString("name")
release(name)
""",
            more="""
func release(text *C.char) {
	C.free(unsafe.Pointer(text))
}
""",
        ),
    ),
    twice(
        "c-function-frees",
        scenario("""
name := C.CString("name")
defer C.free(unsafe.Pointer(name))
C.consume(name)
"""),
        scenario(
            """
name := C.CString("name")
C.consume(name)
""",
            imports=(),
        ),
    ),
]

USE_AFTER_FREE = [
    stale(
        "inside-a-struct",
        scenario(
            """
text := C.CString("text")
one := C.label{text: text}
C.free(unsafe.Pointer(text))
C.draw(one)
""",
            preamble=OUT_PARAMETER,
        ),
        scenario(
            """
text := C.CString("text")
one := C.label{text: text}
C.draw(one)
C.free(unsafe.Pointer(text))
""",
            preamble=OUT_PARAMETER,
        ),
    ),
    stale(
        "call",
        scenario("""
name := C.CString("name")
C.free(unsafe.Pointer(name))
C.first(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("name")
C.first(unsafe.Pointer(name))
C.free(unsafe.Pointer(name))
"""),
    ),
    stale(
        "gostring",
        scenario("""
name := C.CString("name")
C.free(unsafe.Pointer(name))
if C.GoString(name) != "name" {
	panic(StaleText)
}
"""),
        scenario("""
name := C.CString("name")
text := C.GoString(name)
C.free(unsafe.Pointer(name))
if text != "name" {
	panic(StaleText)
}
"""),
    ),
    stale(
        "after-c-function-freed",
        scenario("""
name := C.CString("name")
C.consume(name)
C.first(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("name")
C.first(unsafe.Pointer(name))
C.consume(name)
"""),
    ),
    stale(
        "on-one-branch",
        scenario("""
name := C.CString("name")
if i%2 == 1 {
	C.free(unsafe.Pointer(name))
	C.first(unsafe.Pointer(name))
	return
}
C.free(unsafe.Pointer(name))
"""),
        scenario("""
name := C.CString("name")
if i%2 == 1 {
	C.first(unsafe.Pointer(name))
	C.free(unsafe.Pointer(name))
	return
}
C.free(unsafe.Pointer(name))
"""),
    ),
    stale(
        "alias",
        scenario("""
name := C.CString("name")
same := name
C.free(unsafe.Pointer(name))
C.first(unsafe.Pointer(same))
"""),
        scenario("""
name := C.CString("name")
same := name
C.first(unsafe.Pointer(same))
C.free(unsafe.Pointer(name))
"""),
    ),
    stale(
        "in-a-helper",
        scenario(
            """
name := C.CString("name")
release(name)
C.first(unsafe.Pointer(name))
""",
            more="""
func release(text *C.char) {
	C.free(unsafe.Pointer(text))
}
""",
        ),
        scenario(
            """
name := C.CString("name")
C.first(unsafe.Pointer(name))
release(name)
""",
            more="""
func release(text *C.char) {
	C.free(unsafe.Pointer(text))
}
""",
        ),
    ),
    stale(
        "returned-after-deferred-free",
        scenario(
            """
C.first(unsafe.Pointer(makeName()))
""",
            more="""
func makeName() *C.char {
	name := C.CString("name")
	defer C.free(unsafe.Pointer(name))
	return name
}
""",
        ),
        scenario(
            """
name := makeName()
C.first(unsafe.Pointer(name))
C.free(unsafe.Pointer(name))
""",
            more="""
func makeName() *C.char {
	name := C.CString("name")
	return name
}
""",
        ),
    ),
]

CLEAN = [
    Clean(
        "taken-by-c",
        sanitizer,
        scenario(
            """
name := C.CString("name")
C.take(name)
C.drop()
""",
            preamble="static char *held;\nstatic void take(char *text) { held = text; }\nstatic void drop(void) { free(held); held = 0; }",
            imports=(),
        ),
    ),
    Clean(
        "freed-by-a-deferred-closure",
        sanitizer,
        scenario("""
var name *C.char
if i%2 == 0 {
	name = C.CString("name")
}
defer func() {
	if name != nil {
		C.free(unsafe.Pointer(name))
	}
}()
if name != nil {
	C.first(unsafe.Pointer(name))
}
"""),
    ),
    Clean(
        "freed-element-by-element",
        sanitizer,
        scenario("""
var names []*C.char
for range 3 {
	names = append(names, C.CString("name"))
}
for _, name := range names {
	C.first(unsafe.Pointer(name))
	C.free(unsafe.Pointer(name))
}
"""),
    ),
    Clean(
        "freed-by-close",
        sanitizer,
        scenario(
            """
h := open()
defer h.Close()
C.first(unsafe.Pointer(h.name))
""",
            more="""
type handle struct {
	name *C.char
}

func open() *handle {
	return &handle{name: C.CString("name")}
}

func (h *handle) Close() {
	if h.name != nil {
		C.free(unsafe.Pointer(h.name))
		h.name = nil
	}
}
""",
        ),
    ),
    Clean(
        "freed-only-on-error",
        sanitizer,
        scenario(MAKE_OR_FAIL, more=make_name("(result *C.char, err error)", "name := "), imports=("errors", "unsafe")),
    ),
    Clean(
        "set-to-nil-after-free",
        sanitizer,
        scenario("""
name := C.CString("name")
if i%2 == 1 {
	C.free(unsafe.Pointer(name))
	name = nil
}
C.free(unsafe.Pointer(name))
"""),
    ),
    Clean(
        "goto-cleanup",
        sanitizer,
        scenario("""
name := C.CString("name")
if i%2 == 1 {
	goto cleanup
}
C.first(unsafe.Pointer(name))
cleanup:
C.free(unsafe.Pointer(name))
"""),
    ),
    Clean(
        "destructor-passed-along",
        sanitizer,
        scenario(
            """
name := C.CString("name")
C.finish(unsafe.Pointer(name), (*[0]byte)(C.free))
""",
            preamble="static void finish(void *value, void (*release)(void *)) { release(value); }",
        ),
    ),
    Clean(
        "named-helper-frees",
        sanitizer,
        scenario(
            """
name := C.CString("name")
defer release(name)
C.first(unsafe.Pointer(name))
""",
            more="""
func release(text *C.char) {
	C.free(unsafe.Pointer(text))
}
""",
        ),
    ),
    Clean(
        "freed-in-every-iteration",
        sanitizer,
        scenario("""
for j := range 3 {
	name := C.CString("name")
	if j == 1 {
		C.free(unsafe.Pointer(name))
		continue
	}
	C.first(unsafe.Pointer(name))
	C.free(unsafe.Pointer(name))
}
"""),
    ),
]

PROGRAMS = [*LEAKS, *DOUBLE_FREE, *USE_AFTER_FREE]
