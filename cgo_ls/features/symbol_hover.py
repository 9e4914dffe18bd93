"""The line of a hover that says where the linker finds a C name, in the words of `cgo-ls symbols`."""

from __future__ import annotations

from cgo_ls.features.markdown import code, visible
from cgo_ls.features.symbol_graph import location
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.workspace.session import Snapshot
from cgo_ls.workspace.symbol_table import row_of


def symbol_line(snapshot: Snapshot, package: Package, file: GoFile, name: str) -> str:
    """Markdown; "" for what needs no symbol, and where nothing is known that the rest of the hover does not say."""
    row = row_of(snapshot, package, file, name)
    if row is None or row.verdict in ("no symbol", "unknown", "system"):
        return ""
    note = visible(row.note)
    if row.broken:
        return f"**Does not build**: {note}."
    words = [word for word in (row.linkage, row.binding) if word]
    if row.visibility:
        words.append(f"{row.visibility} visibility")
    where = ""
    if row.home in ("archive", "shared library", "object"):
        where = f" ({code(location(row.defined, package.directory) + (f'({row.detail})' if row.detail else ''))})"
    return f"Symbol: {', '.join(words)}; {note}{where}."
