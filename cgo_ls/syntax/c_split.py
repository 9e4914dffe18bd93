"""Split C text into top-level chunks before any parser sees it: comments and directives out, `#if` branches settled.

Everything here keeps lengths: bytes that must not reach the parser become spaces, so an offset in the result is an
offset in the text given. One broken chunk costs itself only, never the declarations behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cgo_ls.text.span import Span

_TOKEN = re.compile(
    rb"""
    (?P<comment> //(?:\\[ \t\r]*\n|[^\n])*+ | /\*(?s:.*?)(?:\*/|\Z) )
  | (?P<directive> ^[ \t]*\#(?: "(?:\\.|[^"\\\n])*+" | '(?:\\.|[^'\\\n])' | /\*(?s:.*?)(?:\*/|\Z) | //[^\n]*+
                              | \\[ \t\r]*\n | [^\n] )*+ )
  | (?P<string> "(?:\\[\s\S]|[^"\\\n])*+"? | '(?:\\[\s\S]|[^'\\\n])*+'? )
  | (?P<bracket> [(){};] )
    """,
    re.VERBOSE | re.MULTILINE,
)
_DIRECTIVE_HEAD = re.compile(rb"[ \t]*#[ \t]*([A-Za-z_]*)")
_CPLUSPLUS_TEST = re.compile(rb"#[ \t]*if(?:def[ \t]+__cplusplus\b|[ \t]*\(?[ \t]*defined[ \t]*\(?[ \t]*__cplusplus\b)")
_NOT_CPLUSPLUS_TEST = re.compile(rb"#[ \t]*if(?:ndef[ \t]+__cplusplus\b|[ \t]*!)")
_ZERO_TEST = re.compile(rb"#[ \t]*if[ \t]+\(?0\)?[ \t\r]*(?://.*|/\*.*)?\Z", re.DOTALL)
_TRANSPARENT = re.compile(rb'(?:\bextern\s*"C(?:\+\+)?"|\b(?:inline\s+)?namespace\b[\w\s:]*)\s*\Z')
_EXTERN_C = re.compile(rb'\bextern\s*"C"\s*\Z')
_NOT_BLANK = re.compile(rb"[^\n]")
_ATTRIBUTE = re.compile(
    rb"__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*+\))*+\))*+\)\)|__declspec\s*\([^()]*\)|\[\[[^\[\]]*\]\]"
)
_FUNCTION_TAIL = re.compile(rb"\)\s*+(?:[A-Za-z_]\w*+\s*+(?:\([^()]*+\)\s*+)?)*+\Z")
_OLD_STYLE_TAIL = re.compile(rb"\)\s*(?:(?:[A-Za-z_][\w\s*,\[\]]*);\s*)+\Z")
_DECLARATION_LINE = re.compile(
    rb"^[ \t]*(?!(?:return|else|goto|case|do|if|while|for|switch|sizeof|default)\b)"
    rb"(?:(?:typedef|struct|union|enum)\s+[A-Za-z_]\w*|(?:[A-Za-z_]\w*+[ \t*]++)+[A-Za-z_]\w*+[ \t]*(?=\([^;{}=]{0,2000}\)\s*[;{]))",
    re.MULTILINE,
)
# An unclosed `(` or a generated table may be that deep; real code is not, and every later pass recurses at most so far.
NESTING_LIMIT = 200


@dataclass(frozen=True, slots=True)
class CDirectiveLine:
    """One `#...` line with its continuation lines; `span` is from the `#` to before the newline."""

    keyword: str
    text: bytes
    span: Span


@dataclass(frozen=True, slots=True)
class CConditional:
    """A kept `#if` group: its branches in order; `exhaustive` when it has an `#else`."""

    span: Span
    branches: tuple[Span, ...]
    exhaustive: bool


@dataclass(frozen=True, slots=True)
class CChunk:
    """One top-level declaration or function. `body` is the span of its braces when it is a function definition;
    `unclosed` counts braces that were never closed. `c_linkage` is false in C++ outside `extern "C"`."""

    span: Span
    body: Span | None
    c_linkage: bool
    too_deep: bool
    unclosed: int = 0


@dataclass(frozen=True, slots=True)
class CSplit:
    """`clean` has the length of the text given; comments, directives and dropped branches are spaces in it."""

    clean: bytes
    chunks: tuple[CChunk, ...]
    directives: tuple[CDirectiveLine, ...]
    comments: tuple[Span, ...]
    conditionals: tuple[CConditional, ...]
    balanced: bool


def blank(data: bytes) -> bytes:
    """`data` with everything but newlines turned into spaces."""
    return _NOT_BLANK.sub(b" ", data) if b"\n" in data else b" " * len(data)


@dataclass(slots=True)
class _OpenGroup:
    """A `#if` whose `#endif` has not been seen."""

    start: int
    branch_start: int
    depth: int
    at_boundary: bool
    drop_first: bool
    drop_rest: bool
    branches: list[tuple[int, int, int, bool]]
    exhaustive: bool = False


class _Scan:
    """One pass over the tokens: collects brackets and directives, settles conditional groups as they close."""

    def __init__(self, text: bytes, cplusplus: bool) -> None:
        self.clean = bytearray(text)
        self.cplusplus = cplusplus
        self.depth = 0
        self.brackets: list[tuple[int, int]] = []
        self.directives: list[CDirectiveLine] = []
        self.comments: list[Span] = []
        self.conditionals: list[CConditional] = []
        self.open: list[_OpenGroup] = []
        for match in _TOKEN.finditer(text):
            group = match.lastgroup
            start = match.start()
            if group == "bracket":
                self.bracket(start, text[start])
            elif group == "comment":
                self.clean[start : match.end()] = blank(match.group())
                self.comments.append(Span(start, match.end()))
            elif group == "directive":
                self.clean[start : match.end()] = blank(match.group())
                self.directive(start, match.end(), match.group())
        while self.open:
            self.close_group(len(text), len(text))

    def bracket(self, position: int, byte: int) -> None:
        self.brackets.append((position, byte))
        if byte == 0x7B:
            self.depth += 1
        elif byte == 0x7D and self.depth:
            self.depth -= 1

    def directive(self, start: int, end: int, text: bytes) -> None:
        head = _DIRECTIVE_HEAD.match(text)
        keyword = head.group(1).decode("ascii") if head else ""
        if keyword in ("if", "ifdef", "ifndef"):
            condition = text.lstrip()
            cplusplus_test = bool(_CPLUSPLUS_TEST.match(condition)) and b"||" not in condition
            never = bool(_ZERO_TEST.match(condition)) or (cplusplus_test and not self.cplusplus)
            plain_c = b"__cplusplus" in condition and bool(_NOT_CPLUSPLUS_TEST.match(condition))
            always = cplusplus_test if self.cplusplus else plain_c
            self.open.append(_OpenGroup(start, end, self.depth, self.boundary(start), never, always, []))
        elif keyword in ("else", "elif", "elifdef", "elifndef") and self.open:
            group = self.open[-1]
            group.branches.append((group.branch_start, start, self.depth, self.boundary(start)))
            group.branch_start = end
            group.exhaustive = group.exhaustive or keyword == "else"
            self.depth = group.depth
        elif keyword == "endif" and self.open:
            self.close_group(start, end)
        else:
            offset = len(text) - len(text.lstrip())
            self.directives.append(CDirectiveLine(keyword, text[offset:], Span(start + offset, end)))

    def close_group(self, start: int, end: int) -> None:
        group = self.open.pop()
        group.branches.append((group.branch_start, start, self.depth, self.boundary(start)))
        kept = group.branches
        if group.drop_first:
            kept = kept[1:]
            self.drop(group.branches[0], group.depth, forget_directives=True)
        elif group.drop_rest:
            kept = kept[:1]
        if len(kept) > 1:
            if not group.at_boundary or any(branch[2] != group.depth or not branch[3] for branch in kept):
                kept = kept[:1]
        for branch in group.branches[1:]:
            if branch not in kept:
                self.drop(branch, group.depth, forget_directives=group.drop_rest)
        self.depth = kept[0][2] if kept else group.depth
        if kept and not group.drop_first and not group.drop_rest:
            branches = tuple(Span(branch[0], branch[1]) for branch in kept)
            self.conditionals.append(CConditional(Span(group.start, end), branches, group.exhaustive))

    def drop(self, branch: tuple[int, int, int, bool], depth: int, *, forget_directives: bool) -> None:
        start, end = branch[0], branch[1]
        self.clean[start:end] = blank(bytes(self.clean[start:end]))
        self.brackets = _without(self.brackets, start, end)
        if forget_directives:
            self.directives = [line for line in self.directives if not start <= line.span.start < end]
        self.depth = depth

    def boundary(self, position: int) -> bool:
        """Whether a declaration or statement could begin at `position`."""
        before = self.clean[max(0, position - 80) : position].rstrip()
        before = before or self.clean[max(0, position - 4096) : position].rstrip()
        return not before or before[-1] in (b";{},:" if self.depth else b";}")


def _without(brackets: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """Brackets outside `start..end`; the dropped ones are near the end of the list."""
    first = len(brackets)
    while first and brackets[first - 1][0] >= start:
        first -= 1
    return brackets[:first] + [bracket for bracket in brackets[first:] if bracket[0] >= end]


def split_c(text: bytes, *, cplusplus: bool = False) -> CSplit:
    """The chunks of C `text` (any bytes). Branches under `#if 0` and, in C, `__cplusplus` are dropped, all others kept
    when every branch is whole statements or declarations; otherwise only the first one."""
    scan = _Scan(text, cplusplus)
    splitter = _Splitter(scan.clean, scan.brackets, cplusplus, ())
    if splitter.unclosed:
        lines = tuple(match.start() for match in _DECLARATION_LINE.finditer(scan.clean))
        splitter = _Splitter(scan.clean, scan.brackets, cplusplus, lines)
        balanced = False
    else:
        balanced = not splitter.stray
    return CSplit(
        bytes(scan.clean),
        tuple(splitter.chunks),
        tuple(scan.directives),
        tuple(scan.comments),
        tuple(sorted(scan.conditionals, key=lambda group: group.span.start)),
        balanced,
    )


def split_again(clean: bytes, chunk: CChunk) -> tuple[CChunk, ...]:
    """A chunk that did not parse, cut at the lines in it that look like the start of a declaration."""
    start, end = chunk.span.start, chunk.span.end
    brace = clean.find(b"{", start, end)
    stop = end if brace < 0 else brace
    starts = [match.start() for match in _DECLARATION_LINE.finditer(clean, start, stop) if match.start() > start]
    if not starts:
        return (chunk,)
    pieces: list[CChunk] = []
    for first, last in zip([start, *starts], [*starts, end], strict=True):
        body = chunk.body if chunk.body and last == end else None
        piece = _trimmed(clean, first, last)
        if piece is not None:
            unclosed = chunk.unclosed if last == end else 0
            pieces.append(CChunk(piece, body, chunk.c_linkage, chunk.too_deep, unclosed))
    return tuple(pieces)


def _trimmed(clean: bytes | bytearray, start: int, end: int) -> Span | None:
    piece = clean[start:end]
    left = len(piece) - len(piece.lstrip())
    return None if left == len(piece) else Span(start + left, start + len(piece.rstrip()))


class _Splitter:
    """Brackets to chunks. With `lines` (offsets that look like declarations) an unclosed brace ends at such a line."""

    def __init__(
        self, clean: bytearray, brackets: list[tuple[int, int]], cplusplus: bool, lines: tuple[int, ...]
    ) -> None:
        self.clean = clean
        self.cplusplus = cplusplus
        self.chunks: list[CChunk] = []
        self.start = 0
        self.depth = 0
        self.parens = 0
        self.deepest = 0
        self.stray = False
        self.unclosed = 0
        self.body: int | None = None
        self.linkage: list[bool] = []
        self.lines = lines
        self.next_line = 0
        for position, byte in brackets:
            if lines and self.depth:
                self.recover(position)
            self.bracket(position, byte)
        if lines and self.depth:
            self.recover(len(clean))
        if self.depth or self.clean[self.start :].strip():
            self.unclosed = self.depth
            self.add(len(clean), Span(self.body, len(clean)) if self.depth and self.body is not None else None)

    def bracket(self, position: int, byte: int) -> None:
        if byte == 0x28:
            self.parens += 1
        elif byte == 0x29:
            self.parens -= 1
        elif byte == 0x7B:
            self.open_brace(position)
        elif byte == 0x7D:
            self.close_brace(position)
        elif not self.depth:
            self.add(position + 1, None)
        self.deepest = max(self.deepest, self.depth + self.parens)

    def open_brace(self, position: int) -> None:
        if not self.depth:
            head = bytes(self.clean[self.start : position])
            near = head[-200:]
            transparent = _TRANSPARENT.search(near)
            if transparent:
                self.linkage.append(bool(_EXTERN_C.search(near)))
                self.erase(position - len(near) + transparent.start(), position + 1)
                return
            if not head.strip():
                self.join_old_style()
                self.body = position
            elif _is_function_head(head):
                self.body = position
            else:
                self.body = None
        self.depth += 1

    def join_old_style(self) -> None:
        """`int f(a, b) int a; char *b; {`: the chunks before are this function's head; its declarations are blanked."""
        for count in range(1, min(len(self.chunks), 12) + 1):
            first = self.chunks[-count]
            if first.body:
                return
            head = bytes(self.clean[first.span.start : self.chunks[-1].span.end])
            tail = _OLD_STYLE_TAIL.search(head) if len(head) < 4000 else None
            if tail:
                del self.chunks[-count:]
                self.start = first.span.start
                self.clean[self.start + tail.start() + 1 : self.start + len(head)] = blank(head[tail.start() + 1 :])
                return

    def close_brace(self, position: int) -> None:
        if self.depth:
            self.depth -= 1
            if not self.depth and self.body is not None:
                self.add(position + 1, Span(self.body, position + 1))
        elif self.linkage:
            self.linkage.pop()
            self.erase(position, position + 1)
        else:
            self.stray = True
            self.erase(position, position + 1)

    def erase(self, start: int, end: int) -> None:
        self.clean[start:end] = blank(bytes(self.clean[start:end]))
        if not self.clean[self.start : end].strip():
            self.start = end

    def add(self, end: int, body: Span | None) -> None:
        span = _trimmed(self.clean, self.start, end)
        if span is not None and self.clean[span.start : span.end] != b";":
            linkage = not self.cplusplus or any(self.linkage) or self.clean.startswith(b'extern "C"', span.start)
            if self.clean.startswith(b'extern "C"', span.start):
                self.clean[span.start : span.start + 10] = b"extern    "
            self.chunks.append(CChunk(span, body, linkage, self.deepest > NESTING_LIMIT, self.depth))
        self.start, self.depth, self.parens, self.deepest, self.body = end, 0, 0, 0, None

    def recover(self, position: int) -> None:
        """Close an unclosed brace at the next line before `position` that is no deeper indented than the chunk."""
        while self.next_line < len(self.lines) and self.lines[self.next_line] < position:
            line = self.lines[self.next_line]
            self.next_line += 1
            first = _trimmed(self.clean, self.start, line)
            if not self.depth or first is None:
                continue
            if _indent(self.clean, line) <= first.start - (self.clean.rfind(b"\n", 0, first.start) + 1):
                body = Span(self.body, line) if self.body is not None and self.body < line else None
                self.stray = True
                self.add(line, body)


def _indent(clean: bytearray, line: int) -> int:
    position = line
    while position < len(clean) and clean[position] in b" \t":
        position += 1
    return position - line


def _is_function_head(head: bytes) -> bool:
    """Whether a `{` behind `head` opens a function body, not a struct or an initialiser."""
    if b"__" in head or b"[[" in head:
        head = _ATTRIBUTE.sub(b" ", head)
    head = head.rstrip()
    if head.endswith(b"="):
        return False
    return bool(_FUNCTION_TAIL.search(head[-2000:]))
