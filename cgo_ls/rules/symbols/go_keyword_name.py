"""go-keyword-name: a C name that is a keyword of Go; see go_keyword_name.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import CScope
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

# Go's keywords that C leaves to its users.
_KEYWORDS = rb"chan|defer|fallthrough|func|go|import|interface|map|package|range|select|type|var"
_USE = re.compile(rb"(?<![\w.])C\.(?P<name>" + _KEYWORDS + rb")\b")
_TOKEN = re.compile(
    rb"//[^\n]*+|/\*(?s:.*?)(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*+\"?|`[^`]*+`?|'(?:\\.|[^'\\\n])*+'?|(?P<use>"
    + _USE.pattern
    + rb")"
)


@rule("go-keyword-name", family="symbols", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    if not file.imports_c:
        return
    # Such a name is a syntax error, so only declarations with one are looked at.
    regions = [declared.declaration.region for declared in file.declarations if declared.facts.has_error]
    found = [match for region in regions for match in _in_code(file.data, region)]
    for match in found:
        name = match.group("name").decode()
        same = [Span(*other.span("name")) for other in found if other.group("name") == match.group("name")]
        message = f"C.{name} is not Go: {name} is a keyword. Give the C name another one in the preamble"
        yield Finding(Span(*match.span("use")), message, fixes=_fixes(file, context.scope, name, same))


def _in_code(data: bytes, region: Span) -> list[re.Match[bytes]]:
    if _USE.search(data, region.start, region.end) is None:
        return []
    return [match for match in _TOKEN.finditer(data, region.start, region.end) if match.group("use")]


def _fixes(file: GoFile, scope: CScope, name: str, places: list[Span]) -> tuple[Fix, ...]:
    """One fix for all uses of the name in the file: a macro is as good as the name for functions, types and variables."""
    alias = _known_alias(scope, name)
    edits = [TextEdit(place, (alias or f"c_{name}").encode()) for place in places]
    if alias is None:
        define = append_to_preamble(file, f"#define c_{name} {name}")
        if define is None or scope.resolve(f"c_{name}") is not None:
            return ()
        edits.insert(0, define)
    return (Fix(f"Call it C.{alias or f'c_{name}'}", (FileEdit(tuple(edits)),)),)


def _known_alias(scope: CScope, name: str) -> str | None:
    macros = (macro for unit in scope.units for macro in unit.macros)
    return next((macro.name for macro in macros if macro.parameters is None and macro.value == name), None)
