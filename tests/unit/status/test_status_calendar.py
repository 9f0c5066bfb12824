"""Days and months of a city's calendar, and uptime by day."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.status.history.days import Calendar
from services.status.history.timeline import Held, Timeline
from services.status.history.uptime import uptime_documents
from services.status.model import Status
from services.status.objectives.counting import Attainment

HOUR = 3_600_000
DAY = 24 * HOUR


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Asia/Bangkok", date(2026, 1, 5), "2026-01-04T17:00Z", 24),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00Z", 23),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00Z", 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), "2026-10-03T13:30Z", 23.5),
        # Midnight itself is skipped: the day begins at 01:00.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00Z", 23),
        ("America/Sao_Paulo", date(2018, 2, 17), "2018-02-17T02:00Z", 25),
        ("Asia/Kathmandu", date(2026, 1, 1), "2025-12-31T18:15Z", 24),
    ],
)
def test_a_day_is_as_long_as_it_is_on_the_wall(zone: str, day: date, start: str, hours: float) -> None:
    found = Calendar(zone).day(day)
    assert (found.start, (found.end - found.start) / HOUR) == (ms(start), hours)


def test_a_day_that_the_calendar_skips_is_left_out() -> None:
    # Samoa went over the date line: there was no 30 December 2011.
    days = Calendar("Pacific/Apia").days(3, ms("2012-01-01T00:00+14:00"))
    assert [day.date for day in days] == [date(2011, 12, 29), date(2011, 12, 31)]


def test_the_last_day_is_the_one_that_goes_on() -> None:
    calendar = Calendar("Asia/Bangkok")
    assert [str(day.date) for day in calendar.days(2, ms("2026-01-05T00:00+07:00"))] == [
        "2026-01-03",
        "2026-01-04",
    ]
    assert [str(day.date) for day in calendar.days(2, ms("2026-01-05T00:00+07:00") + 1)] == [
        "2026-01-04",
        "2026-01-05",
    ]


def test_months_are_those_of_the_city() -> None:
    calendar = Calendar("Asia/Bangkok")
    assert calendar.month(ms("2026-01-31T23:59:59+07:00")) == (
        ms("2026-01-01T00:00+07:00"),
        ms("2026-02-01T00:00+07:00"),
    )
    assert calendar.month(ms("2025-12-31T17:00Z"))[0] == ms("2026-01-01T00:00+07:00")
    berlin = Calendar("Europe/Berlin").month(ms("2026-03-10T00:00Z"))
    assert berlin[1] - berlin[0] == 31 * DAY - HOUR


@given(
    st.sampled_from(["Asia/Bangkok", "Europe/Berlin", "Pacific/Apia", "America/St_Johns", "Africa/Cairo"]),
    st.integers(ms("2005-01-01T00:00Z"), ms("2030-01-01T00:00Z")),
    st.integers(1, 20),
)
def test_days_follow_one_another_without_a_gap(zone: str, end: int, count: int) -> None:
    days = Calendar(zone).days(count, end)
    assert days[-1].start < end <= days[-1].end
    assert all(before.end == after.start for before, after in pairwise(days))
    for day in days:
        assert Calendar(zone).date_of(day.start) == day.date


def test_uptime_day_by_day() -> None:
    """Europe/Berlin, 28 to 30 March 2026; the clock goes from 02:00 to 03:00 on the 29th.

    Nothing is recorded before the 28th at 12:00: 12 h of it unknown, 12 h operational.
    The 29th is out from 00:00 to 06:00 on the wall: 5 hours that passed; 23 - 5 = 18 h operational.
    The 30th has come to 02:30: 2.5 h operational.
    """
    at = ms("2026-03-28T12:00+01:00")
    well, out = Held(Status.OPERATIONAL, True), Held(Status.OUTAGE, True)
    timeline = Timeline(
        [(at, well), (ms("2026-03-29T00:00+01:00"), out), (ms("2026-03-29T06:00+02:00"), well)]
    )
    end = ms("2026-03-30T02:30+02:00")
    days = Calendar("Europe/Berlin").days(4, end)
    found = uptime_documents(timeline, days, end, lambda start, until: Attainment(3, 4))
    assert [(one["day"], one["worst"], one["attained"]) for one in found] == [
        ("2026-03-27", None, 0.75),
        ("2026-03-28", "operational", 0.75),
        ("2026-03-29", "outage", 0.75),
        ("2026-03-30", "operational", 0.75),
    ]
    assert found[1]["seconds"] == _seconds(operational=43_200, unknown=43_200)
    assert found[2]["seconds"] == _seconds(operational=18 * 3600, outage=5 * 3600)
    assert found[3]["seconds"] == _seconds(operational=9_000)
    assert uptime_documents(timeline, days[3:], end)[0]["attained"] is None


def _seconds(**held: int) -> dict[str, int]:
    return {status.value: held.get(status.value, 0) for status in Status}
