"""What the words of a preamble's C are, for an editor that has no grammar for C inside of a Go comment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cgo_ls.features.c_places import go_file
from cgo_ls.model.c_scope import CScope
from cgo_ls.model.preamble import Preamble
from cgo_ls.model.pseudo_c import PSEUDO_NAMES
from cgo_ls.text.span import Span
from cgo_ls.workspace.session import Snapshot

TokenKind = Literal["keyword", "type", "function", "macro", "string", "number", "comment"]

_TOKEN = re.compile(
    rb"(?P<comment>/\*.*?(?:\*/|\Z)|//[^\n]*)"
    rb"""|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?<=include)[ \t]*<[^>\n]*>)"""
    rb"|(?P<directive>^[ \t]*\#[ \t]*\w+)"
    rb"|(?P<number>\b\d[\w.]*)"
    rb"|(?P<word>[A-Za-z_]\w*)",
    re.DOTALL | re.MULTILINE,
)
_KEYWORDS = frozenset(
    b"auto break case const continue default do else enum extern for goto if inline register restrict return sizeof static struct "
    b"switch typedef union volatile while".split()
)
_TYPES = frozenset(
    b"bool char double float int long short signed unsigned void wchar_t".split()
    + [name.encode() for name, pseudo in PSEUDO_NAMES.items() if pseudo.kind == "type"]
)


@dataclass(frozen=True, slots=True)
class Token:
    """Bytes of one line of the file."""

    span: Span
    kind: TokenKind


def preamble_tokens(snapshot: Snapshot, path: str) -> tuple[Token, ...]:
    """The tokens of all preambles of the file, by place; what is not known has none."""
    result = snapshot.package(os.path.dirname(path))
    file = go_file(result, path)
    if file is None:
        return ()
    scope = result.package.scope(file)
    found = [
        Token(span.shift(base), kind)
        for preamble, base in file.preambles
        for span, kind in _of_preamble(preamble, scope)
    ]
    return tuple(sorted(found, key=lambda token: token.span.start))


def _of_preamble(preamble: Preamble, scope: CScope) -> Iterator[tuple[Span, TokenKind]]:
    text = preamble.text
    for match in _TOKEN.finditer(text):
        kind = _kind(match, text, scope)
        if kind is None:
            continue
        start = match.start()
        for line in match[0].split(b"\n"):
            shown = line.strip()
            if shown:
                place = preamble.to_file(start + line.index(shown))
                yield Span(place, place + len(shown)), kind
            start += len(line) + 1


def _kind(match: re.Match[bytes], text: bytes, scope: CScope) -> TokenKind | None:
    match match.lastgroup:
        case "comment":
            return "comment"
        case "string":
            return "string"
        case "number":
            return "number"
        case "directive":
            return "macro"
    word = match[0]
    if word in _KEYWORDS:
        return "keyword"
    if word in _TYPES:
        return "type"
    known = scope.names.get(word.decode())
    if known is not None and known.kind in ("type", "macro", "function"):
        return "type" if known.kind == "type" else "macro" if known.kind == "macro" else "function"
    return "function" if text[match.end() : match.end() + 8].lstrip().startswith(b"(") else None
