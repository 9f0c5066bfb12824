"""The detector as a measure: warm-up, the band, corrections, gaps, new levels, state."""

from __future__ import annotations

import json
from math import isfinite, nan
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.measures.anomaly import (
    WARM_UP,
    Anomaly,
    AnomalyForm,
    AnomalySettings,
    Direction,
    Judgement,
    Season,
)
from tests.unit.rules.measures.anomalyseries import DAY, MINUTE, SHAPES, START, local

FIVE = 5 * MINUTE


def make(settings: AnomalySettings | None = None, interval: int = FIVE, **more: Any) -> Anomaly:
    return Anomaly(interval, local, settings, **more)


def feed(anomaly: Anomaly, values: list[float], start: int = START, interval: int = FIVE) -> int:
    """Take values an interval apart; the time after the last."""
    for at, value in enumerate(values):
        anomaly.take(start + at * interval, value)
    return start + len(values) * interval


def noise(count: int, seed: int = 1, mean: float = 20.0) -> list[float]:
    random = Random(seed)
    return [random.gauss(mean, 1) for _ in range(count)]


def read(anomaly: Anomaly) -> tuple[float, float, float, float]:
    """Expected, low, high and score of the newest judgement, all there."""
    judged = anomaly.judged
    assert judged is not None
    _, _, expected, low, high, score = judged
    assert expected is not None
    assert low is not None
    assert high is not None
    assert score is not None
    return expected, low, high, score


def test_nothing_is_said_of_the_first_thirty_readings() -> None:
    anomaly = make()
    for at in range(WARM_UP):
        assert anomaly.take(START + at * FIVE, 20.0 + at % 3) is None
        assert anomaly.judged == Judgement(START + at * FIVE, 20.0 + at % 3, None, None, None, None)
        assert anomaly.details() == {}
    score = anomaly.take(START + WARM_UP * FIVE, 21.0)
    assert score is not None
    assert 0 <= score < 0.9
    assert anomaly.details()["score"] == score


def test_an_outlier_in_the_warm_up_does_not_widen_the_band() -> None:
    clean, dirty = make(), make()
    values = noise(60)
    feed(clean, values)
    values[7] = 1e6
    feed(dirty, values)
    narrow, wide = read(clean), read(dirty)
    assert wide[2] - wide[1] < 2 * (narrow[2] - narrow[1])


def test_the_band_is_where_the_score_is_at_most_nine_tenths() -> None:
    anomaly = make()
    now = feed(anomaly, noise(600))
    anomaly.take(now, 20.0)
    expected, low, high, _ = read(anomaly)
    assert low < expected < high
    for value, outside in (
        (low - 0.01, True),
        (low + 0.01, False),
        (high - 0.01, False),
        (high + 0.01, True),
    ):
        score = anomaly.take(now, value)
        assert score is not None
        assert (score > 0.9) is outside


def test_the_score_grows_with_the_distance() -> None:
    anomaly = make()
    now = feed(anomaly, noise(300))
    rising = [anomaly.take(now, 20.0 + far) for far in (1.0, 2.0, 4.0, 6.0, 9.0)]
    assert rising == sorted(rising, key=lambda score: score or 0.0)
    assert (rising[0] or 0) < 0.5
    assert (rising[-1] or 0) > 0.99


def test_a_constant_series_that_jumps_is_anomalous_and_one_that_stays_is_not() -> None:
    anomaly = make()
    now = feed(anomaly, [20.0] * 100)
    assert read(anomaly)[3] == 0.0
    assert (anomaly.take(now, 25.0) or 0) > 0.9
    assert (anomaly.take(now + FIVE, 20.0) or 0) < 0.1


def test_a_constant_nothing_that_moves_is_anomalous() -> None:
    anomaly = make()
    now = feed(anomaly, [0.0] * 100)
    assert (anomaly.take(now, 1.0) or 0) > 0.9


def test_the_smallest_step_of_a_coarse_sensor_is_no_anomaly() -> None:
    anomaly = make()
    now = feed(anomaly, [20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 21.0] * 30)
    feed(anomaly, [20.0] * 500, now)
    assert (anomaly.take(now + 500 * FIVE, 21.0) or 0) < 0.9
    assert (anomaly.take(now + 501 * FIVE, 30.0) or 0) > 0.9


