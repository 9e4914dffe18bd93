"""`.cgo-ls.toml`: what it may say, where it is looked for, and that a mistake is a sentence with a line."""

from __future__ import annotations

import random

import pytest

from cgo_ls.text.files import MemoryFiles
from cgo_ls.workspace.config import SIZE_LIMIT, Config, load_config, parse_config

RULES = ("double-free", "leaked-c-memory", "use-after-free")

WHOLE = """# the settings of a project
version = 1
exclude = ["gen", "third_party/**", "*_mock.go"]

[rules]
ignore = ["double-free"]

[rules.severity]
leaked-c-memory = "warning"
use-after-free = "off"
unused-suppression = "hint"

[functions.thing_new]
prototype = "struct thing *thing_new(const char *name)"
returns = { owned = "thing_free", null_on = "failure" }
"""


def parse(text: str) -> tuple[Config, list[tuple[int, str]]]:
    loaded = parse_config("/m/.cgo-ls.toml", text.encode(), RULES)
    return loaded.config, [(error.line, error.message) for error in loaded.errors]


def test_everything() -> None:
    config, errors = parse(WHOLE)
    assert errors == []
    assert config.severity("leaked-c-memory", "error") == "warning"
    assert config.severity("use-after-free", "error") is None
    assert config.severity("double-free", "error") is None
    assert config.severity("errno-direct", "error") == "error"
    assert config.disabled == {"use-after-free", "double-free"}
    assert config.functions["thing_new"].result.owned == "thing_free"


@pytest.mark.parametrize(
    ("glob", "excluded", "kept"),
    [
        ("gen", ["gen/a.go", "x/gen/a.go"], ["gen.go", "regen/a.go"]),
        ("gen/", ["gen/a.go", "x/gen/a.go"], ["gen.go"]),
        ("*_mock.go", ["a_mock.go", "x/a_mock.go"], ["mock.go"]),
        ("x/gen", ["x/gen/a.go"], ["gen/a.go", "y/x/gen/a.go"]),
        ("x/*.go", ["x/a.go"], ["x/y/a.go"]),
        ("x/**/a.go", ["x/a.go", "x/y/z/a.go"], ["x/b.go"]),
        ("**/z/a.go", ["z/a.go", "x/y/z/a.go"], ["x/z/b/a.go"]),
        ("x/**", ["x/a.go", "x/y/a.go"], ["xy/a.go"]),
    ],
)
def test_exclude(glob: str, excluded: list[str], kept: list[str]) -> None:
    config, errors = parse(f'version = 1\nexclude = ["{glob}"]\n')
    assert errors == []
    assert [config.excludes(f"/m/{name}") for name in excluded] == [True] * len(excluded)
    assert [config.excludes(f"/m/{name}") for name in kept] == [False] * len(kept)
    assert not config.excludes("/other/gen/a.go")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 0, "version is missing"),
        ("version = 2\n", 1, "version 2 is not known"),
        ("version = true\n", 1, "version True is not known"),
        ("version = 1\nexclud = []\n", 2, 'unknown key "exclud"; did you mean "exclude"?'),
        ("version = 1\n[rules]\nignored = []\n", 3, 'unknown key "ignored" in [rules]; did you mean "ignore"?'),
        ("version = 1\nrules = 3\n", 2, "rules must be a table"),
        ("version = 1\n[rules]\nseverity = 3\n", 3, "severity must be a table"),
        ('version = 1\n[rules]\nignore = ["leaked-cmemory"]\n', 3, 'did you mean "leaked-c-memory"?'),
        ('version = 1\n[rules]\nignore = "double-free"\n', 3, "ignore must be a list of strings"),
        ('version = 1\n\n[rules.severity]\ndouble-free = "eror"\n', 4, 'did you mean "error"?'),
        ('version = 1\n[rules.severity]\ndouble-frei = "error"\n', 3, 'did you mean "double-free"?'),
        ("version = 1\n[rules.severity]\ndouble-free = 1\n", 3, "not a severity: 1"),
        ('version = 1\nexclude = ["/etc"]\n', 2, 'not a glob below this folder: "/etc"'),
        ('version = 1\nexclude = ["../x"]\n', 2, 'not a glob below this folder: "../x"'),
        ("version = 1\nexclude = [1]\n", 2, "exclude must be a list of strings"),
        ("version = 1\nfunctions = 1\n", 2, "functions must be a table"),
        ('version = 1\n[functions.f]\nprototype = "int f(void)"\nowns = 1\n', 2, "functions.f: unknown key owns"),
        ("version = 1\n[rules\n", 2, "expected ']'"),
        ('version = "1\n', 1, "illegal character"),
    ],
)
def test_mistakes(text: str, line: int, message: str) -> None:
    _, errors = parse(text)
    assert len(errors) == 1, errors
    assert message in errors[0][1]
    assert errors[0][0] == line


def test_what_is_right_beside_a_mistake_counts() -> None:
    config, errors = parse(
        'version = 1\ncolour = 1\nexclude = ["/etc", "gen"]\n[rules.severity]\ndouble-free = "hint"\nx = "hint"\n'
    )
    assert len(errors) == 3
    assert (config.exclude, config.severities) == (("gen",), {"double-free": "hint"})


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"\0", b"x" * (SIZE_LIMIT + 1), b"a = " + b"[" * 4_000, b"a" + b".a" * 20_000 + b" = 1"],
    ids=["not UTF-8", "NUL", "huge", "nested", "dotted"],
)
def test_junk_is_one_sentence(data: bytes) -> None:
    loaded = parse_config("/m/.cgo-ls.toml", data, RULES)
    assert loaded.errors and all(error.message for error in loaded.errors)
    assert loaded.config.severities == {}


@pytest.mark.parametrize("seed", range(10))
def test_any_bytes(seed: int) -> None:
    source = random.Random(seed)
    lines = WHOLE.encode().splitlines(keepends=True)
    for _ in range(30):
        data = bytearray(b"".join(source.sample(lines, k=source.randrange(len(lines)))))
        for _ in range(source.randrange(4)):
            data.insert(source.randrange(len(data) + 1), source.randrange(256))
        for error in parse_config("/m/.cgo-ls.toml", bytes(data), RULES).errors:
            assert error.message and 0 <= error.line <= data.count(b"\n") + 1, (seed, bytes(data))


def test_the_search_goes_up_to_the_module_root() -> None:
    text = b'version = 1\nexclude = ["x"]\n'
    files = {
        "/.cgo-ls.toml": b"junk",
        "/w/m/go.mod": b"",
        "/w/m/.cgo-ls.toml": text,
        "/w/n/go.mod": b"",
        "/w/r/a/b.go": b"",
    }
    found = load_config(MemoryFiles(files), "/w/m/a/b")
    assert (found.config.path, found.config.directory, found.errors) == ("/w/m/.cgo-ls.toml", "/w/m", ())
    assert load_config(MemoryFiles(files), "/w/n/a").config == Config()
    assert load_config(MemoryFiles(files), "/w/r/a", root="/w/r").config == Config()
    assert load_config(MemoryFiles(files), "/w/r/a").errors, "without a module and a root the search goes to the top"
    nearer = {**files, "/w/m/a/.cgo-ls.toml": b"version = 1\n"}
    assert load_config(MemoryFiles(nearer), "/w/m/a/b").config.path == "/w/m/a/.cgo-ls.toml"
