"""What generators of code are given and what they give: plain values on absolute byte offsets."""

from __future__ import annotations

from dataclasses import dataclass

from cgo_ls.model.go_file import CReference, GoDeclaration, GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.finding import Need
from cgo_ls.text.edits import TextEdit, line_ending
from cgo_ls.text.span import Span
from cgo_ls.workspace.environment import Environment


@dataclass(frozen=True, slots=True)
class Place:
    """A selection in a Go file that imports C. `declaration` and `reference` (a `C.name`) are what it touches, if anything."""

    package: Package
    file: GoFile
    environment: Environment
    span: Span
    declaration: GoDeclaration | None
    reference: CReference | None

    def is_free(self, name: str) -> bool:
        """Whether the package may declare `name`: no declaration or import has it, and it is no word of Go's own."""
        if name in _RESERVED or self.package.function(name) is not None or self.package.type(name) is not None:
            return False
        imported = {
            (spec.alias or spec.path.rsplit("/", 1)[-1]) for file in self.package.files for spec, _ in file.imports
        }
        return name not in imported and not any(
            declared.declaration.name == name for file in self.package.files for declared in file.declarations
        )


@dataclass(frozen=True, slots=True)
class Generated:
    """One offer. `kind` is the protocol's word for the kind of action."""

    title: str
    kind: str
    edits: tuple[TextEdit, ...]
    needs: tuple[Need, ...] = ()


_WORDS = (
    "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select "
    "struct switch type var append cap clear close complex copy delete imag len make max min new panic print println real recover any bool "
    "byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 "
    "uintptr true false iota nil init main _ C"
)
_RESERVED = frozenset(_WORDS.split())


def after(place: Place, text: str) -> TextEdit:
    """`text`, whole declarations, behind the declaration at the place; at the end of the file where there is none."""
    data, end = place.file.data, line_ending(place.file.data)
    lines = text.strip("\n").replace("\n", end.decode()).encode()
    function = place.declaration is not None and place.declaration.declaration.kind in ("func", "function", "method")
    if place.declaration is not None and function:
        at = place.declaration.declaration.end
        return TextEdit(Span(at, at), end + end + lines)
    at = len(data)
    before = b"" if data.endswith(end + end) else end if data.endswith(end) else end + end
    return TextEdit(Span(at, at), before + lines + end)
