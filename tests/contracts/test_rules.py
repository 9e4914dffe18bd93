"""The reviewer of rules: form, examples, fixes. A rule that passes here is complete."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from cgo_ls.rules import registry
from cgo_ls.rules.rule import FAMILIES, Rule
from tests.support.checker import (
    AppliedFix,
    Files,
    applied_fixes,
    check_files,
    fix_everything,
    found_of,
    read_files,
    tally,
)
from tests.support.fixtures import cases
from tests.support.go_toolchain import go_build, gofmt, is_gofmt_clean, write_package
from tests.support.libraries import with_libraries
from tests.support.markdown_rule import Block, read_explanation
from tests.support.wants import compare, parse_expectations
from tools.rule_table import RULES_PAGE, render_page

RULES = registry.RULES
BOM = b"\xef\xbb\xbf"
# The real toolchain refuses the Example of these: that is the bug.
REFUSED = {
    "broken-preamble",
    "errno-direct",
    "static-c-function",
    "static-symbol-value",
    "export-preamble-definition",
    "uncallable-macro",
    "variadic-c-function",
    "go-keyword-name",
    "pseudo-function-value",
    "duplicate-definition",
    "undeclared-c-function",
    "undefined-symbol",
    "missing-extern-c",
    "hidden-in-shared-library",
    "ignored-c-file",
    "orphaned-preamble",
    "missing-include",
    "no-two-value-form",
    "ignored-export",
    "export-name",
    "export-signature",
    "export-prototype-conflict",
    "export-header-in-preamble",
    "undeclared-export",
    "duplicate-export",
    "export-parameter-name",
    "go-func-as-callback",
    "cgo-flag-not-allowed",
    "cgo-in-test-file",
    "suspicious-cgo-flag",
    "malformed-cgo-directive",
    "unmatched-noescape",
    "renamed-c-import",
    "missing-c-import",
    "joined-comments",
    "unknown-c-name",
    "ignored-cgo-constraint",
    "c-argument-type",
    "c-argument-count",
    "c-result-type",
    "c-name-kind",
    "unknown-c-field",
    "incomplete-c-type",
    "opaque-c-struct",
    "c-condition",
    "c-pointer-index",
    "c-null",
    "c-type-words",
    "mangled-c-name",
    "embedded-c-type",
    "method-on-c-type",
    "unsupported-c-type",
    "duplicate-c-case",
    "inconsistent-c-type",
}


def source(rule: Rule) -> Path:
    """The module of the rule."""
    spec = importlib.util.find_spec(rule.module)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin)


def explanation_of(rule: Rule) -> Path:
    return source(rule).with_suffix(".md")


def encoded(block: Block) -> dict[str, bytes]:
    return with_libraries({name: text.encode() for name, text in block.files.items()})


def blocks() -> list[tuple[str, Block]]:
    """The runnable blocks of every rule, with an id; a page that is not there yet is reported by test_form."""
    pages = [(rule.name, explanation_of(rule)) for rule in RULES]
    return [
        (f"{name}:{block.heading}:{block.line}", block)
        for name, path in pages
        if path.exists()
        for block in read_explanation(path).blocks
    ]


def samples() -> list[tuple[str, Files]]:
    """Every package a fix may be tried on: the examples of the pages and the fixtures."""
    examples: list[tuple[str, Files]] = [(name, encoded(block)) for name, block in blocks()]
    return examples + [(case.id, read_files(case.directory)) for case in cases()]


BLOCKS = blocks()
# What these show is a syntax error: that is the bug.
NOT_GO = [
    block
    for name, block in BLOCKS
    if name.startswith(("go-keyword-name:Example:", "c-type-words:Example:", "c-type-words:Limits:"))
]
SAMPLES = samples()


def by_id(pairs: list) -> list:
    return [pytest.param(value, id=name) for name, value in pairs]


def in_rules(test):
    return pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)(test)


def test_each_rule_is_listed_once() -> None:
    assert RULES, "no rule is listed"
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    folder = Path(registry.__file__).parent
    modules = {path for family in FAMILIES for path in (folder / family).glob("*.py") if path.stem != "__init__"}
    with_page = {path for path in modules if path.with_suffix(".md").exists()}
    assert with_page == {source(rule) for rule in RULES}, "a module with a page is a rule, and a rule is listed"


@in_rules
def test_form(rule: Rule) -> None:
    assert rule.family in FAMILIES
    assert source(rule).parent.name == rule.family
    assert source(rule).stem == rule.name.replace("-", "_")
    assert explanation_of(rule).exists(), f"{explanation_of(rule)} is missing"
    page = read_explanation(explanation_of(rule))
    assert page.name == rule.name
    assert not page.problems, "\n".join(page.problems)
    assert f"//cgols:ignore {rule.name}" in page.sections["Silencing"]
    assert page.under("Example"), "the example is a ```go block"
    assert page.under("Use instead"), "what to use instead is a ```go block"


@in_rules
def test_the_example_fires_and_its_replacement_is_silent(rule: Rule) -> None:
    page = read_explanation(explanation_of(rule))
    for block in page.under("Example"):
        assert rule.name in {found.rule for found in check_files(encoded(block))}
        assert any("// want" in text for text in block.files.values())
    for block in page.under("Use instead"):
        assert check_files(encoded(block)) == []


@pytest.mark.parametrize("block", by_id(BLOCKS))
def test_blocks_are_judged_as_their_comments_want(block: Block) -> None:
    expectations = [want for name, text in block.files.items() for want in parse_expectations(name, text)]
    problems = compare(expectations, found_of(check_files(encoded(block)), encoded(block)))
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("block", by_id(BLOCKS))
def test_blocks_are_gofmt_clean(block: Block) -> None:
    for name, data in encoded(block).items():
        if name.endswith(".go"):
            formatted = gofmt(data)
            assert formatted.output == data.decode() or block in NOT_GO, f"{name} at line {block.line}"


@in_rules
def test_the_toolchain_takes_what_the_page_recommends(rule: Rule, tmp_path: Path) -> None:
    page = read_explanation(explanation_of(rule))
    for number, block in enumerate(page.under("Use instead")):
        built = go_build(write_package(tmp_path / f"good{number}", encoded(block)))
        assert built.ok, built.output
    for number, block in enumerate(page.under("Example")):
        built = go_build(write_package(tmp_path / f"bad{number}", encoded(block)))
        assert built.ok == (rule.name not in REFUSED), built.output


def assert_still_go(applied: AppliedFix, before: Files) -> None:
    """Every changed Go file parses where it did, and is laid out by gofmt where it was."""
    for name, data in applied.files.items():
        if name.endswith(".go") and data != before[name]:
            if gofmt(before[name]).ok:
                assert gofmt(data).ok, f"{applied.fix.title}: {gofmt(data).output}\n{data.decode()}"
            if is_gofmt_clean(before[name]):
                assert is_gofmt_clean(data), f"{applied.fix.title}: not laid out by gofmt\n{data.decode()}"


@pytest.mark.parametrize("files", by_id(SAMPLES))
def test_a_fix_removes_its_finding_and_adds_none(files: Files) -> None:
    before = tally(check_files(files))
    for applied in applied_fixes(files):
        found = applied.diagnostic
        assert applied.files != files, f"{applied.fix.title} changes nothing"
        assert_still_go(applied, files)
        after = tally(check_files(applied.files))
        assert after[found.path, found.rule, found.function] < before[found.path, found.rule, found.function], (
            applied.fix.title
        )
        assert after <= before, f"{applied.fix.title} adds {after - before}"


@pytest.mark.parametrize("files", by_id(SAMPLES))
def test_fixing_everything_twice_is_fixing_it_once(files: Files) -> None:
    fixed, rounds = fix_everything(files)
    assert rounds <= 3, f"{rounds} rounds until nothing changed"
    assert fix_everything(fixed) == (fixed, 0)


def with_crlf(files: Files) -> dict[str, bytes]:
    return {name: data if b"\0" in data else data.replace(b"\n", b"\r\n") for name, data in files.items()}


def with_bom(files: Files) -> dict[str, bytes]:
    return {name: BOM + data if name.endswith(".go") else data for name, data in files.items()}


@pytest.mark.parametrize(
    "files", by_id([(name, files) for name, files in SAMPLES if not any(b"\r" in d for d in files.values())])
)
@pytest.mark.parametrize("disguise", [with_crlf, with_bom])
def test_a_fix_keeps_line_ends_and_bom(files: Files, disguise) -> None:
    plain = applied_fixes(files)
    disguised = applied_fixes(disguise(files))
    assert [a.fix.title for a in disguised] == [a.fix.title for a in plain]
    for one, other in zip(plain, disguised, strict=True):
        assert other.files == disguise(one.files), one.fix.title


@in_rules
def test_fixability_is_what_the_rule_says(rule: Rule) -> None:
    page = read_explanation(explanation_of(rule))
    offered = [fix for block in page.under("Example") for fix in applied_fixes(encoded(block), rule.name)]
    assert bool(offered) == rule.fixable


def test_the_page_of_rules_is_fresh() -> None:
    assert RULES_PAGE.read_text(encoding="utf-8") == render_page(), "run: python tools/rule_table.py --write"
