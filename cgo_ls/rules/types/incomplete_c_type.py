"""incomplete-c-type: Go makes a value of a C struct whose fields are not declared; see incomplete_c_type.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CTypeName
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.rules.types.parts.c_as_go import canonical
from cgo_ls.rules.types.parts.go_tokens import code_pattern, find_in_code
from cgo_ls.text.span import Span

_MADE = code_pattern(
    rb"(?<![\w.])(?:new\(\s*|make\(\s*\[\]\s*|var[ \t]+\w+[ \t]+)C\.[A-Za-z_]\w*(?![\w.*])|(?<![\w.*&])C\.[A-Za-z_]\w*(?=\{\})"
)
_TYPE = re.compile(rb"C\.(\w+)\Z")
_WORDS = (b"new(C.", b"make([]C.", b" C.", b"C.struct_", b"{}")


@rule("incomplete-c-type", family="types", severity="error", scope="file", since="0.2", words=_WORDS)
def check(context: FileContext) -> Iterator[Finding]:
    wanted = {name for name in context.file.c_names if _is_incomplete(name, context)}
    if not wanted:
        return
    for start, text in find_in_code(_MADE, context.file.data):
        match = _TYPE.search(text)
        name = match[1].decode() if match is not None else ""
        if match is not None and name in wanted:
            span = Span(start + match.start(), start + match.end())
            message = f"C.{name} is declared without its fields, so Go cannot make one; use a pointer that C gives"
            yield Finding(span, message)


def _is_incomplete(name: str, context: FileContext) -> bool:
    """Whether a struct or union stands behind the name, and no file of the package sees its fields; all of it has been read."""
    found = canonical(f"C.{name}", context.scope.resolve)
    if found is None or not re.match(r"C\.(?:struct|union)_", found[0]):
        return False
    for file in context.package.files:
        scope = context.package.scope(file)
        known = scope.resolve(found[0][2:]) if file.imports_c else None
        if file.imports_c and not scope.complete:
            return False
        if known is not None and any(isinstance(each, CTypeName) and "{" in each.text for each in known.declarations):
            return False
    return True