def test_a_spike_leaves_the_expectation_where_it_was() -> None:
    anomaly = make()
    now = feed(anomaly, noise(500))
    before = read(anomaly)
    anomaly.take(now, 500.0)
    anomaly.take(now + FIVE, 20.0)
    after = read(anomaly)
    assert abs(after[0] - before[0]) < 2
    assert after[2] - after[1] < 2 * (before[2] - before[1])


def _flagged_after_shift(settings: AnomalySettings, interval: int) -> list[int]:
    """How many readings after a shift the score is above 0.9; the series is eight days old by then."""
    anomaly = make(settings, interval)
    now = feed(anomaly, noise(8 * DAY // interval), interval=interval)
    scores = [
        anomaly.take(now + at * interval, value)
        for at, value in enumerate(noise(3 * DAY // interval, 5, 40.0))
    ]
    return [at for at, score in enumerate(scores) if (score or 0) > 0.9]


@pytest.mark.parametrize(
    ("settle", "interval", "readings"),
    [(6, 5 * MINUTE, 73), (6, 60 * MINUTE, 10), (24, 60 * MINUTE, 25), (1, 15 * MINUTE, 10)],
)
def test_a_level_that_lasts_is_normal_after_it_settled(settle: int, interval: int, readings: int) -> None:
    flagged = _flagged_after_shift(AnomalySettings(settle=settle * 60 * MINUTE), interval)
    assert flagged == list(range(readings))


def test_the_way_back_from_a_new_level_is_no_anomaly() -> None:
    anomaly = make()
    now = feed(anomaly, noise(8 * 288))
    now = feed(anomaly, noise(100, 2, 40.0), now)
    scores = [anomaly.take(now + at * FIVE, value) for at, value in enumerate(noise(200, 3))]
    assert all(score is not None and score <= 0.9 for score in scores)


def test_a_correction_takes_the_place_of_the_newest() -> None:
    straight, corrected = make(), make()
    for at, value in enumerate(noise(400)):
        straight.take(START + at * FIVE, value)
        corrected.take(START + at * FIVE, value + 17 * (at % 3))
        corrected.take(START + at * FIVE, value)
        assert corrected.judged == straight.judged
    assert corrected.save() == straight.save()


def test_a_late_reading_and_one_that_is_no_number_teach_nothing() -> None:
    anomaly = make()
    now = feed(anomaly, noise(100))
    before = json.dumps(anomaly.save())
    anomaly.fill(START, 1e6)
    assert anomaly.take(START, 1e6) is None
    assert anomaly.take(now, "fault") is None
    assert anomaly.take(now, nan) is None
    assert anomaly.judged is None
    assert json.dumps(anomaly.save()) == before


@pytest.mark.parametrize("name", ["gauss", "daily", "temperature"])
@pytest.mark.parametrize("hours", [2, 30, 200])
def test_after_a_gap_an_ordinary_reading_is_ordinary(name: str, hours: int) -> None:
    shape = SHAPES[name]
    values = shape.series(11)
    anomaly = make(interval=shape.step * MINUTE)
    start = len(values) // 2
    resumed = start + hours * 60 // shape.step
    feed(anomaly, values[:start], interval=shape.step * MINUTE)
    scores = [
        anomaly.take(START + at * shape.step * MINUTE, values[at]) for at in range(resumed, len(values))
    ]
    assert sum((score or 0) > 0.9 for score in scores) <= 1


def test_irregular_intervals_are_taken_as_they_come() -> None:
    random, anomaly, now, flagged = Random(4), make(), START, 0
    for _ in range(5000):
        now += random.choice((MINUTE, 4 * MINUTE, 5 * MINUTE, 11 * MINUTE, 40 * MINUTE))
        flagged += (anomaly.take(now, random.gauss(20, 1)) or 0) > 0.9
    assert flagged <= 5
    assert (anomaly.take(now + FIVE, 30.0) or 0) > 0.9


def test_a_rule_may_look_one_way_only() -> None:
    up = make(AnomalySettings(direction=Direction.UP), low=0.0)
    now = feed(up, noise(300))
    assert up.take(now, 5.0) == 0.0
    assert up.details()["low"] == 0.0
    assert (up.take(now, 35.0) or 0) > 0.9
    down = make(AnomalySettings(direction=Direction.DOWN))
    now = feed(down, noise(300))
    assert down.take(now, 35.0) == 0.0
    assert down.details()["high"] is None
    assert (down.take(now, 5.0) or 0) > 0.9


def test_the_range_of_the_metric_clips_the_band() -> None:
    anomaly = make(low=0.0, high=3.5)
    random = Random(2)
    feed(anomaly, [abs(random.gauss(0, 1)) for _ in range(300)])
    expected, low, high, _ = read(anomaly)
    assert (low, high) == (0.0, 3.5)
    assert 0 < expected < 3.5


numbers = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.floats(-100, 100), st.just(0.0))


@given(
    st.lists(st.tuples(st.integers(1, 3 * DAY), numbers), min_size=35, max_size=80), st.sampled_from(Season)
)
def test_no_judgement_is_ever_without_bounds(readings: list[tuple[int, float]], season: Season) -> None:
    anomaly, now = make(AnomalySettings(season=season)), START
    for gap, value in readings:
        now += gap
        score = anomaly.take(now, value)
        assert score is None or 0 <= score <= 1
        assert anomaly.judged is not None
        assert all(part is None or isfinite(part) for part in anomaly.judged)
    json.dumps(anomaly.save(), allow_nan=False)


@settings(max_examples=20)
@given(st.data())
def test_a_state_saved_at_any_moment_goes_on_to_the_last_bit(data: st.DataObject) -> None:
    shape = SHAPES[data.draw(st.sampled_from(["traffic", "dust", "tide"]))]
    interval = shape.step * MINUTE
    asked = AnomalySettings(season=data.draw(st.sampled_from(Season)), settle=60 * MINUTE)
    values = shape.series(data.draw(st.integers(0, 5)))[:600]
    values[400:450] = [value + 50 for value in values[400:450]]
    saved = sorted(data.draw(st.sets(st.integers(0, 599), max_size=4)))
    whole, pieces = make(asked, interval), make(asked, interval)
    for at, value in enumerate(values):
        if at in saved:
            state = json.loads(json.dumps(pieces.save()))
            pieces = make(asked, interval)
            pieces.load(state)
        assert pieces.take(START + at * interval, value) == whole.take(START + at * interval, value)
        assert pieces.judged == whole.judged
    assert pieces.save() == whole.save()


def test_a_loaded_state_knows_the_newest_judgement() -> None:
    first, second = make(), make()
    feed(first, noise(200))
    second.load(first.save())
    assert second.judged == first.judged
    assert second.details() == first.details()


@pytest.mark.parametrize(
    "state", [None, 3, [], [None, []], [None, [], [1]], [[1, 2.0], [], {"a": 1}], ["x", [], None]]
)
def test_a_state_of_something_else_is_refused(state: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        make().load(state)


@pytest.mark.parametrize("part", range(2, 8))
def test_a_state_with_a_broken_part_is_refused(part: int) -> None:
    anomaly = make()
    feed(anomaly, noise(200))
    state = json.loads(json.dumps(anomaly.save()))
    state[2][part] = [1, 2]
    with pytest.raises((ValueError, TypeError)):
        make().load(state)


def _numbers(state: Any) -> int:
    return sum(map(_numbers, state)) if isinstance(state, list) else 1


def test_the_state_does_not_grow_with_time() -> None:
    shape = SHAPES["traffic"]
    anomaly = make(interval=shape.step * MINUTE)
    values = shape.series(1)
    now = feed(anomaly, values[:1000], interval=shape.step * MINUTE)
    early = _numbers(anomaly.save())
    feed(anomaly, values[1000:], now, shape.step * MINUTE)
    assert _numbers(anomaly.save()) == early
    assert len(json.dumps(anomaly.save())) < 16_000


def test_the_form_has_defaults_and_says_what_is_wrong() -> None:
    assert AnomalyForm.model_validate({}).settings() == AnomalySettings()
    written = {"season": "daily", "direction": "up", "sensitivity": 2, "settle": "1h"}
    assert AnomalyForm.model_validate(written).settings() == AnomalySettings(
        Season.DAILY, Direction.UP, 2.0, 60 * MINUTE
    )
    for wrong in ({"season": "yearly"}, {"sensitivity": 0}, {"settle": 0}, {"seasons": "daily"}):
        with pytest.raises(ValidationError):
            AnomalyForm.model_validate(wrong)
