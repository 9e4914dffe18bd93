"""The rules about symbols against the compiler, the linker, nm and running programs: the pages' examples, and what fixes make of them."""

from __future__ import annotations

from pathlib import Path

from cgo_ls.rules.registry import BY_NAME
from cgo_ls.workspace.disk import DiskFiles
from cgo_ls.workspace.session import Session
from tests.contracts.test_rules import explanation_of
from tests.oracles.symbol_programs import exports_only
from tests.support.checker import applied_fixes
from tests.support.go_toolchain import go_build, go_root, write_package
from tests.support.markdown_rule import read_explanation


def test_each_way_out_of_a_hidden_export_shows_it(tmp_path: Path) -> None:
    """Both alternatives bring the function into `nm -D`."""
    page = read_explanation(explanation_of(BY_NAME["hidden-export"]))
    files = {name: text.encode() for name, text in page.under("Example")[0].files.items()}
    ways = applied_fixes(files, "hidden-export")
    assert [way.fix.applicability for way in ways] == ["safe", "unsafe"]
    for number, way in enumerate(ways):
        assert exports_only("GoApi")(write_package(tmp_path / str(number), way.files)) == "", way.fix.title


def test_two_packages_with_one_constructor_cannot_be_linked(tmp_path: Path) -> None:
    """Until the fix has been applied to one of them."""
    page = read_explanation(explanation_of(BY_NAME["external-constructor"]))
    wrong = (
        page.under("Example")[0].files["main.go"].replace("package main", "package part").replace("func main() {}", "")
    )
    (way,) = applied_fixes({"part.go": wrong.encode()}, "external-constructor")
    assert way.fix.applicability == "safe"
    program = 'package main\n\nimport (\n\t_ "x/one"\n\t_ "x/two"\n)\n\nfunc main() {}\n'
    for fixed in (False, True):
        one = way.files["part.go"] if fixed else wrong.encode()
        files = {"main.go": program, "one/part.go": one, "two/part.go": wrong, "go.mod": "module x\n\ngo 1.24\n"}
        built = go_build(write_package(tmp_path / str(fixed), files))
        assert built.ok == fixed, built.output
        assert fixed or "multiple definition of `init'" in built.output


# What the rules say of cgo's own tests, each read: programs that are wrong on purpose.
REVIEWED = {
    ("testerrors/testdata/issue18452.go", "undeclared-c-function"),
    ("testerrors/testdata/issue18889.go", "pseudo-function-value"),
    ("testerrors/testdata/issue33061.go", "duplicate-definition"),  # two programs in one folder, which are built apart
    ("testerrors/testdata/issue67699b.go", "inconsistent-c-name"),
    ("testout/testdata/comments.go", "export-preamble-definition"),  # only looked at by cgo; the link fails
}


def test_silent_on_the_code_of_go_itself() -> None:
    source = go_root() / "src"
    tests = source / "cmd" / "cgo" / "internal"
    folders = {path.parent for path in tests.rglob("*.go")}
    folders |= {source / name for name in ("net", "os/user", "runtime/cgo", "plugin", "internal/testpty")}
    checked, found = 0, set()
    for folder in sorted(folders):
        if not any(b'import "C"' in path.read_bytes() for path in folder.glob("*.go")):
            continue
        checked += 1
        snapshot = Session(DiskFiles((str(folder),)), root=str(folder)).snapshot()
        for diagnostic in snapshot.diagnostics_of_folder(str(folder)):
            if diagnostic.family == "symbols":
                found.add((Path(diagnostic.path).relative_to(tests).as_posix(), diagnostic.rule))
    assert checked >= 60, checked
    assert found <= REVIEWED, found - REVIEWED
