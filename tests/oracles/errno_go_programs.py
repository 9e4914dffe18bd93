"""Programs that count the errors they lose or falsify: wrong as written, right as put right by hand."""

from __future__ import annotations

from tests.oracles.build_programs import builds, main, prints_no_mistakes
from tests.support.oracle import Clean, Program

LOST = r"wrong answers: .*[1-9]\d*\s*$"


def counting(test: str) -> str:
    """The body of a main that counts what is wrong: once by itself, and once in each of many goroutines."""
    return f"""
var wrong atomic.Int32
var group sync.WaitGroup
for range 50 {{
	group.Add(1)
	go func() {{
		defer group.Done()
		{test}
	}}()
}}
group.Wait()
println(wrong.Load())
"""


def pair(
    name: str,
    rule: str,
    preamble: str,
    test: str,
    wrong: str,
    right: str,
    imports: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    fixable: bool = True,
) -> Program:
    """A function, wrong and right, and a test that adds to `wrong` where its answer is not the truth."""
    needed = [tuple(sorted({"sync", "sync/atomic", *one})) for one in imports]
    return Program(
        name,
        rule,
        prints_no_mistakes,
        LOST,
        {"main.go": main(preamble, counting(test), imports=needed[0], more=wrong)},
        {"main.go": main(preamble, counting(test), imports=needed[1], more=right)},
        fixable=fixable,
    )


def unless(condition: str) -> str:
    return f"if !({condition}) {{\n\t\t\twrong.Add(1)\n\t\t}}"


IS_ENOENT = unless("errors.Is(try(), syscall.ENOENT)")
IS_EBADF = unless("errors.Is(try(), syscall.EBADF)")

DROPPED = [
    pair(
        "constant",
        "dropped-errno",
        '#include <dirent.h>\n#include <errno.h>\nstatic DIR *open_none(void) { return opendir("/none"); }',
        IS_ENOENT,
        """
func try() error {
	dir := C.open_none()
	if dir == nil {
		return errors.New("cannot open")
	}
	C.closedir(dir)
	return nil
}
""",
        """
func try() error {
	dir, err := C.open_none()
	if dir == nil {
		return fmt.Errorf("cannot open: %w", err)
	}
	C.closedir(dir)
	return nil
}
""",
        (("errors", "syscall"), ("errors", "fmt", "syscall")),
    ),
    pair(
        "formatted",
        "dropped-errno",
        "#include <unistd.h>",
        IS_EBADF,
        """
func try() error {
	r := C.fsync(-1)
	if r == -1 {
		return fmt.Errorf("cannot sync: %d", r)
	}
	return nil
}
""",
        """
func try() error {
	r, err := C.fsync(-1)
	if r == -1 {
		return fmt.Errorf("cannot sync: %d: %w", r, err)
	}
	return nil
}
""",
        (("errors", "fmt", "syscall"), ("errors", "fmt", "syscall")),
    ),
    pair(
        "panic",
        "dropped-errno",
        "#include <unistd.h>",
        IS_EBADF,
        """
func try() (err error) {
	defer func() {
		err, _ = recover().(error)
	}()
	if C.dup(-1) < 0 {
		panic("cannot copy")
	}
	return nil
}
""",
        """
func try() (err error) {
	defer func() {
		err, _ = recover().(error)
	}()
	if ret, cErr := C.dup(-1); ret < 0 {
		panic(fmt.Errorf("cannot copy: %w", cErr))
	}
	return nil
}
""",
        (("errors", "syscall"), ("errors", "fmt", "syscall")),
    ),
    pair(
        "wrapper",
        "dropped-errno",
        '#include <fcntl.h>\nstatic int open_none(void) { return open("/none", O_RDONLY); }',
        IS_ENOENT,
        """
func try() error {
	fd := C.open_none()
	if fd != -1 {
		return nil
	}
	return errors.New("cannot open")
}
""",
        """
func try() error {
	fd, err := C.open_none()
	if fd != -1 {
		return nil
	}
	return fmt.Errorf("cannot open: %w", err)
}
""",
        (("errors", "syscall"), ("errors", "fmt", "syscall")),
    ),
    pair(
        "pthread",
        "dropped-errno",
        "#include <errno.h>\n#include <stdlib.h>",
        unless("errors.Is(try(), syscall.EINVAL)"),
        """
func try() error {
	var memory unsafe.Pointer
	if r := C.posix_memalign(&memory, 3, 8); r != 0 {
		return errors.New("no memory")
	}
	C.free(memory)
	return nil
}
""",
        """
func try() error {
	var memory unsafe.Pointer
	if r := C.posix_memalign(&memory, 3, 8); r != 0 {
		return fmt.Errorf("no memory: %w", syscall.Errno(r))
	}
	C.free(memory)
	return nil
}
""",
        (("errors", "syscall", "unsafe"), ("errors", "fmt", "syscall", "unsafe")),
    ),
]

