"""What rules and fixes owe to the version of Go: a module that asks for an older Go gets fixes that this Go builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.checker import check_files, fix_everything, read_files
from tests.support.fixtures import Case, cases
from tests.support.go_toolchain import go_build, write_package
from tests.support.older_go import VERSION, older_go_build

FAMILIES = ("memory", "pointers", "errno", "threads")
OLD_MODULE = b"module example.com/older\n\ngo 1.23\n"

ADD_CLEANUP = {
    "go.mod": OLD_MODULE,
    "main.go": """package main

import "runtime"

func main() {
	held := new(int)
	runtime.AddCleanup(held, func(int) {}, 1)
}
""",
}
NO_ESCAPE = {
    "go.mod": OLD_MODULE,
    "main.go": """package main

// #cgo noescape first
// static int first(int *values) { return *values; }
import "C"

func main() {
	value := C.int(1)
	println(C.first(&value))
}
""",
}


@pytest.mark.parametrize("files", [ADD_CLEANUP, NO_ESCAPE], ids=["AddCleanup", "noescape"])
def test_the_older_go_lacks_what_the_pinned_one_has(files: dict[str, str | bytes], tmp_path: Path) -> None:
    package = write_package(tmp_path, files)
    assert go_build(package).ok
    assert not older_go_build(package).ok, f"Go {VERSION} builds it: choose an older one"


def fixed() -> dict[str, dict[str, bytes]]:
    """The first case of each rule that fixes change, as a package of an older module, fixed: folder name -> files."""
    found: dict[str, dict[str, bytes]] = {}
    for case in cases():
        if case.family in FAMILIES and not case.broken and case.rule not in found:
            before = {"go.mod": OLD_MODULE, **read_files(case.directory)}
            if _is_plain(case, before) and check_files(before):
                after = dict(fix_everything(before)[0])
                if after != before:
                    del after["go.mod"]
                    found[case.rule] = after
    return found


def _is_plain(case: Case, files: dict[str, bytes]) -> bool:
    """One package, without settings of its own."""
    return not any("/" in name or name.startswith(".") for name in files) and not (case.directory / "go.mod").exists()


def test_fixes_are_built_by_the_go_the_module_asks_for(tmp_path: Path) -> None:
    packages = fixed()
    assert len(packages) >= 8, sorted(packages)
    write_package(tmp_path, {"go.mod": OLD_MODULE})
    for rule, files in packages.items():
        write_package(tmp_path, {f"{rule}/{name}": content for name, content in files.items()})
        (tmp_path / rule / "go.mod").unlink(missing_ok=True)
    built = older_go_build(tmp_path, "./...")
    assert built.ok, built.output
