"""The readings in a span of time, with an aggregate of them and the slots that they fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules.measures.aggregates import Aggregate
from rules.measures.coverage import Slots
from rules.measures.ring import Ring


class Contents:
    """A ring, and what is reckoned from it. ``aggregate`` was made of this ``ring``."""

    __slots__ = ("aggregate", "ring", "slots")

    def __init__(self, ring: Ring, aggregate: Aggregate, interval: int) -> None:
        self.ring = ring
        self.aggregate = aggregate
        self.slots = Slots(interval)

    def advance(self, time: int, value: float, limit: int) -> None:
        """A reading that is newer than all others comes in, those with time <= ``limit`` go out."""
        ring = self.ring
        times = ring.times
        if ring.head < len(times):
            if times[ring.head] <= limit:
                self.evict(limit)
            if times:
                self.slots.follow(time)
            else:
                self.slots.begin(time)
        else:
            self.slots.begin(time)
        times.append(time)
        ring.values.append(value)
        self.aggregate.push(value)

    def put(self, time: int, value: float) -> None:
        """A reading of any time comes in, or takes the place of one of the same time."""
        ring = self.ring
        place, before = ring.put(time, value)
        if before is not None:
            self.aggregate.replace(place, before)
        elif place + 1 < len(ring.times):
            self.slots.insert(ring, place)
            self.aggregate.insert(place)
        else:
            if place == ring.head:
                self.slots.begin(time)
            else:
                self.slots.follow(time)
            self.aggregate.push(value)

    def evict(self, limit: int) -> None:
        """Readings with time <= ``limit`` go out."""
        ring = self.ring
        gone = ring.evict(limit)
        if not gone:
            return
        left = len(ring.times) - ring.head
        if left:
            self.slots.left(gone, ring)
        else:
            self.slots.held = 0
        if len(gone) > left:
            self.aggregate.rebuild()
        else:
            self.aggregate.expire(gone)

    def clear(self) -> None:
        """All go out."""
        self.ring.clear()
        self.slots.held = 0
        self.aggregate.rebuild()

    def save(self) -> list[Any]:
        """``[phase of the slots, ring]``."""
        return [self.slots.phase, self.ring.save()]

    def load(self, state: Sequence[Any]) -> None:
        """Take up what :meth:`save` gave.

        Raises:
            ValueError, TypeError: it is nothing of the kind.
        """
        phase, ring = state
        self.ring.load(ring)
        self.slots.load(phase, self.ring)
        self.aggregate.rebuild()
