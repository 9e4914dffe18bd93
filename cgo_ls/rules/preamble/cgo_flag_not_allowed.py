"""cgo-flag-not-allowed: a flag in a #cgo line that the go command refuses; see cgo_flag_not_allowed.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.cgo_flags import TOOLS, Refusal, Tool, first_refused, is_safe_word
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.preamble.parts.cgo_lines import CgoLine, argument_words, cgo_lines, delete_word, head_words
from cgo_ls.rules.preamble.suspicious_cgo_flag import dangers
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

_OTHER: dict[str, tuple[str, Tool]] = {"compiler": ("LDFLAGS", "linker"), "linker": ("CFLAGS", "compiler")}
# The go command stops at the first; so many of one line are a line of something else.
_MOST = 20
_RELATIVE = re.compile(r"-[IL]([^/=$].*)")


@rule(
    "cgo-flag-not-allowed",
    family="preamble",
    severity="error",
    scope="file",
    since="0.2",
    words=(b"#cgo",),
    fixable=True,
)
def check(context: FileContext) -> Iterator[Finding]:
    for line in cgo_lines(context.file):
        tool = TOOLS.get(line.directive.verb)
        if tool is not None and not line.directive.error:
            yield from _findings(line, tool)


def _findings(line: CgoLine, tool: Tool) -> Iterator[Finding]:
    words = argument_words(line)
    if tool == "pkg-config":
        yield from _packages(words)
        words = [(word, span) for word, span in words if word.startswith("--") and word != "--"]
    told = {span for span, _ in dangers(line)}
    flags = [_as_checked(word) for word, _ in words]
    start, reported = 0, 0
    while start < len(flags) and reported < _MOST:
        refused = first_refused(tool, flags[start:])
        # The value of the last word may stand in the next line: the go command joins them.
        if refused is None or refused.bare:
            return
        place = start + refused.index
        reported += 1
        if words[place][1] not in told:
            yield _finding(line, tool, refused, words, place)
        start = place + (2 if refused.value else 1)
        # What follows a flag that is not known may be its value.
        while not refused.value and start < len(flags) and not flags[start].startswith("-"):
            start += 1


def _as_checked(word: str) -> str:
    """As the go command sees it: ${SRCDIR} is a path by then, and so is a relative folder behind -I or -L."""
    expanded = word.replace("${SRCDIR}", "/srcdir")
    relative = _RELATIVE.fullmatch(expanded)
    return f"{expanded[:2]}/srcdir/{relative[1]}" if relative is not None else expanded


def _packages(words: list[tuple[str, Span]]) -> Iterator[Finding]:
    for word, span in words:
        if not word.startswith("--") and not is_safe_word(_as_checked(word)):
            yield Finding(span, f"the go command refuses the pkg-config package name {word}")


def _finding(line: CgoLine, tool: Tool, refused: Refusal, words: list[tuple[str, Span]], place: int) -> Finding:
    word, span = words[place]
    verb = line.directive.verb
    shown = f"{word} {words[place + 1][0]}" if refused.value else word
    if refused.value:
        span = Span(span.start, words[place + 1][1].end)
    other = _OTHER.get(tool)
    if other is not None and not refused.value and first_refused(other[1], [_as_checked(word)]) is None:
        message = f"the go command refuses {word} in #cgo {verb}: it belongs to #cgo {other[0]}"
        return Finding(span, message, (), (_move(line, words, place, other[0], other[1]),))
    replaced = _spelt_for_linker(words, place) if tool == "linker" else None
    if replaced is not None:
        text, covered = replaced
        fix = Fix(f"Write {text}", (FileEdit((TextEdit(covered, text.encode()),)),))
        return Finding(covered, f"the go command refuses {word} in #cgo {verb}; it takes {text}", (), (fix,))
    if tool == "pkg-config":
        return Finding(span, f"the go command refuses {word} in #cgo pkg-config, and no setting allows it")
    message = (
        f"the go command refuses {shown} in #cgo {verb}: whoever builds this must set CGO_{verb}_ALLOW='{_pattern(word)}', "
        "and with it trust every package of the build with that flag"
    )
    return Finding(span, message)


def _pattern(word: str) -> str:
    """A regular expression for the flag, whatever its value."""
    head, equals, _ = word.partition("=")
    text = re.sub(r"([.+*?()|\[\]^$\\{}])", r"\\\1", head)
    return f"{text}=.*" if equals else text


def _move(line: CgoLine, words: list[tuple[str, Span]], place: int, verb: str, tool: Tool) -> Fix:
    """The whole line under the other verb, if it takes all of it; else the word in a line of its own."""
    data, title = line.file.data, f"Move it to #cgo {verb}"
    own = head_words(line)[-1][1]
    if first_refused(tool, [_as_checked(word) for word, _ in words]) is None:
        return Fix(title, (FileEdit((TextEdit(own, verb.encode()),)),))
    start = data.rfind(b"\n", 0, line.span.start) + 1
    prefix = data[start : line.span.start]
    head = data[line.span.start : own.start]
    word = data[words[place][1].start : words[place][1].end]
    added = prefix.replace(b"/*", b"") + head + verb.encode() + b": " + word
    edits = (
        delete_word(line, words[place][1]),
        TextEdit(Span(line.span.end, line.span.end), line_ending(data) + added),
    )
    return Fix(title, (FileEdit(edits),))


def _spelt_for_linker(words: list[tuple[str, Span]], place: int) -> tuple[str, Span] | None:
    """`-Wl,-rpath,DIR` for `-rpath DIR`, where the go command takes that."""
    word, span = words[place]
    if word.startswith("-Wl,") or not word.startswith("-") or first_refused("linker", [f"-Wl,{word}"]) is None:
        return (f"-Wl,{word}", span) if word.startswith("-") and not word.startswith("-Wl,") else None
    if place + 1 < len(words) and not words[place + 1][0].startswith("-"):
        following, covered = words[place + 1]
        if first_refused("linker", [f"-Wl,{word},{_as_checked(following)}"]) is None:
            return f"-Wl,{word},{following}", Span(span.start, covered.end)
    return None
