"""Rules that follow others, over what changes around them: devices, rules, restarts, and severities."""

from __future__ import annotations

import pytest

from devices.model import City, Domain, Observation, SmartService, Text
from rules.engine import Engine
from tests.unit.rules.conftest import CITY, MINUTE, START

PM = "on: AirQualityObserved.pm25"
SMOKE = f"{{id: smoke, {PM}, when: {{above: 50}}}}"
HEAT = "{id: heat, on: AirQualityObserved.temperature, when: {above: 35}}"
ONE_OF_THE_ZONE = f"{{id: some, {PM}, when: {{quorum: {{of: {{above: 50}}, at_least: 1}}}}}}"


def told(one, rule="air/haze"):
    return [(t.state.value, (t.at - one.ms(0)) / MINUTE) for t in one.told if t.rule == rule]


def test_a_device_that_where_leaves_out_does_not_count_for_the_zone(world):
    # Over a zone, since one of the two is about the zone.
    one = world(SMOKE, ONE_OF_THE_ZONE, "{id: haze, where: {devices: [aq-01]}, when: {all: [smoke, some]}}")
    one.reads(0, {"pm25": 60.0}, "aq-01")
    one.reads(1, {"pm25": 60.0}, "aq-02")
    one.reads(2, {"pm25": 6.0}, "aq-01")
    one.at(3)
    assert told(one) == [("firing", 0), ("resolved", 2)]


def test_two_services_of_a_zone_are_two(rules_of, device):
    services = {
        name: SmartService(name, Domain.ENVIRONMENT, Text(name, name), (), ()) for name in ("air", "canal")
    }
    city = City("test", CITY.name, CITY.timezone, CITY.zones, services)
    rules = rules_of(
        "{id: dark, on: AirQualityObserved, when: {absent: {after: 10m, of: service}}}",
        "{id: haze, when: {any: [dark]}}",
        city=city,
    )
    engine = Engine(rules, city, [device("aq-01", service="air"), device("aq-02", service="canal")])
    heard = START + 12 * MINUTE
    out = [*engine.advance(START), *engine.advance(heard)]
    reading = Observation(heard, "aq-01", "samyan", "AirQualityObserved", {"pm25": 1.0}, heard)
    out += [*engine.observe([reading], heard), *engine.advance(heard + 1)]
    assert [t.state.value for t in out if t.rule == "air/dark"] == ["firing", "firing", "resolved"]
    haze = [t for t in out if t.rule == "air/haze"]
    assert [t.state.value for t in haze] == ["firing"]
    assert {reading["service"] for reading in haze[0].evidence.readings} <= {"air", "canal"}


@pytest.mark.parametrize("rules", [(SMOKE, HEAT), (HEAT, SMOKE)])
def test_what_begins_at_one_moment_is_in_order_whatever_the_order_of_the_file(world, rules):
    one = world(*rules, "{id: haze, when: {sequence: {first: heat, then: smoke, within: 10m}}}")
    one.reads(0, {"pm25": 60.0, "temperature": 40.0})
    one.at(1)
    assert told(one) == [("firing", 0)]


def test_a_severity_that_moves_is_no_new_beginning(world):
    levels = f"{{id: smoke, {PM}, when: {{above: 50}}, levels: {{minor: 50, major: 100}}}}"
    one = world(levels, "{id: haze, when: {any: [smoke]}, for: 10m}")
    one.reads(0, {"pm25": 60.0})
    one.reads(5, {"pm25": 120.0})
    one.at(20)
    assert told(one) == [("pending", 0), ("firing", 10)]
    (reading,) = one.told[-1].evidence.readings
    assert (reading["time"], reading["value"]) == (one.ms(0), 120.0)


@pytest.mark.parametrize("now", [{"zone": "yothi"}, {"enabled": False}])
def test_an_alert_does_not_outlive_the_device_over_a_restart(world, device, now):
    one = world(SMOKE, "{id: haze, when: {not: smoke}}")
    one.reads(0, {"pm25": 1.0})
    one.at(1)
    assert told(one) == [("firing", 0)]
    one.devices = [device("aq-01", **now), device("aq-02")]
    later = one.restarted()
    later.at(5)
    assert told(later) == [("resolved", 5)]


def test_a_share_counts_the_devices_there_are_after_a_restart(world, device):
    one = world(f"{{id: haze, {PM}, when: {{quorum: {{of: {{above: 50}}, share: 0.5}}}}}}")
    one.reads(0, {"pm25": 60.0})
    one.at(1)
    assert told(one) == [("firing", 0)]
    one.devices = [*one.devices, device("aq-03")]
    later = one.restarted()
    later.at(5)
    assert told(later) == [("resolved", 5)]


def test_a_new_rule_hears_of_what_fires_already(world, rules_of):
    one = world(SMOKE, HEAT)
    one.reads(0, {"pm25": 60.0})
    one.at(1)
    one.engine.reload(rules_of(SMOKE, HEAT, "{id: haze, when: {all: [smoke, heat]}}"))
    one.reads(5, {"temperature": 40.0})
    one.reads(6, {"temperature": 20.0})
    one.at(7)
    assert told(one) == [("firing", 5), ("resolved", 6)]


