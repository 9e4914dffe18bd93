"""missing-c-import: C.name in a file that does not import "C"; see missing_c_import.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.tables import header_of
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.unimported_c import unimported_uses
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span


@rule("missing-c-import", family="preamble", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    if file.imports_c or b"C." not in file.data or any(spec.alias in (".", "C") for spec, _ in file.imports):
        return
    uses = unimported_uses(file.data)
    if not uses:
        return
    if any(spec.path.rpartition("/")[2] == "C" for spec, _ in file.imports) or _is_declared(context):
        return
    message = f'C.{uses[0].name} needs import "C", which this file lacks'
    edit = _import_edit(file, {use.name for use in uses})
    fixes = (Fix('Import "C"', (FileEdit((edit,)),)),) if edit is not None else ()
    yield Finding(uses[0].span, message, (), fixes)


def _is_declared(context: FileContext) -> bool:
    """Whether some file of the package has a C of its own at the top level."""
    pattern = re.compile(rb"^(?:var|const|type|func)?[ \t]*(?:\([^)\n]*\)[ \t]*)?C[ \t,=\[(]", re.MULTILINE)
    return any(pattern.search(file.data) for file in context.package.files)


def _import_edit(file: GoFile, names: set[str]) -> TextEdit | None:
    """The import below the package clause, with the headers of the C library that declare `names`."""
    end = line_ending(file.data)
    headers = sorted({header for name in names if (header := header_of(name)) is not None})
    lines = [*(f"// #include <{header}>" for header in headers), 'import "C"']
    text = end * 2 + end.join(line.encode() for line in lines)
    for declaration, _ in file.declarations:
        if declaration.kind == "package":
            return TextEdit(Span(declaration.end, declaration.end), text)
    return None
