"""The fix that keeps errno over calls: `int saved_errno = errno;` before them, `errno = saved_errno;` before the return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cgo_ls.rules.errno.parts.c_sites import CSite, block_of, is_labeled, statement_of
from cgo_ls.rules.finding import FileEdit, Fix, Need
from cgo_ls.syntax.c_nodes import Node, name_of
from cgo_ls.syntax.go_nodes import walk
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span


def save_errno(site: CSite, first: Span, returns: Sequence[Span], reads: Sequence[Span]) -> Fix | None:
    """Save errno before the statement that holds the call at `first`; restore it before each of `returns`, or use the saved number at
    `reads` inside of them. Spans are those of the body. None where it would not fit: no braces, a label, another block."""
    root = site.tree()
    held = statement_of(root, first) if root is not None else None
    if root is None or held is None:
        return None
    name = _fresh(root)
    edits = _saved(site, root, held, name)
    for span in returns:
        statement = statement_of(root, span)
        if statement is None or statement.type != "return_statement" or not _follows(held, statement):
            return None
        inside = [read for read in reads if span.start <= read.start and read.end <= span.end]
        if inside:
            edits += [TextEdit(site.in_file(read), name.encode()) for read in inside]
        else:
            edits.append(_line_before(site, statement, f"errno = {name};"))
    includes = _include(site)
    if includes is None:
        return None
    needs = (Need("include", "errno.h"),) if site.go_file is not None else ()
    return Fix("Save errno and restore it", (FileEdit((*edits, *includes)),), "safe", needs)


def _saved(site: CSite, root: Node, held: Node, name: str) -> list[TextEdit]:
    """Behind a label no declaration may stand, so the variable is declared at the top."""
    body = root.child_by_field_name("body")
    top = body.named_children[0] if body is not None and body.named_children else None
    if not is_labeled(held) or top is None:
        return [_line_before(site, held, f"int {name} = errno;")]
    return [_line_before(site, top, f"int {name};"), _line_before(site, held, f"{name} = errno;")]


def _follows(held: Node, statement: Node) -> bool:
    """Whether `statement` comes after `held` inside the braces that hold it."""
    block = block_of(held)
    return block is not None and held.end_byte <= statement.start_byte and statement.end_byte <= block.end_byte


def _fresh(root: Node) -> str:
    used = {name_of(node) for node in walk(root) if node.type == "identifier"}
    names = ("saved_errno", *(f"saved_errno{number}" for number in range(2, len(used) + 3)))
    return next(name for name in names if name not in used)


def _line_before(site: CSite, statement: Node, text: str) -> TextEdit:
    """On a line of its own where the statement begins one, with what stands before it there (blanks, `//`)."""
    at = site.base + statement.start_byte
    before = site.raw[site.raw.rfind(b"\n", 0, at) + 1 : at]
    own = before.replace(b"//", b"", 1) if site.go_file is not None else before
    if own.strip():
        return TextEdit(Span(at, at), text.encode() + b" ")
    return TextEdit(Span(at, at), text.encode() + line_ending(site.raw) + before)


def _include(site: CSite) -> Iterable[TextEdit] | None:
    """An `#include <errno.h>` for a C file that has none. The preamble's is a Need."""
    unit = site.definition.unit
    if site.go_file is not None or any(include.name == "errno.h" for include in unit.includes):
        return ()
    last = next((include for include in reversed(unit.includes) if include.place.span.start < site.base), None)
    if last is None:
        return None
    at = len(site.raw[: last.place.span.end].rstrip(b"\r\n"))
    return (TextEdit(Span(at, at), line_ending(site.raw) + b"#include <errno.h>"),)
