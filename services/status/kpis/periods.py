"""Days, weeks, months, quarters and years of a city's calendar. Times are ms since epoch UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = 86_400_000
_LAST = date(9000, 1, 1)


class Kind(StrEnum):
    """How long a period is. Weeks begin on Mondays."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Kind.MONTH: 1, Kind.QUARTER: 3, Kind.YEAR: 12}


class Period(NamedTuple):
    """[start, end) between midnights; ``first`` is its first day."""

    kind: Kind
    start: int
    end: int
    first: date


class Day(NamedTuple):
    """A local day [start, end), of which the time up to ``until`` has passed."""

    start: int
    end: int
    until: int
    date: date


class Calendar:
    """The periods of a time zone (an IANA name)."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._midnight = lru_cache(maxsize=4_096)(self._reckoned)

    def day_of(self, moment: int) -> date:
        """The local day that a moment lies in."""
        return datetime.fromtimestamp(moment / 1000, self._zone).date()

    def midnight(self, day: date) -> int:
        """The first moment of a local day."""
        return self._midnight(day)

    def at(self, kind: Kind, moment: int) -> Period:
        """The period that a moment lies in."""
        return self.of(kind, self.day_of(moment))

    def of(self, kind: Kind, day: date) -> Period:
        """The period that a local day lies in."""
        first = _first(kind, day)
        return Period(kind, self.midnight(first), self.midnight(_next(kind, first)), first)

    def before(self, period: Period, times: int = 1) -> Period:
        """The period before, or so many before."""
        first = period.first
        for _ in range(times):
            first = _first(period.kind, first - timedelta(days=1))
        return self.of(period.kind, first)

    def between(self, kind: Kind, start: int, end: int) -> Iterator[Period]:
        """The periods that any part of [start, end) lies in, oldest first."""
        period = self.at(kind, start)
        while period.start < end and period.first < _LAST:
            yield period
            period = self.of(kind, _next(kind, period.first))

    def days(self, start: int, end: int, now: int) -> list[Day]:
        """The days of [start, end), which are midnights, that have begun."""
        return [
            Day(period.start, period.end, min(period.end, now), period.first)
            for period in self.between(Kind.DAY, start, min(end, now))
        ]

    def weeks_before(self, day: Day, weeks: int) -> Day:
        """The same weekday so many weeks before, all of it."""
        period = self.of(Kind.DAY, day.date - timedelta(days=7 * weeks))
        return Day(period.start, period.end, period.end, period.first)

    def _reckoned(self, day: date) -> int:
        local = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return int(local.astimezone(UTC).timestamp()) * 1000


def _first(kind: Kind, day: date) -> date:
    if kind is Kind.DAY:
        return day
    if kind is Kind.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[kind]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _next(kind: Kind, first: date) -> date:
    if kind is Kind.DAY or kind is Kind.WEEK:
        return first + timedelta(days=1 if kind is Kind.DAY else 7)
    months = first.year * 12 + first.month - 1 + _MONTHS[kind]
    return date(months // 12, months % 12 + 1, 1)
