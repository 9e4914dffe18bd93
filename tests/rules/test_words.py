"""Which rules a text concerns, asked again after an edit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cgo_ls.rules.registry import RULES
from cgo_ls.rules.rule import RuleSet, WordsSeen

SET = RuleSet(rule for rule in RULES if rule.scope == "file")
WORDS = sorted({word for rule in SET.all for word in rule.words})
PIECES = st.lists(st.sampled_from([*WORDS, *[word[:2] for word in WORDS], b"C", b".", b"\n", b"_"]), max_size=8)


@given(PIECES.map(b"".join), PIECES.map(b"".join), st.integers(0, 40), st.integers(0, 40))
def test_words_after_an_edit_are_those_of_the_whole_text(text: bytes, typed: bytes, start: int, length: int) -> None:
    start = min(start, len(text))
    edited = text[:start] + typed + text[start + length :]
    assert SET.words_in(edited, WordsSeen(text, SET.words_in(text))) == SET.words_in(edited)
    assert SET.of(SET.words_in(edited)) == SET.concerned(edited)