def test_a_device_that_a_rule_comes_to_be_about_brings_what_fires(world, device):
    rule = "{id: haze, where: {labels: {site: school}}, when: {all: [smoke]}}"
    one = world(SMOKE, rule)
    one.reads(0, {"pm25": 60.0})
    one.at(1)
    one.change(device("aq-01", labels={"site": "school"}))
    one.at(2)
    assert told(one) == [("firing", 2)]
    one.change(device("aq-01"))
    one.at(3)
    assert told(one) == [("firing", 2), ("resolved", 3)]


def test_neighbours_are_those_of_the_metric_that_the_rule_now_looks_at(world, rules_of, device):
    rule = f"{{id: haze, {PM}, when: {{deviation: {{min_devices: 2}}, outside: [-20, 20]}}}}"
    one = world(rule, devices=[device(f"aq-0{n}") for n in range(1, 4)])
    for name in ("aq-01", "aq-02"):
        one.reads(0, {"pm25": 300.0, "temperature": 30.0}, name)
    later = one.restarted(rules_of(rule.replace("pm25", "temperature")))
    later.reads(1, {"temperature": 30.0}, "aq-03")
    later.at(2)
    assert told(later) == []


def test_timers_come_before_what_a_change_of_devices_brings(world, device):
    # The quorum's pending alert is over at minute 10, before the devices were counted anew at 40.
    rule = (
        f"{{id: haze, {PM}, when: {{quorum: {{of: {{window: {{agg: count, over: 10m}}, above: 0}},"
        " at_least: 2}}, for: 15m}"
    )
    one = world(rule)
    one.reads(0, {"pm25": 1.0}, "aq-01")
    one.reads(0, {"pm25": 1.0}, "aq-02")
    one.at(1)
    one.change(device("aq-03"))
    one.at(40)
    assert told(one) == [("pending", 0), ("inactive", 10)]


def titles(one):
    return {t.rule.removeprefix("air/"): t.title for t in one.told}


def test_titles_that_nobody_wrote_read_as_sentences(world):
    one = world(
        f"{{id: mean, {PM}, when: {{window: {{agg: mean, over: 24h}}, above: 50}}}}",
        f"{{id: stuck, {PM}, when: {{stuck: {{over: 10m}}}}}}",
        f"{{id: metric, {PM}, when: {{quorum: {{of: {{above: 50}}, at_least: 1}}}}}}",
        "{id: whole, on: AirQualityObserved, when: {quorum: {of: {expr: pm25 > 50}, at_least: 1}}}",
        "{id: order, when: {sequence: {first: metric, then: whole, within: 10m}}}",
    )
    for minute in range(0, 20, 5):
        one.reads(minute, {"pm25": 60.0})
    one.at(20)
    assert titles(one) == {
        "mean": Text(
            "PM2.5 of aq-01: mean of 24h at 60 (limit 50)",
            "ฝุ่น PM2.5 ของ aq-01: ค่าเฉลี่ย 24h อยู่ที่ 60 (เกณฑ์ 50)",
        ),
        "stuck": Text("PM2.5 of aq-01 has not moved for 10m", "ฝุ่น PM2.5 ของ aq-01 ไม่เปลี่ยนแปลงนาน 10m"),
        "metric": Text(
            "1 of 2 devices in Samyan at once: PM2.5", "อุปกรณ์ 1 จาก 2 เครื่องในสามย่านพร้อมกัน: ฝุ่น PM2.5"
        ),
        "whole": Text("1 of 2 devices in Samyan at once", "อุปกรณ์ 1 จาก 2 เครื่องในสามย่านพร้อมกัน"),
        "order": Text("Samyan: air/metric, air/whole within 10m", "สามย่าน: air/metric, air/whole ภายใน 10m"),
    }


def test_a_reading_in_two_messages_is_one_to_an_expression(world):
    one = world("{id: haze, on: AirQualityObserved, when: {expr: pm25 > 50 && temperature > 35}}")
    one.reads(0, {"pm25": 60.0})
    later = one.restarted()
    later.reads(0, {"temperature": 40.0})
    later.reads(1, {"temperature": 40.0, "pm25": 10.0})
    later.reads(2, {"pm25": 60.0})
    later.at(3)
    assert told(later) == [("firing", 0), ("resolved", 1)]


def test_neighbours_are_known_after_a_restart(world, device):
    rule = f"{{id: haze, {PM}, when: {{deviation: {{min_devices: 2}}, outside: [-20, 20]}}}}"
    one = world(rule, devices=[device(f"aq-0{n}") for n in range(1, 4)])
    for name in ("aq-01", "aq-02"):
        one.reads(0, {"pm25": 30.0}, name)
    one.at(1)
    later = one.restarted()
    later.reads(2, {"pm25": 90.0}, "aq-03")
    later.at(3)
    assert told(later) == [("firing", 2)]
