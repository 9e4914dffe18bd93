"""`explain`, `rules`, `dump`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgo_ls.rules.registry import RULES
from tests.cli.support import LEAK, Here, write


@pytest.mark.parametrize("name", [*(rule.name for rule in RULES), "unused-suppression"])
def test_explain_prints_the_page(name: str, here: Here) -> None:
    run = here("explain", name)
    assert (run.code, run.err) == (0, "")
    assert run.text.startswith(f"# {name}\n")
    assert "## Silencing" in run.text


def test_rules_lists_every_rule(here: Here) -> None:
    listed = json.loads(here("rules", "--format", "json").out)
    assert [entry["name"] for entry in listed] == [rule.name for rule in RULES]
    assert all(entry["summary"].endswith(".") for entry in listed)
    lines = here("rules").text.splitlines()
    assert [line.split()[:3] for line in lines] == [
        [rule.name, rule.family, rule.severity if rule.enabled else "off"] for rule in RULES
    ]


@pytest.mark.parametrize("what", ["tree", "cfg", "states", "summary"])
def test_dump(what: str, tmp_path: Path, here: Here) -> None:
    write(tmp_path, {"go.mod": "module m\n", "a.go": LEAK + "\nfunc other() { C.hello(nil) }\n"})
    whole = here("dump", what, "a.go", cwd=tmp_path)
    assert (whole.code, whole.err) == (0, "")
    one = here("dump", what, "a.go", "--function", "greet", cwd=tmp_path)
    assert one.code == 0
    assert 0 < len(one.out) < len(whole.out)
    absent = here("dump", what, "a.go", "--function", "gret", cwd=tmp_path)
    assert (absent.code, absent.out) == (2, b"")
    assert "gret" in absent.err
