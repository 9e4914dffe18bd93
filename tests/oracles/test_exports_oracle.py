"""The export, preamble and type rules against cgo, gcc, the linker, and programs that C calls into."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cgo_ls.rules.exports.parts.c_words import is_c_keyword, is_common_macro
from cgo_ls.rules.exports.parts.export_lines import exported_functions
from cgo_ls.rules.exports.parts.generated_prototype import generated_prototype
from cgo_ls.rules.registry import RULES
from cgo_ls.rules.rule import Rule
from tests.contracts.test_rules import encoded, explanation_of
from tests.support.checker import ROOT, check_files, fix_rule, session_of
from tests.support.go_toolchain import go_binary, go_build, go_run, run, write_package
from tests.support.markdown_rule import read_explanation

OURS = [
    rule
    for rule in RULES
    if rule.family in ("exports", "types") or (rule.module.startswith("cgo_ls.rules.preamble") and rule.since == "0.2")
]
# What these rules report builds all the same: that it does, and what then happens, is shown by tests of their own.
BUILDS = {"export-result-pointer", "never-built-cgo-file", "cgo-directive-outside-preamble", "contradicting-visibility"}
# Their examples show more than the fixes can mend, and are refused for the rest of it.
PARTLY = {
    "c-argument-type",
    "c-type-words",
    "unknown-c-field",
    "joined-comments",
    "cgo-flag-not-allowed",
    "broken-preamble",
}

HEAD = 'package main\n\n{preamble}import "C"\n\n{imports}'


def rules_said(files: dict[str, str]) -> set[str]:
    return {found.rule for found in check_files({name: text.encode() for name, text in files.items()})}


def program(declarations: str, preamble: str = "", imports: str = "") -> str:
    comment = "".join(f"// {line}\n" for line in preamble.splitlines())
    return HEAD.format(preamble=comment, imports=imports) + declarations + "\nfunc main() {}\n"


@pytest.mark.parametrize(
    "rule", [rule for rule in OURS if rule.fixable and rule.name not in BUILDS | PARTLY], ids=lambda rule: rule.name
)
def test_the_toolchain_takes_what_the_fix_makes_of_the_example(rule: Rule, tmp_path: Path) -> None:
    for number, block in enumerate(read_explanation(explanation_of(rule)).under("Example")):
        before = encoded(block)
        after = fix_rule(before, rule.name)
        assert after != before
        built = go_build(write_package(tmp_path / str(number), after))
        assert built.ok, built.output


# --- signatures: cgo's verdict on each type, as a parameter, a result and a receiver ---

TYPES = [
    "int", "bool", "string", "error", "any", "uintptr", "[]byte", "[]T", "map[string]int", "chan int", "<-chan int", "func(int) error",
    "interface{ M() }", "*int", "**int", "unsafe.Pointer", "*unsafe.Pointer", "C.int", "*C.char", "C.pair", "*C.struct_pair", "N", "*N",
    "I", "F", "S", "[4]int", "*[4]int", "struct{ a int }", "T", "*T", "**T", "A", "*A", "time.Duration", "*time.Duration", "G[int]",
    "*G[int]", "(int)", "Elsewhere", "complex128", "rune", "D",
]  # fmt: skip
DECLARED = """
type T struct{ a int }
type N int
type I interface{ M() }
type F func(int)
type S []int
type A [4]int
type D = time.Duration
type G[X any] struct{ x X }

