"""Which headers from outside of the package a Go file's preamble includes, followed through the package's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgo_ls.data.tables import declared_by

if TYPE_CHECKING:
    from cgo_ls.model.package import CScope


def outer_includes(scope: CScope) -> tuple[str, ...] | None:
    """The headers that are not the package's own, directly or through those that are; None when one of those is half read."""
    if any(unit.has_error for unit in scope.units):
        return None
    own = tuple("/" + unit.path.replace("\\", "/").lstrip("/") for unit in scope.units)
    return tuple(name for name in sorted(scope.headers) if not any(path.endswith("/" + _plain(name)) for path in own))


def only_standard_headers(scope: CScope) -> bool:
    """Whether everything the file includes is known: headers of the package and of libc."""
    includes = outer_includes(scope)
    # Two names that hardly a header declares: None says that one of the includes is not in the table.
    return includes is not None and all(declared_by(name, includes) is not None for name in ("wordexp", "glob"))


def _plain(name: str) -> str:
    while name.startswith(("./", "../")):
        name = name.partition("/")[2]
    return name
