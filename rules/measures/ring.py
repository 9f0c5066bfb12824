"""Readings of one metric in the order of their times, 16 bytes each.

A window of 24 hours at 10 seconds is 8,640 readings; as pairs in a deque it would be 1 MB, here it is 150 KB.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import lt, sub
from typing import Any, TypeAlias

Pair: TypeAlias = tuple[int, float]
"""A time (ms) and a value."""

_FEW = 64
_SHARE = 16


class Ring:
    """A time-ordered buffer of (time in ms, float) with one reading a moment.

    ``times`` and ``values`` hold the readings from place ``head`` on; what stands before is left over from
    readings that were evicted and is cleared away when it makes a sixteenth of all. Others read the three, to
    be quick, and never write them. A *place* is an index into the arrays; it holds until the next eviction.
    """

    __slots__ = ("head", "times", "values")

    def __init__(self) -> None:
        self.times = array("q")
        self.values = array("d")
        self.head = 0

    def __len__(self) -> int:
        return len(self.times) - self.head

    def __iter__(self) -> Iterator[Pair]:
        return zip(self.times[self.head :], self.values[self.head :], strict=True)

    @property
    def oldest(self) -> Pair:
        """The first reading. IndexError when there is none."""
        return self.times[self.head], self.values[self.head]

    @property
    def newest(self) -> Pair:
        """The last reading. IndexError when there is none."""
        if len(self.times) == self.head:
            raise IndexError("no reading")
        return self.times[-1], self.values[-1]

    def append(self, time: int, value: float) -> None:
        """A reading that is newer than all others."""
        self.times.append(time)
        self.values.append(value)

    def pop(self) -> None:
        """Forget the newest reading."""
        self.times.pop()
        self.values.pop()

    def put(self, time: int, value: float) -> tuple[int, float | None]:
        """A reading of any time takes its place among the others, or the place of one of the same time.

        Answers with the place, and with the value that stood there before (None: the reading is new).
        """
        times, values = self.times, self.values
        place = len(times)
        if place == self.head or time > times[-1]:
            times.append(time)
            values.append(value)
            return place, None
        place = bisect_left(times, time, self.head)
        if times[place] == time:
            before = values[place]
            values[place] = value
            return place, before
        times.insert(place, time)
        values.insert(place, value)
        return place, None

    def evict(self, limit: int) -> Sequence[Pair]:
        """Forget every reading with time <= ``limit``; answers with them, oldest first."""
        times, head = self.times, self.head
        size = len(times)
        if head == size or times[head] > limit:
            return ()
        if head + 1 == size or times[head + 1] > limit:
            left = [(times[head], self.values[head])]
        else:
            stop = bisect_left(times, limit + 1, head)
            left = list(zip(times[head:stop], self.values[head:stop], strict=True))
        self.head = head = head + len(left)
        if head == size or (head >= _FEW and head * _SHARE >= size):
            del times[:head]
            del self.values[:head]
            self.head = 0
        return left

    def clear(self) -> None:
        """Forget everything."""
        self.times = array("q")
        self.values = array("d")
        self.head = 0

    def save(self) -> list[Any]:
        """``[first time, [steps from time to time], [values]]``, or ``[]`` when empty.

        Of 8,640 readings this takes about 1 ms to make and write as JSON, and 22 to 100 KB of a snapshot,
        which is compressed as a whole. Base64 of the arrays is no smaller there and no faster to write;
        compressed by itself it is twice as slow.
        """
        times = self.times[self.head :].tolist()
        if not times:
            return []
        return [times[0], list(map(sub, times[1:], times)), self.values[self.head :].tolist()]

    def load(self, state: Sequence[Any]) -> None:
        """Take up what :meth:`save` gave.

        Raises:
            ValueError, TypeError: it is nothing of the kind.
        """
        self.clear()
        if not state:
            return
        first, steps, values = state
        times, numbers = array("q", accumulate(steps, initial=first)), array("d", values)
        if len(times) != len(numbers) or not all(map(lt, times, times[1:])):
            raise ValueError("times and values are no readings in order")
        self.times, self.values = times, numbers
