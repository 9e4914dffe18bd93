"""suspicious-cgo-flag: a flag that makes a build run code, or write files, of the package's choice; see suspicious_cgo_flag.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.cgo_flags import TOOLS
from cgo_ls.rules.finding import Finding
from cgo_ls.rules.preamble.parts.cgo_lines import CgoLine, argument_words, cgo_lines
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.span import Span

# What the published attacks on the build came in by, and the tools' own doors beside them.
_DANGERS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("compiler", re.compile(r"-fplugin(?:=.*|-arg-.*)|-fpass-plugin=.*"), "loads a library into the compiler (CVE-2018-6574)"),
    ("compiler", re.compile(r"-(?:-?load|Xclang|wrapper)(?:=.*)?"), "makes the compiler load or run what the package names"),
    ("any", re.compile(r"-(?:-?specs=.*|B.+)"), "tells the compiler driver which programs to run"),
    ("any", re.compile(r"-(?:no-integrated-cpp|fuse-ld=.*/.*)"), "tells the compiler driver which programs to run"),
    ("any", re.compile(r"@.+"), "reads more flags from a file, past the go command's checks"),
    ("any", re.compile(r"-W[alp],.*@.*"), "reads more flags from a file, past the go command's checks"),
    ("linker", re.compile(r"-lto_library"), "loads a library into Apple's linker (CVE-2024-24787)"),
    ("linker", re.compile(r"-Wl,(?:.*,)?--?plugin(?:[=,-].*)?|-Xlinker"), "makes the linker load or run what the package names"),
    ("pkg-config", re.compile(r"--log-file(?:=.*)?"), "makes pkg-config write a file of the package's choice (CVE-2025-61731)"),
)  # fmt: skip


@rule("suspicious-cgo-flag", family="preamble", severity="error", scope="file", since="0.2", words=(b"#cgo",))
def check(context: FileContext) -> Iterator[Finding]:
    for line in cgo_lines(context.file):
        for span, message in dangers(line):
            yield Finding(span, message)


def dangers(line: CgoLine) -> Iterator[tuple[Span, str]]:
    """The places of a `#cgo` line that this rule speaks of, with what it says."""
    tool = TOOLS.get(line.directive.verb)
    if tool is None:
        return
    for word, span in argument_words(line):
        for where, pattern, what in _DANGERS:
            if where in ("any", tool) and pattern.fullmatch(word):
                yield span, f"{word} {what}; the go command refuses it, older ones ran it on go get"
                break
