"""Colours of the preamble's C."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cgo_ls.features.preamble_tokens import preamble_tokens
from tests.support.checker import session_of

SOURCE = """package main

/*
#cgo LDFLAGS: -lm
#include <math.h>
#define LIMIT 64
typedef struct side side_t; // two
/* of
   them *\\/
static double longer(side_t *a, char c) { return c == 'x' ? LIMIT : sqrt(1.5) + "if"[0]; }
*/
import "C"

// #include "own.h"
// static int twice(int x);
import "C"

// int not_c(void);
func main() {}
""".replace("/* of\n   them *\\/\n", "")


def shown(source: str) -> list[tuple[str, str]]:
    data = source.encode()
    tokens = preamble_tokens(session_of({"main.go": data}).snapshot(), "/fixture/main.go")
    assert all(one.span.end <= other.span.start for one, other in pairwise(tokens))
    return [(data[token.span.start : token.span.end].decode(), token.kind) for token in tokens]


def test_each_word_by_what_it_is() -> None:
    found = shown(SOURCE)
    for token in (
        ("#include", "macro"),
        ("<math.h>", "string"),
        ("64", "number"),
        ("typedef", "keyword"),
        ("side_t", "type"),
        ("// two", "comment"),
        ("longer", "function"),
        ("double", "type"),
        ("'x'", "string"),
        ("LIMIT", "macro"),
        ("sqrt", "function"),
        ("1.5", "number"),
        ('"if"', "string"),
        ('"own.h"', "string"),
        ("twice", "function"),
    ):
        assert token in found, (token, found)


def test_only_preambles() -> None:
    words = [text for text, _ in shown(SOURCE)]
    assert not {"not_c", "main", "package", "import", "//"} & set(words)
    assert shown(SOURCE.replace('import "C"', 'import "fmt"')) == []


def test_a_comment_of_many_lines_is_a_token_for_each() -> None:
    text = 'package p\n\n// /* one\n//    two */\n// int x;\nimport "C"\n'
    assert [kind for word, kind in shown(text) if word in ("/* one", "two */")] == ["comment", "comment"]


@pytest.mark.parametrize(
    "text", ['package p\n\n/*\n"open\n/* never\n*/\nimport "C"\n', 'package p\n// #\nimport "C"\n', "", "\x00"]
)
def test_broken_c_has_tokens_too(text: str) -> None:
    shown(text)
