"""The one list of rules, in the order they are shown."""

from __future__ import annotations

from cgo_ls.rules.rule import Rule

RULES: tuple[Rule, ...] = ()
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
