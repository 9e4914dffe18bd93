"""joined-comments: C that is lost at the end of a block comment, because cgo adds no newline there; see joined_comments.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.go_file import PlacedPreamble
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("joined-comments", family="preamble", severity="error", scope="file", since="0.2", words=(b"*/",), fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    for placed in context.file.preambles:
        if (
            b"/*"
            in context.file.data[placed.base + placed.preamble.span.start : placed.base + placed.preamble.span.end]
        ):
            yield from _joins(context.file.data, placed)


def _joins(data: bytes, placed: PlacedPreamble) -> Iterator[Finding]:
    """Where a block comment's last line runs into the first of the comment behind it, and one of the two is a directive."""
    preamble, base = placed
    for (_, start, length), (text_start, following, _) in zip(preamble.segments, preamble.segments[1:], strict=False):
        end = base + start + length
        if data[end : end + 2] != b"*/" or not data[end + 2 : base + following].strip().startswith((b"//", b"/*")):
            continue
        before = preamble.text[preamble.text.rfind(b"\n", 0, text_start) + 1 : text_start].strip()
        newline = preamble.text.find(b"\n", text_start)
        behind = preamble.text[text_start : newline if newline >= 0 else None].strip()
        if not before or not behind or not (before.startswith(b"#") or behind.startswith(b"#")):
            continue
        if before.startswith(b"#cgo") and behind.startswith(b"#cgo"):
            continue  # the go command reads its lines comment by comment
        first = base + following
        while data[first : first + 1] in (b" ", b"\t"):
            first += 1
        message = f"cgo joins comments without a newline behind */, so this becomes the end of {before.decode('utf-8', 'replace')}"
        opening = data.rfind(b"/*", 0, end)
        step = Step(Span(opening, end + 2), "this comment does not end with a newline")
        yield Finding(Span(first, first + len(behind)), message, (step,), _fixes(data, opening, end))


def _fixes(data: bytes, opening: int, end: int) -> tuple[Fix, ...]:
    inner = data[opening + 2 : end]
    if b"\n" in inner or data[data.rfind(b"\n", 0, opening) + 1 : opening].strip():
        return ()
    edit = TextEdit(Span(opening, end + 2), b"// " + inner.strip())
    return (Fix("Make it a // comment, which ends with a newline", (FileEdit((edit,)),)),)
