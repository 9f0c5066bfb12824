"""How well anomalies are told from ordinary readings, on made series with faults whose place is known."""

from __future__ import annotations

import pytest

from rules.measures.anomaly import AnomalySettings, Season
from tests.unit.rules.measures.anomalyseries import (
    SHAPES,
    flagged,
    put,
    scores,
)

SEEDS = range(2)


def found(shape_name: str, kind: str, seed: int) -> int | None:
    """After how many readings of the fault the first is flagged; None: never."""
    shape = SHAPES[shape_name]
    values = shape.series(seed)
    fault = put(kind, shape, values, seed)
    inside = (at for at in flagged(scores(shape, values)) if fault.start <= at < fault.end)
    return next((at - fault.start for at in inside), None)


@pytest.mark.parametrize("name", SHAPES)
def test_quiet_series_are_left_alone(name: str) -> None:
    shape = SHAPES[name]
    given = [score for seed in SEEDS for score in scores(shape, shape.series(seed))[shape.per_day :]]
    assert len(flagged(given)) / len(given) < 0.001


@pytest.mark.parametrize("name", SHAPES)
def test_a_first_day_has_few_surprises(name: str) -> None:
    shape = SHAPES[name]
    assert len(flagged(scores(shape, shape.series(0))[: shape.per_day])) <= 10


@pytest.mark.parametrize("name", SHAPES)
def test_a_spike_is_found_at_once(name: str) -> None:
    assert [found(name, "spike", seed) for seed in SEEDS] == [0, 0]


@pytest.mark.parametrize("name", SHAPES)
def test_a_level_shift_is_found_at_once(name: str) -> None:
    assert [found(name, "shift", seed) for seed in SEEDS] == [0, 0]


@pytest.mark.parametrize("name", ["gauss", "laplace", "sluggish", "daily", "power", "temperature", "tide"])
def test_a_dropout_to_nothing_is_found_at_once(name: str) -> None:
    assert [found(name, "dropout", seed) for seed in SEEDS] == [0, 0]


@pytest.mark.parametrize("name", ["traffic", "footfall"])
def test_counts_that_stay_at_nothing_are_found_when_there_should_be_some(name: str) -> None:
    delays = [found(name, "dropout", seed) for seed in SEEDS]
    assert all(delay is not None and delay <= SHAPES[name].per_day * 3 // 4 for delay in delays), delays


@pytest.mark.parametrize("name", SHAPES)
def test_a_burst_of_noise_is_found_within_readings(name: str) -> None:
    delays = [found(name, "burst", seed) for seed in SEEDS]
    assert all(delay is not None and delay <= 8 for delay in delays), delays


@pytest.mark.parametrize("name", ["gauss", "laplace", "sluggish", "daily", "traffic", "footfall", "power"])
def test_a_slow_drift_is_found_before_the_day_is_over(name: str) -> None:
    delays = [found(name, "drift", seed) for seed in SEEDS]
    assert all(delay is not None and delay < SHAPES[name].per_day * 3 // 4 for delay in delays), delays


@pytest.mark.parametrize("name", ["daily", "traffic", "footfall", "power"])
def test_a_day_without_its_rhythm_is_found(name: str) -> None:
    delays = [found(name, "flat", seed) for seed in SEEDS]
    assert all(delay is not None and delay <= SHAPES[name].per_day // 2 for delay in delays), delays


@pytest.mark.parametrize("name", ["daily", "traffic", "footfall", "power"])
def test_a_sensor_that_is_stuck_is_found_when_the_rhythm_goes_on_without_it(name: str) -> None:
    delays = [found(name, "stuck", seed) for seed in SEEDS]
    assert all(delay is not None and delay <= SHAPES[name].per_day * 3 // 4 for delay in delays), delays


def test_noise_of_any_season_is_left_alone() -> None:
    shape = SHAPES["gauss"]
    for season in Season:
        given = scores(shape, shape.series(7), AnomalySettings(season=season))
        assert len(flagged(given)) <= 2, season


def test_a_rule_that_asks_for_the_day_sees_what_one_without_a_season_cannot() -> None:
    shape = SHAPES["daily"]
    values = shape.series(1)
    values[-1] -= 12 * shape.noise
    daily, none = (scores(shape, values, AnomalySettings(season=s))[-1] for s in (Season.DAILY, Season.NONE))
    assert daily is not None
    assert none is not None
    assert daily > 0.9 > none


def test_twice_the_sensitivity_halves_the_band() -> None:
    shape = SHAPES["gauss"]
    values = [*shape.series(3), 23.0]
    plain, keen = (scores(shape, values, AnomalySettings(sensitivity=s))[-1] for s in (1.0, 2.0))
    assert plain is not None
    assert keen is not None
    assert plain < 0.9 < keen
