"""What people do to incidents, and what is told to whoever comes second."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.model import State
from services.alerts.incidents.book import OPERATIONS, PLAN
from services.alerts.incidents.operations import (
    Operation,
    acknowledging,
    assigning,
    closing,
    commenting,
    outdated,
)
from services.runtime.ports import ConflictError, NotFoundError
from services.store.records.alerts import Changes
from services.store.records.incidents import IncidentEvent, IncidentRecord
from tests.unit.alerts.incidents.conftest import MINUTE, SECOND, START, World, alert

LAMP, OTHER = alert("lamp-1"), alert("lamp-2")


@pytest.fixture
def incident(world: World) -> IncidentRecord:
    """An open incident."""
    world.fire(LAMP)
    world.now += MINUTE
    return world.incident(LAMP)


def refused(record: IncidentRecord, operation: Operation) -> str:
    with pytest.raises(ConflictError) as caught:
        operation.apply(record)
    return str(caught.value)


def test_acknowledging_is_a_step_of_its_own(world: World, incident: IncidentRecord) -> None:
    world.operate(incident.id, acknowledging("mali", "on my way", world.now))
    now = world.incident(LAMP)
    assert (now.acknowledged_by, now.acknowledged_at, now.acknowledged_note) == (
        "mali",
        world.now,
        "on my way",
    )
    assert now.changes == incident.changes + 1
    assert world.changed[-1] == ("acknowledged", now)
    assert world.book.get(incident.id) == now


def test_the_second_is_told_who_was_first(world: World, incident: IncidentRecord) -> None:
    world.operate(incident.id, acknowledging("mali", "", world.now))
    world.now += SECOND
    with pytest.raises(ConflictError, match=r"acknowledged by mali at 2026-01-04T17:01:00\.000Z"):
        world.operate(incident.id, acknowledging("somchai", "", world.now))
    before = world.incident(LAMP)
    world.operate(incident.id, acknowledging("mali", "again", world.now))
    assert world.incident(LAMP) == before


def test_it_can_be_acknowledged_anew_once_another_alert_has_joined(
    world: World, incident: IncidentRecord
) -> None:
    world.operate(incident.id, acknowledging("mali", "", world.now))
    world.now += SECOND
    world.fire(OTHER)
    world.now += SECOND
    world.operate(incident.id, acknowledging("somchai", "", world.now))
    assert world.incident(LAMP).acknowledged_by == "somchai"


def test_one_that_opens_again_is_nobodys_until_somebody_acknowledges_it(
    world: World, incident: IncidentRecord
) -> None:
    world.operate(incident.id, acknowledging("mali", "", world.now))
    world.operate(incident.id, assigning("mali", "somchai", world.now))
    world.resolve(LAMP)
    world.fire(OTHER)
    now = world.incident(OTHER)
    assert now.id == incident.id
    assert (now.acknowledged_by, now.acknowledged_at, now.assigned_to) == (None, None, "somchai")


def test_assigning_to_whom_it_belongs_already_changes_nothing(world: World, incident: IncidentRecord) -> None:
    world.operate(incident.id, assigning("mali", "somchai", world.now))
    before = world.incident(LAMP)
    world.operate(incident.id, assigning("mali", "somchai", world.now))
    assert world.incident(LAMP) == before
    world.operate(incident.id, assigning("mali", None, world.now))
    assert world.incident(LAMP).assigned_to is None


def test_a_closed_one_is_resolved_with_its_alerts_and_takes_no_other(
    world: World, incident: IncidentRecord
) -> None:
    world.fire(OTHER)
    step = world.book.operate(incident.id, closing("mali", "replaced", world.now))
    assert sorted(world.book.members(incident.id)) == sorted([LAMP.id, OTHER.id])

    def decided() -> Changes:
        changes = Changes()
        for member in world.book.members(incident.id):
            record = replace(world.alerts[member], state=State.RESOLVED)
            changes.amend(record, "closed", at=world.now, by="mali")
        step(changes, world.now)
        return changes

    world.apply(decided)
    now = world.incident(LAMP)
    assert (now.state, now.closed_by, now.open) == ("resolved", "mali", 0)
    world.fire(alert("lamp-3"))
    assert world.incident(alert("lamp-3")).id != incident.id
    world.check()


def test_one_that_is_being_closed_takes_no_other(world: World, incident: IncidentRecord) -> None:
    world.operate(incident.id, closing("mali", "replaced", world.now))
    assert world.incident(LAMP).state == "open"
    world.fire(OTHER)
    assert world.incident(OTHER).id != incident.id
    world.operate(incident.id, closing("somchai", "the rest, too", world.now))
    assert world.incident(LAMP).closed_by == "somchai"
    world.resolve(LAMP)
    assert world.incident(LAMP).state == "resolved"


def test_what_is_over_is_only_talked_about(world: World, incident: IncidentRecord) -> None:
    world.resolve(LAMP)
    over = world.incident(LAMP)
    assert refused(over, acknowledging("mali", "", START)).endswith("since 2026-01-04T17:01:00.000Z")
    assert "is over" in refused(over, closing("mali", "", START))
    world.operate(over.id, commenting("mali", "the fuse", world.now))
    world.operate(over.id, assigning("mali", "mali", world.now))
    assert [change for change, _ in world.changed][-2:] == ["commented", "assigned"]


@pytest.mark.parametrize("make", [acknowledging, closing, commenting, assigning])
def test_a_merged_one_points_to_the_other(incident: IncidentRecord, make: object) -> None:
    merged = replace(incident, state="merged", merged_into="01K")
    assert refused(merged, make("mali", "x", START)) == (  # type: ignore[operator]
        f"incident {incident.id} went into incident 01K: act on that one"
    )


def test_a_step_and_what_it_brings_about_are_numbered_in_order(
    world: World, incident: IncidentRecord
) -> None:
    step = world.book.operate(incident.id, commenting("mali", "both", world.now))
    changes = Changes()
    step(changes, world.now)
    changes.amend(replace(OTHER, state=State.FIRING, fired=START), "firing", at=START, by=None)
    assert changes.plans[OPERATIONS]
    world.book.plan(changes, world.now)
    (_, record), *others = changes.plans[PLAN].changed
    assert others == []
    assert (record.changes, record.alerts) == (incident.changes + 2, 2)


def test_an_incident_that_is_expected_to_be_as_it_is_needs_no_look_at_its_log(
    world: World, incident: IncidentRecord
) -> None:
    for expected, looks in ((None, 0), (incident.changes, 0), (incident.changes - 1, 1)):
        changes = Changes()
        world.book.operate(incident.id, commenting("mali", "", START, expected))(changes, START)
        assert len(changes.also) == looks


def test_whoever_saw_an_older_state_is_told_what_happened_since() -> None:
    error = outdated("01K", IncidentEvent("01K", 7, START, "assigned", by="mali"))
    assert str(error) == (
        "incident 01K has moved on: mali took the step 'assigned' at 2026-01-04T17:00:00.000Z"
    )


def test_what_is_not_in_memory_is_left_to_the_store(world: World) -> None:
    changes = Changes()
    world.book.operate("01KNOSUCH", commenting("mali", "", START))(changes, START)
    assert len(changes.also) == 1
    planned = Changes(plans={OPERATIONS: [("01KNOSUCH", commenting("mali", "", START))]})
    with pytest.raises(NotFoundError):
        world.book.plan(planned, START)