var _ unsafe.Pointer
"""
PAIR = "typedef struct pair { int a, b; } pair;"
IMPORTS = 'import (\n\t"time"\n\t"unsafe"\n)\n'


@pytest.mark.parametrize("position", ["parameter", "result"])
@pytest.mark.parametrize("go_type", TYPES)
def test_cgo_refuses_the_types_that_the_rule_refuses(go_type: str, position: str, tmp_path: Path) -> None:
    signature = f"(x {go_type})" if position == "parameter" else f"() (x {go_type})"
    body = "{ return }" if position == "result" else "{}"
    files = {
        "main.go": program(f"{DECLARED}\n//export Exported\nfunc Exported{signature} {body}\n", PAIR, IMPORTS),
        "elsewhere.go": "package main\n\ntype Elsewhere int\n",
    }
    folder = write_package(tmp_path, files)
    built = run([str(go_binary()), "tool", "cgo", "-objdir", str(folder / "obj"), "main.go"], folder)
    refused = "not supported in export" in built.output or "unrecognized Go type" in built.output
    assert built.ok or refused, built.output
    assert ("export-signature" in rules_said(files)) == refused, built.output


@pytest.mark.parametrize(
    "method",
    [
        "(r N) M()",
        "(r N) M(x int)",
        "(r *N) M(x int)",
        "(r T) M(x int)",
        "(r *T) M(x int)",
        "(r S) M(x int) int",
        "(N) M(int)",
    ],
)
def test_methods_are_exported_as_cgo_does(method: str, tmp_path: Path) -> None:
    body = "{ return 1 }" if method.endswith("int") else "{}"
    text = program(f"type N int\n\ntype T struct{{ a int }}\n\ntype S []int\n\n//export M\nfunc {method} {body}\n")
    built = go_build(write_package(tmp_path, {"main.go": text}))
    assert ("export-signature" in rules_said({"main.go": text})) != built.ok, built.output


# --- names ---

NAMES = [
    "long", "register", "double", "inline", "restrict", "asm", "typeof", "linux", "unix", "NULL", "EXIT_FAILURE", "_Bool", "_Atomic",
    "class", "new", "this", "printf", "value", "x", "recv", "r", "size", "main", "argc", "ok", "C",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_gcc_refuses_the_parameter_names_that_the_rule_refuses(name: str, tmp_path: Path) -> None:
    text = program(f"//export F\nfunc F({name} int32, other int32) {{}}\n")
    built = go_build(write_package(tmp_path, {"main.go": text}))
    assert ("export-parameter-name" in rules_said({"main.go": text})) != built.ok, built.output


def test_the_words_of_c_are_refused_as_parameters(tmp_path: Path) -> None:
    """All in one package: gcc must name each of the functions in an error."""
    from cgo_ls.rules.exports.parts import c_words

    words = sorted(word for word in (*c_words._KEYWORDS, *c_words._MACROS) if word.isidentifier())
    go_words = {
        "break",
        "case",
        "const",
        "continue",
        "default",
        "else",
        "for",
        "goto",
        "if",
        "return",
        "struct",
        "switch",
    }
    for word in (word for word in words if word not in go_words):
        assert is_c_keyword(word) or is_common_macro(word)
    sample = [word for word in words if word not in go_words][::4]
    for word in sample:
        text = program(f"//export F\nfunc F({word} int32, other int32) {{}}\n")
        built = go_build(write_package(tmp_path / word, {"main.go": text}))
        assert not built.ok, f"{word} is fine as the name of a parameter"


def test_a_parameter_named_errno_loses_its_value(tmp_path: Path) -> None:
    files = {
        "main.go": 'package main\n\n// #include <errno.h>\n// int call(void);\nimport "C"\n\n//export F\nfunc F(errno C.int) C.int { '
        "return errno }\n\nfunc main() { println(C.call()) }\n",
        "call.c": "#include <errno.h>\nint F(int);\nint call(void) { return F(5); }\n",
    }
    assert "export-parameter-name" in rules_said(files)
    ran = go_run(write_package(tmp_path / "wrong", files))
    assert ran.output.strip() != "5"
    after = {
        name: data.decode()
        for name, data in fix_rule({n: t.encode() for n, t in files.items()}, "export-parameter-name").items()
    }
    ran = go_run(write_package(tmp_path / "right", after))
    assert ran.output.strip() == "5"


# --- prototypes ---

SIGNATURES = [
    "(a, b int) int", "(s string) bool", "(p *C.char, n C.size_t) unsafe.Pointer", "(x float64, y complex64) rune", "(b []byte) error",
    "(m map[string]int, c chan int, f func())", "() (int, string)", "(n N, p **C.int) uintptr", "(x C.pair, y *C.struct_pair) C.pair",
    "(a byte, b int8, c uint16, d int64, e uint)", "(v any) interface{ M() }", "(größe int32)",
]  # fmt: skip


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_generated_prototype_is_the_one_cgo_writes(signature: str, tmp_path: Path) -> None:
    """Word for word as in _cgo_export.h; and its plain form is taken by gcc beside it."""
    results = signature[signature.find(")") + 1 :].strip()
    body = "{ panic(1) }" if results else "{}"
    imports = 'import "unsafe"\n\nvar _ unsafe.Pointer\n\ntype N int\n\n'
    text = program(f"//export F\nfunc F{signature} {body}\n", PAIR, imports)
    folder = write_package(tmp_path / "one", {"main.go": text})
    made = run([str(go_binary()), "tool", "cgo", "-objdir", str(folder / "obj"), "main.go"], folder)
    assert made.ok, made.output
    header = (folder / "obj" / "_cgo_export.h").read_text(encoding="utf-8")
    written = re.search(r"^(extern .*? F\(.*\));$", header, re.MULTILINE)
    assert written is not None
    package = session_of({"main.go": text.encode()}).snapshot().package(ROOT).package
    (exported,) = exported_functions(package.files[0])
    generated = generated_prototype(exported, package)
    assert generated is not None
    assert generated.shown().replace("struct pair", "pair") == written[1].replace("struct pair", "pair")
    plain = generated.plain()
    if plain is None or "_return" in plain or "struct Go" in plain:
        return
    again = program(f"//export F\nfunc F{signature} {body}\n", f"{PAIR}\nextern {plain};", imports)
    built = go_build(write_package(tmp_path / "two", {"main.go": again}))
    assert built.ok, built.output
    assert "export-prototype-conflict" not in rules_said({"main.go": again})


PROTOTYPES = [
    ("int F(int a)", "(a int) int"),
    ("long F(long a)", "(a int) int"),
    ("long long F(long long a)", "(a int) int"),
    ("long long int F(signed long long a)", "(a int) int"),
    ("void F(const char *s)", "(s *C.char)"),
    ("void F(char *const s)", "(s *C.char)"),
    ("void F(char s[])", "(s *C.char)"),
    ("_Bool F(void)", "() bool"),
    ("unsigned char F(void)", "() bool"),
    ("char F(void)", "() int8"),
    ("signed char F(void)", "() int8"),
    ("void F(unsigned x)", "(x C.uint)"),
    ("void F(short int x, unsigned short int y)", "(x C.short, y C.ushort)"),
    ("void F(void *p, void **q)", "(p unsafe.Pointer, q *unsafe.Pointer)"),
    ("void F(pair *p, struct pair q)", "(p *C.struct_pair, q C.pair)"),
    ("void F(struct pair *p)", "(p *C.int)"),
    ("void F()", "()"),
    ("void F(void)", "(a int)"),
    ("void F(int a, int b)", "(a C.int)"),
    ("callback F(callback f)", "(f C.callback) C.callback"),
    ("number F(text t)", "(t *C.char) C.int"),
    ("number F(text t)", "(t C.text) C.number"),
    ("void F(_GoString_ s)", "(s string)"),
    ("void F(char *s)", "(s string)"),
    ("unsigned long F(void)", "() uintptr"),
    ("float F(double x)", "(x float64) float32"),
    ("float F(float x)", "(x float64) float32"),
]
MORE = f"{PAIR}\ntypedef void (*callback)(int);\ntypedef char *text;\ntypedef int number;"


@pytest.mark.parametrize(("prototype", "signature"), PROTOTYPES, ids=[f"{one} {two}" for one, two in PROTOTYPES])
def test_gcc_refuses_the_prototypes_that_the_rule_refuses(prototype: str, signature: str, tmp_path: Path) -> None:
    body = "{ panic(1) }" if signature[signature.find(")") + 1 :].strip() else "{}"
    imports = 'import "unsafe"\n\nvar _ unsafe.Pointer\n\n'
    text = program(
        f"//export F\nfunc F{signature} {body}\n",
        f"{MORE}\nextern {prototype};",
        imports,
    )
    built = go_build(write_package(tmp_path, {"main.go": text}))
    assert ("export-prototype-conflict" in rules_said({"main.go": text})) != built.ok, built.output


def test_a_static_prototype_hides_the_function_from_the_linker(tmp_path: Path) -> None:
    preamble = "static int F(int a);\nstatic int call(void) { return F(1); }"
    text = program("//export F\nfunc F(a C.int) C.int { return a }\n\nfunc use() { C.call() }\n", preamble)
    built = go_build(write_package(tmp_path / "wrong", {"main.go": text}))
    assert "undefined reference" in built.output
    assert "export-prototype-conflict" in rules_said({"main.go": text})
    after = fix_rule({"main.go": text.encode()}, "export-prototype-conflict")
    assert go_build(write_package(tmp_path / "right", after)).ok


# --- results at run time ---

RESULTS = [
    ("string", 'strings.Repeat("ab", 10)', True),
    ("string", '"constant"', False),
    ("string", "C.GoString(C.word())", True),
    ("[]byte", "make([]byte, 4)", True),
    ("[]byte", "nil", False),
    ("map[string]int", "map[string]int{}", True),
    ("chan int", "make(chan int)", True),
    ("error", 'errors.New("x")', True),
    ("error", "nil", False),
    ("*int", "new(int)", True),
    ("*point", "&point{}", True),
    ("*C.char", "C.word()", False),
    ("unsafe.Pointer", "unsafe.Pointer(C.word())", False),
]


@pytest.mark.parametrize(("kind", "value", "panics"), RESULTS, ids=[f"{kind} {value}" for kind, value, _ in RESULTS])
def test_results_panic_where_the_rule_says_so(kind: str, value: str, panics: bool, tmp_path: Path) -> None:
    if kind == "*point":
        kind, value, declared = "*number", "new(number)", "type number int\n\n"
    else:
        declared = ""
    text = (
        'package main\n\n// void call(void);\n// static char *word(void) { return "word"; }\nimport "C"\n\n'
        'import (\n\t"errors"\n\t"strings"\n\t"unsafe"\n)\n\n'
        "var (\n\t_ = errors.New\n\t_ = strings.Repeat\n\t_ unsafe.Pointer\n)\n\n"
        f"{declared}//export F\nfunc F() {kind} {{ return {value} }}\n\nfunc main() {{ C.call() }}\n"
    )
    files = {"main.go": text, "call.c": '#include "_cgo_export.h"\nvoid call(void) { F(); }\n'}
    ran = go_run(write_package(tmp_path, files))
    assert ("unpinned Go" in ran.output) == panics, ran.output
    assert ("export-result-pointer" in rules_said(files)) == panics


def test_ignored_exports_are_not_in_the_library(tmp_path: Path) -> None:
    text = program(
        "// export Blank\nfunc Blank() {}\n\n//export\tTab\nfunc Tab() {}\n\n//export Gap\n\nfunc Gap() {}\n\n"
        "//export First\n//export Second\nfunc First() {}\n\n//export\nfunc Bare() {}\n\n//export Right\nfunc Right() {}\n"
    )
    folder = write_package(tmp_path / "before", {"main.go": text})
    built = run([str(go_binary()), "tool", "cgo", "-objdir", str(folder / "obj"), "main.go"], folder)
    assert built.ok, built.output
    header = (folder / "obj" / "_cgo_export.h").read_text(encoding="utf-8")
    assert set(re.findall(r"^extern void (\w+)\(", header, re.MULTILINE)) == {"First", "Right"}
    found = [each for each in check_files({"main.go": text.encode()}) if each.rule == "ignored-export"]
    assert len(found) == 5
    after = fix_rule({"main.go": text.encode()}, "ignored-export")
    folder = write_package(tmp_path / "after", after)
    built = run([str(go_binary()), "tool", "cgo", "-objdir", str(folder / "obj"), "main.go"], folder)
    header = (folder / "obj" / "_cgo_export.h").read_text(encoding="utf-8")
    names = set(re.findall(r"^extern void (\w+)\(", header, re.MULTILINE))
    assert names == {"Blank", "Tab", "Gap", "First", "Bare", "Right"}


PANIC = """package main

