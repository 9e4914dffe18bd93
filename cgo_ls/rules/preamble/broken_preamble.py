"""broken-preamble: C that no compiler can read, whatever the macros: an open brace, an #if without #endif; see broken_preamble.md."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import NamedTuple

from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_TOKEN = re.compile(
    rb"//(?:\\\n|[^\n])*+|/\*(?s:.*?)(?:\*/|\Z)"
    rb"|^[ \t]*\#(?P<directive>(?:\\\n|/\*(?s:.*?)(?:\*/|\Z)|[^\n])*+)"
    rb"|(?P<text>\"(?:\\(?s:.)|[^\"\\\n])*+(?P<end>\"?))|'(?:\\(?s:.)|[^'\\\n])*+'?"
    rb"|(?P<open>[({\[])|(?P<close>[)}\]])",
    re.MULTILINE,
)
_KEYWORD = re.compile(rb"[ \t]*([A-Za-z_]\w*)")
_KNOWN_LIST = """
include include_next import define undef if ifdef ifndef elif elifdef elifndef else endif error warning pragma line ident
sccs assert unassert embed
"""
_KNOWN = frozenset(_KNOWN_LIST.split())
_PAIRS = {b")": b"(", b"}": b"{", b"]": b"["}


class _Place(NamedTuple):
    start: int
    text: bytes


@rule("broken-preamble", family="preamble", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    preambles = context.file.preambles
    if len(preambles) != 1 or not preambles[0].preamble.text:
        return  # cgo joins several, and one may close what another opens
    preamble, base = preambles[0]
    for place, message, meant in _problems(preamble.text):
        start = preamble.to_file(place.start) + base
        span = Span(start, start + len(place.text))
        fixes: tuple[Fix, ...] = ()
        if meant:
            fixes = (Fix(f"Write #{meant}", (FileEdit((TextEdit(span, meant.encode()),)),)),)
        yield Finding(span, message, (), fixes)


def _problems(text: bytes) -> Iterator[tuple[_Place, str, str]]:
    """Places in the preamble's text, what is wrong there, and the directive that was meant ("" if none)."""
    conditions: list[_Place] = []
    brackets: list[_Place] = []
    plain = True  # whether no condition has been met, which may leave brackets out
    for match in _TOKEN.finditer(text):
        if match["directive"] is not None:
            keyword = _KEYWORD.match(text, match.start("directive"))
            if keyword is None:
                continue
            word, place = keyword[1].decode(), _Place(keyword.start(1), keyword[1])
            if word in ("if", "ifdef", "ifndef"):
                conditions.append(place)
                plain = False
            elif word == "endif" and not conditions:
                yield place, "this #endif has no #if", ""
            elif word == "endif":
                conditions.pop()
            elif word in ("else", "elif") and not conditions:
                yield place, f"this #{word} has no #if", ""
            elif word not in _KNOWN and word != "cgo" and not conditions:
                close = difflib.get_close_matches(word, sorted(_KNOWN), 1, 0.7)
                hint = f"; did you mean #{close[0]}?" if close else ""
                yield place, f"C has no directive #{word}{hint}", close[0] if close else ""
            elif word == "define" and (text.count(b"{", *match.span()) != text.count(b"}", *match.span())):
                plain = False  # a macro that opens or closes
        elif match["text"] is not None and not match["end"] and plain:
            yield _Place(match.start(), b'"'), "this string does not end on its line", ""
            return
        elif match["open"] is not None:
            brackets.append(_Place(match.start(), match["open"]))
        elif match["close"] is not None and plain:
            if not brackets or brackets[-1].text != _PAIRS[match["close"]]:
                yield _unmatched(brackets, _Place(match.start(), match["close"]))
                return
            brackets.pop()
    for place in conditions:
        yield place, f"this #{place.text.decode()} has no #endif", ""
    if plain and brackets:
        yield brackets[-1], f"this {brackets[-1].text.decode()} is never closed", ""


def _unmatched(brackets: list[_Place], closing: _Place) -> tuple[_Place, str, str]:
    if not brackets:
        return closing, f"nothing is open here that {closing.text.decode()} could close", ""
    opening = brackets[-1]
    return opening, f"this {opening.text.decode()} is met by a {closing.text.decode()}: it is never closed", ""
