"""Alerts that end for another reason than their condition: the rule changed, went, or lost track of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.model import Severity, State, Subject, Transition
from services.alerts.document import full_document
from services.alerts.endings import ENDINGS, Ending, why
from services.alerts.identity import id_of
from services.alerts.lifecycle import advance, end
from services.store.records.alerts import AlertEvent, AlertRecord, Changes, Known
from tests.unit.alerts.test_alert_lifecycle import FIRING, INACTIVE, NOW, PENDING, RESOLVED, START, step


def known(*transitions: Transition) -> Known:
    """What the store knows after these."""
    changes = apply(Known(), *transitions)
    return Known(dict(changes.alerts), {alert: set() for alert in changes.alerts}, dict(changes.passed))


def apply(before: Known, *transitions: Transition, version: str | None = "sha256:1") -> Changes:
    identified = [(id_of(transition), transition) for transition in transitions]
    return advance(
        before,
        identified,
        now=NOW,
        service_of=lambda _subject: None,
        why=lambda transition: why(transition, lambda _rule: version),
    )


def last(changes: Changes, alert: str) -> tuple[AlertRecord, AlertEvent]:
    return changes.alerts[alert], changes.events[alert][-1]


@pytest.mark.parametrize(
    ("version", "ended"), [(None, Ending.RULE_REMOVED), ("sha256:2", Ending.RULE_CHANGED), ("sha256:1", None)]
)
def test_an_alert_says_what_ended_it(version: str | None, ended: Ending | None) -> None:
    changes = apply(known(PENDING, FIRING), RESOLVED, version=version)
    record, event = last(changes, id_of(FIRING))
    assert (record.state, record.ends_at) == (State.RESOLVED, RESOLVED.at)
    told = full_document(record, [event])
    assert told["evidence"].get("ended") == ended
    reason = told["history"][-1]["reason"]
    assert reason == (None if ended is None else {"code": ended.value, **ENDINGS[ended].as_dict()})
    (announced,) = changes.announcements
    assert announced.body["evidence"].get("ended") == ended
    assert announced.body["title"] == record.title


def test_an_alert_that_goes_on_has_no_such_reason() -> None:
    changes = apply(known(PENDING), FIRING, version="sha256:2")
    record, event = last(changes, id_of(FIRING))
    assert "ended" not in record.evidence
    assert full_document(record, [event])["history"][0]["reason"] is None


def test_a_pending_alert_of_a_changed_rule_passes() -> None:
    changes = apply(known(PENDING), INACTIVE, version=None)
    assert changes.passed == {id_of(PENDING): 2}


def test_what_the_rules_lost_is_ended_once() -> None:
    before = known(PENDING, FIRING)
    changes = end(before, now=NOW, why=lambda _record: Ending.LOST)
    record, event = last(changes, id_of(FIRING))
    assert (record.state, record.ends_at, event.change) == (State.RESOLVED, NOW, "resolved")
    assert [one.change for one in changes.announcements] == ["resolved"]
    again = end(Known(dict(changes.alerts)), now=NOW + 1, why=lambda _record: Ending.LOST)
    assert not again


def test_what_is_lost_before_it_fires_passes() -> None:
    changes = end(known(PENDING), now=NOW, why=lambda _record: Ending.LOST)
    assert (changes.alerts, changes.passed) == ({}, {id_of(PENDING): 2})
    assert [one.change for one in changes.announcements] == ["inactive"]


def test_shadow_alerts_end_unannounced() -> None:
    changes = end(known(replace(FIRING, shadow=True)), now=NOW, why=lambda _record: Ending.LOST)
    assert changes.alerts
    assert not changes.announcements


def test_an_alert_that_fires_takes_the_place_of_another_of_its_rule_and_subject() -> None:
    """After a crash in the midst of a reload, the rules may begin an alert at another moment than before."""
    before = known(PENDING, FIRING)
    earlier = step(State.FIRING, 300_000, starts_at=START - 60_000)
    changes = apply(before, earlier)
    old, event = last(changes, id_of(FIRING))
    assert (old.state, event.change, event.evidence["ended"]) == (  # type: ignore[index]
        State.RESOLVED,
        "resolved",
        "superseded",
    )
    assert changes.alerts[id_of(earlier)].state is State.FIRING
    assert [one.change for one in changes.announcements] == ["resolved", "firing"]
    assert old.ends_at == old.starts_at


def test_a_pending_one_takes_nobodys_place_and_others_are_left_alone() -> None:
    before = known(PENDING, FIRING)
    changes = apply(before, step(State.PENDING, 0, starts_at=START - 60_000))
    assert id_of(FIRING) not in changes.alerts
    elsewhere = step(State.FIRING, 300_000, Severity.MINOR, subject=Subject("samyan", "aq-02"))
    assert id_of(FIRING) not in apply(before, elsewhere).alerts
