"""mangled-c-name: a name cgo makes for itself, written by hand; see mangled_c_name.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.rules.types.parts.go_tokens import code_pattern, find_in_code
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_NAME = code_pattern(rb"(?<![\w.])_C(?:type|func|var|fpvar|iconst|fconst|sconst)_[A-Za-z_]\w*")
_WORDS = (b"_Ctype_", b"_Cfunc_", b"_Cvar_", b"_Cfpvar_", b"_Ciconst_", b"_Cfconst_", b"_Csconst_")


@rule("mangled-c-name", family="types", severity="error", scope="file", since="0.2", fixable=True, words=_WORDS)
def check(context: FileContext) -> Iterator[Finding]:
    constraint = context.file.constraint or ""
    # An ignored file may be input of cgo -godefs, and old versions of Go let these names through.
    if not context.file.imports_c or "ignore" in constraint or "!go1." in constraint:
        return
    found: dict[str, list[Span]] = {}
    for start, text in find_in_code(_NAME, context.file.data):
        found.setdefault(text.decode(), []).append(Span(start, start + len(text)))
    for name, spans in found.items():
        kind, _, rest = name[2:].partition("_")
        message = f"{name} is a name that cgo makes for itself, and refuses in a program"
        fixes: tuple[Fix, ...] = ()
        if kind in ("type", "func", "iconst"):
            message += f"; write C.{rest}"
            edits = tuple(TextEdit(span, f"C.{rest}".encode()) for span in spans)
            fixes = (Fix(f"Write C.{rest}", (FileEdit(edits),)),)
        yield Finding(spans[0], message, (), fixes)
