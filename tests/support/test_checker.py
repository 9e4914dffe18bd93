"""The harness hears a rule that fails: what is silent because it broke must not pass for silent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cgo_ls.rules.finding import Finding
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.workspace import engine
from tests.support.checker import RuleFailed, check_files


@rule("always-fails", family="preamble", severity="error", scope="file", since="0.1.0")
def fails(context: FileContext) -> Iterator[Finding]:
    raise ValueError(f"broken on {context.file.path}")
    yield


def test_a_rule_that_raises_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FILE_RULES", engine.RuleSet((fails,)))
    with pytest.raises(RuleFailed, match="always-fails"):
        check_files({"main.go": b'package main\n\nimport "C"\n\nfunc main() {}\n'})
