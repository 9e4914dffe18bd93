"""The README shows what the tool really prints, and its table is the rules'."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cgo_ls.rules.registry import BY_NAME
from cgo_ls.workspace.config import parse_config
from tests.cli.support import Here, write
from tests.support.go_toolchain import go_build, go_vet, is_gofmt_clean

README = Path(__file__).parents[2] / "README.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [match[2] for match in FENCE.finditer(README.read_text(encoding="utf-8")) if match[1] == language]


def test_the_demonstration_is_real(tmp_path: Path, here: Here) -> None:
    code = blocks("go")[0]
    assert is_gofmt_clean(code.encode())
    write(tmp_path, {"go.mod": "module example.com/greet\n\ngo 1.24\n", "greet.go": code})
    assert go_build(tmp_path).ok
    assert go_vet(tmp_path).ok
    sessions = blocks("console")
    assert len(sessions) == 2
    for session in sessions:
        command, _, output = session.partition("\n")
        run = here(*command.removeprefix("$ cgo-ls ").split(), cwd=tmp_path)
        assert run.text + run.err == output


def test_the_settings_are_right() -> None:
    (text,) = blocks("toml")
    loaded = parse_config("/m/.cgo-ls.toml", text.encode(), BY_NAME)
    assert loaded.errors == ()
    assert loaded.config.functions["thing_new"].result.owned == "thing_free"


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE"])
def test_what_it_links_to_is_there(name: str) -> None:
    assert (README.parent / name).exists()
