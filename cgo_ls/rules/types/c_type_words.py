"""c-type-words: a C type of several words behind `C.`; see c_type_words.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.rules.types.parts.c_as_go import go_type
from cgo_ls.rules.types.parts.go_tokens import code_pattern, find_in_code
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_NUMBERS = code_pattern(
    rb"(?<![\w.])C\.(?:unsigned|signed|long|short)(?:[ \t]+(?:unsigned|int|long|short|char|double)(?!\w))+(?![ \t]*[.(\[])"
)
_TAGS = code_pattern(rb"(?<![\w.])C\.(?:struct|union|enum)[ \t]+[A-Za-z_]\w*")
_WORDS = tuple(f"C.{word} ".encode() for word in ("unsigned", "signed", "long", "short", "struct", "union", "enum"))


@rule("c-type-words", family="types", severity="error", scope="file", since="0.2", fixable=True, words=_WORDS)
def check(context: FileContext) -> Iterator[Finding]:
    data = context.file.data
    if not context.file.imports_c:
        return
    for start, text in [*find_in_code(_NUMBERS, data), *find_in_code(_TAGS, data)]:
        words = text.decode()[2:].split()
        meant = go_type(" ".join(words))
        if meant is None:
            continue
        span = Span(start, start + len(text))
        fix = Fix(f"Write {meant}", (FileEdit((TextEdit(span, meant.encode()),)),))
        yield Finding(span, f"a C type has one word in Go: {' '.join(words)} is {meant}", (), (fix,))
