"""Programs the toolchain refuses, or builds into something wrong, each with its right twin."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.go_toolchain import go_binary, go_build, go_run, require, run
from tests.support.oracle import Clean, Program, Sources


def builds(directory: Path) -> str:
    result = go_build(directory)
    return "" if result.ok else result.output


def prints_no_mistakes(directory: Path) -> str:
    """The program builds, runs, and its own count of wrong answers, its last word, is 0."""
    result = go_run(directory)
    if not result.ok:
        return result.output
    return "" if result.output.split()[-1:] == ["0"] else f"wrong answers: {result.output}"


def exports_go_api(directory: Path) -> str:
    """As a C shared library, the program offers GoApi to a dynamic linker."""
    library = directory / "library.so"
    built = run([str(go_binary()), "build", "-buildmode=c-shared", "-o", str(library), "."], directory)
    if not built.ok:
        return built.output
    symbols = run([require("nm", "binutils"), "-D", "--defined-only", str(library)], directory)
    return "" if re.search(r" T GoApi$", symbols.output, re.M) else "GoApi is not in the dynamic symbol table"


def main(preamble: str, body: str, *, imports: tuple[str, ...] = (), more: str = "") -> str:
    """A main.go: `//` preamble, import "C", imports, `func main` with `body`, and `more` below it."""
    comment = "".join(f"// {line}".rstrip() + "\n" for line in preamble.strip().splitlines())
    needed = "" if not imports else f'import "{imports[0]}"\n\n'
    if len(imports) > 1:
        needed = "import (\n" + "".join(f'\t"{path}"\n' for path in imports) + ")\n\n"
    inside = "\n".join(f"\t{line}" if line else "" for line in body.strip("\n").splitlines())
    below = f"\n{more.strip()}\n" if more else ""
    return f'package main\n\n{comment}import "C"\n\n{needed}func main() {{\n{inside}\n}}\n{below}'


FAIL = """
#include <errno.h>
static int fail(int code) { errno = code; return -1; }
"""

ERRNO_DIRECT = [
    Program(
        "after-a-call",
        "errno-direct",
        prints_no_mistakes,
        "cannot refer to errno directly",
        {
            "main.go": main(
                FAIL,
                """
wrong := 0
if r := C.fail(2); r == -1 {
	if syscall.Errno(C.errno) != syscall.ENOENT {
		wrong++
	}
}
println(wrong)
""",
                imports=("syscall",),
            )
        },
        {
            "main.go": main(
                FAIL,
                """
wrong := 0
if r, err := C.fail(2); r == -1 {
	if err != syscall.ENOENT {
		wrong++
	}
}
println(wrong)
""",
                imports=("syscall",),
            )
        },
        fixable=False,
    ),
    Program(
        "on-the-next-line",
        "errno-direct",
        builds,
        "cannot refer to errno directly",
        {
            "main.go": main(
                FAIL,
                """
if err := try(); err != nil {
	println(err.Error())
}
""",
                imports=("syscall",),
                more="""
func try() error {
	r := C.fail(2)
	if r == -1 {
		return syscall.Errno(C.errno)
	}
	return nil
}
""",
            )
        },
        {
            "main.go": main(
                FAIL,
                """
if err := try(); err != nil {
	println(err.Error())
}
""",
                more="""
func try() error {
	r, err := C.fail(2)
	if r == -1 {
		return err
	}
	return nil
}
""",
            )
        },
    ),
]

# 64 goroutines fail with a number of their own; another may run on the thread between the failure and the question.
CROWD = """
var group sync.WaitGroup
var wrong atomic.Int64
for number := range 64 {
	group.Go(func() {
		for range 100 {
			if attempt(number+1) != syscall.Errno(number+1) {
				wrong.Add(1)
			}
		}
	})
}
group.Wait()
println(wrong.Load())
"""
LAST_ERROR = FAIL + "static int last_error(void) { return errno; }\n"
CROWD_IMPORTS = ("runtime", "sync", "sync/atomic", "syscall")
ASKED_IN_THE_CALL = """
func attempt(code int) error {
	r, err := C.fail(C.int(code))
	runtime.Gosched()
	if r == -1 {
		return err
	}
	return nil
}
"""

ERRNO_SECOND_CALL = [
    Program(
        "helper",
        "errno-second-call",
        prints_no_mistakes,
        "wrong answers",
        {
            "main.go": main(
                LAST_ERROR,
                CROWD,
                imports=CROWD_IMPORTS,
                more="""
