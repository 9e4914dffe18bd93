"""Spans, text edits and in-memory files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgo_ls.text.edits import EditConflict, TextEdit, apply_edits, conflicts, line_ending
from cgo_ls.text.files import FileSystem, MemoryFiles
from cgo_ls.text.span import Span

spans = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda pair: Span(min(pair), max(pair)))
edits = st.builds(TextEdit, spans, st.binary(max_size=3))


@given(spans, spans, st.integers(-30, 30))
def test_span_relations_agree_with_sets_of_bytes(one: Span, other: Span, by: int) -> None:
    here, there = set(range(one.start, one.end)), set(range(other.start, other.end))
    if not one.is_empty and not other.is_empty:
        assert one.intersects(other) == bool(here & there)
        assert one.covers(other) == (there <= here)
    assert {offset for offset in range(21) if one.contains(offset)} == here
    assert one.touches(one.end)
    assert one.shift(by).shift(-by) == one
    assert len(one) == len(here)


def test_an_empty_span_is_a_place_not_nothing() -> None:
    assert Span(3, 3)
    assert Span(3, 3).is_empty
    assert not Span(3, 3).contains(3)


@given(st.binary(min_size=20, max_size=25), st.lists(edits, max_size=5))
def test_edits_apply_as_from_the_back_one_by_one(data: bytes, given_edits: list[TextEdit]) -> None:
    if conflicts(given_edits):
        with pytest.raises(EditConflict):
            apply_edits(data, given_edits)
        return
    expected = data
    order = sorted(range(len(given_edits)), key=lambda i: (given_edits[i].span.start, given_edits[i].span.end, i))
    for index in reversed(order):
        edit = given_edits[index]
        expected = expected[: edit.span.start] + edit.new_text + expected[edit.span.end :]
    assert apply_edits(data, given_edits) == expected


def test_two_inserts_at_one_place_keep_their_order() -> None:
    assert apply_edits(b"ad", [TextEdit(Span(1, 1), b"b"), TextEdit(Span(1, 1), b"c")]) == b"abcd"


def test_touching_edits_do_not_conflict() -> None:
    assert apply_edits(b"abcd", [TextEdit(Span(2, 4), b"Y"), TextEdit(Span(0, 2), b"X")]) == b"XY"


@pytest.mark.parametrize(
    "bad",
    [
        [TextEdit(Span(0, 2), b""), TextEdit(Span(1, 3), b"")],
        [TextEdit(Span(0, 3), b""), TextEdit(Span(1, 1), b"x")],
        [TextEdit(Span(1, 2), b""), TextEdit(Span(1, 2), b"")],
        [TextEdit(Span(3, 1), b"")],
        [TextEdit(Span(2, 9), b"")],
        [TextEdit(Span(-1, 1), b"")],
    ],
)
def test_edits_that_cannot_be_applied_are_refused(bad: list[TextEdit]) -> None:
    with pytest.raises(EditConflict):
        apply_edits(b"abcd", bad)


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"", b"\n"), (b"a", b"\n"), (b"a\nb\r\n", b"\n"), (b"a\r\nb\r\nc\n", b"\r\n"), (b"a\rb\r", b"\n")],
)
def test_line_ending_is_the_one_that_prevails(data: bytes, expected: bytes) -> None:
    assert line_ending(data) == expected


def test_memory_files() -> None:
    contents = {"/p/a.go": b"package a\n", "/p/b.h": b"", "/p/sub/c.c": b"int x;"}
    files: FileSystem = MemoryFiles(contents)
    assert files.read("/p/sub/../a.go") == b"package a\n"
    assert files.read("/p/none.go") is None
    assert files.list_directory("/p/") == ("a.go", "b.h")
    assert files.list_directory("/q") == ()
    assert files.fingerprint("/q") is None
    before = files.fingerprint("/p/b.h")
    contents["/p/b.h"] = b"#define X\n"
    assert files.fingerprint("/p/b.h") != before
