"""duplicate-definition: one definition is compiled twice, or two have one name; see duplicate_definition.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.definitions import (
    C_FILES,
    CPLUSPLUS_FILES,
    Definition,
    built_together,
    compiled_together,
    definitions,
    definitions_in,
    exports_of,
    is_beside,
)
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.rules.symbols.parts.compilations import clashing, compilations
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("duplicate-definition", family="symbols", severity="error", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    texts, names = package.made_of_c("duplicates", lambda: _candidates(package))
    for unit, external in texts:
        finding = _included(package, unit, external)
        if finding is not None:
            yield finding
    yield from _same_name(package, names)


def _candidates(package: Package) -> tuple[list[tuple[CUnit, list[Definition]]], dict[str, list[Definition]]]:
    """C files and headers that hold definitions, and names with several: for most packages nothing, which is known from the C alone."""
    texts = []
    for unit in package.c_units:
        external = [one for one in definitions_in(unit) if _counts(one)]
        if external and (not is_beside(package, unit) or len(compilations(package, unit)) > 1):
            texts.append((unit, external))
    names = {}
    for name, several in definitions(package).items():
        if len(several) > 1:
            counting = [one for one in several if _counts(one)]
            if len(counting) > 1:
                names[name] = counting
    return texts, names


def _counts(definition: Definition) -> bool:
    """Whether the linker refuses a second copy. `int n;` in C++ and members are no concern of a C compiler."""
    if not definition.external or definition.conditional or definition.name == "main":
        return False
    return not definition.path.endswith((*CPLUSPLUS_FILES, ".hpp", ".hh", ".hxx"))


def _included(package: Package, unit: CUnit, external: list[Definition]) -> Finding | None:
    found = compilations(package, unit)
    pair = clashing(found)
    if pair is None:
        return None
    if any(one.path.endswith(CPLUSPLUS_FILES) for one in found):
        return None  # a header of C++, whose classes and templates read as C would be anything
    name = external[0].name
    if is_beside(package, unit):
        other = next((one for one in found if one.include is not None), None)
        if other is None or other.include is None:
            return None
        step = Step(external[0].declared.place.name_span, f"{name} is defined here", unit.path)
        message = (
            f"{external[0].file} is compiled twice: included here, and by itself as a C file of the package; "
            f"the link fails with multiple definition of {name}. Declare what Go needs instead, or move the file to a folder below"
        )
        return Finding(other.include, message, (step,), path=other.path)
    steps = tuple(Step(one.include, _why(one.of_exports), one.path) for one in pair if one.include is not None)
    count = len(found)
    where = "a file" if unit.path.endswith((*C_FILES, *CPLUSPLUS_FILES)) else "a header"
    message = f"{name} is defined in {where} that is compiled {count} times: the link fails with multiple definition of {name}. "
    message += (
        "Make it static, or define it in a .c file"
        if external[0].is_function
        else "Declare it extern, and define it in a .c file"
    )
    declared = external[0].declared
    fix = _static(external[0]) if external[0].is_function else None
    return Finding(declared.place.name_span, message, steps, (fix,) if fix else (), path=unit.path)


def _why(of_exports: bool) -> str:
    return "and once more with this file's exports" if of_exports else "compiled here"


def _static(definition: Definition) -> Fix:
    start = definition.declared.place.span.start
    edit = TextEdit(Span(start, start), b"static inline ")
    return Fix(f"Make {definition.name} static inline", (FileEdit((edit,), definition.path),))


def _same_name(package: Package, names: dict[str, list[Definition]]) -> Iterator[Finding]:
    """Two texts that define one name. A preamble is compiled with its Go file; a file with exports is another rule's."""
    files = {file.path: file for file in package.files}
    for name, several in names.items():
        compiled = [one for one in several if _is_text(package, files, one)]
        for index, now in enumerate(compiled):
            before = next((one for one in compiled[:index] if _clash(files, one, now)), None)
            if before is not None:
                message = (
                    f"{name} is defined here and in {before.file}: the link fails with multiple definition of {name}"
                )
                step = Step(before.declared.place.name_span, f"{name} is defined here too", before.path)
                yield Finding(now.declared.place.name_span, message, (step,), path=now.path)
                break


def _is_text(package: Package, files: dict[str, GoFile], definition: Definition) -> bool:
    file = files.get(definition.path)
    return is_beside(package, definition.unit) if file is None else file.path not in exports_of(package)


def _clash(files: dict[str, GoFile], one: Definition, other: Definition) -> bool:
    if one.path == other.path or one.is_function != other.is_function or _is_common(one) or _is_common(other):
        return False
    mine, theirs = files.get(one.path), files.get(other.path)
    if mine is not None and theirs is not None:
        return built_together(mine, theirs)
    constraints = [
        file.constraint if file is not None else definition.unit.constraint
        for file, definition in ((mine, one), (theirs, other))
    ]
    return compiled_together(*constraints)


def _is_common(definition: Definition) -> bool:
    """`int n;` twice: old compilers merged them (-fcommon)."""
    return not definition.is_function and not re.search(r"\bconst\b", getattr(definition.declared, "type", ""))
