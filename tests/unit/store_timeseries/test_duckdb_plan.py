"""Which part of a question days, hours and readings answer; what the hours of a city are."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.store.timeseries.grid import pieces
from services.store.timeseries.hours import HOUR, Hours
from services.store.timeseries.plan import Plan, plan
from tests.contract.timeseries.model import DAY, START

SPRING = 1_774_656_000_000
"""28 March 2026, 00:00 UTC."""


@pytest.mark.parametrize(
    ("timezone", "minutes"),
    [("UTC", 0), ("Asia/Bangkok", 0), ("Asia/Kolkata", 30), ("Asia/Kathmandu", 15), ("America/St_Johns", 30)],
)
def test_hours_begin_where_the_city_s_midnights_lie(timezone: str, minutes: int) -> None:
    hours = Hours(timezone)
    midnight = int(datetime(2026, 1, 5, tzinfo=ZoneInfo(timezone)).timestamp()) * 1000
    assert hours.begins(midnight)
    assert midnight % HOUR == minutes * 60_000
    assert hours.floor(midnight + HOUR - 1) == midnight
    assert hours.ceil(midnight + 1) == midnight + HOUR
    assert hours.ceil(midnight) == midnight
    assert hours.day(midnight) == (midnight, midnight + DAY)
    assert hours.day(midnight - 1) == (midnight - DAY, midnight)
    assert hours.days(midnight, midnight + 2 * DAY - 1) == [(midnight, midnight + DAY)]


def test_days_of_half_an_hour_more_or_less_are_not_made_of_hours() -> None:
    hours = Hours("Australia/Lord_Howe")
    days = hours.days(SPRING - 180 * DAY, SPRING + 180 * DAY)
    assert 100 < len(days) < 300


def test_a_year_of_days_is_read_from_days_but_for_its_ends() -> None:
    (piece,) = pieces(START, START + 300 * DAY, DAY, "Asia/Bangkok")
    asked = (START + 2 * HOUR + 1, START + 300 * DAY)
    upto = START + 200 * DAY + 5 * HOUR
    assert plan(piece, asked, upto, Hours("Asia/Bangkok"), days=True) == Plan(
        days=((START + DAY, START + 200 * DAY),),
        hours=((START + 3 * HOUR, START + DAY), (START + 200 * DAY, upto)),
        readings=((asked[0], START + 3 * HOUR), (upto, asked[1])),
    )


@pytest.mark.parametrize(
    ("every", "timezone"), [(90 * 60_000, "Asia/Bangkok"), (1000, "Asia/Bangkok"), (DAY, "Asia/Kolkata")]
)
def test_buckets_that_are_not_made_of_hours_are_read_from_readings(every: int, timezone: str) -> None:
    piece = pieces(START, START + DAY, every, timezone)[0]
    asked = (START, START + DAY)
    assert plan(piece, asked, START + DAY, Hours("Asia/Bangkok"), days=False) == Plan(readings=(asked,))


@given(
    timezone=some.sampled_from(["Asia/Bangkok", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    own=some.sampled_from(["Asia/Bangkok", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    every=some.sampled_from([15 * 60_000, HOUR, 5 * HOUR, DAY, 7 * DAY]),
    start=some.integers(0, 4 * DAY),
    length=some.integers(1, 5 * DAY),
    upto=some.integers(0, 9 * 24),
)
def test_the_parts_are_the_whole_and_no_bucket_cuts_one(
    timezone: str, own: str, every: int, start: int, length: int, upto: int
) -> None:
    hours = Hours(own)
    first, last = SPRING + start, SPRING + start + length
    until = hours.floor(SPRING) + upto * HOUR
    for piece in pieces(first, last, every, timezone):
        asked = (max(first, piece.start), min(last, piece.end))
        parts = plan(piece, asked, until, hours, days=every % DAY == 0 and timezone == own)
        spans = sorted((*parts.days, *parts.hours, *parts.readings))
        assert [spans[0][0], *(end for _, end in spans)] == [*(begin for begin, _ in spans), asked[1]]
        assert spans[0][0] == asked[0]
        for begin, end in (*parts.days, *parts.hours):
            assert hours.begins(begin)
            assert end <= until
            starts = range(begin, end, HOUR)
            assert all(piece.bucket(one) == piece.bucket(min(one + HOUR, piece.end) - 1) for one in starts)
        for begin, end in parts.days:
            whole = hours.days(begin, end)
            assert (whole[0][0], whole[-1][1]) == (begin, end)
            assert all(piece.bucket(day[0]) == piece.bucket(day[1] - 1) for day in whole)
