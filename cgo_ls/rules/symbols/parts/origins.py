"""The origins of all names that a package's Go files use, looked up once for the rules about linking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cgo_ls.model.closed_world import links_by_comment
from cgo_ls.model.definitions import exports_of, imported_paths
from cgo_ls.model.go_facts import CReference
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.model.symbol_origin import BROKEN, Origin, Verdict, origin_of
from cgo_ls.text.span import Span


@dataclass(slots=True)
class _Known:
    """The origins of names in a file, and what besides the package's C they were found by."""

    found_by: object = None
    origins: dict[str, Origin] = field(default_factory=dict)


def broken_uses(package: Package, verdict: Verdict) -> Iterator[tuple[GoFile, CReference, Span, Origin]]:
    """The first use, and its span in the file, of each name in each file whose origin has this verdict."""
    for file, names in package.note("broken-names", _find):
        wanted = {name: origin for name, origin in names.items() if origin.verdict == verdict}
        if not wanted:
            continue
        seen: set[str] = set()
        for reference, span in file.uses_of(wanted.keys()):
            if reference.name not in seen:
                seen.add(reference.name)
                yield file, reference, span, wanted[reference.name]


def _find(package: Package) -> list[tuple[GoFile, dict[str, Origin]]]:
    """Each file with the names that something is wrong with. Origins are kept as long as nothing they rest on changes."""
    found_by = (
        package.link.digest,
        tuple(exports_of(package).items()),
        tuple([(file.constraint, file.package_name, links_by_comment(file)) for file in package.files]),
        tuple([imported for file in package.files for imported in imported_paths(file)]),
    )
    found: list[tuple[GoFile, dict[str, Origin]]] = []
    for file in package.files:
        if not file.c_names:
            continue
        known = package.made_of_c(("origins", file.path), _Known)
        if known.found_by != found_by:
            known.found_by, known.origins = found_by, {}
        for name in file.c_names - known.origins.keys():
            known.origins[name] = origin_of(package, file, name)
        names = {name: origin for name in file.c_names if (origin := known.origins[name]).verdict in BROKEN}
        if names:
            found.append((file, names))
    return found
