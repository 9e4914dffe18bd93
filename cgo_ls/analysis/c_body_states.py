"""The states the solver of C bodies moves through: what each variable may point to, what became of each object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# An object: ("param", i) what parameter i points to at entry; ("inside", i) whatever is reached through it;
# ("fresh", call, argument) memory a call made (argument -1: its result); ("local", name) a local variable's own
# storage; ("part", object) a field inside of an object; and single ones for what is not followed.
Object = tuple[object, ...]
Objects = frozenset[Object]
NULL: Object = ("null",)
LITERAL: Object = ("literal",)
OUTSIDE: Object = ("outside",)
ERRNO: Object = ("errno",)
UNKNOWN: Object = ("unknown",)
ONLY_UNKNOWN: Objects = frozenset([UNKNOWN])
ONLY_NULL: Objects = frozenset([NULL])
MAY_BE_NULL = frozenset(["null", "param", "inside", "outside", "unknown", "errno"])
SINGLE: dict[str, Objects] = {
    "null": ONLY_NULL,
    "literal": frozenset([LITERAL]),
    "errno": frozenset([ERRNO]),
}

LIVE = "live"
FREED = "freed"
TAKEN = "taken"  # handed over together with its destructor
HELD = "held"
ABSENT = "absent"  # known to be NULL on this path
LOST = "lost"  # passed to something that may do anything with it
ONLY_LIVE = frozenset([LIVE])
Statuses = frozenset[str]


class State:
    """One path's knowledge, copied before it is changed. A variable that is missing may point anywhere."""

    __slots__ = ("contents", "status", "variables")

    def __init__(
        self,
        variables: Mapping[str, Objects],
        status: Mapping[Object, Statuses],
        contents: Mapping[Object, Objects],
    ) -> None:
        self.variables = dict(variables)
        self.status = dict(status)
        self.contents = dict(contents)

    def copy(self) -> State:
        return State(self.variables, self.status, self.contents)

    def key(self) -> tuple[frozenset[tuple[str, Objects]], frozenset[tuple[Object, Statuses]], frozenset[Object]]:
        held = frozenset((item, value) for item, value in self.contents.items())
        return frozenset(self.variables.items()), frozenset(self.status.items()), held

    def of(self, item: Object) -> Statuses:
        return self.status.get(item, ONLY_LIVE)

    def set_variable(self, name: str, objects: Objects) -> None:
        if objects == ONLY_UNKNOWN:
            self.variables.pop(name, None)
        else:
            self.variables[name] = objects

    def add_to_variable(self, name: str, objects: Objects) -> None:
        self.variables[name] = self.variables.get(name, frozenset()) | objects

    def add_contents(self, item: Object, objects: Objects) -> None:
        kept = objects - {NULL, LITERAL, UNKNOWN, OUTSIDE, ERRNO}
        if kept:
            self.contents[item] = self.contents.get(item, frozenset()) | kept

    def mark(self, objects: Objects, status: str) -> None:
        """Followed objects among `objects` get `status`: for certain when there is only one they can be."""
        real = [item for item in objects if item != NULL]
        for item in real:
            if item[0] not in ("param", "fresh"):
                continue
            old = self.of(item)
            if len(real) > 1:
                self.status[item] = old | {status}
            elif status == LOST or old <= {LIVE, status, ABSENT}:
                self.status[item] = frozenset([status])
            elif status == HELD and old & {FREED, TAKEN}:
                self.status[item] = frozenset([LOST])
            else:
                self.status[item] = (old - {LIVE}) | {status}

    def forget(self, item: Object) -> None:
        """A new object in the place of the one an earlier round of a loop made."""
        self.status.pop(item, None)
        self.contents.pop(item, None)


def join(states: Iterable[State]) -> State:
    """What holds on all paths: unions throughout."""
    merged: State | None = None
    for state in states:
        if merged is None:
            merged = state.copy()
            continue
        for name in set(merged.variables) | set(state.variables):
            both = merged.variables.get(name, ONLY_UNKNOWN) | state.variables.get(name, ONLY_UNKNOWN)
            merged.variables[name] = both
        for item in set(merged.status) | set(state.status):
            merged.status[item] = merged.of(item) | state.of(item)
        for item, objects in state.contents.items():
            merged.contents[item] = merged.contents.get(item, frozenset()) | objects
    assert merged is not None
    return merged
