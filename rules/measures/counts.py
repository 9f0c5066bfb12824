"""Counts of readings: all of them, and the different values among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rules.measures.ring import Pair, Ring


class Count:
    """How many readings there are."""

    __slots__ = ("ring",)

    def __init__(self, ring: Ring) -> None:
        self.ring = ring

    def push(self, value: float) -> None:
        """The ring counts."""

    def expire(self, gone: Sequence[Pair]) -> None:
        """The ring counts."""

    def insert(self, place: int) -> None:
        """The ring counts."""

    def replace(self, place: int, before: float) -> None:
        """The ring counts."""

    def rebuild(self) -> None:
        """The ring counts."""

    def value(self) -> float | None:
        return float(len(self.ring))

    def details(self) -> Mapping[str, Any]:
        return {}


class Distinct:
    """How many different values there are beside the first: 0 when all are the same."""

    __slots__ = ("counts", "ring")

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self.counts: dict[float, int] = {}

    def push(self, value: float) -> None:
        self.counts[value] = self.counts.get(value, 0) + 1

    def expire(self, gone: Sequence[Pair]) -> None:
        for _, value in gone:
            self._forget(value)

    def insert(self, place: int) -> None:
        self.push(self.ring.values[place])

    def replace(self, place: int, before: float) -> None:
        self._forget(before)
        self.insert(place)

    def _forget(self, value: float) -> None:
        left = self.counts[value] - 1
        if left:
            self.counts[value] = left
        else:
            del self.counts[value]

    def rebuild(self) -> None:
        self.counts = {}
        for _, value in self.ring:
            self.push(value)

    def value(self) -> float | None:
        return float(len(self.counts) - 1)

    def details(self) -> Mapping[str, Any]:
        return {"distinct": len(self.counts)}
