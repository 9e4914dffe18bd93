"""What one run over a function gathers on the way."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from cgo_ls.analysis import ir
from cgo_ls.analysis.ownership import ObjectInfo, Release, World
from cgo_ls.analysis.relevance import Relevance
from cgo_ls.text.span import Span


@dataclass(slots=True)
class Misuse:
    """Released memory met again: freed ("double-free"), read ("use"), or returned ("return"), in `hits` of the worlds there."""

    kind: str
    object: int
    span: Span
    release: Release
    by: str
    deferred: bool
    hits: int = 0
    certain: int = 0


@dataclass(slots=True)
class DeferSeen:
    """One defer statement over all worlds that reach it: arguments (by index) that are nil in each of them, the memory it captures."""

    call: ir.Call
    nil: frozenset[int]
    objects: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Record:
    """What one run over a function gathered; every world adds to it."""

    objects: list[ObjectInfo] = field(default_factory=list)
    ids: dict[Hashable, int] = field(default_factory=dict)
    misuses: dict[tuple[str, int, Span, Span], Misuse] = field(default_factory=dict)
    visits: dict[tuple[int, Span], int] = field(default_factory=dict)
    leaks: dict[int, dict[Span, str]] = field(default_factory=dict)
    clean: set[tuple[int, Span]] = field(default_factory=set)
    kept: dict[int, set[str]] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    releases: dict[int, set[Release]] = field(default_factory=dict)
    exits: list[World] = field(default_factory=list)
    ran: set[int] = field(default_factory=set)
    defers: dict[int, DeferSeen] = field(default_factory=dict)
    stored: dict[int, tuple[Span, str]] = field(default_factory=dict)
    placed: set[int] = field(default_factory=set)
    shown: dict[int, set[str]] = field(default_factory=dict)
    steps: int = 0
    relevance: Relevance | None = None
    shared: frozenset[int] | None = None
    whole: frozenset[int] | None = None
