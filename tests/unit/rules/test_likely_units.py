"""A limit in another unit than the metric's is guessed from its range, and the guess is offered."""

from __future__ import annotations

import pytest

from devices.catalog import Catalog
from devices.documents import Document, ProblemsError
from devices.metrics import Metric, MetricType
from devices.model import Text
from rules.files import Context, parse_groups
from rules.likely import doubt, meant

CATALOG = Catalog.builtin()


def metric(unit: str | None, low: float, high: float) -> Metric:
    return Metric("m", MetricType.NUMBER, Text("m", "m"), unit, (low, high))


BEYOND = [
    (None, 0, 1, 85, "; did you mean 0.85? m is a share from 0 to 1"),
    (None, -1, 1, 95, "; did you mean 0.95? m is a share from -1 to 1"),
    ("ppb", 0, 1000, 1200, ""),
    ("kW", 0, 100, 5000, "; did you mean 5? m is in kW, and 5000 W is 5 kW"),
    ("°C", -40, 85, 95, "; did you mean 35? m is in °C, and 95 °F is 35 °C"),
    ("°C", -40, 85, 308.15, "; did you mean 35? m is in °C, and 308.15 K is 35 °C"),
    ("m", 0, 10, 20, "; did you mean 0.2? m is in m, and 20 cm is 0.2 m"),
    ("hPa", 800, 1100, 1.013, "; did you mean 1013? m is in hPa, and 1.013 bar is 1013 hPa"),
    ("ppm", 0, 500, 9000, "; did you mean 9? m is in ppm, and 9000 ppb is 9 ppm"),
    ("stalls", 0, 10, 20, ""),
    (None, 0, 500, 600, ""),
    ("kWh", 0, 1e9, -5, ""),
]


@pytest.mark.parametrize(("unit", "low", "high", "limit", "said"), BEYOND)
def test_what_was_meant_by_a_limit_out_of_range(
    unit: str | None, low: float, high: float, limit: float, said: str
) -> None:
    assert meant(metric(unit, low, high), limit) == said


@pytest.mark.parametrize(
    ("unit", "high", "limit", "said"),
    [
        ("µg/m³", 1000, 0.0375, "did you mean 37.5? m is in µg/m³, and 0.0375 mg/m³ is 37.5 µg/m³"),
        ("ppb", 1000, 0.07, "did you mean 70? m is in ppb, and 0.07 ppm is 70 ppb"),
        ("ms", 60_000, 2, "did you mean 2000? m is in ms, and 2 s is 2000 ms"),
        ("µg/m³", 1000, 1.5, None),
        ("µg/m³", 1000, 0, None),
        ("mm", 500, 0.1, None),
        (None, 1, 0.001, None),
    ],
)
def test_a_limit_that_is_suspiciously_small(
    unit: str | None, high: float, limit: float, said: str | None
) -> None:
    assert doubt(metric(unit, 0, high), limit) == said


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "on: AirQualityObserved.relativeHumidity, when: {above: 85}",
            "85 lies beyond what relativeHumidity can be; did you mean 0.85? relativeHumidity is a share",
        ),
        (
            "on: ParkingSpot.batteryLevel, when: {window: {agg: min, over: 1h}, below: 20}",
            "did you mean 0.2?",
        ),
        ("on: AirQualityObserved.pm25, when: {anomaly: {}, above: 95}", "did you mean 0.95?"),
        ("on: AirQualityObserved.temperature, when: {above: 10}, levels: {major: 95}", "95 °F is 35 °C"),
        (
            "on: AirQualityObserved.pm25, when: {above: 10, clear_below: -5}",
            "when.clear_below: -5 is never reached, so the alert would never clear (allowed: 0 to 1000",
        ),
        (
            "on: AirQualityObserved.pm25, when: {window: {agg: mean, over: 1h}, below: 5, clear_above: 1001}",
            "1001 is never reached",
        ),
    ],
)
def test_a_rule_file_is_told_what_was_meant(rule: str, said: str) -> None:
    text = f"group: g\ndomain: environment\nrules:\n  - {{id: a, {rule}}}\n"
    with pytest.raises(ProblemsError) as caught:
        parse_groups([Document("rules.yaml", text)], Context(CATALOG))
    assert said in str(caught.value)
