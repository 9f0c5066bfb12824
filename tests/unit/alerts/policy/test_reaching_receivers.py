"""Receivers that the city's routes name and the deployment does not know how to reach."""

from __future__ import annotations

from services.alerts.policy.reaching import unreached, unreached_problems
from services.runtime.notifyconfig import Notify
from tests.unit.alerts.policy.alertingfiles import document, policy

TEXT = """
receivers: {duty: {en: Duty}, lead: {en: Lead}, idle: {en: Idle}}
routes:
  - {id: one, match: {zones: [samyan]}, steps: [{notify: duty}, {after: 5m, notify: [lead, duty]}]}
  - {id: two, notify: [lead]}
"""


def reached(*names: str) -> Notify:
    return Notify.model_validate({"receivers": {name: {"channels": [{"kind": "log"}]} for name in names}})


def test_those_that_no_channel_reaches_in_the_order_of_the_routes() -> None:
    assert unreached(policy(TEXT), Notify()) == ["duty", "lead"]
    assert unreached(policy(TEXT), reached("duty")) == ["lead"]
    assert unreached(policy(TEXT), reached("duty", "lead")) == []


def test_each_is_told_where_a_route_names_it_first() -> None:
    found = unreached_problems(document(TEXT), policy(TEXT), reached("leader"))
    duty, lead = map(str, found)
    assert duty.startswith(
        "alerting.yaml:4: routes[0].steps[0].notify: nakhon.yaml does not say how duty is reached"
    )
    assert lead.startswith(
        "alerting.yaml:4: routes[0].steps[1].notify[0]: nakhon.yaml does not say how lead is"
    )
    assert "did you mean leader?" in lead
    assert "(allowed: leader)" in lead


def test_nothing_is_wrong_without_a_file_or_with_everybody_reached() -> None:
    assert unreached_problems(None, policy(TEXT), Notify()) == []
    assert unreached_problems(document(TEXT), policy(TEXT), reached("duty", "lead")) == []
