"""missing-include: a name of the C library whose header the file does not include; see missing_include.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.data.tables import declared_by, feature_of, header_of
from cgo_ls.model.build_context import is_built
from cgo_ls.model.definitions import is_conditional
from cgo_ls.model.go_file import GoFile
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need
from cgo_ls.rules.preamble.parts.lost_comments import orphaned_includes
from cgo_ls.rules.preamble.parts.preamble_insert import append_to_preamble
from cgo_ls.rules.preamble.parts.visible_headers import outer_includes
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

# errno-direct speaks of the first; C.malloc needs no header; tags are declared by being named.
_NOT_OURS = frozenset(["errno", "malloc"])
# The header that every user of C.CString needs for C.free, and that other libraries' headers bring along on some systems only.
_COMMON = "stdlib.h"
_MANY = 3
_TAGS = ("struct_", "union_", "enum_", "sizeof_")


@rule("missing-include", family="preamble", severity="error", scope="file", since="0.1", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    file, scope = context.file, context.scope
    if file.constraint is not None and is_built(file.constraint, "linux") is False:
        return  # which headers bring which along is known of Linux; Android's and the BSDs' bring more
    homes = {name: home for name in file.c_names if _is_ours(name) and (home := header_of(name)) is not None}
    homes = {name: home for name, home in homes.items() if scope.resolve(name) is None}
    includes = outer_includes(scope) if homes else None
    if includes is None:
        return
    includes = (*includes, *orphaned_includes(file))
    known = {name: declared_by(name, includes) for name in homes}
    missing = {name for name, verdict in known.items() if verdict is False}
    lucky = {name for name, verdict in known.items() if verdict is None and homes[name] == _COMMON}
    lucky = lucky if lucky and _COMMON not in scope.headers and _is_odd_one_out(context) else set()
    for reference, span in file.uses_of(missing | lucky):
        # The first use of each name, where cgo too reports it.
        if reference.name in missing:
            missing.discard(reference.name)
            yield _finding(context, span, reference.name, homes[reference.name])
        elif reference.name in lucky:
            yield _lucky_finding(file, span, reference.name, sorted(includes))
            lucky = set()


def _is_ours(name: str) -> bool:
    return name not in _NOT_OURS and not name.startswith(_TAGS)


def _is_odd_one_out(context: FileContext) -> bool:
    """Whether the package's other files that free include <stdlib.h> themselves, nearly all of them."""
    having, lacking = 0, 0
    for file in context.package.files:
        if "free" in file.c_names:
            has = _COMMON in context.package.scope(file).headers
            having, lacking = having + has, lacking + (not has)
    return having >= _MANY and lacking * _MANY <= having


def _lucky_finding(file: GoFile, span: Span, name: str, includes: list[str]) -> Finding:
    behind = f"<{includes[0]}>" if len(includes) == 1 else "one of its other headers"
    message = (
        f"C.{name} is declared in <{_COMMON}>, which this file does not include, while others of the package do: "
        f"it builds only where {behind} brings it along"
    )
    edit = _include_edit(file)
    fixes = (Fix(f"Include <{_COMMON}>", (FileEdit((edit,)),)),) if edit is not None else ()
    return Finding(span, message, (), fixes, severity="information")


def _include_edit(file: GoFile) -> TextEdit | None:
    """A line above the first include, written like it. Where a condition stands above that, at the end of the preamble."""
    unit = file.c_unit
    if unit is None or not unit.includes:
        return None
    first = unit.includes[0].place.span.start
    start = file.data.rfind(b"\n", 0, first) + 1
    before = file.data[start:first]
    if is_conditional(unit, unit.includes[0].place.span) or before.strip() not in (b"", b"//"):
        return append_to_preamble(file, f"#include <{_COMMON}>")
    return TextEdit(Span(start, start), before + f"#include <{_COMMON}>".encode() + line_ending(file.data))


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
