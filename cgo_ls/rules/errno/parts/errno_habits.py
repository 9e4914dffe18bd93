"""What a package does with the C libraries it calls: how often it takes errno, and whether it asks C for reasons."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from cgo_ls.model.go_file import GoDeclaration
from cgo_ls.rules.rule import PackageContext

# So many calls of a library that take errno say that the library sets it.
_SIBLINGS = 3
_MOST_KEPT = 50_000
_PREFIX = re.compile(r"_*([a-z][a-z0-9]*_|[A-Z][A-Z0-9]*_|[a-z]{2,}(?=[A-Z])|[A-Z]+(?=[A-Z][a-z]))")
OPENS = re.compile(r"_open(?:_\w+)?$|[a-z]Open$")
# A function that gives the reason: then errno is not where it is.
_EXPLAINS = re.compile(r"err(?!no)|fail|status|reason|message", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Habits:
    """What a package does elsewhere, by the prefix of C names: calls with two values, all calls, whether it asks C for reasons."""

    taken: Counter[str]
    calls: Counter[str]
    explained: frozenset[str]

    def takes_errno(self, prefix: str) -> bool:
        """Whether this is what the package does with most calls of a library."""
        return self.taken[prefix] >= _SIBLINGS and 2 * self.taken[prefix] >= self.calls[prefix]


def prefix_of(name: str) -> str:
    match = _PREFIX.match(name)
    return match[1] if match else name


_Uses = tuple[tuple[str, int, int, bool], ...]
_uses_by_digest: dict[bytes, _Uses] = {}
"""For each declaration: (prefix, calls with two values, calls, whether one explains failures). A package rule runs at every key."""


def _uses(declaration: GoDeclaration) -> _Uses:
    digest = declaration.declaration.digest
    found = _uses_by_digest.get(digest)
    if found is None:
        counted: dict[str, list[int]] = {}
        for reference in declaration.facts.c_references:
            if reference.call:
                row = counted.setdefault(prefix_of(reference.name), [0, 0, 0])
                row[0] += reference.two_value
                row[1] += 1
                row[2] |= not reference.two_value and bool(_EXPLAINS.search(reference.name))
        if len(_uses_by_digest) > _MOST_KEPT:
            _uses_by_digest.clear()
        found = tuple((prefix, row[0], row[1], bool(row[2])) for prefix, row in counted.items())
        _uses_by_digest[digest] = found
    return found


def habits_of(context: PackageContext) -> Habits | None:
    """None where there is nothing to learn from: no call takes errno, and none opens anything."""
    files = [file for file in context.package.files if file.c_names]
    uses = [
        row for file in files for declared in file.declarations if declared.facts.c_names for row in _uses(declared)
    ]
    if not any(row[1] for row in uses) and not any(OPENS.search(name) for file in files for name in file.c_names):
        return None
    taken: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    explained: set[str] = set()
    for prefix, two, count, explains in uses:
        taken[prefix] += two
        calls[prefix] += count
        if explains:
            explained.add(prefix)
    return Habits(taken, calls, frozenset(explained))
