"""missing-include: a name of the C library whose header the file does not include; see missing_include.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.data.tables import declared_by, feature_of, header_of
from cgo_ls.model.go_file import CReference, GoFile
from cgo_ls.rules.finding import Finding, Fix, Need
from cgo_ls.rules.preamble.lost_comments import orphaned_includes
from cgo_ls.rules.preamble.visible_headers import outer_includes
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.span import Span

# errno-direct speaks of the first; C.malloc needs no header; tags are declared by being named.
_NOT_OURS = frozenset(["errno", "malloc"])
_TAGS = ("struct_", "union_", "enum_", "sizeof_")


@rule("missing-include", family="preamble", severity="error", scope="file", since="0.1", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    includes: tuple[str, ...] | None = None
    for reference, span in _first_uses(context.file):
        name = reference.name
        header = header_of(name)
        if header is None or name in _NOT_OURS or name.startswith(_TAGS):
            continue
        if includes is None:
            includes = outer_includes(context.scope)
            if includes is None:
                return
            includes = (*includes, *orphaned_includes(context.file))
        if declared_by(name, includes) is False and context.scope.resolve(name) is None:
            yield _finding(context, span, name, header)


def _finding(context: FileContext, span: Span, name: str, header: str) -> Finding:
    message = f"C.{name} is declared in <{header}>, which the preamble of this file does not include"
    if _is_included_elsewhere(context, header):
        message += "; another file does, but each file sees its own preamble only"
    # With a feature macro to define as well, the include alone would not be enough.
    fix = Fix(f"Include <{header}>", (), "safe", (Need("include", header),))
    return Finding(span, message, (), () if feature_of(name) else (fix,))


def _first_uses(file: GoFile) -> Iterator[tuple[CReference, Span]]:
    """The first use of each C name, where cgo too reports it."""
    seen: set[str] = set()
    for declaration in file.declarations:
        for reference in declaration.facts.c_references:
            if reference.name not in seen:
                seen.add(reference.name)
                yield reference, reference.span.shift(declaration.declaration.start)


def _is_included_elsewhere(context: FileContext, header: str) -> bool:
    others = (file.c_unit for file in context.package.files if file.path != context.file.path)
    return any(include.name == header for unit in others if unit is not None for include in unit.includes)
