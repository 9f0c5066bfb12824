"""Who is asked when nobody acknowledges, and what does not wait."""

from __future__ import annotations

from rules.model import Severity
from services.alerts.policy.model import Step
from tests.unit.alerts.dispatch.dispatchdesk import HOUR, MINUTE, Desk, Heard, Hours, route

STEPS = (Step(0, ("ops",)), Step(5 * MINUTE, ("duty",)), Step(15 * MINUTE, ("head", "ops")))


def said(found: list[Heard]) -> list[tuple[int, str, str]]:
    return [(one.at, one.receiver, one.why) for one in found]


def test_steps_come_until_somebody_acknowledges() -> None:
    desk = Desk(route(steps=STEPS, repeat=0))
    desk.fire("a")
    assert said(desk.until(5_000)) == [
        (10, "ops", "firing"),
        (310, "duty", "escalation"),
        (910, "head", "escalation"),
        (910, "ops", "escalation"),
    ]
    assert desk.flushes[1].tellings[0].notices[0].after == 5 * MINUTE


def test_an_acknowledgement_stops_steps_and_repeats() -> None:
    desk = Desk(route(steps=STEPS))
    desk.fire("a")
    desk.until(100)
    desk.acknowledge("a")
    assert desk.until(20_000) == []


def test_all_must_be_acknowledged() -> None:
    desk = Desk(route(steps=STEPS, repeat=0))
    desk.fire("a")
    desk.fire("b")
    desk.until(100)
    desk.acknowledge("a")
    assert said(desk.until(400)) == [(310, "duty", "escalation")]


def test_an_acknowledgement_that_is_taken_back_starts_the_steps_anew() -> None:
    desk = Desk(route(steps=STEPS[:2], repeat=0))
    desk.fire("a")
    desk.until(100)
    desk.acknowledge("a")
    desk.until(1_000)
    desk.unacknowledge("a")
    assert said(desk.until(2_000)) == [(1_300, "duty", "escalation")]


def test_what_comes_to_a_case_in_hand_has_the_steps_time_of_its_own() -> None:
    desk = Desk(route(steps=STEPS[:2], repeat=0))
    desk.fire("a")
    desk.until(100)
    desk.acknowledge("a")
    desk.until(2_000)
    desk.fire("b")
    assert said(desk.until(4_000)) == [(2_010, "ops", "firing"), (2_310, "duty", "escalation")]


def test_who_was_asked_hears_how_it_goes_on() -> None:
    desk = Desk(route(steps=STEPS, repeat=0))
    desk.fire("a")
    desk.until(400)
    desk.fire("b")
    desk.until(500)
    desk.resolve("a", "b")
    assert said(desk.until(700)) == [(510, "ops", "resolved"), (510, "duty", "resolved")]
    assert len(desk.book) == 0


def test_a_step_tells_only_what_may_be_told() -> None:
    desk = Desk(route(steps=STEPS[:2], repeat=0))
    desk.fire("a")
    desk.fire("b")
    desk.until(100)
    desk.suppress("b")
    assert desk.until(400) == [Heard(310, "duty", "escalation", {"a": "minor"})]


def test_a_suppressed_alert_is_not_escalated() -> None:
    desk = Desk(route(steps=STEPS, repeat=0))
    desk.fire("a")
    desk.until(100)
    desk.suppress("a")
    assert desk.until(5_000) == []


def test_a_worse_severity_is_told_at_once_and_needs_somebody_anew() -> None:
    desk = Desk(route(steps=STEPS[:2], repeat=0))
    desk.fire("a")
    desk.until(20)
    desk.acknowledge("a")
    desk.until(30)
    desk.amend("a", severity=Severity.MAJOR)
    assert desk.until(1_000) == [
        Heard(30, "ops", "severity", {"a": "major"}),
        Heard(330, "duty", "escalation", {"a": "major"}),
    ]


def test_worse_but_not_the_worst_of_its_case_waits_for_the_interval() -> None:
    desk = Desk(route(repeat=0))
    desk.fire("a", severity=Severity.MAJOR)
    desk.fire("b")
    desk.until(20)
    desk.amend("b", severity=Severity.MAJOR)
    assert desk.until(200) == [Heard(70, "ops", "severity", {"b": "major"})]


def test_critical_ones_do_not_wait_for_the_interval_but_gather_for_the_first_wait() -> None:
    desk = Desk(route(repeat=0))
    desk.fire("a", severity=Severity.CRITICAL)
    desk.until(20)
    desk.fire("b", severity=Severity.CRITICAL)
    first = desk.until(21)
    for second in (22, 25, 29):
        desk.until(second)
        desk.fire(f"c{second}", severity=Severity.CRITICAL)
    assert first == [Heard(20, "ops", "firing", {"b": "critical"})]
    assert [(one.at, sorted(one.news)) for one in desk.until(100)] == [(30, ["c22", "c25", "c29"])]


def test_the_first_message_of_a_critical_one_waits_for_the_group() -> None:
    desk = Desk(route())
    desk.fire("a", severity=Severity.CRITICAL)
    assert [one.at for one in desk.until(60)] == [10]


def test_a_step_waits_while_the_route_is_mute() -> None:
    desk = Desk(route(steps=STEPS[:2], repeat=0, mute=Hours((200, 1_000))))
    desk.fire("a")
    assert said(desk.until(2_000)) == [(10, "ops", "firing"), (1_000, "duty", "escalation")]


def test_what_nobody_took_on_by_the_end_of_the_hours_is_routed_anew() -> None:
    day = route("day", during=Hours((0, 1_000)), repeat=0)
    night = route("night", during=Hours((1_000, 9_000)), steps=(Step(0, ("night",)),), repeat=0)
    desk = Desk(day, night)
    desk.fire("a")
    desk.fire("b", zone="yothi")
    desk.until(500)
    desk.acknowledge("b")
    assert said(desk.until(3_000)) == [(1_010, "night", "firing")]
    desk.resolve("a", "b")
    assert sorted(said(desk.until(4_000))) == [
        (3_010, "night", "resolved"),
        (3_010, "ops", "resolved"),
        (3_010, "ops", "resolved"),
    ]
    assert len(desk.book) == 0


def test_where_nobody_else_is_on_duty_it_stays_where_it_is() -> None:
    desk = Desk(route("day", during=Hours((0, 1_000), (5_000, 6_000)), repeat=HOUR))
    desk.fire("a")
    assert said(desk.until(4_000)) == [(10, "ops", "firing"), (3_610, "ops", "repeat")]


def test_an_alert_outside_the_hours_is_not_taken_later() -> None:
    desk = Desk(route("day", during=Hours((100, 1_000))))
    desk.fire("a")
    desk.until(200)
    desk.acknowledge("a")
    assert desk.until(500) == []
