"""Goroutines that call C which belongs to a thread: wrong and right. Many run at once, and each counts what it was told wrongly."""

from __future__ import annotations

from tests.oracles.build_programs import prints_no_mistakes
from tests.support.oracle import Clean, Program, Sources

_LOSES = r"wrong answers: [1-9]"


def crowd(preamble: str, work: str, more: str = "", imports: tuple[str, ...] = ()) -> Sources:
    """64 goroutines run `work` 20 times each; `number` is their own, `wrong.Add(1)` counts a wrong answer."""
    packages = sorted({"runtime", "sync", "sync/atomic", *imports})
    inner = "\n".join(f"\t\t\t\t{line}" if line else "" for line in work.strip("\n").splitlines())
    spaced = f"\n{more.strip()}\n" if more else ""
    loop = "number := " if "number" in work else ""
    listed = "".join(f'\t"{path}"\n' for path in packages)
    return {
        "main.go": f"""package main

/*
{preamble.strip()}
*/
import "C"

import (
{listed})

var wrong atomic.Int64
{spaced}
func main() {{
	runtime.GOMAXPROCS(4)
	var group sync.WaitGroup
	for {loop}range 64 {{
		group.Add(1)
		go func() {{
			defer group.Done()
			for range 20 {{
{inner}
			}}
		}}()
	}}
	group.Wait()
	println(wrong.Load())
}}
"""
    }


DL = """
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
"""
_ASK = """
func ask(number int) {
	name := C.CString(fmt.Sprintf("missing_%d_", number))
	defer C.free(unsafe.Pointer(name))
	if C.dlsym(nil, name) == nil {
		runtime.Gosched()
		text := C.GoString(C.dlerror())
		if !strings.Contains(text, fmt.Sprintf("missing_%d_", number)) {
			wrong.Add(1)
		}
	}
}
"""
_LOCK = """	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
"""
_PACKAGES = ("fmt", "strings", "unsafe")


def _locked(code: str, head: str) -> str:
    """`code` with the thread locked at the top of the function that begins with `head`."""
    return code.replace(head + "\n", head + "\n" + _LOCK, 1)


def _program(name: str, rule: str, wrong: Sources, right: Sources, *, fixable: bool = True) -> Program:
    return Program(name, rule, prints_no_mistakes, _LOSES, wrong, right, fixable)


def _asked(name: str, code: str, preamble: str = DL) -> Program:
    head = "func ask(number int) {"
    return _program(
        name,
        "unlocked-last-error",
        crowd(preamble, "ask(number)", code, _PACKAGES),
        crowd(preamble, "ask(number)", _locked(code, head), _PACKAGES),
    )


_HELPER = (
    _ASK.replace("C.GoString(C.dlerror())", "lastError()").strip()
    + """

func lastError() string {
	return C.GoString(C.dlerror())
}
"""
)
_METHOD = (
    _ASK.replace("C.GoString(C.dlerror())", "library{}.reason()").strip()
    + """

type library struct{}

func (library) reason() string {
	return C.GoString(C.dlerror())
}
"""
)
_OWN_C = (
    DL
    + """
static char *reason(void) { return dlerror(); }
"""
)
_IN_C = (
    DL
    + """
// The call and its error are one call of cgo.
static void *look_up(const char *name, char *reason, size_t size) {
	void *found = dlsym(NULL, name);
	if (found == NULL) {
		strncpy(reason, dlerror(), size - 1);
		reason[size - 1] = 0;
	}
	return found;
}
"""
)
_ASK_IN_C = """
func ask(number int) {
	name := C.CString(fmt.Sprintf("missing_%d_", number))
	defer C.free(unsafe.Pointer(name))
	var reason [200]C.char
	if C.look_up(name, &reason[0], C.size_t(len(reason))) == nil {
		runtime.Gosched()
		text := C.GoString(&reason[0])
		if !strings.Contains(text, fmt.Sprintf("missing_%d_", number)) {
			wrong.Add(1)
		}
	}
}
"""
_LIBRARY = """
static __thread int last;
static int lib_work(int number) { last = number; return -1; }
static int lib_last_error(void) { return last; }
"""
_HABIT = """
func first() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if C.lib_work(1) < 0 && C.lib_last_error() != 1 {
		wrong.Add(1)
	}
}

func second() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if C.lib_work(2) < 0 && C.lib_last_error() != 2 {
		wrong.Add(1)
	}
}

func third() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if C.lib_work(3) < 0 && C.lib_last_error() != 3 {
		wrong.Add(1)
	}
}

func ask(number int) {
	if C.lib_work(C.int(number)) < 0 {
		runtime.Gosched()
		if int(C.lib_last_error()) != number {
			wrong.Add(1)
		}
	}
}
"""
_HABIT_WORK = """
first()
second()
third()
ask(number)
"""

