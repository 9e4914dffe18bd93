"""One Go file: its declarations with their facts, and the C of its preambles. Built anew for each version, mostly from memos."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, MutableMapping, Set
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import NamedTuple

from cgo_ls.model.c_reader import read_preamble_unit
from cgo_ls.model.cdecl import CUnit, join_units, shift_unit
from cgo_ls.model.constraints import build_constraint, is_generated
from cgo_ls.model.go_facts import (
    CReference,
    DeclarationFacts,
    Export,
    GoFunction,
    GoImport,
    Receiver,
)
from cgo_ls.model.go_reader import read_declaration
from cgo_ls.model.go_types import GoParameter, GoType
from cgo_ls.model.preamble import Preamble, build_preamble
from cgo_ls.syntax.declarations import Declaration, SplitFile
from cgo_ls.text.span import Span

__all__ = [
    "CMemo",
    "CReference",
    "DeclarationFacts",
    "Export",
    "FactsMemo",
    "GoDeclaration",
    "GoFile",
    "GoFunction",
    "GoImport",
    "GoParameter",
    "GoType",
    "PlacedPreamble",
    "Receiver",
    "build_go_file",
]


class GoDeclaration(NamedTuple):
    """A declaration and what it says. A pair for the same reason as Declaration: one is made for each, at each keystroke."""

    declaration: Declaration
    facts: DeclarationFacts


class PlacedPreamble(NamedTuple):
    """The preamble of one import "C"; `base` is the file offset of its spans' 0 (the start of the import's region)."""

    preamble: Preamble
    base: int


FactsMemo = MutableMapping[bytes, DeclarationFacts]
"""Digest of a declaration -> its facts. May be shared by all files; the owner bounds it."""

CMemo = MutableMapping[tuple[object, ...], tuple[tuple[PlacedPreamble, ...], CUnit]]
"""What is read of preambles, for one file or many; the owner bounds it. Keys are this module's own."""


@dataclass(frozen=True, slots=True)
class GoFile:
    """A Go file's model. `preamble` is None without an import "C", and empty for one without a doc.

    `preambles` are those of all import "C", in order; `preamble`, `preamble_base` the first of them. `c_unit` is what
    they declare, joined as cgo joins them; **its spans are file offsets**. Facts hold no C references when there is no import "C".
    `c_names`: every C name the file uses. `digest` stands for the bytes of the file.
    """

    path: str
    data: bytes
    split: SplitFile
    package_name: str
    declarations: tuple[GoDeclaration, ...]
    preamble: Preamble | None
    preamble_base: int
    preambles: tuple[PlacedPreamble, ...]
    c_unit: CUnit | None
    constraint: str | None
    generated: bool
    c_names: frozenset[str]
    digest: bytes

    @property
    def imports_c(self) -> bool:
        return self.preamble is not None

    @property
    def imports(self) -> tuple[tuple[GoImport, int], ...]:
        """Every import spec, with the file offset of its spans' 0."""
        return tuple((spec, declaration.start) for declaration, facts in self.declarations for spec in facts.imports)

    @property
    def functions(self) -> Iterator[tuple[GoDeclaration, GoFunction]]:
        for declared in self.declarations:
            if declared.facts.function is not None:
                yield declared, declared.facts.function

    def uses_of(self, names: Set[str]) -> Iterator[tuple[CReference, Span]]:
        """Every use of one of these C names, in order, with its span in the file. Costs little where there are none, so a rule that
        asks something of a name asks it of each of `c_names` first, and then for the uses of those that matter."""
        if self.c_names.isdisjoint(names):
            return
        for declaration, facts in self.declarations:
            if not facts.c_names.isdisjoint(names):
                for reference in facts.c_references:
                    if reference.name in names:
                        yield reference, reference.span.shift(declaration.start)

    def values_of(self, names: Set[str]) -> Iterator[tuple[CReference, Span]]:
        """The uses of these names that are no calls."""
        if self.c_names.isdisjoint(names):
            return
        for declaration, facts in self.declarations:
            if facts.c_values and not facts.c_values.isdisjoint(names):
                for reference in facts.c_references:
                    if reference.name in names and not reference.call:
                        yield reference, reference.span.shift(declaration.start)


