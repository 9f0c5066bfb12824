"""What one service attained, over any span. Pure: times are ms since epoch UTC, spans [start, end).

A change is one entry with the sums up to it: the numbers of a span are two look-ups, however long it is, and
a change costs the same whatever came before. A month of it takes 25 bytes for each change.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Protocol

from devices.model import Objective
from services.status.history.timeline import Held
from services.status.objectives.counting import NOTHING, Attainment, Weight, weigh


class Open(Protocol):
    """How much of a span lies within a service's hours."""

    def between(self, start: int, end: int) -> int:
        """Open time of [start, end) in ms."""


class AlwaysOpen:
    """Of a service that has to be there at any time."""

    def between(self, start: int, end: int) -> int:
        return max(0, end - start)


class Ledger:
    """Good and counted time of one service, as its status changed.

    ``open_time`` is its hours: time outside does not count, whatever the status was.
    """

    __slots__ = ("_at", "_counted", "_good", "_weights", "objective", "open_time")

    def __init__(self, objective: Objective, open_time: Open | None = None) -> None:
        self.objective = objective
        self.open_time: Open = open_time or AlwaysOpen()
        self._at = array("q")
        self._good = array("q")
        self._counted = array("q")
        self._weights = bytearray()

    def __len__(self) -> int:
        """How many changes it remembers."""
        return len(self._at)

    @property
    def first(self) -> int | None:
        """From when on (ms) something is known."""
        return self._at[0] if self._at else None

    @property
    def weight(self) -> Weight:
        """What the time counts that passes now."""
        return Weight(self._weights[-1]) if self._weights else Weight.OUT

    @property
    def changed(self) -> int | None:
        """When that began to be so (ms)."""
        return self._at[-1] if self._at else None

    def add(self, at: int, held: Held) -> None:
        """From ``at`` on it is so. What was said of later moments no longer holds."""
        self._put(at, weigh(held, self.objective))

    def replace(self, start: int, end: int | None, changes: Iterable[tuple[int, Held]]) -> None:
        """Of [start, end) this is known by now, oldest first; with ``end`` None of all that follows.

        Before the first change it stays as it was before ``start``; what was so at ``end`` goes on after it.
        """
        kept = [] if end is None else self._from(end)
        self._cut(bisect_left(self._at, start))
        for at, held in changes:
            if end is None or at < end:
                self._put(max(at, start), weigh(held, self.objective))
        for at, weight in kept:
            self._put(at, weight)

    def between(self, start: int, end: int) -> Attainment:
        """What was attained in a span. Before the first change nothing counts."""
        if start >= end or not self._at:
            return NOTHING
        good, counted = self.sums(end)
        good_before, counted_before = self.sums(start)
        return Attainment(good - good_before, counted - counted_before)

    def lost_since(self, moment: int) -> bool:
        """Whether any time may have been lost at or after a moment (ms)."""
        place = max(0, bisect_right(self._at, moment) - 1)
        return Weight.LOST in self._weights[place:]

    def forget(self, before: int) -> None:
        """Spans that begin before a moment are not asked for any more."""
        place = bisect_right(self._at, before) - 1
        if place > 0:
            for column in (self._at, self._good, self._counted, self._weights):
                del column[:place]

    def _put(self, at: int, weight: Weight) -> None:
        self._cut(bisect_left(self._at, at))
        if self._weights and self._weights[-1] == weight:
            return
        good, counted = self.sums(at)
        self._at.append(at)
        self._good.append(good)
        self._counted.append(counted)
        self._weights.append(weight)

    def sums(self, moment: int) -> tuple[int, int]:
        """Good and counted time up to a moment; only differences of it say anything."""
        place = bisect_right(self._at, moment) - 1
        if place < 0:
            # What went before is forgotten; the sums of the first entry begin there.
            return (self._good[0], self._counted[0]) if self._at else (0, 0)
        good, counted, weight = self._good[place], self._counted[place], self._weights[place]
        if weight == Weight.OUT:
            return good, counted
        passed = self.open_time.between(self._at[place], moment)
        return good + (passed if weight == Weight.GOOD else 0), counted + passed

    def _from(self, end: int) -> list[tuple[int, Weight]]:
        """What is known of ``end`` and later."""
        place = bisect_right(self._at, end)
        held = Weight(self._weights[place - 1]) if place else Weight.OUT
        later = zip(self._at[place:], self._weights[place:], strict=True)
        return [(end, held), *((at, Weight(weight)) for at, weight in later)]

    def _cut(self, place: int) -> None:
        if place < len(self._at):
            for column in (self._at, self._good, self._counted, self._weights):
                del column[place:]
