"""ignored-cgo-constraint: a #cgo line for a system that no build has; see ignored_cgo_constraint.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.constraints import ARCHITECTURES, SYSTEMS
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.preamble.parts.cgo_lines import CgoLine, cgo_lines, head_words
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_KNOWN = SYSTEMS | ARCHITECTURES | {"unix", "cgo", "gc", "gccgo", "race", "msan", "asan"}
_OTHER_NAMES = {
    "x86_64": "amd64",
    "x64": "amd64",
    "i386": "386",
    "i686": "386",
    "aarch64": "arm64",
    "macos": "darwin",
    "macosx": "darwin",
    "osx": "darwin",
    "win32": "windows",
    "win64": "windows",
    "mingw": "windows",
}
_WORD = re.compile(r"[A-Za-z0-9_.]+")
# Shorter words are one letter away from too many names that somebody may have chosen.
_SHORTEST = 5


@rule("ignored-cgo-constraint", family="preamble", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    for file in context.package.files:
        for line in cgo_lines(file):
            if line.directive.constraints:
                yield from _findings(line, context.package)


def _findings(line: CgoLine, package: Package) -> Iterator[Finding]:
    for text, span in head_words(line)[:-1]:
        for match in _WORD.finditer(text):
            word = match[0]
            meant = _meant(word)
            if word in _KNOWN or meant is None or _is_used(word, package):
                continue
            offset = len(text[: match.start()].encode())
            place = Span(span.start + offset, span.start + offset + len(word.encode()))
            message = (
                f"no build has the tag {word} unless -tags gives it, so this line is ignored; did you mean {meant}?"
            )
            fix = Fix(f"Write {meant}", (FileEdit((TextEdit(place, meant.encode()),)),))
            yield Finding(place, message, (), (fix,), path=line.file.path)


def _meant(word: str) -> str | None:
    lower = word.lower()
    if lower in _KNOWN:
        return lower
    if lower in _OTHER_NAMES:
        return _OTHER_NAMES[lower]
    if len(word) < _SHORTEST or word[-1].isdigit():
        return None
    close = [known for known in sorted(SYSTEMS | ARCHITECTURES) if len(known) >= _SHORTEST and _is_slip(lower, known)]
    return close[0] if len(close) == 1 else None


def _is_slip(word: str, known: str) -> bool:
    """One letter too many, too few or wrong, or two neighbours exchanged."""
    if abs(len(word) - len(known)) > 1 or word == known:
        return False
    head = 0
    while head < min(len(word), len(known)) and word[head] == known[head]:
        head += 1
    rest, wanted = word[head:], known[head:]
    if rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]:
        return True
    return rest[:2] == wanted[:2][::-1] and rest[2:] == wanted[2:]


def _is_used(word: str, package: Package) -> bool:
    """Whether a file of the package is built under the tag: then it is somebody's own."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(word)}(?![\w.])")
    return any(file.constraint is not None and pattern.search(file.constraint) for file in package.files)
