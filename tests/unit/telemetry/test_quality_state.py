"""What holds whatever comes, what outlives a restart, and what a series costs in memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.quality import ClockQuality, ClockState, DeviceQuality, Gaps, StuckMetric, together
from services.telemetry.quality import Quality, never_heard
from tests.unit.telemetry.qualities import DAY, HOUR, MINUTE, START, WATCHED, Series

SPANS = st.integers(-DAY, DAY) | st.integers(-MINUTE, 20 * MINUTE) | st.just(0)
STEPS = st.tuples(
    st.sampled_from(["taken", "untimed", "refused", "future"]),
    st.integers(0, 4 * HOUR) | st.integers(0, 10 * MINUTE),
    SPANS,
    st.sampled_from([0.0, 1.0, 21.5, 22.0]),
)
INTERVALS = st.sampled_from([50, 1_000, MINUTE, 5 * MINUTE, HOUR, 12 * HOUR])


def play(quality: Quality, steps: Sequence[Any], interval: int, now: int = START) -> int:
    for kind, waited, ago, value in steps:
        now += waited
        values = {"temperature": value, "humidity": value / 30}
        if kind == "taken":
            quality.taken(now - max(ago, -MINUTE), now, values, interval)
        elif kind == "untimed":
            quality.taken(now, now, values, interval, False)
        else:
            quality.refused(now, now + abs(ago) + MINUTE if kind == "future" else None)
    return now


@given(st.lists(STEPS, max_size=60), INTERVALS, st.integers(0, 2 * DAY))
def test_whatever_comes_the_figures_hold_together(steps: Any, interval: int, later: int) -> None:
    quality = Quality(WATCHED)
    now = play(quality, steps, interval) + later

    report = quality.report(now, interval, START - HOUR)

    assert 0 <= report.received <= report.expected <= DAY // max(interval, 1_000)
    assert report.completeness is None or 0 <= report.completeness <= 1
    assert 0 <= report.refused <= len(steps)
    assert (report.gaps.count == 0) == (report.gaps.longest == 0)
    assert report.gaps.longest == 0 or report.gaps.longest > 3 * interval
    assert all(stuck.since <= now for stuck in report.stuck)
    assert now - DAY <= report.since
    orjson.dumps(report.as_dict())


@given(st.lists(STEPS, max_size=40), st.lists(STEPS, max_size=40), INTERVALS)
def test_a_restart_changes_nothing(before: Any, after: Any, interval: int) -> None:
    quality = Quality(WATCHED)
    now = play(quality, before, interval)
    saved = orjson.loads(orjson.dumps(quality.dump()))
    restored = Quality.load(saved, WATCHED, quality._values)

    end = play(quality, after, interval, now)
    play(restored, after, interval, now)

    assert restored.report(end, interval, START) == quality.report(end, interval, START)
    assert orjson.dumps(restored.dump()) == orjson.dumps(quality.dump())


@given(st.lists(STEPS, max_size=40), INTERVALS)
def test_the_same_readings_give_the_same_state(steps: Any, interval: int) -> None:
    one, other = Quality(WATCHED), Quality(WATCHED)

    assert play(one, steps, interval) == play(other, steps, interval)
    assert one.dump() == other.dump()


def test_a_report_changes_nothing() -> None:
    series = Series()
    series.every_interval(START, START + 30 * HOUR)
    before = series.quality.dump()

    series.report(START + 40 * HOUR)

    assert series.quality.dump() == before


def test_a_metric_that_is_new_in_a_type_begins_anew_after_a_restart() -> None:
    series = Series()
    series.every_interval(START, START + 6 * HOUR)
    saved = series.quality.dump()
    saved[5] = {"temperature": saved[5]["temperature"], "gone": 7}

    restored = Quality.load(saved, WATCHED, {"temperature": 20.0})

    assert restored.dump()[5] == {"temperature": saved[5]["temperature"]}


def test_a_series_costs_little_memory() -> None:
    series = Series(MINUTE)
    for number in range(30 * 60):
        time = START + number * MINUTE
        series.take(time, temperature=20 + number % 7 / 10, humidity=0.5 + number % 3 / 10, rain=0.0)
    quality = series.quality
    shared = ("_values", "_watched", "_quiet", "_heard_time")  # with who hands them in, or one another
    own = [getattr(quality, name) for name in Quality.__slots__ if name not in shared]

    size = sys.getsizeof(quality) + sum(sys.getsizeof(part) for part in own if not _small(part))

    assert quality._blemishes is None
    assert size <= 480


def test_of_bad_series_no_more_is_kept_than_of_a_day() -> None:
    series = Series(MINUTE)
    for number in range(2_000):
        series.take(START + number * 7 * MINUTE)
        series.quality.refused(START + number * 7 * MINUTE, None)

    assert len(orjson.dumps(series.quality.dump())) < 1_500


def _small(part: Any) -> bool:
    """What Python keeps one of for all."""
    return part is None or (isinstance(part, int) and -5 <= part <= 256)


def test_of_several_types_the_worst_is_told() -> None:
    right = DeviceQuality(
        START + 5, 100, 90, 1, Gaps(1, 500, START, START + 500), (), ClockQuality(ClockState.RIGHT, 0.2, 0.0)
    )
    stuck = StuckMetric("WeatherObserved", "temperature", START)
    wrong = DeviceQuality(
        START,
        50,
        50,
        0,
        Gaps(2, 900, START + 100, None),
        (stuck,),
        ClockQuality(ClockState.AHEAD, -7.0, -1.0),
    )
    unknown = DeviceQuality(START + 9)

    whole = together([right, wrong, unknown])

    assert (whole.since, whole.expected, whole.received, whole.refused) == (START, 150, 140, 1)
    assert whole.gaps == Gaps(3, 900, START + 100, None)
    assert whole.stuck == (stuck,)
    assert whole.clock is wrong.clock
    assert together([unknown, right]).clock is right.clock
    assert together([unknown]) is unknown
    assert together([unknown, unknown]).gaps == Gaps()


def test_a_document_of_a_device_of_which_all_is_wrong() -> None:
    quality = DeviceQuality(
        START,
        100,
        33,
        4,
        Gaps(2, 1_800_000, START + HOUR, START + 2 * HOUR),
        (StuckMetric("WeatherObserved", "temperature", START),),
        ClockQuality(ClockState.BEHIND, 61.5, 3.2),
    )

    assert quality.as_dict() == {
        "since": "2026-01-04T17:00:00.000Z",
        "expected": 100,
        "received": 33,
        "completeness": 0.33,
        "refused": 4,
        "gaps": {
            "count": 2,
            "longest": 1800,
            "last": {"start": "2026-01-04T18:00:00.000Z", "end": "2026-01-04T19:00:00.000Z"},
        },
        "stuck": [{"type": "WeatherObserved", "metric": "temperature", "since": "2026-01-04T17:00:00.000Z"}],
        "clock": {"state": "behind", "offset": 61.5, "drift": 3.2},
        "problems": ["stuck", "clock", "incomplete", "gaps", "refused"],
    }


def test_a_type_that_was_never_sent_is_not_missed_while_another_is() -> None:
    sent = Series()
    sent.every_interval(START, START + 6 * HOUR)
    now = sent.newest + MINUTE
    never = never_heard(now, 5 * MINUTE, START, refused=2)

    whole = together([never, sent.report(now)])

    assert (whole.completeness, whole.gaps.count, whole.refused, whole.heard) == (1.0, 0, 2, True)
    nothing = together([never, never])
    assert (nothing.completeness, nothing.expected, nothing.gaps.count) == (0.0, never.expected, 1)
