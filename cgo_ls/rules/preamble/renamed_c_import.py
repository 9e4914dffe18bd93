"""renamed-c-import: import "C" under another name; see renamed_c_import.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.go_file import GoFile, GoImport
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("renamed-c-import", family="preamble", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    for imported, base in _imports(context.file):
        if imported.path != "C" or imported.alias is None:
            continue
        place = Span(imported.span.start, imported.span.start + len(imported.alias.encode())).shift(base)
        message = f'cgo does not take import {imported.alias} "C": its names are written C.name, and the import stands without another name'
        removed = Span(place.start, imported.path_span.start + base)
        fixes: tuple[Fix, ...] = ()
        if imported.alias in ("C", "_"):
            fixes = (Fix("Import it as C", (FileEdit((TextEdit(removed, b""),)),)),)
        yield Finding(place, message, (), fixes)


def _imports(file: GoFile) -> Iterator[tuple[GoImport, int]]:
    """The specs above the first function, which is where Go has them, with the file offset of their spans' 0."""
    for declaration, facts in file.declarations:
        if facts.function is not None:
            return
        for spec in facts.imports:
            yield spec, declaration.start
