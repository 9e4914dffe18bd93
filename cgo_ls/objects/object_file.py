"""What an object file, an archive or a library says of names, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

Format = Literal["elf", "archive", "mach-o", "pe", "script", "unknown"]
Kind = Literal["relocatable", "shared", "executable", "archive", "stub", "unknown"]
SymbolKind = Literal["function", "data", "unknown"]
Binding = Literal["global", "weak", "local", "unknown"]
Visibility = Literal["default", "hidden", "internal", "protected", "unknown"]

SUFFIXES = (".a", ".so", ".o", ".dylib", ".dll", ".lib", ".obj", ".syso")
EMPTY: Mapping[str, ObjectSymbol] = MappingProxyType({})


class ObjectSymbol(NamedTuple):
    """A name that is defined; a tuple, since a library has tens of thousands. `exported`: a program linked with this file can refer to it.

    `member` is the offset of the archive member that holds it, -1 outside of archives: more is known once that is read.
    """

    name: str
    kind: SymbolKind
    binding: Binding
    visibility: Visibility
    exported: bool
    member: int = -1


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """The defined names of one file. With an `error` (a phrase) they are not all, and a missing name proves nothing.

    `hidden` are names that are there, but not for others: hidden ones and local ones of a shared library. `needed` are the
    libraries it names in turn. `undefined` are names it wants from elsewhere; they are not listed for archives.
    """

    format: Format
    kind: Kind
    symbols: Mapping[str, ObjectSymbol] = field(default_factory=lambda: EMPTY)
    hidden: Mapping[str, ObjectSymbol] = field(default_factory=lambda: EMPTY)
    needed: tuple[str, ...] = ()
    undefined: frozenset[str] = frozenset()
    error: str = ""

    def find(self, name: str) -> ObjectSymbol | None:
        """The symbol of that name, exported or not."""
        return self.symbols.get(name) or self.hidden.get(name)


def looks_like_object(path: str) -> bool:
    """Whether a file name is that of an object, an archive or a library (`libx.so.1.2` too)."""
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    return name.endswith(SUFFIXES) or ".so." in name
