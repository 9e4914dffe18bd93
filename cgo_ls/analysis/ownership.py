"""The ownership lattice: what is known of each block of C memory in one world, and how worlds join.

A world is one way through the function so far. Per object it holds an owner (who must release it) and, beside it, whether it has
been released: {owned, escaped, borrowed, unknown} x {not released, released at}. A set of worlds is the powerset lattice of
design: one state answers may- and must-questions; unknown is the top of each object and silences.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from enum import Enum
from typing import Literal

from cgo_ls.analysis import ir
from cgo_ls.analysis.places import Place
from cgo_ls.text.frozen import frozen
from cgo_ls.text.span import Span


class Owner(Enum):
    """Who must release an object, as this function sees it."""

    OWNED = "owned"
    ESCAPED = "escaped"
    BORROWED = "borrowed"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # Enum's own is Python code, and each comparison of worlds asks for it


@frozen
class Pointer:
    """A pointer to object `id`. interior: into its memory, not its start. certain False: perhaps only a number made from it."""

    id: int
    interior: bool = False
    certain: bool = True

    def __hash__(self) -> int:
        return self.id


@frozen
class ResultOf:
    """The error beside the pointer that call acquired as object `id`."""

    id: int


@frozen
class OutcomeOf:
    """What a call answered that also fills out-parameters, objects `ids`, or what was made of that answer.

    `failure` is the answer that says it failed ("!= 0"), "" where that is not known, "count" for a number that the call filled beside them.
    """

    ids: tuple[int, ...]
    failure: str = ""


Abstract = (
    Pointer
    | ResultOf
    | OutcomeOf
    | ir.Nil
    | ir.NonNil
    | ir.Constant
    | ir.AddressOf
    | ir.Closure
    | ir.FunctionReference
    | ir.Unknown
)


@frozen
class Release:
    """Where an object was released: the call, by which function, and whether by a defer when the function left.

    `function` is the C function that does it at last (without "C."), "" where that is not known.
    """

    span: Span
    by: str
    deferred: bool
    function: str = ""


@frozen
class Status:
    """One object in one world. `branched`: a condition that is not understood was passed since the release.

    `doubt`: memory in an out-parameter that is there only if the call succeeded (or failed): "open" as long as nobody asked, "asked" after
    a condition that may have asked; a use of the memory, or a condition that is understood, ends it. `dropped`: where a defer gives up
    this function's reference. `doomed`: when it was released, a defer already held it to release it again, whatever comes between.
    """

    owner: Owner
    released: Release | None = None
    branched: bool = False
    reason: str = ""
    doubt: Literal["", "open", "asked"] = ""
    dropped: Release | None = None
    doomed: bool = False

    def __hash__(self) -> int:
        """Of what differs most: a release is many values deep."""
        return hash((self.owner, self.branched, self.reason, self.doubt))


@frozen
class ObjectInfo:
    """What does not change about an object: how it came to be.

    kind: call (acquired by `call`), parameter, initial (what a place held before this function touched it), lent (a result that stays
    the library's). `holder`: where an out-parameter is, as the source writes it. `when`: the moment ("success") at which it is filled.
    `by_value`: it is what the fields of a struct hold, and the struct stands for it.
    """

    kind: Literal["call", "parameter", "initial", "lent"]
    releaser: str
    by: str
    span: Span
    name: str
    nullable: bool = False
    call: ir.Call | None = None
    origin: str = ""
    holder: str = ""
    holder_span: Span | None = None
    when: str = ""
    by_value: bool = False


@frozen
class Deferred:
    """A deferred call with the arguments it captured."""

    call: ir.Call
    arguments: tuple[Abstract, ...]


class Env(dict[Place, "Abstract"]):
    """What places hold. `deep`: the slots inside of which a place was ever set, here or in a world that this one shares it with; where
    a slot is not among them, nothing has to be searched for what lies below it."""

    __slots__ = ("deep",)

    def __init__(self) -> None:
        super().__init__()
        self.deep: set[int] = set()

    def __setitem__(self, place: Place, value: Abstract) -> None:
        if place[1]:
            self.deep.add(place[0])
        super().__setitem__(place, value)

    def setdefault(self, place: Place, value: Abstract) -> Abstract:  # pyright: ignore[reportIncompatibleMethodOverride]
        if place not in self:
            self[place] = value
        return self[place]

    def copy(self) -> Env:
        """Independent, but for `deep`."""
        other = Env.__new__(Env)
        other.update(self)
        other.deep = self.deep
        return other


class World:
    """One way through the function: what places hold, what became of objects, which conditions are known, what is deferred.

    Copied before it is changed; never changed after it was given to the solver.
    """

    __slots__ = ("_core", "_key", "defers", "env", "facts", "leaving", "objects", "wild")

    def __init__(self) -> None:
        self._core: Hashable = None
        self._key: Hashable = None
        self.env = Env()
        self.objects: dict[int, Status] = {}
        self.facts: dict[str, tuple[bool, frozenset[int]]] = {}
        self.defers: tuple[Deferred, ...] = ()
        self.wild: frozenset[int] = frozenset()
        self.leaving: Span | None = None

    def copy(self) -> World:
        """An independent copy."""
        other = World.__new__(World)
        other._core = other._key = None
        other.env = self.env.copy()
        other.objects = self.objects.copy()
        other.facts = self.facts.copy()
        other.defers, other.wild, other.leaving = self.defers, self.wild, self.leaving
        return other

    def core(self) -> Hashable:
        """What matters of the world without its facts. Worked out once: who asks changes the world no more."""
        if self._core is None:
            held, became = frozenset(self.env.items()), frozenset(self.objects.items())
            deferred = frozenset(enumerate(self.defers))  # unlike a tuple it hashes its values once
            self._core = (held, became, deferred, self.wild, self.leaving)
        return self._core

    def key(self) -> Hashable:
        """Equal for equal worlds."""
        if self._key is None:
            self._key = (self.core(), frozenset(self.facts.items()))
        return self._key

    # --- objects

    def set_owner(self, identifier: int, owner: Owner, reason: str = "") -> None:
        """Give an object another owner; one that is unknown stays unknown."""
        status = self.objects.get(identifier)
        if status is None or status.owner is Owner.UNKNOWN:
            return
        if status.owner is not owner or (reason and reason != status.reason):
            self.objects[identifier] = replace(status, owner=owner, reason=reason or status.reason)

    def forget_object(self, identifier: int, remains: Abstract = ir.UNKNOWN) -> None:
        """The object's number is used anew (a loop), or it is known to be nil: who pointed to it now holds `remains`."""
        for place, value in list(self.env.items()):
            if place.slot == content_slot(identifier):
                del self.env[place]
            elif place.imprecise:
                continue  # elements of earlier rounds
            elif isinstance(value, (Pointer, ResultOf)) and value.id == identifier:
                self.env[place] = remains if isinstance(value, Pointer) else ir.UNKNOWN
        self.objects.pop(identifier, None)
        if any(_mentions(argument, identifier) for deferred in self.defers for argument in deferred.arguments):
            self.defers = tuple(
                Deferred(
                    deferred.call,
                    tuple(
                        ir.UNKNOWN if _mentions(argument, identifier) else argument for argument in deferred.arguments
                    ),
                )
                for deferred in self.defers
            )

    # --- places

    def assign(self, place: Place, value: Abstract) -> None:
        """Set a place; what was inside it is gone. Conditions that read the variable are forgotten."""
        self.clear(place)
        if not isinstance(value, ir.Unknown):
            self.env[place] = value
        elif not place.path:
            self.env[place] = ir.UNKNOWN

    def clear(self, place: Place) -> None:
        """Forget everything in and below a place."""
        slot, path = place
        if slot not in self.env.deep:
            if not path:
                self.env.pop(place, None)
        else:
            for other in [other for other in self.env if other[0] == slot and (not path or place.covers(other))]:
                del self.env[other]
        if self.facts:
            for key in [key for key, (_, slots) in self.facts.items() if place.slot in slots]:
                del self.facts[key]

    def forget_elements(self, identifier: int) -> None:
        """What elements hold of an object has changed hands."""
        for place in [place for place, value in self.env.items() if place.imprecise and _mentions(value, identifier)]:
            del self.env[place]

    def drop(self, slots: frozenset[int]) -> None:
        """Forget variables that nobody reads any more."""
        if slots:
            for place in [place for place in self.env if place[0] in slots]:
                del self.env[place]

    def below(self, place: Place) -> list[tuple[Place, Abstract]]:
        """The known places in and below `place`, with their values."""
        slot, path = place
        if slot not in self.env.deep:
            held = self.env.get(place)
            return [(place, held)] if held is not None else []
        found = [entry for entry in self.env.items() if entry[0][0] == slot]
        return [entry for entry in found if place.covers(entry[0])] if path and found else found


def content_slot(identifier: int) -> int:
    """The slot whose places are the memory of an object."""
    return -1 - identifier


def _mentions(value: Abstract, identifier: int) -> bool:
    return isinstance(value, Pointer) and value.id == identifier


def join(first: World, second: World) -> World:
    """What both agree on; an object or place they disagree on is unknown."""
    result = World()
    doubtful: set[int] = set()
    for place in first.env.keys() | second.env.keys():
        one, two = first.env.get(place, ir.UNKNOWN), second.env.get(place, ir.UNKNOWN)
        if one == two:
            result.env[place] = one
            continue
        result.env[place] = ir.UNKNOWN
        doubtful.update(value.id for value in (one, two) if isinstance(value, Pointer))
    for identifier in first.objects.keys() | second.objects.keys():
        one, two = first.objects.get(identifier), second.objects.get(identifier)
        if one == two and one is not None and identifier not in doubtful:
            result.objects[identifier] = one
        else:
            result.objects[identifier] = Status(Owner.UNKNOWN)
    result.facts = {key: fact for key, fact in first.facts.items() if second.facts.get(key) == fact}
    if first.defers == second.defers:
        result.defers = first.defers
    else:
        common = 0
        while common < min(len(first.defers), len(second.defers)) and first.defers[common] == second.defers[common]:
            common += 1
        result.defers = first.defers[:common]
        dropped = (*first.defers[common:], *second.defers[common:])
        doubted = {held.id for each in dropped for held in each.arguments if isinstance(held, Pointer)}
        if any(each.call.callee.kind != "c" for each in dropped):
            doubted |= result.objects.keys()  # a function literal releases what it captures
        for identifier in doubted:
            result.objects[identifier] = Status(Owner.UNKNOWN)
    result.wild = first.wild | second.wild
    left = [span for span in (first.leaving, second.leaving) if span is not None]
    result.leaving = min(left) if left else None
    return result
