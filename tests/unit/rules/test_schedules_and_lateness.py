"""What is common to all kinds: when a rule may be true, and how long it waits for late readings."""

from __future__ import annotations

import pytest

PM = "on: AirQualityObserved.pm25"


def steps(one):
    return [(step.state.value, (step.at - one.ms(0)) / 60_000) for step in one.told]


def night(extra=""):
    # The world begins on a Monday at midnight.
    return f"{{id: a, {PM}, when: {{above: 50}}, schedule: {{hours: '01:00-02:00'}}{extra}}}"


def test_outside_its_schedule_a_rule_is_not_true(world):
    one = world(night())
    one.reads(0, {"pm25": 60.0})
    one.at(59)
    assert one.told == []
    one.at(60)
    assert steps(one) == [("firing", 60)]
    one.at(119)
    one.at(130)
    assert steps(one) == [("firing", 60), ("resolved", 120)]
    one.at(24 * 60 + 61)
    assert steps(one)[2:] == [("firing", 24 * 60 + 60)]


def test_what_ends_before_the_schedule_opens_is_nothing(world):
    one = world(night())
    one.reads(0, {"pm25": 60.0})
    one.reads(30, {"pm25": 10.0})
    one.at(90)
    assert one.told == []


def test_for_begins_when_the_schedule_opens(world):
    one = world(night(", for: 10m, keep_firing_for: 5m"))
    one.reads(0, {"pm25": 60.0})
    one.at(200)
    assert steps(one) == [("pending", 60), ("firing", 70), ("resolved", 125)]
    assert one.told[1].starts_at == one.ms(60)


def test_an_alert_due_at_the_edge_of_its_schedule_fires(world):
    one = world(night(", for: 1h"))
    one.reads(0, {"pm25": 60.0})
    one.at(200)
    assert steps(one) == [("pending", 60), ("firing", 120), ("resolved", 120)]


def test_a_clear_value_holds_through_the_time_outside(world):
    rule = f"{{id: a, {PM}, when: {{above: 50, clear_below: 40}}, schedule: {{hours: '01:00-02:00'}}}}"
    one = world(rule)
    one.reads(0, {"pm25": 60.0})
    one.reads(30, {"pm25": 45.0})
    one.at(61)
    assert steps(one) == [("firing", 60)]


@pytest.mark.parametrize("stop", [10, 65, 119])
def test_a_restart_keeps_what_the_schedule_holds_back(world, stop):
    one = world(night())
    one.reads(0, {"pm25": 60.0})
    one.at(stop)
    before = steps(one)
    two = one.restarted()
    two.at(200)
    assert before + steps(two) == [("firing", 60), ("resolved", 120)]


def test_silence_outside_the_schedule_is_told_when_it_opens(world):
    one = world(f"{{id: a, {PM}, when: {{absent: {{after: 10m}}}}, schedule: {{hours: '01:00-02:00'}}}}")
    one.reads(0, {"pm25": 1.0}, "aq-01")
    for minute in range(0, 200, 5):
        one.reads(minute, {"pm25": 1.0}, "aq-02")
    assert steps(one) == [("firing", 60), ("resolved", 120)]


LATE = f"{{id: a, {PM}, when: {{above: 50}}, for: 2m, lateness: 5m}}"


def test_a_rule_that_waits_tells_later_what_it_would_have_told(world):
    one = world(LATE)
    one.reads(0, {"pm25": 60.0})
    one.at(4)
    assert one.told == []
    one.at(6.9)
    assert steps(one) == [("pending", 0)]
    one.at(7)
    assert steps(one) == [("pending", 0), ("firing", 2)]


def test_late_readings_take_their_place(world):
    one = world(LATE)
    one.reads(0, {"pm25": 60.0})
    one.reads(3, {"pm25": 60.0})
    one.reads(1, {"pm25": 10.0}, now=4)
    one.at(20)
    assert steps(one) == [("pending", 0), ("inactive", 1), ("pending", 3), ("firing", 5)]


def test_later_than_that_is_too_late(world):
    one = world(LATE)
    one.reads(0, {"pm25": 60.0})
    one.at(6.5)
    one.reads(1, {"pm25": 10.0}, now=6.5)
    one.at(20)
    assert steps(one) == [("pending", 0), ("firing", 2)]


def test_lateness_beyond_the_live_horizon_counts(world):
    one = world(f"{{id: a, {PM}, when: {{above: 50}}, lateness: 1h}}")
    one.reads(0, {"pm25": 60.0}, now=40)
    one.at(61)
    assert steps(one) == [("firing", 0)]


def test_a_restart_keeps_what_waits(world):
    one = world(LATE)
    one.reads(0, {"pm25": 60.0})
    two = one.restarted()
    two.reads(1, {"pm25": 10.0})
    two.at(20)
    assert steps(two) == [("pending", 0), ("inactive", 1)]


def test_rules_that_follow_wait_as_long(world, rules_of):
    from devices.documents import ProblemsError

    with pytest.raises(ProblemsError, match=r"must wait for late readings as long.*0s and 5m"):
        rules_of(LATE, "{id: b, when: {not: a}}")
    one = world(LATE, "{id: b, when: {all: [a]}, lateness: 5m}")
    one.reads(0, {"pm25": 60.0})
    one.at(20)
    assert [(t.rule, t.state.value, (t.at - one.ms(0)) / 60_000) for t in one.told][-1] == (
        "air/b",
        "firing",
        2,
    )


def test_a_reload_keeps_what_did_not_change(world, rules_of):
    stays = f"{{id: a, {PM}, when: {{above: 50}}, for: 10m}}"
    one = world(
        stays, f"{{id: b, {PM}, when: {{above: 50}}}}", f"{{id: c, {PM}, when: {{above: 50}}, lateness: 5m}}"
    )
    one.reads(0, {"pm25": 60.0})
    one.at(6)
    assert [(t.rule, t.state.value) for t in one.told] == [
        ("air/a", "pending"),
        ("air/b", "firing"),
        ("air/c", "firing"),
    ]
    rules = rules_of(stays, f"{{id: b, {PM}, when: {{above: 70}}}}", f"{{id: d, {PM}, when: {{above: 1}}}}")
    reloaded = one.engine.reload(rules)
    assert reloaded.kept == ("air/a",)
    assert reloaded.changed == ("air/b",)
    assert reloaded.added == ("air/d",)
    assert reloaded.removed == ("air/c",)
    one.told.clear()
    one.at(10)
    assert [(t.rule, t.state.value, (t.at - one.ms(0)) / 60_000) for t in one.told] == [
        ("air/b", "resolved", 10),
        ("air/c", "resolved", 10),
        ("air/a", "firing", 10),
    ]
