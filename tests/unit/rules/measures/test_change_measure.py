"""Newest minus oldest, held against its definition."""

from __future__ import annotations

from sys import float_info

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.measures.change import Change

START = 1_767_546_000_000
MINUTE = 60_000

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "fill", "save"]),
        st.sampled_from([0, 1, 1, 1, 1, 2, 3, 11, -1, -2, -5, -12]),
        st.integers(-50, 50).map(lambda number: number / 10) | st.sampled_from([0.0, -0.0, 1e300, 5e-324]),
    ),
    max_size=60,
)


def defined(readings, time, over, relative):
    inside = sorted(reading for reading in readings.items() if time - over < reading[0] <= time)
    if len(inside) < 2:
        return None
    (_, old), (_, new) = inside[0], inside[-1]
    if relative and not old:
        return None
    return within_floats((new - old) / abs(old) if relative else new - old)


def within_floats(value):
    return max(-float_info.max, min(float_info.max, value))


def again(measure, over, relative):
    copy = Change(over, relative=relative)
    copy.load(orjson.loads(orjson.dumps(measure.save())))
    return copy


@given(STEPS, st.sampled_from([MINUTE, 5 * MINUTE, 30 * MINUTE]), st.booleans())
def test_a_change_is_what_it_is_defined_to_be(steps, over, relative):
    measure, lasting = Change(over, relative=relative), Change(over, relative=relative)
    readings, newest = {}, START
    for step, minutes, value in steps:
        time = newest + minutes * MINUTE
        if step == "save":
            measure = again(measure, over, relative)
            continue
        newest = max(newest, time) if readings else time
        readings[time] = value
        if step == "fill":
            measure.fill(time, value)
            lasting.fill(time, value)
        else:
            found = lasting.take(time, value)
            assert repr(measure.take(time, value)) == repr(found)
            assert found == defined(readings, newest, over, relative)
        assert measure.details() == lasting.details()


def test_the_evidence_shows_both_readings():
    measure = Change(10 * MINUTE, relative=True)
    assert measure.details() == {"over": 10 * MINUTE, "relative": True}
    assert measure.take(START, 20.0) is None
    assert measure.take(START + MINUTE, 30.0) == 0.5
    assert measure.details()["oldest"] == {"time": START, "value": 20.0}
    assert measure.details()["newest"] == {"time": START + MINUTE, "value": 30.0}


def test_a_reading_as_old_as_the_span_is_outside():
    measure = Change(10 * MINUTE)
    measure.take(START, 1.0)
    assert measure.take(START + 10 * MINUTE - 1, 5.0) == 4.0
    assert measure.take(START + 10 * MINUTE, 7.0) == 2.0


def test_what_is_no_number_is_passed_over():
    measure = Change(MINUTE)
    assert measure.take(START, "open") is None
    measure.fill(START, True)
    assert "oldest" not in measure.details()


def test_a_change_beyond_all_floats_is_the_largest():
    measure = Change(MINUTE)
    measure.take(START, -1.7e308)
    assert measure.take(START + 1, 1.7e308) == pytest.approx(1.797e308, rel=1e-3)


def test_what_is_no_change_is_refused():
    with pytest.raises((ValueError, TypeError)):
        Change(MINUTE).load([START, "steps", [1.0]])
