"""Programs about symbols: the compiler, the linker, nm and the running program judge; the pages' examples are among them."""

from __future__ import annotations

import re
from pathlib import Path

from cgo_ls.rules.registry import BY_NAME
from tests.contracts.test_rules import explanation_of
from tests.oracles.build_programs import main
from tests.support.go_toolchain import go_binary, go_build, go_run, require, run
from tests.support.markdown_rule import read_explanation
from tests.support.oracle import (
    Clean,
    Judge,
    Program,
)


def builds(directory: Path) -> str:
    """Built without optimisation, so that no call of an unused function disappears."""
    result = go_build(directory, extra={"CGO_CFLAGS": "-g -O0"})
    return "" if result.ok else result.output


def prints(text: str) -> Judge:
    """The program builds, runs and prints exactly this."""

    def judge(directory: Path) -> str:
        result = go_run(directory)
        return "" if result.ok and result.output.strip() == text else f"printed: {result.output}"

    return judge


def exports_only(*names: str) -> Judge:
    """As a C shared library, the program has these C functions in its dynamic symbol table, and not `helper`."""

    def judge(directory: Path) -> str:
        library = directory / "library.so"
        built = run([str(go_binary()), "build", "-buildmode=c-shared", "-o", str(library), "."], directory)
        if not built.ok:
            return built.output
        symbols = run([require("nm", "binutils"), "-D", "--defined-only", str(library)], directory).output
        found = set(re.findall(r" T (\w+)$", symbols, re.M))
        return f"helper is exported: {sorted(found)}" if "helper" in found or not set(names) <= found else ""

    return judge


def builds_on_macos(directory: Path) -> str:
    """With cgo on, as it is on that system itself."""
    result = go_build(directory, extra={"GOOS": "darwin", "CGO_ENABLED": "1"})
    return "" if result.ok else result.output


def of_page(rule: str, judge: Judge, says: str, *, fixable: bool | None = None) -> Program:
    """The example of a rule's page, and what to use instead, as a program for the toolchain."""
    page = read_explanation(explanation_of(BY_NAME[rule]))
    wrong, right = page.under("Example")[0].files, page.under("Use instead")[0].files
    return Program("page", rule, judge, says, wrong, right, BY_NAME[rule].fixable if fixable is None else fixable)


PAGES = [
    of_page("static-symbol-value", builds, "undefined reference to [`']limit'", fixable=False),
    of_page("export-preamble-definition", builds, "multiple definition of [`']add'"),
    of_page("inconsistent-c-name", prints("1 2"), "printed: 2 2"),
    of_page("uncallable-macro", builds, "could not determine what C.SQUARE refers to"),
    of_page("variadic-c-function", builds, re.escape("unexpected type: ...")),
    of_page("go-keyword-name", builds, "expected selector or type assertion, found '?select"),
    of_page("pseudo-function-value", builds, "use of builtin 'GoString' not in function call"),
    of_page("duplicate-definition", builds, "multiple definition of [`']answer'"),
    of_page("undeclared-c-function", builds, "could not determine what C.helper refers to"),
    of_page("undefined-symbol", builds, "undefined reference to [`']helper'"),
    of_page("missing-extern-c", builds, "undefined reference to [`']helper'"),
    of_page("hidden-in-shared-library", builds, "undefined reference to [`']internal_helper'"),
    of_page("ignored-c-file", builds, "undefined reference to [`']helper'"),
    of_page("c-file-without-cgo", builds_on_macos, "C source files not allowed when not using cgo or SWIG: longest.c"),
    of_page("differing-static-function", prints("1 2"), "printed: 1 1"),
    of_page("dlsym-in-program", prints("1"), "printed: 0"),
    of_page("leaked-helper", exports_only("Api"), "helper is exported"),
]

LIBRARY = "gcc -c -fPIC {flags} lib/foo.c -o lib/foo.o && ar rcs lib/libfoo.a lib/foo.o"
FOO = "int helper(int n) { return n + 1; }\n"

