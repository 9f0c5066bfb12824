"""When something recurs, as RFC 5545 (section 3.3.10) has it, on the clock of a wall. Pure.

What a rule may say is kept to what people plan by: nothing more often than hourly, nothing for whose next
time years would have to be searched. Asking is quick however long ago a rule began: it is entered at the
period that is asked for, not counted through from its start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

SEARCHED = 10
"""Years for which the next time is searched; one that is further away is found when it is nearer."""

MOST_COUNTED = 1_000
YEARS_COUNTED = 50
_DAYS_OF_YEAR = 366


class Frequency(StrEnum):
    """The periods of a rule; RFC 5545's MINUTELY and SECONDLY are no times at which people plan."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week, 0 is Monday; ``nth`` of its month or year, from the end below 0, or 0 for each."""

    weekday: int
    nth: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE with its start. Times are naive: those of the wall's clock.

    Its own first time is the first at or after ``start`` that the rest allows. ``until`` is the last moment
    at which a time may come. ``week_start``: 0 is Monday.
    """

    start: datetime
    frequency: Frequency
    interval: int = 1
    until: datetime | None = None
    months: tuple[int, ...] = ()
    week_numbers: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    days: tuple[Day, ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    def times(self, since: datetime) -> Iterator[datetime]:
        """Every time from ``since`` on, in order, as far as :data:`SEARCHED` years."""
        since = max(since, self.start)
        rule = self.explicit()
        last = rule.period(since.date() + timedelta(days=_DAYS_OF_YEAR * SEARCHED))
        for number in range(rule.entered(since.date()), last + 1, rule.step):
            for moment in rule.within(number):
                if rule.until is not None and moment > rule.until:
                    return
                if moment >= since:
                    yield moment

    def counted(self, count: int) -> Rule:
        """The same rule, which ends with its ``count``-th time.

        Raises:
            ValueError: that is too far away to be reckoned.
        """
        found: list[datetime] = []
        since, end = self.start, self.start + timedelta(days=_DAYS_OF_YEAR * YEARS_COUNTED)
        while len(found) < count and since < end:
            some = list(islice(self.times(since), count - len(found)))
            found += some
            since = some[-1] + timedelta(seconds=1) if some else end
        if len(found) < count or found[-1] >= end:
            raise ValueError(f"has no {count} times within {YEARS_COUNTED} years of its start")
        return replace(self, until=found[-1])

    def explicit(self) -> Rule:
        """The same rule, which names what it else takes from its start."""
        given = self.week_numbers or self.year_days or self.month_days or self.days
        changed: dict[str, tuple[int, ...] | tuple[Day, ...]] = {}
        if not given and self.frequency is Frequency.YEARLY:
            changed = {"months": self.months or (self.start.month,), "month_days": (self.start.day,)}
        elif not given and self.frequency is Frequency.MONTHLY:
            changed = {"month_days": (self.start.day,)}
        elif not given and self.frequency is Frequency.WEEKLY:
            changed = {"days": (Day(self.start.weekday()),)}
        if not self.hours and self.frequency is not Frequency.HOURLY:
            changed["hours"] = (self.start.hour,)
        return replace(self, **changed, minutes=self.minutes or (self.start.minute,))  # type: ignore[arg-type]

    @property
    def step(self) -> int:
        """Periods from one that counts to the next; of an hourly rule the hours are told apart, not days."""
        return 1 if self.frequency is Frequency.HOURLY else self.interval

    def period(self, day: date) -> int:
        """The number of the period in which a day lies."""
        if self.frequency is Frequency.YEARLY:
            return day.year
        if self.frequency is Frequency.MONTHLY:
            return day.year * 12 + day.month - 1
        if self.frequency is Frequency.WEEKLY:
            return (day.toordinal() - 1 - self.week_start) // 7
        return day.toordinal()

    def entered(self, day: date) -> int:
        """The first period that counts and is not before the day's."""
        first = self.period(self.start.date())
        return first + max(0, -((first - self.period(day)) // self.step)) * self.step

    def within(self, number: int) -> list[datetime]:
        """All times of a period, in order, those before the start too when positions don't matter."""
        found = [moment for day in self._days(number) if self._takes(day) for moment in self._of(day)]
        if not self.positions:
            return found
        places = {place - 1 if place > 0 else len(found) + place for place in self.positions}
        return [found[place] for place in sorted(places) if 0 <= place < len(found)]

    def _days(self, number: int) -> Iterator[date]:
        if self.frequency is Frequency.YEARLY:
            first, after = date(number, 1, 1), date(number + 1, 1, 1)
        elif self.frequency is Frequency.MONTHLY:
            first, after = (date(month // 12, month % 12 + 1, 1) for month in (number, number + 1))
        elif self.frequency is Frequency.WEEKLY:
            first = date.fromordinal(number * 7 + self.week_start + 1)
            after = first + timedelta(days=7)
        else:
            first = date.fromordinal(number)
            after = first + timedelta(days=1)
        return map(date.fromordinal, range(first.toordinal(), after.toordinal()))

    def _takes(self, day: date) -> bool:
        return (
            (not self.months or day.month in self.months)
            and (not self.month_days or _is_any(day.day, _length_of_month(day), self.month_days))
            and (not self.year_days or _is_any(day.timetuple().tm_yday, _length_of_year(day), self.year_days))
            and (not self.week_numbers or _is_any(day.isocalendar().week, _weeks(day), self.week_numbers))
            and (not self.days or any(self._is(day, one) for one in self.days))
        )

    def _is(self, day: date, one: Day) -> bool:
        if day.weekday() != one.weekday:
            return False
        if one.nth == 0:
            return True
        if self.frequency is Frequency.YEARLY and not self.months:
            place, length = day.timetuple().tm_yday, _length_of_year(day)
        else:
            place, length = day.day, _length_of_month(day)
        return one.nth in {(place - 1) // 7 + 1, -((length - place) // 7 + 1)}

    def _of(self, day: date) -> Iterator[datetime]:
        for hour in sorted(self.hours or range(24)):
            if self.frequency is Frequency.HOURLY and self._hours_since(day, hour) % self.interval:
                continue
            for minute in sorted(self.minutes):
                yield datetime.combine(day, time(hour, minute, self.start.second))

    def _hours_since(self, day: date, hour: int) -> int:
        return (day.toordinal() - self.start.toordinal()) * 24 + hour - self.start.hour


def _is_any(place: int, length: int, wanted: tuple[int, ...]) -> bool:
    """Whether a place (from 1) among ``length`` is one of these, which count from the end below 0."""
    return place in wanted or place - length - 1 in wanted


def _length_of_month(day: date) -> int:
    first = day.replace(day=1)
    return ((first + timedelta(days=31)).replace(day=1) - first).days


def _length_of_year(day: date) -> int:
    return date(day.year, 12, 31).timetuple().tm_yday


def _weeks(day: date) -> int:
    """How many weeks the ISO year of a day has."""
    return date(day.isocalendar().year, 12, 28).isocalendar().week
