"""workspace/executeCommand: questions an editor's commands ask. They change nothing, and run on the worker."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from typing import Any

from pygls.exceptions import JsonRpcInvalidParams

from cgo_ls import __version__
from cgo_ls.features.rule_pages import rule_page, rule_summaries
from cgo_ls.features.symbol_lens import symbol_page
from cgo_ls.server.to_lsp import Json, View
from cgo_ls.server.uris import path_of

SYMBOLS = "cgo-ls.symbols"

Command = Callable[[View, Sequence[Any], Json], Any]
"""Gets the state, the arguments as sent, and what the server says of itself."""


def explain(view: View, arguments: Sequence[Any], server: Json) -> Json:
    """[rule name] -> {"rule", "markdown"}: the page of the rule."""
    name = arguments[0] if arguments else None
    page = rule_page(name) if isinstance(name, str) else None
    if page is None:
        raise JsonRpcInvalidParams("no such rule")
    return {"rule": name, "markdown": page}


def rules(view: View, arguments: Sequence[Any], server: Json) -> list[Json]:
    """[] -> [{"name", "summary"}]: all rules."""
    return [{"name": name, "summary": summary} for name, summary in rule_summaries()]


def debug_report(view: View, arguments: Sequence[Any], server: Json) -> Json:
    """[] -> what helps to find out why something is not as expected: versions, folders, counts. No code, no file's text."""
    return {
        "version": __version__,
        "python": platform.python_version(),
        "process": os.getpid(),
        "openDocuments": len(view.uris),
        **server,
    }


def symbols(view: View, arguments: Sequence[Any], server: Json) -> Json:
    """[uri of a file] -> {"title", "html"}: where the C names of the file's package come from, as a picture and a table."""
    path = path_of(arguments[0]) if arguments and isinstance(arguments[0], str) else None
    if path is None:
        raise JsonRpcInvalidParams("the URI of a file is needed")
    directory = os.path.dirname(path)
    return {"title": f"C symbols of {os.path.basename(directory)}", "html": symbol_page(view.snapshot, directory)}


COMMANDS: dict[str, Command] = {
    "cgo-ls.explain": explain,
    "cgo-ls.rules": rules,
    "cgo-ls.debugReport": debug_report,
    SYMBOLS: symbols,
}
