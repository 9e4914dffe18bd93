"""Work that is no longer wanted ends by an exception, between two steps of which each is short."""

from __future__ import annotations

from collections.abc import Callable

Check = Callable[[], None]
"""Called between steps; raises Cancelled when the result is no longer wanted."""


class Cancelled(Exception):
    """The result is no longer wanted."""


def check_of(cancelled: Callable[[], bool]) -> Check:
    def check() -> None:
        if cancelled():
            raise Cancelled

    return check
