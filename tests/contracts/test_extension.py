"""The VS Code extension says the same as the server: settings, version, and what is packed."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cgo_ls import __version__
from cgo_ls.rules.registry import RULES
from cgo_ls.workspace.settings import SETTINGS, read_settings
from tools.build_vsix import EXTENSION, LOCKED, PINS, PYTHONS, ROOT, TARGETS
from tools.extension_settings import render


def test_the_settings_are_the_servers_own() -> None:
    now = [(EXTENSION / name).read_text(encoding="utf-8") for name in ("package.json", "package.nls.json")]
    assert list(render(*now)) == now, "stale: run python tools/extension_settings.py --write"


def test_every_rule_can_be_set() -> None:
    manifest = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    levels = manifest["contributes"]["configuration"]["properties"]["cgo.rules"]["properties"]
    assert list(levels) == [rule.name for rule in RULES]


@pytest.mark.parametrize("value", [None, 1, "true", [], {"ownership": "true"}, {"ownership": 1}])
def test_what_is_of_the_wrong_type_is_not_set(value: object) -> None:
    groups = {"inlayHints": value, "codeLens": value, "semanticTokens": value}
    assert read_settings(groups) == read_settings({})
    assert read_settings({"rules": value}).severities == {}


def test_each_setting_can_be_turned_on_in_both_spellings() -> None:
    for name in [setting.name for setting in SETTINGS if setting.kind == "boolean"]:
        group, _, last = name.partition(".")
        assert read_settings({group: {last: True}}) == read_settings({name: True}) != read_settings({})


def test_the_bundle_holds_the_versions_that_the_server_asks_for() -> None:
    pins = dict(line.split("==") for line in PINS.read_text().splitlines() if "==" in line)
    constraints = dict(
        line.split("==") for line in (ROOT / "tools" / "constraints.txt").read_text().splitlines() if "==" in line
    )
    assert pins == {name: constraints[name] for name in pins}, "what is tested is what is packed"
    locked = re.findall(r"^(\S+)==(\S+) \\$", LOCKED.read_text(), re.MULTILINE)
    assert dict(locked) == pins, "stale: run python tools/build_vsix.py --lock"


def test_each_native_wheel_is_pinned_for_each_target_and_python() -> None:
    text = LOCKED.read_text()
    core = text[text.index("tree-sitter==") : text.index("tree-sitter-c==")].count("sha256:")
    assert core == sum(map(bool, TARGETS.values())) * len(PYTHONS)


def test_the_launcher_knows_the_same_pythons() -> None:
    source = (EXTENSION / "src" / "launch.ts").read_text(encoding="utf-8")
    listed = re.search(r"PYTHONS = \[([^\]]*)\]", source)
    assert listed
    assert sorted(re.findall(r"'([\d.]+)'", listed[1])) == sorted(PYTHONS)


def test_only_what_is_listed_is_packed() -> None:
    """An allow-list: everything is left out, then a few things are let in."""
    lines = (EXTENSION / ".vscodeignore").read_text().split()
    assert lines[0] == "**"
    assert all(line.startswith("!") for line in lines[1:])
    assert {line[1:].split("/")[0] for line in lines[1:]} == {
        "package.json", "package.nls.json", "README.md", "CHANGELOG.md", "LICENSE", "l10n", "out", "syntaxes", "images", "walkthrough",
        "bundled",
    }  # fmt: skip


def test_the_pictures_of_the_readme_are_there() -> None:
    for text in ((EXTENSION / "README.md").read_text(), (EXTENSION / "package.json").read_text()):
        for name in re.findall(r"images/[\w-]+\.png", text):
            assert (EXTENSION / name).stat().st_size > 1000


def test_the_bundle_holds_all_that_the_server_depends_on() -> None:
    """What the installed packages ask for, from ours down; rich is for terminals."""
    pins = {line.split("==")[0] for line in PINS.read_text().splitlines() if "==" in line}
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    needed, pending = set[str](), [ours]
    while pending:
        for line in pending.pop():
            requirement = Requirement(line)
            if (
                requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            ) and requirement.name != "rich":
                name = canonicalize_name(requirement.name)
                if name not in needed:
                    needed.add(name)
                    pending.append(requires(name) or [])
    assert needed == {canonicalize_name(name) for name in pins}


def test_the_source_stays_small() -> None:
    """Lines of code; comments and blank lines are free."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((EXTENSION / "src").glob("*.ts"))]
    lines = [line.strip() for source in sources for line in source.splitlines()]
    assert sum(bool(line) and not line.startswith(("//", "/**", "*")) for line in lines) <= 450


def test_the_pictures_are_those_of_the_test_run() -> None:
    shown = set(re.findall(r"\(images/([\w-]+)\.png\)", (EXTENSION / "README.md").read_text(encoding="utf-8")))
    copied = re.search(r"^IMAGES := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    taken = (ROOT / "tests" / "editors" / "vscode" / "journey.mjs").read_text(encoding="utf-8")
    assert copied
    assert shown == set(copied[1].split())
    assert all(f"shot('{name}')" in taken and (EXTENSION / "images" / f"{name}.png").exists() for name in shown)


def test_the_changelog_speaks_of_this_version() -> None:
    latest = re.search(r"^## (\S+)", (EXTENSION / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert latest
    assert latest[1] == __version__
