"""The errno, symbol and preamble rules speak where the toolchain refuses; once their fixes leave nothing to say, it must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.checker import check_files, fix_everything, read_files
from tests.support.fixtures import Case, cases
from tests.support.go_toolchain import go_build, go_vet, write_package

FAMILIES = ("errno", "symbols", "preamble")


def fixable() -> list[tuple[Case, dict[str, bytes]]]:
    """The cases that all fixes together leave without a finding, and their files after that."""
    found = []
    for case in cases():
        before = read_files(case.directory)
        if case.family in FAMILIES and check_files(before):
            after = dict(fix_everything(before)[0])
            if not check_files(after):
                found.append((case, after))
    return found


FIXABLE = fixable()


def test_most_cases_can_be_fixed() -> None:
    assert len(FIXABLE) >= 18, [case.id for case, _ in FIXABLE]


@pytest.mark.parametrize(("case", "files"), [pytest.param(*pair, id=pair[0].id) for pair in FIXABLE])
def test_what_is_fixed_builds(case: Case, files: dict[str, bytes], tmp_path: Path) -> None:
    package = write_package(tmp_path, files)
    built = go_build(package)
    assert built.ok, f"{built.output}\n{files['main.go'].decode()}" if "main.go" in files else built.output
    vetted = go_vet(package)
    assert vetted.ok, vetted.output
