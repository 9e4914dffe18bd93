"""The comparison itself is right: a marker that could not fail would make every fixture lie."""

from __future__ import annotations

import pytest

from tests.support.wants import Found, Place, compare, line_of, parse_expectations, strip_markers, unquote


def said(line: int, text: str, *steps: tuple[int, str]) -> Found:
    return Found(Place("a.go", line, text), tuple(Place("a.go", number, step) for number, step in steps))


def problems(text: str, *found: Found) -> list[str]:
    return compare(parse_expectations("a.go", text), found)


def test_a_want_is_met_once() -> None:
    text = 'x() // want "leaks"\n'
    assert problems(text, said(1, "p leaks [r]")) == []
    assert "no finding matches" in problems(text)[0]
    assert "unexpected finding" in problems(text, said(1, "p leaks"), said(1, "q leaks"))[0]
    assert len(problems(text, said(2, "p leaks"))) == 2


def test_several_wants_on_a_line_are_matched_one_to_one() -> None:
    text = 'x() // want "leak" "p leaks"\n'
    assert problems(text, said(1, "p leaks"), said(1, "q leaks")) == []
    assert problems(text, said(1, "q leaks"), said(1, "p leaks")) == []
    assert len(problems(text, said(1, "q leaks"), said(1, "r leaks"))) == 2


def test_the_rule_name_is_part_of_what_is_matched() -> None:
    assert problems("x() // want `\\[double-free\\]$`\n", said(1, "freed twice [double-free]")) == []


def test_a_related_line_needs_a_step() -> None:
    text = 'a() // related "acquired"\nb() // want "leaks"\n'
    assert problems(text, said(2, "leaks", (1, "acquired here"))) == []
    assert "no step matches" in problems(text, said(2, "leaks"))[0]
    assert "no step matches" in problems(text, said(2, "leaks", (2, "acquired here")))[0]


def test_a_todo_that_came_true_must_go() -> None:
    text = 'a() // todo want "leaks"\n'
    assert problems(text) == []
    assert "remove the `todo`" in problems(text, said(1, "leaks"))[0]
    assert "unexpected" in problems(text, said(1, "other"))[0]


def test_a_known_false_alarm_is_expected_until_it_is_gone() -> None:
    assert problems("a() // todo ok\n", said(1, "anything")) == []
    assert "remove the `todo ok`" in problems("a() // todo ok\n")[0]
    assert problems('a() // todo ok "leaks"\n', said(1, "leaks")) == []
    assert len(problems('a() // todo ok "leaks"\n', said(1, "other"))) == 2


def test_markers_stand_in_c_comments_and_behind_other_comments() -> None:
    assert [
        e.line for e in parse_expectations("a.go", '/*\nint x; // want "a"\n*/\n// int y; // want "b" // related "c"')
    ] == [2, 4, 4]
    assert [e.pattern for e in parse_expectations("a.go", 'int x; /* // want "a" */')] == ["a"]


def test_a_marker_may_speak_of_another_line() -> None:
    found = parse_expectations("a.go", '// #cgo CFLAGS: -x\n// want@-1 "flag"')
    assert [(e.line, e.pattern) for e in found] == [(1, "flag")]


def test_prose_is_no_marker_and_a_bare_want_is_an_error() -> None:
    assert parse_expectations("a.go", "// we want the thing\n// wants nothing\n// want of care\n") == []
    with pytest.raises(ValueError, match="without a string"):
        parse_expectations("a.go", "x() // want\n")


@pytest.mark.parametrize(
    ("literal", "value"),
    [('"a.b"', "a.b"), (r'"C\\.free"', r"C\.free"), (r'"C\.free"', r"C\.free"), ('`a"b\\(`', 'a"b\\(')],
)
def test_strings_are_go_literals(literal: str, value: str) -> None:
    assert unquote(literal) == value


def test_lines_end_as_the_protocol_says() -> None:
    data = b"a\r\nb\rc\nd\x0ce"
    assert [line_of(data, offset) for offset in range(len(data) + 1)] == [1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4]


def test_markers_can_be_taken_out() -> None:
    assert strip_markers('x() // want "a" // related "b"\n// keep  \ny()') == "x()\n// keep  \ny()"
