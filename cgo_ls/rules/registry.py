"""The one list of rules, in the order they are shown."""

from __future__ import annotations

from cgo_ls.rules.errno import errno_direct, errno_second_call
from cgo_ls.rules.memory import double_free, leaked_c_memory, use_after_free
from cgo_ls.rules.preamble import missing_include, orphaned_preamble
from cgo_ls.rules.rule import Rule
from cgo_ls.rules.symbols import hidden_export, static_c_function

RULES: tuple[Rule, ...] = (
    leaked_c_memory.check,
    double_free.check,
    use_after_free.check,
    errno_direct.check,
    errno_second_call.check,
    static_c_function.check,
    hidden_export.check,
    orphaned_preamble.check,
    missing_include.check,
)
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
