"""Heat, rain, water, traffic and electricity: formulas and classes, by hand."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from rules.indices.energy import (
    Tariff,
    TimeOfUse,
    VoltageBand,
    apparent_power,
    performance_ratio,
    power_factor,
)
from rules.indices.heat import heat_index
from rules.indices.localtime import LocalClock
from rules.indices.mobility import congestion
from rules.indices.tables import Tables
from rules.indices.water import bank_fill, level_status

TABLES = Tables.of()


def celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32) / 1.8


@pytest.mark.parametrize(
    ("temperature", "humidity", "chart"),
    [
        (80, 40, 80),
        (90, 70, 106),
        (94, 50, 103),
        (88, 85, 110),
        (96, 40, 101),
        (100, 40, 109),
        (110, 40, 136),
    ],
)
def test_heat_index_on_the_chart_of_the_nws(temperature: float, humidity: float, chart: float) -> None:
    assert heat_index(celsius(temperature), humidity / 100) == pytest.approx(celsius(chart), abs=0.4)


@pytest.mark.parametrize(
    ("temperature", "humidity", "expected"),
    [
        (95, 10, 90.19958 - 0.75),  # dry: ((13 - 10) / 4) * sqrt((17 - 0) / 17) less
        (82, 90, 91.49162 + 0.5),  # moist: ((90 - 85) / 10) * ((87 - 82) / 5) more
        (70, 50, 69.525),  # mild: the simple formula's mean with the temperature
    ],
)
def test_heat_index_with_its_adjustments(temperature: float, humidity: float, expected: float) -> None:
    assert heat_index(celsius(temperature), humidity / 100) == pytest.approx(celsius(expected), abs=1e-3)


def test_heat_index_is_capped_where_the_regression_makes_no_sense() -> None:
    assert heat_index(60, 1.0) == 100.0


@pytest.mark.parametrize(
    ("felt", "level"),
    [
        (26.9, 0),
        (27.0, 1),
        (32.9, 1),
        (33.0, 2),
        (41.9, 2),
        (42.0, 3),
        (51.9, 3),
        (52.0, 4),
        (100, 4),
        (-60, 0),
    ],
)
def test_thai_classes_of_the_heat_index(felt: float, level: int) -> None:
    assert TABLES.heat.of(felt).level == level


@pytest.mark.parametrize(
    ("rain", "level"),
    [
        (0, 0),
        (0.09, 0),
        (0.1, 1),
        (10.0, 1),
        (10.04, 1),
        (10.05, 2),
        (10.1, 2),
        (35.0, 2),
        (35.1, 3),
        (90.0, 3),
        (90.1, 4),
        (400, 4),
    ],
)
def test_classes_of_rain(rain: float, level: int) -> None:
    assert TABLES.water.rain(rain).level == level


@pytest.mark.parametrize(
    ("figures", "found"),
    [
        ({"oxygen": 6.0, "bod": 1.5}, 2),
        ({"oxygen": 5.9, "bod": 1.5}, 3),
        ({"oxygen": 6.0, "bod": 1.6}, 3),
        ({"oxygen": 4.0, "bod": 2.0}, 3),
        ({"oxygen": 3.9, "bod": 2.0}, 4),
        ({"oxygen": 2.0, "bod": 4.0}, 4),
        ({"oxygen": 1.9, "bod": 1.0}, 5),
        ({"oxygen": 8.0, "bod": 4.1}, 5),
        ({"oxygen": 6.0}, 2),
        ({"bod": 2.0}, 3),
        ({"oxygen": 8.0, "acidity": 5.0}, 2),
        ({"oxygen": 8.0, "acidity": 9.0}, 2),
        ({"oxygen": 8.0, "acidity": 4.9}, 5),
        ({"oxygen": 8.0, "acidity": 9.1}, 5),
        ({"oxygen": 8.0, "nitrate_nitrogen": 5.0}, 2),
        ({"oxygen": 8.0, "nitrate_nitrogen": 5.1}, 5),
        ({"oxygen": 8.0, "ammonia_nitrogen": 0.5}, 2),
        ({"oxygen": 8.0, "ammonia_nitrogen": 0.51}, 5),
        ({"acidity": 7.0, "nitrate_nitrogen": 1.0}, None),
        ({}, None),
    ],
)
def test_classes_of_surface_water(figures: dict[str, float], found: int | None) -> None:
    assert TABLES.water.surface(**figures) == found


@pytest.mark.parametrize(
    ("fill", "level"),
    [(-5, 0), (9.99, 0), (10, 1), (29.9, 1), (30, 2), (69.9, 2), (70, 3), (100, 3), (100.1, 4)],
)
def test_how_full_a_canal_is(fill: float, level: int) -> None:
    assert TABLES.water.bank(fill).level == level


def test_bank_fill_goes_from_the_bed_to_the_bank() -> None:
    assert bank_fill(-0.5, bed=-2.0, bank=1.0) == pytest.approx(50)
    assert bank_fill(1.3, bed=-2.0, bank=1.0) == pytest.approx(110)


@pytest.mark.parametrize(("level", "status"), [(0.9, 1), (1.0, 2), (1.4, 2), (1.5, 3)])
def test_status_of_a_water_level(level: float, status: int) -> None:
    assert level_status(level, warning=1.0, critical=1.5) == status


def test_a_water_level_without_limits_has_no_status() -> None:
    assert level_status(1.0, None, None) is None
    assert level_status(1.0, None, 2.0) == 1


@pytest.mark.parametrize(("depth", "level"), [(0, 0), (0.099, 0), (0.1, 1), (0.199, 1), (0.2, 2), (1.5, 2)])
def test_tiers_of_flood_depth(depth: float, level: int) -> None:
    assert TABLES.water.depth(depth).level == level


@pytest.mark.parametrize(
    ("share", "level"),
    [
        (100, "A"),
        (85.1, "A"),
        (85, "B"),
        (67.1, "B"),
        (67, "C"),
        (50.1, "C"),
        (50, "D"),
        (40.1, "D"),
        (40, "E"),
        (30.1, "E"),
        (30, "F"),
        (0, "F"),
    ],
)
def test_levels_of_service(share: float, level: str) -> None:
    assert TABLES.mobility.level_of_service(share, 100.0).level == level


def test_travel_time_index_and_congestion() -> None:
    assert TABLES.mobility.travel_time_index(30, 60) == 2.0
    assert TABLES.mobility.travel_time_index(80, 60) == 0.75
    assert TABLES.mobility.travel_time_index(1, 60) == 20, "the most there is"
    assert TABLES.mobility.travel_time_index(0, 60) == 20
    assert congestion(2.0) == 100.0
    assert congestion(0.75) == -25.0


@pytest.mark.parametrize(
    ("headway", "kept"), [(300, True), (600, True), (900, True), (299, False), (901, False)]
)
def test_a_headway_keeps_to_schedule_within_half_of_it(headway: float, kept: bool) -> None:
    assert TABLES.mobility.keeps_headway(headway, 600) is kept


MAY_1 = date(2026, 5, 1)


@pytest.mark.parametrize(
    ("local", "period"),
    [
        ("2026-01-05T08:59:59.999", "off-peak"),  # a Monday
        ("2026-01-05T09:00", "on-peak"),
        ("2026-01-05T21:59:59.999", "on-peak"),
        ("2026-01-05T22:00", "off-peak"),
        ("2026-01-09T12:00", "on-peak"),  # Friday
        ("2026-01-10T12:00", "off-peak"),  # Saturday
        ("2026-01-11T12:00", "off-peak"),
        ("2026-05-01T12:00", "off-peak"),  # a Friday, Labour Day
        ("2026-05-01T23:00", "off-peak"),
    ],
)
def test_periods_of_the_tariff(local: str, period: str) -> None:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Bangkok"))
    time = round(moment.timestamp() * 1000)
    tariff = TimeOfUse(TABLES.energy.time_of_use, lambda day: day == MAY_1)
    assert tariff.period(LocalClock("Asia/Bangkok").wall(time)) == period


def test_the_tariff_is_the_same_whatever_was_asked_before() -> None:
    tariff = TimeOfUse(TABLES.energy.time_of_use, lambda day: day == MAY_1)
    hours = range(14 * 24)
    walls = [1_767_225_600_000 + hour * 3_600_000 for hour in hours]
    forwards = [tariff.period(wall) for wall in walls]
    fresh = [
        TimeOfUse(TABLES.energy.time_of_use, lambda day: day == MAY_1).period(wall) for wall in walls[::-1]
    ]
    assert forwards == fresh[::-1]
    assert forwards.count(Tariff.ON_PEAK) == 10 * 13


@pytest.mark.parametrize(
    ("utility", "voltage", "band"),
    [
        ("mea", 230, VoltageBand.NORMAL),
        ("mea", 214, VoltageBand.NORMAL),
        ("mea", 213.9, VoltageBand.LOW),
        ("mea", 209, VoltageBand.LOW),
        ("mea", 208.9, VoltageBand.VERY_LOW),
        ("mea", 237, VoltageBand.NORMAL),
        ("mea", 237.1, VoltageBand.HIGH),
        ("mea", 240, VoltageBand.HIGH),
        ("mea", 240.1, VoltageBand.VERY_HIGH),
        ("pea", 200, VoltageBand.NORMAL),
        ("pea", 199.9, VoltageBand.VERY_LOW),
        ("pea", 240, VoltageBand.NORMAL),
        ("pea", 240.1, VoltageBand.VERY_HIGH),
    ],
)
def test_bands_of_voltage(utility: str, voltage: float, band: VoltageBand) -> None:
    assert TABLES.energy.voltage.utilities[utility].band(voltage) is band


def test_power() -> None:
    assert power_factor(3, 4) == pytest.approx(0.6)
    assert power_factor(-3, 4) == pytest.approx(0.6)
    assert power_factor(0, 0) is None
    assert apparent_power(3, 4, None) == 5
    assert apparent_power(8, None, 0.8) == pytest.approx(10)
    assert apparent_power(8, None, 0) is None
    assert apparent_power(8, None, None) is None
    assert performance_ratio(energy=400, rated=100, irradiation=5) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("day", "factor"),
    [
        (date(2020, 1, 1), 0.4999),
        (date(2025, 12, 31), 0.4999),
        (date(2026, 1, 1), 0.4750),
        (date(1960, 1, 1), 0.4999),
    ],
)
def test_emission_factors_by_date(day: date, factor: float) -> None:
    assert TABLES.emissions.on(day).scope2 == factor


@pytest.mark.parametrize("zone", ["Asia/Bangkok", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_the_wall_clock_agrees_with_the_zone(zone: str) -> None:
    clock = LocalClock(zone)
    start = 1_774_600_000_000  # end of March 2026, when Berlin's clock changes; April: Lord Howe's
    for time in range(start, start + 14 * 86_400_000, 1_234_567):
        local = datetime.fromtimestamp(time / 1000, ZoneInfo(zone))
        offset = local.utcoffset()
        assert offset is not None
        assert clock.offset(time) == offset.total_seconds() * 1000
