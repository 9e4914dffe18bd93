"""never-built-cgo-file: import "C" in a file that is built without cgo only; see never_built_cgo_file.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.span import Span

_NOT_CGO = re.compile(rb"^//go:build[ \t]+([^\n]*&&[ \t]*)?(!cgo)(?:[ \t]*&&[^\n|]*)?[ \t\r]*$", re.MULTILINE)


@rule("never-built-cgo-file", family="preamble", severity="warning", scope="file", since="0.2", words=(b"!cgo",))
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    if not file.imports_c or file.constraint is None or "!cgo" not in file.constraint:
        return
    match = _NOT_CGO.search(file.data)
    package = next((declared for declared, _ in file.declarations if declared.kind == "package"), None)
    if match is None or package is None or match.start() > package.keyword or b"|" in match[0]:
        return
    imported, base = next((spec, base) for spec, base in file.imports if spec.path == "C")
    message = 'no build ever takes this file: !cgo leaves it out where cgo is on, and import "C" where it is off'
    yield Finding(imported.span.shift(base), message, (Step(Span(*match.span(2)), "only without cgo"),))
