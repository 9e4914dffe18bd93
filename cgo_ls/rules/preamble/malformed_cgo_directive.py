"""malformed-cgo-directive: a #cgo line that the go command, or gcc, cannot read; see malformed_cgo_directive.md."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from cgo_ls.model.preamble import VERBS
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.preamble.parts.cgo_lines import CgoLine, argument_words, cgo_lines, head_words
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

_NAME_VERBS = ("noescape", "nocallback")
_SPACED = re.compile(rb"^[ \t]*(#(?:[ \t]+cgo\b|cgo(?=[ \t]*$|[^ \t\w])))[^\n]*", re.MULTILINE)
_ALIASES = {"LIBS": "LDFLAGS", "LDLIBS": "LDFLAGS", "LFLAGS": "LDFLAGS", "CCFLAGS": "CXXFLAGS"}
_ALLOWED = "letters, digits and + - . , / _ : = $ @ % ! ~ ^"


@rule(
    "malformed-cgo-directive",
    family="preamble",
    severity="error",
    scope="file",
    since="0.2",
    words=(b"cgo",),
    fixable=True,
)
def check(context: FileContext) -> Iterator[Finding]:
    for line in cgo_lines(context.file):
        if line.directive.error:
            yield _finding(line)
    yield from _not_directives(context)


def _finding(line: CgoLine) -> Finding:
    error = line.directive.error
    if error.startswith("malformed #cgo argument"):
        return _bad_word(line)
    head = head_words(line)
    words = [word for word, _ in head]
    if error.startswith("invalid #cgo verb"):
        return _bad_verb(line, head)
    if words and words[0] in _NAME_VERBS:
        return _several_names(line, head)
    if b":" not in line.file.data[line.span.start : line.span.end]:
        verb = next(((word, span) for word, span in head if word in VERBS), None)
        message = "a #cgo line needs a colon behind its verb: #cgo LDFLAGS: -lm"
        if verb is None:
            return Finding(line.span, message)
        fix = Fix("Insert the colon", (FileEdit((TextEdit(Span(verb[1].end, verb[1].end), b":"),)),))
        return Finding(verb[1], message, (), (fix,))
    if not words:
        return Finding(line.span, "this #cgo line has no verb (CFLAGS, LDFLAGS, pkg-config, ...) before the colon")
    return Finding(line.span, "the quotes of this #cgo line do not end")


def _bad_word(line: CgoLine) -> Finding:
    bad = line.directive.error.partition(": ")[2]
    span = next((span for word, span in argument_words(line) if word == bad), line.span)
    if line.directive.verb == "pkg-config" and bad in (">=", "<=", "=", ">", "<"):
        return Finding(span, f"a #cgo pkg-config line holds names only; {bad} and a version cannot be asked for")
    if bad.startswith(("`", "$(")) or "`" in bad:
        return Finding(
            span, f"a #cgo line is not a shell's: {bad} is refused. For pkg-config there is #cgo pkg-config: NAME"
        )
    said = bad if bad else 'an empty word ("")'
    return Finding(span, f"the go command refuses {said} in a #cgo line: a word may hold {_ALLOWED} only")


def _bad_verb(line: CgoLine, head: list[tuple[str, Span]]) -> Finding:
    verb, span = head[-1]
    meant = _meant(verb)
    if meant is None:
        message = (
            f"{verb} is no verb of #cgo lines: those are CFLAGS, CPPFLAGS, CXXFLAGS, FFLAGS, LDFLAGS and pkg-config"
        )
        return Finding(span, message)
    fix = Fix(f"Write {meant}", (FileEdit((TextEdit(span, meant.encode()),)),))
    return Finding(span, f"{verb} is no verb of #cgo lines; did you mean {meant}?", (), (fix,))


def _meant(verb: str) -> str | None:
    known = {each.upper(): each for each in VERBS}
    upper = verb.upper().replace("_", "-")
    if upper in known or upper in _ALIASES:
        return known.get(upper) or _ALIASES[upper]
    close = difflib.get_close_matches(upper.replace("PKGCONFIG", "PKG-CONFIG"), sorted(known), 1, 0.75)
    return known[close[0]] if close else None


def _several_names(line: CgoLine, head: list[tuple[str, Span]]) -> Finding:
    verb, data = head[0][0], line.file.data
    message = f"#cgo {verb} takes one function; write a line for each"
    if len(head) < 3 or b":" in data[line.span.start : line.span.end]:
        return Finding(line.span, f"#cgo {verb} takes the name of one function")
    prefix = data[data.rfind(b"\n", 0, line.span.start) + 1 : line.span.start]
    names = [word.strip(",").encode() for word, _ in head[1:]]
    if prefix.strip() not in (b"", b"//") or not all(name.decode().isidentifier() for name in names):
        return Finding(line.span, message)
    lines = [b"#cgo " + verb.encode() + b" " + name for name in names]
    text = (line_ending(data) + prefix).join(lines)
    fix = Fix("Write a line for each", (FileEdit((TextEdit(line.span, text),)),))
    return Finding(head[2][1], message, (), (fix,))


def _not_directives(context: FileContext) -> Iterator[Finding]:
    """`# cgo LDFLAGS: -lm` and `#cgo` alone stay in the C text, where gcc does not know them."""
    for preamble, base in context.file.preambles:
        for match in _SPACED.finditer(preamble.text):
            start, end = preamble.to_file(match.start(1)) + base, preamble.to_file(match.end(1) - 1) + base + 1
            if end - start != match.end(1) - match.start(1):
                continue
            word = match[1]
            if word == b"#cgo":
                yield Finding(Span(start, end), "#cgo without a verb is no directive of cgo, and gcc does not know it")
                continue
            fix = Fix("Write #cgo", (FileEdit((TextEdit(Span(start, end), b"#cgo"),)),))
            message = "a #cgo line has no blank behind #; this one is left to gcc, which does not know it"
            yield Finding(Span(start, end), message, (), (fix,))
