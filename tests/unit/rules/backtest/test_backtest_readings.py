"""The readings around alerts, as charts draw them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.backtest.play import run
from rules.backtest.readings import gather, surroundings, thinned
from tests.unit.rules.backtest.conftest import CITY, MINUTE, Row, ms, readings, ruleset

RULES = ruleset("{id: high, on: AirQualityObserved.pm25, when: {above: 40}}")
ROWS: list[Row] = [
    (m, device, 50 if 30 <= m < 40 else 10) for m in range(90) for device in ("aq-01", "aq-02")
]

POINTS = st.lists(st.floats(-1e6, 1e6), max_size=300).map(lambda values: list(enumerate(values)))


def test_an_alert_has_the_readings_of_its_device_around_it() -> None:
    report = run(RULES, CITY.city, CITY.devices, [readings(ROWS)])
    one = surroundings(report.alerts[0], RULES.rules["g/high"], MINUTE, ms(90))
    gather([one], CITY.devices, [readings(ROWS)])
    [(device, line)] = one.lines.items()
    assert device == report.alerts[0].subject.device
    assert (one.start, one.end) == (ms(30 - 12), ms(40 + 12))
    assert line == [(ms(m), 50.0 if 30 <= m < 40 else 10.0) for m in range(18, 53)]


def test_what_is_text_has_no_line() -> None:
    rules = ruleset("{id: fault, on: AirQualityObserved.status, when: {equals: fault}}")
    faulty = [row._replace(values={"status": "fault"}) for row in readings([(0, "aq-01", 1)])]
    report = run(rules, CITY.city, CITY.devices, [faulty])
    one = surroundings(report.alerts[0], rules.rules["g/fault"], MINUTE, ms(1))
    gather([one], CITY.devices, [faulty])
    assert one.lines == {}


@given(POINTS, st.integers(4, 60))
def test_thinning_keeps_ends_extremes_and_order(points: list[tuple[int, float]], most: int) -> None:
    kept = thinned(points, most)
    assert len(kept) <= max(most, 4)
    assert kept == sorted(set(kept))
    assert set(kept) <= set(points)
    if points:
        assert (kept[0], kept[-1]) == (points[0], points[-1])
        values = [value for _, value in points]
        assert {min(values), max(values)} <= {value for _, value in kept}
