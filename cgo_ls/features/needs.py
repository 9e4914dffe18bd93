"""What a fix needs of the file around it: an import, an include. Edits that gofmt would not touch again."""

from __future__ import annotations

from collections.abc import Iterable

from cgo_ls.data.tables import declared_by
from cgo_ls.model.go_file import GoDeclaration, GoFile, GoImport
from cgo_ls.rules.finding import Need
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

# A name of each header that shows whether other headers bring it along.
_WITNESS = {"stdlib.h": "free"}


def need_edits(file: GoFile, needs: Iterable[Need]) -> list[TextEdit]:
    """The edits (absolute byte spans) for needs that are not met yet, each once."""
    edits: list[TextEdit] = []
    for need in dict.fromkeys(needs):
        edit = _import_edit(file, need.value) if need.kind == "import" else _include_edit(file, need.value)
        if edit is not None:
            edits.append(edit)
    return edits


# --- imports


def _import_edit(file: GoFile, path: str) -> TextEdit | None:
    if any(spec.path == path and spec.alias in (None, path.rsplit("/", 1)[-1]) for spec, _ in file.imports):
        return None
    end = line_ending(file.data)
    imports = [
        declared for declared in file.declarations if declared.declaration.kind == "import" and declared.facts.imports
    ]
    for declared in imports:
        if declared.facts.grouped and all(spec.path != "C" for spec in declared.facts.imports):
            return _grouped_edit(file, declared, path, end)
    after = imports[-1].declaration.region.end if imports else _package_end(file)
    blank = b"" if imports else end
    return TextEdit(Span(after, after), end + blank + b'import "' + path.encode() + b'"')


def _package_end(file: GoFile) -> int:
    for declared in file.declarations:
        if declared.declaration.kind == "package":
            return declared.declaration.region.end
    return 0


def _grouped_edit(file: GoFile, declared: GoDeclaration, path: str, end: bytes) -> TextEdit:
    """Into the first run of specs without blank lines that holds packages of the standard library, in order of the paths."""
    base, data = declared.declaration.start, file.data
    run: list[GoImport] = []
    for spec in declared.facts.imports:
        between = data[base + run[-1].span.end : base + spec.span.start] if run else b""
        if between.count(b"\n") > 1:
            if any(_is_standard(known.path) for known in run):
                break
            run = []
        run.append(spec)
    following = next((spec for spec in run if spec.path > path and spec.alias is None), None)
    if following is not None:
        place = base + following.span.start
        start = data.rfind(b"\n", 0, place) + 1
        if not data[start:place].strip():
            return TextEdit(Span(place, place), b'"' + path.encode() + b'"' + end + data[start:place])
    last = base + run[-1].span.end
    newline = data.find(b"\n", last)
    line_end = newline if newline >= 0 else len(data)
    if data[line_end - 1 : line_end] == b"\r":
        line_end -= 1
    return TextEdit(Span(line_end, line_end), end + b'\t"' + path.encode() + b'"')


def _is_standard(path: str) -> bool:
    return "." not in path.split("/")[0]


# --- includes


def _include_edit(file: GoFile, header: str) -> TextEdit | None:
    if file.c_unit is None or _is_included(file, header):
        return None
    end = line_ending(file.data)
    line = b"#include <" + header.encode() + b">"
    own = [include.place.span.start for include in file.c_unit.includes]
    if own:
        place = min(own)
        start = file.data.rfind(b"\n", 0, place) + 1
        prefix = file.data[start:place]
        return TextEdit(Span(place, place), line + end + (b"" if b"/*" in prefix else prefix))
    return _new_preamble_line(file, line, end)


def _is_included(file: GoFile, header: str) -> bool:
    """Also when an unknown header is included, and the file already uses what this one declares: then something brings it."""
    assert file.c_unit is not None
    names = [include.name for include in file.c_unit.includes]
    if header in names:
        return True
    witness = _WITNESS.get(header)
    if witness is None:
        return False
    known = declared_by(witness, names)
    return known is True or (known is None and f"C.{witness}(".encode() in file.data)


def _new_preamble_line(file: GoFile, line: bytes, end: bytes) -> TextEdit | None:
    preamble, base = file.preamble, file.preamble_base
    if preamble is not None and preamble.span.end > preamble.span.start:
        place = base + preamble.span.start
        start = file.data.rfind(b"\n", 0, place) + 1
        indent = file.data[start:place] if not file.data[start:place].strip() else b""
        if file.data.startswith(b"/*", place):
            return TextEdit(
                Span(place + 2, place + 2), end + line + (b"" if _line_is_empty(file.data, place + 2) else end)
            )
        return TextEdit(Span(place, place), b"// " + line + end + indent)
    for declared in file.declarations:
        for spec in declared.facts.imports:
            if spec.path == "C":
                place = (
                    declared.declaration.start + spec.span.start
                    if declared.facts.grouped
                    else declared.declaration.keyword
                )
                start = file.data.rfind(b"\n", 0, place) + 1
                indent = file.data[start:place]
                return None if indent.strip() else TextEdit(Span(place, place), b"// " + line + end + indent)
    return None


def _line_is_empty(data: bytes, offset: int) -> bool:
    newline = data.find(b"\n", offset)
    return newline >= 0 and not data[offset:newline].strip()
