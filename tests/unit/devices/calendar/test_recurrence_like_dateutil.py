"""Recurrence, beside another implementation of RFC 5545; and windows, beside their definition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule as other
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from devices.calendar.recurrence import Day, Frequency, Rule
from devices.calendar.windows import Duration, Windows

FREQUENCIES = {
    Frequency.HOURLY: other.HOURLY,
    Frequency.DAILY: other.DAILY,
    Frequency.WEEKLY: other.WEEKLY,
    Frequency.MONTHLY: other.MONTHLY,
    Frequency.YEARLY: other.YEARLY,
}
NAMES = {
    "months": "bymonth",
    "month_days": "bymonthday",
    "year_days": "byyearday",
    "hours": "byhour",
    "minutes": "byminute",
    "positions": "bysetpos",
}
MOMENTS = st.datetimes(datetime(2018, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001 - the wall's clock
    lambda moment: moment.replace(second=0, microsecond=0)
)


def numbers(low: int, high: int, *, back: bool = False) -> st.SearchStrategy[tuple[int, ...]]:
    one = st.integers(low, high)
    signed = one | one.map(lambda number: -number) if back else one
    return st.lists(signed, max_size=3, unique=True).map(tuple)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """A rule of which something comes now and then."""
    frequency = draw(st.sampled_from(list(Frequency)))
    long = frequency in {Frequency.MONTHLY, Frequency.YEARLY}
    given: dict[str, Any] = {"hours": draw(numbers(0, 23)), "minutes": draw(numbers(0, 59))}
    if frequency is not Frequency.WEEKLY:
        given["month_days"] = draw(numbers(1, 28, back=True))
    if frequency is Frequency.YEARLY:
        given["year_days"] = draw(numbers(1, 366, back=True))
    else:
        given["months"] = draw(numbers(1, 12))
    if not given.get("month_days") and not given.get("year_days"):
        # Each Monday and the first Monday too: the other takes both parts for one that is more narrow.
        nth = st.sampled_from([1, 2, -1]) if long and draw(st.booleans()) else st.just(0)
        given["days"] = tuple(draw(st.lists(st.builds(Day, st.integers(0, 6), nth), max_size=2, unique=True)))
    if long and given.get("days"):
        given["positions"] = draw(numbers(1, 2, back=True))
    return Rule(draw(MOMENTS), frequency, draw(st.integers(1, 4)), **given)


def as_other(rule: Rule) -> other.rrule:
    said: dict[str, Any] = {theirs: getattr(rule, ours) or None for ours, theirs in NAMES.items()}
    days = [other.weekday(day.weekday, day.nth or None) for day in rule.days]
    return other.rrule(
        FREQUENCIES[rule.frequency],
        dtstart=rule.start,
        interval=rule.interval,
        wkst=0,
        byweekday=days or None,
        **said,
    )


@given(rules(), st.integers(0, 900))
@settings(max_examples=100, deadline=None)
def test_the_times_of_a_rule_are_those_of_dateutil(rule: Rule, later: int) -> None:
    since = rule.start + timedelta(days=later)
    found = list(islice(rule.times(since), 6))
    assume(len(found) == 6)  # of a rule that never comes the other searches for thousands of years
    try:
        theirs = as_other(rule).xafter(since, count=6, inc=True)
        assert found == list(theirs)
    except ValueError:  # it refuses hours that an interval never meets; of such a rule nothing was found
        assert rule.frequency is not Frequency.HOURLY


@given(
    rules(),
    st.sampled_from(["Europe/Berlin", "Asia/Bangkok", "Australia/Lord_Howe", "America/St_Johns"]),
    st.integers(1, 10 * 24 * 4).map(lambda quarters: timedelta(minutes=15 * quarters)),
    st.lists(st.integers(0, 400 * 24 * 60), min_size=1, max_size=5),
)
@settings(max_examples=40, deadline=None)
def test_a_window_is_open_when_one_of_the_next_windows_says_so(
    rule: Rule, zone: str, length: timedelta, minutes: list[int]
) -> None:
    windows = Windows(rule.start, Duration(exact=length), ZoneInfo(zone), rule)
    began = round(rule.start.replace(tzinfo=UTC).timestamp() * 1000)
    for minute in minutes:
        now = began + minute * 60_000
        upcoming = windows.upcoming(now, 3)
        assert upcoming == sorted(upcoming, key=lambda window: window[0])
        assert all(end > now for _, end in upcoming)
        active, until = windows.span(now)
        assert active is bool(upcoming and upcoming[0][0] <= now)
        assert until is None or until > now
        if until is not None and not active:
            assert windows.active(until)
            assert not windows.active(until - 1)
