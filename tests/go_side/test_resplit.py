"""The incremental split equals the split from scratch, after any edits, and keeps what was not touched."""

from __future__ import annotations

import random

import pytest

from cgo_ls.syntax.declarations import resplit, split
from cgo_ls.text.document import ByteEdit
from tests.go_side.support import BASE, random_edit


@pytest.mark.parametrize("seed", range(4))
def test_equals_split_after_random_edits(seed: int) -> None:
    source = random.Random(seed)
    base = BASE if seed % 2 else b"\xef\xbb\xbf" + BASE * 4
    data, current = base, split(base)
    for step in range(3000):
        before, edits = data, []
        places = [place for found in current.declarations for place in (found.start, found.keyword, found.end)]
        for _ in range(source.choice((1, 1, 1, 2, 3))):
            data, edit = random_edit(source, data, places)
            edits.append(edit)
        current = resplit(current, before, data, edits)
        assert current == split(data), f"seed {seed}, step {step}: {edits}"
        if source.random() < 0.02 or len(data) > 3 * len(base):
            data, current = base, split(base)


def test_a_keystroke_keeps_every_other_declaration() -> None:
    data = b"package p\n" + b"".join(b"\n// F%d.\nfunc F%d() {\n\tx()\n}\n" % (i, i) for i in range(50))
    old = split(data)
    at = old.declarations[20].keyword + 15
    new = resplit(old, data, data[:at] + b"y" + data[at:], (ByteEdit(at, at, at + 1),))
    same = [before.chunk is after.chunk for before, after in zip(old.declarations, new.declarations, strict=True)]
    # The one behind is cut anew, because its doc lies in what was read; it is equal all the same.
    assert [index for index, kept in enumerate(same) if not kept] == [20, 21]
    assert old.declarations[21].chunk == new.declarations[21].chunk
    assert [after.start - before.start for before, after in zip(old.declarations, new.declarations, strict=True)][
        19:23
    ] == [0, 0, 1, 1]


def test_an_open_comment_is_repaired() -> None:
    data, at = BASE, BASE.index(b"// Detached")
    broken = data[:at] + b"/*" + data[at:]
    middle = resplit(split(data), data, broken, (ByteEdit(at, at, at + 2),))
    assert middle == split(broken)
    assert resplit(middle, broken, data, (ByteEdit(at, at + 2, at),)) == split(data)


def test_edits_that_do_not_add_up_cost_a_whole_split() -> None:
    old = split(BASE)
    assert resplit(old, BASE, b"package q\n", (ByteEdit(0, 1, 1),)) == split(b"package q\n")
    assert resplit(old, BASE, b"package q\n", ()) == split(b"package q\n")
