"""cgo-in-test-file: import "C" in a _test.go file; see cgo_in_test_file.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FileContext, rule


@rule("cgo-in-test-file", family="preamble", severity="error", scope="file", since="0.2")
def check(context: FileContext) -> Iterator[Finding]:
    if not context.file.path.endswith("_test.go"):
        return
    for imported, base in context.file.imports:
        if imported.path == "C":
            message = (
                "the go command does not run cgo on _test.go files; "
                "move what calls C into a file that is no test, and call it from here"
            )
            yield Finding(imported.span.shift(base), message)
            return
