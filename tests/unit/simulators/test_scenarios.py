from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from devices.city import CityFolder
from devices.documents import Document, ProblemsError
from devices.model import Device
from rules.files import Context, parse_groups
from rules.library import library
from rules.ruleset import Rule, RuleSet
from simulators.faults import FaultKind
from simulators.noise import Noise
from simulators.scenario import (
    Scenario,
    load_scenario,
    parse_scenario,
    scenario_names,
    scenario_schema,
)

FOLDER = Path(__file__).parents[3] / "simulators" / "scenarios"

HEAD = "name: mine\ntitle: {en: Mine, th: ของฉัน}\n"


@pytest.fixture(scope="module")
def ruleset(pilot: CityFolder) -> RuleSet:
    return parse_groups(pilot.rules, Context(pilot.catalog, pilot.city), library(pilot.packs))


def watches(rule: Rule, device: Device, pilot: CityFolder, ruleset: RuleSet) -> bool:
    """Whether a rule looks at a device, or every rule that it follows does."""
    if rule.on is None:
        leaders = [ruleset.rules[leader] for leader in rule.condition.leaders]
        return all(watches(leader, device, pilot, ruleset) for leader in leaders)
    return rule.on in device.types and rule.where.matches(device, pilot.city.service_of(device))


def scenario(faults: str) -> Scenario:
    return parse_scenario(Document("mine.yaml", HEAD + faults))


def problems(faults: str) -> str:
    with pytest.raises(ProblemsError) as caught:
        scenario(faults)
    return str(caught.value)


@pytest.fixture(params=scenario_names())
def shipped(request: pytest.FixtureRequest) -> Scenario:
    return load_scenario(request.param)


def test_the_known_ones_are_shipped() -> None:
    assert {"demo", "calm", "smoke-day"} <= set(scenario_names())


def test_each_has_the_name_of_its_file_and_two_titles(shipped: Scenario) -> None:
    assert shipped.name in scenario_names()
    assert shipped.title.en != shipped.title.th


def test_the_schema_accepts_what_is_shipped() -> None:
    jsonschema.Draft202012Validator.check_schema(scenario_schema())
    for file in FOLDER.glob("*.yaml"):
        jsonschema.validate(yaml.safe_load(file.read_text("utf-8")), scenario_schema())


def test_every_fault_finds_somebody_in_the_demo_city(shipped: Scenario, pilot: CityFolder) -> None:
    for fault in shipped.faults:
        drawn = fault.target.draw(pilot.devices, Noise(1), fault.id, 0)
        assert drawn, fault.id
        assert fault.target.pick is None or len(drawn) == fault.target.pick, fault.id


def test_every_fault_speaks_of_metrics_that_its_devices_have(shipped: Scenario, pilot: CityFolder) -> None:
    for fault in shipped.faults:
        metrics = fault.values.keys() | fault.add.keys() | fault.scale.keys()
        for device in (device for device in pilot.devices if fault.target.matches(device)):
            known = {name for kind in device.types for name in pilot.catalog[kind].metrics}
            assert metrics <= known, (fault.id, device.id)


def test_expected_alerts_are_of_rules_that_watch_those_devices(
    shipped: Scenario, pilot: CityFolder, ruleset: RuleSet
) -> None:
    for fault in shipped.faults:
        able = [device for device in pilot.devices if fault.target.matches(device)]
        for expected in fault.truth:
            rule = ruleset.rules[expected.rule]
            meant = [device for device in able if expected.concerns(device)]
            watched = [d for d in meant if watches(rule, d, pilot, ruleset)]
            if expected.of == "zone":
                assert {d.zone for d in watched} == {d.zone for d in meant} != set(), fault.id
            else:
                assert watched == meant != [], (fault.id, expected.rule)


def test_a_scenario_of_ones_own_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        HEAD + "faults: [{id: gone, kind: silent, start: 1m, target: {zones: [samyan]}}]", "utf-8"
    )
    fault = load_scenario(str(file)).faults[0]

    assert (fault.kind, fault.start, fault.duration) == (FaultKind.SILENT, 60_000, None)
    assert fault.target.zones == ("samyan",)


def test_a_scenario_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ProblemsError, match=r"demoo.*did you mean demo.*allowed: blackout, calm"):
        load_scenario("demoo")


def test_all_mistakes_are_told_with_their_lines() -> None:
    told = problems(
        "faults:\n"
        "  - {id: a, kind: explode, start: 1s}\n"
        "  - {id: b, kind: silent, start: soon, target: {zone: samyan}}\n"
    )

    assert "mine.yaml:4: faults[0].kind" in told
    assert "mine.yaml:5: faults[1].start" in told
    assert "mine.yaml:5: faults[1].target.zone" in told


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("{id: a, kind: set, start: 1s}", "set needs values"),
        ("{id: a, kind: drift, start: 1s}", "drift needs add or scale"),
        ("{id: a, kind: silent, start: 1s, repeat: {every: 1m}}", "needs a duration"),
        (
            "{id: a, kind: silent, start: 1s, duration: 50s, repeat: {every: 1m, jitter: 20s}}",
            "needs a duration",
        ),
        ("{id: a, kind: silent, start: 1s}, {id: a, kind: silent, start: 2s}", "stands twice: a"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fault: str, why: str) -> None:
    assert why in problems(f"faults: [{fault}]")


def test_whole_numbers_are_numbers_and_booleans_stay_booleans() -> None:
    fault = scenario(
        "faults: [{id: a, kind: set, start: 1s, values: {pm25: 5, up: false, status: fault}}]"
    ).faults[0]

    assert fault.values == {"pm25": 5.0, "up": False, "status": "fault"}
    assert [type(value) for value in fault.values.values()] == [float, bool, str]
