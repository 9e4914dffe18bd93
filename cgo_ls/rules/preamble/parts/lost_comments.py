"""Comments near the imports that cgo does not take as a preamble, whatever they say. Spans are file offsets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cgo_ls.model.go_file import GoDeclaration, GoFile, GoImport
from cgo_ls.model.preamble import build_preamble
from cgo_ls.rules.preamble.parts.comment_moves import join_comment, leave_group, move_comment
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

# Why cgo does not take it: a blank line below it, an import group of several, its place behind, below, or above another import.
Reason = Literal["blank", "group", "behind", "below", "between"]


@dataclass(frozen=True, slots=True)
class CImport:
    """The first `import "C"` of a file."""

    declaration: GoDeclaration
    imported: GoImport

    @property
    def spec(self) -> Span:
        return self.imported.span.shift(self.declaration.declaration.start)

    @property
    def shares_group(self) -> bool:
        return len(self.declaration.facts.imports) > 1


@dataclass(frozen=True, slots=True)
class LostComment:
    """A group of comments, and the edits that make it the preamble; none where that needs a hand."""

    comments: tuple[Span, ...]
    reason: Reason
    edits: tuple[TextEdit, ...]


def find_c_import(file: GoFile) -> CImport | None:
    for declaration in file.declarations:
        for imported in declaration.facts.imports:
            if imported.path == "C" and imported.alias is None:
                return CImport(declaration, imported)
    return None


def lost_comments(file: GoFile, target: CImport) -> Iterator[LostComment]:
    """Those above the first declaration that is no import; a comment that only might be meant for `target` is left out
    when the import has a preamble already."""
    yield from _detached(file, target)
    yield from _attached(file, target)
    behind = _behind(file.data, target.spec, target.declaration.declaration.end)
    if behind is not None:
        yield LostComment((behind,), "behind", _moved(file, target, (behind,)))


def orphaned_includes(file: GoFile) -> frozenset[str]:
    """The headers that only a lost comment includes: a name of theirs is missing because of the comment."""
    target = find_c_import(file)
    if target is None:
        return frozenset()
    lost = (build_preamble(file.data, comment.comments) for comment in lost_comments(file, target))
    return frozenset(include.name for preamble in lost for include in preamble.includes)


def _moved(file: GoFile, target: CImport, comments: tuple[Span, ...]) -> tuple[TextEdit, ...]:
    return () if target.imported.doc else move_comment(file.data, comments, target.declaration, target.spec)


def _detached(file: GoFile, target: CImport) -> Iterator[LostComment]:
    declaration = target.declaration.declaration
    start, end = _import_block(file)
    for group in _groups(file, start, end):
        if group[-1].end > declaration.keyword:
            if not target.imported.doc:
                yield LostComment(group, "below", _moved(file, target, group))
        elif file.data[group[-1].end : declaration.start].strip():
            yield LostComment(group, "between", _moved(file, target, group))
        elif target.shares_group:
            yield LostComment(group, "group", ())
        else:
            yield LostComment(group, "blank", join_comment(file.data, group, target.declaration, target.imported))


def _attached(file: GoFile, target: CImport) -> Iterator[LostComment]:
    """The doc comments of import declarations."""
    for declaration in file.declarations:
        if declaration.declaration.kind != "import" or not declaration.declaration.doc:
            continue
        doc = _without_carriage_returns(file.data, declaration.declaration.doc)
        if declaration.declaration == target.declaration.declaration:
            if target.shares_group:
                edits = () if target.imported.doc else leave_group(file.data, declaration, target.spec)
                yield LostComment(doc, "group", edits)
        elif not target.imported.doc and not any(imported.path == "C" for imported in declaration.facts.imports):
            yield LostComment(doc, "between", _moved(file, target, doc))


def _behind(data: bytes, spec: Span, end: int) -> Span | None:
    """The comment on the line of the import spec."""
    line_end = data.find(b"\n", spec.end)
    line = data[spec.end : line_end if 0 <= line_end < end else end]
    text = line.strip()
    if text.startswith(b"//") or (text.startswith(b"/*") and text.endswith(b"*/") and text.count(b"*/") == 1):
        start = spec.end + line.index(text)
        return Span(start, start + len(text))
    return None


def _import_block(file: GoFile) -> tuple[int, int]:
    """From the package clause to the first declaration that is no import."""
    start = 0
    for declaration in file.declarations:
        kind = declaration.declaration.kind
        if kind == "package":
            start = declaration.declaration.end
        elif kind != "import":
            return start, declaration.declaration.start
    return start, len(file.data)


def _groups(file: GoFile, start: int, end: int) -> Iterator[tuple[Span, ...]]:
    """Top-level comments that belong to no declaration, those without a blank line between them together."""
    group: list[Span] = []
    for comment in file.split.detached:
        if comment.start < start or comment.end > end:
            continue
        between = file.data[group[-1].end : comment.start] if group else b""
        if group and (between.strip() or between.count(b"\n") > 1):
            yield _without_carriage_returns(file.data, group)
            group = []
        group.append(comment)
    if group:
        yield _without_carriage_returns(file.data, group)


def _without_carriage_returns(data: bytes, comments: Sequence[Span]) -> tuple[Span, ...]:
    """Of a `//` comment in a file with CRLF, the carriage return belongs to the line's end."""
    return tuple(Span(span.start, span.end - (data[span.end - 1 : span.end] == b"\r")) for span in comments)
