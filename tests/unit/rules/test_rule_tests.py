"""The runner of the tests that rule files carry."""

from __future__ import annotations

import pytest

from devices.documents import ProblemsError
from devices.model import City, Device, Domain, Text, Zone
from rules.testing import run

GROUP = """group: air
domain: environment
rules:
  - {id: pm, on: AirQualityObserved.pm25, when: {above: 10}, levels: {minor: 10, major: 50}}
  - {id: silent, on: AirQualityObserved, when: {absent: {}}}
tests:
"""
BANGKOK = City(
    "bangkok-pilot",
    Text("Bangkok", "กรุงเทพฯ"),
    "Asia/Bangkok",
    {"samyan": Zone("samyan", Text("Samyan", "สามย่าน"))},
    {},
)
DEVICES = [
    Device(
        f"aq-{number:02}", ("AirQualityObserved", "WeatherObserved"), "samyan", Domain.ENVIRONMENT, 300_000
    )
    for number in (1, 2)
]


@pytest.fixture
def results(rules_of, catalog):
    def of(test, city=BANGKOK, devices=DEVICES):
        return run(rules_of(f"{GROUP}  - {test}\n", city=None), catalog, city, devices)

    return of


def test_the_right_alerts_pass_and_only_devices_spoken_of_count(results):
    (result,) = results(
        "{name: t, city: bangkok-pilot, observe: [{device: aq-01, every: 5m, for: 1h, values: {pm25: 60}}],"
        " expect: [{at: 50m, alerts: [{rule: pm, device: aq-01, zone: samyan, severity: major}]}]}"
    )
    assert result.passed
    assert str(result) == "ok   air: t"


def test_a_failure_shows_both_sides(results):
    (result,) = results(
        "{name: t, observe: [{device: aq-01, values: {pm25: 60}}],"
        " expect: [{at: 0s, alerts: [{rule: pm, severity: minor}]}, {at: 20m, alerts: [{rule: air/silent}]}]}"
    )
    assert not result.passed
    assert str(result).splitlines() == [
        "FAIL air: t (rules.yaml:7)",
        "     at 0s (line 7):",
        "       - expected, does not fire: air/pm minor",
        "           it fires as major since 0s: pm25 60 against 50",
        "       + fires, not expected:     air/pm aq-01 (test-zone) major",
        "           since 0s: pm25 60 against 50",
        "     at 20m (line 7):",
        "       + fires, not expected:     air/pm aq-01 (test-zone) major",
        "           since 0s: pm25 60 against 50",
    ]


def test_a_failure_says_what_is_known_of_an_alert_that_does_not_fire(results):
    (result,) = results(
        "{name: t, observe: [{device: aq-01, values: {pm25: 2}}], devices: [{id: aq-02}],"
        " expect: [{at: 5m, alerts: [{rule: pm, device: aq-01}, {rule: pm, device: aq-02}]}]}"
    )
    assert str(result).splitlines()[2:] == [
        "       - expected, does not fire: air/pm aq-01",
        "           last of aq-01, 5m before: pm25 2",
        "       - expected, does not fire: air/pm aq-02",
        "           aq-02 has sent nothing",
    ]


def test_vague_expectations_leave_exact_ones_their_alerts(results):
    (result,) = results(
        "{name: t, observe: [{device: [a, b], values: {pm25: 60}}],"
        " expect: [{at: 0s, alerts: [{rule: pm}, {rule: pm, device: a}]}]}"
    )
    assert result.passed, str(result)


