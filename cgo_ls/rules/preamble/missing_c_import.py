"""missing-c-import: C.name in a file that does not import "C"; see missing_c_import.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.tables import header_of
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

# Strings and comments are stepped over; each other C of the text is a hit.
_TOKEN = re.compile(
    rb"//[^\n]*+|/\*.*?(?:\*/|\Z)|`[^`]*+`?|\"(?:[^\"\\\n]++|\\[^\n])*+\"?|'(?:[^'\\\n]++|\\[^\n])*+'?"
    rb"|(?<![\w.\x80-\xff])(C)(?![\w\x80-\xff])(?:\.([A-Za-z_]\w*))?",
    re.DOTALL,
)


@rule("missing-c-import", family="preamble", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    if file.imports_c or b"C." not in file.data or any(spec.alias in (".", "C") for spec, _ in file.imports):
        return
    uses = [match for match in _TOKEN.finditer(file.data) if match[1] is not None]
    # A C that is not followed by a name is some variable, type or label of the file's own.
    names = [match[2].decode() for match in uses if match[2] is not None]
    if not uses or len(names) != len(uses) or not all(_is_c_name(name) for name in names):
        return
    if any(spec.path.rpartition("/")[2] == "C" for spec, _ in file.imports) or _is_declared(context):
        return
    message = f'C.{names[0]} needs import "C", which this file lacks'
    edit = _import_edit(file)
    fixes = (Fix('Import "C"', (FileEdit((edit,)),)),) if edit is not None else ()
    yield Finding(Span(*uses[0].span()), message, (), fixes)


def _is_c_name(name: str) -> bool:
    return pseudo_name(name) is not None or header_of(name) is not None


def _is_declared(context: FileContext) -> bool:
    """Whether some file of the package has a C of its own at the top level."""
    pattern = re.compile(rb"^(?:var|const|type|func)?[ \t]*(?:\([^)\n]*\)[ \t]*)?C[ \t,=\[(]", re.MULTILINE)
    return any(pattern.search(file.data) for file in context.package.files)


def _import_edit(file: GoFile) -> TextEdit | None:
    end = line_ending(file.data)
    for declaration, _ in file.declarations:
        if declaration.kind == "package":
            return TextEdit(Span(declaration.end, declaration.end), end * 2 + b'import "C"')
    return None