BEFORE = [
    pair(
        "success-that-sets-errno",
        "err-before-result",
        "#include <errno.h>\n"
        "static int closed(int fd) { if (fd < 0) { errno = EBADF; return -1; } errno = ENOTTY; return 0; }",
        unless("try(1) == nil && errors.Is(try(-1), syscall.EBADF)"),
        """
func try(fd C.int) error {
	_, err := C.closed(fd)
	if err != nil {
		return err
	}
	return nil
}
""",
        """
func try(fd C.int) error {
	ret, err := C.closed(fd)
	if ret == -1 {
		return err
	}
	return nil
}
""",
        (("errors", "syscall"), ("errors", "syscall")),
    ),
    pair(
        "answer-taken-for-failure",
        "err-before-result",
        '#include <unistd.h>\n#include <fcntl.h>\nstatic int null_device(void) { return open("/dev/null", O_RDONLY); }',
        unless("try() == nil"),
        """
func try() error {
	fd := C.null_device()
	defer C.close(fd)
	n, err := C.isatty(fd)
	if err != nil {
		return err
	}
	println(n)
	return nil
}
""",
        """
func try() error {
	fd := C.null_device()
	defer C.close(fd)
	n, err := C.isatty(fd)
	if n == 0 && err != syscall.ENOTTY {
		return err
	}
	return nil
}
""",
        ((), ("syscall",)),
        fixable=False,
    ),
]

NOT_REPORTED = [
    pair(
        "pthread",
        "errno-not-reported",
        "#include <stdlib.h>",
        unless("errors.Is(try(), syscall.EINVAL)"),
        """
func try() error {
	var memory unsafe.Pointer
	_, err := C.posix_memalign(&memory, 3, 8)
	return err
}
""",
        """
func try() error {
	var memory unsafe.Pointer
	if ret := C.posix_memalign(&memory, 3, 8); ret != 0 {
		return syscall.Errno(ret)
	}
	C.free(memory)
	return nil
}
""",
        (("errors", "syscall", "unsafe"), ("errors", "syscall", "unsafe")),
        fixable=False,
    ),
    pair(
        "after-the-result",
        "errno-not-reported",
        "#cgo LDFLAGS: -lpthread\n#include <pthread.h>\n#include <stddef.h>",
        unless("errors.Is(try(), syscall.EINVAL)"),
        """
func try() error {
	r, err := C.pthread_key_delete(1023)
	if r != 0 {
		return err
	}
	return nil
}
""",
        """
func try() error {
	r := C.pthread_key_delete(1023)
	if r != 0 {
		return syscall.Errno(r)
	}
	return nil
}
""",
        (("errors", "syscall"), ("errors", "syscall")),
    ),
]

