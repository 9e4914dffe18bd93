"""`cgols:ignore` comments: where they count, what they cover, and what becomes of those that silence nothing."""

from __future__ import annotations

import random

import pytest

from cgo_ls.rules.finding import Diagnostic
from cgo_ls.text.edits import apply_edits
from cgo_ls.text.span import Span
from cgo_ls.workspace.suppressions import apply, find_suppressions, report_unused

KNOWN = ("double-free", "leaked-c-memory", "use-after-free")


def covered(text: str, c: bool = False) -> list[tuple[tuple[str, ...], str]]:
    """(names, text of the covered line) of each suppression; the line number must agree with the bytes."""
    data = text.encode()
    found = []
    for suppression in find_suppressions(data, c):
        line = data[suppression.covered.start : suppression.covered.end]
        assert data.split(b"\n")[suppression.line - 1] == line.rstrip(b"\n")
        found.append((suppression.rules, line.decode().strip()))
    return found


def diagnostic(data: bytes, at: bytes, rule: str) -> Diagnostic:
    start = data.index(at)
    return Diagnostic("/p/a.go", Span(start, start + len(at)), rule, "memory", "error", "", "", (), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("f() //cgols:ignore a\ng()\n", [(("a",), "f() //cgols:ignore a")], id="at the end of its line"),
        pytest.param("//cgols:ignore a\nf()\n", [(("a",), "f()")], id="on the line above"),
        pytest.param("\t//cgols:ignore a,b // why\n\tf()\n", [(("a", "b"), "f()")], id="two names and a reason"),
        pytest.param("//cgols:ignore a, b\nf()\n", [(("a", "b"), "f()")], id="blank behind the comma"),
        pytest.param("//cgols:ignore a\n//cgols:ignore b\nf()\n", [(("a",), "f()"), (("b",), "f()")], id="stacked"),
        pytest.param("//cgols:ignore a\r\nf()\r\n", [(("a",), "f()")], id="CRLF"),
        pytest.param("f()\n//cgols:ignore a", [(("a",), "//cgols:ignore a")], id="last line without newline"),
        pytest.param("x := `//cgols:ignore a`\n", [], id="in a raw string"),
        pytest.param('x := "//cgols:ignore a"\n', [], id="in a string"),
        pytest.param('x := "\\"//cgols:ignore a"\n', [], id="behind an escaped quote"),
        pytest.param(
            "x := '\"' //cgols:ignore a\n", [(("a",), "x := '\"' //cgols:ignore a")], id="behind a quote rune"
        ),
        pytest.param("f() //cgols:ignored a\n", [], id="another word"),
        pytest.param("f() //cgols:ignore\n", [((), "f() //cgols:ignore")], id="no name"),
        pytest.param(
            "/*\nint f(void); // cgols:ignore a\n*/\n",
            [(("a",), "int f(void); // cgols:ignore a")],
            id="block preamble",
        ),
        pytest.param(
            "// int f(void); /* cgols:ignore a */\n",
            [(("a",), "// int f(void); /* cgols:ignore a */")],
            id="line preamble",
        ),
        pytest.param(
            "// /* cgols:ignore a */\n// int f(void);\n", [(("a",), "// int f(void);")], id="above in a preamble"
        ),
    ],
)
def test_what_is_covered_in_go(text: str, expected: list) -> None:
    assert covered(text) == expected


def test_what_is_covered_in_c() -> None:
    text = "int f(void); /* cgols:ignore a */\n/* cgols:ignore b */\nint g(void);\nchar q = '`'; // cgols:ignore c\n"
    assert covered(text, c=True) == [
        (("a",), "int f(void); /* cgols:ignore a */"),
        (("b",), "int g(void);"),
        (("c",), "char q = '`'; // cgols:ignore c"),
    ]


def test_apply_silences_the_named_rule_on_the_covered_line_only() -> None:
    data = b"a()\nb() //cgols:ignore leaked-c-memory,double-free\nc()\n"
    here, other_rule, other_line = (
        diagnostic(data, b"b()", "leaked-c-memory"),
        diagnostic(data, b"b()", "use-after-free"),
        diagnostic(data, b"c()", "leaked-c-memory"),
    )
    kept, unused = apply([here, other_rule, other_line], find_suppressions(data))
    assert kept == (other_rule, other_line)
    assert [entry.rules for entry in unused] == [("double-free",)]


@pytest.mark.parametrize(
    ("text", "used", "messages", "fixed"),
    [
        ("b() //cgols:ignore double-free // x\n", (), ["double-free is not reported here"], "b()\n"),
        ("\t//cgols:ignore double-free\n\tb()\n", (), ["double-free is not reported here"], "\tb()\n"),
        ("b() //cgols:ignore duoble-free\n", (), ['did you mean "double-free"?'], "b()\n"),
        ("b() //cgols:ignore\n", (), ["names no rule"], "b()\n"),
        (
            "b() //cgols:ignore leaked-c-memory,double-free // x\n",
            ("leaked-c-memory",),
            ["double-free is not reported here"],
            "b() //cgols:ignore leaked-c-memory // x\n",
        ),
        ("b() //cgols:ignore unused-suppression\n", (), [], ""),
    ],
)
def test_unused_ones_are_reported_and_removed(
    text: str, used: tuple[str, ...], messages: list[str], fixed: str
) -> None:
    data = text.encode()
    _, unused = apply([diagnostic(data, b"b()", rule) for rule in used], find_suppressions(data))
    reports = report_unused("/p/a.go", unused, KNOWN)
    assert len(reports) == len(messages)
    for report, message in zip(reports, messages, strict=True):
        assert (report.rule, report.severity) == ("unused-suppression", "information")
        assert message in report.message
        assert apply_edits(data, report.fixes[0].edits[0].edits) == fixed.encode()


def test_names_of_disabled_rules_are_let_be() -> None:
    data = b"b() //cgols:ignore double-free,use-after-free\n"
    _, unused = apply([], find_suppressions(data))
    reports = report_unused("/p/a.go", unused, KNOWN, disabled=("double-free",))
    assert ["use-after-free" in report.message for report in reports] == [True]
    assert apply_edits(data, reports[0].fixes[0].edits[0].edits) == b"b() //cgols:ignore double-free\n"


@pytest.mark.parametrize("seed", range(20))
def test_any_bytes(seed: int) -> None:
    source = random.Random(seed)
    pieces = [
        b"//",
        b"/*",
        b"*/",
        b"cgols:ignore",
        b" a",
        b",",
        b"\n",
        b"\r\n",
        b'"',
        b"'",
        b"`",
        b"\\",
        b"\xff",
        b"f()",
    ]
    for _ in range(200):
        data = b"".join(source.choices(pieces, k=source.randrange(40)))
        for c in (False, True):
            for suppression in find_suppressions(data, c):
                assert data[suppression.span.start :].startswith((b"//", b"/*")), (seed, data)
                assert 0 <= suppression.removal.start <= suppression.removal.end <= len(data), (seed, data)
                assert data.count(b"\n", 0, suppression.covered.start) + 1 == suppression.line, (seed, data)
