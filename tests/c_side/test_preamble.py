"""The preamble's text and #cgo lines against the real cgo and go list, and its map against the file's bytes."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from cgo_ls.model.go_file import GoFile, build_go_file
from cgo_ls.model.preamble import build_preamble, lay_out, parse_directive, split_quoted
from cgo_ls.syntax.declarations import split
from cgo_ls.text.span import Span
from tests.support.go_toolchain import go_binary, run, write_package

BOM = b"\xef\xbb\xbf"
SHAPES: dict[str, bytes] = {
    "line_comments": b'// #include <stdlib.h>\n// static int f(void) { return 1; }\nimport "C"\n',
    "no_blank_behind_slashes": b'//#include <stdlib.h>\n//static int f(void);\nimport "C"\n',
    "block": b'/*\n#include <stdlib.h>\nstatic int f(void) { return 1; }\n*/\nimport "C"\n',
    "block_on_one_line": b'/* int f(void); */\nimport "C"\n',
    "block_then_line": b'/* int f(void); */\n// int g(void);\nimport "C"\n',
    "block_newline_then_line": b'/* int f(void);\n*/\n// int g(void);\nimport "C"\n',
    "two_blocks": b'/* int f(void); */\n/* int g(void); */\nimport "C"\n',
    "two_blocks_on_one_line": b'/* int f(void); */ /* int g(void); */\nimport "C"\n',
    "line_then_block": b'// int f(void);\n/*\nint g(void);\n*/\nimport "C"\n',
    "detached": b'// int lost(void);\n\n// int f(void);\nimport "C"\n',
    "blank_line_before_import": b'// int lost(void);\n\nimport "C"\n',
    "no_comment": b'import "C"\n',
    "group_of_one": b'// int f(void);\nimport (\n\t"C"\n)\n',
    "group_with_spec_doc": b'import (\n\t"unsafe"\n\n\t// int f(void);\n\t// int g(void);\n\t"C"\n)\n\nvar _ unsafe.Pointer\n',
    "group_doc_is_lost": b'// int lost(void);\nimport (\n\t"C"\n\t"unsafe"\n)\n\nvar _ unsafe.Pointer\n',
    "indented_block_in_group": b'import (\n\t/*\n\t   int f(void);\n\t*/\n\t"C"\n)\n',
    "several_imports": b'// int f(void);\nimport "C"\n\n/*\nint g(void);\n*/\nimport "C"\n',
    "crlf_lines": b'// int f(void);\r\n// int g(void);\r\nimport "C"\r\n',
    "crlf_block": b'/*\r\nint f(void);\r\n*/\r\nimport "C"\r\n',
    "carriage_return_inside": b'// int f\r(void);\n/* int\r g(void);*\r*/\nimport "C"\n',
    "cgo_lines": b'// #cgo LDFLAGS: -lm\n// #cgo linux CFLAGS: -DA=1\n// int f(void);\nimport "C"\n',
    "cgo_line_in_block": b'/*\n#cgo pkg-config: zlib\n  #cgo\tCFLAGS: -DX\nint f(void);\n*/\nimport "C"\n',
    "hash_blank_cgo_is_none": b'/*\n#ifdef NEVER\n# cgo CFLAGS: -DX\n#endif\n*/\nimport "C"\n',
    "utf8": '// // größer\n// int f(void); // ≥ 1\nimport "C"\n'.encode(),
    "tab_behind_slashes": b'//\tint f(void);\n//\nimport "C"\n',
    "go_directive_inside": b'//go:generate echo\n// int f(void);\nimport "C"\n',
}
# What `//go:generate` leaves in the C text is no C.
NOT_C = {"go_directive_inside", "carriage_return_inside"}


def go_file(data: bytes) -> GoFile:
    return build_go_file("/p/a.go", data, split(data), {})


def with_package(shape: bytes, bom: bool = False) -> bytes:
    return (BOM if bom else b"") + b"package p\n\n" + shape


def without_directives(text: bytes) -> bytes:
    """What cgo does with #cgo lines before it hands the text to the compiler."""
    lines = [b"" if re.match(rb"\s*#cgo\s", line) else line for line in text.split(b"\n")]
    return b"\n".join(lines)


