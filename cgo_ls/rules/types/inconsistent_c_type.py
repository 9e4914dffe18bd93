"""inconsistent-c-type: one C type with different fields in two files' preambles; see inconsistent_c_type.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.model.cdecl import CTypeName
from cgo_ls.model.go_file import GoFile
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import PackageContext, rule


@rule("inconsistent-c-type", family="types", severity="error", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    first: dict[tuple[str, str, str], tuple[GoFile, CTypeName]] = {}
    for file in sorted(context.package.files, key=lambda each: each.path):
        if file.c_unit is None or file.constraint is not None:
            continue
        for name, declared in _used(file):
            known = first.setdefault((file.package_name, declared.kind, name), (file, declared))
            if known[0] is not file and known[1].fields != declared.fields:
                message = f"C.{name} has other fields in another file of the package; cgo makes one type of both, and refuses them"
                step = Step(known[1].place.name_span, "the other one", known[0].path)
                yield Finding(declared.place.name_span, message, (step,), path=file.path)


def _used(file: GoFile) -> Iterator[tuple[str, CTypeName]]:
    """The structs and unions that the preamble itself defines, once and completely, and the file's Go names."""
    unit = file.c_unit
    if unit is None or unit.has_error:
        return
    names = [f"{each.kind}_{each.name}" if each.kind != "typedef" else each.name for each in unit.types]
    for name, declared in zip(names, unit.types, strict=True):
        if name in file.c_names and declared.fields and names.count(name) == 1 and "#" not in declared.text:
            yield name, declared
