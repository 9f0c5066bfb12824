"""What people do to alerts, and what they are told when somebody was first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.model import Severity, State
from services.alerts.operations import (
    Operation,
    acknowledging,
    assigning,
    closing,
    commenting,
    unacknowledging,
)
from services.runtime.ports import ConflictError
from services.store.records.alerts import AlertRecord, Deed
from tests.unit.alerts.recurring_alerts import REOPENING, Shelf, episode
from tests.unit.alerts.test_alert_lifecycle import NOW


@pytest.fixture
def firing() -> AlertRecord:
    """An alert that fires; its last step is number 2."""
    shelf = Shelf(REOPENING)
    shelf.apply(*episode(0))
    return shelf.alert


def after(record: AlertRecord, operation: Operation) -> AlertRecord:
    outcome = operation(record)
    assert outcome is not None
    return outcome[0]


def test_acknowledging_keeps_the_severity_that_was_acknowledged(firing: AlertRecord) -> None:
    record = after(firing, acknowledging("somchai", "", NOW))
    assert (record.acknowledged_severity, record.first_acknowledged) == ("minor", NOW)


def test_what_became_worse_is_acknowledged_anew(firing: AlertRecord) -> None:
    record = after(firing, acknowledging("somchai", "", NOW))
    with pytest.raises(ConflictError, match="was acknowledged by somchai"):
        acknowledging("malee", "", NOW + 1)(record)
    worse = replace(record, severity=Severity.MAJOR)
    again = after(worse, acknowledging("malee", "", NOW + 2))
    assert (again.acknowledged_by, again.acknowledged_severity) == ("malee", "major")
    assert again.first_acknowledged == NOW
    better = replace(again, severity=Severity.WARNING)
    with pytest.raises(ConflictError, match="was acknowledged by malee"):
        acknowledging("somchai", "", NOW + 3)(better)


def test_taking_an_acknowledgement_back(firing: AlertRecord) -> None:
    with pytest.raises(ConflictError, match="not acknowledged"):
        unacknowledging("somchai", "", NOW)(firing)
    record = after(firing, acknowledging("somchai", "", NOW))
    outcome = unacknowledging("malee", "he has gone home", NOW + 1)(record)
    assert outcome is not None
    record, event = outcome
    assert (record.acknowledged_by, record.acknowledged_at, record.acknowledged_note) == (None, None, None)
    assert (event.change, event.by, event.note, event.number) == (
        "unacknowledged",
        "malee",
        "he has gone home",
        4,
    )
    assert after(record, acknowledging("malee", "", NOW + 2)).acknowledged_by == "malee"


def every(expected: int | None) -> list[Operation]:
    return [
        acknowledging("malee", "", NOW, expected),
        commenting("malee", "x", NOW, expected),
        assigning("malee", "crew-2", NOW, expected),
        closing("malee", "", NOW, expected),
    ]


def test_who_did_not_see_what_a_person_did_is_told(firing: AlertRecord) -> None:
    last = Deed(3, NOW, "assigned", "somchai")
    record = replace(firing, assigned_to="crew-1", changes=3)
    for operation in every(2):
        with pytest.raises(ConflictError, match=r"was assigned by somchai at 2026-.*: look at it again"):
            operation(record, last)
    for operation in [*every(3), *every(None)]:
        assert operation(record, last) is not None


def test_what_the_rules_did_since_is_no_conflict(firing: AlertRecord) -> None:
    record = replace(firing, changes=9)
    for operation in every(2):
        assert operation(record, None) is not None
        assert operation(record, Deed(1, NOW, "commented", "somchai")) is not None


def test_taking_back_what_somebody_changed_meanwhile_is_a_conflict(firing: AlertRecord) -> None:
    record = after(firing, acknowledging("somchai", "", NOW))
    with pytest.raises(ConflictError, match="was acknowledged by somchai"):
        unacknowledging("malee", "", NOW, 2)(record, Deed(3, NOW, "acknowledged", "somchai"))


def test_an_alert_that_is_over_says_since_when_and_by_whom(firing: AlertRecord) -> None:
    closed = after(firing, closing("somchai", "", NOW))
    assert (closed.state, closed.closed_by) == (State.RESOLVED, "somchai")
    for operation in (acknowledging("malee", "", NOW), closing("malee", "", NOW, 2)):
        with pytest.raises(ConflictError, match=r"is over: .* since 2026-.*, closed by somchai"):
            operation(closed)
    with pytest.raises(ConflictError, match="is over"):
        unacknowledging("malee", "", NOW)(closed)
