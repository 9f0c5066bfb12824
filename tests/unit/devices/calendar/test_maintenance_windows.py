"""When maintenance is: on the clock of the wall, across its changes, without end and quickly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devices.calendar.windows import ScheduleError, Windows

BANGKOK, BERLIN = "Asia/Bangkok", "Europe/Berlin"


def windows(start: str, duration: str, rrule: str | None = None, zone: str = BANGKOK, **more: Any) -> Windows:
    return Windows.of({"start": start, "duration": duration, "rrule": rrule, **more}, zone)


def at(text: str, zone: str = BANGKOK, *, fold: int = 0) -> int:
    """A time on the wall, in ms."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(moment.timestamp() * 1000)


def told(of: Windows, now: int, count: int = 5, zone: str = BANGKOK) -> list[str]:
    """The next windows as the wall shows them."""
    wall = ZoneInfo(zone)
    return [
        "/".join(
            f"{datetime.fromtimestamp(one / 1000, UTC).astimezone(wall):%Y-%m-%dT%H:%M%z}" for one in pair
        )
        for pair in of.upcoming(now, count)
    ]


def test_once() -> None:
    of = windows("2026-01-05T01:00", "2h")
    assert told(of, at("2026-01-01T00:00")) == ["2026-01-05T01:00+0700/2026-01-05T03:00+0700"]
    assert told(of, at("2026-01-05T03:00")) == []


def test_its_start_is_inclusive_and_its_end_exclusive() -> None:
    of = windows("2026-01-05T01:00", "2h")
    start, end = at("2026-01-05T01:00"), at("2026-01-05T03:00")
    assert [of.active(moment) for moment in (start - 1, start, end - 1, end)] == [False, True, True, False]
    assert of.next_change(start - 1) == start
    assert of.next_change(start) == end
    assert of.next_change(end) is None


def test_every_monday_and_not_on_a_day_that_is_left_out() -> None:
    of = windows("2026-01-05T01:00", "2h", "FREQ=WEEKLY;BYDAY=MO", exdates=["2026-01-12", "2026-01-26T01:00"])
    assert [one[:10] for one in told(of, at("2026-01-05T02:00"), 3)] == [
        "2026-01-05",
        "2026-01-19",
        "2026-02-02",
    ]


