"""Aggregates that rest on the order of the values: extremes, their spread, quantiles."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from math import isinf
from typing import Any

from rules.measures.ring import Pair, Ring

_HALF = 50


class Extreme:
    """The largest value, or with ``sign`` -1 the smallest.

    ``queue`` holds the readings that no later one equals or surpasses, times ``sign``: its first is the
    largest of all. Of equal values the latest stands there.
    """

    __slots__ = ("queue", "ring", "sign", "stale")

    def __init__(self, ring: Ring, sign: float) -> None:
        self.ring = ring
        self.sign = sign
        self.queue = Ring()
        self.stale = False

    def push(self, value: float) -> None:
        self._follow(self.ring.times[-1], value * self.sign)

    def _follow(self, time: int, value: float) -> None:
        queue = self.queue
        values = queue.values
        least = queue.head
        while len(values) > least and values[-1] <= value:
            queue.pop()
        queue.append(time, value)

    def expire(self, gone: Sequence[Pair]) -> None:
        self.queue.evict(gone[-1][0])

    def insert(self, place: int) -> None:
        self._stand(self.ring.times[place], self.ring.values[place] * self.sign)

    def _stand(self, time: int, value: float) -> None:
        """Put a late reading among those that count, unless a later one surpasses it."""
        queue = self.queue
        times, values = queue.times, queue.values
        place = bisect_left(times, time, queue.head)
        if place < len(times) and values[place] >= value:
            return
        first = place
        while first > queue.head and values[first - 1] <= value:
            first -= 1
        times[first:place] = array("q", (time,))
        values[first:place] = array("d", (value,))

    def replace(self, place: int, before: float) -> None:  # noqa: ARG002 - all is looked at anew
        self.stale = True

    def rebuild(self) -> None:
        self.stale = False
        self.queue.clear()
        for time, value in self.ring:
            self._follow(time, value * self.sign)

    def value(self) -> float | None:
        if self.stale:
            self.rebuild()
        queue = self.queue
        return queue.values[queue.head] * self.sign

    def details(self) -> Mapping[str, Any]:
        self.value()
        return {"at": self.queue.oldest[0]}


class Spread:
    """The largest value minus the smallest."""

    __slots__ = ("high", "low")

    def __init__(self, ring: Ring) -> None:
        self.high = Extreme(ring, 1.0)
        self.low = Extreme(ring, -1.0)

    def push(self, value: float) -> None:
        self.high.push(value)
        self.low.push(value)

    def expire(self, gone: Sequence[Pair]) -> None:
        self.high.expire(gone)
        self.low.expire(gone)

    def insert(self, place: int) -> None:
        self.high.insert(place)
        self.low.insert(place)

    def replace(self, place: int, before: float) -> None:
        self.high.replace(place, before)
        self.low.replace(place, before)

    def rebuild(self) -> None:
        self.high.rebuild()
        self.low.rebuild()

    def value(self) -> float | None:
        high, low = self.high.value(), self.low.value()
        assert high is not None
        assert low is not None
        return high - low

    def details(self) -> Mapping[str, Any]:
        return {"low": self.low.value(), "high": self.high.value()}


class Quantile:
    """The value below which ``percent`` of the readings lie, by linear interpolation of closest ranks."""

    __slots__ = ("percent", "ring", "sorted")

    def __init__(self, ring: Ring, percent: int) -> None:
        self.ring = ring
        self.percent = percent
        self.sorted = array("d")

    def push(self, value: float) -> None:
        insort(self.sorted, value)

    def expire(self, gone: Sequence[Pair]) -> None:
        for _, value in gone:
            self._forget(value)

    def insert(self, place: int) -> None:
        insort(self.sorted, self.ring.values[place])

    def replace(self, place: int, before: float) -> None:
        self._forget(before)
        self.insert(place)

    def _forget(self, value: float) -> None:
        del self.sorted[bisect_left(self.sorted, value)]

    def rebuild(self) -> None:
        self.sorted = array("d", sorted(self.ring.values[self.ring.head :]))

    def value(self) -> float | None:
        return quantile(self.sorted, self.percent)

    def details(self) -> Mapping[str, Any]:
        return {}


def quantile(ordered: Sequence[float], percent: int) -> float:
    """The ``percent`` quantile of values in order: linear interpolation between the closest ranks.

    The rank is (n - 1) * percent / 100, as NumPy and most spreadsheets have it by default. The median of an
    even number is the middle of the middle two.
    """
    place, rest = divmod((len(ordered) - 1) * percent, 100)
    low = ordered[place]
    if not rest:
        return low
    high = ordered[place + 1]
    share = rest / 100
    value = (low + high) / 2 if rest == _HALF else low + (high - low) * share
    return low * (1 - share) + high * share if isinf(value) else value
