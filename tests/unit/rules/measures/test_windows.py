"""Aggregates over a sliding window, held against their definitions on lists."""

from __future__ import annotations

import sys
from bisect import bisect_left
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, isinf
from statistics import median, pstdev
from sys import float_info

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.measures.aggregates import AGGREGATES
from rules.measures.windows import Window

START = 1_767_546_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

DECIMALS = st.integers(-50, 50).map(lambda number: number / 10)
SPECIAL = st.sampled_from([0.0, -0.0, 1e-30, 5e-324, 1e17, -1e17, 3.0, 3.0, 3.0])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "fill", "save"]),
        st.sampled_from([0, 1, 1, 1, 1, 1, 2, 3, 9, 40, -1, -2, -5, -12]),
        st.integers(-29, 30),
        DECIMALS | SPECIAL,
    ),
    max_size=60,
)
SHAPES = st.tuples(st.sampled_from([1, 3, 7, 12]), st.sampled_from([0.0, 0.3, 0.75, 1.0]))


def clamped(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return float_info.max if exact > 0 else -float_info.max


def rank(values, share: Fraction):
    """The quantile of the definition: at rank (n - 1) * share, between its neighbours by the rest."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low, high = ordered[floor(place)], ordered[ceil(place)]
    rest = place - floor(place)
    return (low + high) / 2 if rest == Fraction(1, 2) else low + (high - low) * float(rest)


def rate(readings, per, counter):
    if len(readings) < 2:
        return None
    rises = Fraction(0)
    for (_, value), (_, following) in pairwise(readings):
        rises += Fraction(following) - (0 if counter and following < value else Fraction(value))
    return clamped(rises * per / (readings[-1][0] - readings[0][0]))


def defined(agg, readings, counter=False):
    """The aggregate of (time, value) pairs in order of time, by its definition."""
    values = [value for _, value in readings]
    exact = sum(map(Fraction, values), Fraction(0))
    return {
        "mean": lambda: float(exact / len(values)),
        "sum": lambda: clamped(exact),
        "min": lambda: min(values),
        "max": lambda: max(values),
        "count": lambda: float(len(values)),
        "median": lambda: median(values),
        "p90": lambda: rank(values, Fraction(9, 10)),
        "p95": lambda: rank(values, Fraction(19, 20)),
        "stddev": lambda: pstdev(values),
        "rate": lambda: rate(readings, HOUR, counter),
    }[agg]()


class Naive:
    """The window as a list of all that it ever heard."""

    def __init__(self, agg, over, coverage, interval, counter=False):
        self.agg, self.over, self.interval, self.counter = agg, over, interval, counter
        self.needed = max(1, ceil(Fraction(str(coverage)) * over / interval))
        self.readings: dict[int, float] = {}
        self.end = None
        self.phase = None

    def put(self, time, value):
        self.end = time if self.end is None else max(self.end, time)
        self.readings = {t: v for t, v in self.readings.items() if t > self.end - self.over}
        if time <= self.end - self.over:
            return
        if not self.readings:
            self.phase = time
        self.readings[time] = value

    def slots(self):
        return {floor(Fraction(time - self.phase, self.interval) + Fraction(1, 2)) for time in self.readings}

    def value(self):
        if len(self.readings) == 0 or len(self.slots()) < self.needed:
            return None
        return defined(self.agg, sorted(self.readings.items()), self.counter)


def again(window, *shape, **more):
    copy = Window(*shape, **more)
    copy.load(orjson.loads(orjson.dumps(window.save())))
    return copy


@pytest.mark.parametrize("counter", [False, True])
@pytest.mark.parametrize("agg", AGGREGATES)
@given(STEPS, SHAPES)
def test_a_window_answers_what_it_is_defined_to(agg, counter, steps, shape):
    intervals, coverage = shape
    made = (agg, intervals * MINUTE, coverage, MINUTE)
    window, lasting, naive = (
        Window(*made, counter=counter),
        Window(*made, counter=counter),
        Naive(*made, counter=counter),
    )
    newest = START
    for step, minutes, jitter, value in steps:
        time = newest + minutes * MINUTE + (jitter * 1_000 if minutes > 0 else 0)
        if step == "save":
            window = again(window, *made, counter=counter)
            assert window.details() == lasting.details()
            continue
        naive.put(time, value)
        if step == "fill":
            window.fill(time, value)
            lasting.fill(time, value)
        else:
            found = lasting.take(time, value)
            assert repr(window.take(time, value)) == repr(found)
            assert found == naive.value()
        newest = max(newest, time)
        details = lasting.details()
        assert details["count"] == len(naive.readings)
        share = min(1.0, len(naive.slots()) / intervals)
        assert details["coverage"] == pytest.approx(share)
        assert orjson.loads(orjson.dumps(details)) == details


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_no_values_are_too_large(values):
    for agg in AGGREGATES:
        window = Window(agg, DAY, 0, MINUTE)
        answers = [window.take(START + place * MINUTE, value) for place, value in enumerate(values)]
        assert not any(answer is not None and isinf(answer) for answer in answers)


@given(st.lists(st.tuples(st.integers(1, 400), DECIMALS), min_size=1, max_size=30), st.integers(0, 29))
def test_what_is_counted_falls_when_readings_leave(gaps, stop):
    time, readings = START, []
    counting, adding = Window("count", 2 * HOUR, 0, MINUTE), Window("sum", 2 * HOUR, 0, MINUTE)
    for minutes, value in gaps[: stop + 1]:
        time += minutes * MINUTE
        readings.append((time, value))
        counting.take(time, value)
        adding.take(time, value)
    while (due := counting.leaves_at()) is not None:
        assert due == adding.leaves_at()
        assert due - 1 - 2 * HOUR < min(moment for moment, _ in readings if moment > due - 1 - 2 * HOUR)
        inside = [value for moment, value in readings if due - 2 * HOUR < moment <= due]
        copy = again(adding, "sum", 2 * HOUR, 0, MINUTE)
        assert counting.at(due) == len(inside)
        assert adding.at(due) == copy.at(due) == clamped(sum(map(Fraction, inside), Fraction(0)))
        assert copy.details() == adding.details()
    assert counting.at(time + DAY) == 0.0
    assert adding.leaves_at() is None


@pytest.mark.parametrize(
    ("agg", "coverage"), [(agg, 0) for agg in AGGREGATES if agg not in {"count", "sum"}] + [("count", 0.5)]
)
def test_where_silence_says_nothing_there_is_no_moment_to_look(agg, coverage):
    window = Window(agg, HOUR, coverage, MINUTE)
    for minute in range(60):
        window.take(START + minute * MINUTE, 1.0)
    assert window.leaves_at() is None
    assert window.at(START + DAY) is None


def test_time_never_runs_backwards():
    window = Window("count", HOUR, 0, MINUTE)
    window.take(START, 1.0)
    assert window.at(START + HOUR) == 0.0
    assert window.take(START + 30 * MINUTE, 1.0) == 1.0
    assert window.details()["to"] == START + HOUR
    assert window.take(START, 1.0) == 1.0


def test_strings_and_booleans_are_counted_and_else_passed_over():
    counting = Window("count", HOUR, 0, MINUTE)
    assert counting.take(START, "open") == 1.0
    assert counting.take(START + 1, True) == 2.0
    counting.fill(START - 1, "late")
    assert counting.take(START + 2, False) == 4.0
    assert counting.details()["newest"] == {"time": START + 2}
    adding = Window("sum", HOUR, 0, MINUTE)
    assert adding.take(START, "open") is None
    assert adding.take(START, True) is None
    assert adding.details() == {"agg": "sum", "over": HOUR, "count": 0, "coverage": 0.0}


def test_coverage_is_a_share_of_the_slots():
    window = Window("mean", DAY, 0.75, HOUR)
    answers = [window.take(START + hour * HOUR, float(hour)) for hour in range(18)]
    assert answers[:17] == [None] * 17
    assert answers[17] == 8.5
    assert window.details()["coverage"] == 0.75
    assert window.details()["oldest"] == {"time": START, "value": 0.0}


def test_several_readings_of_a_slot_count_once():
    window = Window("mean", DAY, 0.75, HOUR)
    for second in range(0, 1_700, 10):
        assert window.take(START + second * 1_000, 1.0) is None
    assert window.details()["coverage"] == pytest.approx(1 / 24)


@pytest.mark.parametrize("hundredths", range(1, 101))
def test_coverage_is_meant_as_it_is_written(hundredths):
    window = Window("count", 100 * MINUTE, hundredths / 100, MINUTE)
    answers = [window.take(START + minute * MINUTE, 1.0) for minute in range(100)]
    assert answers.index(float(hundredths)) == bisect_left(range(1, 101), hundredths)
    assert answers[: hundredths - 1] == [None] * (hundredths - 1)


def test_a_counter_that_begins_again_has_lost_nothing():
    window = Window("rate", HOUR, 0, MINUTE, per=HOUR, counter=True)
    answers = [
        window.take(START + place * 10 * MINUTE, value)
        for place, value in enumerate([100.0, 110.0, 4.0, 10.0])
    ]
    assert answers == [None, 60.0, 42.0, 40.0]
    assert window.details()["change"] == 20.0
    assert window.details()["elapsed"] == 30 * MINUTE


def test_the_evidence_says_when_the_extreme_was():
    window = Window("max", HOUR, 0, MINUTE)
    for minute, value in enumerate([1.0, 9.0, 3.0, 2.0]):
        window.take(START + minute * MINUTE, value)
    assert window.details()["at"] == START + MINUTE
    window.take(START + 3 * MINUTE, 11.0)
    assert window.details()["at"] == START + 3 * MINUTE
    window.fill(START + MINUTE, 12.0)
    assert window.details()["at"] == START + MINUTE
    assert window.take(START + 4 * MINUTE, 1.0) == 12.0


def test_an_unknown_aggregate_is_refused():
    with pytest.raises(ValueError, match="p95"):
        Window("mode", HOUR, 0, MINUTE)


@pytest.mark.parametrize("state", [None, [], [1], [1, 2], ["x", 0, []], [None, 0, []], [1, 0, [1, [1], []]]])
def test_what_is_no_window_is_refused(state):
    with pytest.raises((ValueError, TypeError)):
        Window("mean", HOUR, 0, MINUTE).load(state)


def size(thing):
    slots = [slot for kind in type(thing).__mro__ for slot in getattr(kind, "__slots__", ())]
    own = sys.getsizeof(thing)
    return own + sum(size(getattr(thing, slot)) for slot in slots if slot != "ring")


@pytest.mark.parametrize(("agg", "most"), [("mean", 2_000), ("max", 170_000), ("median", 85_000)])
def test_a_day_at_ten_seconds_stays_small(agg, most):
    """Even for the worst of series: for the greatest value one that always falls."""
    window = Window(agg, DAY, 0.75, 10_000)
    for step in range(20_000):
        window.take(START + step * 10_000, 50_000.5 - step)
    assert size(window._contents.ring) < 170_000
    assert size(window._contents.aggregate) < most
