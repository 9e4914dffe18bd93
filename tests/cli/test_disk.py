"""The real FileSystem: regular files, of a size, inside of the roots; and writing in one step."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cgo_ls.workspace.disk import C_LIMIT, GO_LIMIT, DiskFiles, replace_file
from tests.cli.support import write


def test_reads_regular_files_only(tmp_path: Path) -> None:
    write(tmp_path, {"a.go": "package a\n", "d/x": ""})
    os.mkfifo(tmp_path / "fifo.h")
    os.symlink("/dev/zero", tmp_path / "zero.h")
    os.symlink("loop.h", tmp_path / "loop.h")
    files = DiskFiles()
    assert files.read(str(tmp_path / "a.go")) == b"package a\n"
    for name in ("fifo.h", "zero.h", "loop.h", "absent.h", "d", "a\0b", "\ud800", "n" * 5000):
        assert files.read(f"{tmp_path}/{name}") is None
        assert files.fingerprint(f"{tmp_path}/{name}") is None
    assert files.list_directory(str(tmp_path)) == ("a.go",)
    assert files.list_directory(str(tmp_path / "absent")) == ()


@pytest.mark.parametrize(("name", "limit"), [("a.go", GO_LIMIT), ("a.h", C_LIMIT), ("A.C", C_LIMIT)])
def test_size_caps(name: str, limit: int, tmp_path: Path) -> None:
    path = tmp_path / name
    files = DiskFiles()
    for size, readable in ((limit, True), (limit + 1, False)):
        path.touch()
        os.truncate(path, size)
        assert (files.read(str(path)) is not None) is readable
        assert (files.fingerprint(str(path)) is not None) is readable


def test_nothing_outside_of_the_roots(tmp_path: Path) -> None:
    write(tmp_path, {"in/a.h": "a", "out/b.h": "b", "in2/c.h": "c"})
    os.symlink("../out/b.h", tmp_path / "in" / "link.h")
    os.symlink("../out", tmp_path / "in" / "folder")
    files = DiskFiles((str(tmp_path / "in"),))
    assert files.read(str(tmp_path / "in/a.h")) == b"a"
    for name in ("in/link.h", "in/folder/b.h", "in/../out/b.h", "out/b.h", "in2/c.h"):
        assert files.read(f"{tmp_path}/{name}") is None
        assert files.fingerprint(f"{tmp_path}/{name}") is None
    assert files.list_directory(str(tmp_path / "in/folder")) == ()


def test_fingerprint_tells_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a.h"
    path.write_text("one")
    before = DiskFiles().fingerprint(str(path))
    path.write_text("other")
    assert before is not None and before != DiskFiles().fingerprint(str(path))


def test_replace_keeps_mode_and_symlink(tmp_path: Path) -> None:
    write(tmp_path, {"real.go": "old"})
    os.chmod(tmp_path / "real.go", 0o640)
    os.symlink("real.go", tmp_path / "link.go")
    assert replace_file(str(tmp_path / "link.go"), b"old", b"new") is None
    assert (tmp_path / "real.go").read_bytes() == b"new"
    assert stat.S_IMODE(os.stat(tmp_path / "real.go").st_mode) == 0o640
    assert (tmp_path / "link.go").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link.go", "real.go"], "no temporary file stays"


def test_replace_refuses_what_changed_meanwhile(tmp_path: Path) -> None:
    write(tmp_path, {"a.go": "mine"})
    assert replace_file(str(tmp_path / "a.go"), b"old", b"new") == "changed while it was being fixed"
    assert (tmp_path / "a.go").read_bytes() == b"mine"
    assert replace_file(str(tmp_path / "gone.go"), b"", b"new") == "no such file or directory"
    assert os.listdir(tmp_path) == ["a.go"]