/*
#include <stdio.h>

extern int Half(int n);

static inline int locked_half(int n) {
	printf("lock ");
	fflush(stdout);
	int result = Half(n);
	printf("unlock ");
	fflush(stdout);
	return result;
}
*/
import "C"

//export Half
func Half(n C.int) C.int {
	if n%2 != 0 {
		BODY
	}
	return n / 2
}

func try() {
	defer func() { println("recovered:", recover() != nil) }()
	C.locked_half(3)
}

func main() { try() }
"""


@pytest.mark.parametrize(("body", "panics"), [('panic("an odd number")', True), ("return -1", False)])
def test_a_panic_passes_over_c_and_ends_a_c_program(body: str, panics: bool, tmp_path: Path) -> None:
    text = PANIC.replace("BODY", body)
    switched_on = 'version = 1\n\n[rules.severity]\npanic-crossing-c = "warning"\n'
    assert ("panic-crossing-c" in rules_said({"main.go": text, ".cgo-ls.toml": switched_on})) == panics
    ran = go_run(write_package(tmp_path / "go", {"main.go": text}))
    assert ("unlock" in ran.output, "recovered: true" in ran.output) == (not panics, panics), ran.output
    folder = write_package(tmp_path / "c", {"main.go": text})
    (tmp_path / "main.c").write_text('#include "half.h"\nint main(void) { return Half(3) == -1 ? 0 : 1; }\n')
    archive = tmp_path / "half.a"
    built = run([str(go_binary()), "build", "-buildmode=c-archive", "-o", str(archive), "."], folder)
    assert built.ok, built.output
    compiled = run(["gcc", "-o", "prog", "main.c", "half.a", "-lpthread"], tmp_path)
    assert compiled.ok, compiled.output
    assert run([str(tmp_path / "prog")], tmp_path).ok != panics


def test_a_prototype_in_another_file_misleads_c(tmp_path: Path) -> None:
    """The program builds and the function gets other values; with the fix it gets what C passes."""
    files = {
        "export.go": 'package main\n\nimport "C"\n\n//export Show\n'
        "func Show(level uint, scale float32) { println(level == 1, scale == 2) }\n",
        "main.go": 'package main\n\n// void call(void);\nimport "C"\n\nfunc main() { C.call() }\n',
        "call.c": "extern void Show(long long level, double scale);\nvoid call(void) { Show(1, 2); }\n",
    }
    assert rules_said(files) == {"export-prototype-conflict"}
    assert go_run(write_package(tmp_path / "wrong", files)).output.strip() == "true false"
    after = fix_rule({name: text.encode() for name, text in files.items()}, "export-prototype-conflict")
    assert go_run(write_package(tmp_path / "right", after)).output.strip() == "true true"
    agreeing = {**files, "call.c": files["call.c"].replace("long long", "unsigned long").replace("double", "float")}
    assert rules_said(agreeing) == set()
