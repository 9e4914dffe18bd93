"""Who calls whom in a package, by name: the order in which its functions are analysed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from cgo_ls.analysis.summaries import strongly_connected
from cgo_ls.model.finalizers import Arm, read_arms, touched_fields
from cgo_ls.model.go_file import GoDeclaration, GoFile, GoFunction
from cgo_ls.model.handed_pointers import handed_pointers

Place = tuple[int, int]
"""Number of a file in its package, number of a declaration in that file."""

_LEAVES = re.compile(rb"\bpanic\(|\bos\.Exit\(|\blog\.(?:Fatal|Panic)|\bruntime\.Goexit\(|\bsyscall\.Exit\(")
_LIFETIMES = re.compile(rb"\bcgo\.(?:NewHandle|Handle)\b|\bruntime\.(?:SetFinalizer|AddCleanup|Pinner)\b")
_ARMS = re.compile(rb"runtime\.(?:SetFinalizer|AddCleanup|KeepAlive)\(|\.Delete\(\)")
_PACKAGE_C = re.compile(rb"(?<![\w.])C\s*\.")


class Traits(NamedTuple):
    """What others depend on in one function: its name ("F", "T.F"), the names it calls ("F", ".M" for any `x.M()`), whether it
    matters on its own account (it names C or unsafe, a handle, a finalizer, or what ends the program), its signature, and the
    types that it gives a finalizer (or handles that it deletes for others), and which of its results lead to Go memory."""

    name: str
    calls: tuple[str, ...]
    holds_c: bool
    signature: tuple[str, ...] = ()
    arms: tuple[Arm, ...] = ()
    touched: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()


class FileFunctions(NamedTuple):
    """A file as its functions' analysis sees it. `traits` runs in step with `file.declarations`: None where there is no function,
    or one that is not to be analysed. `types` are its types with their fields, `signatures` those of its functions, `arms`
    what it gives a finalizer, `makers` the functions that may hand out such a value, with the names each calls,
    `handed` those whose results lead to Go memory (see handed_pointers)."""

    file: GoFile
    traits: tuple[Traits | None, ...]
    types: tuple[tuple[object, ...], ...]
    signatures: tuple[tuple[str, ...], ...] = ()
    arms: tuple[Arm, ...] = ()
    makers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    handed: tuple[tuple[str, tuple[str, ...]], ...] = ()


def read_functions(file: GoFile, before: FileFunctions | None) -> FileFunctions:
    """The functions of a file, those of unchanged declarations taken from an earlier version of it."""
    if before is None:
        return _with_traits(file, tuple([_traits(file, each) for each in file.declarations]))
    if before.file is file:
        return before
    if before.file.imports_c != file.imports_c:
        return read_functions(file, None)
    first, last = changed_range(before.file, file)
    count = len(file.declarations)
    middle = [_traits(file, each) for each in file.declarations[first:last]]
    kept = before.traits[len(before.traits) - (count - last) :]
    return _with_traits(file, (*before.traits[:first], *middle, *kept))


def _may_finalize(function: GoFunction) -> bool:
    """Whether the signature is that of a finalizer, or of what one calls: a method without parameters, a function of one."""
    if function.receiver is not None:
        return not function.parameters
    return len(function.parameters) == 1 and not function.results


def _with_traits(file: GoFile, traits: tuple[Traits | None, ...]) -> FileFunctions:
    known = [each for each in traits if each is not None]
    arms = tuple([arm for each in known if each.arms for arm in each.arms])
    makers = tuple([(each.name, each.calls) for each in known if each.arms or _hands_out(each.signature)])
    signatures = tuple([each.signature for each in known])
    handed = tuple([(each.name, each.handed) for each in known if each.handed])
    return FileFunctions(file, traits, _types(file.declarations), signatures, arms, makers, handed)


@lru_cache(maxsize=10_000)
def _hands_out(signature: tuple[str, ...]) -> bool:
    """Whether one of its results is a pointer; asked of every function of a file at each key."""
    return any(kind.startswith("*") for kind in signature[2 + int(signature[1]) :])


def changed_range(old: GoFile, new: GoFile) -> tuple[int, int]:
    """The numbers (first, end) of the declarations of `new` that `old` did not have at its head or tail. Facts are kept by the
    text they were read from, so that the same object means the same text."""
    first, most = 0, min(len(old.declarations), len(new.declarations))
    while first < most and old.declarations[first][1] is new.declarations[first][1]:
        first += 1
    tail = 0
    while tail < most - first and old.declarations[-1 - tail][1] is new.declarations[-1 - tail][1]:
        tail += 1
    return first, len(new.declarations) - tail


def _traits(file: GoFile, declared: GoDeclaration) -> Traits | None:
    function = declared.facts.function
    if function is None:
        return None
    region = declared.declaration.region
    text = file.data[region.start : region.end]
    if not file.imports_c and b"C." in text and _PACKAGE_C.search(text):
        return None  # this C is somebody's variable
    holds_c = (file.imports_c and b"C." in text) or b"unsafe." in text
    holds_c = holds_c or _LIFETIMES.search(text) is not None or _LEAVES.search(text) is not None
    types = [each.type for each in (*function.parameters, *function.results)]
    touched = touched_fields(text) if holds_c and _may_finalize(function) else ()
    signature = (function.qualified, str(len(function.parameters)), *types, *touched)
    arms = read_arms(text) if _ARMS.search(text) else ()
    handed = handed_pointers(text, function) if holds_c and b"return" in text else ()
    return Traits(function.qualified, declared.facts.calls, holds_c, signature, arms, touched, handed)


def _types(declarations: Iterable[GoDeclaration]) -> tuple[tuple[object, ...], ...]:
    return tuple(
        [
            (each.name, each.kind, each.underlying, *[(field.name, field.type) for field in each.fields])
            for _, facts in declarations
            if facts.types
            for each in facts.types
        ]
    )


class CallGraph:
    """`places`: name -> where functions of that name are (build variants are several). `methods`: ".M" -> the methods of that
    name. `callees`: name -> the functions of the package it may call. `groups`: mutual callers together, callees first.

    Equal traits of all files give an equal graph.
    """

    def __init__(self, files: Sequence[FileFunctions]) -> None:
        self.traits = [file.traits for file in files]
        self.places: dict[str, list[Place]] = {}
        self.methods: dict[str, list[str]] = {}
        for number, file in enumerate(files):
            for index, traits in enumerate(file.traits):
                if traits is not None:
                    self.places.setdefault(traits.name, []).append((number, index))
        for name in self.places:
            if "." in name:
                self.methods.setdefault(method_of(name), []).append(name)
        self.callees = {name: self._callees(files, places) for name, places in self.places.items()}
        self.groups = strongly_connected(self.callees)
        self.group_of = {name: number for number, group in enumerate(self.groups) for name in group}
        self._callers: dict[str, set[int]] | None = None

    def fits(self, files: Sequence[FileFunctions]) -> bool:
        """Whether this is the graph of these files."""
        return len(files) == len(self.traits) and all(
            file.traits is traits or file.traits == traits for file, traits in zip(files, self.traits, strict=True)
        )

    def is_cyclic(self, group: Sequence[str]) -> bool:
        return len(group) > 1 or group[0] in self.callees[group[0]]

    def callers(self, name: str) -> set[int]:
        """The groups that hold a caller of `name`."""
        if self._callers is None:
            self._callers = {}
            for caller, callees in self.callees.items():
                for callee in callees:
                    self._callers.setdefault(callee, set()).add(self.group_of[caller])
        return self._callers.get(name, set())

    def _callees(self, files: Sequence[FileFunctions], places: Iterable[Place]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for number, index in places:
            traits = files[number].traits[index]
            for called in traits.calls if traits is not None else ():
                if called in self.places:
                    found[called] = None
                elif called in self.methods:
                    found.update(dict.fromkeys(self.methods[called]))
        return tuple(found)


def method_of(name: str) -> str:
    """ ".M" of "T.M" (and of "M")."""
    return "." + name.rpartition(".")[2]
