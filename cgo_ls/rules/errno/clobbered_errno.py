"""clobbered-errno: a call between the one that failed and the return may change errno; see clobbered_errno.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cgo_ls.analysis.conventions import conventions_of
from cgo_ls.analysis.errno_paths import Errno, Exit, Path
from cgo_ls.rules.errno.parts.c_sites import CSite, consumers, reports_failure, sites
from cgo_ls.rules.errno.parts.save_errno_fix import save_errno
from cgo_ls.rules.finding import Finding, Fix, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.span import Span


@dataclass(slots=True)
class _Loss:
    """errno of call `lost` may be changed by call `by` before the returns in `exits`."""

    lost: int
    by: int
    exits: list[Exit] = field(default_factory=list)
    reads: bool = False


@rule("clobbered-errno", family="errno", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    known = conventions_of(context.package, context.rows)
    asked = consumers(context.package, known)
    for site in sites(context.package, known, asked):
        for loss in _losses(site, site.name in asked):
            yield _finding(site, loss, asked.get(site.name))


def _losses(site: CSite, asked: bool) -> list[_Loss]:
    """What is lost at the returns of one body, by the call that may change errno."""
    found: dict[int, _Loss] = {}
    for leave in site.paths.exits:
        errno = _returned(leave)
        reads = errno is not None
        if errno is None and asked and reports_failure(leave, site.definition.function.result):
            errno = leave.path.errno
        if errno is None or not _is_lost(errno, leave.path):
            continue
        loss = found.setdefault(errno.by, _Loss(errno.lost, errno.by))
        loss.reads = loss.reads or reads
        if all(leave.event != other.event for other in loss.exits):
            loss.exits.append(leave)
    return [loss for loss in found.values() if loss.by in site.paths.calls]


def _returned(leave: Exit) -> Errno | None:
    """The errno whose number is returned."""
    return leave.value.errno if leave.value is not None and leave.value.kind == "errno" else None


def _is_lost(errno: Errno, path: Path) -> bool:
    """Whether errno may be of another call than the one that failed. A later call that failed too is what errno should speak of."""
    if errno.kind != "call" or errno.by < 0:
        return False
    return path.outcome(errno.call) is None and path.outcome(errno.by) is None


def _finding(site: CSite, loss: _Loss, asked: Step | None) -> Finding:
    call = site.paths.calls[loss.by]
    name = call.function
    failed = site.called(loss.lost) if loss.lost > 0 else ""
    why = f"after {failed} has failed" if failed else "after it has been set"
    message = f"{name} may change errno {why}: save errno before and restore it"
    steps: list[Step] = []
    if failed:
        steps.append(Step(site.in_file(site.paths.calls[loss.lost].span), f"{failed} sets errno when it fails"))
    first = loss.exits[0].event
    steps.append(Step(site.in_file(first.span), f"{site.name} returns here"))
    if asked is not None and not loss.reads:
        steps.append(asked)
    return Finding(site.in_file(call.span), message, tuple(steps), _fixes(site, loss), path=site.path)


def _fixes(site: CSite, loss: _Loss) -> tuple[Fix, ...]:
    # `return c ? a : b` is two returns of one place.
    returns = list(dict.fromkeys(leave.event.span for leave in loss.exits))
    reads: list[Span] = [read.span for read in site.paths.reads] if loss.reads else []
    fix = save_errno(site, site.paths.calls[loss.by].span, returns, reads)
    return (fix,) if fix is not None else ()
