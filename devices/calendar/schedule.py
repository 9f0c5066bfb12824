"""The hours in which a rule watches: days, hours, holidays, and the periods of time-of-use tariffs.

A schedule follows the clock on the wall of its city. Where a change of that clock repeats an hour, the hour
counts both times; one that it skips never comes.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from devices.calendar.forms import OnHolidays, Period, ScheduleForm
from devices.calendar.holidays import Holidays

__all__ = ["Schedule", "ScheduleForm"]

_MINUTE = 60_000
_DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)
_WEEKEND = 5  # Saturday, as date.weekday() counts

HORIZON = 400
"""Days that :meth:`Schedule.next_change` looks ahead: more than a year, so that every yearly day is met."""

_MOST_DAYS = 2_000
"""Days that a schedule remembers; a longer history is reckoned anew, never wrong."""

_ON_PEAK = (9 * 60 * _MINUTE, 22 * 60 * _MINUTE)
"""Of Monday to Friday (Metropolitan and Provincial Electricity Authority)."""

Spans = tuple[tuple[int, int], ...]
"""Stretches of one day, [from, to) in ms after its midnight, in order and apart."""


class Schedule:
    """When a rule watches, in one city. Times are ms since the epoch; it never changes.

    Asking is cheap: a day is reckoned once, and remembered as the moments at which it opens and closes.
    """

    __slots__ = ("_changes", "_zone", "form", "holidays", "timezone")

    def __init__(self, form: ScheduleForm, timezone: str, holidays: Holidays) -> None:
        """``timezone``: the IANA name of the city's."""
        self.form = form
        self.timezone = timezone
        self.holidays = holidays
        self._zone = ZoneInfo(timezone)
        self._changes: dict[int, tuple[int, ...]] = {}

    def open(self, time_ms: int) -> bool:
        """Whether the rule watches at that moment."""
        day = time_ms // _DAY
        changes = self._changes.get(day)
        if changes is None:
            changes = self._reckoned(day)
        return bisect_right(changes, time_ms) & 1 == 1

    def next_change(self, after_ms: int) -> int | None:
        """The first moment after ``after_ms`` at which :meth:`open` changes; None: not within 400 days."""
        now = self.open(after_ms)
        first = after_ms // _DAY
        for day in range(first, first + HORIZON + 1):
            start = day * _DAY
            if day > first and self.open(start) is not now:
                return start
            changes = self._moments(day)
            place = bisect_right(changes, max(after_ms, start))
            if place < len(changes):
                return changes[place]
        return None

    def _moments(self, day: int) -> tuple[int, ...]:
        changes = self._changes.get(day)
        return self._reckoned(day) if changes is None else changes

    def _reckoned(self, day: int) -> tuple[int, ...]:
        """When it opens, closes, opens … on a day of UTC; the first may be the day's start."""
        if len(self._changes) >= _MOST_DAYS:
            self._changes.clear()
        spans: list[tuple[int, int]] = []
        for start, end, offset in self._pieces(day * _DAY, (day + 1) * _DAY):
            spans += self._within(start, end, offset)
        end = (day + 1) * _DAY
        changes = tuple(moment for span in _joined(spans) for moment in span if moment < end)
        self._changes[day] = changes
        return changes

    def _pieces(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """The span in parts during which the clock on the wall keeps one offset: from, to, offset (ms)."""
        before, after = self._offset(start), self._offset(end - 1)
        if before == after:
            return [(start, end, before)]
        low, high = start, end - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(middle) == before else (low, middle)
        return [(start, high, before), (high, end, after)]

    def _offset(self, time: int) -> int:
        local = (_EPOCH + timedelta(milliseconds=time)).astimezone(self._zone)
        return int((local.utcoffset() or timedelta()) / timedelta(milliseconds=1))

    def _within(self, start: int, end: int, offset: int) -> list[tuple[int, int]]:
        """The open stretches of [start, end), where the wall shows UTC plus ``offset``."""
        found = []
        for number in range((start + offset) // _DAY, (end - 1 + offset) // _DAY + 1):
            midnight = number * _DAY - offset
            for opens, closes in self._of(_EPOCH.date() + timedelta(days=number)):
                span = max(start, midnight + opens), min(end, midnight + closes)
                if span[0] < span[1]:
                    found.append(span)
        return found

    def _of(self, day: date) -> Spans:
        """What a day of the wall's calendar has: its own hours, and those that the day before left it."""
        spans = []
        for shift, began in ((0, day), (_DAY, day - _ONE_DAY)):
            if self._takes(began):
                spans += [(opens - shift, closes - shift) for opens, closes in self._hours()]
        return _both(_joined(spans), self._tariff(day))

    def _takes(self, day: date) -> bool:
        form = self.form
        if form.days is not None and day.weekday() not in form.days:
            return False
        if form.holidays is OnHolidays.INCLUDE:
            return True
        return self.holidays.is_holiday(day) is (form.holidays is OnHolidays.ONLY)

    def _hours(self) -> Spans:
        if self.form.hours is None:
            return ((0, _DAY),)
        return tuple((opens * _MINUTE, closes * _MINUTE) for opens, closes in self.form.hours)

    def _tariff(self, day: date) -> Spans:
        """What of a day lies in the tariff's period; all of it when the schedule names none."""
        if self.form.period is None:
            return ((0, _DAY),)
        peak = day.weekday() < _WEEKEND and not self.holidays.counts_for_tou(day)
        if self.form.period is Period.ON_PEAK:
            return (_ON_PEAK,) if peak else ()
        return ((0, _ON_PEAK[0]), (_ON_PEAK[1], _DAY)) if peak else ((0, _DAY),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schedule) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((self.form, self.timezone))

    def _identity(self) -> tuple[ScheduleForm, str, Holidays]:
        return self.form, self.timezone, self.holidays


def _joined(spans: list[tuple[int, int]]) -> Spans:
    """In order, what touches or overlaps made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


def _both(some: Spans, others: Spans) -> Spans:
    """What lies in both."""
    shared = ((max(a, c), min(b, d)) for a, b in some for c, d in others)
    return tuple((start, end) for start, end in shared if start < end)
