"""Which alerts one incident takes: what they have in common, and when they come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.model import Severity, State
from services.alerts.incidents.book import PLAN
from services.alerts.policy.model import Gathering
from services.store.records.alerts import Changes
from tests.unit.alerts.incidents.conftest import MINUTE, SECOND, START, Make, World, alert

LAMP, OTHER, THIRD = alert("lamp-1"), alert("lamp-2"), alert("lamp-3")
SOUTH = alert("lamp-9", zone="south")


def test_an_alert_opens_an_incident_with_its_own_title(world: World) -> None:
    (fired,) = world.fire(LAMP)
    incident = world.incident(LAMP)
    assert incident.state == "open"
    assert incident.title == LAMP.title
    assert (incident.zone, incident.service, incident.domain) == ("north", "lighting", "energy")
    assert (incident.alerts, incident.open, incident.opened_at) == (1, 1, START)
    assert world.steps(LAMP) == [], "it is told with the firing"
    assert world.fired_into(LAMP) == incident.id
    assert fired.changes == 1
    assert world.book.members(incident.id) == [LAMP.id]
    assert world.changed == [("opened", incident)]


def test_the_next_with_the_same_place_and_service_joins_it(world: World) -> None:
    world.fire(LAMP)
    world.now += 10 * MINUTE
    world.fire(OTHER)
    incident = world.incident(LAMP)
    assert world.incident(OTHER) == incident
    assert (incident.alerts, incident.open, incident.joined_at) == (2, 2, world.now)
    assert incident.title == {
        "en": "Several alerts: North · Lighting",
        "th": "การแจ้งเตือนหลายรายการ: เหนือ · ไฟถนน",
    }


def test_another_place_is_another_incident(world: World) -> None:
    world.fire(LAMP, SOUTH)
    assert world.incident(LAMP).id != world.incident(SOUTH).id


@pytest.mark.parametrize(
    ("by", "together"),
    [
        (("zone",), True),
        (("domain",), True),
        (("rule",), False),
        (("group",), True),
        (("device",), False),
        (("label:cabinet",), True),
        (("severity",), False),
        (("alert",), False),
        ((), True),
    ],
)
def test_what_alerts_have_in_common_is_the_citys_choice(
    make_world: Make, by: tuple[str, ...], together: bool
) -> None:
    world = make_world(Gathering(by=by))
    one = alert("lamp-1", labels={"cabinet": "7"})
    two = alert("lamp-2", "lights/dim", labels={"cabinet": "7"}, severity=Severity.MAJOR)
    world.fire(one)
    world.fire(two)
    assert (world.incident(one) == world.incident(two)) is together
    world.check()


def test_an_incident_takes_alerts_for_so_long_after_the_last_that_joined(make_world: Make) -> None:
    world = make_world(Gathering(within=5 * MINUTE))
    world.fire(LAMP)
    world.now += 5 * MINUTE
    world.fire(OTHER)
    world.now += 5 * MINUTE + 1
    world.fire(THIRD)
    assert world.incident(OTHER) == world.incident(LAMP)
    assert world.incident(THIRD) != world.incident(LAMP)
    assert world.incident(LAMP).state == "open"
    world.now += MINUTE
    world.fire(alert("lamp-4"))
    assert world.incident(alert("lamp-4")) == world.incident(THIRD)
    world.check()


def test_it_counts_when_alerts_come_not_when_their_readings_were_taken(make_world: Make) -> None:
    world = make_world(Gathering(within=5 * MINUTE))
    world.fire(LAMP)
    world.now += 4 * MINUTE
    late = alert("lamp-2", starts_at=START - 60 * MINUTE, fired=START - 60 * MINUTE)
    world.fire(late)
    assert world.incident(late) == world.incident(LAMP)


def test_it_is_resolved_with_its_last_alert(world: World) -> None:
    world.fire(LAMP, OTHER)
    world.now += SECOND
    world.resolve(LAMP)
    assert (world.incident(LAMP).state, world.incident(LAMP).open) == ("open", 1)
    world.now += SECOND
    world.resolve(OTHER)
    incident = world.incident(LAMP)
    assert (incident.state, incident.open, incident.alerts) == ("resolved", 0, 2)
    assert incident.resolved_at == world.now
    assert world.changed[-1] == ("resolved", incident)


def test_every_change_of_an_incident_has_a_number_of_its_own(world: World) -> None:
    world.fire(LAMP, OTHER)
    world.resolve(LAMP)
    world.resolve(OTHER)
    assert [record.changes for _, record in world.changed] == [1, 2, 3]
    assert [change for change, _ in world.changed] == ["opened", "counted", "resolved"]


def test_a_new_alert_reopens_one_that_was_resolved_shortly_before(make_world: Make) -> None:
    world = make_world(Gathering(reopen=10 * MINUTE))
    world.fire(LAMP)
    world.resolve(LAMP)
    world.now += 9 * MINUTE
    world.fire(OTHER)
    incident = world.incident(OTHER)
    assert incident.id == world.incident(LAMP).id
    assert (incident.state, incident.resolved_at, incident.open, incident.alerts) == ("open", None, 1, 2)
    assert world.changed[-1][0] == "reopened"
    world.check()


@pytest.mark.parametrize(("reopen", "later"), [(10 * MINUTE, 10 * MINUTE), (0, 0), (0, SECOND)])
def test_later_it_is_a_new_one(make_world: Make, reopen: int, later: int) -> None:
    world = make_world(Gathering(reopen=reopen))
    world.fire(LAMP)
    world.resolve(LAMP)
    world.now += later
    world.fire(OTHER)
    assert world.incident(OTHER).id != world.incident(LAMP).id
    assert world.incident(LAMP).state == "resolved"


def test_an_alert_that_fires_again_comes_back_into_its_incident(make_world: Make) -> None:
    world = make_world(Gathering(reopen=MINUTE), remembers=30 * MINUTE)
    world.fire(LAMP)
    first = world.incident(LAMP)
    world.resolve(LAMP)
    world.now += 20 * MINUTE
    world.fire(LAMP)
    assert world.incident(LAMP).id == first.id
    assert (world.incident(LAMP).state, world.incident(LAMP).alerts) == ("open", 1)
    assert [change for change, _ in world.changed] == ["opened", "resolved", "reopened"]
    assert world.steps(LAMP) == []
    world.check()


def test_one_whose_incident_is_forgotten_goes_to_another(make_world: Make) -> None:
    world = make_world(Gathering(reopen=MINUTE))
    world.fire(LAMP)
    first = world.incident(LAMP)
    world.resolve(LAMP)
    world.now += 20 * MINUTE
    world.settle()
    assert world.book.get(first.id) is None
    world.fire(LAMP)
    assert world.incident(LAMP).id != first.id
    assert world.incident(LAMP).open == 1


def test_severity_is_the_worst_of_the_open_ones(world: World) -> None:
    world.fire(LAMP, OTHER)
    world.move(LAMP, Severity.CRITICAL)
    assert world.incident(LAMP).severity is Severity.CRITICAL
    assert world.changed[-1][0] == "severity"
    world.resolve(LAMP)
    incident = world.incident(OTHER)
    assert (incident.severity, incident.highest_severity) == (Severity.MINOR, Severity.CRITICAL)
    world.resolve(OTHER)
    assert world.incident(OTHER).severity is Severity.MINOR


def test_alerts_of_one_batch_share_new_incidents(world: World) -> None:
    lamps = [alert(f"lamp-{number}") for number in range(10)]
    world.fire(*lamps, SOUTH)
    assert {world.incident(lamp).id for lamp in lamps} == {world.incident(LAMP).id}
    assert len(world.incidents) == 2
    assert world.incident(LAMP).alerts == 10
    assert world.incident(LAMP).changes == 1, "one step of a transaction, not one for each alert"


def test_one_that_is_over_in_the_same_moment_is_counted_all_the_same(world: World) -> None:
    world.mixed([], [replace(LAMP, fired=START)])
    incident = world.incident(LAMP)
    assert (incident.state, incident.alerts, incident.open) == ("resolved", 1, 0)
    world.mixed([OTHER], [replace(THIRD, fired=START)])
    assert world.incident(OTHER).id == incident.id
    assert (world.incident(OTHER).state, world.incident(OTHER).alerts) == ("open", 3)
    world.check()


def test_the_last_going_and_another_coming_at_once_leaves_it_open(world: World) -> None:
    world.fire(LAMP)
    world.mixed([OTHER], [LAMP])
    incident = world.incident(OTHER)
    assert (incident.id, incident.state, incident.open) == (world.incident(LAMP).id, "open", 1)
    assert [change for change, _ in world.changed] == ["opened", "joined"]


def test_pending_and_shadow_alerts_are_nobodys_business(world: World) -> None:
    changes = Changes()
    changes.amend(LAMP, "pending", at=START, by=None)
    changes.amend(replace(OTHER, state=State.FIRING, shadow=True), "firing", at=START, by=None)
    world.book.plan(changes, START)
    assert changes.plans[PLAN].changed == []
    assert changes.also == []
    assert all(one.incident is None for one in changes.alerts.values())


def test_a_shadow_that_goes_live_joins(world: World) -> None:
    shadow = replace(LAMP, shadow=True)
    world.fire(shadow)
    assert world.alerts[LAMP.id].incident is None
    changes = Changes()
    changes.amend(replace(world.alerts[LAMP.id], shadow=False), "firing", at=START, by=None)
    world.apply(lambda: Changes(dict(changes.alerts), {name: list(x) for name, x in changes.events.items()}))
    assert world.incident(LAMP).open == 1


def test_the_same_changes_planned_again_have_the_same_ids(make_world: Make) -> None:
    worlds = [make_world(), make_world()]
    for world in worlds:
        world.fire(LAMP, SOUTH)
    assert worlds[0].incidents == worlds[1].incidents


def test_alerts_from_before_there_were_incidents_are_gathered(world: World) -> None:
    old = replace(LAMP, state=State.FIRING, fired=START)
    world.alerts[old.id] = old
    world.restart()
    assert world.settle() == 1
    assert world.incident(LAMP).open == 1
    world.check()


def test_alerts_about_nakhon_itself_have_no_zone(world: World) -> None:
    own = alert(None, "nakhon/store-behind", zone="", service=None, domain="governance")
    world.fire(own)
    world.fire(alert(None, "nakhon/journal-full", zone="", service=None, domain="governance"))
    incident = world.incident(own)
    assert (incident.zone, incident.alerts) == (None, 2)
    assert incident.title["en"] == "Several alerts: Smart Governance"


def test_a_zone_that_not_all_share_is_not_the_incidents(make_world: Make) -> None:
    world = make_world(Gathering(by=("service",)))
    world.fire(LAMP)
    assert world.incident(LAMP).zone == "north"
    world.fire(SOUTH)
    assert (world.incident(LAMP).zone, world.incident(LAMP).service) == (None, "lighting")
