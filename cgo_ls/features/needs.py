"""What a fix needs of the file around it: an import, an include. Edits that gofmt would not touch again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cgo_ls.data.tables import declared_by
from cgo_ls.model.go_file import GoDeclaration, GoFile, GoImport
from cgo_ls.rules.finding import Need
from cgo_ls.rules.preamble.parts.import_lines import delete_import
from cgo_ls.syntax.go_nodes import field, span_of, text_of, walk
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit, conflicts, line_ending
from cgo_ls.text.span import Span

# A name of each header that shows whether other headers bring it along.
_WITNESS = {"stdlib.h": "free"}
_CONDITION = re.compile(rb"#[ \t]*(?:(if|ifdef|ifndef)|(endif))\b")
# What stands above the includes: flags for the go command, and macros such as _GNU_SOURCE, which the headers ask about.
_BEFORE_INCLUDES = re.compile(rb"(?:#[ \t]*(?:cgo|define|undef)\b.*)?\Z", re.DOTALL)


def need_edits(file: GoFile, needs: Iterable[Need], fixed: Sequence[TextEdit] = ()) -> list[TextEdit]:
    """The edits (absolute byte spans) for needs that are not met yet, each once. `fixed` are the edits that have these needs."""
    edits: list[TextEdit] = []
    wanted = list(dict.fromkeys(needs))
    for need in wanted:
        if need.kind == "unimport":
            continue
        edit = _import_edit(file, need.value) if need.kind == "import" else _include_edit(file, need.value)
        if edit is not None:
            edits.append(edit)
    for need in wanted:
        if need.kind == "unimport":
            edits = _without_import(file, need.value, fixed, edits)
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
            edit = _grouped_edit(file, declared, path, end)
            if edit is not None:
                return edit
    after = imports[-1].declaration.end if imports else _package_end(file)
    after -= file.data[after - 1 : after] == b"\r"  # the last byte of a comment, but the first of the line's end
    blank = b"" if imports else end
    return TextEdit(Span(after, after), end + blank + b'import "' + path.encode() + b'"')


def _without_import(file: GoFile, path: str, fixed: Sequence[TextEdit], edits: list[TextEdit]) -> list[TextEdit]:
    """`edits` and the deletion of an import that `fixed` leave without a use; an import that would come beside it takes its line."""
    name = path.rsplit("/", 1)[-1].encode() + b"."
    if any(name in edit.new_text for edit in fixed):
        return edits
    gone = [edit.span for edit in fixed]
    for declared in file.declarations:
        region = declared.declaration.region
        if declared.declaration.kind == "import" or file.data.find(name, region.start, region.end) < 0:
            continue
        for used in _uses_of_package(file.data[region.start : region.end], name[:-1].decode()):
            if not any(
                span.start <= used.start + region.start and used.end + region.start <= span.end for span in gone
            ):
                return edits
    deletion = delete_import(file, path)
    if deletion is None:
        return edits
    beside = [edit for edit in edits if conflicts([edit, deletion]) or edit.span.start == deletion.span.end]
    if not beside:
        return [*edits, deletion]
    spec = next(one.path_span.shift(base) for one, base in file.imports if one.path == path)
    new = next((match[0] for match in re.finditer(rb'"[^"]*"', beside[0].new_text)), None)
    if len(beside) > 1 or new is None:
        return edits
    return [*(edit for edit in edits if edit not in beside), TextEdit(spec, new)]


def _uses_of_package(text: bytes, name: str) -> Iterator[Span]:
    for node in walk(parse_go(text)):
        if node.type in ("selector_expression", "qualified_type"):
            package = field(node, "operand") or field(node, "package")
            if text_of(package) == name:
                yield span_of(node)


def _package_end(file: GoFile) -> int:
    for declared in file.declarations:
        if declared.declaration.kind == "package":
            return declared.declaration.end
    return 0


def _grouped_edit(file: GoFile, declared: GoDeclaration, path: str, end: bytes) -> TextEdit | None:
    """Into the first run of specs without blank lines that holds packages of the standard library, in the order of the paths; None
    for a group that is not one spec a line."""
    base, data = declared.declaration.start, file.data
    run = _run_of_standard_packages(data, declared)
    following = next((spec for spec in run if spec.path > path), None)
    if following is not None:
        place = base + (following.doc[0] if following.doc else following.span).start
        indent = _indent(data, place)
        if indent is not None:
            return TextEdit(Span(place, place), b'"' + path.encode() + b'"' + end + indent)
    line_end = _line_end(data, base + run[-1].span.end)
    indent = _indent(data, base + run[-1].span.start)
    if indent is None or line_end >= declared.declaration.end:
        return None
    return TextEdit(Span(line_end, line_end), end + indent + b'"' + path.encode() + b'"')


def _run_of_standard_packages(data: bytes, declared: GoDeclaration) -> list[GoImport]:
    run: list[GoImport] = []
    for spec in declared.facts.imports:
        between = data[declared.declaration.start :][run[-1].span.end : spec.span.start] if run else b""
        if between.count(b"\n") > 1:
            if any("." not in known.path.split("/")[0] for known in run):
                return run
            run = []
        run.append(spec)
    return run


# --- includes


class _Line(NamedTuple):
    """One line of a preamble. `start`, `end`: its C text in the file, without comment markers and the line's end.

    `comment` is where its comment begins; `block`: that is a `/*`; `opens`: the line is the comment's first.
    """

    start: int
    end: int
    comment: int
    block: bool
    opens: bool


def _include_edit(file: GoFile, header: str) -> TextEdit | None:
    if file.c_unit is None or _is_included(file, header):
        return None
    data, end = file.data, line_ending(file.data)
    include = b"#include <" + header.encode() + b">"
    comments = _comments(file)
    if not comments:
        return _above_import(file, include, end)
    lines = list(_lines(data, comments))
    before = _first_behind_macros(data, lines)
    includes = [place.place.span.start for place in file.c_unit.includes]
    known = _outside_of_conditions(data, lines, [i for i, line in enumerate(lines) if _holds(line, includes)])
    if known is not None:
        return _line_above(data, lines[known], include, end, own_prefix=True)
    if before is not None:
        return _line_above(data, lines[before], include, end, own_prefix=False)
    return _line_below(data, lines[-1], include, end)


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


def _comments(file: GoFile) -> tuple[Span, ...]:
    """The comments of the first preamble; file offsets."""
    for declared in file.declarations:
        for spec in declared.facts.imports:
            if spec.path == "C" and spec.doc:
                return tuple(span.shift(declared.declaration.start) for span in spec.doc)
    return ()


def _lines(data: bytes, comments: Sequence[Span]) -> Iterator[_Line]:
    for comment in comments:
        block = data.startswith(b"/*", comment.start)
        position = comment.start + 2
        stop = comment.end - 2 if block else comment.end
        while position <= stop:
            newline = data.find(b"\n", position, stop)
            behind = newline if newline >= 0 else stop
            line = data[position:behind]
            start = position + len(line) - len(line.lstrip(b" \t"))
            yield _Line(
                start, max(start, position + len(line.rstrip())), comment.start, block, position == comment.start + 2
            )
            position = behind + 1


def _holds(line: _Line, places: Iterable[int]) -> bool:
    return any(line.start <= place < line.end for place in places)


def _first_behind_macros(data: bytes, lines: Sequence[_Line]) -> int | None:
    continued = False
    for index, line in enumerate(lines):
        text = data[line.start : line.end]
        if not continued and not _BEFORE_INCLUDES.match(text):
            return index
        continued = text.endswith(b"\\")
    return None


def _outside_of_conditions(data: bytes, lines: Sequence[_Line], includes: Sequence[int]) -> int | None:
    """The first include that always counts; else the outermost `#if` around the first one."""
    depth, outer = 0, 0
    around: int | None = None
    for index, line in enumerate(lines):
        condition = _CONDITION.match(data, line.start, line.end)
        if condition is not None:
            depth = depth + 1 if condition[1] else max(0, depth - 1)
            outer = index if condition[1] and depth == 1 else outer
        if index in includes:
            if not depth:
                return index
            around = outer if around is None else around
    return around


def _line_above(data: bytes, line: _Line, include: bytes, end: bytes, *, own_prefix: bool) -> TextEdit | None:
    """`own_prefix`: write the comment marker as that line does."""
    if not line.block:
        indent = _indent(data, line.comment)
        marker = data[line.comment : line.start] if own_prefix else b"// "
        return None if indent is None else TextEdit(Span(line.comment, line.comment), marker + include + end + indent)
    if line.opens:
        start = line.start if own_prefix else line.comment + 2
        return TextEdit(Span(start, start), (b"" if own_prefix else end) + include + end)
    return _own_line(data, line, include, end)


def _line_below(data: bytes, line: _Line, include: bytes, end: bytes) -> TextEdit | None:
    """Below the last line of the preamble."""
    if not line.block:
        indent = _indent(data, line.comment)
        return None if indent is None else TextEdit(Span(line.end, line.end), end + indent + b"// " + include)
    if line.start == line.end and not line.opens:
        return _own_line(data, line, include, end)
    closing = data.index(b"*/", line.end)
    return TextEdit(Span(line.end, closing), end + include + end)


def _own_line(data: bytes, line: _Line, include: bytes, end: bytes) -> TextEdit:
    """A line of a block, as deep as the one below. Above a closing `*/` that stands alone it is as gofmt lays out such a block."""
    indent = _indent(data, line.start) or b""
    if line.start == line.end:
        tabs = indent.rstrip(b" ")
        deeper = tabs + b"\t" if tabs else b""
        return TextEdit(Span(line.start - len(indent), line.start), deeper + include + end + tabs)
    return TextEdit(Span(line.start, line.start), include + end + indent)


def _above_import(file: GoFile, include: bytes, end: bytes) -> TextEdit | None:
    """The first line of a preamble."""
    for declared in file.declarations:
        for index, spec in enumerate(declared.facts.imports):
            if spec.path == "C":
                if index and not declared.facts.grouped:
                    return None  # behind another import on one line
                place = (
                    declared.declaration.start + spec.span.start
                    if declared.facts.grouped
                    else declared.declaration.keyword
                )
                indent = _indent(file.data, place)
                return None if indent is None else TextEdit(Span(place, place), b"// " + include + end + indent)
    return None


def _indent(data: bytes, place: int) -> bytes | None:
    """The blanks before `place` on its line; None where there is something else."""
    indent = data[data.rfind(b"\n", 0, place) + 1 : place]
    return None if indent.strip() else indent


def _line_end(data: bytes, offset: int) -> int:
    """Where the line that holds `offset` ends, before its terminator."""
    newline = data.find(b"\n", offset)
    end = newline if newline >= 0 else len(data)
    return end - (data[end - 1 : end] == b"\r")
