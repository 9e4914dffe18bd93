"""What every test may ask for. Missing tools are errors that say what to install, never skips."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.support.oracle")

from tests.support.go_toolchain import go_root  # noqa: E402 - after the call above

os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).parents[1] / ".cache" / "hypothesis"))


@pytest.fixture(scope="session")
def goroot() -> Path:
    """GOROOT of the pinned Go; the session fails here, with the command that installs it, when it is absent."""
    return go_root()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parents[1]