@pytest.mark.parametrize(
    ("rrule", "days"),
    [
        ("FREQ=DAILY;INTERVAL=3", ["01-05", "01-08", "01-11"]),
        ("FREQ=MONTHLY", ["01-05", "02-05", "03-05"]),
        ("FREQ=MONTHLY;BYDAY=1MO", ["01-05", "02-02", "03-02"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["01-30", "02-27", "03-27"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["01-31", "02-28", "03-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["01-31", "03-31", "05-31"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["01-30", "02-27", "03-31"]),
        ("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=13,14,15", ["04-13", "04-14", "04-15"]),
        ("FREQ=YEARLY;BYYEARDAY=-1", ["12-31"]),
        ("FREQ=YEARLY;BYWEEKNO=10;BYDAY=WE", ["03-04"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=MO", ["01-11", "01-25", "02-08"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU", ["01-18", "02-01", "02-15"]),
        ("FREQ=DAILY;COUNT=2", ["01-05", "01-06"]),
        ("FREQ=DAILY;UNTIL=20260106", ["01-05", "01-06"]),
        ("FREQ=DAILY;UNTIL=20260105T180000Z", ["01-05", "01-06"]),
        ("FREQ=DAILY;UNTIL=20260105T175959Z", ["01-05"]),
        ("rrule:freq=daily;count=1;", ["01-05"]),
    ],
)
def test_what_rfc_5545_says(rrule: str, days: list[str]) -> None:
    of = windows("2026-01-05T01:00", "2h", rrule)
    assert [one[5:10] for one in told(of, at("2026-01-01T00:00"), len(days)) if one[:4] == "2026"] == days


def test_the_interval_counts_from_the_start_however_long_ago() -> None:
    of = windows("1990-01-01T05:00", "1h", "FREQ=DAILY;INTERVAL=7")  # a Monday
    assert told(of, at("2026-01-06T00:00"), 1) == ["2026-01-12T05:00+0700/2026-01-12T06:00+0700"]
    hourly = windows("1990-01-01T05:30", "10m", "FREQ=HOURLY;INTERVAL=5")
    hours = (at("2026-01-06T00:00") - at("1990-01-01T05:30")) // 3_600_000
    assert (
        hourly.next_change(at("2026-01-06T00:00"))
        == at("1990-01-01T05:30") + (hours // 5 + 1) * 5 * 3_600_000
    )


def test_count_counts_what_is_left_out_too() -> None:
    of = windows("2026-01-05T01:00", "1h", "FREQ=DAILY;COUNT=3", exdates=["2026-01-06"])
    assert [one[5:10] for one in told(of, 0)] == ["01-05", "01-07"]


def test_the_clock_of_the_wall_holds_when_it_is_changed() -> None:
    of = windows("2026-03-27T22:00", "1h", "FREQ=DAILY", BERLIN)
    assert told(of, at("2026-03-28T00:00", BERLIN), 2, BERLIN) == [
        "2026-03-28T22:00+0100/2026-03-28T23:00+0100",
        "2026-03-29T22:00+0200/2026-03-29T23:00+0200",
    ]


def test_a_start_that_the_clock_skips_is_later_by_as_much() -> None:
    of = windows("2026-03-28T02:30", "1h", "FREQ=DAILY", BERLIN)
    assert told(of, at("2026-03-29T00:00", BERLIN), 2, BERLIN) == [
        "2026-03-29T03:30+0200/2026-03-29T04:30+0200",
        "2026-03-30T02:30+0200/2026-03-30T03:30+0200",
    ]


def test_of_a_start_that_comes_twice_the_first_counts() -> None:
    of = windows("2026-10-24T02:30", "1h", "FREQ=DAILY", BERLIN)
    assert told(of, at("2026-10-25T00:00", BERLIN), 1, BERLIN) == [
        "2026-10-25T02:30+0200/2026-10-25T02:30+0100"
    ]


def test_hours_are_exact_and_days_are_of_the_calendar() -> None:
    now = at("2026-03-28T12:00", BERLIN)
    for duration, end in (("23h", "2026-03-29T12:00+0200"), ("1d", "2026-03-29T12:00+0200")):
        assert told(windows("2026-03-28T12:00", duration, zone=BERLIN), now, 1, BERLIN) == [
            f"2026-03-28T12:00+0100/{end}"
        ]
    exact = windows("2026-03-28T12:00", "24h", zone=BERLIN)
    assert told(exact, now, 1, BERLIN) == ["2026-03-28T12:00+0100/2026-03-29T13:00+0200"]
    both = windows("2026-03-28T12:00", "1d2h", zone=BERLIN)
    assert told(both, now, 1, BERLIN) == ["2026-03-28T12:00+0100/2026-03-29T14:00+0200"]


def test_hours_that_the_clock_skips_come_in_order_and_once() -> None:
    of = windows("2026-03-29T00:00", "10m", "FREQ=HOURLY", BERLIN)
    starts = [start for start, _ in of.upcoming(at("2026-03-29T00:00", BERLIN), 8)]
    assert starts == sorted(starts)
    assert of.next_change(at("2026-03-29T01:10", BERLIN)) == at("2026-03-29T03:00", BERLIN)


def test_another_zone_than_the_citys() -> None:
    of = windows("2026-01-05T01:00", "2h", timezone="Asia/Tokyo")
    assert of.upcoming(0, 1)[0][0] == at("2026-01-05T01:00", "Asia/Tokyo")


def test_windows_that_overlap_are_one() -> None:
    of = windows("2026-01-05T00:00", "30h", "FREQ=DAILY;COUNT=3")
    now = at("2026-01-05T12:00")
    assert of.span(now) == (True, at("2026-01-08T06:00"))
    assert len(of.upcoming(now)) == 3
    assert told(of, at("2026-01-06T03:00"), 2) == [
        "2026-01-05T00:00+0700/2026-01-06T06:00+0700",
        "2026-01-06T00:00+0700/2026-01-07T06:00+0700",
    ]


def test_windows_that_touch_leave_no_gap() -> None:
    of = windows("2026-01-05T00:00", "24h", "FREQ=DAILY;COUNT=3")
    assert of.span(at("2026-01-06T00:00")) == (True, at("2026-01-08T00:00"))


def test_without_end_the_work_is_bounded() -> None:
    of = windows("1970-01-01T00:00", "31d", "FREQ=HOURLY;BYMINUTE=0,15,30,45")
    active, until = of.span(at("2026-01-05T00:00"))
    assert active
    assert until is not None
    assert of.active(until)


def test_before_its_start_there_is_nothing() -> None:
    of = windows("2030-01-07T01:00", "2h", "FREQ=WEEKLY")
    assert not of.active(at("2026-01-05T01:30"))
    assert of.next_change(0) == at("2030-01-07T01:00")


@pytest.mark.parametrize(
    ("rrule", "said"),
    [
        ("FREQ=SECONDLY", r"FREQ can't be SECONDLY \(allowed: HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY\)"),
        ("FREQ=MINUTELY;INTERVAL=5", "FREQ can't be MINUTELY"),
        ("BYDAY=MO", "begins with FREQ"),
        ("every monday", "is no part of an RRULE; allowed: FREQ, INTERVAL"),
        ("FREQ=DAILY;BYSECOND=1", "nothing recurs so often"),
        ("FREQ=DAILY;INTERVAL", "INTERVAL needs a value"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0: must be a whole number from 1 to 3650"),
        ("FREQ=DAILY;COUNT=1000000", "COUNT=1000000: must be a whole number from 1 to 1000"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=20", "has no 20 times within 50 years"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL exclude each other"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL=TOMORROW: must be a day or a time as 20261231"),
        ("FREQ=WEEKLY;BYDAY=MONDAY", "must be days, with commas between: MO, TU"),
        ("FREQ=WEEKLY;BYDAY=1MO", "the nth of a weekday goes with FREQ=MONTHLY or YEARLY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "must be days"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY doesn't go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", r"BYWEEKNO doesn't go with FREQ=MONTHLY \(it goes with YEARLY\)"),
        ("FREQ=YEARLY;BYWEEKNO=1;WKST=SU", "weeks that begin on Monday"),
        ("FREQ=MONTHLY;BYSETPOS=1", "there is none"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "must be numbers from 1 to 31, or from -31 to -1"),
        ("FREQ=DAILY;BYHOUR=24", "must be numbers from 0 to 23, with"),
        ("FREQ=DAILY;WKST=XX", "WKST=XX: must be one of MO"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never comes within ten years"),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "never comes within ten years"),
        ("FREQ=DAILY;UNTIL=20250101", "never comes within ten years"),
        ("FREQ=HOURLY;BYMINUTE=0,10,20,30,40", "more than 96 times a day"),
        ("FREQ=DAILY;INTERVAL=x;BYHOUR=99", "INTERVAL=X: .*; BYHOUR=99: "),
    ],
)
def test_a_rule_that_makes_no_sense_is_told_in_words(rrule: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said) as caught:
        windows("2026-01-05T01:00", "2h", rrule)
    assert list(caught.value.mistakes) == ["rrule"]


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (
            {"start": "2026-01-05T01:00+07:00"},
            "start: must be a time on the city's clock .* without an offset",
        ),
        ({"start": "2026-01-05"}, "start: must be a time"),
        ({"start": "2026-02-30T01:00"}, "start: must be a time"),
        ({"start": "1066-10-14T09:00"}, "from 1970 to 2199"),
        ({"start": None}, "start: is needed"),
        ({"duration": "0s"}, "duration: must be more than nothing"),
        ({"duration": "2 hours"}, "duration: must be a span of time such as"),
        ({"duration": "400d"}, "duration: a window lasts at most 366d"),
        ({"duration": "99999999999h"}, "duration: a window lasts at most 366d"),
        ({"duration": "99999999999d"}, "duration: a window lasts at most 366d"),
        ({"duration": "32d", "rrule": "FREQ=YEARLY"}, "duration: a window that recurs lasts at most 31d"),
        ({"exdates": "2026-01-05"}, "exdates: must be a list"),
        ({"exdates": ["soon"]}, "exdates: 'soon' is neither a day"),
        ({"exdates": ["2026-01-05"]}, "exdates: leave no window at all"),
        ({"timezone": "Siam"}, "timezone: no time zone 'Siam'"),
        ({"until": "x"}, r"until: is no part of a schedule \(allowed: start, duration, rrule"),
        ({"rrule": 5}, "rrule: must be a text such as"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_told_in_words(schedule: dict[str, Any], said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        Windows.of({"start": "2026-01-05T01:00", "duration": "2h", **schedule}, BANGKOK)


def test_all_mistakes_are_told_together() -> None:
    with pytest.raises(ScheduleError) as caught:
        Windows.of({"start": "x", "duration": "x", "exdates": ["x"], "timezone": "x", "x": 1}, BANGKOK)
    assert set(caught.value.mistakes) == {"start", "duration", "exdates", "timezone", "x"}
