"""Fixes that replace a read of errno by the second result of the C call before it, for all reads of one file together.

Two things can only be seen from the file: the names the fixes of one function declare must differ, and an import that the fixes
leave unused must go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from cgo_ls.data.tables import function as table_row
from cgo_ls.model.go_file import GoDeclaration
from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.errno.parts.errno_value import Replacement, replace_use
from cgo_ls.rules.errno.parts.preceding_call import Callee, Capture, Search, find_capture, fresh, identifiers
from cgo_ls.rules.finding import Applicability, FileEdit, Fix, Need
from cgo_ls.rules.preamble.parts.import_lines import delete_import
from cgo_ls.rules.rule import FileContext
from cgo_ls.syntax.go_nodes import Node, field, span_of, text_of, walk
from cgo_ls.syntax.go_parser import parse_go
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span

# Functions that are called between a failure and the look at errno, and leave it alone.
_BETWEEN = frozenset(["free", "strerror"])


@dataclass(frozen=True, slots=True)
class Read:
    """One read of errno: the declaration it stands in, that declaration's tree, the expression (region-relative)."""

    declaration: GoDeclaration
    root: Node
    node: Node

    @property
    def span(self) -> Span:
        """File offsets."""
        return span_of(self.node).shift(self.declaration.declaration.region.start)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of a read: the C call it means (file offsets in `call`), and the fix, where there is one."""

    read: Read
    callee: str | None = None
    call: Span | None = None
    fix: Fix | None = None


@dataclass(slots=True)
class _Group:
    """The reads that mean one C call, and the edits that serve them all."""

    base: int
    capture: Capture
    reads: list[int]
    replacements: list[Replacement]

    @property
    def edits(self) -> tuple[TextEdit, ...]:
        return tuple(
            TextEdit(edit.span.shift(self.base), edit.new_text)
            for edit in (*self.capture.edits, *(edit for found in self.replacements for edit in found.edits))
        )


def parse_declaration(context: FileContext, declaration: GoDeclaration) -> Node:
    region = declaration.declaration.region
    return parse_go(context.file.data[region.start : region.end])


def plan(context: FileContext, reads: Sequence[Read], helpers: frozenset[str], on_result: Applicability) -> list[Plan]:
    """A plan for each read. `helpers` are C functions that themselves only return errno.

    `on_result`: how far a fix may be trusted when the error becomes what the function returns.
    """
    plans = [Plan(read) for read in reads]
    groups = list(_groups(context, reads, helpers, plans))
    for group, fix in zip(groups, _fixes(context, groups, on_result), strict=True):
        for index in group.reads:
            plans[index] = replace(plans[index], fix=fix)
    return plans


def _groups(
    context: FileContext, reads: Sequence[Read], helpers: frozenset[str], plans: list[Plan]
) -> Iterator[_Group]:
    """Reads by the call they mean; notes in `plans` which call that is, even where the read cannot be replaced."""
    found: dict[tuple[int, Span], _Group] = {}
    taken: dict[int, frozenset[str] | None] = {}
    judge = _judge(context, helpers)
    line_end = line_ending(context.file.data)
    for index, read in enumerate(reads):
        region = read.declaration.declaration.region
        if region.start not in taken:
            taken[region.start] = identifiers(read.root)
        names = taken[region.start]
        if names is None:
            continue
        error, result = fresh(("err", "cErr"), names), fresh(("ret", "result"), names)
        text = context.file.data[region.start : region.end]
        capture = find_capture(read.node, Search(text, judge, error, result, line_end))
        if capture is None:
            continue
        known = found.get((region.start, capture.call))
        capture = known.capture if known is not None else capture
        plans[index] = Plan(read, capture.callee, capture.call.shift(region.start))
        replacement = replace_use(read.node, capture.error)
        if replacement is None:
            continue
        if known is None:
            known = found[region.start, capture.call] = _Group(region.start, capture, [], [])
            taken[region.start] = names | frozenset(capture.names)
        known.reads.append(index)
        known.replacements.append(replacement)
    yield from found.values()


def _judge(context: FileContext, helpers: frozenset[str]) -> Callable[[str, int], Callee]:
    def judge(name: str, count: int) -> Callee:
        if name in _BETWEEN or name in helpers or pseudo_name(name) is not None:
            return "neutral"
        known = context.scope.resolve(name)
        if known is None:
            # With one argument it may be a conversion to a type of some header.
            return "unknown" if count == 1 and table_row(name) is None else "function"
        if known.kind == "type":
            return "neutral"
        return "function" if known.kind == "function" else "unknown"

    return judge


def _fixes(context: FileContext, groups: list[_Group], on_result: Applicability) -> list[Fix]:
    """One fix a group; one for all of them where together they leave the import of syscall unused."""
    dropped = {span.shift(group.base) for group in groups for found in group.replacements for span in found.syscall}
    needed = any(found.needs_syscall for group in groups for found in group.replacements)
    if not dropped or _uses_of_syscall(context) - dropped:
        return [_fix([group], on_result) for group in groups]
    whole = _fix(groups, on_result)
    if not needed:
        removal = delete_import(context.file, "syscall")
        edits = (*whole.edits[0].edits, *([removal] if removal is not None else []))
        whole = replace(
            whole, edits=(FileEdit(edits),), applicability=whole.applicability if removal else "display-only"
        )
    return [whole] * len(groups)


def _fix(groups: list[_Group], on_result: Applicability) -> Fix:
    edits = tuple(edit for group in groups for edit in group.edits)
    found = [replacement for group in groups for replacement in group.replacements]
    needs = (Need("import", "syscall"),) if any(replacement.needs_syscall for replacement in found) else ()
    callees = sorted({group.capture.callee for group in groups})
    title = f"Take the error of C.{callees[0]} from its second result"
    if len(callees) > 1:
        title = "Take the errors of the C calls from their second results"
    applicability = on_result if any(replacement.result for replacement in found) else "safe"
    return Fix(title, (FileEdit(edits),), applicability, needs)


def _uses_of_syscall(context: FileContext) -> set[Span]:
    """Every `syscall.X` of the file's code, as file offsets of the selector."""
    found: set[Span] = set()
    for declaration in context.file.declarations:
        region = declaration.declaration.region
        if context.file.data.find(b"syscall.", region.start, region.end) < 0:
            continue
        for node in walk(parse_declaration(context, declaration)):
            package = field(node, "operand") or field(node, "package")
            if node.type in ("selector_expression", "qualified_type") and text_of(package) == "syscall":
                found.add(span_of(node).shift(region.start))
    return found
