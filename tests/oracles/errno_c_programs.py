"""C wrappers that lose errno on its way to Go, each with its right twin. The programs count their own wrong answers."""

from __future__ import annotations

from tests.oracles.build_programs import prints_no_mistakes
from tests.support.oracle import Clean, Program, Sources

_HEADERS = (
    "errno.h", "fcntl.h", "pthread.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "sys/mman.h", "unistd.h",
)  # fmt: skip
_FULL = """
// A log on a device that is always full, so that writing to it fails.
static void log_line(const char *text) {
	FILE *log = fopen("/dev/full", "w");
	setvbuf(log, NULL, _IONBF, 0);
	fputs(text, log);
	fclose(log);
}
"""


def _includes(code: str) -> str:
    wanted = _HEADERS if "pthread" in code else tuple(header for header in _HEADERS if header != "pthread.h")
    return "#define _GNU_SOURCE\n" + "".join(f"#include <{header}>\n" for header in wanted)


def asks(code: str, number: str, test: str = "ret == -1") -> Sources:
    """`code` defines `try(void)`, which must fail by `test` with errno `number` as the second result."""
    body = f"""package main

/*
{_includes(code)}
{code.strip()}
*/
import "C"

import "syscall"

func main() {{
	wrong := 0
	ret, err := C.try()
	if {test} {{
		if err != syscall.{number} {{
			wrong++
		}}
	}} else {{
		wrong++
	}}
	println(wrong)
}}
"""
    return {"main.go": body}


def gives(code: str, expected: int) -> Sources:
    """`code` defines `try(void)`, whose result must be `expected`."""
    body = f"""package main

/*
{_includes(code)}
{code.strip()}
*/
import "C"

func main() {{
	wrong := 0
	if int(C.try()) != {expected} {{
		wrong++
	}}
	println(wrong)
}}
"""
    return {"main.go": body}


def _clobbered(name: str, wrong: str, right: str, number: str, test: str = "ret == -1", more: str = "") -> Program:
    return Program(
        name,
        "clobbered-errno",
        prints_no_mistakes,
        "wrong answers: 1",
        asks(more + wrong, number, test),
        asks(more + right, number, test),
    )


