"""The city's wall clock: days, minutes of the day and hours, from times in ms."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = 3_600_000
DAY = 86_400_000
_QUARTER = 900_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_FIRST_DAY = date(1970, 1, 1)


class LocalClock:
    """The wall clock of a time zone. It remembers the offset of the day it was last asked about."""

    __slots__ = ("_from", "_offset", "_to", "_zone", "timezone")

    def __init__(self, timezone: str) -> None:
        """``timezone``: its IANA name."""
        self.timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._from = self._to = self._offset = 0

    def offset(self, time: int) -> int:
        """What the wall shows beyond UTC, ms."""
        if not self._from <= time < self._to:
            self._look_up(time)
        return self._offset

    def wall(self, time: int) -> int:
        """The time that the wall shows, as if it were UTC, ms."""
        return time + self.offset(time)

    def _look_up(self, time: int) -> None:
        """Offsets change on quarters of an hour of UTC: a day without a change is remembered whole."""
        start = time // DAY * DAY
        if self._ask(start) == self._ask(start + DAY - 1):
            self._from, self._to = start, start + DAY
        else:
            self._from = time // _QUARTER * _QUARTER
            self._to = self._from + _QUARTER
        self._offset = self._ask(time)

    def _ask(self, time: int) -> int:
        local = (_EPOCH + timedelta(milliseconds=time)).astimezone(self._zone)
        return (local.utcoffset() or timedelta()) // _MS


def date_of(wall: int) -> date:
    """The date that a wall clock's time lies on."""
    return _FIRST_DAY + timedelta(days=wall // DAY)
