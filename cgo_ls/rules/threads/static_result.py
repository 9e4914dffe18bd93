"""static-result: goroutines share the memory in which a C function returns its result; see static_result.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.threads import thread_words
from cgo_ls.model.package import Package
from cgo_ls.rules.errno.parts.preceding_call import arguments
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.threads.parts.thread_calls import Call, GoBody, declarations_naming, is_test, name_span, read_body
from cgo_ls.syntax.go_nodes import text_of

# A program of one goroutine shares nothing.
_CONCURRENT = re.compile(rb"^\s*(?:[^/\n]*\s)?go\s+[\w(.]|\bhttp\.(?:Handle|ListenAndServe)", re.MULTILINE)
_TAKES_TURNS = frozenset([".Lock", ".RLock", ".Do"])


@rule("static-result", family="threads", severity="warning", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    words = thread_words()
    called = frozenset().union(*(file.c_names for file in package.files))
    wanted = called & (words.static.keys() | words.static_nil.keys())
    names = frozenset(f"C.{name}" for name in wanted if not _defines(package, name))
    if not names:
        return
    for file, declared in declarations_naming(package.files, names):
        if (
            not file.imports_c
            or is_test(file, declared)
            or (file.package_name == "main" and not _is_concurrent(package))
        ):
            continue
        body = read_body(file, declared)
        if any(call.name in _TAKES_TURNS for call in body.calls):
            continue
        for call in body.calls:
            if call.name in names and (call.name[2:] in words.static or _ends_in_nil(call)):
                yield _finding(body, call)


def _defines(package: Package, name: str) -> bool:
    units = [*package.c_units, *(file.c_unit for file in package.files if file.c_unit is not None)]
    return any(body.function == name for unit in units for body in unit.bodies)


def _is_concurrent(package: Package) -> bool:
    return any(_CONCURRENT.search(file.data) is not None for file in package.files)


def _ends_in_nil(call: Call) -> bool:
    given = arguments(call.node)
    return bool(given) and text_of(given[-1]) == "nil"


def _finding(body: GoBody, call: Call) -> Finding:
    words, name = thread_words(), call.name[2:]
    instead = words.static.get(name) or words.static_nil[name]
    if " " not in instead:
        instead = f"C.{instead}"
    message = (
        f"the result of {call.name} lies in memory that its next call overwrites, on whatever thread a goroutine makes it: "
        f"use {instead}"
    )
    return Finding(name_span(body, call), message, path=body.file.path)
