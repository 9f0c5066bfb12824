"""Times without a reading, and how late readings mend them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.quality import Gaps, Problem
from tests.unit.telemetry.qualities import DAY, HOUR, MINUTE, START, Series, without


def gapped(*gaps: tuple[int, int]) -> Series:
    series = Series()
    times: list[int] = list(range(START, START + 12 * HOUR, series.interval))
    for start, end in gaps:
        times = without(times, START + start, START + end)
    series.run(times)
    return series


def test_up_to_three_intervals_are_no_gap() -> None:
    assert gapped((HOUR, HOUR + 10 * MINUTE)).report().gaps == Gaps()


def test_a_gap_lies_between_its_neighbours() -> None:
    report = gapped((HOUR, HOUR + 15 * MINUTE)).report()

    assert report.gaps == Gaps(1, 20 * MINUTE, START + 55 * MINUTE, START + 75 * MINUTE)
    assert Problem.GAPS in report.problems
    assert report.as_dict()["gaps"] == {
        "count": 1,
        "longest": 1200,
        "last": {"start": "2026-01-04T17:55:00.000Z", "end": "2026-01-04T18:15:00.000Z"},
    }


def test_the_longest_and_the_last() -> None:
    report = gapped((HOUR, 3 * HOUR), (5 * HOUR, 6 * HOUR), (8 * HOUR, 8 * HOUR + 30 * MINUTE)).report()

    assert report.gaps.count == 3
    assert report.gaps.longest == 2 * HOUR + 5 * MINUTE
    assert (report.gaps.start, report.gaps.end) == (
        START + 8 * HOUR - 5 * MINUTE,
        START + 8 * HOUR + 30 * MINUTE,
    )


def test_a_gap_that_goes_on_has_no_end() -> None:
    series = gapped((HOUR, 2 * HOUR))
    newest = series.newest

    assert series.report(newest + 3 * series.interval).gaps.count == 1
    report = series.report(newest + 4 * HOUR)
    assert report.gaps == Gaps(2, 4 * HOUR, newest, None)

    series.take(newest + 4 * HOUR)
    assert series.report().gaps == Gaps(2, 4 * HOUR, newest, newest + 4 * HOUR)


def test_late_readings_mend_a_gap_or_divide_it() -> None:
    series = gapped((HOUR, 3 * HOUR))

    series.take(START + 2 * HOUR, received=series.newest)
    assert series.report().gaps.count == 2
    assert series.report().gaps.longest == HOUR + 5 * MINUTE

    series.run(range(START + HOUR, START + 3 * HOUR, series.interval), received=series.newest)
    assert series.report().gaps == Gaps()


@given(st.permutations(range(24)))
def test_the_order_of_late_readings_does_not_matter(order: list[int]) -> None:
    series = gapped((HOUR, 3 * HOUR))

    for number in order:
        series.take(START + HOUR + number * series.interval, received=series.newest)

    assert series.report().gaps == Gaps()


def test_after_a_day_a_gap_is_forgotten() -> None:
    series = gapped((HOUR, 2 * HOUR))
    series.every_interval(START + 12 * HOUR, START + 2 * HOUR + DAY - 5 * MINUTE)
    assert series.report().gaps.count == 1

    series.every_interval(START + 2 * HOUR + DAY - 5 * MINUTE, START + 3 * HOUR + DAY)
    assert series.report().gaps == Gaps()


def test_of_very_many_the_longest_and_the_newest_are_kept() -> None:
    series = Series(MINUTE)
    time, spans = START, [10, 50, *(5 + number % 3 for number in range(60)), 4]
    for span in spans:
        series.take(time)
        time += span * MINUTE
    series.take(time)

    report = series.report()

    assert report.gaps == Gaps(12, 50 * MINUTE, time - 4 * MINUTE, time)


def test_a_device_without_a_gap_keeps_nothing_for_them() -> None:
    series = gapped()

    assert series.quality._blemishes is None
