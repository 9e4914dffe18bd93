"""The pages of the rules: the .md beside each rule's module."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from cgo_ls.rules.registry import BY_NAME, RULES
from cgo_ls.workspace import suppressions
from cgo_ls.workspace.suppressions import UNUSED


def page_path(name: str) -> str | None:
    """The file that explains the rule; None if there is no such rule."""
    module = suppressions.__name__ if name == UNUSED else BY_NAME[name].module if name in BY_NAME else None
    file = sys.modules[module].__file__ if module else None
    if file is None:
        return None
    if name == UNUSED:
        return os.path.join(os.path.dirname(file), "unused_suppression.md")
    return os.path.splitext(file)[0] + ".md"


def rule_page(name: str) -> str | None:
    """The page as Markdown; None if there is no such rule."""
    path = page_path(name)
    if path is None:
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


def rule_summaries() -> Iterator[tuple[str, str]]:
    """Each rule's name with the sentence below its page's title, in the order of the registry."""
    for rule in RULES:
        page = rule_page(rule.name) or ""
        yield rule.name, " ".join(page.partition("\n## ")[0].partition("\n")[2].split())
