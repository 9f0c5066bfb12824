"""Who would hear of an alert, when: escalation, repetition, hours, muting, maintenance, and why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from devices.model import Text
from rules.model import Severity
from services.alerts.policy.model import HOUR, MINUTE, Policy
from services.alerts.routing.explain import explain, who
from services.alerts.routing.query import Query
from services.runtime.clock import rfc3339
from tests.unit.alerts.policy.alertingfiles import policy

MONDAY_NOON = 1_767_589_200_000  # 2026-01-05T12:00 in Bangkok
SECOND = 1_000

HEAD = """
receivers: {duty: {en: Duty officer, th: เจ้าหน้าที่เวร}, lead: {en: Lead}, night: {en: Night shift}}
intervals: {office: {hours: "08:00-17:00"}}
"""


def written(routes: str, more: str = "") -> Policy:
    return policy(
        f"{HEAD}{more}\nroutes:\n" + "".join(f"  - {line}\n" for line in routes.strip().splitlines())
    )


def query(at: int = MONDAY_NOON, **more: Any) -> Query:
    given: dict[str, Any] = {
        "domain": "energy",
        "severity": Severity.MAJOR,
        "rule": "lights/out",
        "zone": "samyan",
        "device": "lamp-01",
        "labels": {"feeder": "fd-1"},
    }
    return Query(at=at, **(given | more))


def timeline(one: Policy, at: int = MONDAY_NOON, **more: Any) -> list[tuple[int, str, str]]:
    """After how many seconds, who, why."""
    found = explain(one, query(at, **more), {})
    return [(told["after"] // SECOND, told["receiver"], told["reason"]) for told in found["timeline"]]


def test_steps_follow_until_somebody_would_acknowledge() -> None:
    one = written("{id: a, steps: [{notify: duty}, {after: 10m, notify: [lead, duty]}], repeat: 0s}")
    assert timeline(one) == [(10, "duty", "firing"), (610, "lead", "escalation"), (610, "duty", "escalation")]


def test_each_is_told_again_once_and_how_often() -> None:
    one = written("{id: a, steps: [{notify: duty}, {after: 10m, notify: [lead, duty]}], repeat: 4h}")
    found = explain(one, query(), {})["timeline"]
    again = [(told["after"], told["receiver"], told["every"]) for told in found if told["reason"] == "repeat"]
    first = 10 * SECOND + 4 * HOUR
    assert again == [(first, "duty", 4 * HOUR), (first + 10 * MINUTE, "lead", 4 * HOUR)]


def test_what_lies_beyond_a_day_is_left_out() -> None:
    one = written("{id: a, steps: [{notify: duty}, {after: 25h, notify: lead}], repeat: 2d}")
    assert timeline(one) == [(10, "duty", "firing")]
    (_, late) = who(one.routes, query(), MONDAY_NOON, ahead=26 * HOUR).timeline
    assert late.receiver == "lead"


def test_a_mute_route_tells_when_it_opens() -> None:
    steps = "[{notify: duty}, {after: 5m, notify: lead}]"
    one = written(f'{{id: a, repeat: 0s, mute: {{hours: "11:00-13:00"}}, steps: {steps}}}')
    assert timeline(one) == [(3600, "duty", "firing"), (3900, "lead", "escalation")]
    tried = explain(one, query(), {})["routes"]
    assert tried[0]["muted_until"] == rfc3339(MONDAY_NOON + HOUR)


def test_an_escalation_that_falls_into_mute_hours_waits() -> None:
    steps = "[{notify: duty}, {after: 10m, notify: lead}]"
    one = written(f'{{id: a, repeat: 0s, mute: {{hours: "12:05-13:00"}}, steps: {steps}}}')
    assert timeline(one) == [(10, "duty", "firing"), (3600, "lead", "escalation")]


def test_when_its_hours_end_another_route_takes_over() -> None:
    one = written(
        """
        {id: day, during: office, steps: [{notify: duty}, {after: 2h, notify: lead}], repeat: 3h}
        {id: rest, notify: night, repeat: 0s}
        """
    )
    late = MONDAY_NOON + 4 * HOUR  # the office closes an hour later
    assert timeline(one, late) == [(10, "duty", "firing"), (3610, "night", "firing")]
    tried = explain(one, query(late), {})["routes"]
    assert tried[0]["closes"] == rfc3339(MONDAY_NOON + 5 * HOUR)
    assert tried[1]["why"] == {"en": "day before it takes it", "th": "day ซึ่งมาก่อนรับไปแล้ว"}


def test_a_route_that_closes_before_it_could_tell_tells_nothing() -> None:
    one = written("{id: day, during: office, notify: duty}\n{id: rest, notify: night, repeat: 0s}")
    closing = MONDAY_NOON + 5 * HOUR - 5 * SECOND
    assert timeline(one, closing) == [(15, "night", "firing")]


def test_two_shifts_hand_over_to_one_another_day_by_day() -> None:
    one = written(
        """
        {id: day, during: office, notify: duty, repeat: 0s}
        {id: night, during: {hours: "17:00-08:00"}, notify: night, repeat: 0s}
        """
    )
    assert [(after // 3600, who_) for after, who_, _ in timeline(one)] == [
        (0, "duty"),
        (5, "night"),
        (20, "duty"),
    ]


def test_a_route_that_continues_goes_on_while_another_hands_over() -> None:
    one = written(
        """
        {id: all, continue: true, notify: lead, repeat: 0s}
        {id: day, during: office, notify: duty, repeat: 0s}
        {id: rest, notify: night, repeat: 0s}
        """
    )
    late = MONDAY_NOON + 4 * HOUR
    assert timeline(one, late) == [(10, "lead", "firing"), (10, "duty", "firing"), (3610, "night", "firing")]


def test_who_does_not_take_it_says_why_in_both_languages() -> None:
    one = written(
        """
        {id: zone, match: {zones: [makkasan], severity: critical}, notify: duty}
        {id: label, match: {labels: {feeder: [fd-2, fd-3]}}, notify: duty}
        {id: hours, during: {hours: "20:00-21:00"}, notify: duty}
        {id: service, match: {services: [air]}, notify: duty}
        """
    )
    found = explain(one, query(), {})
    assert found["timeline"] == []
    assert {route["route"]: route["why"]["en"] for route in found["routes"]} == {
        "zone": "zone is samyan, not makkasan; severity is major, not critical",
        "label": "label feeder is fd-1, not fd-2 | fd-3",
        "hours": "outside its hours",
        "service": "service is not given, not air",
    }
    assert all(any("ก" <= letter <= "๛" for letter in route["why"]["th"]) for route in found["routes"])


WEEKLY = """
maintenance:
  - {id: weekly, title: {en: Cleaning, th: ทำความสะอาด}, match: {devices: ["lamp-*"]},
     start: 2026-01-05T11:00, duration: 2h, rrule: FREQ=WEEKLY;BYDAY=MO}
