"""The symbol table as a picture: Go files, C names and what defines them, as dot text and as a page with an SVG in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from cgo_ls.workspace.symbol_table import SymbolRow, relative

_ROW, _TOP, _WIDTH = 26, 60, (260, 260, 320)
_GAP = 150
_COLORS = {"links": "#2e7d32", "system": "#546e7a", "unknown": "#8d6e63", "no symbol": "#90a4ae"}
# The boxes keep their light ground, on which their text and the links' colours are readable.
_DARK = "{color:#d4d4d4;background:#1f1f1f}"
_BROKEN = "#c62828"


@dataclass(frozen=True, slots=True)
class Graph:
    """Three columns of labels, and edges between neighbours: (column, from, to, verdict, note)."""

    title: str
    columns: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    edges: tuple[tuple[int, int, int, str, str], ...]


def build_graph(rows: Iterable[SymbolRow], directory: str) -> Graph:
    """Rows without a symbol (types, constants) are left out: nothing is linked for them."""
    shown = [row for row in rows if row.verdict != "no symbol"]
    files: dict[str, int] = {}
    homes: dict[str, int] = {}
    edges: list[tuple[int, int, int, str, str]] = []
    names = [f"C.{row.name}" for row in shown]
    for index, row in enumerate(shown):
        for path in dict.fromkeys(relative(use.path, directory) for use in row.used):
            edges.append((0, files.setdefault(path, len(files)), index, row.verdict, row.note))
        home = _home(row, directory)
        if home:
            edges.append((1, index, homes.setdefault(home, len(homes)), row.verdict, row.note))
    return Graph(directory, (tuple(files), tuple(names), tuple(homes)), tuple(edges))


def render_dot(graph: Graph) -> str:
    """Text for Graphviz."""
    lines = ["digraph symbols {", "  rankdir=LR;", "  node [shape=box, fontname=sans, fontsize=11];"]
    for column, labels in enumerate(graph.columns):
        shape = ("note", "ellipse", "folder")[column]
        lines += [f"  n{column}_{index} [label={_quoted(label)}, shape={shape}];" for index, label in enumerate(labels)]
    for column, start, end, verdict, note in graph.edges:
        color = _color(verdict)
        style = "dashed" if color == _BROKEN else "solid"
        lines.append(
            f"  n{column}_{start} -> n{column + 1}_{end} [color={_quoted(color)}, style={style}, tooltip={_quoted(f'{verdict}: {note}')}];"
        )
    return "\n".join([*lines, "}", ""])


def render_html(graph: Graph, rows: Iterable[SymbolRow]) -> str:
    """One page that needs nothing from elsewhere: the picture, and the table below it."""
    body = "\n".join(_table_row(row, graph.title) for row in rows)
    head = "".join(
        f"<th>{name}</th>" for name in ("name", "declared", "defined", "linkage", "binding", "visibility", "verdict")
    )
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f"<title>C symbols of {escape(graph.title)}</title>\n"
        "<style>body{font:14px sans-serif;margin:2em;color:#222;background:#fff}table{border-collapse:collapse;margin-top:2em}"
        "td,th{padding:.3em .8em;border-bottom:1px solid #ddd;text-align:left}td.bad{color:#c62828;font-weight:bold}"
        "svg{max-width:100%;height:auto}path:hover{stroke-width:4}.title{fill:currentColor}"
        f"@media(prefers-color-scheme:dark){{body{_DARK}}}body.vscode-dark,body.vscode-high-contrast{_DARK}"
        "body.vscode-light{color:#222;background:#fff}</style></head>\n"
        f"<body><h1>C symbols of {escape(graph.title)}</h1>\n{render_svg(graph)}\n"
        f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></body></html>\n"
    )


def render_svg(graph: Graph) -> str:
    """Three columns with boxes, joined by curves: green links, red does not."""
    lefts = (10, 10 + _WIDTH[0] + _GAP, 10 + _WIDTH[0] + _WIDTH[1] + 2 * _GAP)
    height = _TOP + _ROW * max(1, *(len(column) for column in graph.columns)) + 20
    width = lefts[2] + _WIDTH[2] + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="Go files, C names and where they are defined" font-family="sans-serif" font-size="12">'
    ]
    for left, title in zip(lefts, ("Go files", "C names", "defined in"), strict=True):
        parts.append(f'<text class="title" x="{left}" y="30" font-weight="bold" font-size="14">{title}</text>')
    for column, start, end, verdict, note in graph.edges:
        x1, x2 = lefts[column] + _WIDTH[column], lefts[column + 1]
        y1, y2 = _middle(start), _middle(end)
        half = (x1 + x2) // 2
        dash = ' stroke-dasharray="6 4"' if _color(verdict) == _BROKEN else ""
        parts.append(
            f'<path d="M{x1} {y1}C{half} {y1} {half} {y2} {x2} {y2}" fill="none" stroke="{_color(verdict)}" stroke-width="1.5"{dash}>'
            f"<title>{escape(f'{verdict}: {note}')}</title></path>"
        )
    broken = {
        start if column == 1 else end for column, start, end, verdict, _ in graph.edges if _color(verdict) == _BROKEN
    }
    for column, labels in enumerate(graph.columns):
        for index, label in enumerate(labels):
            color = _BROKEN if column == 1 and index in broken else "#607d8b"
            parts.append(_box(lefts[column], index, _WIDTH[column], label, color))
    return "\n".join([*parts, "</svg>"])


def _box(left: int, index: int, width: int, label: str, color: str) -> str:
    top = _TOP + index * _ROW
    cut = label if len(label) <= width // 7 else label[: width // 7 - 1] + "…"
    return (
        f'<g><rect x="{left}" y="{top}" width="{width}" height="{_ROW - 6}" rx="4" fill="#fafafa" stroke="{color}"/>'
        f'<text x="{left + 8}" y="{top + 14}">{escape(cut)}</text><title>{escape(label)}</title></g>'
    )


def _table_row(row: SymbolRow, directory: str) -> str:
    cells = [
        f"C.{row.name}",
        location(row.declared, directory),
        _home(row, directory),
        row.linkage,
        row.binding,
        row.visibility,
    ]
    verdict = f'<td class="{"bad" if row.broken else "good"}">{escape(row.verdict)}: {escape(row.note)}</td>'
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + verdict + "</tr>"


def location(found: object, directory: str) -> str:
    """`helper.c:3`, relative to the folder; "" for None."""
    path, line = getattr(found, "path", ""), getattr(found, "line", 0)
    if not path:
        return ""
    return f"{relative(path, directory)}:{line}" if line else relative(path, directory)


def _home(row: SymbolRow, directory: str) -> str:
    """What defines a name, as a label: a file, a library with its member, or the system."""
    if row.defined is not None:
        shown = relative(row.defined.path, directory)
        return f"{shown}({row.detail})" if row.home == "archive" and row.detail else shown
    return f"system {row.detail}".strip() if row.home == "system" else ""


def _middle(index: int) -> int:
    return _TOP + index * _ROW + (_ROW - 6) // 2


def _color(verdict: str) -> str:
    return _COLORS.get(verdict, _BROKEN)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
