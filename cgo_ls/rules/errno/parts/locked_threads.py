"""Which functions run with their goroutine wired to one thread, so that errno stays theirs between two C calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgo_ls.syntax.go_nodes import Node, field, text_of, walk

if TYPE_CHECKING:
    from cgo_ls.model.go_file import GoDeclaration
    from cgo_ls.model.package import Package

_LOCK = "runtime.LockOSThread"


def locked_functions(package: Package) -> frozenset[str]:
    """Functions ("F", "T.F") that are called, directly or not, from one that locks its thread.

    They may be called from elsewhere too; but then nobody knows, and unknown is silent. An init that locks does so for main.
    """
    calls: dict[str, set[str]] = {}
    methods: dict[str, set[str]] = {}
    pending: list[str] = []
    locked: set[str] = set()
    for file in package.files:
        for declaration, function in file.functions:
            name = function.qualified
            calls.setdefault(name, set()).update(declaration.facts.calls)
            methods.setdefault("." + function.name, set()).add(name)
            if _mentions_lock(file.data, declaration):
                pending.append(name)
                if name == "init":
                    locked.add("main")
                    pending.append("main")
    while pending:
        for called in calls.get(pending.pop(), ()):
            for name in methods.get(called, ()) if called.startswith(".") else (called,):
                if name not in locked:
                    locked.add(name)
                    pending.append(name)
    return frozenset(locked)


def _mentions_lock(data: bytes, declaration: GoDeclaration) -> bool:
    region = declaration.declaration.region
    return data.find(_LOCK.encode(), region.start, region.end) >= 0


def first_lock(root: Node) -> int | None:
    """The offset of the first `runtime.LockOSThread()` of a region."""
    for node in walk(root):
        if node.type == "call_expression" and text_of(field(node, "function")) == _LOCK:
            return node.start_byte
    return None
