"""Half-open ranges of byte offsets, the only coordinates used below `server`."""

from __future__ import annotations

from cgo_ls.text.frozen import frozen_ordered


@frozen_ordered
class Span:
    """The bytes `start <= offset < end`; 0-based; `start == end` is an empty span (a place between two bytes)."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __bool__(self) -> bool:
        """Always true: an empty span is still a place (`__len__` alone would make it false)."""
        return True

    @property
    def is_empty(self) -> bool:
        return self.start >= self.end

    def shift(self, by: int) -> Span:
        """The same span `by` bytes further on (or back, when negative)."""
        return Span(self.start + by, self.end + by) if by else self

    def contains(self, offset: int) -> bool:
        """Whether the byte at `offset` lies in the span; never true for an empty one."""
        return self.start <= offset < self.end

    def touches(self, offset: int) -> bool:
        """Like `contains`, with the end included: a cursor just behind the last byte touches."""
        return self.start <= offset <= self.end

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside (equal spans cover one another)."""
        return self.start <= other.start and other.end <= self.end

    def intersects(self, other: Span) -> bool:
        """Whether at least one byte is in both; an empty span intersects where it lies strictly inside."""
        return self.start < other.end and other.start < self.end
