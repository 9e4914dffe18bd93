"""Hovers about errno: how a function fails, what `err` is, what a number is called elsewhere."""

from __future__ import annotations

import re

import pytest

from cgo_ls.text.span import Span
from tests.features.test_hover import hover_in, markers

MAIN = r"""package main

/*
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

static int save(int fd) { return fsync(fd); }
static int bound(int n) { if (n > 3) return -EINVAL; return 0; }
static void count(void) {}
int unknown(int n);
*/
import "C"

import (
	"errors"
	"syscall"
)

func names(name *C.char) {
	C.dup(0) //@ hover "C.dup" "On failure\*\* `C.dup` returns -1 and sets errno" "test the result, then ask `err`" "if ret == -1 \{"
	C.opendir(name) //@ hover "C.opendir" "returns NULL and sets errno" "if ret == nil \{"
	C.sysconf(0) //@ hover "C.sysconf" "clears errno first" "On no limit the result looks like a failure and `err` is nil"
	C.pthread_mutex_lock(nil) //@ hover "C.pthread_mutex_lock" "returns the error number" "if ret := C.pthread_mutex_lock\(...\); ret != 0 \{" "syscall.Errno\(ret\)"
	C.dlopen(name, 0) //@ hover "C.dlopen" "`C.dlerror\(\)` explains it"
	C.getppid() //@ hover "C.getppid" "reports nothing by errno"
	C.save(0) //@ hover "C.save" "returns -1 and sets errno" "if ret == -1 \{" "Known from"
	C.bound(0) //@ hover "C.bound" "the negated error number" "syscall.Errno\(-ret\)"
}

func results(fd C.int, name *C.char) error {
	r, err := C.fsync(fd) //@ hover "err" "errno as `C.fsync` left it" "all on one thread" "only where `r == -1`"
	if r == -1 {
		return err //@ hover "err" "errno as `C.fsync` left it"
	}
	n, parsed := C.strtol(name, nil, 0) //@ hover "parsed" "`parsed` alone tells whether the call failed"
	if _, e := C.getpwnam(name); e != nil { //@ hover "e !=" "It is nil on no such entry"
		return parsed
	}
	_, lost := C.pthread_mutex_lock(nil) //@ hover "lost" "It means nothing here: `C.pthread_mutex_lock` returns the error number"
	_, odd := C.unknown(1) //@ hover "odd" "How `C.unknown` fails is not known"
	err = errors.Join(lost, odd)
	if n > 0 {
		return err //@ silent "err"
	}
	return syscall.Errno(11) //@ hover "11" "`EAGAIN` on linux, linux/mips, solaris, aix" "`EDEADLK` on darwin"
}

func numbers(err error) bool {
	C.count()
	return err == syscall.EAGAIN //@ hover "EAGAIN" "11 on linux, linux/mips, solaris, aix; 35 on darwin"
}

func main() {
	println(results(0, nil) == nil, numbers(nil))
	names(nil)
}
"""


@pytest.mark.parametrize(("offset", "kind", "text", "patterns"), markers(MAIN))
def test_markers(offset: int, kind: str, text: str, patterns: list[str]) -> None:
    found = hover_in({"main.go": MAIN}, offset)
    if kind == "silent":
        assert found is None, found
        return
    assert found is not None
    assert found.span.start <= offset < found.span.end
    for pattern in patterns:
        assert re.search(pattern, found.markdown), f"{pattern!r} is not in\n{found.markdown}"


def test_the_span_is_the_name() -> None:
    offset = MAIN.index("err := C.fsync")
    found = hover_in({"main.go": MAIN}, offset)
    assert found is not None and found.span == Span(offset, offset + 3)
