"""Who defines which C name in a package: preambles, headers of the package, and the C files beside the Go files."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from cgo_ls.model.cdecl import CFunction
from cgo_ls.model.constraints import ARCHITECTURES, SYSTEMS

if TYPE_CHECKING:
    from cgo_ls.model.cdecl import CUnit, CVariable
    from cgo_ls.model.go_file import GoFile
    from cgo_ls.model.package import Package
    from cgo_ls.text.span import Span

C_FILES = (".c", ".m")
CPLUSPLUS_FILES = (".cc", ".cpp", ".cxx", ".mm")
_WEAK = re.compile(r"\b_*weak_*\b|\bweakref\b|\balias\b")
_WORD = re.compile(r"[\w.]+")
_NAME = re.compile(r"[A-Za-z_]\w*")
_TAGGED = re.compile(r"\b(?:struct|union|enum)\s+\w+")
_C_TYPES = frozenset(
    ["void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "_Complex", "__int128"]
)
_C_WORDS = _C_TYPES | frozenset(
    ["const", "volatile", "restrict", "register", "extern", "auto", "typename", "__extension__", "__restrict"]
)
# Words a build constraint may hold whose meaning is known; any other is a tag of the project's own.
_KNOWN_TAGS = frozenset(["cgo", "gc", "unix"]) | SYSTEMS | ARCHITECTURES


@dataclass(frozen=True, slots=True)
class _Text:
    """A unit, known by its bytes alone."""

    digest: bytes
    unit: CUnit = field(compare=False)


@lru_cache(maxsize=256)
def _weak_names(text: _Text) -> frozenset[str]:
    declared = (*text.unit.functions, *text.unit.variables)
    return frozenset(one.name for one in declared if any(_WEAK.search(attribute) for attribute in one.attributes))


@dataclass(frozen=True, slots=True)
class Definition:
    """A function with a body, or a variable that is not `extern`. `conditional`: it stands under some `#if`."""

    declared: CFunction | CVariable
    unit: CUnit
    conditional: bool

    @property
    def name(self) -> str:
        return self.declared.name

    @property
    def path(self) -> str:
        return self.unit.path

    @property
    def file(self) -> str:
        """The name of its file, without folders."""
        return re.split(r"[\\/]", self.unit.path)[-1]

    @property
    def is_function(self) -> bool:
        return isinstance(self.declared, CFunction)

    @property
    def static(self) -> bool:
        return self.declared.static

    @property
    def inline(self) -> bool:
        return isinstance(self.declared, CFunction) and self.declared.inline

    @property
    def weak(self) -> bool:
        """Whether the linker takes one of several: by an attribute of any declaration in the text, or a `#pragma`."""
        return self.name in _weak_names(_Text(self.unit.digest, self.unit))

    @property
    def external(self) -> bool:
        """Whether each compilation of it certainly makes a symbol of its own for the linker."""
        return not (self.static or self.inline or self.weak or self.unknown_words)

    @property
    def unknown_words(self) -> tuple[str, ...]:
        """Words before the name that may be macros for `static`, `inline` or an attribute: `ZSTD_STATIC unsigned f(void)`.

        Beside one of C's own types any other word is such; otherwise one name is the type, and the rest is.
        """
        text = self.declared.result if isinstance(self.declared, CFunction) else self.declared.type
        words = _NAME.findall(_TAGGED.sub(" int ", text))
        others = tuple(word for word in words if word not in _C_WORDS)
        spoken = len(others) if any(word in _C_TYPES for word in words) else len(others) - 1
        return self.declared.erased + (others[:spoken] if spoken > 0 else ())


def exports_of(package: Package) -> Mapping[str, tuple[str, ...]]:
    """Path -> the names of its `//export` comments, of files that have some: cgo compiles their preambles once more, with the exports."""
    return package.note("exports", _exports)


def exported_names(package: Package) -> frozenset[str]:
    """The names of `//export` comments."""
    return frozenset(name for names in exports_of(package).values() for name in names)


def imported_paths(file: GoFile) -> Iterator[str]:
    """What the file imports: a Go file's imports come before all else."""
    for declaration, facts in file.declarations:
        if declaration.kind not in ("package", "import"):
            return
        yield from (spec.path for spec in facts.imports)


def definitions(package: Package) -> Mapping[str, tuple[Definition, ...]]:
    """Name -> its definitions, in preambles first, then in the C files and headers by path."""
    return package.made_of_c("definitions", lambda: _find(package))


def is_beside(package: Package, unit: CUnit) -> bool:
    """Whether the go command hands this file to the compiler: it lies in the package's folder and is no header."""
    folder = posixpath.dirname(unit.path.replace("\\", "/"))
    return folder == posixpath.normpath(package.directory) and unit.path.endswith((*C_FILES, *CPLUSPLUS_FILES))


def compiled_with(package: Package, name: str) -> tuple[Definition, ...]:
    """The definitions of a name in the texts that the compiler is given by themselves: C files of the folder, and preambles."""
    preambles = {file.path for file in package.files}
    return tuple(
        one for one in definitions(package).get(name, ()) if one.path in preambles or is_beside(package, one.unit)
    )


def definitions_in(unit: CUnit) -> Iterator[Definition]:
    """What one C text defines. Tentative variables (`int n;`) count; members of a namespace or class do not."""
    for function in unit.functions:
        if function.is_definition:
            yield Definition(function, unit, is_conditional(unit, function.place.span))
    for variable in unit.variables:
        if variable.is_definition:
            yield Definition(variable, unit, is_conditional(unit, variable.place.span))


def is_conditional(unit: CUnit, span: Span) -> bool:
    """Whether some `#if` decides about the text at `span`."""
    return any(group.covers(span) for group in unit.conditionals)


def tags(constraint: str) -> frozenset[str]:
    """The words of a constraint."""
    return frozenset(word for word in _WORD.findall(constraint) if word != "build")


def compiled_together(one: str | None, other: str | None) -> bool:
    """Whether two files of a folder are certainly part of one build: same constraint, or at most one, of known words."""
    if one == other:
        return one is None or "ignore" not in tags(one)
    if one is not None and other is not None:
        return False
    return all(tag in _KNOWN_TAGS or tag.startswith("go1.") for tag in tags(one or other or ""))


def built_together(one: GoFile, other: GoFile) -> bool:
    """Whether two Go files of a folder are certainly part of one build. Programs of one file each declare the same functions."""
    if one.package_name != other.package_name or not compiled_together(one.constraint, other.constraint):
        return False
    return not (_functions(one) & _functions(other))


def _functions(file: GoFile) -> set[str]:
    return {function.qualified for _, function in file.functions if function.qualified not in ("init", "_")}


def _exports(package: Package) -> Mapping[str, tuple[str, ...]]:
    found = {}
    for file in package.files:
        if file.imports_c and b"//export " in file.data:
            names = [export.name for _, facts in file.declarations if facts.exports for export in facts.exports]
            if names:
                found[file.path] = tuple(names)
    return found


def _find(package: Package) -> Mapping[str, tuple[Definition, ...]]:
    found: defaultdict[str, list[Definition]] = defaultdict(list)
    preambles = [file.c_unit for file in package.files if file.c_unit is not None]
    for unit in (*preambles, *package.c_units):
        for definition in definitions_in(unit):
            found[definition.name].append(definition)
    return {name: tuple(several) for name, several in found.items()}
