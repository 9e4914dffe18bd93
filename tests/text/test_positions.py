"""Offsets and positions: round trips, odd bytes, surrogates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgo_ls.text.document import Document
from cgo_ls.text.positions import Encoding, Position, encode, line_column, offset_at, position_at, range_at

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
texts = st.text(st.sampled_from("ab\n\r\t\x0c\u2028é漢\U0001f600\ufeff") | st.characters(), max_size=40)
encodings = st.sampled_from(ENCODINGS)


@given(st.binary(max_size=60), encodings, st.integers(-3, 70))
def test_any_bytes_any_offset(data: bytes, encoding: Encoding, offset: int) -> None:
    document = Document.build("u", 0, data)
    position = position_at(document, offset, encoding)
    back = offset_at(document, position, encoding)
    assert 0 <= back <= len(data)
    assert back <= max(offset, 0)
    assert position_at(document, back, encoding) == position


@given(st.binary(max_size=60) | texts.map(encode), encodings, st.integers(-3, 70), st.integers(-3, 70))
def test_a_range_is_its_two_positions(data: bytes, encoding: Encoding, start: int, end: int) -> None:
    document = Document.build("u", 0, data)
    first, last = position_at(document, start, encoding), position_at(document, end, encoding)
    expected = (first.line, first.character, last.line, last.character)
    assert range_at(document, start, end, encoding) == expected


@given(st.binary(max_size=60), encodings, st.integers(-3, 9), st.integers(-3, 40))
def test_any_position_is_a_place_in_its_line(data: bytes, encoding: Encoding, line: int, character: int) -> None:
    document = Document.build("u", 0, data)
    offset = offset_at(document, Position(line, character), encoding)
    assert 0 <= offset <= len(data)
    if 0 <= line < document.line_count:
        start, end = document.line_bounds(line)
        assert start <= offset <= end
        assert position_at(document, offset, encoding).character <= max(character, 0)


@given(texts, encodings)
def test_each_character_round_trips(text: str, encoding: Encoding) -> None:
    data = encode(text)
    document = Document.build("u", 0, data)
    offset = 0
    for character in data.decode():
        line, end = document.line_at(offset), document.line_bounds(document.line_at(offset))[1]
        position = position_at(document, offset, encoding)
        assert position.line == line
        assert offset_at(document, position, encoding) == min(offset, end)
        offset += len(character.encode())


@given(st.binary(max_size=60), st.integers(0, 60))
def test_line_column_counts_bytes_from_one(data: bytes, offset: int) -> None:
    document = Document.build("u", 0, data)
    line, column = line_column(document, offset)
    assert document.line_starts[line - 1] + column - 1 == min(offset, len(data))


def test_inside_a_surrogate_pair_is_the_start_of_the_character() -> None:
    document = Document.from_text("u", 0, "a\U0001f600b")
    assert [offset_at(document, Position(0, character), "utf-16") for character in range(5)] == [0, 1, 1, 5, 6]


def test_inside_a_utf8_sequence_is_the_start_of_the_character() -> None:
    document = Document.from_text("u", 0, "a\U0001f600b")
    assert [offset_at(document, Position(0, character), "utf-8") for character in range(7)] == [0, 1, 1, 1, 1, 5, 6]
    assert [position_at(document, offset, "utf-16").character for offset in range(7)] == [0, 1, 1, 1, 1, 3, 4]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_bad_bytes_are_one_unit_each(encoding: Encoding) -> None:
    document = Document.build("u", 0, b"\xff\xfe\x80x\xe2\x82y\xed\xa0\x80z")
    for offset in range(len(document.data) + 1):
        assert position_at(document, offset, encoding) == Position(0, offset)
        assert offset_at(document, Position(0, offset), encoding) == offset


@given(st.text(st.characters(codec=None), max_size=20))
def test_surrogates_keep_the_length_that_the_client_counts(text: str) -> None:
    assert len(encode(text).decode().encode("utf-16-le")) == len(text.encode("utf-16-le", "surrogatepass"))


@pytest.mark.parametrize("lone", ["\ud800", "\udc00", "x\ud83d", "\ude00y", "\udc00\ud800"])
def test_lone_surrogate_becomes_one_replacement_character(lone: str) -> None:
    text = encode(lone).decode()
    assert len(text) == len(lone)
    assert text.count("\ufffd") == sum(0xD800 <= ord(character) <= 0xDFFF for character in lone)


def test_halves_that_meet_form_their_character() -> None:
    assert encode("\ud83d\ude00") == "\U0001f600".encode()


def test_line_column_is_what_go_prints() -> None:
    document = Document.from_text("u", 0, "package x\r\n\té := 1\n")
    offset = document.data.index(b":=")
    assert line_column(document, offset) == (2, 5)
    assert line_column(document, 10**9) == (3, 1)
