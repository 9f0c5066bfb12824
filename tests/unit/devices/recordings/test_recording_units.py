"""Units of recordings: every figure here was computed by hand, or is the definition of the unit."""

from __future__ import annotations

import pytest

from devices.metrics import Metric, MetricType
from devices.model import Text
from devices.recordings.units import UnitError, conversion, convertible


def metric(name: str, unit: str | None, low: float = 0, high: float = 1_000_000) -> Metric:
    return Metric(name, MetricType.NUMBER, Text(name, name), unit, (low, high))


@pytest.mark.parametrize(
    ("value", "unit", "name", "goal", "expected"),
    [
        (46.01, "µg/m³", "no2", "ppb", 24.45),  # one mole's mass in one mole's volume
        (96.00, "ug/m3", "o3", "ppb", 48.90),
        (28.01, "mg/m³", "co", "ppm", 24.45),
        (64.07, "μg/m³", "so2", "ppb", 24.45),  # Greek mu for micro
        (1.5, "ppm", "no2", "ppb", 1_500),
        (212, "°F", "temperature", "°C", 100),
        (-40, "F", "temperature", "°C", -40),
        (273.15, "K", "temperature", "°C", 0),
        (100, "mph", "averageVehicleSpeed", "km/h", 160.9344),
        (10, "m/s", "averageVehicleSpeed", "km/h", 36),
        (36, "km/h", "windSpeed", "m/s", 10),
        (1_500, "W", "activePower", "kW", 1.5),
        (2, "MW", "activePower", "kW", 2_000),
        (2_500, "Wh", "energy", "kWh", 2.5),
        (3.6, "MJ", "energy", "kWh", 1),
        (230_000, "mV", "voltage", "V", 230),
        (10, "ft", "level", "m", 3.048),
        (250, "cm", "level", "m", 2.5),
        (2, "in", "rain", "mm", 50.8),
        (1, "bar", "pressure", "hPa", 1_000),
        (1, "m³/s", "flow", "m³/h", 3_600),
    ],
)
def test_a_value_becomes_the_catalogues(
    value: float, unit: str, name: str, goal: str, expected: float
) -> None:
    convert = conversion(unit, metric(name, goal, -1_000))
    assert convert is not None
    assert convert(value) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_a_share_may_come_in_percent() -> None:
    convert = conversion("%", metric("relativeHumidity", None, 0, 1))
    assert convert is not None
    assert convert(57) == 0.57


@pytest.mark.parametrize("unit", ["µg/m³", "ug/m3", "μg/m^3", "µg / m³"])
def test_the_same_unit_needs_no_conversion(unit: str) -> None:
    assert conversion(unit, metric("pm25", "µg/m³")) is None


@pytest.mark.parametrize(
    ("unit", "name", "goal", "high"),
    [
        ("ppb", "pm25", "µg/m³", 1_000.0),  # dust has no molar mass
        ("furlong", "level", "m", 10.0),
        ("°C", "level", "m", 10.0),
        ("%", "intensity", None, 20_000.0),  # a count, no share
        ("mw", "activePower", "kW", 10.0),  # milli or mega?
    ],
)
def test_an_impossible_unit_is_told_with_those_that_can_be(
    unit: str, name: str, goal: str | None, high: float
) -> None:
    wanted = metric(name, goal, 0, high)
    with pytest.raises(UnitError) as caught:
        conversion(unit, wanted)
    assert repr(unit) in str(caught.value)
    assert all(known in caught.value.allowed for known in convertible(wanted))


def test_every_unit_that_is_offered_is_taken() -> None:
    for wanted in (
        metric("no2", "ppb"),
        metric("level", "m"),
        metric("x", "°C"),
        metric("share", None, 0, 1),
    ):
        assert convertible(wanted)[0] == (wanted.unit or "1")
        for unit in convertible(wanted):
            conversion(unit, wanted)
