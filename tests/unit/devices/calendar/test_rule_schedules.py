"""Schedules of rules: what they may say, and when they are open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from devices.calendar import Holidays, Schedule, ScheduleForm
from devices.calendar.forms import parse_days, parse_hours
from devices.documents import Document, ProblemsError, build, parse
from devices.holidays import Holiday, HolidayKind
from devices.model import Text

BANGKOK, LONDON = "Asia/Bangkok", "Europe/London"
MINUTE = 60_000


def day_off(text: str, kind: HolidayKind = HolidayKind.PUBLIC) -> Holiday:
    return Holiday(date.fromisoformat(text), Text("A day off", "วันหยุด"), kind)


OFF = Holidays(
    [
        day_off("2026-01-01"),
        day_off("2026-01-02", HolidayKind.SUBSTITUTION),
        day_off("2026-03-29"),
        day_off("2026-10-25"),
        day_off("2026-10-26", HolidayKind.PLOUGHING),
    ]
)


def schedule(zone: str = BANGKOK, off: Holidays = OFF, **keys: Any) -> Schedule:
    return Schedule(ScheduleForm.model_validate(keys), zone, off)


def at(text: str, zone: str = BANGKOK) -> int:
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return round(aware.timestamp() * 1000)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat,sun", (5, 6)),
        ("fri-mon", (0, 4, 5, 6)),
        (["mon", "wed-thu"], (0, 2, 3)),
        ("Mon, SUN", (0, 6)),
        ("tue-tue", (1,)),
    ],
)
def test_days_are_names_and_spans_that_may_go_over_the_weekend(
    written: object, days: tuple[int, ...]
) -> None:
    assert parse_days(written) == days


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("06:00-20:00", ((360, 1200),)),
        ("22:00-06:00", ((1320, 1800),)),
        ("18:00-24:00", ((1080, 1440),)),
        ("18:00-00:00", ((1080, 1440),)),
        ("00:00-24:00", ((0, 1440),)),
        (["08:00-12:00", "13:00 - 16:30"], ((480, 720), (780, 990))),
        ("08:00-09:00,17:00-19:00", ((480, 540), (1020, 1140))),
    ],
)
def test_hours_are_spans_that_may_go_over_midnight(
    written: object, hours: tuple[tuple[int, int], ...]
) -> None:
    assert parse_hours(written) == hours


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "at least one of days, hours, holidays, period"),
        ({"days": "monday"}, "did you mean mon?"),
        ({"days": "mon-fir"}, "did you mean fri?"),
        ({"days": "mon-fri-sun"}, "write mon-fri"),
        ({"days": 3}, "must be a text such as mon-fri"),
        ({"days": []}, "must be a text such as mon-fri"),
        ({"hours": "8-17"}, "two digits each"),
        ({"hours": "08:00-25:00"}, "25:00 is no time of day"),
        ({"hours": "08:60-09:00"}, "08:60 is no time of day"),
        ({"hours": "24:00-06:00"}, "begins at 24:00"),
        ({"hours": "06:00-06:00"}, "a whole day is 00:00-24:00"),
        ({"holidays": "skip"}, "'include', 'exclude' or 'only'"),
        ({"period": "peak"}, "'on-peak' or 'off-peak'"),
        ({"hour": "06:00-20:00"}, "Extra inputs"),
    ],
)
def test_a_mistake_says_what_is_allowed(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ScheduleForm.model_validate(keys)
    assert said in str(caught.value)


def test_a_mistake_in_a_file_is_told_with_its_line() -> None:
    parsed = parse(Document("rules/a.yaml", "days: mon-fri\nhours: 8-17\nholiday: exclude\n"))
    with pytest.raises(ProblemsError) as caught:
        build(ScheduleForm, parsed)
    told = str(caught.value).splitlines()
    assert told[0].startswith("rules/a.yaml:2: hours: '8-17' is no span of hours")
    assert told[1].startswith("rules/a.yaml:3: holiday: unknown key; did you mean holidays?")


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ({"days": "mon-fri", "hours": "06:00-20:00", "holidays": "exclude"}, True),
        ({"days": ["fri-mon", "wed"], "hours": ["22:00-06:00", "12:00-13:00"]}, True),
        ({"period": "on-peak"}, True),
        ({"days": "monday"}, False),
        ({"hours": "8-17"}, False),
        ({"hours": "25:00-26:00"}, False),
        ({"period": "peak"}, False),
    ],
)
def test_an_editor_knows_by_the_schema_what_is_right(value: dict[str, Any], good: bool) -> None:
    validator = jsonschema.Draft202012Validator(ScheduleForm.model_json_schema())
    assert validator.is_valid(value) is good


def test_a_working_day_opens_and_closes_by_the_clock_of_the_city() -> None:
    works = schedule(days="mon-fri", hours="06:00-20:00")
    assert not works.open(at("2026-01-05T05:59:59.999"))
    assert works.open(at("2026-01-05T06:00"))
    assert works.open(at("2026-01-05T19:59:59.999"))
    assert not works.open(at("2026-01-05T20:00"))
    assert not works.open(at("2026-01-04T12:00"))
    assert works.next_change(at("2026-01-09T06:00")) == at("2026-01-09T20:00")
    assert works.next_change(at("2026-01-09T20:00")) == at("2026-01-12T06:00")


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    night = schedule(days="fri", hours="22:00-06:00")
    assert night.open(at("2026-01-10T05:59"))
    assert not night.open(at("2026-01-09T05:59"))
    assert night.next_change(at("2026-01-09T22:00")) == at("2026-01-10T06:00")
    eve = schedule(hours="22:00-06:00", holidays="only")
    assert eve.open(at("2026-01-03T05:00")), "the night that began on the second"
    assert not eve.open(at("2026-01-01T05:00"))


def test_spans_that_meet_are_one() -> None:
    meeting = schedule(hours=["06:00-12:00", "12:00-20:00", "11:00-13:00"])
    assert meeting.next_change(at("2026-01-05T06:00")) == at("2026-01-05T20:00")
    always = schedule(hours=["06:00-18:00", "18:00-06:00"])
    assert always.next_change(at("2026-01-05T06:00")) is None


def test_holidays_are_as_any_day_or_left_out_or_the_only_ones() -> None:
    noon = at("2026-01-01T12:00")
    assert schedule(days="mon-fri").open(noon)
    assert not schedule(days="mon-fri", holidays="exclude").open(noon)
    assert schedule(holidays="only").open(noon)
    assert not schedule(holidays="only").open(at("2026-01-05T12:00"))
    assert schedule(holidays="exclude").next_change(at("2025-12-31T12:00")) == at("2026-01-01T00:00")
    assert schedule(holidays="exclude").next_change(noon) == at("2026-01-03T00:00")


def test_peak_is_a_working_day_from_nine_to_ten_at_night() -> None:
    peak, other = schedule(period="on-peak"), schedule(period="off-peak")
    for text, is_peak in {
        "2026-01-05T08:59": False,
        "2026-01-05T09:00": True,
        "2026-01-05T21:59": True,
        "2026-01-05T22:00": False,
        "2026-01-03T12:00": False,
        "2026-01-01T12:00": False,
        "2026-01-02T12:00": True,
    }.items():
        assert peak.open(at(text)) is is_peak
        assert other.open(at(text)) is not is_peak


def test_peak_of_thailand_in_the_week_of_songkran_and_on_labour_day() -> None:
    peak = schedule(off=Holidays.thailand(), period="on-peak")
    assert peak.next_change(at("2026-04-10T22:00")) == at("2026-04-16T09:00")
    assert not peak.open(at("2026-05-01T12:00"))
    assert peak.open(at("2026-05-13T12:00")), "the Royal Ploughing Ceremony"
    assert peak.open(at("2026-12-07T12:00")), "a substitution"


def test_a_period_and_hours_must_both_hold() -> None:
    evening = schedule(period="on-peak", hours="18:00-24:00")
    assert evening.next_change(at("2026-01-05T12:00")) == at("2026-01-05T18:00")
    assert evening.next_change(at("2026-01-05T18:00")) == at("2026-01-05T22:00")


def test_what_never_changes_has_no_next_change() -> None:
    assert schedule(days="mon-sun").next_change(at("2026-01-05T00:00")) is None
    assert schedule(days="mon-sun").open(at("2026-01-05T00:00"))
    assert not schedule(holidays="only").open(at("2028-01-05T00:00"))
    assert schedule(holidays="only").next_change(at("2028-01-05T00:00")) is None


def test_a_holiday_a_year_ahead_is_found_and_one_beyond_the_horizon_is_not() -> None:
    only = schedule(holidays="only")
    assert only.next_change(at("2025-01-01T12:00")) == at("2026-01-01T00:00")
    assert only.next_change(at("2024-11-01T00:00")) is None


def test_an_hour_that_the_clock_skips_never_comes() -> None:
    early = schedule(LONDON, hours="01:15-01:45")
    assert early.next_change(at("2026-03-28T12:00Z")) == at("2026-03-30T00:15Z")
    long = schedule(LONDON, hours="01:30-05:00")
    assert long.next_change(at("2026-03-29T00:00Z")) == at("2026-03-29T01:00Z")
    assert long.next_change(at("2026-03-29T01:00Z")) == at("2026-03-29T04:00Z")


def test_an_hour_that_the_clock_repeats_counts_both_times() -> None:
    early = schedule(LONDON, hours="01:15-01:45")
    moments, now = [], at("2026-10-24T23:00Z")
    for _ in range(4):
        now = early.next_change(now) or 0
        moments.append(now)
    assert moments == [at(f"2026-10-25T{hour}Z") for hour in ("00:15", "00:45", "01:15", "01:45")]
    night = schedule(LONDON, hours="22:00-06:00")
    assert night.next_change(at("2026-10-24T21:00Z")) == at("2026-10-25T06:00Z")


def test_two_of_the_same_making_are_equal() -> None:
    assert schedule(days="mon") == schedule(days="mon")
    assert hash(schedule(days="mon")) == hash(schedule(days="mon"))
    assert schedule(days="mon") != schedule(days="tue")
    assert schedule(days="mon") != schedule(LONDON, days="mon")
    assert schedule(days="mon") != schedule(off=Holidays(), days="mon")


def test_a_long_history_is_answered_as_a_short_one() -> None:
    works, fresh = (schedule(days="mon-fri", hours="06:00-20:00") for _ in range(2))
    start = at("2000-01-03T07:00")
    for day in range(2_500):
        works.open(start + day * 24 * 60 * MINUTE)
    assert works.open(start) is fresh.open(start) is True


def _written(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _hours() -> st.SearchStrategy[str]:
    minutes = st.integers(0, 24 * 4 - 1).map(lambda quarter: quarter * 15)
    pairs = st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1])
    return pairs.map(lambda pair: f"{_written(pair[0])}-{_written(pair[1])}")


def _days() -> st.SearchStrategy[str]:
    names = st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    return st.one_of(names, st.tuples(names, names).map("-".join))


_FORMS = st.fixed_dictionaries(
    {"holidays": st.sampled_from(["include", "exclude", "only"])},
    optional={
        "days": st.lists(_days(), min_size=1, max_size=3),
        "hours": st.lists(_hours(), min_size=1, max_size=3),
        "period": st.sampled_from(["on-peak", "off-peak"]),
    },
)
# Around the changes of London's clock, holidays, and a new year.
_STARTS = st.sampled_from(
    ["2025-12-30T12:00Z", "2026-03-27T12:00Z", "2026-10-23T12:00Z", "2026-06-10T00:00Z"]
)


def _is_open(form: ScheduleForm, wall: datetime) -> bool:
    """What the contract says, minute by minute and with no cleverness."""
    minute = wall.hour * 60 + wall.minute
    hours = form.hours or ((0, 1440),)
    today = any(start <= minute < end for start, end in hours) and _takes(form, wall.date())
    yesterday = any(minute + 1440 < end for _, end in hours) and _takes(form, wall.date() - timedelta(days=1))
    return (today or yesterday) and _in_period(form, wall, minute)


def _takes(form: ScheduleForm, day: date) -> bool:
    wanted = form.days is None or day.weekday() in form.days
    off = OFF.is_holiday(day)
    return wanted and {"include": True, "exclude": not off, "only": off}[form.holidays.value]


def _in_period(form: ScheduleForm, wall: datetime, minute: int) -> bool:
    peak = wall.weekday() < 5 and 540 <= minute < 1320 and not OFF.counts_for_tou(wall.date())
    return form.period is None or (form.period.value == "on-peak") is peak


@settings(max_examples=60, deadline=None)
@given(keys=_FORMS, zone=st.sampled_from([BANGKOK, LONDON, "Australia/Lord_Howe"]), start=_STARTS)
def test_it_is_open_as_the_clock_says_and_changes_exactly_when_it_says(
    keys: dict[str, Any], zone: str, start: str
) -> None:
    asked = schedule(zone, **keys)
    local = ZoneInfo(zone)
    first = at(start)
    minutes = range(first, first + 4 * 24 * 60 * MINUTE, MINUTE)
    truth = [_is_open(asked.form, datetime.fromtimestamp(t / 1000, UTC).astimezone(local)) for t in minutes]
    assert [asked.open(t) for t in minutes] == truth
    changes = [
        t for t, before, after in zip(minutes[1:], truth, truth[1:], strict=False) if before is not after
    ]
    found, now = [], first
    while (next_one := asked.next_change(now)) is not None and next_one <= minutes[-1]:
        found.append(next_one)
        now = next_one
    assert found == changes
    for change in changes:
        assert asked.next_change(change - 1) == change
        assert asked.open(change - 1) is not asked.open(change)
