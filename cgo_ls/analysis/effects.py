"""What a C function does with its parameters and its result, in the words of the tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Origin = Literal["body", "attribute", "table", "project", "builtin", "name", "unknown"]


class ParameterEffect(Enum):
    """What happens to the memory a parameter points to."""

    BORROWS = "borrows"
    TAKES = "takes"
    HOLDS = "holds"
    FILLS = "fills"
    RETURNS = "returns"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ResultEffect:
    """Where the result comes from. owned: the caller must call `releaser`. parameter: it aliases parameter `parameter`."""

    kind: Literal["owned", "borrowed", "parameter", "unknown", "none"]
    releaser: str = ""
    parameter: int | None = None
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class CEffects:
    """The effects of one C function.

    `frees`: indexes of TAKES parameters whose memory is freed before the function returns (the others only change owner).
    `returns_errno`: the function does nothing but report errno. `note` says where this is known from, for messages.
    """

    name: str
    parameters: tuple[ParameterEffect, ...]
    result: ResultEffect
    origin: Origin
    note: str = ""
    frees: frozenset[int] = frozenset()
    frees_fields: bool = False
    returns_errno: bool = False
    sets_errno: bool | None = None
    never_returns: bool = False


NO_RESULT = ResultEffect("none")
UNKNOWN_RESULT = ResultEffect("unknown")