CLOBBERED = [
    _clobbered(
        "close",
        """
static int try(void) {
	int fd = open("/nonexistent/x", O_RDONLY);
	if (fd < 0) {
		close(-1);
		return -1;
	}
	return fd;
}
""",
        """
static int try(void) {
	int fd = open("/nonexistent/x", O_RDONLY);
	if (fd < 0) {
		int saved_errno = errno;
		close(-1);
		errno = saved_errno;
		return -1;
	}
	return fd;
}
""",
        "ENOENT",
    ),
    _clobbered(
        "log",
        """
static int try(void) {
	if (rmdir("/") == -1) {
		log_line("cannot remove /");
		return -1;
	}
	return 0;
}
""",
        """
static int try(void) {
	if (rmdir("/") == -1) {
		int saved_errno = errno;
		log_line("cannot remove /");
		errno = saved_errno;
		return -1;
	}
	return 0;
}
""",
        "EBUSY",
        more=_FULL,
    ),
    _clobbered(
        "cleanup-label",
        """
static int try(void) {
	int rc = -1;
	if (unlink("/nonexistent/x") != 0)
		goto out;
	rc = 0;
out:
	close(-1);
	return rc;
}
""",
        """
static int try(void) {
	int rc = -1;
	int saved_errno = 0;
	if (unlink("/nonexistent/x") != 0) {
		saved_errno = errno;
		goto out;
	}
	rc = 0;
out:
	close(-1);
	errno = saved_errno;
	return rc;
}
""",
        "ENOENT",
    ),
    _clobbered(
        "map",
        """
static void *try(void) {
	void *memory = mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		close(-1);
		return NULL;
	}
	return memory;
}
""",
        """
static void *try(void) {
	void *memory = mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		int saved_errno = errno;
		close(-1);
		errno = saved_errno;
		return NULL;
	}
	return memory;
}
""",
        "EINVAL",
        "ret == nil",
    ),
    _clobbered(
        "set-by-hand",
        """
static int check(int fd) {
	if (fd < 0) {
		errno = EINVAL;
		close(fd);
		return -1;
	}
	return 0;
}

static int try(void) { return check(-1); }
""",
        """
static int check(int fd) {
	if (fd < 0) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return 0;
}

static int try(void) { return check(-1); }
""",
        "EINVAL",
    ),
    _clobbered(
        "removes-what-it-made",
        """
static int try(void) {
	FILE *file = fopen("/nonexistent/x", "r");
	if (file == NULL) {
		rmdir("/");
		return -1;
	}
	fclose(file);
	return 0;
}
""",
        """
static int try(void) {
	FILE *file = fopen("/nonexistent/x", "r");
	if (file == NULL) {
		int saved_errno = errno;
		rmdir("/");
		errno = saved_errno;
		return -1;
	}
	fclose(file);
	return 0;
}
""",
        "ENOENT",
    ),
    _clobbered(
        "two-steps-down",
        """
static int inner(const char *path) {
	if (unlink(path) < 0) {
		close(-1);
		return -1;
	}
	return 0;
}

static int try(void) {
	return inner("/nonexistent/x");
}
""",
        """
static int inner(const char *path) {
	return unlink(path);
}

static int try(void) {
	return inner("/nonexistent/x");
}
""",
        "ENOENT",
    ),
    _clobbered(
        "short-write",
        """
static int try(void) {
	int fd = open("/dev/full", O_WRONLY);
	if (write(fd, "x", 1) != 1) {
		close(fd);
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}
""",
        """
static int try(void) {
	int fd = open("/dev/full", O_WRONLY);
	if (write(fd, "x", 1) != 1) {
		int saved_errno = errno;
		close(fd);
		close(fd);
		errno = saved_errno;
		return -1;
	}
	close(fd);
	return 0;
}
""",
        "ENOSPC",
    ),
    Program(
        "negated",
        "clobbered-errno",
        prints_no_mistakes,
        "wrong answers: 1",
        gives(
            """
static int try(void) {
	int fd = open("/nonexistent/x", O_RDONLY);
	if (fd < 0) {
		close(-1);
		return -errno;
	}
	return fd;
}
""",
            -2,
        ),
        gives(
            """
static int try(void) {
	int fd = open("/nonexistent/x", O_RDONLY);
	if (fd < 0) {
		int error = errno;
		close(-1);
		return -error;
	}
	return fd;
}
""",
            -2,
        ),
    ),
    Program(
        "in-a-c-file",
        "clobbered-errno",
        prints_no_mistakes,
        "wrong answers: 1",
        {
            **asks("int try(void);", "ENOENT"),
            "try.c": """#include <fcntl.h>
#include <unistd.h>

int try(void) {
	int fd = open("/nonexistent/x", O_RDONLY);
	if (fd == -1) {
		close(-1);
		return -1;
	}
	return fd;
}
""",
        },
        {
            **asks("int try(void);", "ENOENT"),
            "try.c": """#include <fcntl.h>

int try(void) {
	return open("/nonexistent/x", O_RDONLY);
}
""",
        },
    ),
]


def _loses(rule: str, name: str, wrong: Sources, right: Sources, *, fixable: bool = False) -> Program:
    return Program(name, rule, prints_no_mistakes, "wrong answers: 1", wrong, right, fixable)


EARLY = [
    _loses(
        "early-errno-read",
        "result-not-looked-at",
        gives(
            """
static int try(void) {
	access("/nonexistent/x", F_OK);
	chdir("/");
	if (errno != 0)
		return -errno;
	return 0;
}
""",
            0,
        ),
        gives(
            """
static int try(void) {
	access("/nonexistent/x", F_OK);
	if (chdir("/") == -1)
		return -errno;
	return 0;
}
""",
            0,
        ),
    ),
    _loses(
        "early-errno-read",
        "after-success",
        gives(
            """
static int try(void) {
	access("/nonexistent/x", F_OK);
	int fd = open("/", O_RDONLY);
	if (fd >= 0 && errno == ENOENT)
		return -ENOENT;
	return fd >= 0 ? 0 : -errno;
}
""",
            0,
        ),
        gives(
            """
static int try(void) {
	access("/nonexistent/x", F_OK);
	int fd = open("/", O_RDONLY);
	if (fd < 0)
		return -errno;
	return 0;
}
""",
            0,
        ),
    ),
    _loses(
        "early-errno-read",
        "saved-too-soon",
        gives(
            """
static int remove_file(const char *path) {
	int error = errno;
	if (unlink(path) == -1)
		return -error;
	return 0;
}

static int try(void) {
	rmdir("/");
	return remove_file("/nonexistent/x");
}
""",
            -2,
        ),
        gives(
            """
static int remove_file(const char *path) {
	if (unlink(path) == -1)
		return -errno;
	return 0;
}

static int try(void) {
	rmdir("/");
	return remove_file("/nonexistent/x");
}
""",
            -2,
        ),
    ),
]

