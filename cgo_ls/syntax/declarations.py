"""Cutting a Go file into its top-level declarations: the unit that is parsed, analysed and kept by itself.

A lexer of one regular expression knows strings, runes and comments and looks for `func`, `type`, `var`, `const`, `import`
and `package` in column 0. Nothing else ends a declaration, so a missing brace costs one declaration and no more.

What stays rough, on purpose:
- a declaration that does not begin in column 0 belongs to the one above it (a block comment that begins there may stand
  before the keyword); gofmt leaves no such file;
- an unterminated "..." or '...' ends with its line; an unterminated /* or ` swallows the rest of the file, as in Go itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, NamedTuple

from cgo_ls.text.document import ByteEdit
from cgo_ls.text.span import Span

Kind = Literal["package", "import", "func", "type", "var", "const", "other"]

BOM = b"\xef\xbb\xbf"

# Every branch begins with one certain byte, so the engine skips code at memory speed; the newline stands for "column 0".
# The quantifiers are possessive: no input makes this backtrack.
_TOKEN = re.compile(
    rb"//[^\n]*+"
    rb"|/\*.*?(?:\*/|\Z)"
    rb"|`[^`]*+`?"
    rb'|"(?:[^"\\\n]++|\\[^\n])*+"?'
    rb"|'(?:[^'\\\n]++|\\[^\n])*+'?"
    rb"|\n(?:func|type|var|const|import|package)(?![A-Za-z0-9_\x80-\xff])",
    re.DOTALL,
)
_KEYWORD = re.compile(rb"[ \t]*(func|type|var|const|import|package)(?![A-Za-z0-9_\x80-\xff])")
_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_NAMES = {
    "func": re.compile(rb"func\s*(?:\(([^()]*)\)\s*)?(" + _WORD + rb")"),
    "import": re.compile(rb'import()\s*(?:[\w.]+\s*)?["`]([^"`\n]*)'),
}
_NAME = re.compile(rb"[a-z]+()\s+(" + _WORD + rb")")
_RECEIVER = re.compile(rb"(" + _WORD + rb")\s*(?:\[[^\]]*\]?)?\s*$")

_NEWLINE, _SLASH, _STAR = b"\n/*"


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a declaration is, wherever it stands: all offsets are relative to the start of its region."""

    kind: Kind
    name: str
    length: int
    keyword: int
    doc: tuple[Span, ...]
    digest: bytes


class Declaration(NamedTuple):
    """A chunk and the file offset at which its region starts.

    A pair, because each keystroke moves all declarations below it: a move makes this pair anew and nothing else.
    The region is the attached doc comments and the code, up to the last byte of code or of the comment behind it on its line.
    """

    chunk: Chunk
    start: int

    @property
    def kind(self) -> Kind:
        """The keyword; "other" for code that stands before the first keyword of the file."""
        return self.chunk.kind

    @property
    def name(self) -> str:
        """`F` or `T.F` of a function, the path of a lone import, else the first name declared; "" where there is none."""
        return self.chunk.name

    @property
    def digest(self) -> bytes:
        """16 bytes that stand for the bytes of the region."""
        return self.chunk.digest

    @property
    def region(self) -> Span:
        return Span(self.start, self.start + self.chunk.length)

    @property
    def end(self) -> int:
        """File offset of the end of the region."""
        return self.start + self.chunk.length

    @property
    def keyword(self) -> int:
        """File offset of the keyword (of the first byte of code for kind "other")."""
        return self.start + self.chunk.keyword

    @property
    def doc(self) -> tuple[Span, ...]:
        """The comments of the group directly above the keyword, in order, file offsets; Go's own rule (ast.Decl.Doc)."""
        return tuple(span.shift(self.start) for span in self.chunk.doc)


@dataclass(frozen=True, slots=True)
class SplitFile:
    """The declarations of a file in order, and the comments between them.

    `gaps[i]` are the detached comments in front of `declarations[i]` (the last entry: behind all), relative to the end of
    the declaration before (to 0 for the first), so that most of them survive an edit.
    """

    declarations: tuple[Declaration, ...]
    gaps: tuple[tuple[Span, ...], ...]
    bom: bool

    @property
    def detached(self) -> tuple[Span, ...]:
        """Top-level comments that belong to no declaration; file offsets."""
        found = []
        for index, gap in enumerate(self.gaps):
            if gap:
                base = self.declarations[index - 1].end if index else 0
                found += [span.shift(base) for span in gap]
        return tuple(found)


class _Boundary(NamedTuple):
    """A keyword that was found, and what was read since the one before.

    `code_start` and `code_end` bound the code in between (-1: none), `comments` are those behind that code.
    At the end of the file `kind` is None and `keyword` the length of the text.
    """

    keyword: int
    kind: Kind | None
    code_start: int
    code_end: int
    comments: list[tuple[int, int]]


