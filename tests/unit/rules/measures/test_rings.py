"""The buffer of readings: in order, compact, the same after a save."""

from __future__ import annotations

import sys

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.measures.ring import Ring

START = 1_767_546_000_000
DAY = 86_400_000

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PUTS = st.tuples(st.just("put"), st.integers(0, 60), FINITE)
EVICTIONS = st.tuples(st.just("evict"), st.integers(0, 60), st.just(0.0))
SAVES = st.tuples(st.just("save"), st.just(0), st.just(0.0))


def again(ring):
    copy = Ring()
    copy.load(orjson.loads(orjson.dumps(ring.save())))
    return copy


@given(st.lists(PUTS | EVICTIONS | SAVES, max_size=80))
def test_a_ring_is_a_sorted_mapping_that_forgets_its_oldest(steps):
    ring, model = Ring(), {}
    for step, time, value in steps:
        if step == "put":
            place, before = ring.put(START + time, value)
            assert before == model.get(START + time)
            model[START + time] = value
            assert (ring.times[place], ring.values[place]) == (START + time, value)
        elif step == "evict":
            gone = list(ring.evict(START + time))
            assert gone == sorted(pair for pair in model.items() if pair[0] <= START + time)
            model = {moment: value for moment, value in model.items() if moment > START + time}
        else:
            ring = again(ring)
        assert list(ring) == sorted(model.items())
        assert len(ring) == len(model)
        if model:
            assert (ring.oldest, ring.newest) == (min(model.items()), max(model.items()))


def test_nothing_is_neither_oldest_nor_newest():
    ring = Ring()
    for reading in range(200):
        ring.append(reading, 1.0)
    ring.evict(150)
    ring.evict(199)
    for name in ("oldest", "newest"):
        with pytest.raises(IndexError):
            getattr(ring, name)


def test_a_sliding_day_at_ten_seconds_stays_small():
    ring = Ring()
    most = 0
    for step in range(30_000):
        ring.evict(step * 10_000 - DAY)
        ring.append(step * 10_000, 0.1 * step)
        if step % 97 == 0:
            most = max(most, sys.getsizeof(ring.times) + sys.getsizeof(ring.values))
    assert len(ring) == 8_640
    assert most < 170_000


def test_a_saved_day_is_short():
    ring = Ring()
    for step in range(8_640):
        ring.append(START + step * 10_000, step % 500 / 10)
    assert len(orjson.dumps(ring.save())) < 100_000


@pytest.mark.parametrize(
    "state",
    [
        5,
        "ring",
        [1],
        [1, [2], [1.0]],
        [1, [0], [1.0, 2.0]],
        [1, [-4], [1.0, 2.0]],
        [1, [2], [1.0, None]],
        [1.5, [], [1.0]],
        [1, ["2"], [1.0, 2.0]],
    ],
)
def test_what_is_no_ring_is_refused(state):
    with pytest.raises((ValueError, TypeError)):
        Ring().load(state)
