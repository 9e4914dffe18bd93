"""C text to values: what is declared, where, and what survives broken text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cgo_ls.model.c_reader import SIZE_LIMIT, read_c_unit
from cgo_ls.model.cdecl import CFunction, CParameter, CUnit, join_units, shift_unit
from cgo_ls.text.span import Span
from tests.support.go_toolchain import require


def read(text: str, path: str = "a.c") -> CUnit:
    return read_c_unit(path, text.encode())


def function(text: str, path: str = "a.c") -> CFunction:
    (found,) = read(text, path).functions
    return found


PROTOTYPES = {
    "int add(int a, int b);": ("int", [("a", "int"), ("b", "int")], "int add(int a, int b)"),
    "const char  * name ( struct s*p );": ("const char *", [("p", "struct s *")], "const char *name(struct s *p)"),
    "void f(void);": ("void", [], "void f(void)"),
    "char **v(char *argv[], int (*cb)(void *, int));": (
        "char **",
        [("argv", "char * []"), ("cb", "int (*)(void *, int)")],
        "char **v(char *argv[], int (*cb)(void *, int))",
    ),
    "int (*get(int k))(double);": ("int (*)(double)", [("k", "int")], "int (*get(int k))(double)"),
    "unsigned long long g(const void *, size_t);": (
        "unsigned long long",
        [("", "const void *"), ("", "size_t")],
        "unsigned long long g(const void *, size_t)",
    ),
    "typedef_t\nmake /* c */ (\n  int a,\n  int b\n);": ("typedef_t", [("a", "int"), ("b", "int")], None),
}


@pytest.mark.parametrize("text", PROTOTYPES)
def test_prototype(text: str) -> None:
    result, parameters, prototype = PROTOTYPES[text]
    found = function(text)
    assert found.result == result
    assert found.parameters == tuple(CParameter(name, kind) for name, kind in parameters)
    assert found.has_prototype
    assert not found.is_definition
    if prototype is not None:
        assert found.prototype == prototype


MACROS = {
    "SQLITE_API int SQLITE_STDCALL f(void);": "int",
    "API(int) f(void);": "API(int)",
    "XMLPUBFUN int XMLCALL f (int x) ATTR_UNUSED;": "int",
    "ZEXTERN const char * ZEXPORT f OF((int));": "const char *",
    "GLIB_AVAILABLE_IN_ALL\nvoid f (gpointer mem) G_GNUC_X(1, 2);": "void",
    "FOO_BEGIN_DECLS\nint f(void);": "int",
    "MY_API Foo *f(void);": "Foo *",
    "extern int f(void) __attribute__((weak)) EXTRA;": "int",
    "static inline MY_INLINE int f(void) { return 1; }": "int",
    "__declspec(dllexport) int f(void);": "int",
}


@pytest.mark.parametrize("text", MACROS)
def test_macros_around_a_declaration(text: str) -> None:
    unit = read("int before(int);\n" + text + "\nint after(void);\n")
    assert [found.name for found in unit.functions] == ["before", "f", "after"]
    assert unit.functions[1].result == MACROS[text]


def test_calling_conventions_in_function_pointers() -> None:
    unit = read("typedef void (APIENTRY *A)(int a);\ntypedef int (APIENTRYP B)(void);\ntypedef T (WINAPI * C)(H);\n")
    assert [found.name for found in unit.types] == ["A", "B", "C"]
    assert not unit.has_error


def test_kinds_of_functions() -> None:
    unit = read(
        "static inline int a(void) { return 1; }\nint b();\nint c(x, y) int x; char *y; { return x; }\n"
        "int d(const char *format, ...);\nextern int e(void);"
    )
    a, b, c, d, e = unit.functions
    assert (a.static, a.inline, a.is_definition, a.has_prototype) == (True, True, True, True)
    assert (b.has_prototype, b.is_definition) == (False, False)
    assert (c.has_prototype, c.is_definition, [p.name for p in c.parameters]) == (False, True, ["x", "y"])
    assert d.variadic
    assert not e.static
    assert not unit.has_error


def test_storage_words_can_be_deleted() -> None:
    text = "static  inline int f(void) { return 1; }"
    found = function(text)
    left = text
    for span in reversed(found.storage):
        left = left[: span.start] + left[span.end :]
    assert left == "int f(void) { return 1; }"


def test_attributes() -> None:
    found = function(
        "static __attribute__((malloc(free, 1), nonnull(1))) char *f(const char *s) __attribute__((__noreturn__));"
    )
    assert found.attributes == ("malloc(free,1)", "nonnull(1)", "noreturn")
    assert found.prototype == "static char *f(const char *s)"
    assert function("[[nodiscard]] int f(void);").attributes == ("nodiscard",)


def test_places() -> None:
    text = "int a;\n/* doc */\nint f(int x)\n{ return x; }\n#define N 3\nenum e { RED = 1, BLUE };\n"
    unit = read(text)
    found = unit.functions[0]
    assert text[found.place.span.start : found.place.span.end] == "int f(int x)\n{ return x; }"
    for name, place in (
        ("f", found.place),
        ("a", unit.variables[0].place),
        ("N", unit.macros[0].place),
        ("BLUE", unit.enum_constants[1].place),
        ("e", unit.types[0].place),
    ):
        assert text[place.name_span.start : place.name_span.end] == name


def test_types() -> None:
    unit = read(
        "typedef struct point { int x, *y; struct { int q; } u; int (*cb)(void *); unsigned b : 3; } point_t, *point_p;\n"
        "struct opaque;\ntypedef int (*handler)(void *);\nunion u { int i; float f; };\nenum color { RED = 1 << 2, GREEN };"
    )
    kinds = {(found.kind, found.name): found for found in unit.types}
    expected = ["struct point", "typedef point_t", "typedef point_p", "struct opaque", "typedef handler", "union u"]
    assert [f"{kind} {name}" for kind, name in kinds] == [*expected, "enum color"]
    assert [(f.name, f.type) for f in kinds["struct", "point"].fields] == [
        ("x", "int"),
        ("y", "int *"),
        ("u", "struct {...}"),
        ("cb", "int (*)(void *)"),
        ("b", "unsigned"),
    ]
    assert kinds["struct", "opaque"].fields == ()
    assert [(c.name, c.value_text) for c in unit.enum_constants] == [("RED", "1 << 2"), ("GREEN", "")]


def test_variables() -> None:
    unit = read(
        'int a, *b = 0; extern const int K; static char buf[10]; const char *const names[] = {"x"}; const char *p;'
    )
    assert [(v.name, v.type) for v in unit.variables] == [
        ("a", "int"),
        ("b", "int *"),
        ("K", "const int"),
        ("buf", "char [10]"),
        ("names", "const char * const []"),
        ("p", "const char *"),
    ]
    assert [v.const for v in unit.variables] == [False, False, True, False, True, False]
    assert [v.is_definition for v in unit.variables] == [True, True, False, True, True, True]
    assert unit.variables[3].static


def test_macros_and_includes() -> None:
    unit = read(
        '#include <stdlib.h>\n#include "x.h" /* own */\n#define N 10 // ten\n#define SQ(x, y) \\\n  ((x)*(y))\n#define EMPTY \n'
        'int f(void);\n#define S "a // b"\n# define SPACED 1\n'
    )
    assert [(i.name, i.system) for i in unit.includes] == [("stdlib.h", True), ("x.h", False)]
    assert [(m.name, m.parameters, m.value) for m in unit.macros] == [
        ("N", None, "10"),
        ("SQ", ("x", "y"), "((x)*(y))"),
        ("EMPTY", None, ""),
        ("S", None, '"a // b"'),
        ("SPACED", None, "1"),
    ]
    assert [f.name for f in unit.functions] == ["f"]  # the parser alone loses what follows `#define EMPTY `


def test_comments() -> None:
    unit = read(
        "/* Adds two.\n * Really. */\nint a(void);\n\n// detached\n\nint b(void);\n"
        "int c(void); // behind\nint d(void);\n/// one\n// two\nint e(void);\n"
    )
    assert [f.comment for f in unit.functions] == ["Adds two.\nReally.", "", "behind", "", "one\ntwo"]


CONDITIONALS = {
    "#if 0\nint no(void);\n#endif\nint f(void);": ["f"],
    "#if 0\nint no(void);\n#else\nint f(void);\n#endif": ["f"],
    "#ifdef A\nint a(void);\n#else\nint b(void);\n#endif": ["a", "b"],
    '#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif\nint g(void);': ["f", "g"],
    "#if A\nint f(int a) {\n#else\nint f(long a) {\n#endif\n  return a;\n}\nint g(void);": ["f", "g"],
    "int f(\n#ifdef A\nint a\n#else\nlong a\n#endif\n);\nint g(void);": ["f", "g"],
    "#ifndef H\n#define H\nint f(void);\n#endif": ["f"],
    "#if A\n#if B\nint a(void);\n#else\nint b(void);\n#endif\n#elif C\nint c(void);\n#endif": ["a", "b", "c"],
    "#ifndef __cplusplus\nint f(void);\n#else\nclass X {};\n#endif": ["f"],
}


@pytest.mark.parametrize("text", CONDITIONALS)
def test_conditionals(text: str) -> None:
    unit = read(text)
    assert [f.name for f in unit.functions] == CONDITIONALS[text]
    assert not unit.has_error


BROKEN = {
    "int f(int a {\n return a; }\nint g(void);": {"g"},
    "int f(void)\nint g(void);": {"g"},
    "int f(void) { if (x) {\nint g(int a)\n{\n return 1;\n}\n": {"f", "g"},
    "int f(void) { return 1; }}\nint g(void);": {"f", "g"},
    'char *s = "abc;\nint g(void);': {"g"},
    "#define X(\nint g(void);": {"g"},
    "struct s { int x;\nint g(void) { return 1; }\n": {"g"},
    "%%% ???;\nint g(void);": {"g"},
    "int f(void) { return ((1; }\nint g(void);": {"f", "g"},
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_declaration_costs_itself(text: str) -> None:
    assert {f.name for f in read(text).functions} >= BROKEN[text]


def test_cplusplus_linkage() -> None:
    unit = read(
        'int a(void);\nextern "C" int b(void) { return 1; }\nextern "C" {\nint c(void);\n}\nint d(void) { return 1; }',
        "x.cc",
    )
    assert {f.name: f.c_linkage for f in unit.functions} == {"a": False, "b": True, "c": True, "d": False}


def test_objective_c_keeps_its_c_functions() -> None:
    unit = read(
        "@interface A : B\n- (void)m;\n@end\nint f(void) { return 1; }\n@implementation A\n- (void)m { }\n@end\n", "x.m"
    )
    assert [f.name for f in unit.functions] == ["f"]


def test_regions_keep_positions() -> None:
    data = b"junk { junk\nint f(void);\nmore junk\n"
    unit = read_c_unit("a.go", data, regions=[Span(12, 25)])
    (found,) = unit.functions
    assert data[found.place.name_span.start : found.place.name_span.end] == b"f"
    assert unit.in_preamble


def test_shift_and_join() -> None:
    unit = read("static int f(void);\n#define N 1\n")
    moved = shift_unit(unit, 100)
    assert moved.functions[0].place.span.start == 100
    assert moved.functions[0].storage == (Span(100, 107),)
    assert moved.macros[0].place.name_span == unit.macros[0].place.name_span.shift(100)
    assert [f.place.span.start for f in join_units("x", b"", (unit, moved)).functions] == [0, 100]


def test_a_huge_file_is_not_read() -> None:
    unit = read_c_unit("sqlite3.c", b"int f(void);\n" * (SIZE_LIMIT // 13 + 1))
    assert unit.has_error
    assert unit.functions == ()


def gcc_functions(path: Path, folder: Path) -> set[tuple[str, bool, bool]] | None:
    """(name, static, defined) of what gcc found in `path` itself; None when it does not compile alone."""
    report = folder / "report"
    gcc = require("gcc", "gcc")
    done = subprocess.run(
        [gcc, "-fsyntax-only", "-w", "-aux-info", str(report), str(path)], capture_output=True, check=False
    )
    if done.returncode:
        return None
    found: set[tuple[str, bool, bool]] = set()
    for line in report.read_text("utf-8", "replace").splitlines():
        place, _, rest = line.partition(" */ ")
        if place.startswith(f"/* {path}:"):
            head = rest.partition(" (")[0].split()
            found.add((head[-1].lstrip("*"), head[0] == "static", place.endswith("F")))
    return found


def test_agrees_with_gcc_on_real_files(goroot: Path, tmp_path: Path) -> None:
    """Every function gcc sees in the C files of cgo's own tests, with its linkage and whether it is defined there."""
    compared = 0
    for path in sorted((goroot / "src/cmd/cgo/internal").rglob("*.c")):
        expected = gcc_functions(path, tmp_path)
        if expected is None:
            continue
        ours = {(f.name, f.static, f.is_definition) for f in read_c_unit(str(path), path.read_bytes()).functions}
        missing = expected - ours
        assert not missing, f"{path.name}: {missing}"
        compared += 1
    assert compared >= 20