"""


def test_during_maintenance_it_is_told_afterwards() -> None:
    one = written("{id: a, notify: duty, repeat: 0s}", WEEKLY)
    assert timeline(one) == [(3610, "duty", "firing")]
    assert timeline(one, device="other") == [(10, "duty", "firing")]
    assert timeline(one, MONDAY_NOON + HOUR) == [(10, "duty", "firing")]
    (held,) = explain(one, query(), {})["held"]
    assert held == {
        "kind": "maintenance",
        "id": "weekly",
        "now": True,
        "reason": {"en": "Cleaning", "th": "ทำความสะอาด"},
        "until": rfc3339(MONDAY_NOON + HOUR),
    }


def test_what_else_could_keep_it_from_being_told() -> None:
    more = """
depends: [{id: feeder, cause: {rules: lights/feeder-down}, effects: {rules: lights/out}, label: feeder}]
inhibit:
  - {id: worse, source: {severity: critical}, target: {severity: major}, equal: zone, reason: {en: Worse}}
"""
    one = written("{id: a, notify: duty, repeat: 0s}", more)
    found = explain(one, query(), {})
    assert [(held["kind"], held["id"], held["now"]) for held in found["held"]] == [
        ("inhibition", "worse", False),
        ("cause", "feeder", False),
    ]
    worse, feeder = (held["reason"]["en"] for held in found["held"])
    assert worse == "while an alert of critical of the same zone is open: Worse"
    assert feeder == "while an alert of lights/feeder-down of fd-1 is open"
    assert found["timeline"], "it holds back only while that is so"


@pytest.mark.parametrize(
    "more",
    [
        "depends: [{id: a, cause: {rules: lights/feeder-down}, effects: {zones: samyan}, label: gateway}]\n",
        "depends: [{id: a, cause: {zones: samyan}, effects: {zones: samyan}, equal: zone, quiet: false}]\n",
        "depends: [{id: a, cause: {zones: samyan}, effects: {rules: air/high}, equal: zone}]\n",
        "inhibit: [{id: a, source: {zones: samyan}, target: {zones: samyan}, equal: zone}]\n",
        "inhibit: [{id: a, source: {zones: makkasan}, target: {rules: air/high}}]\n",
    ],
)
def test_what_could_not(more: str) -> None:
    assert explain(written("{id: a, notify: duty}", more), query(), {})["held"] == []


def test_it_is_ready_for_json_and_says_who_they_are() -> None:
    one = written("{id: a, notify: [duty, night], repeat: 0s}")
    found: Mapping[str, Any] = json.loads(json.dumps(explain(one, query(), {"duty": ["line", "email"]})))
    duty, night = found["timeline"]
    assert duty["title"] == {"en": "Duty officer", "th": "เจ้าหน้าที่เวร"}
    assert (duty["channels"], night["channels"]) == (["line", "email"], [])
    assert duty["at"] == rfc3339(MONDAY_NOON + 10 * SECOND)
    assert found["alert"]["at"] == rfc3339(MONDAY_NOON)
    assert found["alert"]["zone"] == "samyan"


def test_without_routes_nobody_hears() -> None:
    found = explain(Policy(receivers={"duty": Text("a", "b")}), query(), {})
    assert (found["timeline"], found["routes"], found["held"]) == ([], [], [])
