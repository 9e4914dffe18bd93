"""swallowed-errno: a C function fails with -1 or NULL and leaves no errno, though its caller asks for it; see swallowed_errno.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.conventions import Conventions, conventions_of
from cgo_ls.analysis.errno_paths import Exit
from cgo_ls.rules.errno.parts.c_sites import (
    CSite,
    block_of,
    consumers,
    is_labeled,
    reports_failure,
    sites,
    statement_of,
)
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Need, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.syntax.c_nodes import Node
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span


@rule("swallowed-errno", family="errno", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    known = conventions_of(context.package, context.rows)
    asked = consumers(context.package, known)
    if not asked:
        return
    for site in sites(context.package, known, asked):
        if site.name in asked:
            yield from _swallowed(site, known, asked[site.name])


def _swallowed(site: CSite, known: Conventions, asked: Step) -> Iterator[Finding]:
    said: set[tuple[Span, int]] = set()
    for leave in site.paths.exits:
        if leave.value is None:
            continue
        call = _untested_call(known, leave)
        if call is None and reports_failure(leave, site.definition.function.result):
            call = _lost_call(site, known, leave)
        if call is None or (leave.event.span, call) in said:
            continue
        said.add((leave.event.span, call))
        yield _finding(site, known, leave, call, asked)


def _untested_call(known: Conventions, leave: Exit) -> int | None:
    """The call whose result is returned as it is, failed or not, after errno has been set back."""
    value, path = leave.value, leave.path
    if value is None or value.kind != "call" or path.errno.kind not in ("zero", "entry"):
        return None
    convention = known.of(value.text)
    if convention is None or convention.channel != "errno" or convention.predicate in ("none", "ambiguous"):
        return None
    return value.call if path.outcome(value.call) is None else None


def _lost_call(site: CSite, known: Conventions, leave: Exit) -> int | None:
    """The call that failed on this path, and whose error number is nowhere: errno is 0, or as it was before."""
    path = leave.path
    if path.errno.kind not in ("zero", "entry"):
        return None
    failed = [call for call, outcome in path.outcomes if outcome == "failed" and call in site.paths.calls]
    for call in reversed(failed):
        convention = known.of(site.called(call))
        if convention is None or convention.channel not in ("errno", "result"):
            return None
        # The number itself may be kept elsewhere: only where it is in no other place has it been swallowed.
        if convention.channel == "result" and leave.value is not None and leave.value.kind == "call":
            return None
        return call
    return None


def _finding(site: CSite, known: Conventions, leave: Exit, call: int, asked: Step) -> Finding:
    event = site.paths.calls[call]
    name, convention = event.function, known.of(event.function)
    as_result = convention is not None and convention.channel == "result"
    if as_result:
        message = f"the error number that {name} returns is lost: {site.name} fails without setting errno"
    elif leave.path.errno.kind == "zero":
        message = f"errno is 0 again when {site.name} fails: why {name} failed is lost"
    else:
        message = f"errno is as it was before {name} when {site.name} fails: why {name} failed is lost"
    steps = (Step(site.in_file(event.span), f"{name} has failed here"), asked)
    fix = _fix(site, leave, call) if as_result else None
    return Finding(site.in_file(leave.event.span), message, steps, (fix,) if fix is not None else (), path=site.path)


def _fix(site: CSite, leave: Exit, call: int) -> Fix | None:
    """`errno = rc;` before the return, where a variable still holds the number."""
    root = site.tree()
    statement = statement_of(root, leave.event.span) if root is not None else None
    holders = [name for name, value in leave.path.variables if value.kind == "call" and value.call == call]
    if statement is None or statement.type != "return_statement" or len(holders) != 1 or is_labeled(statement):
        return None
    if not _has_braces(statement):
        return None
    at = site.base + statement.start_byte
    before = site.raw[site.raw.rfind(b"\n", 0, at) + 1 : at]
    own = before.replace(b"//", b"", 1) if site.go_file is not None else before
    text = f"errno = {holders[0]};".encode()
    edit = TextEdit(Span(at, at), text + (b" " if own.strip() else line_ending(site.raw) + before))
    if site.go_file is None and all(include.name != "errno.h" for include in site.definition.unit.includes):
        return None
    needs = (Need("include", "errno.h"),) if site.go_file is not None else ()
    return Fix(f"Set errno to {holders[0]}", (FileEdit((edit,)),), "safe", needs)


def _has_braces(statement: Node) -> bool:
    return block_of(statement) is not None
