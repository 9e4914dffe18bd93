"""R1: text sync against an oracle that keeps the client's own view, a list of code units, and nothing else."""

from __future__ import annotations

import random

import pytest

from cgo_ls.text.document import Change, Document, build_line_starts
from cgo_ls.text.positions import Encoding, Position, encode, offset_at, position_at

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
PIECES = (
    *("\n", "\r\n", "\r", "\n\n", "\r\r\n", "\n\r"),
    *("\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\ufeff", "\0"),
    *("\U0001f600", "\U00010000", "\U0010ffff", "e\u0301", "\u200d", "é", "ß", "漢字", "\uffff"),
    *("a", "C.free(p)", "\t", " ", 'import "C"', "/* x */", "`", "{", "}"),
)
EDITS_PER_RUN = 850
RUNS = [(seed, encoding) for encoding in ENCODINGS for seed in range(8)]


def unit_count(character: str, encoding: Encoding) -> int:
    if encoding == "utf-8":
        return len(character.encode())
    return 2 if encoding == "utf-16" and ord(character) > 0xFFFF else 1


def oracle_lines(text: str) -> list[tuple[int, int]]:
    """(start, end before the terminator) of each line, as indexes of `text`, one character at a time."""
    lines, start, index = [], 0, 0
    while index < len(text):
        width = 2 if text.startswith("\r\n", index) else 1 if text[index] in "\r\n" else 0
        if width:
            lines.append((start, index))
            start = index + width
        index += width or 1
    return [*lines, (start, len(text))]


def oracle_index(text: str, position: Position, encoding: Encoding) -> int:
    lines = oracle_lines(text)
    if position.line >= len(lines):
        return len(text)
    index, end = lines[position.line]
    units = 0
    while index < end:
        units += unit_count(text[index], encoding)
        if units > position.character:
            break
        index += 1
    return index


def oracle_apply(text: str, changes: list[Change], encoding: Encoding) -> str:
    for change in changes:
        if change.start is None or change.end is None:
            text = change.text
        else:
            first, last = sorted(oracle_index(text, place, encoding) for place in (change.start, change.end))
            text = text[:first] + change.text + text[last:]
    return text


def random_text(rng: random.Random, most: int) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, most)))


def random_position(rng: random.Random, line_count: int) -> Position:
    line = rng.randint(0, line_count + 1)
    return Position(line, rng.choice((rng.randint(0, 12), rng.randint(0, 60), 2**31 - 1)))


def random_change(rng: random.Random, line_count: int) -> Change:
    if rng.random() < 0.02:
        return Change(None, None, random_text(rng, 40))
    start = random_position(rng, line_count)
    near = Position(start.line + rng.randint(0, 1), rng.randint(0, 20))
    end = rng.choice((start, near, random_position(rng, line_count)) if rng.random() < 0.2 else (start, start, near))
    return Change(start, end, random_text(rng, 5))


@pytest.mark.parametrize(("seed", "encoding"), RUNS)
def test_random_edits_agree_with_the_oracle(seed: int, encoding: Encoding) -> None:
    rng = random.Random(f"{seed} {encoding}")
    text = random_text(rng, 60)
    document = Document.build("file:///x.go", 0, text.encode())
    for version in range(1, EDITS_PER_RUN + 1):
        lines = text.count("\n") + text.count("\r") + 1
        changes = [random_change(rng, lines) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        before = document.data
        text = oracle_apply(text, changes, encoding)
        document, edits = document.apply(changes, version, encoding)
        where = f"seed {seed}, {encoding}, edit {version}: {changes}"
        assert document.data == text.encode(), where
        assert list(document.line_starts) == build_line_starts(document.data), where
        assert document.version == version
        check_byte_edits(before, document.data, changes, edits)


def check_byte_edits(before: bytes, after: bytes, changes: list[Change], edits: tuple) -> None:
    """The reported edits rebuild the new text from the old one."""
    assert len(edits) == len(changes)
    for change, edit in zip(changes, edits, strict=True):
        new_text = encode(change.text)
        assert 0 <= edit.start <= edit.old_end <= len(before)
        assert edit.new_end - edit.start == len(new_text)
        before = before[: edit.start] + new_text + before[edit.old_end :]
    assert before == after


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_line_table_is_that_of_the_oracle(encoding: Encoding) -> None:
    rng = random.Random(f"lines {encoding}")
    for _ in range(200):
        text = random_text(rng, 30)
        document = Document.from_text("file:///x.go", 0, text)
        bounds = [document.line_bounds(line) for line in range(document.line_count)]
        expected = [(len(text[:start].encode()), len(text[:end].encode())) for start, end in oracle_lines(text)]
        assert bounds == expected, repr(text)
        for index in range(len(text)):
            offset = len(text[:index].encode())
            position = position_at(document, offset, encoding)
            assert oracle_index(text, position, encoding) == min(index, oracle_lines(text)[position.line][1])
            assert offset_at(document, position, encoding) == min(offset, expected[position.line][1])


def test_only_line_feed_and_carriage_return_end_a_line() -> None:
    text = "a\x0bb\x0cc\x85d\u2028e\u2029f\x1cg\x1dh\x1ei\n"
    document = Document.from_text("file:///x.go", 0, text)
    assert document.line_count == 2
    changed, _ = document.apply([Change(Position(1, 0), Position(1, 0), "X")], 1, "utf-16")
    assert changed.data.decode() == text + "X"


def test_position_past_a_last_line_without_newline_is_its_end() -> None:
    changed, _ = Document.build("u", 0, b"abc").apply([Change(Position(0, 10), Position(0, 10), "X")], 1, "utf-16")
    assert changed.data == b"abcX"


def test_reversed_range_keeps_the_edit() -> None:
    changed, edits = Document.build("u", 0, b"abcdef").apply([Change(Position(0, 4), Position(0, 1), "-")], 1, "utf-8")
    assert changed.data == b"a-ef"
    assert (edits[0].start, edits[0].old_end, edits[0].new_end) == (1, 4, 2)


def test_no_change_still_takes_the_version() -> None:
    document = Document.build("u", 1, b"abc")
    changed, edits = document.apply([], 2, "utf-8")
    assert (changed.version, changed.data, edits) == (2, b"abc", ())


def test_newline_typed_after_a_carriage_return_joins_it() -> None:
    document = Document.build("u", 0, b"a\rb")
    changed, _ = document.apply([Change(Position(1, 0), Position(1, 0), "\n")], 1, "utf-16")
    assert changed.data == b"a\r\nb"
    assert list(changed.line_starts) == [0, 3]