TESTS = [
    pair(
        "mmap",
        "wrong-failure-test",
        "#include <sys/mman.h>",
        unless("!try()"),
        """
func try() bool {
	p := C.mmap(nil, 4096, C.PROT_READ, C.MAP_PRIVATE, 999, 0)
	return p != nil
}
""",
        """
func try() bool {
	p := C.mmap(nil, 4096, C.PROT_READ, C.MAP_PRIVATE, 999, 0)
	return p != C.MAP_FAILED
}
""",
        ((), ()),
    ),
    pair(
        "shmat",
        "wrong-failure-test",
        "#include <sys/shm.h>",
        unless("!try()"),
        """
func try() bool {
	p := C.shmat(-1, nil, 0)
	return p != nil
}
""",
        """
func try() bool {
	p := C.shmat(-1, nil, 0)
	return uintptr(p) != ^uintptr(0)
}
""",
        ((), ()),
    ),
    pair(
        "positive-number",
        "wrong-failure-test",
        "#cgo LDFLAGS: -lpthread\n#include <pthread.h>",
        unless("!try()"),
        """
func try() bool {
	return !(C.pthread_key_delete(1023) < 0)
}
""",
        """
func try() bool {
	return !(C.pthread_key_delete(1023) != 0)
}
""",
        ((), ()),
    ),
    pair(
        "unsigned",
        "wrong-failure-test",
        "#include <stdint.h>\nstatic uint32_t find(void) { return -1; }",
        unless("!try()"),
        """
func try() bool {
	i := C.find()
	return !(int(i) == -1)
}
""",
        """
func try() bool {
	i := C.find()
	return !(i == ^C.uint32_t(0))
}
""",
        ((), ()),
    ),
    pair(
        "never-negative",
        "wrong-failure-test",
        "static unsigned int find(void) { return -1; }",
        unless("!try()"),
        """
func try() bool {
	i := C.find()
	return i >= 0
}
""",
        """
func try() bool {
	i := C.find()
	return i != ^C.uint(0)
}
""",
        ((), ()),
        fixable=False,
    ),
]

FROM_RESULT = [
    pair(
        "minus-one",
        "errno-from-result",
        "#include <unistd.h>",
        IS_EBADF,
        """
func try() error {
	r := C.dup(-1)
	if r < 0 {
		return syscall.Errno(-r)
	}
	return nil
}
""",
        """
func try() error {
	r, err := C.dup(-1)
	if r < 0 {
		return err
	}
	return nil
}
""",
        (("errors", "syscall"), ("errors", "syscall")),
    ),
    pair(
        "negated",
        "errno-from-result",
        "#include <errno.h>\nstatic int bound(int n) { if (n > 3) return -EINVAL; return 0; }",
        unless("errors.Is(try(), syscall.EINVAL)"),
        """
func try() error {
	r := C.bound(4)
	if r < 0 {
		return syscall.Errno(r)
	}
	return nil
}
""",
        """
func try() error {
	r := C.bound(4)
	if r < 0 {
		return syscall.Errno(-r)
	}
	return nil
}
""",
        (("errors", "syscall"), ("errors", "syscall")),
    ),
    pair(
        "positive",
        "errno-from-result",
        "#cgo LDFLAGS: -lpthread\n#include <pthread.h>",
        unless("errors.Is(try(), syscall.EINVAL)"),
        """
func try() error {
	if r := C.pthread_key_delete(1023); r != 0 {
		return syscall.Errno(-r)
	}
	return nil
}
""",
        """
func try() error {
	if r := C.pthread_key_delete(1023); r != 0 {
		return syscall.Errno(r)
	}
	return nil
}
""",
        (("errors", "syscall"), ("errors", "syscall")),
    ),
]

TEXT = [
    pair(
        "negated",
        "error-code-as-text",
        "#include <errno.h>\nstatic int bound(int n) { if (n > 3) return -EINVAL; return 0; }",
        unless('!strings.Contains(try().Error(), "%!")'),
        """
func try() error {
	err := C.bound(4)
	if err < 0 {
		return fmt.Errorf("out of bounds: %s", err)
	}
	return nil
}
""",
        """
func try() error {
	r := C.bound(4)
	if r < 0 {
		return fmt.Errorf("out of bounds: %w", syscall.Errno(-r))
	}
	return nil
}
""",
        (("fmt", "strings"), ("fmt", "strings", "syscall")),
    ),
    pair(
        "unknown",
        "error-code-as-text",
        "extern int (*hook)(int);\nstatic int fails(int n) { return n - 9; }\nint (*hook)(int) = fails;\n"
        "static int call(int n) { return hook(n); }",
        unless('!strings.Contains(try().Error(), "%!")'),
        """
func try() error {
	code := C.call(4)
	if code != 0 {
		return fmt.Errorf("code %s", code)
	}
	return nil
}
""",
        """
func try() error {
	code := C.call(4)
	if code != 0 {
		return fmt.Errorf("code %d", code)
	}
	return nil
}
""",
        (("fmt", "strings"), ("fmt", "strings")),
    ),
]

