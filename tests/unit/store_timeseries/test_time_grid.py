"""Buckets of city time, and spans of moments."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.store.timeseries.grid import pieces, within
from services.store.timeseries.protocol import Selection
from services.store.timeseries.spans import GAP, MOST, spans
from tests.contract.timeseries.model import DAY, START

HOUR = 3_600_000
YEAR = 365 * DAY
ZONES = ["Asia/Bangkok", "Europe/Berlin", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]


def local(time: int, zone: str) -> datetime:
    return datetime.fromtimestamp(time / 1000, ZoneInfo(zone))


@given(
    st.integers(START - 5 * YEAR, START + 5 * YEAR),
    st.integers(1, YEAR),
    st.sampled_from([60_000, 7 * 60_000, HOUR, 5 * HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY]),
    st.sampled_from(ZONES),
)
def test_pieces_cover_the_span_without_gap_and_each_bucket_begins_where_it_should(
    start: int, length: int, every: int, zone: str
) -> None:
    found = pieces(start, start + length, every, zone)
    assert found[0].start <= start
    assert found[-1].end >= start + length
    assert all(before.end == after.start for before, after in pairwise(found))
    for piece in found:
        for time in (piece.start, piece.end - 1, (piece.start + piece.end) // 2):
            bucket = piece.bucket(time)
            assert piece.start <= bucket <= time < bucket + piece.every
            if every >= DAY:
                assert _first_of_its_day(bucket, zone)


def _first_of_its_day(time: int, zone: str) -> bool:
    return local(time, zone).date() != local(time - 1, zone).date()


def test_a_zone_that_never_changes_its_clock_is_one_piece() -> None:
    (piece,) = pieces(START, START + YEAR, 6 * HOUR, "Asia/Bangkok")
    assert piece.start == START


def test_a_midnight_that_the_clock_skips_is_the_moment_after() -> None:
    skipped = int(datetime(2026, 3, 8, 1, tzinfo=ZoneInfo("America/Havana")).timestamp()) * 1000
    assert pieces(skipped, skipped + 1, DAY, "America/Havana")[0].bucket(skipped) == skipped


def test_all_of_time_is_clipped_to_what_a_calendar_holds() -> None:
    (piece,) = pieces(-(2**70), 2**70, HOUR, "Asia/Bangkok")
    assert piece.start < 30 * DAY
    assert pieces(5, 5, HOUR, "UTC") == []


@pytest.mark.parametrize("every", [0, -1, DAY + 1, 36 * HOUR])
def test_spans_that_fit_no_calendar_are_refused(every: int) -> None:
    with pytest.raises(ValueError, match="bucket"):
        pieces(START, START + 1, every, "UTC")


def test_the_part_of_a_selection_in_a_piece() -> None:
    (piece,) = pieces(START, START + HOUR, HOUR, "Asia/Bangkok")
    part = within(Selection(START + 5, START + 9 * DAY, zones=("samyan",)), piece)
    assert (part.start, part.end, part.zones) == (START + 5, piece.end, ("samyan",))


@given(st.lists(st.integers(0, 50 * GAP), max_size=60))
def test_spans_hold_every_moment_and_little_else(moments: list[int]) -> None:
    found = spans(moments)
    assert all(any(first <= moment <= last for first, last in found) for moment in moments)
    assert {edge for span in found for edge in span} <= set(moments)
    assert found == sorted(found)
    assert len(found) <= MOST
    gaps = [after[0] - before[1] for before, after in pairwise(found)]
    assert all(gap > GAP for gap in gaps)


def test_more_gaps_than_spans_leave_the_widest() -> None:
    moments = [number * number * GAP * 2 for number in range(40)]
    found = spans(moments)
    assert len(found) == MOST
    assert found[0] == (0, moments[40 - MOST])
