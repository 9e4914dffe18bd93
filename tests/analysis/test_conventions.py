"""How C functions report failure: rows of the tables, and what is learned from bodies."""

from __future__ import annotations

import pytest

from cgo_ls.analysis.conventions import Convention, Conventions, convention_of_row
from cgo_ls.data.rows import parse_rows
from cgo_ls.data.tables import load_library
from cgo_ls.model.c_reader import read_c_unit


def learned(source: str, rows: dict[str, object] | None = None) -> Conventions:
    parsed, errors = parse_rows(rows or {}, "the project")
    assert not errors
    return Conventions([read_c_unit("/p/a.c", source.encode())], parsed)


def brief(convention: Convention | None) -> tuple[str, str, str] | None:
    return (convention.predicate, convention.channel, convention.inner) if convention is not None else None


@pytest.mark.parametrize(
    ("name", "predicate", "channel"),
    [
        ("open", "minus_one", "errno"),
        ("fopen", "null", "errno"),
        ("fputs", "eof", "errno"),
        ("mmap", "map_failed", "errno"),
        ("fwrite", "short_count", "errno"),
        ("strtol", "ambiguous", "errno"),
        ("iconv", "size_max", "errno"),
        ("printf", "negative", "errno"),
        ("if_nametoindex", "zero", "errno"),
        ("pthread_create", "nonzero", "result"),
        ("posix_memalign", "nonzero", "result"),
        ("getpwnam_r", "nonzero", "result"),
        ("getaddrinfo", "nonzero", "gai"),
        ("regcomp", "nonzero", "own_code"),
        ("dlopen", "null", "dlerror"),
        ("dlsym", "ambiguous", "dlerror"),
        ("gethostbyname", "null", "h_errno"),
        ("getdate", "null", "getdate_err"),
        ("strlen", "none", "none"),
    ],
)
def test_rows(name: str, predicate: str, channel: str) -> None:
    convention = convention_of_row(load_library("libc").rows[name])
    assert convention is not None
    assert (convention.predicate, convention.channel) == (predicate, channel)
    assert convention.note.startswith("libc's table")


def test_what_success_leaves_behind() -> None:
    rows = load_library("libc").rows
    convention = {name: convention_of_row(rows[name]) for name in ("open", "ftell", "strtol", "readdir", "fgetc")}
    assert {name: found.success_may_set for name, found in convention.items() if found is not None} == {
        "open": True,
        "ftell": False,
        "strtol": False,
        "readdir": True,
        "fgetc": True,
    }
    assert [name for name, found in convention.items() if found is not None and found.clear_first] == [
        "strtol",
        "readdir",
        "fgetc",
    ]


BODIES = [
    ("int f(const char *p) { return open(p, 0); }", ("minus_one", "errno", "open")),
    ("int f(const char *p) { int fd = open(p, 0); return fd; }", ("minus_one", "errno", "open")),
    (
        "int f(const char *p) { int fd = open(p, 0); if (fd < 0) return -errno; return fd; }",
        ("negative", "negated_result", ""),
    ),
    ("int f(const char *p) { if (unlink(p)) return errno; return 0; }", ("nonzero", "result", "")),
    ("int f(int x) { if (x) return -EINVAL; return 0; }", ("negative", "negated_result", "")),
    ("int f(int x) { if (x) { errno = EINVAL; return -1; } return 0; }", ("minus_one", "errno", "")),
    (
        "int f(const char *p) { int fd = open(p, 0); if (fd == -1) { int e = errno; close(3); errno = e; return fd; } return fd; }",
        ("minus_one", "errno", "open"),
    ),
    ("int f(pthread_t t) { return pthread_join(t, 0); }", ("nonzero", "result", "pthread_join")),
    (
        "int f(pthread_t t) { int rc = pthread_join(t, 0); if (rc) return -rc; return 0; }",
        ("negative", "negated_result", ""),
    ),
    ('FILE *f(const char *p) { FILE *s = fopen(p, "r"); if (!s) return NULL; return s; }', ("null", "errno", "")),
    (
        "void *f(size_t n) { void *p = mmap(0, n, 0, 0, -1, 0); if (p == MAP_FAILED) return NULL; return p; }",
        ("null", "errno", ""),
    ),
    (
        "int g(const char *p) { return unlink(p); } int f(const char *p) { return g(p); }",
        ("minus_one", "errno", "unlink"),
    ),
    ("void f(int *x) { *x += 1; }", ("none", "none", "")),
    ("void f(int fd) { close(fd); }", ("none", "errno", "")),
    ("int f(void) { return 7; }", ("none", "none", "")),
    ("int f(int a, int b) { return a + b; }", None),
    ("int f(int x) { return unknown(x); }", None),
    ("int f(int x) { if (x) return -1; return 0; }", None),
    ("int f(int x) { return f(x - 1); }", None),
    ("#define f open\n", ("minus_one", "errno", "")),
    (
        "int f(const char *p) {\n#ifdef X\nreturn unlink(p);\n#else\nreturn rmdir(p);\n#endif\n}",
        ("minus_one", "errno", ""),
    ),
    ("int f(int n) { if (n) return -errno; return errno; }", None),
    (
        "int f(const char *p) { int fd = open(p, 0); return fd < 0 ? -errno : fd; }",
        ("negative", "negated_result", ""),
    ),
    ("int f(const char *p) { return (unlink(p) == -1 ? errno : 0); }", ("nonzero", "result", "")),
    ("int f(int x) { return x ? (x > 1 ? -EINVAL : -ENOENT) : 0; }", ("negative", "negated_result", "")),
    ("int f(int x) { return x ? unknown(x) : -EINVAL; }", None),
]


