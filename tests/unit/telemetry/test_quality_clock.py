"""What readings say of the clock that they were taken by."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.quality import ClockState, Problem
from tests.unit.telemetry.qualities import DAY, HOUR, MINUTE, SECOND, START, Series

ODD = START + 1_237
"""Not on a round interval: a time that is on one may be the beginning of what was averaged."""


def clock(series: Series, now: int | None = None) -> ClockState:
    return series.report(now).clock.state


def test_a_clock_that_is_right() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + 3 * HOUR, delay=350)

    report = series.report()

    assert report.clock.state is ClockState.RIGHT
    assert report.clock.offset == pytest.approx(0.35, abs=0.06)
    assert report.problems == ()


def test_of_a_device_that_sends_no_time_nothing_is_known() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + 3 * HOUR, delay=0, timed=False)

    assert series.report().clock.as_dict() == {"state": "unknown", "offset": None, "drift": None}


def test_a_clock_that_is_ahead_is_noticed_with_the_first_reading() -> None:
    series = Series(MINUTE)
    series.take(ODD, delay=-45 * SECOND)

    report = series.report()

    assert (report.clock.state, report.clock.offset) == (ClockState.AHEAD, -45.0)
    assert report.problems == (Problem.CLOCK,)
    assert report.bad


def test_a_little_ahead_is_right() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + HOUR, delay=-5 * SECOND)

    assert clock(series) is ClockState.RIGHT


def test_a_clock_so_far_ahead_that_its_readings_are_refused() -> None:
    series = Series(MINUTE)
    for minute in range(10):
        at = ODD + minute * MINUTE
        series.quality.refused(at, at + HOUR)

    report = series.report(ODD + 10 * MINUTE)

    assert (report.clock.state, report.clock.offset, report.refused) == (ClockState.AHEAD, -3600.0, 10)


def test_a_clock_that_is_behind() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + HOUR, delay=3 * MINUTE)

    report = series.report()

    assert (report.clock.state, report.clock.offset) == (ClockState.BEHIND, 180.0)
    assert report.problems == (Problem.CLOCK,)


def test_a_clock_that_began_anew_in_1970() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + HOUR)
    for minute in range(30):
        series.quality.refused(ODD + HOUR + minute * MINUTE, minute * MINUTE + 17)
    assert clock(series, ODD + 90 * MINUTE) is ClockState.RIGHT  # an old reading or two prove nothing

    # On its next accepted readings, without a time, the look is taken.
    for minute in range(30, 75):
        at = ODD + HOUR + minute * MINUTE
        series.quality.refused(at, minute * MINUTE + 17)
        series.take(at, received=at, timed=False)

    assert clock(series) is ClockState.BEHIND


def test_a_clock_that_jumps_back_within_what_is_kept() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + 2 * HOUR)

    for minute in range(40):
        time = ODD - 90 * DAY + minute * MINUTE
        series.take(time, received=ODD + 2 * HOUR + minute * MINUTE)

    report = series.report(ODD + 2 * HOUR + 40 * MINUTE)
    assert report.clock.state is ClockState.BEHIND
    assert report.clock.offset == pytest.approx((90 * DAY + 2 * HOUR) / 1000, abs=1)


def test_a_clock_that_stands_still() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + HOUR)
    stopped = series.newest

    for minute in range(40):
        series.take(stopped, received=stopped + minute * MINUTE, temperature=float(minute))

    assert clock(series, stopped + 40 * MINUTE) is ClockState.BEHIND


def test_a_clock_that_was_set_right_is_right_again() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + HOUR, delay=-45 * SECOND)
    series.every_interval(ODD + HOUR, ODD + 2 * HOUR)

    assert clock(series) is ClockState.RIGHT


@given(
    error=st.integers(-55, 7_200).filter(lambda s: abs(s + 5) > 1 and abs(s - 60) > 31),
    delays=st.lists(st.integers(0, 30_000), min_size=90, max_size=90),
    interval=st.sampled_from([10 * SECOND, MINUTE, 4 * MINUTE]),
)
def test_delays_on_the_way_do_not_hide_the_error(error: int, delays: list[int], interval: int) -> None:
    delays[::3] = [0] * 30  # now and then the way is short
    series = Series(interval)
    for number, delay in enumerate(delays):
        time = ODD + number * interval
        series.take(time, received=time + error * SECOND + delay)

    state = clock(series, series.newest + error * SECOND + 30_000)

    if error < -5:
        assert state is ClockState.AHEAD
    elif error < 60:
        assert state is ClockState.RIGHT
    else:
        assert state in {ClockState.BEHIND, ClockState.UNKNOWN}  # uneven receipt tells less


@given(
    batches=st.lists(st.tuples(st.integers(2, 40), st.integers(0, 2_000)), min_size=3, max_size=20),
    spacing=st.integers(0, 400),
)
def test_what_was_stored_and_is_sent_at_once_says_nothing_bad(
    batches: list[tuple[int, int]], spacing: int
) -> None:
    series = Series(MINUTE)
    time = ODD
    for size, wait in batches:
        at = time + size * MINUTE + wait * SECOND
        for number in range(size):
            series.take(time + number * MINUTE, received=at + number * spacing)
            assert not series.report(at + number * spacing).clock.wrong
        time += size * MINUTE + wait * SECOND


def test_a_store_and_forward_device_that_is_always_hours_late_is_unknown() -> None:
    series = Series(5 * MINUTE)
    for burst in range(8):
        start = ODD + burst * 6 * HOUR
        for number in range(72):
            series.take(start + number * 5 * MINUTE, received=start + 7 * HOUR + number * 20)

    assert clock(series, ODD + 8 * 6 * HOUR) is ClockState.UNKNOWN


def test_a_backlog_that_drains_slowly_is_no_clock_that_is_behind() -> None:
    series = Series(SECOND)
    series.every_interval(ODD, ODD + HOUR)
    back = ODD + 2 * HOUR
    for number in range(3_600):  # an hour of readings in six minutes
        series.take(ODD + HOUR + number * SECOND, received=back + number * 100)
        if number % 50 == 0:
            assert not series.report(back + number * 100).clock.wrong


def test_times_at_the_beginning_of_what_was_averaged_are_right() -> None:
    series = Series(HOUR)
    series.every_interval(START, START + 40 * HOUR, delay=HOUR + 20 * SECOND)
    assert clock(series, series.newest + 2 * HOUR) is ClockState.RIGHT

    late = Series(HOUR)
    late.every_interval(START, START + 40 * HOUR, delay=HOUR + 90 * SECOND)
    assert clock(late, late.newest + 2 * HOUR) is ClockState.BEHIND


def test_two_readings_at_a_time_every_other_interval_are_store_and_forward() -> None:
    series = Series(5 * MINUTE)
    for pair in range(60):
        time = ODD + pair * 10 * MINUTE
        for number in range(2):
            series.take(time + number * 5 * MINUTE, received=time + 10 * MINUTE)

    assert not series.report().clock.wrong


@pytest.mark.parametrize("per_day", [-12.0, -1.5, 0.0, 3.0, 40.0])
def test_the_drift_is_how_the_offset_moves(per_day: float) -> None:
    series = Series(5 * MINUTE)
    for number in range(288):
        at = ODD + number * 5 * MINUTE
        fallen_back = round(per_day * number / 288 * 1000)
        series.take(at - fallen_back, received=at + 200 + number % 11 * 300)

    drift = series.report().clock.drift

    assert drift == pytest.approx(per_day, rel=0.1, abs=0.3)


def test_a_clock_that_was_set_is_not_taken_for_one_that_drifts() -> None:
    series = Series(5 * MINUTE)
    series.every_interval(ODD, ODD + 13 * HOUR, delay=-50 * SECOND)
    series.every_interval(ODD + 13 * HOUR, ODD + DAY, delay=300)

    drift = series.report().clock.drift

    assert drift is not None
    assert abs(drift) < 130


def test_of_a_few_hours_no_drift_is_told() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + 4 * HOUR)

    assert series.report().clock.drift is None


def test_a_drifting_clock_is_named_once_it_is_wrong() -> None:
    series = Series(MINUTE)
    states = []
    for number in range(24 * 60):
        at = ODD + number * MINUTE
        series.take(at + number * 30, received=at + 500)  # gains 43 s a day
        if number % 60 == 59:
            states.append(clock(series, at + SECOND))

    assert states[0] is ClockState.RIGHT
    assert states[-1] is ClockState.AHEAD
    assert states == sorted(states, key=[ClockState.RIGHT, ClockState.AHEAD].index)
    drift = series.report().clock.drift
    assert drift == pytest.approx(-43.2, abs=1)


def test_what_was_heard_a_day_ago_says_nothing_of_the_clock_now() -> None:
    series = Series(MINUTE)
    series.take(ODD, delay=-45 * SECOND)

    assert clock(series, ODD + 25 * HOUR) is ClockState.UNKNOWN


@pytest.mark.parametrize("ts", [0, -1, 1 << 61, 1 << 80, -(1 << 80)])
def test_whatever_time_a_refused_reading_claims_the_state_can_be_kept(ts: int) -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + HOUR)
    series.quality.refused(series.newest, ts)
    series.every_interval(ODD + HOUR, ODD + 2 * HOUR)

    assert orjson.loads(orjson.dumps(series.quality.dump()))
    assert clock(series) is not ClockState.BEHIND


def test_what_is_taken_again_from_the_quarantine_as_of_then_does_not_turn_time_back() -> None:
    series = Series(MINUTE)
    series.every_interval(ODD, ODD + 5 * HOUR, delay=3 * MINUTE)
    for minute in range(0, 60, 7):
        time = ODD + HOUR + minute * MINUTE + 9
        series.take(time, received=time + 3 * MINUTE)

    assert clock(series) is ClockState.BEHIND
