"""orphaned-preamble: C in a comment that cgo does not take as the preamble; see orphaned_preamble.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgo_ls.model.c_reader import read_preamble_unit
from cgo_ls.model.go_file import GoDeclaration, GoImport
from cgo_ls.model.preamble import build_preamble
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.preamble.comment_moves import join_comment, leave_group, move_comment
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_BLANK = 'a blank line keeps this comment from import "C"; cgo ignores it'
_GROUP = 'cgo ignores a comment above an import group of several; "C" needs its own import below the comment'
_BEHIND = 'cgo ignores a comment behind import "C"; a preamble stands above it'
_BELOW = 'cgo ignores a comment below import "C"; a preamble stands above it'
_BETWEEN = 'cgo ignores a comment above another import; a preamble stands directly above import "C"'


@dataclass(frozen=True, slots=True)
class _Import:
    """The first `import "C"` of the file; spans are file offsets."""

    declaration: GoDeclaration
    imported: GoImport

    @property
    def spec(self) -> Span:
        return self.imported.span.shift(self.declaration.declaration.start)

    @property
    def shares_group(self) -> bool:
        return len(self.declaration.facts.imports) > 1


@rule("orphaned-preamble", family="preamble", severity="error", scope="file", since="0.1", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    target = _find_import(context)
    if target is None:
        return
    # With another preamble in place the program may well build without this one.
    severity = None if not any(placed.preamble.text for placed in context.file.preambles) else "warning"
    for comments, message, edits in _dropped(context, target):
        place = _first_c_line(context, comments)
        if place is None:
            continue
        steps = (Step(target.spec, "the preamble of this import"),)
        fixes = (Fix('Make the comment the preamble of import "C"', (FileEdit(edits),)),) if edits else ()
        yield Finding(place, message, steps, fixes, severity)


def orphaned_includes(context: FileContext) -> frozenset[str]:
    """The headers that only a dropped comment includes: a name of theirs is missing because of the comment."""
    target = _find_import(context)
    if target is None:
        return frozenset()
    dropped = (build_preamble(context.file.data, comments) for comments, _, _ in _dropped(context, target))
    return frozenset(include.name for preamble in dropped for include in preamble.includes)


def _find_import(context: FileContext) -> _Import | None:
    for declaration in context.file.declarations:
        for imported in declaration.facts.imports:
            if imported.path == "C" and imported.alias is None:
                return _Import(declaration, imported)
    return None


Dropped = tuple[tuple[Span, ...], str, tuple[TextEdit, ...] | None]


def _dropped(context: FileContext, target: _Import) -> Iterator[Dropped]:
    """Comments near the imports that cgo does not take: the comments, what to say, how to mend it."""
    data = context.file.data
    has_doc = bool(target.imported.doc)
    start, end = _import_block(context)
    for group in _detached_groups(context, start, end):
        declaration = target.declaration.declaration
        if group[-1].end > declaration.keyword:
            if not has_doc:
                yield group, _BELOW, move_comment(data, group, target.declaration, target.spec)
        elif data[group[-1].end : declaration.start].strip():
            yield group, _BETWEEN, () if has_doc else move_comment(data, group, target.declaration, target.spec)
        elif not target.shares_group:
            yield group, _BLANK, join_comment(data, group, target.declaration, target.imported)
        else:
            yield group, _GROUP, ()
    for declaration in context.file.declarations:
        doc = _without_carriage_returns(data, declaration.declaration.doc)
        if declaration.declaration.kind != "import" or not doc:
            continue
        if declaration.declaration != target.declaration.declaration:
            if not has_doc and not any(imported.path == "C" for imported in declaration.facts.imports):
                yield doc, _BETWEEN, move_comment(data, doc, target.declaration, target.spec)
        elif target.shares_group:
            yield doc, _GROUP, () if has_doc else leave_group(data, target.declaration, target.spec)
    behind = _comment_behind(data, target.spec, target.declaration.declaration.end)
    if behind is not None:
        yield (behind,), _BEHIND, () if has_doc else move_comment(data, (behind,), target.declaration, target.spec)


def _import_block(context: FileContext) -> tuple[int, int]:
    """From the package clause to the first declaration that is no import: only there a preamble is looked for."""
    start = 0
    for declaration in context.file.declarations:
        kind = declaration.declaration.kind
        if kind == "package":
            start = declaration.declaration.end
        elif kind != "import":
            return start, declaration.declaration.start
    return start, len(context.file.data)


def _detached_groups(context: FileContext, start: int, end: int) -> Iterator[tuple[Span, ...]]:
    """Top-level comments that belong to no declaration, those without a blank line between them together."""
    group: list[Span] = []
    for comment in context.file.split.detached:
        if comment.start < start or comment.end > end:
            continue
        between = context.file.data[group[-1].end : comment.start] if group else b""
        if group and (between.strip() or between.count(b"\n") > 1):
            yield _without_carriage_returns(context.file.data, group)
            group = []
        group.append(comment)
    if group:
        yield _without_carriage_returns(context.file.data, group)


def _without_carriage_returns(data: bytes, comments: Sequence[Span]) -> tuple[Span, ...]:
    """Of a `//` comment in a file with CRLF, the carriage return belongs to the line's end."""
    return tuple(Span(span.start, span.end - (data[span.end - 1 : span.end] == b"\r")) for span in comments)


def _comment_behind(data: bytes, spec: Span, end: int) -> Span | None:
    """The comment on the line of the import spec."""
    line_end = data.find(b"\n", spec.end)
    line = data[spec.end : line_end if 0 <= line_end < end else end]
    text = line.strip()
    if text.startswith(b"//") or (text.startswith(b"/*") and text.endswith(b"*/") and text.count(b"*/") == 1):
        start = spec.end + line.index(text)
        return Span(start, start + len(text))
    return None


def _first_c_line(context: FileContext, comments: tuple[Span, ...]) -> Span | None:
    """The first line that says something in C; None unless all of the comment is plainly C."""
    preamble = build_preamble(context.file.data, comments)
    unit = read_preamble_unit(context.file.path, preamble)
    if unit.has_error:
        return None
    said = (*unit.includes, *unit.macros, *unit.functions, *unit.types)
    starts = [item.place.span.start + preamble.span.start for item in said]
    starts += [directive.span.start for directive in preamble.directives if not directive.error]
    if not starts:
        return None
    start = min(starts)
    end = context.file.data.find(b"\n", start)
    end = min(end if end >= 0 else len(context.file.data), preamble.span.end)
    return Span(start, start + len(context.file.data[start:end].removesuffix(b"*/").rstrip()))
