"""The `//export` lines of a file as they stand, those cgo heeds and those it passes over. Spans are file offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

if TYPE_CHECKING:
    from cgo_ls.model.go_file import GoDeclaration, GoFile, GoFunction

_DIRECTIVE = re.compile(rb"//(?:[a-z0-9]+:[a-z0-9]|export |extern |line )")
_LINE = re.compile(rb"//([ \t]*)export(?![^ \t\r\n])")


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One comment that reads like an export. `before` are the blanks in front of the word, `behind` those after it, and
    `rest` what follows, trimmed. `span` is the comment without blanks at its end, `rest_span` where `rest` stands (empty
    behind the word without one)."""

    span: Span
    before: str
    behind: str
    rest: str
    rest_span: Span

    @property
    def heeded(self) -> bool:
        """Whether cgo takes it for an export when it stands in the doc of a function."""
        return not self.before and self.behind.startswith(" ")


@dataclass(frozen=True, slots=True)
class ExportedFunction:
    """A function with the line that exports it under the name in the line."""

    file: GoFile
    declared: GoDeclaration
    function: GoFunction
    line: ExportLine

    @property
    def name(self) -> str:
        return self.line.rest

    @property
    def name_span(self) -> Span:
        """The function's name in its signature."""
        return self.function.name_span.shift(self.declared.declaration.start)


def export_lines(file: GoFile, comments: tuple[Span, ...]) -> Iterator[ExportLine]:
    """Those of `comments`, in order."""
    for comment in comments:
        match = _LINE.match(file.data, comment.start, comment.end)
        if match is None:
            continue
        after = file.data[match.end() : comment.end]
        text = after.strip()
        start = match.end() + len(after) - len(after.lstrip()) if text else match.end()
        rest = Span(start, start + len(text))
        behind = (after[: start - match.end()] if text else after).decode("utf-8", "replace").rstrip("\r")
        yield ExportLine(
            Span(comment.start, rest.end), match[1].decode(), behind, text.decode("utf-8", "replace"), rest
        )


def exported_functions(file: GoFile) -> Iterator[ExportedFunction]:
    """What cgo exports from the file: the first heeded line of each function's doc, whatever name it gives."""
    if not file.imports_c or b"//export" not in file.data:
        return
    for declared, function in file.functions:
        for line in export_lines(file, declared.declaration.doc):
            if line.heeded:
                yield ExportedFunction(file, declared, function, line)
                break


def is_exported(file: GoFile, name: str) -> bool:
    """Whether the file exports a function as `name`."""
    return any(exported.name == name for exported in exported_functions(file))


def write_export(file: GoFile, declared: GoDeclaration, line: ExportLine, name: str) -> tuple[TextEdit, ...]:
    """`//export name` in place of `line` of the declaration's doc, laid out as gofmt does: directives stand last, behind an empty line."""
    text = b"//export " + name.encode()
    others = [span for span in declared.declaration.doc if span.start != line.span.start]
    if not others:
        return (TextEdit(line.span, text),)
    last = file.data[others[-1].start : others[-1].end].rstrip()
    end = line_ending(file.data)
    gap = b"" if _DIRECTIVE.match(last) or last == b"//" else b"//" + end
    if others[-1].start < line.span.start:
        return (TextEdit(line.span, gap + text),)
    newline = file.data.find(b"\n", line.span.end)
    keyword = declared.declaration.keyword
    return (TextEdit(Span(line.span.start, newline + 1), b""), TextEdit(Span(keyword, keyword), gap + text + end))
