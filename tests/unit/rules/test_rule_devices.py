"""Which devices a rule is about, and what becomes of its alerts when the registry changes."""

from __future__ import annotations

import pytest

from rules.ruleset import Where


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("{}", {"aq-01", "aq-02", "roof", "far"}),
        ("{zones: [samyan]}", {"aq-01", "aq-02", "roof"}),
        ("{zones: [samyan, yothi]}", {"aq-01", "aq-02", "roof", "far"}),
        ('{devices: ["aq-*"]}', {"aq-01", "aq-02"}),
        ("{devices: [aq-01, far]}", {"aq-01", "far"}),
        ('{devices: ["aq-0?"], zones: [yothi]}', set()),
        ("{labels: {site: school}}", {"aq-01", "far"}),
        ("{labels: {site: [school, home]}}", {"aq-01", "aq-02", "far"}),
        ("{labels: {site: school, floor: '2'}}", {"far"}),
        ("{services: [air]}", {"aq-01", "aq-02", "far"}),
    ],
)
def test_where_selects_devices(world, device, where, found):
    w = world(
        f"{{id: pm, on: AirQualityObserved.pm25, where: {where}, when: {{above: 10}}}}",
        devices=[
            device("aq-01", labels={"site": "school"}),
            device("aq-02", labels={"site": "home"}),
            device("roof", service="weather"),
            device("far", "yothi", labels={"site": "school", "floor": "2"}),
            device("bin", types=("WasteContainer",)),
        ],
    )
    for name in ("aq-01", "aq-02", "roof", "far", "bin"):
        w.reads(1, {"pm25": 50.0}, name)
    assert {t.subject.device for t in w.told} == found


def test_a_glob_matches_the_whole_id():
    assert Where(devices=("aq-*",)).exact_devices == ()
    assert Where(devices=("aq-1", "aq-2")).exact_devices == ("aq-1", "aq-2")


def test_readings_of_unknown_devices_and_types_are_passed_over(world):
    w = world("{id: pm, on: AirQualityObserved.pm25, when: {above: 10}}")
    assert w.reads(1, {"pm25": 50.0}, "nobody") == []
    assert w.batch((1, {"pm25": 50.0}, "aq-01", "WeatherObserved"), now=1) == []


def test_what_stays_the_same_keeps_its_state_when_devices_change(world, device):
    w = world("{id: pm, on: AirQualityObserved.pm25, when: {above: 10}, for: 5m}")
    w.reads(1, {"pm25": 50.0}, "aq-01")
    w.reads(2, {"pm25": 50.0}, "aq-02")
    w.change(device("aq-01", name="renamed"), device("aq-03"))
    assert w.at(10) == [("firing", "warning", 6, 1), ("firing", "warning", 7, 2)]
    assert w.reads(0.5, {"pm25": 1.0}, now=10) == []


def test_an_alert_ends_when_its_device_is_gone_or_moves(world, device):
    w = world("{id: pm, on: AirQualityObserved.pm25, when: {above: 10}}")
    w.reads(1, {"pm25": 50.0}, "aq-01")
    w.reads(2, {"pm25": 50.0}, "aq-02")
    w.change(device("aq-01", "yothi"))
    assert w.at(3) == [("resolved", "warning", 3, 1)]
    w.devices = w.devices[:-1] if w.devices[-1].id == "aq-02" else w.devices[1:]
    w.engine.set_devices(w.devices)
    assert w.at(4) == [("resolved", "warning", 4, 2)]
    assert w.reads(5, {"pm25": 50.0}, "aq-01") == [("firing", "warning", 5, 5)]
    assert w.told[-1].subject.zone == "yothi"


def test_a_pending_alert_of_a_disabled_device_goes_quietly(world, device):
    w = world("{id: pm, on: AirQualityObserved.pm25, when: {above: 10}, for: 5m}")
    w.reads(1, {"pm25": 50.0})
    w.change(device("aq-01", enabled=False))
    assert w.at(10) == [("inactive", "warning", 10, 1)]
    assert w.reads(11, {"pm25": 50.0}) == []


def test_evaluations_are_counted_by_group(world):
    w = world(
        "{id: a, on: AirQualityObserved.pm25, when: {above: 10}}",
        "{id: b, on: AirQualityObserved.no2, when: {above: 10}}",
    )
    w.reads(1, {"pm25": 5.0})
    w.reads(2, {"pm25": 50.0}, "aq-02")
    assert w.engine.evaluations == {"air": 4}