NOTHING = "expect: [{at: 0s, alerts: []}]"


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("city: phuket", "needs the city phuket; this run has bangkok-pilot"),
        (
            "city: bangkok-pilot, observe: [{device: aq-1, values: {pm25: 1}}]",
            "bangkok-pilot has no device aq-1; did you mean aq-01?; list it under devices",
        ),
        (
            "observe: [{device: aq-1, values: {pm2: 1}}]",
            "aq-1 would be refused at 0s: unknown_metric pm2 = 1.0, expected did you mean pm25?",
        ),
        (
            "observe: [{device: aq-1, at: 5m, values: {pm25: -1}}]",
            "aq-1 would be refused at 5m: out_of_range pm25 = -1.0, expected 0 to 1000 µg/m³",
        ),
        ("observe: [{device: a, type: Airquality, values: {pm25: 1}}]", "no observation type Airquality"),
        (
            "devices: [{id: a, type: AirQualityObserved}], observe: [{device: a, type: Odd, values: {x: 1}}]",
            "a does not send Odd; it sends AirQualityObserved",
        ),
    ],
)
def test_a_test_that_can_not_run_says_why(results, test, said):
    (result,) = results(f"{{name: t, {test}, {NOTHING}}}")
    assert not result.passed
    assert result.error is not None
    assert said in result.error
    assert said in str(result)


def test_a_city_is_needed_only_when_it_is_named(results):
    (result,) = results("{name: t, city: bangkok-pilot, expect: [{at: 0s, alerts: []}]}", city=None)
    assert result.error == "needs the city bangkok-pilot; this run has no city"


def test_times_are_offsets_or_city_time_or_absolute(results):
    (result,) = results(
        "{name: t, city: bangkok-pilot, start: 2026-01-05T06:00,"
        " observe: [{device: aq-01, from: 1h, every: 5m, values: {pm25: [60, 60, 5]}}], expect: ["
        "{at: '2026-01-04T23:59:59Z', alerts: [{rule: silent, device: aq-01}]},"
        "{at: '2026-01-05T07:05:00', alerts: [{rule: pm}]},"
        "{at: 1h10m, alerts: []}]}"
    )
    assert result.passed, str(result)


def test_tests_may_change_devices_and_observe_any_of_their_types(results):
    (result,) = results(
        "{name: t, city: bangkok-pilot, devices: [{id: aq-01, interval: 1m}, {id: new, zone: samyan}],"
        " observe: [{device: aq-01, values: {temperature: 30}}, {device: new, at: 3m, values: {pm25: 30}}],"
        " expect: [{at: 3m, alerts: [{rule: silent, device: aq-01}, {rule: pm, device: new}]}]}"
    )
    assert result.passed, str(result)


def test_several_devices_and_lists_of_values(results):
    (result,) = results(
        "{name: t, observe: [{device: [a, b], every: 1m, values: {pm25: [5, 60]}}],"
        " expect: [{at: 59s, alerts: []}, {at: 1m, alerts: [{rule: pm, device: a}, {rule: pm, device: b}]}]}"
    )
    assert result.passed, str(result)


def test_a_rule_that_is_about_none_of_the_devices_is_told(rules_of, catalog):
    schools = GROUP.replace("levels: {minor: 10, major: 50}", "where: {labels: {site: school}}")
    test = (
        "{name: t, devices: [{id: a%s}], observe: [{device: a, values: {pm25: 60}}],"
        " expect: [{at: 0s, alerts: [{rule: pm}]}]}"
    )
    (without,) = run(rules_of(f"{schools}  - {test % ''}\n", city=None), catalog)
    assert "its where shuts out every device of the test" in str(without)
    (labelled,) = run(rules_of(f"{schools}  - {test % ', labels: {site: school}'}\n", city=None), catalog)
    assert labelled.passed, str(labelled)


@pytest.mark.parametrize(
    "observe",
    [
        "{device: a, every: 5m, values: {pm25: 3}}",
        "{device: a, at: 5m, every: 5m, for: 1h, values: {pm25: 3}}",
        "{device: a, values: {pm25: [1, 2]}}",
        "{device: a, every: 5m, for: 1h, values: {pm25: [1, 2]}}",
        "{device: a, every: 5m, values: {pm25: [1, 2], no2: [1]}}",
        "{device: a, values: {}}",
        "{device: a, values: {pm25: {}}}",
        "{device: a, values: {pm25: []}}",
    ],
)
def test_readings_that_make_no_sense_are_refused(results, observe):
    with pytest.raises(ProblemsError, match=r"tests\[0\].observe\[0\]"):
        results(f"{{name: t, observe: [{observe}], expect: [{{at: 0s, alerts: []}}]}}")
