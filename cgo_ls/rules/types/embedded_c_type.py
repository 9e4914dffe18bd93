"""embedded-c-type: a Go struct that embeds a C type; see embedded_c_type.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("embedded-c-type", family="types", severity="error", scope="file", since="0.2", fixable=True, words=(b"C.",))
def check(context: FileContext) -> Iterator[Finding]:
    if not context.file.imports_c:
        return
    for declaration, facts in context.file.declarations:
        for kind in facts.types if facts.types and facts.c_names else ():
            for member in kind.fields:
                if member.embedded and member.type.lstrip("* ").startswith("C."):
                    span = member.span.shift(declaration.start)
                    name = member.type.lstrip("* ")[2:]
                    message = f"cgo does not let a struct embed {member.type}: give the field a name"
                    edit = TextEdit(Span(span.start, span.start), f"{name} ".encode())
                    yield Finding(span, message, (), (Fix(f"Name the field {name}", (FileEdit((edit,)),), "unsafe"),))
