"""narrow-errno: errno's number goes into a type of eight bits; see narrow_errno.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.conventions import conventions_of
from cgo_ls.model.c_body import CAssign, CBody, CCall, CEvent, CReturn, CValue
from cgo_ls.rules.errno.parts.c_sites import CSite, sites
from cgo_ls.rules.finding import FileEdit, Finding, Fix
from cgo_ls.rules.rule import PackageContext, rule
from cgo_ls.syntax.c_nodes import Node, name_of
from cgo_ls.syntax.go_nodes import walk
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

_SIGNED = frozenset(["char", "signed char", "int8_t", "gchar", "gint8", "char signed", "__s8", "s8"])
_UNSIGNED = frozenset(["unsigned char", "uint8_t", "u_int8_t", "uchar", "guchar", "guint8", "__u8", "u8", "BYTE"])
_NARROW = _SIGNED | _UNSIGNED


@rule("narrow-errno", family="errno", severity="warning", scope="package", since="0.2", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    known = conventions_of(context.package, context.rows)
    for site in sites(context.package, known):
        if site.paths.reads:
            yield from _narrowed(site)


def _narrowed(site: CSite) -> Iterator[Finding]:
    body, function = site.definition.body, site.definition.function
    types = {local.name: local.type for local in body.locals}
    types.update((parameter.name, parameter.type) for parameter in function.parameters)
    said: set[Span] = set()
    for block in body.blocks:
        for event in block.events:
            value, kind, name = _received(event, types, function.result)
            if value is None or isinstance(event, CCall) or kind not in _NARROW:
                continue
            if not _is_number(value) or event.span in said:
                continue
            said.add(event.span)
            yield _finding(site, body, event, value, kind, name)


def _received(event: CEvent, types: dict[str, str], result: str) -> tuple[CValue | None, str, str]:
    """What an event stores, the type of what receives it, and the variable's name ("" for the function's result)."""
    if isinstance(event, CAssign) and event.target.kind == "name":
        return event.value, _plain(types.get(event.target.name, "")), event.target.name
    if isinstance(event, CReturn):
        return event.value, _plain(result), ""
    return None, "", ""


def _plain(kind: str) -> str:
    return " ".join(word for word in kind.split() if word not in ("const", "volatile", "static", "inline", "register"))


def _is_number(value: CValue) -> bool:
    return value.kind == "errno" or (value.kind == "either" and any(part.kind == "errno" for part in value.parts))


def _finding(site: CSite, body: CBody, event: CAssign | CReturn, value: CValue, kind: str, name: str) -> Finding:
    read = next(
        (r for r in site.paths.reads if event.span.start <= r.span.start and r.span.end <= event.span.end), None
    )
    span = read.span if read is not None else event.span
    negated = value.kind == "errno" and value.name == "-"
    what = "-errno" if negated else "errno"
    why = "numbers above 127 become others" if kind in _SIGNED else "numbers above 255 become others"
    if negated and kind in _UNSIGNED:
        why = "it has no negative numbers"
    whose = f"{name} is" if name else f"{site.name} returns"
    message = f"{what} is an int, and {whose} {kind}: {why}"
    fix = _fix(site, body, name) if name else None
    return Finding(site.in_file(span), message, (), (fix,) if fix is not None else (), path=site.path)


def _fix(site: CSite, body: CBody, name: str) -> Fix | None:
    """`int` for the type of a local variable that is declared alone and whose address nobody takes."""
    if all(local.name != name for local in body.locals):
        return None
    root = site.tree()
    declared = [node for node in walk(root) if node.type == "declaration" and _declares(node, name)] if root else []
    if root is None or len(declared) != 1 or _address_taken(root, name):
        return None
    kind = declared[0].child_by_field_name("type")
    if kind is None or len(declared[0].children_by_field_name("declarator")) != 1:
        return None
    edit = TextEdit(site.in_file(Span(kind.start_byte, kind.end_byte)), b"int")
    return Fix(f"Make {name} an int", (FileEdit((edit,)),))


def _declares(node: Node, name: str) -> bool:
    for declarator in node.children_by_field_name("declarator"):
        inner = declarator.child_by_field_name("declarator") if declarator.type == "init_declarator" else declarator
        if inner is not None and inner.type == "identifier" and name_of(inner) == name:
            return True
    return False


def _address_taken(root: Node, name: str) -> bool:
    return any(
        node.type == "pointer_expression" and (node.text or b"").replace(b" ", b"") == b"&" + name.encode()
        for node in walk(root)
    )
