"""Bounded memories of results."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, overload

Key = TypeVar("Key")
Value = TypeVar("Value")
Default = TypeVar("Default")


class Memo(dict[Key, Value], Generic[Key, Value]):
    """A dict that forgets its oldest half when it holds more than `limit` entries. Asking does not make an entry younger."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        if len(self) > self._limit:
            for old in list(self)[: len(self) - self._limit // 2]:
                self.pop(old, None)


class RecentMemo(Memo[Key, Value]):
    """The same, but what `get` finds counts as new: for a few large values, of which some are asked for again and again."""

    # dict's own overloads differ between versions of its stub; callers see these.
    @overload
    def get(self, key: Key, default: None = None, /) -> Value | None: ...
    @overload
    def get(self, key: Key, default: Default, /) -> Value | Default: ...
    def get(self, key: Key, default: Any = None, /) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        if key not in self:
            return default
        found = self.pop(key)
        self[key] = found
        return found
