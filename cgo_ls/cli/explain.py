"""`cgo-ls explain RULE`: the rule's page."""

from __future__ import annotations

import os
import sys
from typing import Final

from cgo_ls.cli.terminal import complain, is_terminal, write_out
from cgo_ls.rules.registry import BY_NAME
from cgo_ls.rules.rule import Rule
from cgo_ls.workspace.suppressions import UNUSED, did_you_mean

_WIDEST: Final = 100


def explain(name: str) -> int:
    """Print the page; rendered on a terminal, as markdown elsewhere. 2 when there is no such rule."""
    if name == UNUSED:
        path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "workspace", "unused_suppression.md")
    elif name in BY_NAME:
        path = page_path(BY_NAME[name])
    else:
        complain(f'there is no rule "{name}"{did_you_mean(name, (*BY_NAME, UNUSED))}; cgo-ls rules lists them')
        return 2
    with open(path, encoding="utf-8") as file:
        page = file.read()
    if not is_terminal(sys.stdout):
        write_out(page)
        return 0
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(page), width=min(console.width, _WIDEST))
    return 0


def page_path(rule: Rule) -> str:
    """The .md beside the rule's module."""
    origin = sys.modules[rule.module].__file__
    assert origin is not None  # a rule stands in a file
    return os.path.splitext(origin)[0] + ".md"


def summary(rule: Rule) -> str:
    """The sentence below the page's title, on one line."""
    with open(page_path(rule), encoding="utf-8") as file:
        page = file.read()
    return " ".join(page.partition("\n## ")[0].partition("\n")[2].split())
