"""Spans of time in which one thing was so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.status.history.timeline import NOT_KNOWN, Held, Span, Timeline, durations, worst
from services.status.model import Status
from services.store.records.history import StatusStep

WELL = Held(Status.OPERATIONAL, True)
OUT = Held(Status.OUTAGE, True)
WORK = Held(Status.MAINTENANCE, True)
HELDS = [WELL, OUT, WORK, NOT_KNOWN]

changes = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(HELDS)), max_size=12)


def told(timeline: Timeline, start: int, end: int) -> list[Held]:
    """What it was, ms by ms."""
    return [timeline.at(moment) for moment in range(start, end)]


def test_before_the_first_change_nothing_is_known() -> None:
    timeline = Timeline([(10, WELL), (20, OUT)])
    assert [*timeline.spans(0, 30)] == [Span(0, 10, NOT_KNOWN), Span(10, 20, WELL), Span(20, 30, OUT)]
    assert timeline.first == 10
    assert [*Timeline().spans(5, 9)] == [Span(5, 9, NOT_KNOWN)]
    assert [*timeline.spans(9, 9)] == []


def test_what_changes_nothing_is_left_out() -> None:
    timeline = Timeline([(10, WELL), (15, WELL), (20, OUT), (20, WELL), (30, WELL)])
    assert [*timeline.changes()] == [(10, WELL)]
    assert len(timeline) == 1


def test_a_part_is_replaced_and_what_follows_goes_on() -> None:
    timeline = Timeline([(0, WELL), (10, OUT), (30, WELL)])
    timeline.replace(10, 20, [(12, OUT)])
    # It was well up to 12, out up to 20, and out from there as it was told.
    assert [*timeline.changes()] == [(0, WELL), (12, OUT), (30, WELL)]
    timeline.replace(5, 25, [])
    assert [*timeline.changes()] == [(0, WELL), (25, OUT), (30, WELL)]
    timeline.replace(40, 50, [(40, WORK)])
    assert [*timeline.changes()] == [(0, WELL), (25, OUT), (30, WELL), (40, WORK), (50, WELL)]


def test_a_gap_in_which_nakhon_did_not_run_is_unknown() -> None:
    hour = 3_600_000
    steps = [
        StatusStep(0, "operational", True, "well"),
        StatusStep(2 * hour, "unknown", False, "deaf"),  # the last sign of life
        StatusStep(5 * hour, "operational", True, "well"),
    ]
    held = durations(Timeline.of(steps), 0, 6 * hour)
    assert held[Status.UNKNOWN] == 3 * hour
    assert held[Status.OPERATIONAL] == 3 * hour
    assert sum(held.values()) == 6 * hour
    assert worst(held) is Status.UNKNOWN


def test_the_worst_is_of_what_held_for_any_time() -> None:
    assert worst(durations(Timeline([(0, WELL), (9, OUT), (10, WELL)]), 0, 20)) is Status.OUTAGE
    assert worst(durations(Timeline([(0, WELL), (10, OUT)]), 0, 10)) is Status.OPERATIONAL
    assert worst({}) is Status.UNKNOWN


def test_the_past_may_be_forgotten() -> None:
    timeline = Timeline([(0, WELL), (10, OUT), (20, WELL), (30, OUT)])
    timeline.forget(25)
    assert [*timeline.changes()] == [(20, WELL), (30, OUT)]
    timeline.forget(5)
    assert len(timeline) == 2


@given(changes, changes, st.integers(0, 70), st.integers(0, 70))
def test_replacing_is_as_told_ms_by_ms(
    before: list[tuple[int, Held]], new: list[tuple[int, Held]], start: int, end: int
) -> None:
    start, end = min(start, end), max(start, end)
    timeline, found = Timeline(before), Timeline(before)
    within = [(at, held) for at, held in new if start <= at < end]
    found.replace(start, end, within)
    expected = told(timeline, -1, start)
    state, places = (timeline.at(start - 1), dict(within))
    for moment in range(start, end):
        state = places.get(moment, state)
        expected.append(state)
    assert told(found, -1, end) == expected
    assert told(found, end, 80) == told(timeline, end, 80)


@given(changes, st.integers(-5, 70), st.integers(-5, 70))
def test_spans_cover_everything_once(given_changes: list[tuple[int, Held]], start: int, end: int) -> None:
    timeline = Timeline(given_changes)
    spans = [*timeline.spans(start, end)]
    assert [span.held for span in spans for _ in range(span.length)] == told(timeline, start, end)
    assert all(span.length > 0 for span in spans)
    assert sum(durations(timeline, start, end).values()) == max(0, end - start)
