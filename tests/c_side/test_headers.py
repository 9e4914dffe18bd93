"""Which headers are the package's own, and that nothing else is read."""

from __future__ import annotations

from cgo_ls.model.cdecl import CInclude, CPlace, CUnit
from cgo_ls.model.headers import (
    DEPTH_LIMIT,
    SIZE_LIMIT,
    find_headers,
    local_headers,
    search_folders,
)
from cgo_ls.model.preamble import CgoDirective, parse_directive
from cgo_ls.text.files import MemoryFiles
from cgo_ls.text.span import Span

PLACE = CPlace("/m/p/a.go", Span(0, 1), Span(0, 1))


def include(name: str, system: bool = False) -> CInclude:
    return CInclude(name, system, PLACE)


def directive(text: str) -> CgoDirective:
    return parse_directive(text, Span(0, len(text)))


def found(files: dict[str, bytes], *names: str, directives: tuple[str, ...] = ()) -> list[str]:
    includes = [include(name.strip("<>"), name.startswith("<")) for name in names]
    units = local_headers("/m/p", includes, [directive(text) for text in directives], MemoryFiles(files))
    return [unit.path for unit in units]


def test_beside_the_file_and_nested_with_a_cycle() -> None:
    files = {
        "/m/p/a.h": b'#include "b.h"\n#include "sub/c.h"\n',
        "/m/p/b.h": b'#include "a.h"\nint b(void);\n',
        "/m/p/sub/c.h": b'#include "d.h"\n',
        "/m/p/sub/d.h": b"int d(void);\n",
    }
    assert found(files, "a.h") == ["/m/p/a.h", "/m/p/b.h", "/m/p/sub/c.h", "/m/p/sub/d.h"]


def test_search_folders_inside_the_module() -> None:
    files = {"/m/go.mod": b"", "/m/include/x.h": b"int x;", "/m/p/inc/y.h": b"int y;", "/usr/include/stdio.h": b""}
    flags = ("#cgo CFLAGS: -I${SRCDIR}/../include -I inc", "#cgo linux CPPFLAGS: -I/usr/include", "#cgo LDFLAGS: -Lx")
    assert found(files, "x.h", "<y.h>", "<stdio.h>", directives=flags) == ["/m/include/x.h", "/m/p/inc/y.h"]
    assert search_folders("/m/p", [directive(text) for text in flags]) == ("/m/include", "/m/p/inc", "/usr/include")


def test_nothing_outside_of_the_module_is_read() -> None:
    files = {"/m/go.mod": b"", "/secret/x.h": b"int x;", "/m/x.h": b"int x;"}
    assert found(files, "../../secret/x.h", "/secret/x.h", "") == []
    assert found(files, "../x.h") == ["/m/x.h"]
    del files["/m/go.mod"]
    assert found(files, "../x.h") == []


def test_the_quoted_form_only_looks_beside_the_file() -> None:
    assert found({"/m/p/a.h": b""}, "<a.h>") == []
    assert found({"/m/p/a.h": b""}, "<a.h>", directives=("#cgo CFLAGS: -I.",)) == ["/m/p/a.h"]


def test_limits() -> None:
    deep = {f"/m/p/h{i}.h": b'#include "h%d.h"\n' % (i + 1) for i in range(100)}
    assert len(found(deep, "h0.h")) == DEPTH_LIMIT
    assert found({"/m/p/big.h": b" " * (SIZE_LIMIT + 1)}, "big.h") == []


def test_unresolved_includes_are_named() -> None:
    files = MemoryFiles({"/m/p/a.h": b'#include <stdio.h>\n#include "gone.h"\n'})
    result = find_headers("/m/p", [include("a.h"), include("stdlib.h", True)], [], files)
    assert [one.name for one in result.unresolved] == ["stdio.h", "gone.h", "stdlib.h"]


def test_units_may_come_from_a_memo() -> None:
    asked: list[str] = []

    def read(path: str) -> CUnit | None:
        asked.append(path)
        return CUnit(path, b"known")

    (unit,) = local_headers("/m/p", [include("a.h")], [], MemoryFiles({"/m/p/a.h": b""}), read)
    assert (unit.digest, asked) == (b"known", ["/m/p/a.h"])
