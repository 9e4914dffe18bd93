"""docs/rules.md, made from the rules themselves.

python tools/rule_table.py            print it
python tools/rule_table.py --write    write it
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from cgo_ls.rules.registry import RULES
from cgo_ls.rules.rule import FAMILIES, Rule

ROOT = Path(__file__).resolve().parents[1]
RULES_PAGE = ROOT / "docs" / "rules.md"
HEAD = """# The rules

All of them, by family. `cgo-ls explain RULE` prints a rule's page. `off` rules are turned on in `.cgo-ls.toml`, under `[rules.severity]`.
This page is made by `tools/rule_table.py`.
"""


def summary(rule: Rule) -> str:
    """The sentence below the title of the rule's page, without its full stop."""
    return (
        " ".join(page_path(rule).read_text(encoding="utf-8").split("\n## ", 1)[0].split("\n")[1:])
        .strip()
        .removesuffix(".")
    )


def page_path(rule: Rule) -> Path:
    spec = importlib.util.find_spec(rule.module)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).with_suffix(".md")


def render_page() -> str:
    """Markdown: for each family a table with name and link, severity, what it finds, whether a fix is offered."""
    parts = [HEAD]
    for family in FAMILIES:
        parts.append(f"\n## {family}\n\n| rule | severity | finds | fix |\n|---|---|---|---|\n")
        for rule in RULES:
            if rule.family == family:
                link = "../" + page_path(rule).relative_to(ROOT).as_posix()
                severity = rule.severity if rule.enabled else "off"
                parts.append(
                    f"| [`{rule.name}`]({link}) | {severity} | {summary(rule)} | {'yes' if rule.fixable else ''} |\n"
                )
    return "".join(parts)


def main() -> int:
    if "--write" in sys.argv[1:]:
        RULES_PAGE.write_text(render_page(), encoding="utf-8")
    else:
        print(render_page(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
