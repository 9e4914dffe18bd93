"""Which system's build a file is part of, by its constraint."""

from __future__ import annotations

import pytest

from cgo_ls.model.build_context import is_built


@pytest.mark.parametrize(
    ("constraint", "linux", "darwin", "darwin_without_cgo"),
    [
        (None, True, True, True),
        ("!linux", False, True, True),
        ("linux && (a || amd64)", True, False, False),
        ("+build linux darwin && +build cgo", True, True, False),
        ("+build !linux,cgo && amd64", False, True, False),
        ("+build !windows && windows", False, False, False),
        ("! linux || windows", False, True, True),
        ("unix && go1.20 && !gccgo", True, True, True),
        ("mytag", None, None, None),
        ("mytag && linux", None, False, False),
        ("mytag || linux", True, None, None),
        ("((((", None, None, None),
        ("a b", None, None, None),
        ("(" * 40_000, None, None, None),
        ("!" * 1_500 + "linux", True, False, False),
    ],
)
def test_a_constraint_is_answered_or_unknown(
    constraint: str | None, linux: bool | None, darwin: bool | None, darwin_without_cgo: bool | None
) -> None:
    verdicts = (
        is_built(constraint, "linux"),
        is_built(constraint, "darwin"),
        is_built(constraint, "darwin", cgo=False),
    )
    assert verdicts == (linux, darwin, darwin_without_cgo)
