from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import timestamps
from devices.codecs.timestamps import BadTimestampError, parse_timestamp

NOON = 1_795_237_200_000


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (NOON, NOON),
        (float(NOON), NOON),
        (0, 0),
        (-1, -1),
        (100_000_000_000, 100_000_000_000),
        ("2026-11-21T12:00:00+07:00", NOON),
        ("2026-11-21T05:00:00Z", NOON),
        ("2026-11-21t05:00:00z", NOON),
        ("2026-11-21 05:00:00-00:00", NOON),
        ("2026-11-20T23:30:00.5-05:30", NOON + 500),
        ("2026-11-21T05:00:00.12Z", NOON + 120),
        ("2026-11-21T05:00:00.1239999999Z", NOON + 123),
        ("1973-01-01T00:00:00Z", 94_694_400_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("2017-01-01T06:59:60+07:00", 1_483_228_800_000),
    ],
)
def test_moments(value: Any, time: int) -> None:
    assert parse_timestamp(value) == time


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_763_701_200, timestamps.SECONDS),
        (1_763_701_200.0, timestamps.SECONDS),
        (1_763_701_200_000_000, timestamps.FINER),
        (10**30, timestamps.FINER),
        (1.5e300, timestamps.FINER),
        (-(10**18), timestamps.EITHER),
        (True, timestamps.EITHER),
        (None, timestamps.EITHER),
        ([], timestamps.EITHER),
        ({}, timestamps.EITHER),
        (NOON + 0.5, timestamps.WHOLE),
        (float("nan"), timestamps.WHOLE),
        (float("inf"), timestamps.WHOLE),
        ("", timestamps.EITHER),
        ("yesterday", timestamps.EITHER),
        (str(NOON), timestamps.EITHER),
        ("2026-11-21", timestamps.EITHER),
        ("2026-11-21T12:00+07:00", timestamps.EITHER),
        ("20261121T120000Z", timestamps.EITHER),
        ("2026-W47-6T12:00:00Z", timestamps.EITHER),
        ("2026-11-21T12:00:00+0700", timestamps.EITHER),
        ("2026-11-21T12:00:00Z\n", timestamps.EITHER),
        ("๒๐๒๖-11-21T12:00:00Z", timestamps.EITHER),
        ("2026-11-21T12:00:00", timestamps.OFFSET),
        ("2026-11-21 12:00:00.000", timestamps.OFFSET),
        ("2026-02-29T12:00:00Z", timestamps.CALENDAR),
        ("0000-01-01T00:00:00Z", timestamps.CALENDAR),
        ("2026-11-21T24:00:00Z", timestamps.EITHER),
        ("2026-11-21T12:60:00Z", timestamps.CALENDAR),
        ("2026-11-21T12:00:60Z", timestamps.CALENDAR),
        ("2026-11-21T12:00:61Z", timestamps.CALENDAR),
        ("2026-11-21T12:00:00+24:00", timestamps.CALENDAR),
        ("0001-01-01T00:00:00+07:00", timestamps.YEARS),
        ("9999-12-31T23:59:59-07:00", timestamps.YEARS),
    ],
)
def test_what_is_no_moment_is_answered_with_what_would_be(value: Any, expected: str) -> None:
    with pytest.raises(BadTimestampError) as refused:
        parse_timestamp(value)
    assert str(refused.value) == expected


moments = st.integers(315_532_800_000_000, 7_258_118_400_000_000)  # µs, 1980 to 2200
offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(moments, offsets)
def test_text_means_what_the_calendar_says(moment: int, zone: timezone) -> None:
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).astimezone(zone)
    assert parse_timestamp(local.isoformat()) == moment // 1_000


anything = st.text() | st.integers() | st.floats() | st.from_regex(timestamps._RFC3339, fullmatch=True)


@given(anything)
def test_anything_is_a_moment_or_is_refused(value: Any) -> None:
    try:
        time = parse_timestamp(value)
    except BadTimestampError:
        return
    assert isinstance(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time), datetime)
