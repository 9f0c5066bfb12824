"""Moments along an axis: where to put a mark, and what to call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOUR = 3_600_000
DAY = 24 * HOUR


class Tick(NamedTuple):
    """A mark: how far along (0 to 1), and its name."""

    at: float
    name: str


_Step = Callable[[datetime], datetime]


def ticks(start: int, end: int, timezone: str, most: int = 7) -> list[Tick]:
    """Marks at round moments of the city's time between two moments (ms), at most so many."""
    span = max(1, end - start)
    for form, first, step in _scales():
        marks = list(_marks(start, end, ZoneInfo(timezone), first, step, most))
        if len(marks) <= most:
            return [Tick((ms - start) / span, moment.strftime(form)) for ms, moment in marks]
    return []


def _scales() -> Iterator[tuple[str, _Step, _Step]]:
    for minutes in (1, 5, 15, 30):
        yield "%H:%M", _whole_hour, _plus(timedelta(minutes=minutes))
    for hours in (1, 3, 6, 12):
        yield "%d.%m. %H:%M", _midnight, _plus(timedelta(hours=hours))
    for days in (1, 2, 7):
        yield "%Y-%m-%d", _midnight, _plus(timedelta(days=days))
    for months in (1, 2, 3, 6, 12, 24, 60, 120):
        yield "%Y-%m", _new_year, _months(months)


def _marks(
    start: int, end: int, zone: ZoneInfo, first: _Step, step: _Step, most: int
) -> Iterator[tuple[int, datetime]]:
    """Those within the span, one more than ``most`` at the most."""
    moment = first(datetime.fromtimestamp(start / 1000, UTC).astimezone(zone).replace(tzinfo=None))
    found = 0
    for _ in range(100_000):
        ms = round(moment.replace(tzinfo=zone).timestamp() * 1000)
        if ms > end or found > most:
            return
        if ms >= start:
            found += 1
            yield ms, moment
        moment = step(moment)


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _new_year(moment: datetime) -> datetime:
    return _midnight(moment).replace(month=1, day=1)


def _plus(span: timedelta) -> _Step:
    return lambda moment: moment + span


def _months(count: int) -> _Step:
    def step(moment: datetime) -> datetime:
        months = moment.year * 12 + moment.month - 1 + count
        return moment.replace(year=months // 12, month=months % 12 + 1)

    return step