STRTOL = [
    pair(
        "too-large",
        "strtol-without-errno",
        '#include <stdlib.h>\nstatic const char *large(void) { return "99999999999999999999"; }',
        unless("errors.Is(second(parse()), syscall.ERANGE)"),
        """
func parse() (int, error) {
	n := C.strtol(C.large(), nil, 10)
	return int(n), nil
}

func second(_ int, err error) error {
	return err
}
""",
        """
func parse() (int, error) {
	n, err := C.strtol(C.large(), nil, 10)
	if err != nil {
		return 0, err
	}
	return int(n), nil
}

func second(_ int, err error) error {
	return err
}
""",
        (("errors", "syscall"), ("errors", "syscall")),
    ),
]

EINTR = [
    pair(
        "closed",
        "eintr-loop",
        "#include <unistd.h>",
        IS_EBADF,
        """
func try() error {
	for {
		_, err := C.fsync(-1)
		if err != syscall.EINTR {
			break
		}
	}
	return nil
}
""",
        """
func try() error {
	for {
		r, err := C.fsync(-1)
		if r == 0 {
			return nil
		}
		if err != syscall.EINTR {
			return err
		}
	}
}
""",
        (("errors", "syscall"), ("errors", "syscall")),
    ),
]

SIBLINGS = (
    "#include <errno.h>\nextern int (*hook)(int);\nstatic int fails(int n) { errno = n; return -1; }\nint (*hook)(int) = fails;\n"
    "static int mq_bind(int n) { return hook(n); }\nstatic int mq_send(int n) { return hook(n); }\n"
    "static int mq_recv(int n) { return hook(n); }\nstatic int mq_keys(int n) { return hook(n); }"
)
OTHERS = """
func others() error {
	if r, err := C.mq_bind(1); r != 0 {
		return err
	}
	if r, err := C.mq_send(1); r != 0 {
		return err
	}
	if r, err := C.mq_recv(1); r != 0 {
		return err
	}
	return nil
}
"""
UNEXPLAINED = [
    pair(
        "siblings",
        "unexplained-failure",
        SIBLINGS,
        unless("errors.Is(try(), syscall.ENOENT) && others() != nil"),
        """
func try() error {
	if r := C.mq_keys(2); r != 0 {
		return errors.New("no keys")
	}
	return nil
}
"""
        + OTHERS,
        """
func try() error {
	if r, err := C.mq_keys(2); r != 0 {
		return fmt.Errorf("no keys: %w", err)
	}
	return nil
}
"""
        + OTHERS,
        (("errors", "syscall"), ("errors", "fmt", "syscall")),
    ),
]

TWO_VALUES = [
    Program(
        name,
        "no-two-value-form",
        builds,
        says,
        {"main.go": main(preamble, wrong, more=more)},
        {"main.go": main(preamble, right, more=more)},
        fixable=fixable,
    )
    for name, says, preamble, wrong, right, more, fixable in (
        (
            "malloc",
            "no two-result form for C._CMalloc",
            "#include <stdlib.h>",
            "p, err := C.malloc(16)\nif err != nil {\n\treturn\n}\nC.free(p)",
            "p := C.malloc(16)\nC.free(p)",
            "",
            True,
        ),
        (
            "variable",
            "assignment mismatch: 2 variables but 1 value",
            "int counter = 4;",
            "n, _ := C.counter\nprintln(n)",
            "n := C.counter\nprintln(n)",
            "",
            True,
        ),
        (
            "conversion",
            "assignment mismatch: 2 variables but C.int returns 1 value",
            "int counter = 4;",
            "n, err := C.int(3)\nif err != nil {\n\treturn\n}\nprintln(n, C.counter)",
            "n := C.int(3)\nprintln(n, C.counter)",
            "",
            True,
        ),
        (
            "argument",
            "not enough arguments in call to take",
            "#include <unistd.h>",
            "take(C.dup(0))",
            "ret, err := C.dup(0)\ntake(ret, err)",
            "func take(n C.int, err error) {\n\tprintln(n, err)\n}",
            True,
        ),
    )
]

