"""How much of a span is covered by readings."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from rules.measures.ring import Pair, Ring


class Slots:
    """How many expected slots hold a reading.

    Slots are ``interval`` ms wide; the middle of one of them is ``phase``, the time of the first reading that
    came when there was none. A reading at time t is in slot round((t - phase) / interval), halves upwards.
    ``held`` counts the slots with a reading.
    """

    __slots__ = ("_first", "_last", "_start", "held", "interval")

    def __init__(self, interval: int) -> None:
        self.interval = max(1, interval)
        self.held = 0
        # Where slot 0 starts, and the slots of the oldest and the newest reading.
        self._start = self._first = self._last = 0

    @property
    def phase(self) -> int:
        """The middle of slot 0 (ms)."""
        return self._start + self.interval // 2

    def begin(self, time: int) -> None:
        """The first reading, where there was none."""
        self._start = time - self.interval // 2
        self._first = self._last = 0
        self.held = 1

    def follow(self, time: int) -> None:
        """A reading that is newer than all others."""
        slot = (time - self._start) // self.interval
        if slot != self._last:
            self._last = slot
            self.held += 1

    def insert(self, ring: Ring, place: int) -> None:
        """A late reading stands at this place of the ring now, before the newest."""
        times, start, interval = ring.times, self._start, self.interval
        slot = (times[place] - start) // interval
        if place == ring.head:
            self._first = slot
        elif (times[place - 1] - start) // interval == slot:
            return
        if (times[place + 1] - start) // interval != slot:
            self.held += 1

    def left(self, gone: Sequence[Pair], ring: Ring) -> None:
        """The oldest readings have left the ring; others are in it."""
        start, interval = self._start, self.interval
        slots = {(time - start) // interval for time, _ in gone} if len(gone) > 1 else {self._first}
        self._first = (ring.times[ring.head] - start) // interval
        slots.discard(self._first)
        self.held -= len(slots)

    def load(self, phase: int, ring: Ring) -> None:
        """Take up a saved phase, and count."""
        self._start = start = phase - self.interval // 2
        slots = [(time - start) // self.interval for time in ring.times[ring.head :]]
        self.held = len(set(slots))
        if slots:
            self._first, self._last = slots[0], slots[-1]


def slots_needed(coverage: float, over: int, interval: int) -> int:
    """How many slots must hold a reading for this share (0 to 1) of a span of ``over`` ms; at least 1.

    The share is taken as it is written in decimals: 0.07 of 100 slots is 7.
    """
    share = Fraction(repr(float(coverage)))
    return max(1, ceil(share * over / max(1, interval)))


def covered(held: int, over: int, interval: int) -> float:
    """The share of the expected slots of a span of ``over`` ms that hold a reading, at most 1."""
    return min(1.0, held * max(1, interval) / over)
