"""Memory that the library keeps, freed by whoever looked at it."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.ownership import ObjectInfo, Release
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.memory.parts.holders import holder_of, is_last_use, line_span, node_at, statement_of
from cgo_ls.rules.memory.wrong_releaser import KNOWN, callee_span
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span


@rule("freed-borrowed", family="memory", severity="error", scope="function", since="0.2", fixable=True)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each release of a result that stays with its library."""
    seen: set[Span] = set()
    for identifier, releases in sorted(context.analysis.releases.items()):
        info = context.analysis.objects[identifier]
        if info.kind != "lent" or info.call is None or info.releaser or info.origin not in KNOWN:
            continue
        for release in releases:
            if release.span in seen or not release.function:
                continue
            if not context.facts.c_effects(release.function, 1).heap:
                continue  # C.sqlite3_finalize(C.sqlite3_next_stmt(db, nil)) is how statements are found and ended
            seen.add(release.span)
            yield _finding(context, info, release)


def _finding(context: FunctionContext, info: ObjectInfo, release: Release) -> Finding:
    assert info.call is not None
    holder = holder_of(context.analysis, info)
    name = f"{holder.expression} (from {info.by})" if holder is not None else f"the result of {info.by}"
    through = "" if release.by == f"C.{release.function}" else f", as {release.by} does"
    note = context.facts.c_effects(info.call.callee.name, len(info.call.arguments)).note
    return Finding(
        callee_span(context, release),
        f"{name} belongs to the library and must not be freed{through}",
        (Step(info.call.span, f"lent here by {info.by}" + (f" ({note})" if note else "")),),
        tuple(_fixes(context, release)),
    )


def _fixes(context: FunctionContext, release: Release) -> Iterator[Fix]:
    """Remove the call, where it is a statement on a line of its own that frees nothing else."""
    statement = statement_of(node_at(context.analysis.tree, release.span, "call_expression"))
    if statement is None or statement.type not in ("expression_statement", "defer_statement"):
        return
    if release.by != f"C.{release.function}" or statement.end_byte != release.span.end:
        return
    others = [found for each in context.analysis.releases.values() for found in each if found.span == release.span]
    lines = line_span(context.text, statement)
    if lines is not None and len(others) == 1 and not is_last_use(context, statement):
        yield Fix("Remove this free", (FileEdit((TextEdit(lines, b""),)),), "safe")
