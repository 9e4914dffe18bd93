"""Finalizers, handles, pinners and pointers: the running program, the sanitizer or vet agrees with the rules and with their fixes."""

from __future__ import annotations

from pathlib import Path

from tests.oracles.lifetime_programs import CALLOC_FAILS, MALLOC_FAILS
from tests.support.checker import check_files
from tests.support.go_toolchain import go_run, write_package


def test_malloc_never_returns_nil(tmp_path: Path) -> None:
    """What dead-nil-check builds on: C.malloc ends the program where C.calloc returns nil."""
    ran = go_run(write_package(tmp_path / "malloc", MALLOC_FAILS))
    assert not ran.ok and "C malloc failed" in ran.output
    ran = go_run(write_package(tmp_path / "calloc", CALLOC_FAILS))
    assert ran.ok and ran.output.strip() == "true"
    for files, said in ((MALLOC_FAILS, True), (CALLOC_FAILS, False)):
        found = check_files({name: text.encode() for name, text in files.items()})
        assert any(one.rule == "dead-nil-check" for one in found) == said
