"""Expected against received: what counts for which interval."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.quality import Problem
from services.telemetry.quality import never_heard
from tests.unit.telemetry.qualities import DAY, HOUR, MINUTE, SECOND, START, Series, without


def test_a_device_that_reports_as_expected_is_complete() -> None:
    series = Series()
    series.every_interval(START, START + 2 * DAY)

    report = series.report()

    assert report.completeness == 1.0
    assert 22 * 12 - 1 <= report.expected <= 24 * 12
    assert report.received == report.expected
    assert report.problems == ()


def test_nothing_is_said_before_enough_time_has_passed() -> None:
    series = Series()
    series.take(START)

    assert series.report(START + 2 * series.interval).completeness is None
    assert series.report(START + 4 * series.interval).completeness == pytest.approx(1 / 3)


def test_of_a_device_that_reports_once_a_day_no_share_is_told() -> None:
    series = Series(DAY)
    series.run(range(START, START + 9 * DAY, DAY))

    report = series.report(START + 8 * DAY + 23 * HOUR)

    assert (report.expected, report.received, report.completeness) == (0, 0, None)
    assert report.problems == ()


def test_every_second_reading_lost_is_half() -> None:
    series = Series(MINUTE)
    series.run(range(START, START + DAY, 2 * MINUTE))

    assert series.report().completeness == pytest.approx(0.5, abs=0.01)
    assert series.report().problems == (Problem.INCOMPLETE,)


@pytest.mark.parametrize("interval", [100, SECOND, 7 * SECOND, MINUTE, 7 * MINUTE, HOUR, 5 * HOUR])
def test_whatever_the_interval(interval: int) -> None:
    series = Series(interval)
    series.every_interval(START, START + max(3 * HOUR, 9 * interval))

    assert series.report().completeness == 1.0


def test_a_device_that_reports_more_often_than_it_has_to_counts_once_an_interval() -> None:
    series = Series(MINUTE)
    times = range(START, START + 20 * HOUR, 7 * SECOND)
    series.run(without(times, START + 5 * HOUR, START + 15 * HOUR))

    assert series.report().completeness == pytest.approx(0.5, abs=0.01)


@given(st.integers(0, 5 * MINUTE), st.sets(st.integers(1, 238)), st.integers(0, 1 << 32))
def test_jitter_neither_loses_nor_adds(phase: int, lost: set[int], seed: int) -> None:
    series, random = Series(), Random(seed)
    start = START - START % DAY + phase
    for number in range(240):
        if number not in lost:
            series.take(start + number * series.interval + random.randint(-37_000, 37_000))

    report = series.report(start + 239 * series.interval + MINUTE)

    assert report.received == min(240 - len(lost), report.expected)
    assert abs(report.expected - 239) <= 1


def test_a_device_whose_interval_is_a_little_longer_misses_little() -> None:
    series = Series()
    series.run(range(START, START + DAY, 5 * MINUTE + 5 * SECOND))

    assert series.report().completeness == pytest.approx(300 / 305, abs=0.01)


@given(st.integers(1, 100), st.integers(3, 90))
def test_what_comes_late_counts_for_its_own_time(first: int, count: int) -> None:
    series = Series()
    times = list(range(START, START + 20 * HOUR, series.interval))
    start, end = START + first * series.interval, START + (first + count) * series.interval
    series.run(without(times, start, end))
    now = series.newest + MINUTE
    before = series.report(now)
    assert before.received == min(240 - count, before.expected)

    series.run(range(start, end, series.interval), received=now)

    after = series.report(now)
    assert after.received == after.expected == before.expected
    assert after.problems == ()


def test_a_flood_of_late_readings_fills_no_more_than_its_hours() -> None:
    series = Series(MINUTE)
    series.every_interval(START, START + 4 * HOUR)
    series.every_interval(START + 14 * HOUR, START + 20 * HOUR)

    now = series.newest + MINUTE
    for round_ in range(5):
        series.run(range(START + 4 * HOUR + round_ * 7, START + 9 * HOUR, 20 * SECOND), received=now)

    assert series.report(now).completeness == pytest.approx(0.75, abs=0.01)


def test_what_is_older_than_a_day_counts_no_more() -> None:
    series = Series()
    series.every_interval(START, START + 3 * DAY)
    late = START - DAY
    before = series.report()

    series.run(range(late, late + HOUR, series.interval), received=series.newest + MINUTE)

    assert series.report() == before


def test_a_silent_device_is_less_complete_from_hour_to_hour() -> None:
    series = Series()
    series.every_interval(START, START + DAY)
    shares = [series.report(START + DAY + hours * HOUR).completeness or 0.0 for hours in (0, 6, 12, 25)]

    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1.0
    assert shares[-1] == 0.0


def test_expectations_begin_with_the_first_reading_or_later() -> None:
    series = Series()
    series.every_interval(START + 10 * HOUR, START + 12 * HOUR)

    assert series.report().completeness == 1.0
    assert series.report().since == START + 10 * HOUR
    assert series.report(since=START + 11 * HOUR).since == START + 11 * HOUR
    assert series.report(since=START + 11 * HOUR).completeness == 1.0


def test_a_device_that_was_never_heard() -> None:
    report = never_heard(START + HOUR, 5 * MINUTE, START)

    assert (report.expected, report.received, report.completeness) == (11, 0, 0.0)
    assert report.gaps.as_dict() == {
        "count": 1,
        "longest": 3600,
        "last": {"start": "2026-01-04T17:00:00.000Z", "end": None},
    }
    assert report.problems == (Problem.INCOMPLETE, Problem.GAPS)
    assert never_heard(START + MINUTE, 5 * MINUTE, START).problems == ()


def test_refusals_of_a_day_by_when_they_were_received() -> None:
    series = Series()
    for minute in range(0, 30 * 60, 10):
        series.quality.refused(START + minute * MINUTE, None)
    series.quality.refused(START + 30 * HOUR, None, count=5)

    report = series.report(START + 30 * HOUR)

    assert 22 * 6 + 5 <= report.refused <= 24 * 6 + 5
    assert Problem.REFUSED in report.problems
    assert series.report(START + 60 * HOUR).refused == 0


def test_refusals_stand_beside_what_was_taken() -> None:
    series = Series()
    series.every_interval(START, START + HOUR)
    series.quality.refused(START + HOUR, None)

    report = series.report()

    assert (report.refused, report.completeness, report.problems) == (1, 1.0, (Problem.REFUSED,))
