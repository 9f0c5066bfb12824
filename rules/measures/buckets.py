"""Buckets of city time, as the stores have them: local midnights are their anchors.

Buckets shorter than a day begin at local midnight and follow each other by elapsed time; the last one of a
day ends at midnight, however short that makes it. Buckets of n days begin at local midnights, counted from
Monday 5 January 1970, so that buckets of seven days begin on Mondays. Here a bucket is (start, end]: a
reading of the very moment at which one ends belongs to it, for it tells of the time before.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = 86_400_000
_FIRST_DAY = date(1970, 1, 5)
_MOST_DAYS = 512


class Buckets:
    """The start of the bucket that holds a time, for buckets of one length in one time zone.

    It remembers where the local days that were asked for begin, a few hundred of them.
    """

    __slots__ = ("_every", "_spans", "_starts", "_step", "_zone")

    def __init__(self, every: int, timezone: str) -> None:
        """``every`` in ms, ``timezone`` an IANA name.

        Raises:
            ValueError: ``every`` is not positive, or longer than a day without being whole days.
        """
        if every <= 0 or (every > DAY and every % DAY):
            raise ValueError("a bucket is at most a day, or whole days")
        self._every = every
        self._step = max(1, every // DAY)
        self._zone = ZoneInfo(timezone)
        self._starts: list[int] = []
        self._spans: dict[int, int] = {}

    def __call__(self, time: int) -> int:
        """The start (ms) of the bucket (start, end] that holds ``time``."""
        place = bisect_left(self._starts, time) - 1
        midnight = self._starts[place] if place >= 0 else None
        if midnight is None or time > self._spans[midnight]:
            midnight = self._look_up(time)
        if self._every >= DAY:
            return midnight
        return time - 1 - (time - 1 - midnight) % self._every

    def _look_up(self, time: int) -> int:
        """Reckon the days, or the bucket of several, in which ``time`` lies, and remember where it begins."""
        today = datetime.fromtimestamp((time - 1) / 1000, self._zone).date()
        first = today - timedelta(days=(today - _FIRST_DAY).days % self._step)
        start, end = self._midnight(first), self._midnight(first + timedelta(days=self._step))
        if len(self._starts) >= _MOST_DAYS:
            self._starts.clear()
            self._spans.clear()
        if start not in self._spans:
            self._starts.insert(bisect_left(self._starts, start), start)
            self._spans[start] = end
        return start

    def _midnight(self, day: date) -> int:
        """The first moment of a local day; where the clock skips midnight, the moment it does so."""
        local = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return int(local.astimezone(UTC).timestamp()) * 1000