func attempt(code int) error {
	r := C.fail(C.int(code))
	runtime.Gosched()
	if r == -1 {
		return syscall.Errno(C.last_error())
	}
	return nil
}
""",
            )
        },
        {"main.go": main(FAIL, CROWD, imports=CROWD_IMPORTS, more=ASKED_IN_THE_CALL)},
    ),
    Program(
        "errno-location",
        "errno-second-call",
        prints_no_mistakes,
        "wrong answers",
        {
            "main.go": main(
                FAIL,
                CROWD,
                imports=CROWD_IMPORTS,
                more="""
func attempt(code int) error {
	r := C.fail(C.int(code))
	runtime.Gosched()
	if r == -1 {
		return syscall.Errno(*C.__errno_location())
	}
	return nil
}
""",
            )
        },
        {"main.go": main(FAIL, CROWD, imports=CROWD_IMPORTS, more=ASKED_IN_THE_CALL)},
    ),
]

STATIC_C_FUNCTION = [
    Program(
        "prototype-in-the-preamble",
        "static-c-function",
        builds,
        "undefined reference to [`']helper'",
        {
            "helper.c": "static int helper(int x) { return x + 1; }\n\nint other(int x) { return helper(x); }\n",
            "main.go": main("int helper(int x);", "println(C.helper(6))"),
        },
        {
            "helper.c": "int helper(int x) { return x + 1; }\n\nint other(int x) { return helper(x); }\n",
            "main.go": main("int helper(int x);", "println(C.helper(6))"),
        },
    ),
    Program(
        "prototype-in-a-header",
        "static-c-function",
        builds,
        "undefined reference to [`']helper'",
        {
            "helper.h": "int helper(int x);\n",
            "helper.c": "/* helper adds one. */\nstatic int\nhelper(int x)\n{\n\treturn x + 1;\n}\n",
            "main.go": main('#include "helper.h"', "println(C.helper(6))"),
        },
        {
            "helper.h": "int helper(int x);\n",
            "helper.c": "/* helper adds one. */\nint\nhelper(int x)\n{\n\treturn x + 1;\n}\n",
            "main.go": main('#include "helper.h"', "println(C.helper(6))"),
        },
    ),
]

API = """
//export GoApi
func GoApi(x C.int) C.int {
	return x
}
"""
VISIBLE = 'extern __attribute__((visibility("default"))) int GoApi(int x);'

HIDDEN_EXPORT = [
    Program(
        "same-file",
        "hidden-export",
        exports_go_api,
        "GoApi is not",
        {"main.go": main("#cgo CFLAGS: -fvisibility=hidden", "", more=API).replace("{\n\n}", "{}")},
        {"main.go": main(f"#cgo CFLAGS: -fvisibility=hidden\n{VISIBLE}", "", more=API).replace("{\n\n}", "{}")},
    ),
    Program(
        "flag-in-another-file",
        "hidden-export",
        exports_go_api,
        "GoApi is not",
        {
            "main.go": main("#cgo CFLAGS: -O1 -fvisibility=hidden", "").replace("{\n\n}", "{}"),
            "api.go": f'package main\n\nimport "C"\n{API}',
        },
        {
            "main.go": main("#cgo CFLAGS: -O1 -fvisibility=hidden", "").replace("{\n\n}", "{}"),
            "api.go": f'package main\n\n// {VISIBLE}\nimport "C"\n{API}',
        },
    ),
]

PRINT_TWICE = 'import "C"\n\nfunc main() {\n\tprintln(C.twice(3))\n}\n'
TWICE = "package main\n\n// static int twice(int x) { return 2 * x; }\n"
TWICE_IN_A_BLOCK = "package main\n\n/*\nstatic int twice(int x) { return 2 * x; }\n*/\n"

ORPHANED_PREAMBLE = [
    Program(
        "blank-line",
        "orphaned-preamble",
        builds,
        "could not determine what C.twice refers to",
        {"main.go": f"{TWICE}\n{PRINT_TWICE}"},
        {"main.go": TWICE + PRINT_TWICE},
    ),
    Program(
        "blank-line-after-block-comment",
        "orphaned-preamble",
        builds,
        "could not determine what C.twice refers to",
        {"main.go": f"{TWICE_IN_A_BLOCK}\n{PRINT_TWICE}"},
        {"main.go": TWICE_IN_A_BLOCK + PRINT_TWICE},
    ),
    Program(
        "grouped-import",
        "orphaned-preamble",
        builds,
        "could not determine what C.twice refers to",
        {
            "main.go": "package main\n\n// static int twice(int x) { return 2 * x; }\n"
            'import (\n\t"C"\n\t"fmt"\n)\n\nfunc main() {\n\tfmt.Println(C.twice(3))\n}\n'
        },
        {
            "main.go": "package main\n\n// static int twice(int x) { return 2 * x; }\n"
            'import "C"\n\nimport (\n\t"fmt"\n)\n\nfunc main() {\n\tfmt.Println(C.twice(3))\n}\n'
        },
    ),
]


def lacks(header: str, name: str, call: str, imports: tuple[str, ...] = (), before: str = "") -> Program:
    """A program that calls `name` without the header that declares it."""
    return Program(
        name,
        "missing-include",
        builds,
        f"could not determine what C.{name} refers to",
        {"main.go": main(before, call, imports=imports)},
        {"main.go": main(f"{before}\n#include <{header}>".strip(), call, imports=imports)},
    )


MISSING_INCLUDE = [
    lacks("stdlib.h", "free", 'p := C.CString("x")\nC.free(unsafe.Pointer(p))', ("unsafe",)),
    lacks(
        "string.h",
        "strlen",
        'p := C.CString("x")\nprintln(C.strlen(p))\nC.free(unsafe.Pointer(p))',
        ("unsafe",),
        "#include <stdlib.h>",
    ),
    lacks("unistd.h", "getpid", "println(C.getpid() > 0)"),
    lacks("stdlib.h", "abs", "println(C.abs(-1))", before="#include <stdio.h>"),
]

PROGRAMS = [*ERRNO_DIRECT, *ERRNO_SECOND_CALL, *STATIC_C_FUNCTION, *HIDDEN_EXPORT, *ORPHANED_PREAMBLE, *MISSING_INCLUDE]


def one(text: str) -> Sources:
    return {"main.go": text}


CLEAN = [
    Clean(
        "static-in-the-preamble", builds, one(main("static int twice(int x) { return 2 * x; }", "println(C.twice(3))"))
    ),
    Clean(
        "static-only-used-in-c",
        builds,
        {
            "helper.c": "static int inner(int x) { return x; }\n\nint helper(int x) { return inner(x); }\n",
            "main.go": main("int helper(int x);", "println(C.helper(6))"),
        },
    ),
    Clean("hidden-with-visible-prototype", exports_go_api, HIDDEN_EXPORT[0].right),
    Clean(
        "grouped-import-with-its-own-comment",
        builds,
        one(
            "package main\n\nimport (\n\t// static int twice(int x) { return 2 * x; }\n"
            '\t"C"\n\t"fmt"\n)\n\nfunc main() {\n\tfmt.Println(C.twice(3))\n}\n'
        ),
    ),
    Clean(
        "single-grouped-import",
        builds,
        one(
            "package main\n\n// static int twice(int x) { return 2 * x; }\nimport (\n"
            '\t"C"\n)\n\nfunc main() {\n\tprintln(C.twice(3))\n}\n'
        ),
    ),
    Clean(
        "malloc-needs-no-include",
        builds,
        one(main("", "kept = C.malloc(8)\nprintln(kept != nil)", imports=("unsafe",), more="var kept unsafe.Pointer")),
    ),
    Clean(
        "prose-above-import-c",
        builds,
        one(
            "// Package main prints.\npackage main\n\n// The C side is in helper.c.\n\n"
            'import "C"\n\nfunc main() {\n\tprintln(C.int(3))\n}\n'
        ),
    ),
    Clean(
        "two-results-after-a-call",
        prints_no_mistakes,
        ERRNO_DIRECT[0].right,
    ),
    Clean(
        "errno-as-the-result",
        builds,
        one(
            main(
                "static int work(void) { return -2; }",
                "if r := C.work(); r < 0 {\n\tprintln(syscall.Errno(-r))\n}",
                imports=("syscall",),
            )
        ),
    ),
]
