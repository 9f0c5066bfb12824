"""A reading against its neighbours', held against its definition."""

from __future__ import annotations

from fractions import Fraction
from statistics import median

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.measures.board import Board
from rules.measures.deviation import Deviation

START = 1_767_546_000_000
MINUTE = 60_000

INTERVALS = {f"aq-{number:02}": (1 + number % 3) * MINUTE for number in range(8)}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "take", "take", "fill", "save", "drop"]),
        st.sampled_from(sorted(INTERVALS)),
        st.sampled_from([0, 0, 0, 10, 20, 20, 30, 60, 200, -10, -60, -200]),
        st.integers(-30, 30).map(lambda number: number / 10) | st.sampled_from([0.0, -0.0, 1e17, 1e-30]),
    ),
    max_size=80,
)
AGGREGATES = {
    "median": median,
    "mean": lambda values: float(sum(map(Fraction, values)) / len(values)),
    "min": min,
    "max": max,
}


class Zone:
    """A board and the measures of its devices."""

    def __init__(self, agg, least):
        self.made = {"agg": agg, "min_devices": least}
        self.board = Board()
        self.measures = {}
        for name in INTERVALS:
            self.measure(name)

    def measure(self, name):
        self.measures[name] = Deviation(self.board, name, INTERVALS[name], **self.made)

    def again(self):
        copy = Zone(self.made["agg"], self.made["min_devices"])
        copy.board.load(orjson.loads(orjson.dumps(self.board.save())))
        for name, measure in self.measures.items():
            copy.measures[name].load(orjson.loads(orjson.dumps(measure.save())))
        return copy

    def drop(self, name):
        self.board.drop(name)
        self.measure(name)


@pytest.mark.parametrize("agg", AGGREGATES)
@given(STEPS, st.integers(0, 5))
def test_a_deviation_is_what_it_is_defined_to_be(agg, steps, least):
    zone, lasting = Zone(agg, least), Zone(agg, least)
    newest, told, time = START, {}, START
    for step, device, seconds, value in steps:
        if step == "save":
            zone = zone.again()
            continue
        if step == "drop":
            zone.drop(device)
            lasting.drop(device)
            told.pop(device, None)
            continue
        time = newest + seconds * 1_000
        if step == "take":
            time = max(time, told.get(device, (0, 0.0))[0])
        newest = max(newest, time)
        if time >= told.get(device, (0, 0.0))[0]:
            told[device] = (time, value)
        if step == "fill":
            zone.measures[device].fill(time, value)
            lasting.measures[device].fill(time, value)
            continue
        found = lasting.measures[device].take(time, value)
        assert repr(zone.measures[device].take(time, value)) == repr(found)
        others = [
            reading
            for name, (moment, reading) in told.items()
            if name != device and moment >= time - 3 * INTERVALS[name]
        ]
        enough = len(others) >= max(1, least)
        assert found == (value - AGGREGATES[agg](others) if enough else None)
        details = zone.measures[device].details()
        assert details == lasting.measures[device].details()
        assert details["neighbours"] == len(others)
        assert details["expected"] == (AGGREGATES[agg](others) if enough else None)


def test_three_neighbours_are_needed_unless_said():
    board = Board()
    measures = [Deviation(board, f"aq-{number}", MINUTE) for number in range(4)]
    answers = [measure.take(START + place, 10.0 * place) for place, measure in enumerate(measures)]
    assert answers == [None, None, None, 20.0]
    assert measures[3].details() == {"agg": "median", "neighbours": 3, "expected": 10.0, "value": 30.0}


def test_a_silent_neighbour_no_longer_speaks_for_the_zone():
    board = Board()
    measures = [Deviation(board, f"aq-{number}", MINUTE, min_devices=1) for number in range(2)]
    measures[0].take(START, 10.0)
    assert measures[1].take(START + 3 * MINUTE, 15.0) == 5.0
    assert measures[1].take(START + 3 * MINUTE + 1, 15.0) is None
    measures[0].fill(START + 1, 11.0)
    assert measures[1].take(START + 3 * MINUTE + 1, 15.0) == 4.0


def test_a_device_that_left_is_no_neighbour():
    board = Board()
    measures = [Deviation(board, f"aq-{number}", MINUTE, min_devices=1) for number in range(2)]
    measures[0].take(START, 10.0)
    measures[1].take(START, 15.0)
    board.drop("aq-0")
    board.drop("never-heard-of")
    assert measures[1].take(START + 1, 15.0) is None
    assert len(board) == 1


def test_what_is_no_number_is_passed_over():
    board = Board()
    measure = Deviation(board, "aq-0", MINUTE)
    assert measure.take(START, "fault") is None
    measure.fill(START, True)
    assert len(board) == 0


@pytest.mark.parametrize("state", [[], {"aq-0": [1]}, {"aq-0": ["x", 1.0, 2]}, {"aq-0": None}])
def test_what_is_no_board_is_refused(state):
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Board().load(state)


@pytest.mark.parametrize("state", [None, [1], ["many", None, None]])
def test_what_is_no_deviation_is_refused(state):
    with pytest.raises((ValueError, TypeError)):
        Deviation(Board(), "aq-0", MINUTE).load(state)
