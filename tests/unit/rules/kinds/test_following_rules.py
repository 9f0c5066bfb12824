"""Rules about what other rules do: quorum, all, any, not, sequence."""

from __future__ import annotations

import pytest

from devices.model import City, Text, Zone

PM = "on: AirQualityObserved.pm25"
HOT = "on: AirQualityObserved.temperature"
QUORUM = f"{{id: haze, {PM}, when: {{quorum: {{of: {{above: 50, clear_below: 40}}, at_least: 2}}}}}}"


def told(one, rule="air/haze"):
    one.conclude()
    return [
        (t.state.value, (t.at - one.ms(0)) / 60_000, t.subject.device, t.subject.zone)
        for t in one.told
        if t.rule == rule
    ]


def smoke(one, minute, device, value):
    one.reads(minute, {"pm25": float(value)}, device)


def test_many_devices_of_a_zone_raise_one_alert_of_the_zone(world, device):
    one = world(QUORUM, devices=[device(f"aq-0{n}") for n in range(1, 5)])
    smoke(one, 0, "aq-01", 60)
    assert told(one) == []
    smoke(one, 1, "aq-02", 60)
    smoke(one, 2, "aq-03", 60)
    smoke(one, 3, "aq-01", 45)  # not cleared yet
    smoke(one, 4, "aq-02", 30)
    assert told(one) == [("firing", 1, None, "samyan")]
    smoke(one, 5, "aq-03", 30)
    assert told(one) == [("firing", 1, None, "samyan"), ("resolved", 5, None, "samyan")]


def test_the_evidence_names_the_devices(world, device):
    one = world(QUORUM, devices=[device("aq-01"), device("aq-02"), device("aq-03")])
    smoke(one, 0, "aq-01", 60)
    smoke(one, 1, "aq-02", 70)
    one.conclude()
    evidence = one.told[-1].evidence
    assert evidence.value == 2.0
    assert evidence.threshold == 2.0
    assert evidence.details == {"devices": ["aq-01", "aq-02"], "count": 2, "total": 3}
    assert [reading["value"] for reading in evidence.readings] == [60.0, 70.0]


def test_devices_of_other_zones_do_not_count(world, device):
    one = world(QUORUM, devices=[device("aq-01"), device("aq-02", zone="yothi")])
    smoke(one, 0, "aq-01", 60)
    smoke(one, 1, "aq-02", 60)
    assert told(one) == []


def test_a_share_is_of_all_devices_of_the_zone(world, device):
    rule = f"{{id: haze, {PM}, when: {{quorum: {{of: {{above: 50}}, share: 0.5}}}}}}"
    devices = [device(f"aq-0{n}") for n in range(1, 5)]
    one = world(rule, devices=devices)
    smoke(one, 0, "aq-01", 60)
    assert told(one) == []
    smoke(one, 1, "aq-02", 60)
    assert told(one) == [("firing", 1, None, "samyan")]
    # Another device comes: two of five are less than half.
    one.change(*devices, device("aq-05"))
    one.at(2)
    assert told(one)[-1] == ("resolved", 2, None, "samyan")


def test_a_device_that_is_gone_counts_no_more(world, device):
    devices = [device("aq-01"), device("aq-02"), device("aq-03")]
    one = world(QUORUM, devices=devices)
    smoke(one, 0, "aq-01", 60)
    smoke(one, 1, "aq-02", 60)
    one.conclude()
    one.engine.set_devices(devices[1:])
    one.at(2)
    assert told(one)[-1] == ("resolved", 2, None, "samyan")


def test_within_a_radius_of_one_of_them(world, device):
    rule = f"{{id: haze, {PM}, when: {{quorum: {{of: {{above: 50}}, at_least: 2, radius: 500m}}}}}}"
    places = {"aq-01": (100.530, 13.730), "aq-02": (100.533, 13.730), "aq-03": (100.560, 13.730)}
    one = world(rule, devices=[device(name, location=place) for name, place in places.items()])
    smoke(one, 0, "aq-01", 60)
    smoke(one, 1, "aq-03", 60)  # 3 km away
    assert told(one) == []
    smoke(one, 2, "aq-02", 60)  # 325 m away
    assert told(one) == [("firing", 2, None, "samyan")]


