"""The one list of rules, in the order they are shown."""

from __future__ import annotations

from cgo_ls.rules.memory import double_free, leaked_c_memory, use_after_free
from cgo_ls.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    leaked_c_memory.check,
    double_free.check,
    use_after_free.check,
)
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