class _Cut(NamedTuple):
    """The declaration that ends here (None at the head of a file), the gap behind it, and how the next one begins."""

    declaration: Declaration | None
    gap: tuple[Span, ...]
    keyword: int
    kind: Kind | None
    doc: tuple[tuple[int, int], ...]


class _Opening(NamedTuple):
    """A declaration whose end is not known yet; file offsets."""

    keyword: int
    kind: Kind
    doc: tuple[tuple[int, int], ...]


def split(data: bytes) -> SplitFile:
    """The declarations of a whole file, in time linear in its size; any bytes will do."""
    declarations: list[Declaration] = []
    gaps: list[tuple[Span, ...]] = []
    for cut in _cuts(data, _scan(data, _text_start(data), in_code=False), None):
        _add(cut, declarations, gaps)
    return SplitFile(tuple(declarations), tuple(gaps), data.startswith(BOM))


def resplit(old: SplitFile, old_data: bytes, data: bytes, edits: Sequence[ByteEdit]) -> SplitFile:
    """`split(data)`, from the split of the text before `edits` (each in the coordinates the edits before it left).

    Reads the declarations the edits touch, on to the first keyword that is known from before; the rest is moved.
    """
    cover = _cover(len(old_data), len(data), edits)
    if cover is None:
        return split(data)
    start, new_end = cover
    first = bisect_left(old.declarations, start, key=_keyword_end) - 1
    if first <= 0 and (first < 0 or old.declarations[0].kind == "other"):
        declarations, gaps, opening = [], [], None
        boundaries = _scan(data, _text_start(data), in_code=False)
    else:
        # The keyword and the byte behind it lie before the edits: all up to here is as it was.
        touched = old.declarations[first]
        declarations, gaps = list(old.declarations[:first]), list(old.gaps[: first + 1])
        doc = tuple((span.start, span.end) for span in touched.doc)
        opening = _Opening(touched.keyword, touched.kind, doc)
        boundaries = _scan(data, _keyword_end(touched), in_code=True)
    shift = len(data) - len(old_data)
    for cut in _cuts(data, boundaries, opening):
        _add(cut, declarations, gaps)
        known = _find_keyword(old, cut.keyword - shift) if cut.kind is not None and cut.keyword >= new_end else None
        if known is not None and cut.kind is not None:
            same = old.declarations[known]
            declarations.append(_build(data, _Opening(cut.keyword, cut.kind, cut.doc), same.end + shift))
            declarations += _moved(old.declarations[known + 1 :], shift)
            gaps += old.gaps[known + 1 :]
            break
    return SplitFile(tuple(declarations), tuple(gaps), data.startswith(BOM))


def attach(data: bytes, comments: Sequence[tuple[int, int]], code_end: int, target: int) -> tuple[int, int]:
    """How Go's parser groups the comments between two tokens: (trailing, lead).

    `comments` (start, end) all lie between `code_end`, the end of the token before (-1: none), and `target`, the start of
    the token behind. `comments[:trailing]` stand on the line of the token before; `comments[lead:]` are the doc group
    of the token behind: on lines of their own, no blank line between them, the last one ending on the line above.
    """
    trailing = 0
    if code_end >= 0:
        for begin, end in comments:
            if data.find(b"\n", code_end, begin) >= 0:
                break
            code_end = end
            trailing += 1
    count = len(comments)
    if trailing == count or data.count(b"\n", comments[-1][1], target) != 1:
        return trailing, count
    lead = count - 1
    while lead > trailing and data.count(b"\n", comments[lead - 1][1], comments[lead][0]) <= 1:
        lead -= 1
    return trailing, lead


def _scan(data: bytes, start: int, *, in_code: bool) -> Iterator[_Boundary]:
    """The keywords from `start` on, which must lie outside of strings and comments; then one boundary for the end.

    `in_code`: `start` lies directly behind a keyword. The next boundary depends on the bytes from there on alone.
    """
    code_start = code_end = start if in_code else -1
    seen, comments = start, []
    if not in_code and (match := _KEYWORD.match(data, start)) and match.start(1) == start:
        yield _Boundary(start, _kind(match[1]), -1, -1, comments)
        code_start, code_end, seen = start, match.end(), match.end()
    for match in _TOKEN.finditer(data, seen):
        begin, end = match.span()
        lead = data[begin]
        if lead == _NEWLINE:
            begin += 1
        gap = data[seen:begin]
        if gap and not gap.isspace():
            code_end = seen + len(gap.rstrip())
            code_start = code_start if code_start >= 0 else begin - len(gap.lstrip())
            comments = []
        seen = end
        if lead == _SLASH:
            comments.append((begin, end))
            behind = _keyword_behind(data, begin, end)
            if behind is None:
                continue
            begin, end = behind
        elif lead != _NEWLINE:
            code_start = code_start if code_start >= 0 else begin
            code_end, comments = end, []
            continue
        yield _Boundary(begin, _kind(data[begin:end]), code_start, code_end, comments)
        code_start, code_end, seen, comments = begin, end, end, []
    gap = data[seen:]
    if gap and not gap.isspace():
        code_end = seen + len(gap.rstrip())
        code_start = code_start if code_start >= 0 else len(data) - len(gap.lstrip())
        comments = []
    yield _Boundary(len(data), None, code_start, code_end, comments)


