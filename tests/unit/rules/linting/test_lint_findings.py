"""Every finding, on the rule that it is about and on one beside it that is well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from devices.catalog import Catalog
from devices.documents import Document
from rules.files import Context, parse_groups
from rules.linting import FINDINGS, lint
from tests.unit.rules.linting.conftest import CITY, DEVICES

CATALOG = Catalog.builtin()

AIR = "on: AirQualityObserved.pm25"
ENERGY = "on: ACMeasurement.totalActiveEnergyImport"

PROBLEMS = [
    (f"{AIR}, when: {{window: {{agg: count, over: 1h}}, below: 0}}", "a count is never below 0"),
    (f"{AIR}, when: {{window: {{agg: sum, over: 1h}}, below: 0}}", "the sum of pm25 is never below 0"),
    (f"{AIR}, when: {{window: {{agg: sum, over: 1h}}, above: -1}}", "-1 is always passed"),
    (
        f"{ENERGY}, when: {{window: {{agg: rate, over: 1h}}, below: 0}}",
        "the rate of totalActiveEnergyImport is never below 0",
    ),
    (
        f"{AIR}, when: {{change: {{over: 1h, relative: true}}, below: -1}}",
        "the relative change of pm25 is never below -1",
    ),
    (
        f"{AIR}, when: {{quorum: {{of: {{window: {{agg: sum, over: 1h}}, below: 0}}, at_least: 2}}}}",
        "when.quorum.of.below: 0 is never passed",
    ),
    (
        f"{AIR}, when: {{above: 10}}, schedule: {{holidays: only, period: on-peak, days: sat}}",
        "schedule: never opens",
    ),
    (
        f"{AIR}, when: {{above: 10}}, for: 2h, schedule: {{hours: '06:00-07:00'}}",
        "for: the schedule is never open for so long at once (1h at most)",
    ),
    (f"{AIR}, when: {{above: 10}}, mode: shadow, against: zz", "against: there is no rule air/zz"),
    (f"{AIR}, when: {{above: 10}}, mode: shadow, against: a", "is the rule itself"),
]

WARNINGS = [
    (
        f"{AIR}, when: {{window: {{agg: count, over: 1h}}, above: 100}}",
        "100 will hardly be passed: even at twice the pace of the devices a count lies between 0 and 24",
    ),
    (f"{AIR}, when: {{window: {{agg: sum, over: 1h}}, above: 30000}}", "30000 will hardly be passed"),
    (
        f"{AIR}, when: {{above: 0.0375}}",
        "0.0375 is very little: did you mean 37.5? pm25 is in µg/m³, and 0.0375 mg/m³ is 37.5 µg/m³",
    ),
    (f"{AIR}, when: {{window: {{agg: mean, over: 24h}}, above: 0.0375}}", "did you mean 37.5?"),
    ("on: AirQualityObserved.o3, when: {above: 0.07}", "did you mean 70?"),
    (f"{ENERGY}, when: {{above: 5000}}", "is a counter, which only rises"),
    (f"{AIR}, when: {{equals: 35}}", "is measured, and is seldom exactly this"),
    (
        f"{AIR}, when: {{above: 10}}, levels: {{minor: 10, major: 20}}, severity: warning",
        "severity: is never shown",
    ),
    (f"{AIR}, when: {{above: 10}}, for: 1m", "for: is over before a second reading comes (5m apart)"),
    (f"{AIR}, when: {{above: 10}}, keep_firing_for: 1m", "keep_firing_for: bridges nothing"),
    (f"{AIR}, when: {{above: 10}}, keep_firing_for: 30d", "keep_firing_for: 30d is long"),
    (
        "on: AirQualityObserved, when: {absent: {after: 1m}}",
        "1m of silence is nothing for aq-01, which reports every 5m",
    ),
    (
        f"{AIR}, when: {{window: {{agg: mean, over: 3m}}, above: 10}}",
        "when.window.over: is short for devices that report every 5m: the window holds one",
    ),
    (f"{AIR}, when: {{window: {{agg: mean, over: 7m}}, above: 10}}", "one lost reading is enough"),
    (f"{AIR}, when: {{change: {{over: 5m}}, above: 10}}", "nothing ever changes"),
    (f"{AIR}, when: {{stuck: {{over: 5m}}}}", "never two readings"),
    ("on: NoiseLevelObserved.LAeq, when: {above: 70}", "on: no device of test sends NoiseLevelObserved"),
    (
        f"{AIR}, where: {{zones: [yothi]}}, when: {{above: 10}}",
        "where.zones: no device that sends AirQualityObserved stands there (allowed: samyan)",
    ),
    (
        f"{AIR}, where: {{devices: [aq-91]}}, when: {{above: 10}}",
        "where.devices[0]: no device is called aq-91; did you mean aq-01?",
    ),
    (
        f"{AIR}, where: {{labels: {{sight: school}}}}, when: {{above: 10}}",
        "no device has a label sight; did you mean site? (allowed: site)",
    ),
    (
        f"{AIR}, where: {{labels: {{site: scool}}}}, when: {{above: 10}}",
        "no device is labelled site=scool; did you mean school?",
    ),
    (f"{AIR}, where: {{services: [flood]}}, when: {{above: 10}}", "where.services: no device that sends"),
    (
        f"{AIR}, where: {{devices: [aq-02], labels: {{site: school}}}}, when: {{above: 10}}",
        "where: no device of test meets all of it",
    ),
    (
        f"{AIR}, when: {{quorum: {{of: {{above: 10}}, at_least: 3}}}}",
        "when.quorum.at_least: no zone has 3 devices that the rule is about; samyan has most, 2",
    ),
    (
        f"{AIR}, when: {{deviation: {{agg: median, min_devices: 2}}, above: 10}}",
        "no zone has 2 other devices",
    ),
    (
        f"{AIR}, when: {{quorum: {{of: {{above: 10}}, at_least: 2, radius: 500m}}}}",
        "no location is known of aq-02",
    ),
    (f"{AIR}, when: {{above: 10}}, title: {{en: High}}", "title: has no Thai text (th)"),
    (f"{AIR}, when: {{above: 10}}, advice: {{th: ปิดหน้าต่าง}}", "advice: has no English text (en)"),
]

FINE = [
    f"{AIR}, when: {{window: {{agg: mean, over: 24h}}, above: 37.5}}, for: 5m, keep_firing_for: 15m",
    f"{AIR}, when: {{above: 37.5, clear_below: 35}}, levels: {{minor: 37.5, major: 75}}",
    f"{AIR}, when: {{window: {{agg: count, over: 1h}}, below: 6}}",
    f"{AIR}, when: {{window: {{agg: sum, over: 1h}}, above: 300}}",
    f"{AIR}, when: {{window: {{agg: rate, over: 1h, per: 1h}}, below: -100}}",
    f"{AIR}, when: {{change: {{over: 1h, relative: true}}, above: 3}}",
    f"{AIR}, when: {{change: {{over: 10m}}, below: -100}}",
    f"{AIR}, when: {{deviation: {{agg: median, min_devices: 1}}, outside: [-20, 20]}}",
    f"{AIR}, when: {{anomaly: {{}}, above: 0.9}}",
    f"{AIR}, when: {{stuck: {{over: 2h}}}}",
    f"{AIR}, when: {{quorum: {{of: {{above: 10}}, at_least: 2}}}}",
    "on: AirQualityObserved, when: {absent: {after: 5m}}, for: 1m",
    f"{ENERGY}, when: {{window: {{agg: rate, over: 1h, per: 1h}}, above: 50}}",
    f"{AIR}, when: {{above: 10}}, schedule: {{days: sat, holidays: exclude}}, for: 2h",
    "on: AirQualityObserved.status, when: {equals: fault}",
    "on: AirQualityObserved.airQualityIndex, when: {in: [1, 2]}",
    f"{AIR}, when: {{above: 10}}, levels: {{major: 20}}, severity: minor",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "said"), PROBLEMS)
def test_a_problem_is_told(found: Callable[..., list[str]], rule: str, said: str) -> None:
    (told,) = found(rule, weight="problems")
    assert said in told


@pytest.mark.parametrize(("rule", "said"), WARNINGS)
def test_a_warning_is_told(found: Callable[..., list[str]], rule: str, said: str) -> None:
    (told,) = found(rule, weight="warnings")
    assert said in told


@pytest.mark.parametrize(("rule", "said"), WARNINGS)
def test_what_is_warned_of_is_no_problem(found: Callable[..., list[str]], rule: str, said: str) -> None:
    assert found(rule, weight="problems") == []


@pytest.mark.parametrize("rule", FINE)
def test_nothing_is_said_of_a_good_rule(found: Callable[..., list[str]], rule: str) -> None:
    assert found(rule, weight="problems") == []
    assert found(rule, weight="warnings") == []


def test_every_finding_has_a_name_of_its_own_and_says_what_it_looks_for() -> None:
    assert len({finding.name for finding in FINDINGS}) == len(FINDINGS)
    assert all(finding.look.__doc__ for finding in FINDINGS)


def test_a_rule_without_advice_gets_a_hint_unless_it_only_watches_in_the_shadow(
    found: Callable[..., list[str]],
) -> None:
    rule = f"{AIR}, when: {{above: 10}}"
    assert any("has no advice" in said for said in found(rule, weight="hints"))
    assert not any("has no advice" in said for said in found(f"{rule}, mode: shadow", weight="hints"))


def test_a_rule_that_no_test_expects_gets_a_hint(found: Callable[..., list[str]]) -> None:
    tests = (
        "tests: [{name: t, observe: [{device: aq-01, at: 1m, values: {pm25: 20}}],"
        " expect: [{at: 2m, alerts: [{rule: a}]}]}]\n"
    )
    rules = [f"{AIR}, when: {{above: 10}}", f"{AIR}, when: {{below: 1}}"]
    said = [hint for hint in found(*rules, weight="hints", tests=tests) if "no test" in hint]
    assert said == ["rules[1]: no test of its file expects it: add one, and see it fire"]


def test_a_rival_may_be_named_with_or_without_its_group(found: Callable[..., list[str]]) -> None:
    live, shadow = f"{AIR}, when: {{above: 10}}", f"{AIR}, when: {{above: 12}}, mode: shadow, against:"
    assert found(live, f"{shadow} a", weight="problems") == []
    assert found(live, f"{shadow} air/a", weight="problems") == []
    (told,) = found(live, f"{shadow} a", f"{shadow} b", weight="problems")
    assert "b is in shadow mode itself" in told


def test_a_line_of_the_file_stands_before_what_is_said() -> None:
    document = Document(
        "rules.yaml",
        f"group: g\ndomain: environment\nrules:\n  - id: a\n    {AIR}\n    when: {{equals: 3}}\n",
    )
    ruleset = parse_groups([document], Context(CATALOG, CITY))
    (warning,) = lint(ruleset, CITY, DEVICES, CATALOG, [document]).warnings
    assert (warning.file, warning.line, warning.key) == ("rules.yaml", 6, "rules[0].when.equals")


def test_disabled_devices_do_not_count(found: Callable[..., list[str]]) -> None:
    off = [replace(device, enabled=False) for device in DEVICES]
    (told,) = found(f"{AIR}, when: {{above: 10}}", weight="warnings", devices=off)
    assert "no device of test sends AirQualityObserved" in told


def test_without_devices_nothing_is_said_of_them(found: Callable[..., list[str]]) -> None:
    about_devices = ("where:", "NoiseLevelObserved", "quorum", "deviation", "absent")
    rules = [rule for rule, _ in WARNINGS if any(word in rule for word in about_devices)]
    assert len(rules) >= len(about_devices)
    assert [found(rule, weight="warnings", devices=()) for rule in rules] == [[] for _ in rules]
