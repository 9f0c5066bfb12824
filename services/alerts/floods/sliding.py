"""How many came within the last while: a count that slides with time, in memory that does not grow."""

from __future__ import annotations

_BUCKETS = 600
_SECOND = 1_000


class Sliding:
    """Counts of the last ``over`` ms, exact to a second of ten minutes (a 600th of what is longer)."""

    __slots__ = ("_bucket", "_counts", "_newest", "_size", "_sum")

    def __init__(self, over: int) -> None:
        self._bucket = max(_SECOND, over // _BUCKETS)
        self._size = max(1, over // self._bucket)
        self._counts = [0] * self._size
        self._newest = 0
        self._sum = 0

    def at(self, now: int) -> int:
        """How many came in the span that ends ``now`` (ms)."""
        passed = now // self._bucket - self._newest
        if abs(passed) >= self._size:
            return 0
        return self._sum - sum(
            self._counts[(self._newest + step) % self._size] for step in self._steps(passed)
        )

    def add(self, now: int, count: int) -> None:
        """So many come ``now``. A clock that is set back by more than the span begins anew."""
        number = now // self._bucket
        passed = number - self._newest
        if abs(passed) >= self._size:
            self._counts, self._sum = [0] * self._size, 0
            self._newest = number
        for step in self._steps(passed):
            place = (self._newest + step) % self._size
            self._sum -= self._counts[place]
            self._counts[place] = 0
        self._newest = max(self._newest, number)
        self._counts[self._newest % self._size] += count
        self._sum += count

    def _steps(self, passed: int) -> range:
        return range(1, min(passed, self._size - 1) + 1)