def _keyword_behind(data: bytes, begin: int, end: int) -> tuple[int, int] | None:
    """The keyword that follows a block comment of column 0 on the line where it ends."""
    if data[begin + 1] != _STAR or (begin > _text_start(data) and data[begin - 1] != _NEWLINE):
        return None
    match = _KEYWORD.match(data, end)
    return match.span(1) if match else None


def _kind(keyword: bytes) -> Kind:
    return keyword.decode("ascii")  # pyright: ignore[reportReturnType]: the pattern matches nothing else


def _cuts(data: bytes, boundaries: Iterator[_Boundary], opening: _Opening | None) -> Iterator[_Cut]:
    """Close a declaration at each boundary; `opening` is the one the scan started in."""
    for boundary in boundaries:
        comments = boundary.comments
        trailing, lead = attach(data, comments, boundary.code_end, boundary.keyword) if comments else (0, 0)
        if boundary.kind is None:
            lead = len(comments)
        end = comments[trailing - 1][1] if trailing else boundary.code_end
        if opening is not None:
            declaration = _build(data, opening, end)
        else:
            declaration = _build_head(data, boundary.code_start, end) if end >= 0 else None
        base = 0 if declaration is None else end
        gap = tuple([Span(first - base, last - base) for first, last in comments[trailing:lead]])
        doc = tuple(comments[lead:])
        yield _Cut(declaration, gap, boundary.keyword, boundary.kind, doc)
        if boundary.kind is not None:
            opening = _Opening(boundary.keyword, boundary.kind, doc)


def _add(cut: _Cut, declarations: list[Declaration], gaps: list[tuple[Span, ...]]) -> None:
    """Keep one gap more than declarations: code at the head of a file has an empty one in front."""
    if cut.declaration is not None:
        if not gaps:
            gaps.append(())
        declarations.append(cut.declaration)
    gaps.append(cut.gap)


def _build(data: bytes, opening: _Opening, end: int) -> Declaration:
    start = opening.doc[0][0] if opening.doc else opening.keyword
    doc = tuple([Span(first - start, last - start) for first, last in opening.doc])
    name = _name_of(data, opening.kind, opening.keyword, end)
    digest = blake2b(data[start:end], digest_size=16).digest()
    return Declaration(Chunk(opening.kind, name, end - start, opening.keyword - start, doc, digest), start)


def _build_head(data: bytes, code_start: int, end: int) -> Declaration:
    """Code before the first keyword: one piece, with the comments above it."""
    head = _text_start(data)
    start = code_start - len(data[head:code_start].lstrip())
    digest = blake2b(data[start:end], digest_size=16).digest()
    return Declaration(Chunk("other", "", end - start, code_start - start, (), digest), start)


def _name_of(data: bytes, kind: str, keyword: int, end: int) -> str:
    match = _NAMES.get(kind, _NAME).match(data, keyword, end)
    if match is None:
        return ""
    name = match[2].decode("utf-8", "replace")
    receiver = _RECEIVER.search(match[1]) if match[1] else None
    return f"{receiver[1].decode('utf-8', 'replace')}.{name}" if receiver else name


def _text_start(data: bytes) -> int:
    return len(BOM) if data.startswith(BOM) else 0


def _keyword_end(declaration: Declaration) -> int:
    return declaration.start + declaration.chunk.keyword + len(declaration.chunk.kind)


def _keyword_of(declaration: Declaration) -> int:
    return declaration.start + declaration.chunk.keyword


def _find_keyword(old: SplitFile, offset: int) -> int | None:
    """The index of the declaration whose keyword stands at `offset`; code before the first keyword does not count."""
    index = bisect_left(old.declarations, offset, key=_keyword_of)
    if index == len(old.declarations):
        return None
    found = old.declarations[index]
    return index if _keyword_of(found) == offset and found.kind != "other" else None


def _moved(declarations: tuple[Declaration, ...], shift: int) -> tuple[Declaration, ...]:
    if not shift:
        return declarations
    make = tuple.__new__  # Declaration(...) costs twice as much, and this is done for half a file at each keystroke
    return tuple([make(Declaration, (chunk, start + shift)) for chunk, start in declarations])


def _cover(old_length: int, length: int, edits: Sequence[ByteEdit]) -> tuple[int, int] | None:
    """(start, new end) of one range that covers all edits; None where there are none or they do not add up."""
    start, behind, now = old_length, old_length, old_length
    for edit in edits:
        start = min(start, edit.start)
        behind = min(behind, now - edit.old_end)
        now += edit.new_end - edit.old_end
    if not edits or now != length or start < 0 or behind < 0:
        return None
    return start, length - behind
