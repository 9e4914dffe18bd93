"""unknown-c-name: C.name that nothing in the preamble declares; see unknown_c_name.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.tables import declared_by, header_of
from cgo_ls.model.cdecl import CMacro, CUnit
from cgo_ls.model.constraints import SYSTEMS
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import CScope, Package
from cgo_ls.model.pseudo_c import PSEUDO_NAMES, prefix_of
from cgo_ls.rules.exports.parts.export_lines import exported_functions
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.preamble.parts.cgo_lines import cgo_lines
from cgo_ls.rules.preamble.parts.lost_comments import find_c_import, lost_comments
from cgo_ls.rules.preamble.parts.visible_headers import only_standard_headers
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_TAGS = ("struct", "union", "enum")
_TAG_PREFIXES = tuple(f"{tag}_" for tag in _TAGS)
# Types that C spells in one word which cgo hands to it as it is.
_C_WORDS = frozenset(["unsigned", "signed"])
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
_PASTED = re.compile(r"\w+(?:\s*##\s*\w+)+")
_PASTE = re.compile(r"\s*##\s*")
_FOREIGN = re.compile(r"\b(?:" + "|".join(sorted(SYSTEMS - {"linux"})) + r")\b")


@rule("unknown-c-name", family="preamble", severity="error", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    for file in package.files:
        scope = package.scope(file)
        unknown = _unresolved(file, scope)
        if not unknown or not _knows_everything(package, file):
            continue
        names = {name for name in unknown if not _is_explained(name.removeprefix("sizeof_"), package, scope)}
        for name, span in _first_uses(file, names):
            yield _finding(package, file, name, span)


_known: dict[str, tuple[CScope, frozenset[str], frozenset[str]]] = {}
_MOST_FILES = 100


def _unresolved(file: GoFile, scope: CScope) -> frozenset[str]:
    """The names of the file that nothing it sees declares. Kept for a while: hardly a keystroke changes either."""
    known = _known.get(file.path)
    if known is None or known[0] is not scope or known[1] != file.c_names:
        if len(_known) >= _MOST_FILES:
            _known.clear()
        unknown = frozenset(name for name in file.c_names if _is_unresolved(name.removeprefix("sizeof_"), scope))
        known = _known[file.path] = (scope, file.c_names, unknown)
    return known[2]


def _is_unresolved(name: str, scope: CScope) -> bool:
    """Undeclared, and neither the compiler's own nor a tag, which C lets one name without a declaration."""
    return (
        scope.resolve(name) is None
        and not name.startswith("_")
        and name not in _C_WORDS
        and prefix_of(name) not in _TAG_PREFIXES
    )


def _first_uses(file: GoFile, names: set[str]) -> Iterator[tuple[str, Span]]:
    """Where cgo reports a name: at its first use. The span is that of the name behind the dot."""
    told: set[str] = set()
    for reference, span in file.uses_of(names):
        # `C.struct point` is read with a gap; c-type-words speaks of it.
        if reference.name not in told and len(span) == len(reference.name_span) + len("C."):
            told.add(reference.name)
            yield reference.name, Span(span.end - len(reference.name_span), span.end)


def _knows_everything(package: Package, file: GoFile) -> bool:
    """Whether all that could declare a name has been read: the package's own headers, and those of libc on Linux."""
    scope = package.scope(file)
    if file.constraint is not None and _FOREIGN.search(file.constraint):
        return False
    if not only_standard_headers(scope):
        return False
    if any(unit.has_error for unit in scope.units):
        return False
    target = find_c_import(file)
    if target is None or next(lost_comments(file, target), None) is not None:
        return False
    for other in package.files:
        for line in cgo_lines(other):
            if line.directive.verb == "pkg-config" or any(
                a.startswith(("-include", "-D")) for a in line.directive.arguments
            ):
                return False
    return True


def _is_explained(name: str, package: Package, scope: CScope) -> bool:
    """Names of the C library have rules of their own, and so have exports and what only a .c file defines."""
    if header_of(name) is not None or declared_by(name, scope.headers):
        return True
    for unit in package.c_units:
        if any(each.name == name for each in (*unit.functions, *unit.variables, *unit.macros, *unit.enum_constants)):
            return True
        if any(each.name == name for each in unit.types):
            return True
    if any(_may_paste(macro, name) for unit in (*scope.units, *package.c_units) for macro in unit.macros):
        return True
    return any(exported.name == name for file in package.files for exported in exported_functions(file))


def _may_paste(macro: CMacro, name: str) -> bool:
    """Whether a macro with `##` may have declared a name: `go_##f` those with `go_` in them, `a##b` of parameters any."""
    if macro.parameters is None or "##" not in macro.value:
        return False
    for chain in _PASTED.findall(macro.value):
        literal = [part for part in _PASTE.split(chain) if part not in macro.parameters]
        if all(part in name for part in literal):
            return True
    return False


def _finding(package: Package, file: GoFile, name: str, span: Span) -> Finding:
    prefix = "sizeof_" if name.startswith("sizeof_") else ""
    asked, scope = name.removeprefix("sizeof_"), package.scope(file)
    for tag in _TAGS:
        known = scope.resolve(f"{tag}_{asked}")
        if known is not None and known.declarations:
            meant = f"{prefix}{tag}_{asked}"
            message = f"{asked} is a tag, not a type name, in the preamble: write C.{meant}"
            return Finding(span, message, (), (_rename(span, meant),), path=file.path)
    meant = _meant(asked, scope)
    if meant is None:
        elsewhere = _declared_elsewhere(asked, package, file)
        hint = "; another file's preamble declares it, but each file sees its own preamble only" if elsewhere else ""
        return Finding(
            span,
            f"C.{name} is declared nowhere in this file's preamble and the headers it includes{hint}",
            path=file.path,
        )
    message = f"C.{name} is declared nowhere in this file's preamble; did you mean C.{prefix}{meant}?"
    return Finding(span, message, (), (_rename(span, prefix + meant),), path=file.path)


def _rename(span: Span, name: str) -> Fix:
    return Fix(f"Write C.{name}", (FileEdit((TextEdit(span, name.encode()),)),))


def _declared_elsewhere(name: str, package: Package, file: GoFile) -> bool:
    others = [other for other in package.files if other.path != file.path and other.imports_c]
    return any(package.scope(other).resolve(name) is not None for other in others)


def _meant(name: str, scope: CScope) -> str | None:
    """The one known name that is a slip of the fingers away: a letter more, less or other, two exchanged, another case."""
    if len(name) < 3:
        return None
    own = {each for unit in scope.units for each in _names(unit)} | set(PSEUDO_NAMES)
    folded = [each for each in sorted(own) if each.lower() == name.lower()]
    close = folded or sorted(own & _neighbours(name))
    if not close:
        close = sorted(each for each in _neighbours(name) if declared_by(each, scope.headers))
    return close[0] if len(close) == 1 or (close and folded) else None


def _names(unit: CUnit) -> Iterator[str]:
    for group in (unit.functions, unit.variables, unit.macros, unit.enum_constants):
        yield from (each.name for each in group)
    yield from (each.name if each.kind == "typedef" else f"{each.kind}_{each.name}" for each in unit.types)


def _neighbours(name: str) -> set[str]:
    cuts = [(name[:index], name[index:]) for index in range(len(name) + 1)]
    found = {head + tail[1:] for head, tail in cuts if tail}
    found |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    found |= {head + letter + tail[1:] for head, tail in cuts if tail for letter in _LETTERS}
    found |= {head + letter + tail for head, tail in cuts for letter in _LETTERS}
    return found - {name}
