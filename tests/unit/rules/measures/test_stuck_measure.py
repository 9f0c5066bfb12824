"""The spread of a span, held against its definition, and when nothing can be said of it."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.measures.stuck import Stuck

START = 1_767_546_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE

NUMBERS = st.integers(0, 3).map(lambda number: number / 10) | st.sampled_from([-0.0, 7.5])
NAMES = st.sampled_from(["ok", "fault", "", True, False])
MINUTES = st.sampled_from([0, 1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 11, -1, -2, -5, -12])


def steps_of(values):
    kinds = st.sampled_from(["take", "take", "take", "take", "fill", "save"])
    return st.lists(st.tuples(kinds, MINUTES, values), max_size=80)


class Naive:
    """All that was heard since the history began."""

    def __init__(self, over, interval):
        self.over, self.interval = over, interval
        self.readings, self.since, self.newest, self.kind, self.phase = {}, None, None, float, None

    def put(self, time, value):
        numbers = isinstance(value, float)
        if (self.kind is float) != numbers:
            if self.newest is not None and time < self.newest:
                return
            self.readings, self.since, self.newest = {}, None, None
            self.kind = float if numbers else str
        gap = max(self.over, 3 * self.interval)
        if self.since is None or time - self.newest > gap or 0 < self.since - time <= gap:
            self.since = time
        self.newest = time if self.newest is None else max(self.newest, time)
        self.readings = {t: v for t, v in self.readings.items() if t > self.newest - self.over}
        if time > self.newest - self.over:
            self.phase = self.phase if self.readings else time
            self.readings[time] = value

    def value(self):
        slots = {floor(Fraction(time - self.phase, self.interval) + Fraction(1, 2)) for time in self.readings}
        if len(self.readings) < 2:
            return None
        values = self.readings.values()
        spread = max(values) - min(values) if self.kind is float else float(len(set(values)) - 1)
        few = 2 * len(slots) * self.interval < self.over or self.since > self.newest - self.over
        return None if few and not spread else spread


def again(measure, *made):
    copy = Stuck(*made)
    copy.load(orjson.loads(orjson.dumps(measure.save())))
    return copy


@pytest.mark.parametrize("values", [NUMBERS, NAMES, NUMBERS | NAMES], ids=["numbers", "names", "both"])
@given(st.data())
def test_a_spread_is_what_it_is_defined_to_be(values, data):
    made = (data.draw(st.sampled_from([2, 3, 5, 8])) * MINUTE, data.draw(st.sampled_from([1, 2])) * MINUTE)
    measure, lasting, naive = Stuck(*made), Stuck(*made), Naive(*made)
    newest = START
    for step, minutes, value in data.draw(steps_of(values)):
        time = newest + minutes * MINUTE
        if step == "save":
            measure = again(measure, *made)
            continue
        newest = max(newest, time)
        naive.put(time, value)
        if step == "fill":
            measure.fill(time, value)
            lasting.fill(time, value)
        else:
            found = lasting.take(time, value)
            assert repr(measure.take(time, value)) == repr(found)
            assert found == naive.value()
        assert measure.details() == lasting.details()
        assert lasting.details()["count"] == len(naive.readings)


def test_a_sensor_is_stuck_when_the_whole_span_says_the_same():
    measure = Stuck(2 * HOUR, 5 * MINUTE)
    answers = [measure.take(START + minute * MINUTE, 21.5) for minute in range(0, 125, 5)]
    assert answers == [None] * 24 + [0.0]
    assert measure.take(START + 125 * MINUTE, 21.75) == 0.25
    details = measure.details()
    assert (details["since"], details["low"], details["high"]) == (START, 21.5, 21.75)
    assert details["coverage"] == 1.0


def test_few_readings_prove_nothing():
    measure = Stuck(2 * HOUR, 5 * MINUTE)
    answers = [measure.take(START + minute * MINUTE, 21.5) for minute in range(0, 500, 15)]
    assert set(answers) == {None}


def test_one_reading_proves_nothing():
    measure = Stuck(HOUR, HOUR)
    assert [measure.take(START + hour * HOUR, 1.0) for hour in range(5)] == [None] * 5


def test_a_long_gap_begins_the_history_anew():
    measure = Stuck(HOUR, 5 * MINUTE)
    for minute in range(0, 125, 5):
        measure.take(START + minute * MINUTE, 1.0)
    back = START + 5 * HOUR
    answers = [measure.take(back + minute * MINUTE, 1.0) for minute in range(0, 65, 5)]
    assert answers == [None] * 12 + [0.0]
    assert measure.details()["since"] == back


def test_words_come_and_go_without_a_trace():
    measure = Stuck(HOUR, MINUTE)
    for minute in range(5_000):
        measure.take(START + minute * MINUTE, f"error {minute}")
    assert measure.take(START + 5_000 * MINUTE, "ok") == 59.0
    assert measure.details()["distinct"] == 60
    assert len(measure._names) < 200


@pytest.mark.parametrize("state", [None, [1], [0, True, 5, 0, []], [0, False, [["ok"]], 0, []]])
def test_what_is_no_spread_is_refused(state):
    with pytest.raises((ValueError, TypeError)):
        Stuck(HOUR, MINUTE).load(state)
