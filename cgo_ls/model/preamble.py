"""The preamble: the doc comment of `import "C"`, as the C text cgo makes of it, with an exact map back to the Go file.

cgo removes the comment markers and joins the pieces: a `//` comment gets a newline, a `/* */` comment gets none, so
what follows a block comment continues its last line. Carriage returns are dropped as Go's scanner drops them.
The go command reads the `#cgo` lines from the same comments, but line by line of each comment.
"""

from __future__ import annotations

import bisect
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cgo_ls.model.cdecl import CInclude, CPlace
from cgo_ls.syntax.c_split import split_c
from cgo_ls.text.span import Span

VERBS = frozenset(["CFLAGS", "CPPFLAGS", "CXXFLAGS", "FFLAGS", "LDFLAGS", "pkg-config"])
_NAME_VERBS = frozenset(["nocallback", "noescape"])
_SAFE = frozenset(b"+-.,/0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz:$@%! ~^")
_GO_DIRECTIVE = re.compile(rb"(?:line |extern |export |[a-z0-9]+:[a-z0-9])")
_INCLUDE = re.compile(rb"#\s*(?:include|import)\s*(?:<([^>\n]*)>|\"([^\"\n]*)\")")


@dataclass(frozen=True, slots=True)
class CgoDirective:
    """One `#cgo` line. `constraints` are the words before the verb (any of them may hold), `arguments` the flags after
    the colon, unquoted, with `${SRCDIR}` left in. `error` is what the go command says of a malformed line, "" if well
    formed; then `arguments` hold as much as could be read. `span` is from `#cgo` to the end of the line's text, in the
    import declaration's coordinates."""

    verb: str
    constraints: tuple[str, ...]
    arguments: tuple[str, ...]
    text: str
    span: Span
    error: str = ""


@dataclass(frozen=True, slots=True)
class Preamble:
    """`span` covers the comments, in the import declaration's coordinates. `text` is C. Each segment
    `(text offset, offset in the import declaration, length)` says where a run of `text` stands in the file; segments
    are sorted and cover `text` without gaps. `includes` have their places relative to `span.start`."""

    span: Span
    text: bytes
    segments: tuple[tuple[int, int, int], ...]
    directives: tuple[CgoDirective, ...]
    includes: tuple[CInclude, ...]
    digest: bytes

    def to_file(self, text_offset: int) -> int:
        """Where the byte at `text_offset` stands; the end of the text maps behind its last byte."""
        if not self.segments:
            return self.span.start
        index = bisect.bisect_right(self.segments, text_offset, key=_text_start) - 1
        text_start, file_start, length = self.segments[max(index, 0)]
        return file_start + min(max(text_offset - text_start, 0), length)

    def to_text(self, file_offset: int) -> int | None:
        """The offset in `text` of the byte at `file_offset`; None for comment markers and dropped bytes."""
        index = bisect.bisect_right(self.segments, file_offset, key=_file_start) - 1
        if index < 0:
            return None
        text_start, file_start, length = self.segments[index]
        inside = file_offset - file_start
        return text_start + inside if inside < length else None


def _text_start(segment: tuple[int, int, int]) -> int:
    return segment[0]


def _file_start(segment: tuple[int, int, int]) -> int:
    return segment[1]


def build_preamble(declaration_text: bytes, doc_spans: Sequence[Span]) -> Preamble:
    """`doc_spans` are the comments cgo takes, in order: each `//` line (with or without its line end) and each
    `/* */`. Which comments those are is the caller's knowledge."""
    text = bytearray()
    segments: list[tuple[int, int, int]] = []
    directives: list[CgoDirective] = []
    for comment in doc_spans:
        for start, end in _kept_runs(declaration_text, comment):
            _append(segments, len(text), start, end - start)
            text += declaration_text[start:end]
        directives.extend(_directives(declaration_text, comment))
    span = Span(doc_spans[0].start, doc_spans[-1].end) if doc_spans else Span(0, 0)
    digest = hashlib.blake2b(declaration_text[span.start : span.end], digest_size=16)
    digest.update(b",".join(b"%d-%d" % (c.start - span.start, c.end - span.start) for c in doc_spans))
    bare = Preamble(span, bytes(text), tuple(segments), tuple(directives), (), digest.digest())
    return Preamble(span, bare.text, bare.segments, bare.directives, _includes(bare), bare.digest)


def lay_out(preamble: Preamble) -> bytes:
    """The C text with each byte where it stands in the Go file, relative to `span.start`; all else is blank.

    Line ends that cgo does not see (between a block comment and what follows it) are blank as well."""
    base = preamble.span.start
    last = preamble.segments[-1] if preamble.segments else (0, base, 0)
    out = bytearray(b" " * max(len(preamble.span), last[1] + last[2] - base))
    for text_start, file_start, length in preamble.segments:
        out[file_start - base : file_start - base + length] = preamble.text[text_start : text_start + length]
    return bytes(out)


