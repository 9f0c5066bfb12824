"""Times of recordings: formats, units, zones of time and the hours that clocks repeat or skip."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.recordings.timeformats import compile_format, read_iso
from devices.recordings.times import TimeReader, time_zone

wall = datetime.fromisoformat


def reader(layout: str | None = None, zone: str = "UTC", unit: str | None = None, **more: Any) -> TimeReader:
    return TimeReader(compile_format(layout, **more) if layout else None, unit, time_zone(zone))


def read(texts: Any, *args: Any, **more: Any) -> list[str | None]:
    column = texts if isinstance(texts, pa.Array) else pa.array(texts)
    moments = reader(*args, **more).read([column], lambda row: 0).to_pylist()
    return [None if ms is None else shown(ms) for ms in moments]


def shown(ms: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00").removesuffix(".000")


@pytest.mark.parametrize(
    ("layout", "text", "expected"),
    [
        ("%d/%m/%Y %H:%M", "01/02/2024 03:04", "2024-02-01T03:04:00"),
        ("%d/%m/%Y %H:%M", "1/2/2024 3:04", "2024-02-01T03:04:00"),
        ("%d/%m/%Y %H:%M", "31/12/2024 24:00", "2025-01-01T00:00:00"),
        ("%d/%m/%Y %H:%M", "31/12/2024 24:01", None),
        ("%d/%m/%Y %H:%M", "30/02/2024 03:04", None),
        ("%d/%m/%Y %H:%M", "01/02/2024 03:60", None),
        ("%d/%m/%Y %H:%M", "01/02/2024 03:04 ", "2024-02-01T03:04:00"),
        ("%d/%m/%Y %H:%M", "01/02/2024 03:04:05", None),
        ("%m/%d/%Y %I:%M:%S %p", "01/02/2024 12:05:06 AM", "2024-01-02T00:05:06"),
        ("%m/%d/%Y %I:%M:%S %p", "01/02/2024 12:05:06 pm", "2024-01-02T12:05:06"),
        ("%Y%m%d%H%M", "202401020304", "2024-01-02T03:04:00"),
        ("%y%m%d %H%M", "240102 130", "2024-01-02T01:30:00"),
        ("%y%m%d %H%M", "240102 2400", "2024-01-03T00:00:00"),
        ("%Y-%j", "2024-366", "2024-12-31T00:00:00"),
        ("%Y-%j", "2023-366", None),
        ("%d %b %Y %H:%M", "5 Mar 2024 06:07", "2024-03-05T06:07:00"),
        ("%d %B %Y", "5 มีนาคม 2024", "2024-03-05T00:00:00"),
        ("%Y-%m-%dT%H:%M:%S.%f", "2024-01-02T03:04:05.6789", "2024-01-02T03:04:05.678"),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-02T03:04:05+07:00", "2024-01-01T20:04:05"),
        ("%d.%m.%y", "02.01.99", "1999-01-02T00:00:00"),
        ("%F %T", "2024-01-02 03:04:05", "2024-01-02T03:04:05"),
    ],
)
def test_a_format_reads(layout: str, text: str, expected: str | None) -> None:
    assert read([text], layout) == [expected]
    many = [text, *(f"{layout}{number}" for number in range(3_000))]
    assert read(many, layout)[0] == expected, "the way for many different times reads the same"


def test_buddhist_years_know_their_own_leap_years() -> None:
    texts = ["29/02/2567", "29/02/2566", "1/1/2566"]
    assert read(texts, "%d/%m/%Y", buddhist=True) == ["2024-02-29T00:00:00", None, "2023-01-01T00:00:00"]
    assert read(["29/02/67"], "%d/%m/%y", buddhist=True) == ["2024-02-29T00:00:00"]
    assert read(texts, "%d/%m/%Y") == [None, None, None], "else they are beyond what a recording can hold"


@pytest.mark.parametrize(
    ("layout", "why"),
    [
        ("%H:%M", "needs a year"),
        ("%Y-%m", "needs a year, a month and a day"),
        ("%Q %Y %m %d", "unknown %Q"),
        ("%d %d %m %Y", "%d stands twice"),
        ("%Y-%m-%d %I:%M", "%I and %p"),
    ],
)
def test_a_format_that_says_no_moment_is_refused(layout: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        compile_format(layout)


@settings(max_examples=50, deadline=None)
@given(
    st.datetimes(wall("1901-01-01"), wall("2199-12-30")),
    st.sampled_from(
        ["%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%m/%d/%Y %I:%M:%S %p", "%d %b %Y %H.%M.%S"]
    ),
)
def test_what_strftime_writes_is_read_back(moment: datetime, layout: str) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1_000 * 1_000 if "%f" in layout else 0)
    text = whole.strftime(layout)
    expected = whole.isoformat(timespec="milliseconds").removesuffix(".000")
    assert read([text], layout) == [expected]


def test_without_a_format_times_are_rfc_3339_and_local_without_an_offset() -> None:
    texts = [
        "2024-01-02T03:04:05Z",
        "2024-01-02T03:04:05.678912+07:00",
        "2024-01-02 03:04",
        "2024-01-02",
        "1704164645000",
        "2024-01-32",
        "",
        "soon",
    ]
    expected = [
        "2024-01-02T03:04:05",
        "2024-01-01T20:04:05.678",
        "2024-01-01T20:04:00",
        "2024-01-01T17:00:00",
        "2024-01-02T03:04:05",
        None,
        None,
        None,
    ]
    assert read(texts, zone="Asia/Bangkok") == expected
    assert [read([text], zone="Asia/Bangkok")[0] for text in texts] == expected, "alone as in company"


@settings(max_examples=50, deadline=None)
@given(st.datetimes(wall("1900-01-02"), wall("2199-12-30")), st.sampled_from(["", "Z", "+07:00", "-03:30"]))
def test_both_ways_of_reading_rfc_3339_agree(moment: datetime, offset: str) -> None:
    text = moment.isoformat(timespec="milliseconds") + offset
    found = read_iso(text)
    assert found is not None
    assert read([text]) == [shown(found[0] - (found[1] or 0))]


@pytest.mark.parametrize(
    ("unit", "numbers", "expected"),
    [
        ("s", [1704164645, 1704164645000], ["2024-01-02T03:04:05", None]),
        ("s", ["1704164645.5", "x", ""], ["2024-01-02T03:04:05.500", None, None]),
        ("s", [1704164645.5], ["2024-01-02T03:04:05.500"]),
        ("ms", [1704164645000], ["2024-01-02T03:04:05"]),
        ("us", [1704164645000000], ["2024-01-02T03:04:05"]),
        (None, [1704164645000, 1704164645], ["2024-01-02T03:04:05", None]),
    ],
)
def test_numbers_count_from_1970(unit: str | None, numbers: list[Any], expected: list[str | None]) -> None:
    assert read(numbers, unit=unit) == expected


def test_arrows_own_times_are_taken_as_they_are() -> None:
    moment = wall("2024-01-02T03:04:05")
    for unit in ("s", "ms", "us", "ns"):
        assert read(pa.array([moment], pa.timestamp(unit))) == ["2024-01-02T03:04:05"]
    assert read(pa.array([moment], pa.timestamp("us")), zone="Asia/Bangkok") == ["2024-01-01T20:04:05"]
    assert read(pa.array([moment], pa.timestamp("us", "Asia/Tokyo")), zone="Asia/Bangkok") == [
        "2024-01-02T03:04:05"
    ]
    assert read(pa.array([date(2024, 1, 2)])) == ["2024-01-02T00:00:00"]


def rome(*texts: str, series: Any = None, chunks: int = 1) -> list[str | None]:
    """Local times of Rome, read in so many pieces."""
    times = reader(None, "Europe/Rome")
    found: list[Any] = []
    size = -(-len(texts) // chunks)
    for start in range(0, len(texts), size):
        piece = pa.array(texts[start : start + size])
        names = (lambda row, start=start: series[start + row]) if series else (lambda row: 0)
        found += times.read([piece], names).to_pylist()
    return [None if ms is None else shown(ms)[11:16] for ms in found]


@pytest.mark.parametrize("chunks", [1, 2, 3, 8])
def test_an_hour_that_comes_twice_is_taken_in_row_order(chunks: int) -> None:
    times = ["01:30", "02:00", "02:20", "02:40", "02:00", "02:20", "02:40", "03:00"]
    expected = ["23:30", "00:00", "00:20", "00:40", "01:00", "01:20", "01:40", "02:00"]
    assert rome(*(f"2024-10-27 {time}" for time in times), chunks=chunks) == expected


def test_hourly_readings_in_an_hour_that_comes_twice() -> None:
    times = ["01:00", "02:00", "02:00", "03:00"]
    assert rome(*(f"2024-10-27 {time}" for time in times)) == ["23:00", "00:00", "01:00", "02:00"]


def test_newest_first_the_second_time_round_comes_first() -> None:
    times = ["03:00", "02:30", "02:00", "02:30", "02:00", "01:00"]
    assert rome(*(f"2024-10-27 {time}" for time in times)) == [
        "02:00",
        "01:30",
        "01:00",
        "00:30",
        "00:00",
        "23:00",
    ]


def test_every_series_has_its_own_second_time_round() -> None:
    times = ["02:00", "02:00", "02:30", "02:30", "02:00", "02:00", "02:30", "02:30"]
    expected = ["00:00", "00:00", "00:30", "00:30", "01:00", "01:00", "01:30", "01:30"]
    assert rome(*(f"2024-10-27 {time}" for time in times), series="abababab") == expected


def test_an_hour_that_is_skipped_has_no_time() -> None:
    times = ["01:59", "02:00", "02:59", "03:00"]
    assert rome(*(f"2024-03-31 {time}" for time in times)) == ["00:59", None, None, "01:00"]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(1_600_000_000, 1_900_000_000), min_size=1, max_size=40),
    st.sampled_from(
        ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Bangkok", "Africa/Casablanca"]
    ),
)
def test_times_in_order_come_back_through_the_wall_clock(seconds: list[int], name: str) -> None:
    """Whatever the clocks did, when the rows are dense enough to show a repeated hour twice: here an hour
    that comes twice is left out unless it is the first time round."""
    zone = ZoneInfo(name)
    moments = sorted({second // 1_800 * 1_800 for second in seconds})
    walls = [datetime.fromtimestamp(moment, zone) for moment in moments]
    clear = [(m, w) for m, w in zip(moments, walls, strict=True) if w.fold == 0]
    texts = pa.array([wall.strftime("%Y-%m-%d %H:%M:%S") for _, wall in clear], pa.string())
    found = reader(None, name).read([texts], lambda row: 0).to_pylist()
    assert found == [moment * 1_000 for moment, _ in clear]


def test_a_fixed_offset_is_a_zone() -> None:
    assert read(["2024-01-02 03:04"], zone="+05:30") == ["2024-01-01T21:34:00"]
    assert read(["2024-01-02 03:04"], zone="-03:00") == ["2024-01-02T06:04:00"]
