"""runtime.SetFinalizer becomes runtime.AddCleanup (Go 1.24), which frees the C memory without bringing its owner back to life."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgo_ls.features.generate_owner import HAS_CLEANUP
from cgo_ls.features.generated import Generated, Place, after
from cgo_ls.model.go_file import GoDeclaration
from cgo_ls.model.go_types import GoType
from cgo_ls.text.edits import TextEdit
from cgo_ls.text.span import Span

KIND = "refactor.rewrite"
_ARMS = re.compile(
    rb"runtime\.SetFinalizer\(\s*(\w+)\s*,\s*(?:\(\*(\w+)\)\.(\w+)|func\(\s*(\w+)\s+\*(\w+)\s*\)\s*\{([^{}]*)\})\s*\)"
)
_RELEASES = re.compile(rb"C\.(\w+)\(\s*((?:unsafe\.Pointer|C\.\w+|\(\*C\.\w+\))\()?\s*(\w+)\.(\w+)\s*\)?\s*\)")
_C_POINTER = re.compile(r"\*+C\.\w+|unsafe\.Pointer")


@dataclass(frozen=True, slots=True)
class _Release:
    """How the finalizer frees: the field, and the call with `%s` for the pointer."""

    field: str
    call: str


def generate(place: Place) -> Iterator[Generated]:
    """The offer for a SetFinalizer at the place, when its owner, and the method that it runs, stand in the same file."""
    declared, version = place.declaration, place.package.go_version
    if declared is None or (version is not None and version < HAS_CLEANUP):
        return
    base = declared.declaration.start
    text = place.file.data[base : declared.declaration.end]
    for match in _ARMS.finditer(text):
        if not match.start() + base <= place.span.end or not place.span.start <= match.end() + base:
            continue
        edits = _edits(place, declared, match, base)
        if edits is not None:
            yield Generated("Replace the finalizer by Close and runtime.AddCleanup", KIND, tuple(edits))


def _edits(place: Place, declared: GoDeclaration, match: re.Match[bytes], base: int) -> list[TextEdit] | None:
    variable, owner = match[1].decode(), (match[2] or match[5]).decode()
    method = _declaration_of(place, f"{owner}.{match[3].decode()}") if match[3] else None
    if match[3] and method is None:
        return None
    kind = next((each for _, facts in place.file.declarations for each in facts.types if each.name == owner), None)
    body = _text(place, method) if method is not None else match[6]
    release = _release(body, kind) if kind is not None else None
    if kind is None or release is None or _mentions_finalizer(place, match, base, method):
        return None
    field_edit = _new_field(place, owner)
    if field_edit is None or any(each.name == "cleanup" for each in kind.fields):
        return None
    pointer = next(each.type for each in kind.fields if each.name == release.field)
    call = release.call % "ptr"
    added = f"{variable}.cleanup = runtime.AddCleanup({variable}, func(ptr {pointer}) {{ {call} }}, {variable}.{release.field})"
    edits = [field_edit, TextEdit(Span(match.start() + base, match.end() + base), added.encode())]
    if method is not None:
        edits += _stopped(place, method)
        return edits if len(edits) == 3 else None
    if place.package.function(f"{owner}.Close") is not None:
        return None
    # Behind the declaration that the cursor is in.
    return [*edits, after(place, _close(owner, release))]


def _declaration_of(place: Place, name: str) -> GoDeclaration | None:
    found = [each for file, each in place.package.functions(name) if file is place.file]
    return found[0] if len(found) == 1 else None


def _text(place: Place, declared: GoDeclaration) -> bytes:
    region = declared.declaration.region
    return place.file.data[region.start : region.end]


def _release(body: bytes, kind: GoType) -> _Release | None:
    """The one C call of the finalizer's body that is given a C pointer of the owner."""
    found: list[_Release] = []
    pointers = {each.name for each in kind.fields if _C_POINTER.fullmatch(each.type)}
    for match in _RELEASES.finditer(body):
        field = match[4].decode()
        if field in pointers:
            conversion = (match[2] or b"").decode()
            found.append(_Release(field, f"C.{match[1].decode()}({conversion}%s{')' if conversion else ''})"))
    return found[0] if len(found) == 1 and body.count(b"C.") - body.count(b"(C.") - body.count(b"*C.") <= 1 else None


def _mentions_finalizer(place: Place, match: re.Match[bytes], base: int, method: GoDeclaration | None) -> bool:
    """Whether the package takes finalizers away anywhere but in the method itself: that would have to change too."""
    inside = _text(place, method) if method is not None else b""
    return sum(file.data.count(b"runtime.SetFinalizer(") for file in place.package.files) > 1 + inside.count(
        b"runtime.SetFinalizer("
    )


def _new_field(place: Place, owner: str) -> TextEdit | None:
    """`cleanup runtime.Cleanup` as the struct's last field, on a line of its own behind a blank one, so that no columns change."""
    match = re.search(rb"\btype\s+" + owner.encode() + rb"\s+struct\s*\{([^{}]*)\}", place.file.data)
    if match is None:
        return None
    inside = match[1]
    if b"\n" not in inside:
        fields = inside.strip()
        lines = b"{\n\t" + fields + (b"\n\n" if fields else b"") + b"\tcleanup runtime.Cleanup\n}"
        return TextEdit(Span(match.start(1) - 1, match.end(1) + 1), lines)
    at = match.start(1) + len(inside.rstrip())
    return TextEdit(Span(at, at), b"\n\n\tcleanup runtime.Cleanup")


def _stopped(place: Place, method: GoDeclaration) -> list[TextEdit]:
    """`x.cleanup.Stop()` at the top of the method; in place of its own `SetFinalizer(x, nil)` where it has one."""
    function = method.facts.function
    if function is None or function.body is None or function.receiver is None or not function.receiver.name:
        return []
    base = method.declaration.start
    stop = f"{function.receiver.name}.cleanup.Stop()".encode()
    text = place.file.data[base : method.declaration.end]
    own = re.search(rb"runtime\.SetFinalizer\(\s*\w+\s*,\s*nil\s*\)", text)
    if own is not None:
        return [TextEdit(Span(base + own.start(), base + own.end()), stop)]
    start, end = base + function.body.start + 1, base + function.body.end - 1
    inside = place.file.data[start:end]
    if b"\n" not in inside:
        return [TextEdit(Span(start, end), b"\n\t" + stop + b"\n\t" + inside.strip() + b"\n")]
    return [TextEdit(Span(start, start), b"\n\t" + stop)]


def _close(owner: str, release: _Release) -> str:
    name = owner[:1].lower()
    pointer = f"{name}.{release.field}"
    return (
        f"// Close releases the memory. A second call does nothing.\nfunc ({name} *{owner}) Close() {{\n"
        f"\tif {pointer} == nil {{\n\t\treturn\n\t}}\n\t{name}.cleanup.Stop()\n\t{release.call % pointer}\n\t{pointer} = nil\n}}"
    )
