"""The newest readings of the devices of a zone, and what those of all but one come to."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from typing import Any

from rules.measures.exact import ExactSum
from rules.measures.ranks import quantile

FRESH_INTERVALS = 3
"""A reading speaks for its device so many of its intervals long."""

_ALWAYS = -(2**63)

Entry = tuple[int, float, int]


class Board:
    """The newest reading of each device, for one rule in one zone. Every device's measure writes its own.

    A reading is fresh at t when it is not older than three of its device's intervals before t. Those that are
    fresh stand in order of value, so that one device's neighbours cost O(log n) and not a look at all. All
    are looked at only when time has gone past the moment until which all of them were known to be fresh,
    about every other interval, or when someone asks for a moment before one of the stale ones went stale.
    """

    __slots__ = ("_entries", "_fresh", "_ordered", "_since", "_sum", "_until")

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._fresh: set[str] = set()
        self._ordered = array("d")
        self._sum = ExactSum()
        # The order is right for every t with _since < t <= _until.
        self._since = _ALWAYS
        self._until = _ALWAYS

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, device: str, time: int, value: float, interval: int) -> None:
        """A reading; older than the device's newest it is passed over. Times and spans in ms."""
        value += 0.0  # of the two zeros the positive one
        entry = self._entries.get(device)
        if entry is not None:
            if time < entry[0]:
                return
            self._leave(device, entry[1])
        expires = time + FRESH_INTERVALS * interval
        self._entries[device] = (time, value, expires)
        if expires <= self._since:
            return
        self._fresh.add(device)
        insort(self._ordered, value)
        self._sum.add(value)
        self._until = min(self._until, expires)

    def drop(self, device: str) -> None:
        """The device is none of this zone any more."""
        entry = self._entries.pop(device, None)
        if entry is not None:
            self._leave(device, entry[1])

    def _leave(self, device: str, value: float) -> None:
        if device in self._fresh:
            self._fresh.remove(device)
            del self._ordered[bisect_left(self._ordered, value)]
            self._sum.remove(value)

    def others(self, device: str, time: int, agg: str, least: int) -> tuple[int, float | None]:
        """How many other devices are fresh at ``time``, and the aggregate of their newest readings.

        ``agg`` is median, mean, min or max. None when they are fewer than ``least``.
        """
        if not self._since < time <= self._until:
            self._sort_out(time)
        own = self._entries[device][1] if device in self._fresh else None
        count = len(self._ordered) - (own is not None)
        if count < max(1, least):
            return count, None
        return count, self._mean(own, count) if agg == "mean" else self._ranked(own, count, agg)

    def _sort_out(self, time: int) -> None:
        """Look at all devices: which are fresh at ``time``, and for which other moments is that so."""
        entries = self._entries
        self._fresh = {device for device, entry in entries.items() if entry[2] >= time}
        self._ordered = array("d", sorted(entries[device][1] for device in self._fresh))
        self._sum = ExactSum()
        for value in self._ordered:
            self._sum.add(value)
        self._until = min((entries[device][2] for device in self._fresh), default=time)
        self._since = max((entry[2] for entry in entries.values() if entry[2] < time), default=_ALWAYS)

    def _mean(self, own: float | None, count: int) -> float:
        if own is None:
            return self._sum.mean(count)
        self._sum.remove(own)
        mean = self._sum.mean(count)
        self._sum.add(own)
        return mean

    def _ranked(self, own: float | None, count: int, agg: str) -> float:
        ordered = self._ordered
        skipped = count if own is None else bisect_left(ordered, own)
        if agg == "median":
            middle = (count - 1) // 2
            pair = [ordered[place + (place >= skipped)] for place in range(middle, count // 2 + 1)]
            return quantile(pair, 50)
        place = 0 if agg == "min" else count - 1
        return ordered[place + (place >= skipped)]

    def save(self) -> dict[str, Any]:
        """``{device: [time, value, when it goes stale]}``."""
        return {device: list(entry) for device, entry in self._entries.items()}

    def load(self, state: Mapping[str, Sequence[Any]]) -> None:
        """Take up what :meth:`save` gave.

        Raises:
            ValueError, TypeError, AttributeError: it is nothing of the kind.
        """
        self._entries = {
            device: (int(time), float(value), int(expires))
            for device, (time, value, expires) in state.items()
        }
        self._until = _ALWAYS
