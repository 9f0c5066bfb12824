"""Aggregates that rest on an exact sum: total, mean, standard deviation, rate of change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from rules.measures.exact import ExactMoments, ExactSum, ratio
from rules.measures.ring import Pair, Ring


class Total:
    """The sum of the values, exact and then rounded once."""

    __slots__ = ("ring", "sum")

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self.sum = self.empty()

    def empty(self) -> ExactSum:
        """The sum of nothing."""
        return ExactSum()

    def push(self, value: float) -> None:
        self.sum.add(value)

    def expire(self, gone: Sequence[Pair]) -> None:
        for _, value in gone:
            self.sum.remove(value)

    def insert(self, place: int) -> None:
        self.sum.add(self.ring.values[place])

    def replace(self, place: int, before: float) -> None:
        self.sum.remove(before)
        self.sum.add(self.ring.values[place])

    def rebuild(self) -> None:
        self.sum = self.empty()
        for _, value in self.ring:
            self.sum.add(value)

    def value(self) -> float | None:
        return self.sum.total()

    def details(self) -> Mapping[str, Any]:
        return {}


class Mean(Total):
    """The arithmetic mean of the values, rounded once."""

    __slots__ = ()

    def value(self) -> float | None:
        ring = self.ring
        return self.sum.mean(len(ring.times) - ring.head)


class StandardDeviation(Total):
    """The population standard deviation: the root of the mean square distance from the mean."""

    __slots__ = ()

    sum: ExactMoments

    def empty(self) -> ExactMoments:
        return ExactMoments()

    def value(self) -> float | None:
        return self.sum.deviation(len(self.ring))

    def details(self) -> Mapping[str, Any]:
        return {"mean": self.sum.mean(len(self.ring)), "of": "population"}


class Rate:
    """The change over the elapsed time, times ``per`` (ms); needs two readings.

    For a ``counter``, which only rises, each fall means that it began again from 0: what it shows after the
    fall is what came to it.
    """

    __slots__ = ("counter", "per", "ring", "sum")

    def __init__(self, ring: Ring, per: int, counter: bool) -> None:
        self.ring = ring
        self.per = per
        self.counter = counter
        self.sum = ExactSum()

    def push(self, value: float) -> None:
        ring = self.ring
        if len(ring.times) - ring.head > 1:
            self._rise(ring.values[-2], value)

    def expire(self, gone: Sequence[Pair]) -> None:
        following = self.ring.values[self.ring.head]
        for _, value in reversed(gone):
            self._unrise(value, following)
            following = value

    def insert(self, place: int) -> None:
        values = self.ring.values
        if place > self.ring.head:
            self._unrise(values[place - 1], values[place + 1])
            self._rise(values[place - 1], values[place])
        self._rise(values[place], values[place + 1])

    def replace(self, place: int, before: float) -> None:
        values = self.ring.values
        if place > self.ring.head:
            self._unrise(values[place - 1], before)
            self._rise(values[place - 1], values[place])
        if place + 1 < len(values):
            self._unrise(before, values[place + 1])
            self._rise(values[place], values[place + 1])

    def _rise(self, value: float, following: float) -> None:
        self.sum.add(following)
        if not (self.counter and following < value):
            self.sum.remove(value)

    def _unrise(self, value: float, following: float) -> None:
        self.sum.remove(following)
        if not (self.counter and following < value):
            self.sum.add(value)

    def rebuild(self) -> None:
        self.sum = ExactSum()
        values = self.ring.values[self.ring.head :]
        for value, following in pairwise(values):
            self._rise(value, following)

    def value(self) -> float | None:
        elapsed = self._elapsed()
        return ratio(self.sum.units * self.per, elapsed << self.sum.bits) if elapsed else None

    def details(self) -> Mapping[str, Any]:
        return {"change": self.sum.total(), "elapsed": self._elapsed(), "per": self.per}

    def _elapsed(self) -> int:
        return self.ring.newest[0] - self.ring.oldest[0]
