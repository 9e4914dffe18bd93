"""C memory that goes back by a function that is not the one for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.analysis.effects import CEffects
from cgo_ls.analysis.ownership import ObjectInfo, Release
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.memory.parts.holders import FUNCTIONS, LOOPS, holder_of, node_at
from cgo_ls.rules.rule import FunctionContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

KNOWN = ("table", "project")
"""Who may say which function is the right one."""
_CONVERTED = re.compile(rb"unsafe\.Pointer\(\s*([\w.]+)\s*\)")


@rule("wrong-releaser", family="memory", severity="error", scope="function", since="0.2", fixable=True)
def check(context: FunctionContext) -> Iterator[Finding]:
    """One finding for each call that releases memory by a function of another allocator, or of none."""
    seen: set[Span] = set()
    for identifier, releases in sorted(context.analysis.releases.items()):
        info = context.analysis.objects[identifier]
        if info.kind not in ("call", "lent") or info.call is None or not info.releaser:
            continue
        right = context.facts.c_effects(info.releaser, 1)
        for release in releases:
            wrong = _wrong(context, info, release, right)
            if wrong is None or release.span in seen:
                continue
            seen.add(release.span)
            yield _finding(context, info, release, wrong, right)


def _wrong(context: FunctionContext, info: ObjectInfo, release: Release, right: CEffects) -> CEffects | None:
    """The effects of the function that was called, when it cannot be right for this memory."""
    if not release.function or release.function == info.releaser or right.origin not in KNOWN:
        return None
    called = context.facts.c_effects(release.function, 1)
    if not called.heap or called.heap == right.heap or called.origin != "table" or _walks(context, info, release):
        return None
    return called


def _walks(context: FunctionContext, info: ObjectInfo, release: Release) -> bool:
    """Whether a loop releases what was acquired before it: the nodes of a list, one by one, and not the list."""
    assert info.call is not None
    node = node_at(context.analysis.tree, release.span, *LOOPS, *FUNCTIONS)
    if node is None or node.type not in LOOPS:
        return False
    body = node.child_by_field_name("body")
    return body is None or not body.start_byte <= info.call.span.start < body.end_byte


def _finding(context: FunctionContext, info: ObjectInfo, release: Release, wrong: CEffects, right: CEffects) -> Finding:
    assert info.call is not None
    holder = holder_of(context.analysis, info)
    name = f"{holder.expression} (memory from {info.by})" if holder is not None else f"the memory from {info.by}"
    through = "" if release.by == f"C.{release.function}" else f", which {release.by} calls"
    note = (
        context.facts.c_effects(info.call.callee.name, len(info.call.arguments)).note
        if info.call.callee.kind == "c"
        else ""
    )
    source = f" ({note})" if note else ""
    return Finding(
        callee_span(context, release),
        f"{name} must go back by C.{info.releaser}, not by C.{release.function}{through}",
        (Step(info.call.span, f"acquired here by {info.by}{source}"),),
        tuple(_fixes(context, info, release, wrong, right)),
    )


def _result_type(context: FunctionContext, info: ObjectInfo) -> str | None:
    """The C type of what the acquiring function returned, where a table says it."""
    assert info.call is not None
    if info.call.callee.kind != "c":
        return None
    return context.facts.c_effects(info.call.callee.name, len(info.call.arguments)).result_type or None


def callee_span(context: FunctionContext, release: Release) -> Span:
    """The name of the function in the releasing call: `C.free`, or the whole call where that cannot be told."""
    node = node_at(context.analysis.tree, release.span, "call_expression")
    function = node.child_by_field_name("function") if node is not None else None
    if function is None or function.start_byte != release.span.start or function.type == "func_literal":
        return release.span
    return Span(function.start_byte, function.end_byte)


def _fixes(
    context: FunctionContext, info: ObjectInfo, release: Release, wrong: CEffects, right: CEffects
) -> Iterator[Fix]:
    """Call the right function instead: with the same `unsafe.Pointer`, or with the pointer itself where it was converted."""
    if release.by != f"C.{release.function}" or len(right.parameters) != 1:
        return
    name, title = callee_span(context, release), f"Call C.{info.releaser} instead"
    node = node_at(context.analysis.tree, release.span, "call_expression")
    arguments = node.child_by_field_name("arguments") if node is not None else None
    if name == release.span or arguments is None:
        return
    inside = Span(arguments.start_byte + 1, arguments.end_byte - 1)
    renamed = TextEdit(name, f"C.{info.releaser}".encode())
    needs = (Need("include", "stdlib.h"),) if info.releaser == "free" else ()
    converted = _CONVERTED.fullmatch(context.text[inside.start : inside.end].strip())
    if right.argument and right.argument == wrong.argument:
        yield Fix(title, (FileEdit((renamed,)),), "safe", needs)
    elif converted is not None and right.argument == _result_type(context, info):
        holder = holder_of(context.analysis, info)
        if holder is not None and holder.expression.encode() == converted[1]:
            edits = (renamed, TextEdit(inside, converted[1]))
            yield Fix(title, (FileEdit(edits),), "unsafe", needs)
