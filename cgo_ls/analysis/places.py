"""Places: the variables, fields and elements whose C memory is followed."""

from __future__ import annotations

from typing import NamedTuple

ELEMENT = "[]"
DEREFERENCE = "*"
IN_PLACE = "="
"""What a struct itself is, when C makes it ready and releases it where it stands: `regcomp(&re)`, `regfree(&re)`."""


class Place(NamedTuple):
    """A variable (its slot in the function) and the way into it: field names, "[3]" (constant index), "[]" (any element), "*".

    A negative slot -1-n is the C memory acquired at site n: `p.name = q` with p from site 4 is Place(-5, ("name",)).
    """

    slot: int
    path: tuple[str, ...] = ()

    def inside(self, step: str) -> Place:
        """The place one step further in."""
        return Place(self.slot, (*self.path, step))

    def covers(self, other: Place) -> bool:
        """Whether `other` is this place or lies within it."""
        return self.slot == other.slot and other.path[: len(self.path)] == self.path

    def render(self, name: str) -> str:
        """As Go writes it, `name` being the variable: `a.b[0].c`, `(*p).x`, `*p`."""
        text = name
        for number, step in enumerate(self.path):
            if step == DEREFERENCE:
                text = f"*{text}" if number == len(self.path) - 1 else f"(*{text})"
            elif step == IN_PLACE:
                continue
            else:
                text += step if step.startswith("[") else f".{step}"
        return text

    @property
    def imprecise(self) -> bool:
        """Whether it stands for several cells (an element whose index is not known)."""
        return ELEMENT in self.path