MORE = [
    Program(
        "not-in-the-archive",
        "undefined-symbol",
        builds,
        "undefined reference to [`']missing'",
        {
            "main.go": main("#cgo LDFLAGS: ${SRCDIR}/lib/libfoo.a\nint missing(int n);", "println(C.missing(1))"),
            "lib/foo.c": FOO,
            "lib/libfoo.a": LIBRARY.format(flags=""),
        },
        {
            "main.go": main("#cgo LDFLAGS: ${SRCDIR}/lib/libfoo.a\nint helper(int n);", "println(C.helper(1))"),
            "lib/foo.c": FOO,
            "lib/libfoo.a": LIBRARY.format(flags=""),
        },
        fixable=False,
    ),
    Program(
        "mangled-in-the-library",
        "missing-extern-c",
        builds,
        "undefined reference to [`']helper'",
        {
            "main.go": main("#cgo LDFLAGS: -L${SRCDIR}/lib -lfoo\nint helper(int n);", "println(C.helper(1))"),
            "lib/foo.cc": FOO,
            "lib/libfoo.so": "g++ -shared -fPIC lib/foo.cc -o lib/libfoo.so",
        },
        {
            "main.go": main("#cgo LDFLAGS: -L${SRCDIR}/lib -lfoo\nint helper(int n);", "println(C.helper(1))"),
            "lib/foo.cc": f'extern "C" {FOO}',
            "lib/libfoo.so": "g++ -shared -fPIC lib/foo.cc -o lib/libfoo.so",
        },
        fixable=False,
    ),
    Program(
        "version-script",
        "hidden-in-shared-library",
        builds,
        "undefined reference to [`']helper'",
        {
            "main.go": main("#cgo LDFLAGS: -L${SRCDIR}/lib -lfoo\nint helper(int n);", "println(C.helper(1))"),
            "lib/foo.c": FOO + "int other(void) { return helper(1); }\n",
            "lib/foo.map": "{ global: other; local: *; };\n",
            "lib/libfoo.so": "gcc -shared -fPIC -Wl,--version-script=lib/foo.map lib/foo.c -o lib/libfoo.so",
        },
        {
            "main.go": main("#cgo LDFLAGS: -L${SRCDIR}/lib -lfoo\nint helper(int n);", "println(C.helper(1))"),
            "lib/foo.c": FOO,
            "lib/foo.map": "{ global: helper; local: *; };\n",
            "lib/libfoo.so": "gcc -shared -fPIC -Wl,--version-script=lib/foo.map lib/foo.c -o lib/libfoo.so",
        },
        fixable=False,
    ),
    Program(
        "static-function",
        "static-symbol-value",
        builds,
        "undefined reference to [`']done'",
        {
            "main.go": main(
                "typedef void (*callback)(void);\nstatic inline void done(void) {}",
                "println(C.callback(C.done) != nil)",
            )
        },
        {"main.go": main("typedef void (*callback)(void);\nvoid done(void) {}", "println(C.callback(C.done) != nil)")},
    ),
    Program(
        "statement",
        "uncallable-macro",
        builds,
        "could not determine what C.REPORT refers to",
        {"main.go": main("#define REPORT do { } while (0)", "C.REPORT()")},
        {"main.go": main("#define REPORT do { } while (0)\nstatic void report(void) { REPORT; }", "C.report()")},
    ),
]
PLUGIN = {
    "lib/plugin.c": "int plugin_start(void) { return 1; }\n",
    "lib/libplugin.so": "gcc -shared -fPIC lib/plugin.c -o lib/libplugin.so",
}
OPENED = of_page("local-dlopen", prints("1"), "printed: 0")
MORE.append(
    Program("plugin", "local-dlopen", prints("1"), "printed: 0", {**OPENED.wrong, **PLUGIN}, {**OPENED.right, **PLUGIN})
)
PROGRAMS = [*PAGES, *MORE]

CLEAN = [
    Clean(
        "hidden-in-an-archive",
        prints("2"),
        {
            "main.go": main("#cgo LDFLAGS: -L${SRCDIR}/lib -lfoo\nint helper(int n);", "println(C.helper(1))"),
            "lib/foo.c": FOO,
            "lib/libfoo.a": LIBRARY.format(flags="-fvisibility=hidden"),
        },
    ),
    Clean(
        "hidden-in-the-package",
        prints("2"),
        {
            "main.go": main("#cgo CFLAGS: -fvisibility=hidden\nint helper(int n);", "println(C.helper(1))"),
            "helper.c": '__attribute__((visibility("hidden"))) ' + FOO,
        },
    ),
    Clean(
        "rdynamic",
        prints("1"),
        {
            "main.go": main(
                "#cgo LDFLAGS: -rdynamic\n#define _GNU_SOURCE\n#include <dlfcn.h>\n"
                'static int found(void) { return dlsym(RTLD_DEFAULT, "helper") != 0; }',
                "println(C.found())",
            ),
            "helper.c": FOO,
        },
    ),
]
