"""contradicting-visibility: -fvisibility given twice, with the last one winning; see contradicting_visibility.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.preamble.parts.cgo_lines import CgoLine, argument_words, cgo_lines, delete_word
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.span import Span

_FLAG = "-fvisibility="


@rule("contradicting-visibility", family="preamble", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    last: dict[tuple[object, ...], tuple[CgoLine, str, Span]] = {}
    # The go command takes the files in the order of their names, and each tool the last word on a matter.
    for file in sorted(context.package.files, key=lambda each: each.path, reverse=True):
        for line in reversed(list(cgo_lines(file))):
            if line.directive.error or line.directive.verb not in ("CFLAGS", "CPPFLAGS", "CXXFLAGS"):
                continue
            key = (line.directive.verb, line.directive.constraints, file.constraint, file.package_name)
            for word, span in reversed(argument_words(line)):
                if not word.startswith(_FLAG):
                    continue
                later = last.setdefault(key, (line, word, span))
                if later[2] is not span and later[1] != word:
                    yield _finding(line, word, span, later)


def _finding(line: CgoLine, word: str, span: Span, later: tuple[CgoLine, str, Span]) -> Finding:
    message = f"{word} has no effect: {later[1]} comes later, and the last one counts"
    step = Step(later[2], "the one that counts", later[0].file.path)
    fixes: tuple[Fix, ...] = ()
    if len(argument_words(line)) > 1:
        fixes = (Fix(f"Delete {word}", (FileEdit((delete_word(line, span),)),)),)
    return Finding(span, message, (step,), fixes, path=line.file.path)
