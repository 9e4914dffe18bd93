"""A line above a file's `import "C"` that says where its C names come from."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from html import escape

from cgo_ls.features.symbol_graph import build_graph, location, render_html
from cgo_ls.text.span import Span
from cgo_ls.workspace.session import Snapshot
from cgo_ls.workspace.symbol_table import build_symbol_table


@dataclass(frozen=True, slots=True)
class SymbolLens:
    """`title` belongs above the bytes of `span`."""

    span: Span
    title: str


def symbol_lens(snapshot: Snapshot, path: str) -> SymbolLens | None:
    """None for a file that imports no C, or uses no name that is linked."""
    directory = os.path.dirname(path)
    file = next((each for each in snapshot.package(directory).package.files if each.path == path), None)
    place = next((spec.span.shift(base) for spec, base in file.imports if spec.path == "C"), None) if file else None
    if place is None:
        return None
    rows = [row for row in build_symbol_table(snapshot, directory) if any(use.path == path for use in row.used)]
    linked = [row for row in rows if row.verdict != "no symbol"]
    if not linked:
        return None
    homes = Counter(location(row.defined, directory).partition(":")[0] or row.home for row in linked if not row.broken)
    parts = [
        f"{count} from {'the system' if home == 'system' else home or 'elsewhere'}" for home, count in homes.items()
    ]
    broken = sum(row.broken for row in linked)
    return SymbolLens(place, f"C names: {', '.join([*parts, *([f'{broken} cannot be linked'] if broken else [])])}")


def symbol_page(snapshot: Snapshot, directory: str) -> str:
    """The picture of a package's symbols, as a page of HTML that needs nothing from elsewhere and runs nothing.

    Its title names the folder only: in an editor the rest of the path is known, and long.
    """
    rows = build_symbol_table(snapshot, directory)
    page = render_html(build_graph(rows, directory), rows)
    return page.replace(f"C symbols of {escape(directory)}", f"C symbols of {escape(os.path.basename(directory))}")
