"""Our table of `#cgo` flags against the go command's: its own test vectors, and its own code on words made from them."""

from __future__ import annotations

import json
import random
import re
from functools import cache
from pathlib import Path

import pytest

from cgo_ls.data.cgo_flags import Tool, first_refused
from tests.support.checker import check_files
from tests.support.go_toolchain import go_binary, go_build, go_root, run, write_package

WORK = "src/cmd/go/internal/work"
TABLES: list[tuple[str, Tool, bool]] = [
    ("goodCompilerFlags", "compiler", True),
    ("badCompilerFlags", "compiler", False),
    ("goodLinkerFlags", "linker", True),
    ("badLinkerFlags", "linker", False),
]
SEED = 20261122

# The go command's own checks, run on lines of JSON: [kind, [words]] in, true or false out.
MAIN = """package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var question struct {
			Tool  string
			Words []string
		}
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			panic(err)
		}
		var err error
		switch question.Tool {
		case "compiler":
			err = checkCompilerFlags("TEST", "test", question.Words)
		case "linker":
			err = checkLinkerFlags("TEST", "test", question.Words)
		default:
			err = checkPkgConfigFlags("TEST", "test", question.Words)
		}
		fmt.Println(err == nil)
	}
}
"""
# What the file needs of the go command's other packages.
REST = """package main

import (
	"os"
	"regexp"
)

type flagConfig struct{}

func (flagConfig) Getenv(name string) string { return os.Getenv(name) }

var cfg flagConfig

type safety struct{}

var load safety

type lazy struct{}

var lazyregexp lazy
"""


@cache
def vectors() -> dict[str, list[list[str]]]:
    """The tables of security_test.go, as it is installed."""
    text = (go_root() / WORK / "security_test.go").read_text(encoding="utf-8")
    found: dict[str, list[list[str]]] = {}
    for name, _, _ in TABLES:
        body = re.search(rf"var {name} = \[\]\[\]string\{{\n(.*?)\n\}}", text, re.DOTALL)
        assert body is not None, f"security_test.go has no {name}"
        found[name] = [
            [json.loads(word) for word in re.findall(r'"(?:[^"\\]|\\.)*"', line)] for line in body[1].split("\n")
        ]
    return found


@pytest.mark.parametrize(("name", "tool", "good"), TABLES, ids=[name for name, _, _ in TABLES])
def test_the_go_commands_own_vectors(name: str, tool: Tool, good: bool) -> None:
    rows = vectors()[name]
    assert len(rows) > 30
    wrong = [row for row in rows if (first_refused(tool, row) is None) != good]
    assert not wrong


def made_words(chance: random.Random) -> list[tuple[Tool, list[str]]]:
    """The vectors, each given to each tool, and changed a little."""
    words = sorted({word for rows in vectors().values() for row in rows for word in row})
    words += [
        "--cflags",
        "--libs",
        "--static",
        "--log-file=/tmp/x",
        "--define-variable=a=b",
        "--atleast-version=1.2.3",
        "--exists",
    ]
    questions: list[tuple[Tool, list[str]]] = []
    tools: tuple[Tool, ...] = ("compiler", "linker", "pkg-config")
    for tool in tools:
        questions.extend((tool, row) for rows in vectors().values() for row in rows)
        for word in words:
            at = chance.randrange(len(word) + 1)
            for text in (
                word[:at] + chance.choice("@-,=.x0/ ") + word[at:],
                word[:at] + word[at + 1 :],
                word + chance.choice(["=", ",x", "@x", ".so", ".obj", "-x"]),
                word.replace("-f", "-fno-", 1),
                word.replace("no-", "", 1),
            ):
                row = [text, chance.choice(words)] if chance.random() < 0.2 else [text]
                questions.append((tool, row))
    # An empty word is malformed, and comes to no such check.
    return [(tool, row) for tool, row in questions if all(row)]


