"""All Go files of a folder together with the C beside them: who declares what, and which C names each file sees."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeVar, cast

from cgo_ls.model.c_scope import CDeclaration, CName, CScope, NameKind, build_scope, include_directories
from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.go_file import GoDeclaration, GoFile
from cgo_ls.model.go_types import GoType
from cgo_ls.model.link_inputs import NO_INPUTS, LinkInputs

__all__ = ["CDeclaration", "CName", "CScope", "NameKind", "Package", "build_package"]

Declared = tuple[GoFile, GoDeclaration]
_Value = TypeVar("_Value", GoDeclaration, GoType)
_Made = TypeVar("_Made")
_Note = TypeVar("_Note")


@dataclass(slots=True)
class _Index:
    """What is found on the first question. Filling it twice, from two threads, gives the same."""

    functions: dict[str, list[Declared]] | None = None
    types: dict[str, list[tuple[GoFile, GoType]]] | None = None
    directories: tuple[str, ...] | None = None
    scopes: dict[str, tuple[CUnit | None, CScope]] = field(default_factory=dict)
    of_c: dict[Hashable, Any] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Package:
    """`files` are all .go files of the folder, for every system and tests included; `c_units` the C texts beside them and
    the package-local headers. `digest` stands for the paths and bytes of all of them. `go_version` is what go.mod asks for.
    `link` are the libraries it names.

    A folder may hold `p` and `p_test`, and build variants that declare one name twice: a question that names the asking
    `file` is answered from the files of its package clause, and from that very file where it can be.
    """

    directory: str
    files: tuple[GoFile, ...]
    c_units: tuple[CUnit, ...]
    digest: bytes
    go_version: tuple[int, int] | None = None
    link: LinkInputs = NO_INPUTS
    _index: _Index = field(default_factory=_Index, compare=False, repr=False)

    def function(self, name: str, file: GoFile | None = None) -> Declared | None:
        """Who declares `F` or `T.F`; the first, in the order of `files`, where several do."""
        found = self.functions(name, file)
        return found[0] if found else None

    def functions(self, name: str, file: GoFile | None = None) -> tuple[Declared, ...]:
        """All that declare `F` or `T.F`, those of `file` first."""
        if self._index.functions is None:
            self._index.functions = _index_functions(self.files)
        return _nearest(self._index.functions.get(name, ()), file)

    def type(self, name: str, file: GoFile | None = None) -> GoType | None:
        """The type declared as `name` at the top level; None where there is none, or variants that differ in kind."""
        if self._index.types is None:
            self._index.types = _index_types(self.files)
        found = _nearest(self._index.types.get(name, ()), file)
        if not found or (found[0][0] is not file and any(each.kind != found[0][1].kind for _, each in found)):
            return None
        return found[0][1]

    def methods(self, type_name: str, file: GoFile | None = None) -> tuple[Declared, ...]:
        """The methods declared on `type_name` or a pointer to it, those of `file` first."""
        if self._index.functions is None:
            self._index.functions = _index_functions(self.files)
        prefix = f"{type_name}."
        found = [
            each for name, declared in self._index.functions.items() if name.startswith(prefix) for each in declared
        ]
        return _nearest(found, file)

    def note(self, name: str, make: Callable[[Package], _Note]) -> _Note:
        """What `make` says of this package; asked once, however many rules want to know."""
        if name not in self._index.notes:
            self._index.notes[name] = make(self)
        return cast(_Note, self._index.notes[name])

    def made_of_c(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, made once for as long as the package's C stays the same object: it may depend on nothing else."""
        if key not in self._index.of_c:
            self._index.of_c[key] = make()
        return self._index.of_c[key]

    @property
    def include_directories(self) -> tuple[str, ...]:
        """Where the compiler searches headers, in order."""
        if self._index.directories is None:
            self._index.directories = include_directories(self.directory, self.files)
        return self._index.directories

    def scope(self, file: GoFile) -> CScope:
        """The C names `file`, one of `files`, can see."""
        known = self._index.scopes.get(file.path)
        if known is not None and known[0] is file.c_unit:
            return known[1]
        scope = build_scope(file, {unit.path: unit for unit in self.c_units}, self.include_directories)
        self._index.scopes[file.path] = (file.c_unit, scope)
        return scope


def build_package(
    directory: str,
    files: tuple[GoFile, ...],
    c_units: tuple[CUnit, ...],
    previous: Package | None = None,
    go_version: tuple[int, int] | None = None,
    link: LinkInputs = NO_INPUTS,
) -> Package:
    """The package of a folder. `previous` is an earlier version of it: scopes whose texts are the same objects are kept."""
    digest = blake2b(digest_size=16)
    for file in files:
        digest.update(b"%s\0%s" % (file.path.encode("utf-8", "surrogateescape"), file.digest))
    for unit in c_units:
        digest.update(b"%s\0%s" % (unit.path.encode("utf-8", "surrogateescape"), unit.digest))
    digest.update(repr(go_version).encode())
    digest.update(link.digest)
    package = Package(directory, files, c_units, digest.digest(), go_version, link)
    if previous is not None and _same_c(previous, package):
        package._index.directories = previous._index.directories
        package._index.scopes.update(previous._index.scopes)
        package._index.of_c.update(previous._index.of_c)
    return package


def _same_c(one: Package, other: Package) -> bool:
    """Whether the C beside the Go files and every `#cgo` line are the same."""
    if one.directory != other.directory or len(one.c_units) != len(other.c_units) or len(one.files) != len(other.files):
        return False
    if any(mine is not theirs for mine, theirs in zip(one.c_units, other.c_units, strict=True)):
        return False
    return all(mine.preambles is theirs.preambles for mine, theirs in zip(one.files, other.files, strict=True))


def _index_functions(files: tuple[GoFile, ...]) -> dict[str, list[Declared]]:
    found: dict[str, list[Declared]] = {}
    for file in files:
        for declared, function in file.functions:
            found.setdefault(function.qualified, []).append((file, declared))
    return found


def _index_types(files: tuple[GoFile, ...]) -> dict[str, list[tuple[GoFile, GoType]]]:
    found: dict[str, list[tuple[GoFile, GoType]]] = {}
    for file in files:
        for declared in file.declarations:
            for each in declared.facts.types:
                found.setdefault(each.name, []).append((file, each))
    return found


def _nearest(found: Sequence[tuple[GoFile, _Value]], file: GoFile | None) -> tuple[tuple[GoFile, _Value], ...]:
    """Without those of another package clause than `file`'s; those of `file` first."""
    if file is None:
        return tuple(found)
    same = [each for each in found if each[0].package_name == file.package_name]
    return tuple(sorted(same, key=lambda each: each[0].path != file.path))
