"""How much of the time a service has to be there: a span of hours in no time at all. Pure."""

from __future__ import annotations

from devices.calendar.schedule import Schedule

_DAY = 86_400_000


class OpenTime:
    """Open time up to a moment, so that the open time of a span is a subtraction.

    The sum runs from the first day that was ever asked for; each day of UTC is reckoned once, and remembered
    as the sum before it.
    """

    __slots__ = ("_first", "_schedule", "_sums")

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._first: int | None = None
        self._sums: list[int] = [0]

    def between(self, start: int, end: int) -> int:
        """How long (ms) it is open within [start, end)."""
        if start >= end:
            return 0
        before = self._until(start)  # first: the sum may have to begin earlier than it did
        return self._until(end) - before

    def _until(self, moment: int) -> int:
        day, rest = divmod(moment, _DAY)
        first = self._reach(day)
        return self._sums[day - first] + (self._within(day, moment) if rest else 0)

    def _reach(self, day: int) -> int:
        """Reckon the days up to one; answers the first that is known."""
        if self._first is None:
            self._first = day
        if day < self._first:
            earlier = [0]
            for number in range(day, self._first):
                earlier.append(earlier[-1] + self._whole(number))
            self._sums = earlier[:-1] + [earlier[-1] + known for known in self._sums]
            self._first = day
        while self._first + len(self._sums) <= day:
            self._sums.append(self._sums[-1] + self._whole(self._first + len(self._sums) - 1))
        return self._first

    def _whole(self, day: int) -> int:
        return self._within(day, (day + 1) * _DAY)

    def _within(self, day: int, end: int) -> int:
        """Open time of a day of UTC before ``end``, which lies in it or is its end."""
        moment, total = day * _DAY, 0
        while moment < end:
            change = self._schedule.next_change(moment)
            until = end if change is None else min(change, end)
            if self._schedule.open(moment):
                total += until - moment
            moment = until
        return total