LAST_ERROR = [
    _asked("between-two-calls", _ASK),
    _asked("through-a-go-function", _HELPER),
    _asked("through-a-method", _METHOD),
    _asked("through-a-c-function", _ASK.replace("C.dlerror()", "C.reason()"), _OWN_C),
    _asked(
        "cleared-before",
        _ASK.replace("\tif C.dlsym(nil, name) == nil {", "\tC.dlerror()\n\tif C.dlsym(nil, name) == nil {"),
    ),
    _program(
        "in-one-c-function",
        "unlocked-last-error",
        crowd(DL, "ask(number)", _ASK, _PACKAGES),
        crowd(_IN_C, "ask(number)", _ASK_IN_C, _PACKAGES),
    ),
    _program(
        "what-the-rest-of-the-package-does",
        "unlocked-last-error",
        crowd(_LIBRARY, _HABIT_WORK, _HABIT),
        crowd(_LIBRARY, _HABIT_WORK, _locked(_HABIT, "func ask(number int) {")),
    ),
]

_LOCALE = """
#define _GNU_SOURCE
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>
#include <langinfo.h>
static locale_t utf8(void) { return newlocale(LC_ALL_MASK, "C.UTF-8", NULL); }
static int longest(void) { return (int)MB_CUR_MAX; }
"""
_LOCALE_GO = """
var locale = C.utf8()

func ask(number int) {
	before := C.uselocale(locale)
	runtime.Gosched()
	if C.longest() != 6 {
		wrong.Add(1)
	}
	C.uselocale(before)
}
"""
_SPECIFIC = """
#include <pthread.h>
#include <stdint.h>
static pthread_key_t key;
static void make_key(void) { pthread_key_create(&key, NULL); }
static int keep(uintptr_t number) { return pthread_setspecific(key, (void *)number); }
static uintptr_t kept(void) { return (uintptr_t)pthread_getspecific(key); }
"""
_SPECIFIC_GO = """
func init() { C.make_key() }

func ask(number int) {
	C.keep(C.uintptr_t(number))
	runtime.Gosched()
	if int(C.kept()) != number {
		wrong.Add(1)
	}
}
"""
_SELF = """
#include <pthread.h>
static int same(pthread_t one, pthread_t other) { return pthread_equal(one, other); }
"""
_SELF_GO = """
func ask(number int) {
	before := C.pthread_self()
	time.Sleep(time.Millisecond)
	if C.same(before, C.pthread_self()) == 0 {
		wrong.Add(1)
	}
}
"""
_UNSHARE = """
#define _GNU_SOURCE
#include <sched.h>
#include <sys/stat.h>
static int own_umask(void) { return unshare(CLONE_FS); }
"""
_UNSHARE_GO = """
func ask(number int) {
	C.own_umask()
	C.umask(C.mode_t(number))
	runtime.Gosched()
	if int(C.umask(0)) != number {
		wrong.Add(1)
	}
}
"""


def _state(name: str, preamble: str, code: str, *imports: str, fixable: bool = False) -> Program:
    right = _locked(code, "func ask(number int) {")
    return _program(
        name,
        "unlocked-thread-state",
        crowd(preamble, "ask(number)", code, imports),
        crowd(preamble, "ask(number)", right, imports),
        fixable=fixable,
    )


