"""export-prototype-conflict: a prototype in C that does not agree with the one cgo generates; see export_prototype_conflict.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CFunction, CUnit
from cgo_ls.model.definitions import is_conditional
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import CScope, Package
from cgo_ls.rules.exports.export_header_in_preamble import HEADER
from cgo_ls.rules.exports.parts.c_comparison import same_type
from cgo_ls.rules.exports.parts.calling import count_of, misread
from cgo_ls.rules.exports.parts.export_lines import ExportedFunction, exported_functions
from cgo_ls.rules.exports.parts.generated_prototype import GeneratedPrototype, generated_prototype
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Severity, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_HEADERS = (".h", ".hh", ".hpp", ".hxx")
_LINUX = re.compile(r"\b(?:linux|unix)\b")
_SIMPLE = re.compile(rb"(?:(?:extern)[ \t]+)?[A-Za-z_][\w \t*]*\([^()\n]*\)[ \t]*;?")


@rule("export-prototype-conflict", family="exports", severity="error", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    exporting = [(file, found) for file in package.files if (found := list(exported_functions(file)))]
    # cgo copies the preambles of the files that export, and no others, above the functions it generates.
    scopes = [(file, package.scope(file)) for file, _ in exporting]
    seen: set[tuple[str, Span]] = set()
    for _, found in exporting:
        for exported in found:
            if exported.name != exported.function.name:
                continue
            generated = generated_prototype(exported, package)
            for file, scope in scopes:
                if not _built_together(file, exported.file):
                    continue
                for prototype in _prototypes(scope, exported.name):
                    key = (prototype.place.path, prototype.place.name_span)
                    finding = _finding(exported, generated, prototype, scope, file) if key not in seen else None
                    if finding is not None:
                        seen.add(key)
                        yield finding
    if exporting:
        yield from _unseen(package, [one for _, found in exporting for one in found], seen)


def _unseen(package: Package, exports: list[ExportedFunction], seen: set[tuple[str, Span]]) -> Iterator[Finding]:
    """Prototypes that no compiler holds against what cgo generates: C files, and preambles of files that export nothing."""
    by_name = {one.name: one for one in exports if one.name == one.function.name}
    exporting = {one.file.path for one in exports}
    units = [(file.c_unit, file, package.scope(file)) for file in package.files if file.path not in exporting]
    units += [(unit, None, package.scope(exports[0].file)) for unit in package.c_units]
    for unit, file, scope in units:
        for prototype in unit.functions if unit is not None else ():
            exported = by_name.get(prototype.name)
            if unit is None or exported is None or (prototype.place.path, prototype.place.name_span) in seen:
                continue
            if prototype.is_definition or not prototype.c_linkage or not _is_plain(unit, prototype, file, exported):
                continue
            finding = _unseen_finding(exported, package, prototype, scope, file, unit)
            if finding is not None:
                yield finding


def _is_called(name: str, package: Package, file: GoFile | None, unit: CUnit) -> bool:
    """Whether some text that has this prototype, or may have it by a header, calls the function."""
    call = re.compile(rb"\b" + re.escape(name.encode()) + rb"\s*\(")
    if file is not None:
        texts = [(_preamble_text(file), file.c_unit)]
        if any(reference.call for reference, _ in file.uses_of({name})):
            return True
    elif unit.path.endswith(_HEADERS):
        texts = [(one.text, one) for one in package.c_units]
        texts += [(_preamble_text(one), one.c_unit) for one in package.files]
    else:
        texts = [(unit.text, unit)]
    return any(
        len(call.findall(text)) > sum(function.name == name for function in (one.functions if one is not None else ()))
        for text, one in texts
    )


def _preamble_text(file: GoFile) -> bytes:
    return b"\n".join(preamble.text for preamble, _ in file.preambles)


def _is_plain(unit: CUnit, prototype: CFunction, file: GoFile | None, exported: ExportedFunction) -> bool:
    """Whether it certainly is part of the build that the export is part of, and has a list of parameters."""
    constraint = file.constraint if file is not None else unit.constraint
    together = constraint is None or constraint == exported.file.constraint or _LINUX.fullmatch(constraint) is not None
    listed = prototype.has_prototype and not prototype.variadic and not prototype.static
    return together and listed and not is_conditional(unit, prototype.place.span)


def _unseen_finding(
    exported: ExportedFunction, package: Package, prototype: CFunction, scope: CScope, file: GoFile | None, unit: CUnit
) -> Finding | None:
    generated = generated_prototype(exported, package)
    compared = any(include.name == HEADER for include in unit.includes)
    if not compared and not _is_called(exported.name, package, file, unit):
        return None  # declared for its address
    if generated is None:
        return None
    severity: Severity | None = None
    if compared:
        reason = _difference(generated, prototype, scope)
        message = f"this prototype conflicts with the one cgo generates, {generated.shown()}: {reason}"
    else:
        reason, severity = misread(generated, prototype, scope) or (None, None)
        message = (
            f"this prototype is not the one cgo generates, {generated.shown()}: {reason}. "
            "No compiler sees both, and the function gets other values than C passes"
        )
    if reason is None:
        return None
    fix = _fix(generated, prototype, file.data if file is not None else unit.text)
    return Finding(
        prototype.place.name_span,
        message,
        (Step(exported.name_span, "exported here", exported.file.path),),
        (fix,) if fix is not None else (),
        path=prototype.place.path,
        severity=severity,
    )


def _built_together(one: GoFile, other: GoFile) -> bool:
    return one.package_name == other.package_name and (
        one.path == other.path or one.constraint == other.constraint or None in (one.constraint, other.constraint)
    )


def _prototypes(scope: CScope, name: str) -> list[CFunction]:
    known = scope.resolve(name)
    found = [each for each in known.declarations if isinstance(each, CFunction)] if known is not None else []
    return [] if any(each.is_definition for each in found) else found


def _finding(
    exported: ExportedFunction, generated: GeneratedPrototype | None, prototype: CFunction, scope: CScope, file: GoFile
) -> Finding | None:
    step = (Step(exported.name_span, "exported here", exported.file.path),)
    if prototype.static:
        message = (
            f"{exported.name} is exported, so cgo defines it outside of this file's C; "
            "with a static prototype the linker does not find it"
        )
        fixes: tuple[Fix, ...] = ()
        if prototype.place.path == file.path and prototype.storage:
            edits = tuple(TextEdit(span, b"") for span in prototype.storage)
            fixes = (Fix(f"Make the prototype of {exported.name} an ordinary one", (FileEdit(edits),)),)
        return Finding(prototype.place.name_span, message, step, fixes, path=prototype.place.path)
    if generated is None or not prototype.has_prototype or prototype.variadic:
        return None
    reason = _difference(generated, prototype, scope)
    if reason is None or (file.constraint is not None and not _LINUX.search(file.constraint)):
        return None
    message = f"this prototype conflicts with the one cgo generates, {generated.shown()}: {reason}"
    fix = _fix(generated, prototype, file.data) if prototype.place.path == file.path else None
    fixes = (fix,) if fix is not None else ()
    return Finding(prototype.place.name_span, message, step, fixes, path=prototype.place.path)


def _difference(generated: GeneratedPrototype, prototype: CFunction, scope: CScope) -> str | None:
    """Why they differ, in a clause; None where they agree or where that cannot be said."""
    wanted, given = generated.parameters, prototype.parameters
    if len(wanted) != len(given):
        return f"it has {count_of(len(given))}, the Go function {count_of(len(wanted))}"
    pairs = [("the result", generated.result, prototype.result)]
    pairs += [
        (f"parameter {name or index + 1}", kind, parameter.type)
        for index, ((kind, name), parameter) in enumerate(zip(wanted, given, strict=True))
    ]
    for what, kind, text in pairs:
        text = re.sub(r"\b(?:extern|inline|__inline)\b\s*", "", text)
        if kind.plain and "_Complex" not in kind.plain and same_type(kind.plain, text, scope) is False:
            aka = f" ({kind.plain})" if kind.plain != kind.shown and not kind.plain.startswith(("struct", "_")) else ""
            return f"{what} is {kind.shown}{aka} there and {text} here"
    return None


def _fix(generated: GeneratedPrototype, prototype: CFunction, data: bytes) -> Fix | None:
    """`data`: the file that holds the prototype."""
    plain = generated.plain()
    if plain is None or prototype.attributes:
        return None
    text = data[prototype.place.span.start : prototype.place.span.end]
    if not _SIMPLE.fullmatch(text):
        return None
    after = f"{'extern ' if text.startswith(b'extern') else ''}{plain}{';' if text.endswith(b';') else ''}"
    edit = TextEdit(prototype.place.span, after.encode())
    return Fix(f"Declare {generated.name} as cgo does", (FileEdit((edit,)),))
