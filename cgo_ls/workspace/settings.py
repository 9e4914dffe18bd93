"""The settings an editor may send: what they are called, what they mean, and how they are read.

The editor extensions' forms are made of SETTINGS (tools/extension_settings.py), so that no setting is known to one side alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from cgo_ls.workspace.config import SEVERITIES


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; `name` is dotted, below the server's section. `description` is Markdown."""

    name: str
    kind: Literal["boolean", "severities"]
    description: str


SETTINGS: Final = (
    Setting(
        "rules",
        "severities",
        "How loud each rule is, by its name: `error`, `warning`, `information`, `hint` or `off`. "
        "What is set here wins over the project's `.cgo-ls.toml`.",
    ),
    Setting(
        "inlayHints.ownership",
        "boolean",
        "Show behind each allocation of C memory what becomes of it: `owned, freed line 13`.",
    ),
    Setting(
        "codeLens.symbols",
        "boolean",
        'Show above each file\'s `import "C"` where the C names that it uses come from.',
    ),
    Setting(
        "semanticTokens.preamble",
        "boolean",
        "Colour the C of preambles by semantic tokens, for editors without a grammar for it. An editor shows those of one server "
        "only: leave it off where gopls' are on.",
    ),
)


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """What the editor has set; everything is optional, and off."""

    severities: Mapping[str, str] = field(default_factory=dict)
    ownership_hints: bool = False
    symbol_lenses: bool = False
    preamble_tokens: bool = False


def read_settings(settings: Mapping[str, Any]) -> EditorSettings:
    """The settings of the server's section. What is of the wrong type counts as not set; only a plain true turns on."""
    rules = settings.get("rules")
    levels = rules.items() if isinstance(rules, Mapping) else ()
    return EditorSettings(
        severities={str(name): level for name, level in levels if level in SEVERITIES},
        ownership_hints=_is_on(settings, "inlayHints", "ownership"),
        symbol_lenses=_is_on(settings, "codeLens", "symbols"),
        preamble_tokens=_is_on(settings, "semanticTokens", "preamble"),
    )


def _is_on(settings: Mapping[str, Any], group: str, name: str) -> bool:
    """`{"group": {"name": true}}`, or `{"group.name": true}` as some clients send it."""
    inner = settings.get(group)
    value = inner.get(name) if isinstance(inner, Mapping) else settings.get(f"{group}.{name}")
    return value is True
