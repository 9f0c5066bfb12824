"""What is still to come, in order of its moment. Pure."""

from __future__ import annotations

import heapq
from itertools import count
from typing import Generic, Protocol, TypeVar

from services.status.facts import Fact

T = TypeVar("T")
NEVER = 1 << 62
"""A moment beyond all reason."""


class Agenda(Generic[T]):
    """Things by the moment (ms) at which they are to be looked at."""

    __slots__ = ("_heap",)

    def __init__(self) -> None:
        self._heap: list[tuple[int, T]] = []

    def put(self, at: int, thing: T) -> None:
        heapq.heappush(self._heap, (at, thing))

    def clear(self) -> None:
        self._heap.clear()

    @property
    def next(self) -> int:
        """The first moment; beyond all reason when nothing is waited for."""
        return self._heap[0][0] if self._heap else NEVER

    def pop(self) -> tuple[int, T]:
        """The first, and its moment."""
        return heapq.heappop(self._heap)


class Waiting(Protocol):
    """Who waits: ``queued`` is the moment (ms) for which it waits, None: for nothing any more."""

    queued: int | None


W = TypeVar("W", bound=Waiting)
_BITS = 10
"""A bucket of the wheel holds so many bits of milliseconds: about a second."""


class Wheel(Generic[W]):
    """Very many that wait, each for one moment at a time; little memory for each.

    They lie in buckets of about a second, unsorted, until time comes near. Who waits for another moment by
    then is passed over.
    """

    __slots__ = ("_buckets", "_near", "_numbers", "_opened", "_order")

    def __init__(self) -> None:
        self._buckets: dict[int, list[W]] = {}
        self._numbers: list[int] = []
        self._near: list[tuple[int, int, W]] = []
        self._opened = -1
        self._order = count()

    def put(self, who: W) -> None:
        """It waits for ``who.queued``."""
        at = who.queued
        assert at is not None
        number = at >> _BITS
        if number <= self._opened:
            heapq.heappush(self._near, (at, next(self._order), who))
        elif number in self._buckets:
            self._buckets[number].append(who)
        else:
            self._buckets[number] = [who]
            heapq.heappush(self._numbers, number)

    def next(self, now: int) -> int:
        """The first moment up to ``now`` (ms); later than that when there is none."""
        near = self._near
        while True:
            while self._numbers and self._numbers[0] << _BITS <= min(now, near[0][0] if near else now):
                self._open(heapq.heappop(self._numbers))
            while near and near[0][2].queued != near[0][0]:
                heapq.heappop(near)
            if not near:
                if self._numbers and self._numbers[0] << _BITS <= now:
                    continue
                return NEVER
            if not self._numbers or self._numbers[0] << _BITS > near[0][0]:
                return near[0][0]

    def pop(self) -> W:
        """The first, after :meth:`next` has told its moment."""
        return heapq.heappop(self._near)[2]

    def _open(self, number: int) -> None:
        self._opened = max(self._opened, number)
        for who in self._buckets.pop(number):
            at = who.queued
            if at is not None and at >> _BITS == number:
                heapq.heappush(self._near, (at, next(self._order), who))


class Facts:
    """Facts by their moments; of the same moment in the order in which they came."""

    __slots__ = ("_heap", "_order")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Fact]] = []
        self._order = count()

    def put(self, fact: Fact) -> None:
        heapq.heappush(self._heap, (fact.at, next(self._order), fact))

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next(self) -> int:
        """The first moment."""
        return self._heap[0][0] if self._heap else NEVER

    def pop(self) -> Fact:
        """The first."""
        return heapq.heappop(self._heap)[2]