def test_a_quorum_of_silences(world, device):
    rule = f"{{id: dark, {PM}, when: {{quorum: {{of: {{absent: {{after: 10m}}}}, at_least: 2}}}}}}"
    one = world(rule, devices=[device("aq-01"), device("aq-02"), device("aq-03")])
    smoke(one, 0, "aq-01", 1)
    smoke(one, 5, "aq-02", 1)
    smoke(one, 9, "aq-03", 1)
    one.at(14)
    assert told(one, "air/dark") == []
    one.at(30)
    assert told(one, "air/dark") == [("firing", 15, None, "samyan")]
    smoke(one, 31, "aq-01", 1)
    smoke(one, 32, "aq-02", 1)
    assert told(one, "air/dark")[-1] == ("resolved", 32, None, "samyan")


def test_for_belongs_to_the_quorum(world, device):
    rule = QUORUM.replace("}}}", "}}, for: 5m}")
    one = world(rule, devices=[device("aq-01"), device("aq-02")])
    smoke(one, 0, "aq-01", 60)
    smoke(one, 1, "aq-02", 60)
    one.at(10)
    assert [step[:2] for step in told(one)] == [("pending", 1), ("firing", 6)]


SMOKE = f"{{id: smoke, {PM}, when: {{above: 50}}}}"
HEAT = f"{{id: heat, {HOT}, when: {{above: 35}}}}"


def both(one, minute, pm25, temperature, device="aq-01"):
    one.reads(minute, {"pm25": float(pm25), "temperature": float(temperature)}, device)


def test_all_of_them_on_one_device(world):
    one = world(SMOKE, HEAT, "{id: haze, when: {all: [smoke, air/heat]}}")
    both(one, 0, 60, 30)
    both(one, 1, 10, 40, "aq-02")
    assert told(one) == []
    both(one, 2, 60, 40)
    both(one, 3, 60, 30)
    assert told(one) == [("firing", 2, "aq-01", "samyan"), ("resolved", 3, "aq-01", "samyan")]


def test_any_of_them(world):
    one = world(SMOKE, HEAT, "{id: haze, when: {any: [smoke, heat]}}")
    both(one, 0, 60, 30)
    both(one, 1, 60, 40)
    both(one, 2, 10, 40)
    both(one, 3, 10, 30)
    assert [step[:2] for step in told(one)] == [("firing", 0), ("resolved", 3)]


def test_one_but_not_another(world):
    one = world(SMOKE, HEAT, "{id: haze, when: {all: [smoke, {not: heat}]}}")
    both(one, 0, 60, 40)
    both(one, 1, 60, 30)
    both(one, 2, 60, 40)
    assert [step[:2] for step in told(one)] == [("firing", 1), ("resolved", 2)]


def test_not_is_unknown_of_a_device_that_never_spoke(world):
    one = world(SMOKE, "{id: haze, when: {not: smoke}}")
    one.at(60)
    assert told(one) == []
    both(one, 61, 60, 30)
    assert told(one) == []
    both(one, 62, 10, 30)
    both(one, 63, 60, 30)
    assert told(one) == [("firing", 62, "aq-01", "samyan"), ("resolved", 63, "aq-01", "samyan")]


def test_with_a_rule_of_the_zone_it_is_about_the_zone(world):
    silent = "{id: silent, on: WeatherObserved, when: {absent: {after: 10m, of: zone}}}"
    one = world(SMOKE, silent, "{id: haze, when: {all: [smoke, silent]}}")
    assert one.ruleset.rules["air/haze"].condition.scope.value == "zone"
    both(one, 0, 60, 30)
    one.at(30)
    assert told(one) == []


def test_a_rule_about_a_composite(world):
    one = world(
        SMOKE,
        HEAT,
        "{id: either, when: {any: [smoke, heat]}, for: 2m}",
        "{id: haze, when: {all: [either, smoke]}}",
    )
    both(one, 0, 60, 30)
    one.at(5)
    assert [step[:2] for step in told(one)] == [("firing", 2)]


