"""What else is linked with a package: the libraries its `#cgo LDFLAGS` name, and sources beside the C files that nobody here reads."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.go_file import GoFile
from cgo_ls.objects.object_file import ObjectFile, looks_like_object
from cgo_ls.text.files import FileSystem
from cgo_ls.text.span import Span

ReadObject = Callable[[str], ObjectFile | None]
# What every C program is linked with, or may be, without bringing names of its own trade.
SYSTEM_LIBRARIES = frozenset(
    ["c", "m", "pthread", "dl", "rt", "gcc", "gcc_s", "util", "resolv", "stdc++", "c++", "System"]
)
_SHARED = ("lib{}.so", "lib{}.dylib", "{}.dll", "lib{}.dll")
_STATIC = ("lib{}.a", "{}.lib", "lib{}.dll.a")
_ASSEMBLY = (".s", ".S", ".sx")
# The go command compiles or links these too, and no name can be read from them here.
_OPAQUE = (".syso", ".f", ".F", ".for", ".f90", ".swig", ".swigcxx")
_ASSEMBLY_NAME = re.compile(rb"[A-Za-z_$.][\w$.]*")
_ASSEMBLY_LIMIT = 1 << 20
_FOLDERS, _FILES_BELOW, _BYTES_BELOW = 8, 200, 4 << 20


@dataclass(frozen=True, slots=True)
class Library:
    """A file named in LDFLAGS: `word` as it stands there (`-lfoo`), `flag` the `#cgo` line in the Go file `named_in`, in file offsets."""

    word: str
    path: str
    object: ObjectFile
    named_in: str
    flag: Span
    fingerprint: tuple[int, int] | None

    @property
    def file(self) -> str:
        return os.path.basename(self.path)


@dataclass(frozen=True, slots=True)
class SourceBelow:
    """A C file in a folder below the package's, beside a header that the package includes: the go command does not compile it."""

    path: str
    text: bytes


@dataclass(frozen=True, slots=True)
class LinkInputs:
    """`unresolved` are words that bring names nobody can tell from here (`-lz`, a pkg-config package); `flags` all other words.

    `mentioned` are the names in the folder's assembly. `opaque` are files of other languages.
    `digest` stands for all of it.
    """

    libraries: tuple[Library, ...] = ()
    unresolved: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    mentioned: frozenset[str] = frozenset()
    opaque: tuple[str, ...] = ()
    below: tuple[SourceBelow, ...] = ()
    digest: bytes = b""

    @property
    def complete(self) -> bool:
        """Whether every name that the link can bring is known, the C library's apart."""
        return not self.unresolved and not self.opaque and not any(library.object.error for library in self.libraries)


NO_INPUTS = LinkInputs()


def _digest(inputs: LinkInputs) -> bytes:
    """Stands for everything that a rule may ask of them."""
    text = repr(
        (
            [(one.word, one.path, one.fingerprint, one.named_in, one.flag) for one in inputs.libraries],
            inputs.unresolved, inputs.flags, sorted(inputs.mentioned), inputs.opaque,
            [(one.path, blake2b(one.text).hexdigest()) for one in inputs.below],
        )
    )  # fmt: skip
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def find_link_inputs(
    directory: str, files: Iterable[GoFile], units: Iterable[CUnit], system: FileSystem, read_object: ReadObject
) -> LinkInputs:
    """Looks in the `-L` folders, and for files named by their paths; what `system` does not show is unresolved."""
    go_files = list(files)
    search, wanted, flags, unresolved = _words(directory, go_files)
    libraries: list[Library] = []
    for word, file, span in wanted:
        path = _locate(directory, word, search, flags, system)
        known = read_object(path) if path is not None else None
        if path is not None and known is not None:
            libraries.append(Library(word, path, known, file, span, system.fingerprint(path)))
        elif word.removeprefix("-l") not in SYSTEM_LIBRARIES:
            unresolved.append(word)
    names = system.list_directory(directory)
    found = LinkInputs(
        tuple(libraries),
        tuple(dict.fromkeys(unresolved)),
        tuple(flags),
        _assembly_names(directory, names, system),
        tuple(name for name in names if name.endswith(_OPAQUE)),
        _sources_below(directory, tuple(units), system),
    )
    return replace(found, digest=_digest(found))