def build_go_file(path: str, data: bytes, split: SplitFile, memo: FactsMemo, c_memo: CMemo | None = None) -> GoFile:
    """The file whose bytes are `data` and whose split is `split`; parses only declarations that `memo` does not know."""
    facts = [memo.get(chunk.digest) for chunk, _ in split.declarations]
    for index, known in enumerate(facts):
        if known is None:
            chunk, start = split.declarations[index]
            facts[index] = memo[chunk.digest] = read_declaration(data[start : start + chunk.length], chunk)
    make = tuple.__new__  # as in `resplit`: half the price of GoDeclaration(...)
    declarations = tuple([make(GoDeclaration, pair) for pair in zip(split.declarations, facts, strict=True)])
    preambles, c_unit = _read_preambles(path, data, declarations, {} if c_memo is None else c_memo)
    if not preambles:
        declarations = tuple(map(_without_references, declarations))
    header, package_name = _header(data, split)
    return GoFile(
        path=path,
        data=data,
        split=split,
        package_name=package_name,
        declarations=declarations,
        preamble=preambles[0].preamble if preambles else None,
        preamble_base=preambles[0].base if preambles else 0,
        preambles=preambles,
        c_unit=c_unit,
        constraint=build_constraint(path, header),
        generated=is_generated(header),
        c_names=frozenset().union(*{facts.c_names for _, facts in declarations}),
        digest=_digest(data, split),
    )


def _read_preambles(
    path: str, data: bytes, declarations: tuple[GoDeclaration, ...], memo: CMemo
) -> tuple[tuple[PlacedPreamble, ...], CUnit | None]:
    """The preambles of all import "C" and their C, joined, in file offsets."""
    found = [
        (declaration, index, spec)
        for declaration, facts in declarations
        if facts.imports
        for index, spec in enumerate(facts.imports)
        if spec.path == "C"
    ]
    if not found:
        return (), None
    key = (path, *[(declaration.digest, index, declaration.start) for declaration, index, _ in found])
    known = memo.get(key)
    if known is None:
        preambles, units = [], []
        for declaration, index, spec in found:
            preamble, unit = _read_preamble(path, data, declaration, index, spec, memo)
            preambles.append(PlacedPreamble(preamble, declaration.start))
            units.append(shift_unit(unit, declaration.start + preamble.span.start))
        digest = blake2b(b"".join([unit.digest for unit in units]), digest_size=16).digest()
        joined = units[0] if len(units) == 1 else join_units(path, digest, tuple(units))
        known = memo[key] = (tuple(preambles), joined)
    return known


def _read_preamble(
    path: str, data: bytes, declaration: Declaration, index: int, spec: GoImport, memo: CMemo
) -> tuple[Preamble, CUnit]:
    """One preamble and its C, both unshifted: an edit above the import costs no reading of C."""
    key = (path, declaration.digest, index)
    known = memo.get(key)
    if known is None:
        preamble = build_preamble(data[declaration.start : declaration.end], spec.doc)
        known = memo[key] = ((PlacedPreamble(preamble, 0),), read_preamble_unit(path, preamble))
    return known[0][0].preamble, known[1]


def _without_references(declared: GoDeclaration) -> GoDeclaration:
    """Without an import "C", `C` is some variable or package of the user's."""
    if not declared.facts.c_references:
        return declared
    return GoDeclaration(
        declared.declaration, replace(declared.facts, c_references=(), c_names=frozenset(), c_values=frozenset())
    )


def _header(data: bytes, split: SplitFile) -> tuple[bytes, str]:
    """The bytes before the package clause (before any code where there is none), and the package's name."""
    for declaration in split.declarations:
        if declaration.kind == "package":
            return data[: declaration.keyword], declaration.name
    return data[: split.declarations[0].keyword] if split.declarations else data, ""


def _digest(data: bytes, split: SplitFile) -> bytes:
    """Hashes what lies between the declarations, where each starts, and their digests: much less than all bytes."""
    pieces, position = [], 0
    for chunk, start in split.declarations:
        pieces += (data[position:start], chunk.digest)
        position = start + chunk.length
    starts = array("q", [start for _, start in split.declarations]).tobytes()
    return blake2b(b"".join((starts, *pieces, data[position:])), digest_size=16).digest()
