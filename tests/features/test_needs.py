"""Imports and includes that a fix brings along: where they go, that gofmt leaves them there, and that cgo then compiles the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgo_ls.features.needs import need_edits
from cgo_ls.model.go_file import GoFile, build_go_file
from cgo_ls.rules.finding import Need
from cgo_ls.syntax.declarations import split
from cgo_ls.text.edits import TextEdit, apply_edits, conflicts
from cgo_ls.text.span import Span
from tests.support.go_toolchain import go_build, gofmt, is_gofmt_clean, write_package

UNSAFE, STDLIB = Need("import", "unsafe"), Need("include", "stdlib.h")
BODY = "\nfunc f(p *C.char) { C.free(unsafe.Pointer(p)) }\n"
CODE = "\nfunc f(s string) { println(s) }\n"


def file_of(data: bytes) -> GoFile:
    return build_go_file("/p/a.go", data, split(data), {})


def applied(data: bytes, *needs: Need) -> bytes:
    edits = need_edits(file_of(data), needs)
    assert not conflicts(edits)
    return apply_edits(data, edits)


# Text before -> text after, both without the code below.
IMPORTS: dict[str, tuple[str, str]] = {
    "only C": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\nimport "unsafe"\n',
    ),
    "a single one above": (
        'package p\n\nimport "fmt"\n\n// #include <stdlib.h>\nimport "C"\n',
        'package p\n\nimport "fmt"\n\n// #include <stdlib.h>\nimport "C"\nimport "unsafe"\n',
    ),
    "a single one below, with a comment": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\nimport "fmt" // prints\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\nimport "fmt" // prints\nimport "unsafe"\n',
    ),
    "a group, at its end": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"fmt"\n\t"os" // exits\n)\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"fmt"\n\t"os" // exits\n\t"unsafe"\n)\n',
    ),
    "a group with blank lines": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"fmt"\n\n\t"example.com/x"\n)\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"fmt"\n\t"unsafe"\n\n\t"example.com/x"\n)\n',
    ),
    "the standard library second": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"example.com/x"\n\n\t"fmt"\n\t"zz"\n)\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"example.com/x"\n\n\t"fmt"\n\t"unsafe"\n\t"zz"\n)\n',
    ),
    "no standard package": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"example.com/x"\n\t"z.com/y"\n)\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"example.com/x"\n\t"unsafe"\n\t"z.com/y"\n)\n',
    ),
    "before an aliased one": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"fmt"\n\tu "unsafe2"\n)\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"fmt"\n\t"unsafe"\n\tu "unsafe2"\n)\n',
    ),
    "before one with a comment": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t// for y\n\t"zz"\n)\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\n\nimport (\n\t"unsafe"\n\t// for y\n\t"zz"\n)\n',
    ),
    "C in the group": (
        'package p\n\nimport (\n\t// #include <stdlib.h>\n\t"C"\n\t"fmt"\n)\n',
        'package p\n\nimport (\n\t// #include <stdlib.h>\n\t"C"\n\t"fmt"\n)\nimport "unsafe"\n',
    ),
    "a group without C after one with C": (
        'package p\n\nimport (\n\t// #include <stdlib.h>\n\t"C"\n)\n\nimport (\n\t"fmt"\n)\n',
        'package p\n\nimport (\n\t// #include <stdlib.h>\n\t"C"\n)\n\nimport (\n\t"fmt"\n\t"unsafe"\n)\n',
    ),
    "under another name": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\nimport u "unsafe"\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\nimport u "unsafe"\nimport "unsafe"\n',
    ),
    "there already": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\nimport "unsafe"\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\nimport "unsafe"\n',
    ),
    "there already, by its own name": (
        'package p\n\n// #include <stdlib.h>\nimport "C"\nimport unsafe "unsafe"\n',
        'package p\n\n// #include <stdlib.h>\nimport "C"\nimport unsafe "unsafe"\n',
    ),
    "no import at all": ("package p // is p\n", 'package p // is p\n\nimport "unsafe"\n'),
}  # fmt: skip

INCLUDES: dict[str, tuple[str, str]] = {
    "no preamble": ('package p\n\nimport "C"\n', 'package p\n\n// #include <stdlib.h>\nimport "C"\n'),
    "a detached comment": (
        'package p\n\n// Words.\n\nimport "C"\n',
        'package p\n\n// Words.\n\n// #include <stdlib.h>\nimport "C"\n',
    ),
    "line comments": (
        'package p\n\n// static int x;\nimport "C"\n',
        'package p\n\n// #include <stdlib.h>\n// static int x;\nimport "C"\n',
    ),
    "line comments, includes": (
        'package p\n\n// #include <stdio.h>\n// #include <string.h>\nimport "C"\n',
        'package p\n\n// #include <stdlib.h>\n// #include <stdio.h>\n// #include <string.h>\nimport "C"\n',
    ),
    "line comments without a blank": (
        'package p\n\n//#include <stdio.h>\nimport "C"\n',
        'package p\n\n//#include <stdlib.h>\n//#include <stdio.h>\nimport "C"\n',
    ),
    "a block": (
        'package p\n\n/*\nstatic int x;\n*/\nimport "C"\n',
        'package p\n\n/*\n#include <stdlib.h>\nstatic int x;\n*/\nimport "C"\n',
    ),
    "a block with includes": (
        'package p\n\n/*\n#include <stdio.h>\n\nstatic int x;\n*/\nimport "C"\n',
        'package p\n\n/*\n#include <stdlib.h>\n#include <stdio.h>\n\nstatic int x;\n*/\nimport "C"\n',
    ),
    "a block of one line": (
        'package p\n\n/* static int x; */\nimport "C"\n',
        'package p\n\n/*\n#include <stdlib.h>\n static int x; */\nimport "C"\n',
    ),
    "a block of one include": (
        'package p\n\n/* #include <stdio.h> */\nimport "C"\n',
        'package p\n\n/* #include <stdlib.h>\n#include <stdio.h> */\nimport "C"\n',
    ),
    "an empty block": (
        'package p\n\n/*\n */\nimport "C"\n',
        'package p\n\n/*\n#include <stdlib.h>\n*/\nimport "C"\n',
    ),
    "an empty block in a group": (
        'package p\n\nimport (\n\t/*\n\t */\n\t"C"\n)\n',
        'package p\n\nimport (\n\t/*\n\t\t#include <stdlib.h>\n\t*/\n\t"C"\n)\n',
    ),
    "flags and a macro first": (
        'package p\n\n// #cgo LDFLAGS: -lm\n// #define _GNU_SOURCE\n// #include <string.h>\nimport "C"\n',
        'package p\n\n// #cgo LDFLAGS: -lm\n// #define _GNU_SOURCE\n// #include <stdlib.h>\n// #include <string.h>\nimport "C"\n',
    ),
    "flags and a macro, then code": (
        'package p\n\n// #cgo LDFLAGS: -lm\n// #define _GNU_SOURCE\n//\n// static int x;\nimport "C"\n',
        'package p\n\n// #cgo LDFLAGS: -lm\n// #define _GNU_SOURCE\n//\n// #include <stdlib.h>\n// static int x;\nimport "C"\n',
    ),
    "flags alone": (
        'package p\n\n// #cgo LDFLAGS: -lm\nimport "C"\n',
        'package p\n\n// #cgo LDFLAGS: -lm\n// #include <stdlib.h>\nimport "C"\n',
    ),
    "a macro of two lines, in a block": (
        'package p\n\n/*\n#cgo LDFLAGS: -lm\n#define TWO \\\n  2\nstatic int x = TWO;\n*/\nimport "C"\n',
        'package p\n\n/*\n#cgo LDFLAGS: -lm\n#define TWO \\\n  2\n#include <stdlib.h>\nstatic int x = TWO;\n*/\nimport "C"\n',
    ),
    "a block of flags": (
        'package p\n\n/*\n#cgo LDFLAGS: -lm\n*/\nimport "C"\n',
        'package p\n\n/*\n#cgo LDFLAGS: -lm\n#include <stdlib.h>\n*/\nimport "C"\n',
    ),
    "a block of one macro": (
        'package p\n\n/* #define _GNU_SOURCE */\nimport "C"\n',
        'package p\n\n/* #define _GNU_SOURCE\n#include <stdlib.h>\n*/\nimport "C"\n',
    ),
    "an include under a condition": (
        'package p\n\n// #ifdef __sun\n// #include <fcntl.h>\n// #endif\n// static int x;\nimport "C"\n',
        'package p\n\n// #include <stdlib.h>\n// #ifdef __sun\n// #include <fcntl.h>\n// #endif\n// static int x;\nimport "C"\n',
    ),
    "includes under a condition and outside": (
        'package p\n\n/*\n#if defined(A)\n#ifdef B\n#include <fcntl.h>\n#endif\n#endif\n#include <stdio.h>\n*/\nimport "C"\n',
        'package p\n\n/*\n#if defined(A)\n#ifdef B\n#include <fcntl.h>\n#endif\n#endif\n'
        '#include <stdlib.h>\n#include <stdio.h>\n*/\nimport "C"\n',
    ),
    "a group, C alone": (
        'package p\n\nimport (\n\t"C"\n)\n',
        'package p\n\nimport (\n\t// #include <stdlib.h>\n\t"C"\n)\n',
    ),
    "a group, C among others": (
        'package p\n\nimport (\n\t"fmt"\n\n\t// static int x;\n\t"C"\n)\n',
        'package p\n\nimport (\n\t"fmt"\n\n\t// #include <stdlib.h>\n\t// static int x;\n\t"C"\n)\n',
    ),
    "a group below its comment": (
        'package p\n\n// #include <stdio.h>\nimport (\n\t"C"\n)\n',
        'package p\n\n// #include <stdlib.h>\n// #include <stdio.h>\nimport (\n\t"C"\n)\n',
    ),
    "a block in a group": (
        'package p\n\nimport (\n\t/*\n\t\t#include <stdio.h>\n\t*/\n\t"C"\n)\n',
        'package p\n\nimport (\n\t/*\n\t\t#include <stdlib.h>\n\t\t#include <stdio.h>\n\t*/\n\t"C"\n)\n',
    ),
    "there already": ('package p\n\n// #include <stdlib.h>\nimport "C"\n', 'package p\n\n// #include <stdlib.h>\nimport "C"\n'),
    "two imports of C": (
        'package p\n\n// static int x;\nimport "C"\n\n// #include <stdio.h>\nimport "C"\n',
        'package p\n\n// #include <stdlib.h>\n// static int x;\nimport "C"\n\n// #include <stdio.h>\nimport "C"\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("ends", ["lf", "crlf", "bom"])
@pytest.mark.parametrize(("before", "after"), IMPORTS.values(), ids=IMPORTS.keys())
def test_an_import_goes_where_gofmt_leaves_it(before: str, after: str, ends: str) -> None:
    code = CODE if "fmt" not in before else CODE.replace("println", "fmt.Println")
    text, expected = written(before + code, ends), written(after + code, ends)
    assert applied(text, UNSAFE) == expected
    assert applied(expected, UNSAFE) == expected
    assert is_gofmt_clean(expected), gofmt(expected).output


@pytest.mark.parametrize("ends", ["lf", "crlf", "bom"])
@pytest.mark.parametrize(("before", "after"), INCLUDES.values(), ids=INCLUDES.keys())
def test_an_include_goes_where_gofmt_leaves_it(before: str, after: str, ends: str) -> None:
    text, expected = written(before + CODE, ends), written(after + CODE, ends)
    assert applied(text, STDLIB) == expected
    assert applied(expected, STDLIB) == expected
    if is_gofmt_clean(text):
        assert is_gofmt_clean(expected), gofmt(expected).output


def written(text: str, ends: str) -> bytes:
    data = text.encode()
    if ends == "crlf":
        data = data.replace(b"\n", b"\r\n")
    return b"\xef\xbb\xbf" + data if ends == "bom" else data


def test_what_is_inserted_makes_the_files_compile(tmp_path: Path) -> None:
    """All cases at once, each a package: without what is inserted, unsafe or C.free is unknown in each of them."""
    files: dict[str, str | bytes] = {}
    texts = [after for _, after in IMPORTS.values() if 'import "C"' in after or '"C"\n' in after]
    for number, head in enumerate([*texts, *[before for before, _ in INCLUDES.values()]]):
        if "example.com" in head or "z.com" in head or '"zz"' in head or "unsafe2" in head:
            continue
        code = BODY + '\nvar _ = fmt.Sprint("")\n' if "fmt" in head else BODY
        code += "\nvar _ = os.Args\n" if '"os"' in head else ""
        code += "\nvar _ u.Pointer\n" if "u " in head else ""
        data = applied((head + code).encode(), UNSAFE, STDLIB)
        files[f"case{number}/a.go"] = data
        files[f"crlf{number}/a.go"] = applied((head + code).replace("\n", "\r\n").encode(), UNSAFE, STDLIB)
    assert len(files) > 50
    result = go_build(write_package(tmp_path, files), "./...")
    assert result.ok, result.output


def test_needs_that_many_have_are_met_once() -> None:
    data = ('package p\n\nimport "C"\n' + BODY).encode()
    string = Need("include", "string.h")
    after = applied(data, UNSAFE, STDLIB, UNSAFE, string, STDLIB)
    assert (
        after
        == (
            'package p\n\n// #include <stdlib.h>\n// #include <string.h>\nimport "C"\nimport "unsafe"\n' + BODY
        ).encode()
    )


@pytest.mark.parametrize(
    ("preamble", "expected"),
    [
        ("#include <stdio.h>", True),  # known to leave out free
        ("#include <malloc.h>", False),  # brings it
        ("#include <openssl/ssl.h>", False),  # not known: the file uses C.free, so something declares it
        ('#include "own.h"', False),
    ],
)
def test_stdlib_is_not_included_twice(preamble: str, expected: bool) -> None:
    data = f'package p\n\n// {preamble}\nimport "C"\n{BODY}'.encode()
    assert bool(need_edits(file_of(data), [STDLIB])) is expected


def test_without_cgo_there_is_nowhere_to_include() -> None:
    data = b"package p\n\nfunc f() {}\n"
    assert need_edits(file_of(data), [STDLIB]) == []


def test_a_group_on_one_line_is_left_as_it_is() -> None:
    data = b'package p\n\nimport "C"\nimport ("fmt"; "os")\n'
    assert applied(data, UNSAFE) == b'package p\n\nimport "C"\nimport ("fmt"; "os")\nimport "unsafe"\n'
    data = b'package p\n\nimport "C"\nimport (\n\t"fmt")\n'
    assert applied(data, UNSAFE) == data + b'import "unsafe"\n'


def test_an_import_behind_another_on_its_line_gets_no_preamble() -> None:
    data = b'package p\n\nimport "fmt"; import "C"\n'
    assert need_edits(file_of(data), [STDLIB]) == []


# Imports before -> after a fix that writes fmt.Errorf for the only errors.New.
UNIMPORTS: dict[str, tuple[str, str]] = {
    "the only import": ('import "errors"\n', 'import "fmt"\n'),
    "the last one in its group that sorts there": ('import (\n\t"errors"\n)\n', 'import (\n\t"fmt"\n)\n'),
    "beside the one that is wanted": ('import (\n\t"errors"\n\t"fmt"\n)\n', 'import (\n\t"fmt"\n)\n'),
    "before others": ('import (\n\t"errors"\n\t"os"\n)\n', 'import (\n\t"fmt"\n\t"os"\n)\n'),
    "with another in between": ('import (\n\t"errors"\n\t"flag"\n)\n', 'import (\n\t"flag"\n\t"fmt"\n)\n'),
}
NEEDS = (Need("import", "fmt"), Need("unimport", "errors"))


@pytest.mark.parametrize("name", UNIMPORTS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_import_goes_with_its_last_use(name: str, end: bytes) -> None:
    before, after = (text.encode().replace(b"\n", end) for text in UNIMPORTS[name])
    head, code = b'package p\n\nimport "C"\n\n'.replace(b"\n", end), b'\nvar e = errors.New("x")\n'.replace(b"\n", end)
    data = head + before + code
    place = data.index(b"errors.New")
    fixed = [TextEdit(Span(place, place + len(b"errors.New")), b"fmt.Errorf")]
    edits = [*need_edits(file_of(data), NEEDS, fixed), *fixed]
    assert not conflicts(edits)
    result = apply_edits(data, edits)
    assert result == head + after + code.replace(b"errors.New", b"fmt.Errorf")
    assert is_gofmt_clean(result)


@pytest.mark.parametrize("other", ["var f = errors.Is", "func g(e errors.X) {}"])
def test_an_import_stays_with_its_other_uses(other: str) -> None:
    data = f'package p\n\nimport "C"\nimport "errors"\n\nvar e = errors.New("x")\n\n{other}\n'.encode()
    place = data.index(b"errors.New")
    fixed = [TextEdit(Span(place, place + len(b"errors.New")), b"fmt.Errorf")]
    assert need_edits(file_of(data), [Need("unimport", "errors")], fixed) == []
    both = [TextEdit(Span(place, place + len(b"errors.New")), b"errors.Join")]
    assert need_edits(file_of(data), [Need("unimport", "errors")], both) == []