SEQUENCE = "{id: haze, when: {sequence: {first: heat, then: smoke, within: 10m}}}"


@pytest.mark.parametrize(
    ("heat", "smoke_at", "fires"), [(0, 5, True), (0, 10, True), (0, 11, False), (5, 0, False)]
)
def test_one_after_the_other(world, heat, smoke_at, fires):
    one = world(SMOKE, HEAT, SEQUENCE)
    steps = sorted([(heat, {"temperature": 40.0}), (smoke_at, {"pm25": 60.0})], key=lambda step: step[0])
    for minute, values in steps:
        one.reads(minute, values)
    one.at(30)
    assert [step[:2] for step in told(one)] == ([("firing", smoke_at)] if fires else [])


def test_a_sequence_lasts_while_the_second_does(world):
    one = world(SMOKE, HEAT, SEQUENCE)
    one.reads(0, {"temperature": 40.0})
    one.reads(1, {"pm25": 60.0})
    one.reads(2, {"temperature": 10.0})
    one.reads(20, {"pm25": 10.0})
    one.reads(21, {"pm25": 60.0})
    assert [step[:2] for step in told(one)] == [("firing", 1), ("resolved", 20)]


def test_a_fence(rules_of, device):
    from devices.model import Observation
    from rules.engine import Engine

    zones = {"samyan": Zone("samyan", Text("Samyan", "สามย่าน"), center=(100.53, 13.73), radius=500.0)}
    city = City("c", Text("C", "ค"), "Asia/Bangkok", zones, {})
    rules = rules_of(
        "{id: away, on: AirQualityObserved, when: {geofence: {zone: samyan, is: out}}, for: 2m}", city=city
    )
    engine = Engine(rules, city, [device("aq-01")])
    start = 1_767_546_000_000
    steps = [
        (0, (100.53, 13.73)),
        (1, (100.60, 13.73)),
        (2, None),
        (4, (100.60, 13.73)),
        (5, (100.53, 13.73)),
    ]
    out = []
    for minute, place in steps:
        now = start + minute * 60_000
        reading = Observation(now, "aq-01", "samyan", "AirQualityObserved", {"pm25": 1.0}, now, place)
        out += engine.advance(now) + engine.observe([reading], now)
    assert [(t.state.value, (t.at - start) / 60_000) for t in out] == [
        ("pending", 1),
        ("firing", 3),
        ("resolved", 5),
    ]
    assert out[1].title.en == "aq-01 is outside Samyan"


def test_an_expression_over_one_reading(world):
    rule = "{id: a, on: AirQualityObserved, when: {expr: 'pm25 > 37.5 && temperature + 1 > 30'}}"
    one = world(rule)
    both(one, 0, 40, 20)
    both(one, 1, 40, 30)
    one.reads(2, {"pm25": 40.0})  # says nothing of the temperature, nor does anything follow from it
    both(one, 3, 10, 30)
    assert [(t.state.value, (t.at - one.ms(0)) / 60_000) for t in one.told] == [
        ("firing", 1),
        ("resolved", 3),
    ]
    assert one.told[0].evidence.details["values"] == {"pm25": 40.0, "temperature": 30.0}


def test_of_an_expression_what_follows_from_a_part_is_known(world):
    one = world("{id: a, on: AirQualityObserved, when: {expr: 'pm25 > 37.5 && temperature > 30'}}")
    both(one, 0, 40, 31)
    one.reads(1, {"pm25": 10.0})
    assert [(t.state.value, (t.at - one.ms(0)) / 60_000) for t in one.told] == [
        ("firing", 0),
        ("resolved", 1),
    ]


def test_stations_of_one_moment_make_no_alert_in_between(world, device):
    one = world(QUORUM, devices=[device("aq-01"), device("aq-02"), device("aq-03")])
    for minute, values in ((0, (60, 60, 20)), (1, (20, 60, 60))):
        for name, value in zip(("aq-01", "aq-02", "aq-03"), values, strict=True):
            smoke(one, minute, name, value)
    assert told(one) == [("firing", 0, None, "samyan")]
