"""The loader: which library speaks, what a missing include is, and what is said of a row that is wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgo_ls.data import tables
from cgo_ls.data.prototypes import parse_prototype
from cgo_ls.data.tables import (
    ErrnoFacts,
    ParamFacts,
    ResultFacts,
    declared_by,
    feature_of,
    function,
    libraries_for,
    load_library,
    parameter_facts,
    parameter_index,
    parse_rows,
)


def test_a_library_speaks_where_its_header_is_included() -> None:
    assert function("sqlite3_open", ["stdio.h"]) is None
    row = function("sqlite3_open", ["stdio.h", "sqlite3.h"])
    assert row is not None and row.library == "sqlite3"
    assert function("sqlite3_open", ["third_party/sqlite3.h"]) is not None
    assert function("SSL_new", ["openssl/ssl.h"]) is not None
    assert function("SSL_new", ["opensslish/ssl.h"]) is None
    assert [library.name for library in libraries_for(["gio/gio.h", "SDL2/SDL.h"])] == [
        "libc",
        "gio",
        "glib",
        "sdl2",
    ]


def test_libc_speaks_everywhere() -> None:
    assert function("free") == function("free", ["nowhere.h"]) == load_library("libc").rows["free"]
    assert function("no_such_function", ["stdlib.h"]) is None


def test_an_unknown_library_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_library("../libc")


def test_parameters_by_place() -> None:
    row = function("getline")
    assert row is not None
    assert parameter_index(row, "stream") == 2
    assert parameter_index(row, "nothing") is None
    assert parameter_facts(row, 0) == ParamFacts(fills="free")
    assert parameter_facts(row, 2) == parameter_facts(row, 9) == parameter_facts(row, -1) == ParamFacts()
    assert parameter_facts(row, 2).borrows


@pytest.mark.parametrize(
    ("name", "includes", "verdict"),
    [
        ("free", ["stdlib.h"], True),
        ("free", ["malloc.h"], True),
        ("free", [], False),
        ("free", ["stdio.h"], False),
        ("free", ["mylib.h"], None),
        ("free", ["mylib.h", "stdlib.h"], True),
        ("malloc", [], True),
        ("size_t", [], True),
        ("uint8_t", [], False),
        ("uint8_t", ["inttypes.h"], True),
        ("int32_t", ["stdlib.h"], True),
        ("struct_stat", ["sys/stat.h"], True),
        ("my_function", ["stdlib.h"], None),
    ],
)
def test_declared_by(name: str, includes: list[str], verdict: bool | None) -> None:
    assert declared_by(name, includes) is verdict


def test_feature_of() -> None:
    assert feature_of("asprintf") == feature_of("environ") == "_GNU_SOURCE"
    assert feature_of("free") is None and feature_of("EINVAL") is None and feature_of("frobnicate") is None


def test_rows_of_a_project() -> None:
    rows, errors = parse_rows(
        {
            "engine_open": {
                "prototype": "int engine_open(const char *path, struct engine **out)",
                "params": {"out": {"fills": "engine_close", "when": "success"}, "path": {"holds": True}},
                "errno": {"failure": "== -1"},
            },
            "engine_close": {"prototype": "void engine_close(struct engine *e)", "params": {"e": {"takes": True}}},
        },
        ".cgo-ls.toml",
    )
    assert errors == []
    row = rows["engine_open"]
    assert row.library == ".cgo-ls.toml"
    assert row.parameters == {"out": ParamFacts(fills="engine_close", when="success"), "path": ParamFacts(holds=True)}
    assert row.errno == ErrnoFacts(failure="== -1")
    assert row.result == ResultFacts()
    assert rows["engine_close"].parameters["e"].takes


F = "char *f(char **out, int n)"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (3, "a row is a table"),
        ({}, 'a row needs its prototype: prototype = "void f(char *s)"'),
        ({"prototype": 3}, "prototype must be a string, not 3"),
        ({"prototype": "void g(void)"}, "prototype is not a declaration of f: void g(void)"),
        ({"prototype": "f(a)"}, "prototype is not a declaration of f: f(a)"),
        ({"prototype": F, "return": {}}, "unknown key return; did you mean returns?"),
        ({"prototype": F, "returns": {"owend": "free"}}, "unknown key returns.owend; did you mean owned?"),
        ({"prototype": F, "returns": {"owned": True}}, "returns.owned must be a string, not True"),
        ({"prototype": F, "returns": "free"}, "returns must be a table, not 'free'"),
        (
            {"prototype": F, "returns": {"aliases": "ot"}},
            'returns.aliases: the prototype has no parameter "ot"; did you mean out?',
        ),
        ({"prototype": F, "returns": {"owned_when": "n == 0"}}, "returns.owned_when needs returns.owned"),
        ({"prototype": "void f(void)", "returns": {"owned": "free"}}, "returns: the prototype returns void"),
        (
            {"prototype": F, "params": {"in": {"takes": True}}},
            'params: the prototype has no parameter "in"; did you mean n?',
        ),
        (
            {"prototype": F, "params": {"n": {"fills": "free"}}},
            "params.n receives something, but the parameter is a number",
        ),
        ({"prototype": F, "params": {"out": True}}, "params.out must be a table, such as { takes = true }"),
        ({"prototype": F, "params": {"out": {"takes": False}}}, "params.out.takes must be true, not False"),
        (
            {"prototype": F, "params": {"out": {"borrows": True, "takes": True}}},
            "params.out both borrows and takes or holds",
        ),
        ({"prototype": F, "errno": {}}, "errno needs exactly one of failure, reported, none"),
        ({"prototype": F, "errno": {"none": True, "silent_on": "x"}}, "errno.silent_on needs errno.failure"),
        ({"prototype": F, "errno": {"none": True, "coarse": True}}, "errno.coarse needs errno.failure"),
        ({"prototype": F, "never_returns": "yes"}, "never_returns must be true, not 'yes'"),
    ],
)
def test_what_is_wrong_with_a_row(table: object, message: str) -> None:
    rows, errors = parse_rows({"f": table, "g": {"prototype": "int g(void)"}}, "here")
    assert [(error.origin, error.function, error.message) for error in errors] == [("here", "f", message)]
    assert list(rows) == ["g"]


def test_a_word_out_of_a_closed_list_names_the_list() -> None:
    _, errors = parse_rows({"f": {"prototype": F, "errno": {"failure": "-1"}}}, "here")
    assert errors[0].message.startswith('errno.failure must be one of "== -1", "NULL", ')
    assert errors[0].message.endswith("not '-1'")


def test_prototypes() -> None:
    parsed = parse_prototype("void *bsearch(const void *key, size_t n, int (*compar)(const void *, const void *))")
    assert parsed is not None
    assert (parsed.name, parsed.result, parsed.variadic) == ("bsearch", "void *", False)
    assert [(parameter.name, parameter.number) for parameter in parsed.parameters] == [
        ("key", False),
        ("n", True),
        ("compar", False),
    ]
    nameless = parse_prototype("int f(struct stat, unsigned int, const char *, ...)")
    assert nameless is not None and nameless.variadic
    assert [parameter.name for parameter in nameless.parameters] == ["", "", ""]
    no_parameters = parse_prototype("int f(void)")
    assert no_parameters is not None and no_parameters.parameters == ()
    for text in ("", "f", "f()", "int f(", "int f)(", "int f(,)", "int (*f)(int) x"):
        assert parse_prototype(text) is None, text


@given(st.text(alphabet="int f(),*[]. char", max_size=60) | st.text(max_size=30))
def test_any_text_may_stand_for_a_prototype(text: str) -> None:
    parsed = parse_prototype(text)
    assert parsed is None or (parsed.name in text and parsed.result)


WORDS = st.text(max_size=9) | st.sampled_from(
    ["prototype", "returns", "params", "errno", "owned", "int f(char *s)", "s"]
)


@given(st.recursive(st.none() | st.booleans() | st.integers() | WORDS, lambda inner: st.dictionaries(WORDS, inner)))
def test_any_value_may_stand_for_a_row(value: object) -> None:
    rows, errors = parse_rows({"f": value}, "here")
    assert bool(rows) != bool(errors)


def test_the_first_question_does_not_read_every_row() -> None:
    """The start-up cost rests on laziness: one question parses one row, and no other library's file."""
    script = (
        "import cgo_ls.data.tables as t; t.function('free'); rows = t.load_library('libc').rows;"
        "print(len(rows._rows), len(rows) > 1000, t.load_library.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "True", "1"]
    assert "importlib.resources" not in tables.__dict__
