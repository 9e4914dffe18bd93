"""err-before-result: the second result of a C call is tested, and the first is not; see err_before_result.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.analysis.conventions import Convention, Conventions, conventions_of
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.pseudo_c import pseudo_name
from cgo_ls.rules.errno.parts.failures import ANSWERS
from cgo_ls.rules.errno.parts.two_value_sites import TwoValueSite, two_value_sites
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Severity, Step
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

# So many calls that look at errno alone, and none that looks at the result, are the package's way of doing things.
_PROTOCOL = 3
_TESTS = {
    "minus_one": "== -1",
    "null": "== nil",
    "negative": "< 0",
    "nonzero": "!= 0",
    "zero": "== 0",
    "eof": "== C.EOF",
}
# What such functions do cannot fail, or fails in a way that errno does not tell: most return nothing at all.
_NO_FAILURE = re.compile(r"(?:^|_)(?:free|release|destroy|unref|dispose)$|[a-z](?:Free|Release|Destroy|Unref|Dispose)$")
_SETTER = re.compile(
    r"(?:^|_)set_(?:\w+_)?(?:cb|callback|func|handler|hook|userdata)$|Set\w*(?:Callback|Handler|Func|Hook)$"
)


@rule("err-before-result", family="errno", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    sites = list(_sites(context))
    if not sites:
        return
    conventions = conventions_of(context.package, context.rows)
    alone = [each for each in sites if each[2].alone is not None]
    known = [site for _, _, site in alone if not _looks_void(site, conventions)]
    protocol = len(known) >= _PROTOCOL and not any(site.result_first for _, _, site in sites)
    seen: set[tuple[str, Span]] = set()
    for file, declaration, site in alone:
        if protocol and site in known:
            continue
        found = _judge(conventions, site, declaration.declaration.region.start)
        # Calls in the branches before one `return err` make one mistake.
        if found is not None and (file.path, found[0]) not in seen:
            span, message, steps, fixes, severity = found
            seen.add((file.path, span))
            yield Finding(span, message, steps, fixes, severity, file.path)


def _sites(context: PackageContext) -> Iterator[tuple[GoFile, GoDeclaration, TwoValueSite]]:
    for file in context.package.files:
        if not file.c_names:
            continue
        for declaration in file.declarations:
            if declaration.facts.c_names and any(reference.two_value for reference in declaration.facts.c_references):
                region = declaration.declaration.region
                for site in two_value_sites(file.data[region.start : region.end]):
                    yield file, declaration, site


def _looks_void(site: TwoValueSite, conventions: Conventions) -> bool:
    """A function known by its name only, and one whose name speaks against a failure that errno would tell."""
    if site.result != "_" or conventions.of(site.name) is not None or conventions.touches_errno(site.name) is not None:
        return False
    return bool(_NO_FAILURE.search(site.name) or _SETTER.search(site.name))


_Judged = tuple[Span, str, tuple[Step, ...], tuple[Fix, ...], Severity | None]


def _judge(conventions: Conventions, site: TwoValueSite, base: int) -> _Judged | None:
    if pseudo_name(site.name) is not None or site.alone is None:
        return None
    known = conventions.of(site.name)
    steps = (Step(site.callee.shift(base), f"{site.error} is errno as this call left it"),)
    if known is None:
        if not _looks_void(site, conventions):
            return None
        message = (
            f"errno alone does not tell whether C.{site.name} failed: it may be set by a call that succeeds, "
            f"and functions that release or register something hardly report by it"
        )
        return site.alone.shift(base), message, steps, (), None
    if known.channel != "errno" or known.clear_first or known.predicate in ("none", "ambiguous", "short_count"):
        return None
    message = f"{site.error} is tested without the result: C.{site.name} {known.words}, but may set it when it succeeds as well"
    severity: Severity | None = None if known.success_may_set and "man 2" not in known.note else "information"
    return site.alone.shift(base), message, steps, tuple(_fixes(known, site, base)), severity


def _fixes(known: Convention, site: TwoValueSite, base: int) -> Iterator[Fix]:
    test = _TESTS.get(known.predicate) if site.name not in ANSWERS else None
    blank = site.result == "_"
    if test is None or site.test is None or (blank and not (site.free_result and site.declares)):
        return
    result = site.free_result if blank else site.result
    edits = [TextEdit(site.test.shift(base), f"{result} {test}".encode())]
    if site.only_tested:
        if not site.declares:
            return
        edits.append(TextEdit(site.left.shift(base), result.encode()))
    elif blank:
        edits.append(TextEdit(Span(site.left.start, site.left.start + 1).shift(base), result.encode()))
    yield Fix(f"Test the result: {result} {test}", (FileEdit(tuple(edits)),), "unsafe")
