"""A quick way to run the command: in this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cgo_ls.__main__ import main
from tests.cli.support import Run


@pytest.fixture
def here(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Like `support.cgo_ls`, without a process of its own."""

    def run(*arguments: str, cwd: Path | None = None) -> Run:
        if cwd is not None:
            monkeypatch.chdir(cwd)
        capfdbinary.readouterr()
        code = main([os.fspath(argument) for argument in arguments])
        captured = capfdbinary.readouterr()
        error = captured.err.decode("utf-8", "surrogateescape")
        assert "Traceback" not in error, error
        return Run(code, captured.out, error)

    return run
