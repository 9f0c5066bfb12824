"""Hours to aggregate readings by before anybody asks, such that the days of a city are made of them.

All are as long, 3,600,000 ms. They begin at whole hours of UTC, or where the city's offset is no whole
hour (Kolkata, Kathmandu), at the quarters of an hour at which its midnights lie.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.store.timeseries.grid import midnights

HOUR = 3_600_000

_REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Offsets change, hours do not: where they do not fit, no days are made of them."""


class Hours:
    """The hours of a timezone (an IANA name). Times are ms."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone

    @cached_property
    def phase(self) -> int:
        """Where some hour before 1970 begins, so that what is left over of (time - phase) is positive."""
        offset = _REFERENCE.astimezone(ZoneInfo(self.timezone)).utcoffset() or timedelta()
        return -(offset // timedelta(milliseconds=1)) % HOUR - HOUR

    def floor(self, time: int) -> int:
        """The start of the hour that ``time`` falls into."""
        return time - (time - self.phase) % HOUR

    def ceil(self, time: int) -> int:
        """The first start of an hour at or after ``time``."""
        return self.floor(time + HOUR - 1)

    def begins(self, time: int) -> bool:
        """Whether an hour begins at ``time``."""
        return (time - self.phase) % HOUR == 0

    def days(self, start: int, end: int) -> list[tuple[int, int]]:
        """The local days [first, last) within [start, end) that are made of whole hours."""
        edges = pairwise(midnights(start, end, self.timezone))
        return [(first, last) for first, last in edges if self.begins(first) and self.begins(last)]

    def day(self, time: int) -> tuple[int, int] | None:
        """The day [first, last) that ``time`` falls into, if it is made of whole hours."""
        near = self.days(time - 2 * 24 * HOUR, time + 2 * 24 * HOUR)
        return next(((first, last) for first, last in near if first <= time < last), None)
