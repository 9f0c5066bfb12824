"""Aggregates of buckets of city time: told once, when a bucket is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.measures.buckets import DAY, Buckets
from rules.measures.tumbling import TumblingWindow, bucket_end
from services.store.timeseries.grid import pieces

START = 1_767_546_000_000  # midnight in Bangkok
MINUTE = 60_000
HOUR = 60 * MINUTE

ZONES = st.sampled_from(["Asia/Bangkok", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"])
SPANS = st.sampled_from([MINUTE, 7 * MINUTE, HOUR, 7 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY])
TIMES = st.integers(1_200_000_000_000, 1_800_000_000_000)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "fill", "save"]),
        st.sampled_from([0, 1, 1, 1, 1, 2, 3, 11, 40, -1, -2, -5, -12]),
        st.integers(-50, 50).map(lambda number: number / 10),
    ),
    max_size=60,
)


def bucket(time, every=5 * MINUTE):
    return time - 1 - (time - 1 - START) % every


def again(window, *made):
    copy = TumblingWindow(*made)
    copy.load(orjson.loads(orjson.dumps(window.save())))
    return copy


class Naive:
    """All buckets with all that was put into them while they were the newest."""

    def __init__(self, needed):
        self.needed = needed
        self.open = None
        self.readings = {}
        self.pending = None

    def put(self, time, value):
        start = bucket(time)
        if self.open is None or start > self.open:
            if len({round(moment / MINUTE) for moment in self.readings}) >= self.needed:
                self.pending = max(self.readings.values())
            self.open, self.readings = start, {}
        if start == self.open:
            self.readings[time] = value

    def take(self, time, value):
        self.put(time, value)
        answer, self.pending = self.pending, None
        return answer


@pytest.mark.parametrize(("coverage", "needed"), [(0.0, 1), (0.75, 4)])
@given(STEPS)
def test_a_bucket_answers_when_it_is_over(coverage, needed, steps):
    made = ("max", 5 * MINUTE, coverage, MINUTE, bucket)
    window, lasting, naive = TumblingWindow(*made), TumblingWindow(*made), Naive(needed)
    newest = START
    for step, minutes, value in steps:
        time = newest + minutes * MINUTE
        if step == "save":
            window = again(window, *made)
        elif step == "fill":
            naive.put(time, value)
            window.fill(time, value)
            lasting.fill(time, value)
        else:
            found = lasting.take(time, value)
            assert repr(window.take(time, value)) == repr(found)
            assert found == naive.take(time, value)
        newest = max(newest, time)
        assert window.details() == lasting.details()


def test_an_hour_is_told_by_the_next():
    window = TumblingWindow("mean", HOUR, 0, 10 * MINUTE, Buckets(HOUR, "Asia/Bangkok"))
    answers = [window.take(START + minute * MINUTE, minute / 10) for minute in range(10, 80, 10)]
    assert answers == [None] * 6 + [3.5]
    window.fill(START + 30 * MINUTE, 99.0)
    assert window.take(START + HOUR + 20 * MINUTE, 8.0) is None
    assert window.details()["from"] == START
    assert window.details()["to"] == START + HOUR
    assert window.details()["count"] == 6
    assert window.take(START + 9 * HOUR, 1.0) == 7.5


def test_the_short_last_bucket_of_a_day_has_its_own_coverage():
    window = TumblingWindow("count", 7 * HOUR, 1.0, HOUR, Buckets(7 * HOUR, "Asia/Bangkok"))
    answers = [window.take(START + hour * HOUR, "heard") for hour in range(1, 26)]
    told = {hour: answer for hour, answer in enumerate(answers, 1) if answer is not None}
    assert told == {8: 7.0, 15: 7.0, 22: 7.0, 25: 3.0}
    assert window.details()["coverage"] == 1.0


def test_before_the_first_bucket_is_over_the_open_one_is_shown():
    window = TumblingWindow("sum", HOUR, 0, MINUTE, Buckets(HOUR, "Asia/Bangkok"))
    assert window.details()["count"] == 0
    assert window.take(START + 1, "nothing to add") is None
    window.take(START + 1, 2.0)
    assert window.details()["count"] == 1


@given(ZONES, SPANS, TIMES)
def test_buckets_are_those_of_the_stores(zone, every, time):
    """Theirs hold their start, ours their end: asked for the millisecond before, the stores say the same."""
    start = Buckets(every, zone)(time)
    assert start < time
    assert start == pieces(time - 1, time, every, zone)[0].bucket(time - 1)


@given(ZONES, SPANS, st.lists(TIMES, min_size=1, max_size=20))
def test_what_buckets_remember_changes_nothing(zone, every, times):
    buckets = Buckets(every, zone)
    assert [buckets(time) for time in times] == [Buckets(every, zone)(time) for time in times]


@given(ZONES, SPANS, TIMES)
def test_the_end_of_a_bucket_is_its_last_moment(zone, every, time):
    buckets = Buckets(every, zone)
    start = buckets(time)
    end = bucket_end(buckets, start, every)
    assert start < time <= end
    assert buckets(end) == start
    assert buckets(end + 1) == end


def test_buckets_of_years_need_no_more_memory():
    buckets = Buckets(HOUR, "Asia/Bangkok")
    for day in range(3_000):
        buckets(START + day * DAY + 1)
    assert len(buckets._starts) == len(buckets._spans) <= 512


@pytest.mark.parametrize("every", [0, -1, DAY + 1])
def test_a_bucket_is_at_most_a_day_or_whole_days(every):
    with pytest.raises(ValueError, match="day"):
        Buckets(every, "Asia/Bangkok")


@pytest.mark.parametrize("state", [None, [1, 2, 3], [0, None, None, 5, 0, []], ["a", 1, None, None, 0, []]])
def test_what_is_no_tumbling_window_is_refused(state):
    with pytest.raises((ValueError, TypeError)):
        TumblingWindow("max", HOUR, 0, MINUTE, bucket).load(state)


def test_a_day_of_25_hours_is_a_whole_day():
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 10, 25, tzinfo=berlin)
    start = int(midnight.timestamp() * 1000)
    window = TumblingWindow("count", DAY, 1.0, HOUR, Buckets(DAY, "Europe/Berlin"))
    for hour in range(1, 26):
        assert window.take(start + hour * HOUR, 1.0) is None
    assert window.take(start + 26 * HOUR, 1.0) == 25.0
    after = int((midnight + timedelta(days=1)).timestamp() * 1000)
    assert (window.details()["from"], window.details()["to"]) == (start, after)
    assert Fraction(after - start, HOUR) == 25
