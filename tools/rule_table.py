"""The README's table of rules, made from the rules themselves.

python tools/rule_table.py            print it
python tools/rule_table.py --write    put it into README.md, between the markers
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from cgo_ls.rules.registry import RULES
from cgo_ls.rules.rule import Rule

START = "<!-- rules -->"
END = "<!-- /rules -->"
README = Path(__file__).resolve().parents[1] / "README.md"


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


def render_table() -> str:
    """A markdown table: name with a link to the page, family, what it finds, whether a fix is offered."""
    rows = ["| rule | family | finds | fix |", "|---|---|---|---|"]
    for rule in RULES:
        link = page_path(rule).relative_to(README.parent).as_posix()
        rows.append(f"| [`{rule.name}`]({link}) | {rule.family} | {summary(rule)} | {'yes' if rule.fixable else ''} |")
    return "\n".join(rows)


def main() -> int:
    if "--write" not in sys.argv[1:]:
        print(render_table())
        return 0
    text = README.read_text(encoding="utf-8")
    if START not in text or END not in text:
        print(f"README.md holds no {START} and {END}", file=sys.stderr)
        return 2
    before, rest = text.split(START, 1)
    README.write_text(f"{before}{START}\n{render_table()}\n{END}{rest.split(END, 1)[1]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
