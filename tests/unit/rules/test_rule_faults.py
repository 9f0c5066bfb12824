"""A rule that fails at its work: its own alert is over, and nothing else is touched."""

from __future__ import annotations

import pytest

from rules.kinds.absent import AbsentSeries
from rules.kinds.composite import CompositeSeries
from rules.kinds.expression import Holding
from rules.kinds.threshold import ThresholdSeries
from rules.measures.windows import Window
from tests.unit.rules.conftest import MINUTE

PM = "on: AirQualityObserved.pm25"
HIGH = f"{{id: high, {PM}, when: {{above: 50}}}}"
MEAN = f"{{id: mean, {PM}, when: {{window: {{agg: mean, over: 10m}}, above: 50}}, for: 10m}}"
MANY = (
    f"{{id: mean, {PM}, when: {{quorum: {{of: {{window: {{agg: sum, over: 9m}}, above: 5}}, share: 0.1}}}}}}"
)


def told(one, rule):
    return [
        (t.state.value, (t.at - one.ms(0)) / MINUTE, t.subject.device) for t in one.told if t.rule == rule
    ]


def fail(*_args, **_more):
    raise ZeroDivisionError("a bug")


def faults(one):
    return [(fault.rule, fault.subject.device, fault.times) for fault in one.engine.faults]


@pytest.mark.parametrize(
    ("rule", "culprit", "name"),
    [
        (MEAN, Window, "take"),
        ("{id: mean, on: AirQualityObserved, when: {expr: pm25 > 50}}", Holding, "see"),
        ("{id: mean, on: AirQualityObserved, when: {absent: {after: 10m}}}", AbsentSeries, "hear"),
        ("{id: mean, when: {all: [other]}}", CompositeSeries, "holds"),
        (MANY, Window, "take"),
    ],
)
def test_all_others_go_on(world, monkeypatch, rule, culprit, name):
    other = "{id: other, on: AirQualityObserved.temperature, when: {above: 35}}"
    one = world(rule, other)
    monkeypatch.setattr(culprit, name, fail)
    one.reads(0, {"pm25": 60.0, "temperature": 40.0})
    one.at(1)
    assert told(one, "air/other") == [("firing", 0, "aq-01")]
    assert told(one, "air/mean") == []
    (fault,) = one.engine.faults
    assert (fault.rule, fault.times) == ("air/mean", 1)
    assert "ZeroDivisionError: a bug" in str(fault)


def test_its_alert_is_over_and_it_begins_anew(world, monkeypatch):
    one = world(MEAN)
    one.reads(0, {"pm25": 60.0})
    one.reads(0, {"pm25": 60.0}, "aq-02")
    with monkeypatch.context() as patch:
        patch.setattr(Window, "take", fail)
        one.reads(1, {"pm25": 60.0})
        one.at(2)
    assert faults(one) == [("air/mean", "aq-01", 1)]
    one.reads(5, {"pm25": 60.0})
    one.at(20)
    assert told(one, "air/mean") == [
        ("pending", 0, "aq-01"),
        ("pending", 0, "aq-02"),
        ("inactive", 2, "aq-01"),
        ("pending", 5, "aq-01"),
        ("firing", 10, "aq-02"),
        ("firing", 15, "aq-01"),
    ]


@pytest.mark.parametrize(("name", "end"), [("elapse", "inactive"), ("evidence", "resolved")])
def test_a_timer_may_fail(world, monkeypatch, name, end):
    one = world(f"{{id: slow, {PM}, when: {{above: 50}}, for: 5m}}", MEAN)
    one.reads(0, {"pm25": 60.0})
    with monkeypatch.context() as patch:
        patch.setattr(ThresholdSeries, name, fail)
        one.at(6)
    one.at(11)
    assert told(one, "air/slow")[-1][0] == end
    assert told(one, "air/mean")[-1] == ("firing", 10, "aq-01")
    assert faults(one) == [("air/slow", "aq-01", 1)]


def test_a_late_reading_may_fail(world, monkeypatch):
    one = world(MEAN, HIGH)
    one.reads(5, {"pm25": 60.0})
    monkeypatch.setattr(Window, "fill", fail)
    one.reads(4, {"pm25": 60.0}, now=6)
    one.reads(7, {"pm25": 10.0})
    one.at(8)
    assert told(one, "air/high")[-1] == ("resolved", 7, "aq-01")
    assert faults(one) == [("air/mean", "aq-01", 1)]


@pytest.mark.parametrize(("name", "now"), [("take", 2), ("fill", 5)])
def test_what_fails_to_be_derived_stops_no_rule(world, monkeypatch, name, now):
    from rules.indices.derivation import _Derivation

    hot = "{id: hot, on: AirQualityObserved.heatIndex, when: {above: 41}}"
    one = world(HIGH, hot)
    one.reads(1, {"temperature": 20.0, "relativeHumidity": 0.5})
    if name == "fill":
        one.reads(3, {"temperature": 20.0, "relativeHumidity": 0.5})
    monkeypatch.setattr(_Derivation, name, fail)
    one.reads(2, {"pm25": 60.0, "temperature": 40.0, "relativeHumidity": 0.6}, now=now)
    one.reads(now + 1, {"pm25": 70.0})
    assert told(one, "air/high")[0][0] == "firing"
    assert faults(one)[0][:2] == ("AirQualityObserved", "aq-01")
    assert "what is derived from AirQualityObserved failed for aq-01" in str(one.engine.faults[0])