NARROW = [
    _loses(
        "narrow-errno",
        "unsigned-result",
        gives(
            """
static uint8_t try(void) {
	if (unlink("/nonexistent/x") == -1)
		return -errno;
	return 0;
}
""",
            -2,
        ),
        gives(
            """
static int try(void) {
	if (unlink("/nonexistent/x") == -1)
		return -errno;
	return 0;
}
""",
            -2,
        ),
    ),
    _loses(
        "narrow-errno",
        "char-variable",
        gives(
            """
static int failing(void) { errno = EOWNERDEAD; return -1; }

static int try(void) {
	signed char code = 0;
	if (failing() == -1)
		code = errno;
	return code;
}
""",
            130,
        ),
        gives(
            """
static int failing(void) { errno = EOWNERDEAD; return -1; }

static int try(void) {
	int code = 0;
	if (failing() == -1)
		code = errno;
	return code;
}
""",
            130,
        ),
        fixable=True,
    ),
    _loses(
        "narrow-errno",
        "declared-where-it-is-read",
        gives(
            """
static int try(void) {
	if (unlink("/nonexistent/x") == -1) {
		unsigned char code = -errno;
		return code;
	}
	return 0;
}
""",
            -2,
        ),
        gives(
            """
static int try(void) {
	if (unlink("/nonexistent/x") == -1) {
		int code = -errno;
		return code;
	}
	return 0;
}
""",
            -2,
        ),
        fixable=True,
    ),
]

SWALLOWED = [
    _loses(
        "swallowed-errno",
        "set-back",
        asks(
            """
static int try(void) {
	int saved = errno;
	int rc = unlink("/nonexistent/x");
	errno = saved;
	return rc;
}
""",
            "ENOENT",
        ),
        asks('static int try(void) { return unlink("/nonexistent/x"); }', "ENOENT"),
    ),
    _loses(
        "swallowed-errno",
        "cleared",
        asks(
            """
static int try(void) {
	if (unlink("/nonexistent/x") == -1) {
		errno = 0;
		return -1;
	}
	return 0;
}
""",
            "ENOENT",
        ),
        asks(
            """
static int try(void) {
	if (unlink("/nonexistent/x") == -1) {
		return -1;
	}
	return 0;
}
""",
            "ENOENT",
        ),
    ),
    _loses(
        "swallowed-errno",
        "pthread-number",
        asks(
            """
static int try(void) {
	int rc = pthread_setname_np(pthread_self(), "a name that is too long");
	if (rc != 0) {
		return -1;
	}
	return 0;
}
""",
            "ERANGE",
        ),
        asks(
            """
static int try(void) {
	int rc = pthread_setname_np(pthread_self(), "a name that is too long");
	if (rc != 0) {
		errno = rc;
		return -1;
	}
	return 0;
}
""",
            "ERANGE",
        ),
        fixable=True,
    ),
    _loses(
        "swallowed-errno",
        "alignment",
        asks(
            """
static int try(void) {
	void *memory = NULL;
	if (posix_memalign(&memory, 3, 8) != 0)
		return -1;
	free(memory);
	return 0;
}
""",
            "EINVAL",
        ),
        asks(
            """
static int try(void) {
	void *memory = NULL;
	int rc = posix_memalign(&memory, 3, 8);
	if (rc != 0) {
		errno = rc;
		return -1;
	}
	free(memory);
	return 0;
}
""",
            "EINVAL",
        ),
    ),
]

PROGRAMS = [*CLOBBERED, *EARLY, *NARROW, *SWALLOWED]

CLEAN = [
    Clean(
        "free-keeps-errno",
        prints_no_mistakes,
        asks(
            """
static int try(void) {
	char *copy = malloc(100000);
	int rc = unlink("/nonexistent/x");
	if (rc < 0) {
		free(copy);
		return -1;
	}
	free(copy);
	return 0;
}
""",
            "ENOENT",
        ),
    ),
    Clean(
        "unlock-keeps-errno",
        prints_no_mistakes,
        asks(
            """
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int try(void) {
	pthread_mutex_lock(&lock);
	int rc = unlink("/nonexistent/x");
	if (rc < 0) {
		pthread_mutex_unlock(&lock);
		return -1;
	}
	pthread_mutex_unlock(&lock);
	return 0;
}
""",
            "ENOENT",
        ),
    ),
    Clean(
        "log-that-keeps-errno",
        prints_no_mistakes,
        asks(
            """
static void note(const char *text) {
	int saved = errno;
	FILE *log = fopen("/dev/full", "w");
	setvbuf(log, NULL, _IONBF, 0);
	fputs(text, log);
	fclose(log);
	errno = saved;
}

static int try(void) {
	if (unlink("/nonexistent/x") < 0) {
		note("cannot remove it");
		return -1;
	}
	return 0;
}
""",
            "ENOENT",
        ),
    ),
]
