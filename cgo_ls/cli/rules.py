"""`cgo-ls rules`: what there is to find."""

from __future__ import annotations

import sys

from cgo_ls.cli.explain import summary
from cgo_ls.cli.terminal import is_terminal, write_out
from cgo_ls.rules.registry import RULES


def list_rules(format: str) -> int:
    """Print a table, or one JSON list."""
    rows = [
        {
            "name": rule.name,
            "family": rule.family,
            "severity": rule.severity if rule.enabled else "off",
            "scope": rule.scope,
            "since": rule.since,
            "fixable": rule.fixable,
            "summary": summary(rule),
        }
        for rule in RULES
    ]
    if format == "json":
        import json

        write_out(json.dumps(rows, indent=2) + "\n")
    elif is_terminal(sys.stdout):
        _print_table(rows)
    else:
        widths = [max((len(str(row[key])) for row in rows), default=0) for key in ("name", "family", "severity")]
        for row in rows:
            cells = [
                str(row[key]).ljust(width) for key, width in zip(("name", "family", "severity"), widths, strict=True)
            ]
            write_out("  ".join([*cells, "fix" if row["fixable"] else "   ", str(row["summary"])]) + "\n")
    return 0


def _print_table(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("rule", "family", "severity", "fix", "finds"):
        table.add_column(title, no_wrap=title != "finds")
    for row in rows:
        fix = "yes" if row["fixable"] else ""
        table.add_row(str(row["name"]), str(row["family"]), str(row["severity"]), fix, str(row["summary"]))
    Console().print(table)
