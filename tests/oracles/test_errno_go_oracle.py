"""The Go-side errno rules against programs that are run: what each bad form loses, and that the fix loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgo_ls.data.errno_numbers import SYSTEMS, numbers
from tests.support.go_toolchain import go_root, require, run

# Where Go keeps the numbers of each system of the table.
TABLES = {
    "linux": ("linux_amd64", "linux_386", "linux_arm", "linux_arm64", "linux_riscv64", "linux_s390x", "linux_ppc64le"),
    "linux/mips": ("linux_mips", "linux_mipsle", "linux_mips64", "linux_mips64le"),
    "darwin": ("darwin_amd64", "darwin_arm64"),
    "freebsd": ("freebsd_amd64", "freebsd_arm64"),
    "netbsd": ("netbsd_amd64", "netbsd_arm64"),
    "openbsd": ("openbsd_amd64", "openbsd_arm64"),
    "solaris": ("solaris_amd64",),
    "aix": ("aix_ppc64",),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_error_numbers_are_those_of_package_syscall(system: str) -> None:
    import re

    for port in TABLES[system]:
        text = (go_root() / "src" / "syscall" / f"zerrors_{port}.go").read_text(encoding="utf-8")
        pairs = re.findall(r"^\s*(E\w+)\s*=\s*Errno\((0x[0-9a-f]+|\d+)\)", text, re.M)
        theirs = {name: int(value, 0) for name, value in pairs}
        assert len(theirs) > 60
        shared = theirs.keys() & numbers()[system].keys()
        assert len(shared) > 60
        assert {name: theirs[name] for name in shared} == {name: numbers()[system][name] for name in shared}, port


def test_a_bare_number_is_another_error_elsewhere(tmp_path: Path) -> None:
    """gcc's own headers: 11 is EAGAIN here, as the message of bare-errno-number says."""
    source = tmp_path / "names.c"
    source.write_text(
        '#include <errno.h>\n#include <stdio.h>\nint main(void) { printf("%d %d\\n", EAGAIN, EDEADLK); }\n'
    )
    built = run([require("gcc", "gcc libc6-dev"), "-o", str(tmp_path / "names"), str(source)], tmp_path)
    assert built.ok, built.output
    printed = run([str(tmp_path / "names")], tmp_path).output.split()
    assert printed == [str(numbers()["linux"]["EAGAIN"]), str(numbers()["linux"]["EDEADLK"])]
    assert numbers()["darwin"]["EAGAIN"] == 35 and numbers()["darwin"]["EDEADLK"] == 11


@pytest.mark.parametrize("package", ["net", "os/user", "runtime/cgo", "cmd/cgo/internal/test"])
def test_nothing_is_said_of_gos_own_code(package: str) -> None:
    from tests.support.checker import check_directory

    found = [each for each in check_directory(go_root() / "src" / package) if each.family in ("errno", "threads")]
    assert not found, [f"{each.path}: {each.rule}: {each.message}" for each in found]