@pytest.fixture(scope="module")
def preambles_of_cgo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """Shape -> the C text between cgo's own marks in the file it generates, for each import "C"."""
    folder = tmp_path_factory.mktemp("cgo")
    names = [name for name in SHAPES if name not in NOT_C]
    write_package(folder, {f"{name}.go": with_package(SHAPES[name], bom=name == "utf8") for name in names})
    result = run([str(go_binary()), "tool", "cgo", "-objdir", str(folder / "out"), *(f"{n}.go" for n in names)], folder)
    assert result.ok, result.output
    mark = re.compile(rb'#line \d+ "[^"\n]*\.go"\n(.*?)\n#line 1 "cgo-generated-wrapper"', re.DOTALL)
    return {name: mark.findall((folder / "out" / f"{name}.cgo2.c").read_bytes()) for name in names}


@pytest.mark.parametrize("name", [name for name in SHAPES if name not in NOT_C])
def test_text_is_what_cgo_compiles(name: str, preambles_of_cgo: dict[str, list[bytes]]) -> None:
    file = go_file(with_package(SHAPES[name], bom=name == "utf8"))
    ours = [without_directives(placed.preamble.text) for placed in file.preambles if placed.preamble.segments]
    assert ours == preambles_of_cgo[name]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("bom", [False, True])
def test_every_byte_of_the_text_is_the_same_byte_in_the_file(name: str, bom: bool) -> None:
    data = with_package(SHAPES[name], bom)
    for preamble, base in go_file(data).preambles:
        for offset, byte in enumerate(preamble.text):
            place = preamble.to_file(offset)
            assert data[base + place] == byte
            assert preamble.to_text(place) == offset
        laid = lay_out(preamble)
        for offset, byte in enumerate(laid):
            assert byte == 0x20 or data[base + preamble.span.start + offset] == byte


@pytest.mark.parametrize("seed", range(60))
def test_map_of_random_comments(seed: int) -> None:
    chance = random.Random(seed)
    data, spans = bytearray(b"x = 1\n"), []
    for _ in range(chance.randrange(1, 8)):
        body = bytes(chance.choice(b"ab; */\r\n{}\t#\xc3\xbc") for _ in range(chance.randrange(30)))
        if chance.random() < 0.5:
            comment = b"//" + body.replace(b"\n", b"")
        else:
            comment = b"/*" + body.replace(b"*/", b"* ") + b"*/"
            comment = comment[:-3] + b" */" if comment.endswith(b"**/") else comment
        spans.append(Span(len(data), len(data) + len(comment)))
        data += comment + chance.choice([b"\n", b"\r\n", b"\n  "])
    preamble = build_preamble(bytes(data), spans)
    assert b"".join(preamble.text[a : a + n] for a, _, n in preamble.segments) == preamble.text
    for offset, byte in enumerate(preamble.text):
        assert data[preamble.to_file(offset)] == byte, f"seed {seed}"
        assert preamble.to_text(preamble.to_file(offset)) == offset, f"seed {seed}"
    markers = sum(1 for span in spans for place in (span.start, span.start + 1) if preamble.to_text(place) is None)
    assert markers == 2 * len(spans)


DIRECTIVES = {
    "plain": ("#cgo LDFLAGS: -lm -lz", "LDFLAGS", ("-lm", "-lz"), ""),
    "quoted": ("#cgo CFLAGS: \"-DA B\" '-DC'x", "CFLAGS", ("-DA B", "-DCx"), ""),
    "srcdir": ("#cgo CFLAGS: -I${SRCDIR}/include", "CFLAGS", ("-I${SRCDIR}/include",), ""),
    "empty": ("#cgo CFLAGS:", "CFLAGS", (), ""),
    "escaped": ("#cgo CFLAGS: -DA\\ B", "CFLAGS", ("-DA B",), ""),
    "bad_verb": ("#cgo CFLAG: -O2", "CFLAG", ("-O2",), "invalid #cgo verb: #cgo CFLAG: -O2"),
    "case": ("#cgo ldflags: -lm", "ldflags", ("-lm",), "invalid #cgo verb: #cgo ldflags: -lm"),
    "no_colon": ("#cgo LDFLAGS -lm", "-lm", (), "invalid #cgo line: #cgo LDFLAGS -lm"),
    "no_verb": ("#cgo : -lm", "", (), "invalid #cgo line: #cgo : -lm"),
    "unclosed": ('#cgo CFLAGS: "-DA', "CFLAGS", ("-DA",), 'invalid #cgo line: #cgo CFLAGS: "-DA'),
    "backtick": ("#cgo CFLAGS: `x`", "CFLAGS", ("`x`",), "malformed #cgo argument: `x`"),
    "empty_argument": ('#cgo CFLAGS: ""', "CFLAGS", ("",), "malformed #cgo argument: "),
    "noescape": ("#cgo noescape f", "noescape", ("f",), ""),
    "noescape_two": ("#cgo noescape f g", "g", (), "invalid #cgo line: #cgo noescape f g"),
}
FLAGS = {"CFLAGS": "CgoCFLAGS", "LDFLAGS": "CgoLDFLAGS"}


