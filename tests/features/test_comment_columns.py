"""Comments behind code after an edit: where gofmt would set them, and nothing moved that gofmt has not set."""

from __future__ import annotations

import random

import pytest

from cgo_ls.features.comment_columns import column_edits
from cgo_ls.text.edits import TextEdit, apply_edits
from cgo_ls.text.span import Span
from tests.support.go_toolchain import gofmt

CODE = ["x = 1", 'y, z = 22, "a // b"', "call(é, 'c')", "s = `raw // text`", "very = much + longer", "a()"]


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """`data` with one text edited, and the comments beside it moved."""
    start = data.index(old)
    edits = (TextEdit(Span(start, start + len(old)), new),)
    return apply_edits(data, (*edits, *column_edits(data, edits)))


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        ("x = 1    // one\nlong = 2 // two\n", b"long", b"b", "x = 1 // one\nb = 2 // two\n"),
        ("x = 1 // one\nb = 2 // two\n", b"b", b"long", "x = 1    // one\nlong = 2 // two\n"),
        ("x = 1 // one\n\nb = 2 // two\n", b"b", b"long", "x = 1 // one\n\nlong = 2 // two\n"),
        ("x = 1 // one\ny = 2\nzz = 3 // two\n", b"y = 2\n", b"", "x = 1  // one\nzz = 3 // two\n"),
        ("x = 1  // one\nzz = 3 // two\n", b"zz", b"y()\nzz", "x = 1 // one\ny()\nzz = 3 // two\n"),
        ("x = 1  // one\nzz = 3 // two\n", b"zz = 3 // two\n", b"", "x = 1 // one\n"),
        ('x = "//" // one\nb = 2    // two\n', b'"//"', b'"//////"', 'x = "//////" // one\nb = 2        // two\n'),
    ],
)
def test_comments_follow(before: str, old: bytes, new: bytes, after: str) -> None:
    assert replaced(before.encode(), old, new).decode() == after


@pytest.mark.parametrize(
    ("before", "old", "new"),
    [
        ("x = 1     // one\nlong = 2 // two\n", b"long", b"b"),  # in no column
        ("x = 1   // one\nlong = 2 // two\n", b"one", b"1"),  # in the comment
        ("x = 1\nlong = 2\n", b"long", b"b"),
    ],
)
def test_nothing_else_moves(before: str, old: bytes, new: bytes) -> None:
    assert replaced(before.encode(), old, new) == before.encode().replace(old, new)


@pytest.mark.parametrize("seed", range(12))
def test_gofmt_agrees(seed: int) -> None:
    """Random lines, random edits of whole statements: what gofmt left alone before, it leaves alone after."""
    chance = random.Random(seed)
    lines = []
    for number in range(30):
        comment = f" // note {number}" if chance.random() < 0.7 else ""
        lines.append("\t" + chance.choice(CODE) + comment)
    laid_out = gofmt(("package p\n\nfunc f() {\n" + "\n".join(lines) + "\n}\n").encode())
    assert laid_out.ok
    data = laid_out.output.encode()
    for _ in range(6):
        rows = data.split(b"\n")
        number = chance.randrange(3, len(rows) - 3)
        start = sum(len(row) + 1 for row in rows[:number])
        code = rows[number].split(b" // note")[0].rstrip()
        new = b"\t" + chance.choice(CODE).encode()
        if chance.random() < 0.3:
            edit = TextEdit(Span(start, start + len(rows[number]) + 1), b"" if chance.random() < 0.5 else new + b"\n")
        else:
            edit = TextEdit(Span(start, start + len(code)), new)
        data = apply_edits(data, (edit, *column_edits(data, (edit,))))
        assert gofmt(data).output.encode() == data, (seed, edit)
