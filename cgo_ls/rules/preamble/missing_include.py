"""missing-include: a name of the C library whose header the file does not include; see missing_include.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.data.tables import declared_by, feature_of, header_of
from cgo_ls.rules.finding import Finding, Fix, Need
from cgo_ls.rules.preamble.parts.lost_comments import orphaned_includes
from cgo_ls.rules.preamble.parts.visible_headers import outer_includes
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.span import Span

# errno-direct speaks of the first; C.malloc needs no header; tags are declared by being named.
_NOT_OURS = frozenset(["errno", "malloc"])
_TAGS = ("struct_", "union_", "enum_", "sizeof_")


@rule("missing-include", family="preamble", severity="error", scope="file", since="0.1", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    file, scope = context.file, context.scope
    homes = {name: home for name in file.c_names if _is_ours(name) and (home := header_of(name)) is not None}
    homes = {name: home for name, home in homes.items() if scope.resolve(name) is None}
    includes = outer_includes(scope) if homes else None
    if includes is None:
        return
    includes = (*includes, *orphaned_includes(file))
    missing = {name for name in homes if declared_by(name, includes) is False}
    for reference, span in file.uses_of(missing):
        # The first use of each name, where cgo too reports it.
        if reference.name in missing:
            missing.discard(reference.name)
            yield _finding(context, span, reference.name, homes[reference.name])


def _is_ours(name: str) -> bool:
    return name not in _NOT_OURS and not name.startswith(_TAGS)


def _finding(context: FileContext, span: Span, name: str, header: str) -> Finding:
    message = f"C.{name} is declared in <{header}>, which the preamble of this file does not include"
    if _is_included_elsewhere(context, header):
        message += "; another file does, but each file sees its own preamble only"
    # With a feature macro to define as well, the include alone would not be enough.
    fix = Fix(f"Include <{header}>", (), "safe", (Need("include", header),))
    return Finding(span, message, (), () if feature_of(name) else (fix,))


def _is_included_elsewhere(context: FileContext, header: str) -> bool:
    others = (file.c_unit for file in context.package.files if file.path != context.file.path)
    return any(include.name == header for unit in others if unit is not None for include in unit.includes)