@pytest.mark.parametrize(("source", "expected"), BODIES, ids=[source[:60] for source, *_ in BODIES])
def test_bodies(source: str, expected: tuple[str, str, str] | None) -> None:
    assert brief(learned(source).of("f")) == expected


def test_definitions_that_differ_are_unknown() -> None:
    units = [
        read_c_unit("/p/a.c", b"int f(const char *p) { return unlink(p); }"),
        read_c_unit("/p/b.c", b"int f(const char *p) { return -EINVAL; }"),
    ]
    assert Conventions(units, {}).of("f") is None


def test_the_projects_rows_win() -> None:
    rows = {"f": {"prototype": "int f(int x)", "errno": {"reported": "as-result"}}}
    known = learned("int f(int x) { errno = x; return -1; }", rows)  # pyright: ignore[reportArgumentType]
    found = known.of("f")
    assert found is not None
    assert (found.channel, found.origin, found.note) == ("result", "project", "the project")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('void f(int *x) { *x = strlen("abc"); free(x); }', False),
        ("void f(int fd) { close(fd); }", True),
        ("void f(int x) { unknown(x); }", None),
        ("void f(void) { errno = 3; }", True),
        ("void f(pthread_mutex_t *m) { pthread_mutex_lock(m); }", False),
        ('void f(void) { int e = errno; perror("x"); errno = e; }', None),
        ("void f(void (*g)(void)) { g(); }", None),
    ],
)
def test_who_changes_errno(body: str, expected: bool | None) -> None:
    assert learned(body).touches_errno("f") is expected


def test_a_function_that_saves_errno_leaves_it_alone() -> None:
    known = learned('void f(void) { int e = errno; perror("x"); errno = e; }')
    assert known.changes_errno("f") is False


def test_where_it_is_known_from() -> None:
    found = learned("\n\nint f(const char *p) {\n\treturn unlink(p);\n}\n").of("f")
    assert found is not None
    assert found.note == "a.c:4 returns what unlink returns"
    assert found.words == "returns -1 and sets errno"


def test_too_many_paths_are_given_up() -> None:
    tests = "".join(f"if (unlink(p{i})) x{i} = errno; " for i in range(40))
    parameters = ", ".join(f"const char *p{i}" for i in range(40))
    variables = "".join(f"int x{i} = 0; " for i in range(40))
    known = learned(f"int f({parameters}) {{ {variables}{tests} return unlink(p0); }}")
    assert known.of("f") is None


def test_long_chains_of_calls_end() -> None:
    source = "int f0(const char *p) { return unlink(p); }\n"
    source += "".join(f"int f{i}(const char *p) {{ return f{i - 1}(p); }}\n" for i in range(1, 500))
    known = learned(source)
    assert brief(known.of("f20")) == ("minus_one", "errno", "unlink")
    assert known.of("f499") is None or brief(known.of("f499")) == ("minus_one", "errno", "unlink")
