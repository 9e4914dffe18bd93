"""What is wrong with a file."""

from __future__ import annotations

from cgo_ls.rules.finding import Diagnostic
from cgo_ls.workspace.session import Snapshot


def diagnostics(snapshot: Snapshot, path: str) -> tuple[Diagnostic, ...]:
    """The diagnostics of the file at `path`, by place; absolute byte spans."""
    return snapshot.diagnostics(path)
