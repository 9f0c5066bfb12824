"""Days and months of a city's calendar, as spans of ms since epoch UTC.

A day lasts 23 or 25 hours where the clock of the wall is set forward or back. It begins with the first moment
of its date; one that the calendar skips has no length, and is left out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_ONE_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Day(NamedTuple):
    """A date and the span [start, end) that it takes."""

    date: date
    start: int
    end: int


class Calendar:
    """Of one city."""

    __slots__ = ("_zone",)

    def __init__(self, timezone: str) -> None:
        """``timezone``: an IANA name. Reads its file."""
        self._zone = ZoneInfo(timezone)

    def date_of(self, moment: int) -> date:
        """The date on the wall."""
        return (_EPOCH + moment * _MILLISECOND).astimezone(self._zone).date()

    def start(self, day: date) -> int:
        """The first moment of a date."""
        # Where the clock skips midnight this is the moment at which it does.
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return (midnight.astimezone(UTC) - _EPOCH) // _MILLISECOND

    def day(self, day: date) -> Day:
        """A date with its span."""
        return Day(day, self.start(day), self.start(day + _ONE_DAY))

    def days(self, count: int, end: int) -> list[Day]:
        """So many dates up to the one in which ``end`` lies (with the moment before it), oldest first."""
        last = self.date_of(end - 1)
        dates = (last - _ONE_DAY * back for back in reversed(range(count)))
        return [day for day in map(self.day, dates) if day.start < day.end]

    def month(self, moment: int) -> tuple[int, int]:
        """The month of the calendar in which a moment lies: its first moment, and the next one's."""
        day = self.date_of(moment)
        first = day.replace(day=1)
        following = (first + 31 * _ONE_DAY).replace(day=1)
        return self.start(first), self.start(following)
