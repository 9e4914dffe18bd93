"""early-errno-read: C code uses errno where no call is known to have failed; see early_errno_read.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.conventions import Conventions, conventions_of
from cgo_ls.analysis.errno_paths import Exit, Path, Read
from cgo_ls.rules.errno.parts.c_sites import CSite, consumers, sites
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.syntax.c_nodes import Node
from cgo_ls.text.span import Span

_AROUND = frozenset(["parenthesized_expression", "cast_expression", "unary_expression"])
_CLIMB = 30


@rule("early-errno-read", family="errno", severity="warning", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    known = conventions_of(context.package, context.rows)
    asked = consumers(context.package, known)
    for site in sites(context.package, known):
        if site.paths.reads:
            yield from _early(site, known, site.name in asked)
            yield from _saved_too_soon(site)


def _early(site: CSite, known: Conventions, cleared: bool) -> Iterator[Finding]:
    """Uses of errno after a call that has worked, or whose result nobody looks at. `cleared`: Go sets errno to 0 before the body."""
    found: dict[Span, list[Read]] = {}
    for read in site.paths.reads:
        found.setdefault(read.span, []).append(read)
    root: Node | None = None
    said: set[int] = set()
    for span, reads in sorted(found.items(), key=lambda pair: pair[0].start):
        calls = {_early_call(site, known, read.path, cleared) for read in reads}
        if len(calls) != 1 or None in calls:
            continue
        root = root or site.tree()
        call = calls.pop()
        if root is None or call is None or call in said or not _is_used(root, span):
            continue
        works = all(read.path.outcome(call) == "succeeded" for read in reads)
        if works or _is_dropped(root, site.paths.calls[call].span):
            said.add(call)
            yield _finding(site, span, call, works)


def _early_call(site: CSite, known: Conventions, path: Path, cleared: bool) -> int | None:
    """The call that errno would be of, where it is not known to have failed; None where reading errno may be right."""
    errno = path.errno
    if errno.kind != "call" or errno.cleared or errno.lost >= 0:
        return None
    outcome = path.outcome(errno.call)
    if any(known == "failed" for call, known in path.outcomes if call != errno.call):
        return None  # the errno of that call is meant: what came between is a matter of clobbered-errno
    if outcome == "succeeded":
        return errno.call
    convention = known.of(site.called(errno.call))
    if outcome == "failed" or convention is None or convention.channel != "errno" or cleared:
        return None
    if errno.call in site.paths.tested or convention.predicate in ("ambiguous", "none"):
        return None
    return errno.call


def _is_used(root: Node, span: Span) -> bool:
    """Whether the number is compared, returned or passed on; saving it in a variable is no use yet."""
    node = root.descendant_for_byte_range(span.start, span.end)
    for _ in range(_CLIMB):
        node = node.parent if node is not None else None
        if node is None or node.type not in _AROUND:
            break
    return node is not None and node.type not in ("init_declarator", "assignment_expression", "expression_statement")


def _is_dropped(root: Node, span: Span) -> bool:
    """Whether the call is a statement of its own, so that its result is lost."""
    node = root.descendant_for_byte_range(span.start, span.end)
    for _ in range(_CLIMB):
        if node is None or node.type in ("expression_statement", "compound_statement"):
            break
        if node.type not in ("call_expression", "cast_expression", "parenthesized_expression", "identifier"):
            return False
        node = node.parent
    return node is not None and node.type == "expression_statement"


def _finding(site: CSite, span: Span, call: int, works: bool) -> Finding:
    name, place = site.called(call), site.in_file(site.paths.calls[call].span)
    if works:
        message = f"errno says nothing here, where {name} has worked: it may hold the number of an earlier failure"
    else:
        message = f"errno says nothing unless {name} has failed, and its result is not looked at: test the result first"
    return Finding(site.in_file(span), message, (Step(place, f"{name} is called here"),), path=site.path)


def _saved_too_soon(site: CSite) -> Iterator[Finding]:
    """A returned number that was read from errno before the call that failed."""
    said: set[Span] = set()
    for leave in site.paths.exits:
        failed = _failed_later(leave)
        if failed is None or failed not in site.paths.calls:
            continue
        call = site.paths.calls[failed]
        first = next((read for read in site.paths.reads if read.path.errno.kind == "entry"), None)
        if first is None or first.span in said or first.span.start > call.span.start:
            continue
        said.add(first.span)
        steps = (
            Step(site.in_file(call.span), f"{call.function} fails later"),
            Step(site.in_file(leave.event.span), f"{site.name} returns the old number here"),
        )
        message = f"errno is read before {call.function} is called: read it after {call.function} has failed"
        yield Finding(site.in_file(first.span), message, steps, path=site.path)


def _failed_later(leave: Exit) -> int | None:
    """The call that has failed on a path that returns errno's number as it was at the start."""
    value = leave.value
    if value is None or value.kind != "errno" or value.errno is None or value.errno.kind != "entry":
        return None
    errno = leave.path.errno
    return errno.call if errno.kind == "call" and leave.path.outcome(errno.call) == "failed" else None
