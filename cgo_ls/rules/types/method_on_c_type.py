"""method-on-c-type: a method of a C type, or of an alias of one; see method_on_c_type.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("method-on-c-type", family="types", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    if not file.imports_c:
        return
    aliases = {
        each.name: (each, declaration)
        for declaration, facts in file.declarations
        if facts.types and facts.c_names
        for each in facts.types
        if each.kind == "alias" and each.underlying.startswith("C.")
    }
    for declaration, facts in file.declarations:
        function = facts.function
        if function is None or function.receiver is None:
            continue
        kind = function.receiver.type
        if kind.startswith("C."):
            span = function.name_span.shift(declaration.start)
            yield Finding(
                span, f"{kind} is not a type of this package, so it cannot have methods; define a type of it first"
            )
        elif kind in aliases:
            alias, where = aliases[kind]
            place = alias.name_span.shift(where.start)
            equals = file.data.find(b"=", place.end, where.end)
            message = (
                f"{kind} is another name for {alias.underlying}, which is not a type of this package: "
                "since Go 1.24 cgo refuses methods on it"
            )
            fixes: tuple[Fix, ...] = ()
            if equals >= 0 and not file.data[place.end : equals].strip():
                end = equals + 1
                while file.data[end : end + 1] == b" ":
                    end += 1
                title = f"Make {kind} a type of its own"
                fixes = (Fix(title, (FileEdit((TextEdit(Span(equals, end), b""),)),), "unsafe"),)
            yield Finding(function.name_span.shift(declaration.start), message, (Step(place, "the alias"),), fixes)