# The name is the library's and the body is ours: it answers as libseccomp does.
NOTIFY = {
    "seccomp.h": "struct seccomp_notif;\nint seccomp_notify_receive(int fd, struct seccomp_notif *req) __attribute__((weak));\n",
    "notify.c": """#include <errno.h>
#include <sys/ioctl.h>
#include "seccomp.h"
int answer(int fd, struct seccomp_notif *req) __asm__("seccomp_notify_receive");
int answer(int fd, struct seccomp_notif *req) { return ioctl(fd, 0, req) < 0 ? -ECANCELED : 0; }
""",
}


def coarse(imports: tuple[str, ...], receive: str) -> dict[str, str]:
    return NOTIFY | {
        "main.go": main('#include "seccomp.h"', counting(IS_EBADF), imports=imports, more=receive),
    }


COARSE = [
    Program(
        "notification",
        "coarse-error-code",
        prints_no_mistakes,
        LOST,
        coarse(
            ("errors", "sync", "sync/atomic", "syscall"),
            """
func try() error {
	if code := C.seccomp_notify_receive(-1, nil); code != 0 {
		return syscall.Errno(-code)
	}
	return nil
}
""",
        ),
        coarse(
            ("errors", "sync", "sync/atomic", "syscall"),
            """
func try() error {
	if code, err := C.seccomp_notify_receive(-1, nil); code != 0 {
		return errors.Join(syscall.Errno(-code), err)
	}
	return nil
}
""",
        ),
    )
]

STRERROR = [
    pair(
        "unknown-numbers",
        "strerror-call",
        "#include <string.h>",
        """for number := range 200 {
			if !strings.HasSuffix(text(1000+number), strconv.Itoa(1000+number)) {
				wrong.Add(1)
			}
		}""",
        """
func text(number int) string {
	words := C.strerror(C.int(number))
	runtime.Gosched()
	return C.GoString(words)
}
""",
        """
func text(number int) string {
	words := syscall.Errno(number).Error()
	runtime.Gosched()
	return words
}
""",
        (("runtime", "strconv", "strings"), ("runtime", "strconv", "strings", "syscall")),
        fixable=False,
    ),
]

PROGRAMS = [
    *COARSE,
    *STRERROR,
    *DROPPED,
    *BEFORE,
    *NOT_REPORTED,
    *TESTS,
    *FROM_RESULT,
    *TEXT,
    *STRTOL,
    *EINTR,
    *UNEXPLAINED,
    *TWO_VALUES,
]

CLEAN = [
    Clean(
        "errno-is-right-in-every-goroutine",
        prints_no_mistakes,
        {
            "main.go": main(
                "#include <errno.h>\nstatic int fail(int n) { errno = n; return -1; }",
                """
var wrong atomic.Int32
var group sync.WaitGroup
for i := range 200 {
	group.Add(1)
	go func() {
		defer group.Done()
		for range 50 {
			r, err := C.fail(C.int(i%100 + 1))
			if r != -1 || err != syscall.Errno(i%100+1) {
				wrong.Add(1)
			}
		}
	}()
}
group.Wait()
println(wrong.Load())
""",
                imports=("sync", "sync/atomic", "syscall"),
            )
        },
    ),
    Clean(
        "ambiguous-functions-are-asked-by-errno",
        prints_no_mistakes,
        {
            "main.go": main(
                '#include <stdlib.h>\nstatic const char *zero(void) { return "0"; }',
                """
wrong := 0
n, err := C.strtol(C.zero(), nil, 10)
if err != nil {
	wrong++
}
println(n, wrong)
""",
            )
        },
    ),
]