def test_the_go_commands_own_code_agrees(tmp_path: Path) -> None:
    questions = made_words(random.Random(SEED))
    source = (go_root() / WORK / "security.go").read_text(encoding="utf-8")
    source = source.replace("package work", "package main", 1)
    for path in ("internal/lazyregexp", "cmd/go/internal/cfg", "cmd/go/internal/load"):
        source = source.replace(f'\t"{path}"\n', "")
    package = (go_root() / "src/cmd/go/internal/load/pkg.go").read_text(encoding="utf-8")
    safe = re.search(r"^func SafeArg\(.*?^\}\n", package, re.DOTALL | re.MULTILINE)
    assert safe is not None
    source = source.replace("var re = lazyregexp.New", "var re = regexp.MustCompile").replace(
        "*lazyregexp.Regexp", "*regexp.Regexp"
    )
    rest = REST.replace("type lazy struct{}\n\nvar lazyregexp lazy\n", "").replace('\t"regexp"\n', "")
    rest = rest.replace('import (\n\t"os"\n)', 'import (\n\t"os"\n\t"unicode/utf8"\n)')
    rest += safe[0].replace("func SafeArg", "func (safety) SafeArg") + "\nvar _ = utf8.RuneSelf\n"
    folder = write_package(tmp_path, {"main.go": MAIN, "security.go": source, "rest.go": rest})
    built = go_build(folder, "-o", "program.exe", ".")
    assert built.ok, built.output
    asked = "".join(json.dumps({"Tool": tool, "Words": words}) + "\n" for tool, words in questions)
    answers = run([str(folder / "program.exe")], folder, stdin=asked.encode())
    assert answers.ok, answers.output
    lines = answers.output.split()
    assert len(lines) == len(questions)
    wrong = [
        (tool, words, answer)
        for (tool, words), answer in zip(questions, lines, strict=True)
        if (first_refused(tool, words) is None) != (answer == "true")
    ]
    assert not wrong, f"seed {SEED}: {wrong[:20]}"


LINES = [
    "CFLAGS: -O2 -Wall -DX=1 -I${SRCDIR}/include",
    "CFLAGS: -I@include -I-x",
    "CFLAGS: -fno-builtin",
    "CFLAGS: -lm",
    "CFLAGS: -fplugin=x.so",
    "CFLAGS: -fno-builtin-malloc",
    "LDFLAGS: -L${SRCDIR}/lib -lm -Wl,-rpath,$ORIGIN",
    "LDFLAGS: -L@lib",
    "LDFLAGS: -rpath /opt",
    "LDFLAGS: -Wl,--whole-archive -lm -Wl,--no-whole-archive",
    "LDFLAGS: -Wl,-soname,x",
    "LDFLAGS: -static-libgcc -static-libstdc++",
    "LDFLAGS: ${SRCDIR}/x.obj",
    "LDFLAGS: -s",
    "LDFLAGS: @flags",
    "pkg-config: @name",
    "pkg-config: --log-file=x name",
    "cflags: -O2",
    "CFLAGS -O2",
    "CFLAGS: -DX=`date`",
    "pkg-config: name >= 1.2",
    "linnux CFLAGS: -O2",
    "noescape f g",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_refused_where_the_go_command_refuses_it(line: str, tmp_path: Path) -> None:
    """`go list` reads the lines; the flags are checked by the build, before any compiler runs."""
    text = f'package main\n\n// #cgo {line}\nimport "C"\n\nfunc main() {{ _ = C.int(1) }}\n'
    folder = write_package(tmp_path, {"main.go": text})
    built = run([str(go_binary()), "build", "-n", "."], folder)
    refused = bool(re.search(r"invalid flag|malformed #cgo|invalid #cgo|invalid pkg-config", built.output))
    rules = {found.rule for found in check_files({"main.go": text.encode()})}
    speaks = bool(rules & {"cgo-flag-not-allowed", "malformed-cgo-directive", "suspicious-cgo-flag"})
    assert speaks == refused, f"{built.output}\n{rules}"


def test_the_environment_variable_of_the_message_allows_the_flag(tmp_path: Path) -> None:
    text = 'package main\n\n// #cgo LDFLAGS: -Wl,--version-script=${SRCDIR}/exports.map\nimport "C"\n\nfunc main() { _ = C.int(1) }\n'
    folder = write_package(tmp_path, {"main.go": text, "exports.map": "{ local: *; };\n"})
    assert not go_build(folder).ok
    (found,) = check_files({"main.go": text.encode()})
    setting = re.search(r"(CGO_\w+_ALLOW)='([^']*)'", found.message)
    assert setting is not None
    allowed = go_build(folder, extra={setting[1]: setting[2]})
    assert "invalid flag" not in allowed.output
