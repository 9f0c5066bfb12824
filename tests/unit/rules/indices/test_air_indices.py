"""Thai AQI 2566, US AQI 2024 and the NowCast, held against the published tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.indices.airquality import AirIndex, nowcast
from rules.indices.tables import Tables

TABLES = Tables.of()

THAI = {  # upper end of each band: 25, 50, 100, 200; step of the printed digits
    "pm25": ((15.0, 25.0, 37.5, 75.0), 0.1),
    "pm10": ((50, 80, 120, 180), 1),
    "o3": ((35, 50, 70, 120), 1),
    "co": ((4.4, 6.4, 9.0, 30.0), 0.1),
    "no2": ((60, 106, 170, 340), 1),
    "so2": ((100, 200, 300, 400), 1),
}
US = {  # 50, 100, 150, 200, 300, 500
    "pm25": ((9.0, 35.4, 55.4, 125.4, 225.4, 325.4), 0.1),
    "pm10": ((54, 154, 254, 354, 424, 604), 1),
    "o3": ((54, 70, 85, 105, 200), 1),
    "co": ((4.4, 9.4, 12.4, 15.4, 30.4, 50.4), 0.1),
    "no2": ((53, 100, 360, 649, 1249, 2049), 1),
    "so2": ((35, 75, 185, 304, 604, 1004), 1),
}


def _edges(
    table: dict[str, tuple[tuple[float, ...], float]], ends: tuple[int, ...]
) -> list[tuple[str, float, int, float]]:
    return [
        (pollutant, limit, index, step)
        for pollutant, (limits, step) in table.items()
        for limit, index in zip(limits, ends, strict=False)
    ]


@pytest.mark.parametrize(("pollutant", "limit", "index", "step"), _edges(THAI, (25, 50, 100, 200)))
def test_both_sides_of_every_thai_limit(pollutant: str, limit: float, index: int, step: float) -> None:
    thai = TABLES.thai_aqi
    assert thai.sub_index(pollutant, limit) == index
    assert thai.sub_index(pollutant, limit + step) == index + 1
    assert thai.sub_index(pollutant, limit + 0.49 * step) == index, "rounded down to the limit"
    assert thai.sub_index(pollutant, limit + 0.5 * step) == index + 1, "half is rounded up"


@pytest.mark.parametrize(("pollutant", "limit", "index", "step"), _edges(US, (50, 100, 150, 200, 300, 500)))
def test_both_sides_of_every_us_limit(pollutant: str, limit: float, index: int, step: float) -> None:
    us = TABLES.us_aqi
    last = limit == US[pollutant][0][-1]
    beyond = index if last else index + 1
    assert us.sub_index(pollutant, limit) == index
    assert us.sub_index(pollutant, limit + 0.99 * step) == index, "truncated to the limit"
    assert us.sub_index(pollutant, limit + step) == beyond


@pytest.mark.parametrize(
    ("pollutant", "mean", "thai", "us"),
    [
        ("pm25", 20.0, 38, 71),
        ("pm10", 100, 75, 73),
        ("o3", 60, 74, 67),
        ("o3", 80, 119, 133),
        ("co", 20.0, 153, 231),
        ("no2", 150, 84, 110),
        ("no2", 200, 118, 120),
        ("so2", 250, 75, 178),
        ("so2", 100, 25, 112),
    ],
)
def test_between_the_limits_it_is_interpolated(pollutant: str, mean: float, thai: int, us: int) -> None:
    assert TABLES.thai_aqi.sub_index(pollutant, mean) == thai
    assert TABLES.us_aqi.sub_index(pollutant, mean) == us


@pytest.mark.parametrize("index", [TABLES.thai_aqi, TABLES.us_aqi])
@pytest.mark.parametrize("pollutant", list(THAI))
def test_nothing_is_0_and_so_is_less(index: AirIndex, pollutant: str) -> None:
    assert index.sub_index(pollutant, 0) == 0
    assert index.sub_index(pollutant, -3) == 0


def test_above_200_the_thai_index_rises_on_as_in_the_last_band_to_500() -> None:
    thai = TABLES.thai_aqi
    # (200 - 101) / (75.0 - 37.6) = 2.647 a µg/m³: 201 + 2.647 * (100 - 75.1) = 266.9
    assert thai.sub_index("pm25", 75.1) == 201
    assert thai.sub_index("pm25", 100) == 267
    assert thai.sub_index("pm25", 188) == 500
    assert thai.sub_index("pm25", 1000) == 500


def test_above_its_table_the_us_index_stays() -> None:
    assert TABLES.us_aqi.sub_index("pm25", 1000) == 500
    assert TABLES.us_aqi.sub_index("o3", 201) == 300, "ozone of 8 h ends at 300"


def test_the_index_is_that_of_the_worst_pollutant() -> None:
    assert TABLES.thai_aqi.index({"pm25": 37.5, "pm10": 121, "co": 1.0}) == (101, "pm10")
    assert TABLES.thai_aqi.index({"pm25": 37.5}) == (100, "pm25")
    assert TABLES.thai_aqi.index({}) is None


@pytest.mark.parametrize(
    ("index", "level", "th", "color"),
    [
        (0, 1, "ดีมาก", "#00BFF3"),
        (25, 1, "ดีมาก", "#00BFF3"),
        (26, 2, "ดี", "#00A651"),
        (50, 2, "ดี", "#00A651"),
        (51, 3, "ปานกลาง", "#FDC04E"),
        (100, 3, "ปานกลาง", "#FDC04E"),
        (101, 4, "เริ่มมีผลกระทบต่อสุขภาพ", "#F26522"),
        (200, 4, "เริ่มมีผลกระทบต่อสุขภาพ", "#F26522"),
        (201, 5, "มีผลกระทบต่อสุขภาพ", "#CD0000"),
        (500, 5, "มีผลกระทบต่อสุขภาพ", "#CD0000"),
    ],
)
def test_thai_levels(index: int, level: int, th: str, color: str) -> None:
    found = TABLES.thai_aqi.level(index)
    assert (found.level, found.name.th, found.color) == (level, th, color)


@given(st.sampled_from(list(THAI)), st.floats(0, 3000), st.floats(0, 3000))
def test_more_of_a_pollutant_is_never_a_lower_index(pollutant: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    for index in (TABLES.thai_aqi, TABLES.us_aqi):
        assert index.sub_index(pollutant, less) <= index.sub_index(pollutant, more) <= 500


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([35.0] * 12, 35.0),
        ([0.0] * 12, 0.0),
        ([10.0, 20.0], 13.3),  # w = 0.5: (10 + 0.5 * 20) / 1.5
        ([40.0, 20.0, 10.0], 30.0),  # w = 0.5 (0.25 is too little): (40 + 10 + 2.5) / 1.75
        ([30.0, 40.0], 34.2),  # w = 0.75: (30 + 0.75 * 40) / 1.75 = 34.28, cut
        ([10.0, None, 20.0], 12.0),  # the age counts, not the place: (10 + 0.25 * 20) / 1.25
        ([None, 20.0, 20.0], 20.0),
        ([10.0, None, None, 20.0], None),
        ([None, None, 20.0] + [20.0] * 9, None),
        ([10.0], None),
        ([], None),
        ([20.0] * 12 + [999.0], 20.0),  # a thirteenth hour is too old
    ],
)
def test_the_nowcast(hours: list[float | None], expected: float | None) -> None:
    assert nowcast(hours, 1) == expected


def test_the_nowcast_of_pm10_is_a_whole_number() -> None:
    assert nowcast([30.0, 40.0], 0) == 34.0


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=12))
def test_the_nowcast_lies_between_the_least_and_the_greatest_hour(hours: list[float]) -> None:
    found = nowcast(hours, 1)
    assert found is not None
    assert min(hours) - 0.1 <= found <= max(hours) + 1e-6