STATE = [
    _state("locale", _LOCALE, _LOCALE_GO, fixable=True),
    _state("thread-specific-value", _SPECIFIC, _SPECIFIC_GO),
    _state("which-thread", _SELF, _SELF_GO, "time"),
    _state("unshared-umask", _UNSHARE, _UNSHARE_GO),
]

_TIME = """
#include <time.h>
#include <pwd.h>
#include <stdlib.h>
"""
_YEAR = """
func ask(number int) {
	at := C.time_t(number) * 366 * 24 * 3600
	broken := C.gmtime(&at)
	runtime.Gosched()
	if C.timegm(broken) != at {
		wrong.Add(1)
	}
}
"""
_YEAR_R = """
func ask(number int) {
	at := C.time_t(number) * 366 * 24 * 3600
	var broken C.struct_tm
	C.gmtime_r(&at, &broken)
	runtime.Gosched()
	if C.timegm(&broken) != at {
		wrong.Add(1)
	}
}
"""
_TEXT = """
func ask(number int) {
	at := C.time_t(number) * 366 * 24 * 3600
	text := C.ctime(&at)
	runtime.Gosched()
	var expected [26]C.char
	if C.GoString(text) != C.GoString(C.ctime_r(&at, &expected[0])) {
		wrong.Add(1)
	}
}
"""
_TEXT_R = """
func ask(number int) {
	at := C.time_t(number) * 366 * 24 * 3600
	var text, expected [26]C.char
	C.ctime_r(&at, &text[0])
	runtime.Gosched()
	if C.GoString(&text[0]) != C.GoString(C.ctime_r(&at, &expected[0])) {
		wrong.Add(1)
	}
}
"""
_USER = """
func ask(number int) {
	id := C.uid_t(number % 3)
	entry := C.getpwuid(id)
	runtime.Gosched()
	if entry == nil || entry.pw_uid != id {
		wrong.Add(1)
	}
}
"""
_USER_R = """
func ask(number int) {
	id := C.uid_t(number % 3)
	var entry C.struct_passwd
	var found *C.struct_passwd
	const size = 4096
	buffer := (*C.char)(C.malloc(size))
	defer C.free(unsafe.Pointer(buffer))
	rc := C.getpwuid_r(id, &entry, buffer, size, &found)
	runtime.Gosched()
	if rc != 0 || found == nil || entry.pw_uid != id {
		wrong.Add(1)
	}
}
"""


def _static(name: str, wrong: str, right: str, *imports: str) -> Program:
    return _program(
        name,
        "static-result",
        crowd(_TIME, "ask(number)", wrong),
        crowd(_TIME, "ask(number)", right, imports),
        fixable=False,
    )


STATIC = [
    _static("broken-down-time", _YEAR, _YEAR_R),
    _static("text-of-a-time", _TEXT, _TEXT_R),
    _static("user", _USER, _USER_R, "unsafe"),
]

PROGRAMS = [*LAST_ERROR, *STATE, *STATIC]

CLEAN = [
    Clean(
        "locked-around-a-literal",
        prints_no_mistakes,
        crowd(
            DL,
            "ask(number)",
            _locked(_ASK, "func ask(number int) {")
            .replace("\tif C.dlsym", "\tfunc() {\n\t\tif C.dlsym")
            .replace("\t\truntime.Gosched", "\t\t\truntime.Gosched")
            .replace("\t\ttext :=", "\t\t\ttext :=")
            .replace("\t\tif !strings", "\t\t\tif !strings")
            .replace("\t\t\twrong.Add", "\t\t\t\twrong.Add")
            .replace("\t\t}\n\t}\n}", "\t\t\t}\n\t\t}\n\t}()\n}"),
            _PACKAGES,
        ),
    ),
    Clean(
        "locale-in-one-call",
        prints_no_mistakes,
        crowd(
            _LOCALE
            + """
static int longest_in(locale_t locale) {
	locale_t before = uselocale(locale);
	int size = longest();
	uselocale(before);
	return size;
}
""",
            "ask()",
            """
var locale = C.utf8()

func ask() {
	if C.longest_in(locale) != 6 {
		wrong.Add(1)
	}
}
""",
        ),
    ),
]