def _append(segments: list[tuple[int, int, int]], text_start: int, file_start: int, length: int) -> None:
    if not length:
        return
    if segments and segments[-1][1] + segments[-1][2] == file_start:
        first = segments[-1]
        segments[-1] = (first[0], first[1], first[2] + length)
    else:
        segments.append((text_start, file_start, length))


def _kept_runs(data: bytes, comment: Span) -> list[tuple[int, int]]:
    """The runs of bytes of one comment that cgo keeps, the newline it adds to a `//` comment included."""
    start, end = comment.start + 2, comment.end
    runs: list[tuple[int, int]] = []
    line_comment = data[comment.start : start] == b"//"
    if line_comment:
        newline = data.find(b"\n", start)
        end = newline if 0 <= newline < end else end
    elif data[max(start, end - 2) : end] == b"*/":
        end -= 2
    run = start
    for match in re.finditer(rb"\r", data[start:end]):
        offset = start + match.start()
        if not line_comment and _keeps_carriage_return(data, start, offset):
            continue
        runs.append((run, offset))
        run = offset + 1
    runs.append((run, end))
    if line_comment:
        newline = data.find(b"\n", end)
        if newline >= 0:
            runs.append((newline, newline + 1))
    return runs


def _keeps_carriage_return(data: bytes, start: int, offset: int) -> bool:
    """Go keeps a `\\r` between `*` and `/`, since dropping it would end the comment."""
    if data[offset + 1 : offset + 2] != b"/":
        return False
    before = offset
    while before > start and data[before - 1] == 0x0D:
        before -= 1
    return before > start and data[before - 1] == 0x2A


def _directives(data: bytes, comment: Span) -> list[CgoDirective]:
    """The `#cgo` lines of one comment, as the go command finds them."""
    start, end = comment.start + 2, comment.end
    if data[comment.start : start] == b"//":
        if _GO_DIRECTIVE.match(data, start, end):
            return []
    elif data[max(start, end - 2) : end] == b"*/":
        end -= 2
    found: list[CgoDirective] = []
    offset = start
    for line in data[start:end].split(b"\n"):
        stripped = line.strip()
        if stripped[:4] == b"#cgo" and stripped[4:5] in (b" ", b"\t"):
            first = offset + line.index(b"#cgo")
            found.append(parse_directive(stripped.decode("utf-8", "replace"), Span(first, first + len(stripped))))
        offset += len(line) + 1
    return found


def parse_directive(text: str, span: Span) -> CgoDirective:
    """`text` is one line that begins with `#cgo` and a blank."""
    fields = text.split()
    if len(fields) == 3 and fields[1] in _NAME_VERBS:
        return CgoDirective(fields[1], (), (fields[2],), text, span)
    head, colon, rest = text[4:].partition(":")
    words = head.split()
    if not colon or not words:
        return CgoDirective(words[-1] if words else "", tuple(words[:-1]), (), text, span, f"invalid #cgo line: {text}")
    arguments, closed = split_quoted(rest)
    verb, constraints = words[-1], tuple(words[:-1])
    error = ""
    unsafe = next((argument for argument in arguments if not _is_safe(argument)), None)
    if not closed:
        error = f"invalid #cgo line: {text}"
    elif unsafe is not None:
        error = f"malformed #cgo argument: {unsafe}"
    elif verb not in VERBS:
        error = f"invalid #cgo verb: {text}"
    return CgoDirective(verb, constraints, arguments, text, span, error)


def split_quoted(text: str) -> tuple[tuple[str, ...], bool]:
    """Arguments split at white space outside quotes; a backslash takes the next character as it is, everywhere.
    The second value is false for an unclosed quote or a backslash at the end."""
    arguments: list[str] = []
    current: list[str] = []
    escaped = quoted = False
    quote = ""
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
            continue
        elif quote:
            if character == quote:
                quote = ""
                continue
        elif character in "\"'":
            quoted = True
            quote = character
            continue
        elif character.isspace():
            if quoted or current:
                arguments.append("".join(current))
                quoted = False
                current = []
            continue
        current.append(character)
    if quoted or current:
        arguments.append("".join(current))
    return tuple(arguments), not quote and not escaped


def _is_safe(argument: str) -> bool:
    """Whether the go command lets `argument` near a shell; the directory that `${SRCDIR}` stands for is not judged."""
    pieces = argument.split("${SRCDIR}")
    if len(pieces) == 1 and not argument:
        return False
    return all(byte >= 0x80 or byte in _SAFE for piece in pieces for byte in piece.encode("utf-8", "replace"))


def _includes(preamble: Preamble) -> tuple[CInclude, ...]:
    found: list[CInclude] = []
    for line in (
        split_c(lay_out(preamble)).directives if b"include" in preamble.text or b"import" in preamble.text else ()
    ):
        match = _INCLUDE.match(line.text)
        if match:
            group = 1 if match.group(1) is not None else 2
            span = Span(*match.span(group)).shift(line.span.start)
            name = match.group(group).decode("utf-8", "replace").strip()
            found.append(CInclude(name, group == 1, CPlace("", line.span, span)))
    return tuple(found)