def _words(directory: str, files: list[GoFile]) -> tuple[list[str], list[tuple[str, str, Span]], list[str], list[str]]:
    """Search folders; libraries, each with where it is named; other flags; what cannot be known."""
    search: list[str] = []
    wanted: list[tuple[str, str, Span]] = []
    flags: list[str] = []
    unresolved: list[str] = []
    for file in files:
        for preamble, base in file.preambles:
            for directive in preamble.directives:
                if directive.verb == "pkg-config":
                    unresolved += [f"pkg-config: {name}" for name in directive.arguments]
                if directive.verb != "LDFLAGS" or directive.error:
                    continue
                words = iter(directive.arguments)
                for word in words:
                    plain = word.replace("${SRCDIR}", directory)
                    if plain in ("-L", "-l", "-framework"):
                        plain += next(words, "")
                    if plain.startswith("-L"):
                        search.append(os.path.normpath(os.path.join(directory, plain[2:])))
                    elif plain.startswith("-l") or (not plain.startswith("-") and looks_like_object(plain)):
                        wanted.append((plain, file.path, directive.span.shift(base)))
                    elif plain.startswith(("-framework", "@")) or "just-symbols" in plain:
                        unresolved.append(plain)
                    else:
                        flags.append(plain)
    return search, wanted, flags, unresolved


def _locate(directory: str, word: str, search: list[str], flags: list[str], system: FileSystem) -> str | None:
    """The file that the linker would take: in each folder the shared library first, unless the link is static."""
    if not word.startswith("-l"):
        path = os.path.normpath(os.path.join(directory, word))
        return path if system.fingerprint(path) is not None else None
    name = word[2:]
    static = any(flag in ("-static", "-Wl,-Bstatic", "-Wl,-static", "-Wl,-dn") for flag in flags)
    forms = (*_STATIC, *_SHARED) if static else (*_SHARED, *_STATIC)
    candidates = [name[1:]] if name.startswith(":") else [form.format(name) for form in forms]
    if not name or "/" in name:
        return None
    for folder in search:
        for candidate in candidates:
            path = os.path.join(folder, candidate)
            if system.fingerprint(path) is not None:
                return path
    return None


def _assembly_names(directory: str, names: tuple[str, ...], system: FileSystem) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        if name.endswith(_ASSEMBLY):
            text = system.read(os.path.join(directory, name)) or b""
            words = set(_ASSEMBLY_NAME.findall(text[:_ASSEMBLY_LIMIT]))
            found.update(word.decode("ascii") for word in words)
            found.update(word.decode("ascii").removeprefix("_") for word in words)
    return frozenset(found)


def _sources_below(directory: str, units: tuple[CUnit, ...], system: FileSystem) -> tuple[SourceBelow, ...]:
    """The C files that lie beside the package's headers in folders below, bounded in number and size."""
    included = {unit.path for unit in units}
    folders = dict.fromkeys(os.path.dirname(unit.path) for unit in units if unit.path.endswith(".h"))
    inside = os.path.join(os.path.normpath(directory), "")
    found: list[SourceBelow] = []
    left = _BYTES_BELOW
    for folder in [folder for folder in folders if folder.startswith(inside)][:_FOLDERS]:
        for name in system.list_directory(folder)[:_FILES_BELOW]:
            path = os.path.join(folder, name)
            if not name.endswith((".c", ".cc", ".cpp", ".cxx", ".m")) or path in included:
                continue
            size = system.fingerprint(path)
            text = system.read(path) if size is not None and size[1] <= left else None
            if text is not None:
                left -= len(text)
                found.append(SourceBelow(path, text))
    return tuple(found)
