"""Metrics that stand still, and those that may."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.quality import Problem
from tests.unit.telemetry.qualities import HOUR, MINUTE, START, WATCHED, Series


def moving(number: int, **fixed: Any) -> dict[str, Any]:
    values = {"temperature": 20 + number % 97 / 10, "humidity": 0.3 + number % 89 / 200, "rain": 0.0}
    return {**values, "tips": 4.0, "status": "ok", "heating": False, **fixed}


def lived(hours: float, start: int = START, interval: int = 5 * MINUTE, **fixed: Any) -> Series:
    series = Series(interval)
    go_on(series, start, hours, **fixed)
    return series


def go_on(series: Series, start: int, hours: float, **fixed: Any) -> None:
    for number, time in enumerate(range(start, start + round(hours * HOUR), series.interval)):
        series.take(time, **moving(number, **fixed))


def stuck(series: Series) -> dict[str, int]:
    return {found.metric: found.since for found in series.report().stuck}


def test_only_numbers_that_are_no_counters_are_watched() -> None:
    assert WATCHED.names == ("temperature", "humidity", "rain")


def test_a_number_that_usually_moves_and_stands_still_is_stuck() -> None:
    series = lived(6)
    go_on(series, START + 6 * HOUR, 5, temperature=23.4)

    report = series.report()

    assert stuck(series).keys() == {"temperature"}
    assert abs(stuck(series)["temperature"] - (START + 6 * HOUR)) <= 20 * MINUTE
    assert report.problems == (Problem.STUCK,)
    assert report.bad
    assert report.as_dict()["stuck"][0]["metric"] == "temperature"


@pytest.mark.parametrize("interval", [10_000, MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, HOUR])
def test_it_takes_two_hours_and_twelve_intervals(interval: int) -> None:
    series = lived(max(12, 20 * interval // HOUR), interval=interval)
    since, enough = series.newest + interval, max(2 * HOUR, 12 * interval)

    go_on(series, since, (enough - interval) / HOUR, temperature=23.4)
    assert stuck(series) == {}
    go_on(series, series.newest + interval, 1 + 3 * interval / HOUR, temperature=23.4)
    assert stuck(series).keys() == {"temperature"}


def test_the_first_reading_that_moves_ends_it() -> None:
    series = lived(6)
    go_on(series, START + 6 * HOUR, 5, temperature=23.4)

    series.take(series.newest + series.interval, **moving(1, temperature=23.5))

    assert stuck(series) == {}
    go_on(series, series.newest + series.interval, 2)
    assert stuck(series) == {}


def test_since_stays_while_it_stands_still() -> None:
    series = lived(6)
    go_on(series, START + 6 * HOUR, 5, temperature=23.4)
    since = stuck(series)

    go_on(series, series.newest + series.interval, 100, temperature=23.4)

    assert stuck(series) == since


@pytest.mark.parametrize("rest", [{"rain": 0.0}, {"humidity": 0.0}, {"humidity": 1.0}, {"temperature": 0.0}])
def test_what_rests_at_nothing_or_a_share_that_is_full_is_not_stuck(rest: dict[str, float]) -> None:
    series = lived(6)
    for number in range(100):
        series.take(series.newest + series.interval, **moving(number, rain=1.0 + number % 5))

    go_on(series, series.newest + series.interval, 10, **rest)

    assert stuck(series) == {}


def test_the_top_of_a_range_is_no_rest_but_for_shares() -> None:
    series = lived(6)
    go_on(series, START + 6 * HOUR, 5, temperature=60.0)

    assert stuck(series).keys() == {"temperature"}


def test_what_never_moved_is_not_stuck() -> None:
    series = lived(30, temperature=21.0, rain=3.0)

    assert stuck(series) == {}


def test_what_moves_seldom_is_not_stuck() -> None:
    series = Series()
    for number, time in enumerate(range(START, START + 72 * HOUR, series.interval)):
        series.take(time, **moving(number, temperature=20.0 + number // 36))  # a step every three hours
        assert stuck(series) == {}


def test_a_short_while_after_the_start_nothing_is_known_to_move_usually() -> None:
    series = lived(1)
    go_on(series, START + HOUR, 8, temperature=23.4)

    assert stuck(series) == {}


def test_what_was_stuck_once_can_be_so_again() -> None:
    series = lived(6)
    for _ in range(4):
        go_on(series, series.newest + series.interval, 12, temperature=23.4)
        assert stuck(series).keys() == {"temperature"}
        go_on(series, series.newest + series.interval, 6)
        assert stuck(series) == {}


def test_a_change_between_two_looks_is_seen() -> None:
    series = Series(10_000)
    for number in range(6 * 360):
        series.take(START + number * 10_000, **moving(number))
    for number in range(6 * 360, 12 * 360):  # for ten seconds in every quarter of an hour it moves
        series.take(START + number * 10_000, **moving(number, temperature=5.0 if number % 90 == 45 else 23.4))
        if number % 60 == 0:
            assert stuck(series) == {}


def test_a_metric_that_is_measured_now_and_then_is_not_stuck() -> None:
    series = lived(6)
    for number in range(100):
        values = moving(number, temperature=23.4)
        if number % 3:
            del values["temperature"]
        series.take(series.newest + series.interval, **values)

    assert stuck(series) == {}


def test_a_metric_that_is_no_longer_measured_is_not_stuck() -> None:
    series = lived(6)
    go_on(series, START + 6 * HOUR, 5, temperature=23.4)
    for number in range(3):
        values = moving(number)
        del values["temperature"]
        series.take(series.newest + series.interval, **values)

    assert stuck(series) == {}


def test_a_silent_device_is_not_stuck() -> None:
    series = lived(6)
    series.take(START + 20 * HOUR, **moving(7, temperature=23.4))
    series.take(START + 30 * HOUR, **moving(8, temperature=23.4))

    assert stuck(series) == {}


def test_late_readings_neither_move_nor_still_anything() -> None:
    series = lived(6)
    go_on(series, START + 6 * HOUR, 5, temperature=23.4)

    series.take(START + 7 * HOUR, received=series.newest, **moving(3, temperature=40.0))

    assert stuck(series).keys() == {"temperature"}


@given(st.integers(0, 1 << 32))
def test_what_moves_with_every_reading_is_never_stuck(seed: int) -> None:
    random = Random(seed)
    series = Series()
    for number in range(120):
        series.take(START + number * series.interval, temperature=random.uniform(-20, 60))
    assert stuck(series) == {}


@pytest.mark.parametrize("seed", range(5))
def test_what_moves_mostly_is_stuck_once_it_stops_to(seed: int) -> None:
    random = Random(seed)
    series, value = Series(), 20.0
    for number in range(300):
        value = random.uniform(-20, 60) if random.random() < 0.7 else value
        series.take(START + number * series.interval, temperature=value)
        assert stuck(series) == {}

    for number in range(300, 340):
        series.take(START + number * series.interval, temperature=value)
    assert stuck(series).keys() == {"temperature"}
