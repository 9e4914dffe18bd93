"""`cgo-ls symbols`: where each C name of a package is declared and defined, and whether the linker can bring the two together."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cgo_ls.cli.terminal import complain, is_terminal, printable, write_out
from cgo_ls.features.symbol_graph import build_graph, location, render_dot, render_html
from cgo_ls.workspace.discovery import discover, module_root
from cgo_ls.workspace.disk import DiskFiles
from cgo_ls.workspace.session import Session
from cgo_ls.workspace.symbol_table import SymbolRow, build_symbol_table, relative

_HEADINGS = ("name", "kind", "declared", "defined", "linkage", "binding", "visibility", "verdict")


def symbols(path: str, format: str) -> int:
    """Print the table of every package at and below `path`; the exit code: 0 all is well, 1 something cannot link, 2 misuse."""
    discovery = discover([path])
    for problem in discovery.problems:
        complain(f"{problem.path}: {problem.message}")
    if any(problem.kind == "usage" for problem in discovery.problems):
        return 2
    found: list[tuple[str, str, tuple[SymbolRow, ...]]] = []
    for folder in discovery.folders:
        root = module_root(folder.directory)
        snapshot = Session(DiskFiles((root,)), root=root).snapshot()
        rows = build_symbol_table(snapshot, folder.directory)
        if folder.only is not None:
            rows = tuple(row for row in rows if any(use.path in folder.only for use in row.used))
        found.append((folder.display or ".", folder.directory, rows))
    if not found:
        complain(f"{path}: no Go file there imports C")
        return 2
    _print(found, format)
    return 1 if any(row.broken for _, _, rows in found for row in rows) else 0


def _print(found: Sequence[tuple[str, str, tuple[SymbolRow, ...]]], format: str) -> None:
    if format == "json":
        import json

        packages = [
            {"path": display, "symbols": [_record(row, directory) for row in rows]}
            for display, directory, rows in found
        ]
        write_out(json.dumps({"schema": 1, "packages": packages}, indent=2) + "\n")
    elif format in ("dot", "html"):
        # A picture has one place for each name: that of the first package, or of all when they are asked for together.
        directory = found[0][1] if len(found) == 1 else os.path.commonpath([each for _, each, _ in found])
        rows = [row for _, _, each in found for row in each]
        graph = build_graph(rows, directory)
        write_out(render_dot(graph) if format == "dot" else render_html(graph, rows))
    elif is_terminal(sys.stdout):
        _print_tables(found)
    else:
        for display, directory, rows in found:
            write_out(_render_text(display, directory, rows))


def _cells(row: SymbolRow, directory: str) -> list[str]:
    defined = location(row.defined, directory)
    if row.detail and row.home in ("archive", "shared library", "object"):
        defined += f" ({row.detail})"
    elif row.home == "system":
        defined = f"system {row.detail}".strip()
    verdict = f"{row.verdict}: {row.note}" if row.note else row.verdict
    cells = [
        f"C.{row.name}",
        row.kind,
        location(row.declared, directory),
        defined,
        row.linkage,
        row.binding,
        row.visibility,
        verdict,
    ]
    return [printable(cell) or "-" for cell in cells]


def _render_text(display: str, directory: str, rows: Sequence[SymbolRow]) -> str:
    """Columns padded to their widest cell; the last one is as long as it is."""
    table = [list(_HEADINGS), *[_cells(row, directory) for row in rows]]
    widths = [max(len(line[column]) for line in table) for column in range(len(_HEADINGS) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]) for line in table
    ]
    return "\n".join([f"{printable(display)}:", *lines, "", ""])


def _print_tables(found: Sequence[tuple[str, str, tuple[SymbolRow, ...]]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for display, directory, rows in found:
        table = Table(title=Text(f"C symbols of {printable(display)}"), header_style="bold", title_justify="left")
        for heading in ("name", "declared", "defined", "symbol", "verdict"):
            table.add_column(heading, overflow="fold", no_wrap=heading == "name")
        for row in rows:
            name, _, declared, defined, linkage, binding, visibility, verdict = _cells(row, directory)
            symbol = " ".join(word for word in (linkage, binding, visibility) if word != "-")
            cells = [Text(cell) for cell in (name, declared, defined, symbol, verdict)]
            cells[-1].stylize(_style(row))
            table.add_row(*cells)
        console.print(table)


def _style(row: SymbolRow) -> str:
    if row.broken:
        return "bold red"
    return {"links": "green", "no symbol": "dim"}.get(row.verdict, "none")


def _record(row: SymbolRow, directory: str) -> dict[str, object]:
    def place(found: object) -> dict[str, object] | None:
        path, line = getattr(found, "path", ""), getattr(found, "line", 0)
        return {"path": relative(path, directory), "line": line} if path else None

    return {
        "name": row.name,
        "kind": row.kind,
        "used": [place(use) for use in row.used],
        "declared": place(row.declared),
        "defined": place(row.defined),
        "home": row.home,
        "detail": row.detail,
        "linkage": row.linkage,
        "binding": row.binding,
        "visibility": row.visibility,
        "verdict": row.verdict,
        "broken": row.broken,
        "note": row.note,
    }
