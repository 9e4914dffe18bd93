"""Generated code: offered where it fits, laid out by gofmt, vetted, run, and its errors are what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgo_ls.features.generating import Generation, generations
from cgo_ls.text.edits import apply_edits
from cgo_ls.text.span import Span
from tests.support.checker import ROOT, check_files, session_of
from tests.support.go_toolchain import go_run, go_vet, is_gofmt_clean, write_package

PATH = f"{ROOT}/main.go"
PREAMBLE = """package main

/*
#cgo LDFLAGS: -lpthread
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static int bound(int n) {
	if (n > 3)
		return -EINVAL;
	return 0;
}
static void touch(int n) { errno = n; }
*/
import "C"

import "fmt"

"""


def offered(source: str, at: str) -> list[Generation]:
    """What is offered with the cursor on the first `at`."""
    offset = source.index(at)
    return list(generations(session_of({"main.go": source.encode()}).snapshot(), PATH, Span(offset, offset)))


def applied(source: str, made: Generation) -> str:
    return apply_edits(source.encode(), made.edits[PATH]).decode()


def generated(source: str, at: str, title: str) -> str:
    """The file after the one offer whose title starts so."""
    found = [made for made in offered(source, at) if made.title.startswith(title)]
    assert len(found) == 1, [made.title for made in offered(source, at)]
    return applied(source, found[0])


# What is called, the wrapper made for it, and what main prints when it uses the wrapper.
WRAPPERS = [
    ("C.dup(-1)", "Generate dup,", "_, err := dup(-1)", "dup: bad file descriptor true"),
    ("C.dup(-1)", "Generate dup and a C function", "_, err := dup(-1)", "dup: bad file descriptor true"),
    ("C.chdir(nil)", "Generate chdir,", '_, err := chdir("/none")', "chdir: no such file or directory true"),
    ("C.chdir(nil)", "Generate chdir and a C", '_, err := chdir("/none")', "chdir: no such file or directory true"),
    ("C.opendir(nil)", "Generate opendir,", '_, err := opendir("/none")', "opendir: no such file or directory true"),
    ("C.close(-1)", "Generate callClose,", "_, err := callClose(-1)", "close: bad file descriptor true"),
    ("C.bound(4)", "Generate bound,", "_, err := bound(4)", "bound: invalid argument true"),
    ("C.bound(4)", "Generate bound,", "_, err := bound(3)", "<nil> false"),
    ("C.touch(2)", "Generate touch,", "err := touch(2)", "touch: no such file or directory true"),
    (
        "C.pthread_mutex_unlock(nil)",
        "Generate pthreadMutexUnlock,",
        "var attributes C.pthread_mutexattr_t\n\tC.pthread_mutexattr_init(&attributes)\n"
        "\tC.pthread_mutexattr_settype(&attributes, C.PTHREAD_MUTEX_ERRORCHECK)\n\tvar mutex C.pthread_mutex_t\n"
        "\tC.pthread_mutex_init(&mutex, &attributes)\n\terr := pthreadMutexUnlock(&mutex)",
        "pthread_mutex_unlock: operation not permitted true",
    ),
]


@pytest.mark.parametrize(("call", "title", "use", "printed"), WRAPPERS)
def test_a_wrapper_returns_the_error(call: str, title: str, use: str, printed: str, tmp_path: Path) -> None:
    source = PREAMBLE + f"func main() {{\n\tfmt.Println()\n\tif false {{\n\t\t{call}\n\t}}\n}}\n"
    assert is_gofmt_clean(source.encode())
    made = generated(source, call.partition("(")[0], title)
    assert is_gofmt_clean(made.encode()), made
    test = f"{use}\n\tvar errno syscall.Errno\n\tfmt.Println(err, errors.As(err, &errno))"
    program = made.replace("fmt.Println()", test).replace('import "fmt"', 'import "fmt"\nimport "errors"', 1)
    program = program.replace('import (\n\t"fmt"', 'import (\n\t"errors"\n\t"fmt"', 1)
    if '"syscall"' not in program:
        program = program.replace(
            '"errors"', '"errors"\n\t"syscall"' if "import (" in program else '"errors"\nimport "syscall"', 1
        )
    directory = write_package(tmp_path, {"main.go": program})
    vetted, ran = go_vet(directory), go_run(directory)
    assert vetted.ok, f"{vetted.output}\n{program}"
    assert ran.output.strip() == printed, program


def test_a_wrapper_with_only_go_imports_is_complete(tmp_path: Path) -> None:
    """As offered, without anything added by hand."""
    source = PREAMBLE.replace('import "fmt"\n\n', "") + "func main() {\n\tC.dup(1)\n}\n"
    for made in offered(source, "C.dup"):
        result = applied(source, made)
        directory = write_package(tmp_path / made.title[-12:].replace(" ", "_"), {"main.go": result})
        vetted = go_vet(directory)
        assert vetted.ok, f"{vetted.output}\n{result}"
        assert is_gofmt_clean(result.encode())
        assert not check_files({"main.go": result.encode()})


def test_what_go_cannot_call_is_wrapped_in_c(tmp_path: Path) -> None:
    source = PREAMBLE + "func main() {\n\tfmt.Println(C.open(nil, 0))\n}\n"
    titles = [made.title for made in offered(source, "C.open")]
    assert [title for title in titles if title.startswith("Generate")] == [
        "Generate open and a C function that returns the error of open as -errno"
    ]
    made = generated(source, "C.open", "Generate open").replace("C.open(nil, 0)", 'open("/none", C.O_RDONLY)')
    ran = go_run(write_package(tmp_path, {"main.go": made}))
    assert ran.output.strip() == "-1 open: no such file or directory", made


ERROR_TYPE = """
func main() {
	_, err := C.dup(-1)
	made := newCError("dup", err)
	var cErr *CError
	var temporary interface{ Temporary() bool }
	fmt.Println(made, errors.Is(made, syscall.EBADF), errors.Is(made, &CError{Errno: syscall.EBADF}), errors.As(made, &cErr))
	fmt.Println(errors.Is(made, &CError{Op: "open", Errno: syscall.EBADF}), errors.Is(made, syscall.ENOENT))
	again := newCError("read", syscall.EAGAIN)
	fmt.Println(os.IsTimeout(again), errors.As(again, &temporary) && temporary.Temporary(), os.IsTimeout(made))
	fmt.Println(newCError("dup", nil) == nil, errors.Is(newCError("open", syscall.ENOENT), fs.ErrNotExist))
	fmt.Println(newCError("dup", errors.New("other")))
}
"""


def test_the_error_type_is_what_it_says(tmp_path: Path) -> None:
    imports = 'import (\n\t"errors"\n\t"fmt"\n\t"io/fs"\n\t"os"\n\t"syscall"\n)\n'
    source = PREAMBLE.replace('import "fmt"\n\n', imports) + ERROR_TYPE
    made = generated(source, 'import "C"', "Declare CError")
    assert is_gofmt_clean(made.encode()), made
    directory = write_package(tmp_path, {"main.go": made})
    vetted, ran = go_vet(directory), go_run(directory)
    assert vetted.ok, vetted.output
    assert ran.output.splitlines() == [
        "dup: bad file descriptor true true true",
        "false false",
        "true true false",
        "true true",
        "dup: other",
    ]
    assert not [each for each in offered(made, 'import "C"') if each.title.startswith("Declare CError")]
    assert "newCError(" in generated(made, "C.dup", "Generate dup,").split("func dup")[1]


def test_nothing_is_offered_elsewhere() -> None:
    source = PREAMBLE + 'func main() {\n\tvar n C.int\n\tfmt.Println(n, C.CString(""))\n}\n'
    for at in ("C.int", "C.CString", "fmt.Println", "package main"):
        assert not [made for made in offered(source, at) if made.kind == "refactor.rewrite"], at


CHECKS = [
    (
        "func try(fd C.int) error {\n\tC.fsync(fd)\n\treturn nil\n}",
        "C.fsync",
        "\tif ret, err := C.fsync(fd); ret == -1 {\n\t\treturn err\n\t}\n\treturn nil\n",
    ),
    (
        'func try(fd C.int) (int, string, error) {\n\tcopied := C.dup(fd) // the same file\n\treturn int(copied), "", nil\n}',
        "C.dup",
        '\tcopied, err := C.dup(fd) // the same file\n\tif copied == -1 {\n\t\treturn 0, "", err\n\t}\n\treturn int(copied), "", nil\n',
    ),
    (
        "func try(m *C.pthread_mutex_t) error {\n\tC.pthread_mutex_lock(m)\n\treturn nil\n}",
        "C.pthread_mutex_lock",
        "\tif ret := C.pthread_mutex_lock(m); ret != 0 {\n\t\treturn syscall.Errno(ret)\n\t}\n",
    ),
    (
        "func try() error {\n\tr := C.bound(4)\n\tfmt.Println(r)\n\treturn nil\n}",
        "C.bound",
        "\tr := C.bound(4)\n\tif r < 0 {\n\t\treturn syscall.Errno(-r)\n\t}\n\tfmt.Println(r)\n",
    ),
]


@pytest.mark.parametrize(("function", "at", "expected"), CHECKS)
def test_the_missing_test_of_a_result(function: str, at: str, expected: str, tmp_path: Path) -> None:
    source = PREAMBLE + function + "\n\nfunc main() {\n\tfmt.Println()\n}\n"
    result = generated(source, at, "Return the error of")
    assert expected in result
    assert is_gofmt_clean(result.encode())
    vetted = go_vet(write_package(tmp_path, {"main.go": result}))
    assert vetted.ok, vetted.output


@pytest.mark.parametrize(
    "function",
    [
        "func try(fd C.int) {\n\tC.dup(fd)\n}",
        "func try(fd C.int) error {\n\tr := C.dup(fd)\n\tif r == -1 {\n\t\treturn nil\n\t}\n\treturn nil\n}",
        "func try(fd C.int) error {\n\t_, err := C.dup(fd)\n\treturn err\n}",
        "func try(fd C.int) (struct{}, error) {\n\tC.dup(fd)\n\treturn struct{}{}, nil\n}",
    ],
)
def test_no_test_is_added_where_it_does_not_fit(function: str) -> None:
    source = PREAMBLE + function + "\n\nfunc main() {\n\tfmt.Println()\n}\n"
    assert not [made for made in offered(source, "C.dup") if made.title.startswith("Return the error of")]