@pytest.fixture(scope="module")
def go_list(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, object]]]:
    """Case -> what `go list` says of a package with that one #cgo line."""
    folder = tmp_path_factory.mktemp("directives")
    sources = {
        f"{name}/a.go": f'package p\n\n// {text}\nimport "C"\n'.encode() for name, (text, _, _, _) in DIRECTIVES.items()
    }
    write_package(folder, sources)
    result = run([str(go_binary()), "list", "-e", "-json=ImportPath,CgoCFLAGS,CgoLDFLAGS,Error", "./..."], folder)
    decoder, found, position = json.JSONDecoder(), {}, 0
    while position < len(result.output.rstrip()):
        value, position = decoder.raw_decode(result.output, position)
        found[value["ImportPath"].rpartition("/")[2]] = value
        position += len(result.output[position:]) - len(result.output[position:].lstrip())
    return folder, found


@pytest.mark.parametrize("name", DIRECTIVES)
def test_directives_agree_with_go_list(name: str, go_list: tuple[Path, dict[str, dict[str, object]]]) -> None:
    text, verb, arguments, error = DIRECTIVES[name]
    data = with_package(f'// {text}\nimport "C"\n'.encode())
    file = go_file(data)
    assert file.preamble is not None
    (directive,) = file.preamble.directives
    assert (directive.verb, directive.arguments, directive.error) == (verb, arguments, error)
    span = directive.span.shift(file.preamble_base)
    assert data[span.start : span.end].decode() == directive.text == text
    folder, listed = go_list
    go = listed[name]
    if error:
        assert isinstance(go["Error"], dict)
        assert error in str(go["Error"]["Err"])
    else:
        assert "Error" not in go
        expanded = [argument.replace("${SRCDIR}", f"{folder}/{name}") for argument in arguments]
        if verb in FLAGS:
            assert go.get(FLAGS[verb], []) == expanded


def test_constraints_are_kept_not_weighed() -> None:
    directive = parse_directive("#cgo linux,amd64 darwin LDFLAGS: -lm", Span(0, 36))
    assert directive.constraints == ("linux,amd64", "darwin")
    assert directive.verb == "LDFLAGS"


def test_directives_in_a_block_and_behind_go_directives() -> None:
    data = with_package(b'/* #cgo CFLAGS: -DA */\n//go:build #cgo CFLAGS: -DB\n// #cgo CFLAGS: -DC\nimport "C"\n')
    file = go_file(data)
    assert file.preamble is not None
    assert [d.arguments for d in file.preamble.directives] == [("-DA",), ("-DC",)]


def test_include_behind_a_block_comment_is_lost() -> None:
    """cgo joins the two without a newline, so the second include stands on the first one's line."""
    file = go_file(with_package(b'/* #include <stdio.h> */\n// #include <string.h>\nimport "C"\n'))
    assert file.preamble is not None
    assert [include.name for include in file.preamble.includes] == ["stdio.h"]
    assert file.c_unit is not None
    assert [include.name for include in file.c_unit.includes] == ["stdio.h"]


def test_split_quoted() -> None:
    assert split_quoted('a b:"c d" \'e\'\'f\'  "g\\""') == (("a", "b:c d", "ef", 'g"'), True)
    assert split_quoted("a\\") == (("a",), False)


def test_digest_depends_on_the_layout() -> None:
    first = build_preamble(b"// int f;\n", [Span(0, 9)])
    second = build_preamble(b"//  int f;\n", [Span(0, 10)])
    moved = build_preamble(b"xx\n// int f;\n", [Span(3, 12)])
    assert first.digest != second.digest
    assert first.digest == moved.digest


def test_no_comment_at_all() -> None:
    preamble = build_preamble(b'import "C"\n', [])
    assert (preamble.text, preamble.segments, preamble.includes) == (b"", (), ())
    assert preamble.to_text(3) is None
