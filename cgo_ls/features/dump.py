"""What the analysis sees, as text: for `cgo-ls dump`, golden tests and ARCHITECTURE.md."""

from __future__ import annotations

import os

from cgo_ls.analysis.cfg import render_text
from cgo_ls.analysis.function import FunctionAnalysis
from cgo_ls.analysis.ownership import World, content_slot
from cgo_ls.syntax.go_nodes import walk
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.workspace.session import Snapshot


def dump(snapshot: Snapshot, path: str, what: str, function: str | None = None) -> str:
    """`what`: tree, cfg, states or summary, of one function ("F", "T.F") or of all in the file. KeyError when there is none."""
    result = snapshot.package(os.path.dirname(path))
    rows = result.functions.get(path, ())
    parts: list[str] = []
    for _, of_function in rows:
        if function not in (None, of_function.name) or of_function.summary is None:
            continue
        if what == "tree":
            parts.append(_tree(of_function.text))
        elif what == "summary":
            parts.append(of_function.summary.render())
        elif (analysis := of_function.analysis) is not None:
            parts.append(render_text(analysis.cfg) if what == "cfg" else _states(analysis))
    if not parts:
        raise KeyError(function or path)
    return "\n".join(parts)


def _tree(text: bytes) -> str:
    lines: list[str] = []
    for node in walk(parse_go(text)):
        if node.is_named:
            depth, parent = 0, node.parent
            while parent is not None and depth < 60:
                depth, parent = depth + 1, parent.parent
            leaf = f" {(node.text or b'')[:40].decode('utf-8', 'replace')!r}" if node.child_count == 0 else ""
            lines.append(f"{'  ' * depth}{node.type}{leaf}")
    return "\n".join(lines)


def _states(analysis: FunctionAnalysis) -> str:
    """The worlds that enter each block: one line per world, its objects and who points to them."""
    names = {variable.slot: variable.name or f"${variable.slot}" for variable in analysis.cfg.variables}
    lines = [f"func {analysis.cfg.name}"]
    for block in sorted(analysis.entering):
        lines.append(f"  block {block}{' (exit)' if block == analysis.cfg.exit else ''}")
        lines += [f"    {_world(world, analysis, names)}" for world in analysis.entering[block]]
    return "\n".join(lines)


def _world(world: World, analysis: FunctionAnalysis, names: dict[int, str]) -> str:
    parts: list[str] = []
    for identifier, status in sorted(world.objects.items()):
        info = analysis.objects[identifier]
        holders = sorted(
            ".".join([names.get(place.slot, "*"), *place.path])
            for place, value in world.env.items()
            if getattr(value, "id", None) == identifier
            and place.slot != content_slot(identifier)
            and not names.get(place.slot, "").startswith("$")
        )
        released = f", released by {status.released.by}" if status.released else ""
        what = info.by or info.name or info.kind
        parts.append(f"{what}#{identifier}: {status.owner.value}{released} [{' '.join(holders)}]")
    facts = [f"{'' if value else 'not '}{key.split(' @')[0]}" for key, (value, _) in sorted(world.facts.items())]
    pending = f" deferred: {len(world.defers)}" if world.defers else ""
    return ("; ".join(parts) or "nothing") + (f"  if {' and '.join(facts)}" if facts else "") + pending
