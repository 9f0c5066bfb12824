"""Rules on what one device's readings come to: change, deviation, anomaly, stuck, derived metrics."""

from __future__ import annotations

from random import Random

PM = "on: AirQualityObserved.pm25"


def steps(one):
    return [(step.state.value, (step.at - one.ms(0)) / 60_000) for step in one.told]


def test_a_change_is_newest_minus_oldest_of_the_span(states):
    # In (t - 10 min, t] of readings every 5 minutes there are two.
    rule = f"{{id: a, {PM}, when: {{change: {{over: 10m}}, above: 15}}}}"
    assert states(rule, [10, 20, 40, 50]) == [("firing", 10), ("resolved", 15)]


def test_a_relative_change_is_a_share_of_the_oldest(states):
    rule = f"{{id: a, {PM}, when: {{change: {{over: 10m, relative: true}}, below: -0.4}}}}"
    assert states(rule, [0, 50, 40, 20, 20]) == [("firing", 15), ("resolved", 20)]


def test_a_deviation_is_from_the_others_of_the_zone(world, device):
    rule = f"{{id: a, {PM}, when: {{deviation: {{min_devices: 2}}, outside: [-20, 20]}}}}"
    one = world(rule, devices=[device(f"aq-0{n}") for n in range(1, 4)] + [device("aq-09", zone="yothi")])
    for name, value in (("aq-01", 30.0), ("aq-02", 32.0), ("aq-09", 500.0)):
        one.reads(0, {"pm25": value}, name)
    one.reads(1, {"pm25": 51.0}, "aq-03")
    assert one.conclude() == []
    one.reads(2, {"pm25": 51.5}, "aq-03")
    assert one.conclude()[0][0] == "firing"
    assert one.told[0].evidence.details["expected"] == 31.0


def test_a_device_that_is_gone_is_nobodys_neighbour(world, device):
    rule = f"{{id: a, {PM}, when: {{deviation: {{min_devices: 2}}, outside: [-20, 20]}}}}"
    devices = [device(f"aq-0{n}") for n in range(1, 4)]
    one = world(rule, devices=devices)
    for name in ("aq-01", "aq-02"):
        one.reads(0, {"pm25": 30.0}, name)
    one.engine.set_devices(devices[1:])
    one.reads(1, {"pm25": 500.0}, "aq-03")
    assert one.conclude() == []


def test_stations_of_one_moment_are_compared_with_each_other(world, device):
    rule = f"{{id: a, {PM}, when: {{deviation: {{min_devices: 2}}, outside: [-20, 20]}}}}"
    names = [f"aq-0{n}" for n in range(1, 5)]
    one = world(rule, devices=[device(name) for name in names])
    for minute, value in ((0, 20.0), (60, 80.0)):
        for name in names:
            one.reads(minute, {"pm25": value}, name)
    one.at(61)
    assert one.told == []


def test_a_value_is_stuck_after_the_span(states):
    rule = f"{{id: a, {PM}, when: {{stuck: {{over: 15m, tolerance: 1}}}}}}"
    assert states(rule, [10, 11, 10, 11, 10, 13]) == [("firing", 15), ("resolved", 25)]


def test_a_status_can_be_stuck(states):
    rule = "{id: a, on: AirQualityObserved.status, when: {stuck: {over: 15m}}}"
    told = states(rule, ["ok", "fault", "fault", "fault", "fault", "ok"], metric="status")
    assert told == [("firing", 15), ("resolved", 25)]


def test_an_anomaly_is_scored(world, rules_of, device):
    from rules.engine import Engine
    from tests.unit.rules.conftest import CITY, START

    random = Random(3)  # the same each time
    heard = []
    engine = Engine(
        rules_of(f"{{id: a, {PM}, when: {{anomaly: {{}}}}}}"),
        CITY,
        [device("aq-01")],
        on_score=lambda *score: heard.append(score),
    )
    from devices.model import Observation

    told = []
    for place in range(300):
        time = START + place * 300_000
        value = 200.0 if place == 250 else random.gauss(30, 1)
        reading = Observation(time, "aq-01", "samyan", "AirQualityObserved", {"pm25": value}, time)
        told += engine.advance(time) + engine.observe([reading], time)
    fired = [step for step in told if step.state.value == "firing"]
    assert START + 250 * 300_000 in [step.at for step in fired]
    spike = next(step for step in fired if step.at == START + 250 * 300_000)
    assert spike.evidence.details["expected"] < 40
    assert "is unusual: 200" in spike.title.en
    assert len(heard) == 300
    assert heard[0][:3] == ("air/a", "aq-01", "pm25")
    assert heard[0][3].score is None
    assert heard[250][3].score > 0.9


def test_a_derived_metric_is_a_metric(world):
    one = world("{id: a, on: AirQualityObserved.heatIndex, when: {above: 41}, for: 5m}")
    one.reads(0, {"temperature": 38.0, "relativeHumidity": 0.6})
    one.reads(5, {"temperature": 38.0, "relativeHumidity": 0.6})
    one.reads(6, {"temperature": 28.0, "relativeHumidity": 0.6})
    assert steps(one) == [("pending", 0), ("firing", 5), ("resolved", 6)]
    assert one.told[0].evidence.metric == "heatIndex"


def test_an_expression_may_name_derived_metrics(world):
    one = world("{id: a, on: AirQualityObserved, when: {expr: 'heatIndex > 41 && pm25 > 30'}}")
    one.reads(0, {"temperature": 38.0, "relativeHumidity": 0.6, "pm25": 40.0})
    assert steps(one) == [("firing", 0)]
