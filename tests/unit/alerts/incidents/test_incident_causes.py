"""Alerts that stand under others: lamps under a feeder, silent devices under a gateway or a zone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.model import Severity
from services.alerts.incidents.book import MOST_DUE
from services.alerts.incidents.links import BUILT_IN
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Dependency, Gathering
from services.store.records.alerts import AlertRecord, Changes
from tests.unit.alerts.incidents.conftest import MINUTE, SECOND, Make, World, alert

FEEDER_LAMPS = Dependency(
    "feeder-lamps",
    cause=Matcher(rules=("power/feeder-*",)),
    effects=Matcher(rules=("lights/*",)),
    label="feeder",
    within=5 * MINUTE,
)
SUBSTATION_FEEDERS = Dependency(
    "substation-feeders",
    cause=Matcher(rules=("power/substation-*",)),
    effects=Matcher(rules=("power/feeder-*", "lights/*")),
    label="substation",
)
SUBSTATION = alert("ss-1", "power/substation-down", zone="south", service=None, severity=Severity.CRITICAL)
FEEDER = alert(
    "fd-3", "power/feeder-down", service="power", labels={"substation": "ss-1"}, severity=Severity.MAJOR
)
LAMPS = [alert(f"lamp-{number}", labels={"feeder": "fd-3"}) for number in range(3)]
STRANGER = alert("lamp-9", labels={"feeder": "fd-4"})


@pytest.fixture
def power(make_world: Make) -> World:
    """A city whose lamps hang on feeders, and those on substations."""
    return make_world(None, (FEEDER_LAMPS, SUBSTATION_FEEDERS))


def test_an_effect_that_fires_while_its_cause_does_goes_under_it(power: World) -> None:
    power.fire(FEEDER)
    power.now += SECOND
    power.fire(LAMPS[0], STRANGER)
    incident = power.incident(FEEDER)
    assert power.incident(LAMPS[0]) == incident
    assert power.cause(LAMPS[0]) == FEEDER.id
    assert power.steps(LAMPS[0]) == [
        ("caused", {"cause": FEEDER.id, "dependency": "feeder-lamps", "incident": incident.id})
    ]
    assert power.incident(STRANGER) != incident
    assert power.cause(STRANGER) is None
    assert incident.cause == FEEDER.id
    assert incident.title == {
        "en": "power/feeder-down fd-3 · North",
        "th": "power/feeder-down fd-3 ไทย · เหนือ",
    }
    assert power.settle() == 0
    power.check()


def test_in_one_batch_the_order_does_not_matter(power: World) -> None:
    power.fire(*LAMPS, FEEDER, SUBSTATION, STRANGER)
    assert {power.cause(lamp) for lamp in LAMPS} == {FEEDER.id}
    assert power.cause(FEEDER) == SUBSTATION.id
    assert {power.incident(one).id for one in (*LAMPS, FEEDER)} == {power.incident(SUBSTATION).id}
    assert len(power.incidents) == 2
    assert power.settle() == 0
    power.check()


def test_effects_that_fired_before_their_cause_move_under_it(power: World) -> None:
    power.fire(*LAMPS, STRANGER)
    first = power.incident(LAMPS[0])
    power.now += MINUTE
    power.fire(FEEDER)
    assert power.cause(LAMPS[0]) is None
    assert power.settle() == 1
    incident = power.incident(FEEDER)
    assert {power.incident(lamp).id for lamp in LAMPS} == {incident.id}
    assert (incident.alerts, incident.open, incident.cause) == (4, 4, FEEDER.id)
    left = power.incidents[first.id]
    assert (left.state, left.alerts, left.open) == ("open", 1, 1)
    assert power.cause(STRANGER) is None
    power.check()


def test_an_incident_that_they_leave_empty_is_merged(power: World) -> None:
    power.fire(*LAMPS)
    first = power.incident(LAMPS[0])
    power.now += MINUTE
    power.fire(FEEDER)
    power.settle()
    merged = power.incidents[first.id]
    assert (merged.state, merged.alerts, merged.open) == ("merged", 0, 0)
    assert merged.merged_into == power.incident(FEEDER).id
    assert merged.resolved_at == power.now
    assert ("merged", merged) in power.changed
    assert power.book.get(first.id) is None
    power.fire(alert("lamp-20"))
    assert power.incident(alert("lamp-20")).id != first.id, "nothing joins what was merged"
    power.check()


def test_one_that_keeps_alerts_which_are_over_is_resolved(power: World) -> None:
    power.fire(*LAMPS, STRANGER)
    first = power.incident(STRANGER)
    power.resolve(STRANGER)
    power.fire(FEEDER)
    power.settle()
    assert (power.incidents[first.id].state, power.incidents[first.id].alerts) == ("resolved", 1)
    power.check()


def test_those_that_fired_long_before_stay(power: World) -> None:
    power.fire(LAMPS[0])
    power.now += MINUTE
    power.fire(LAMPS[1])
    power.now += 4 * MINUTE + 1
    power.fire(FEEDER)
    power.settle()
    assert power.cause(LAMPS[0]) is None
    assert power.cause(LAMPS[1]) == FEEDER.id


def test_one_that_fires_again_goes_under_a_cause_that_fires(power: World) -> None:
    power.fire(LAMPS[0])
    power.resolve(LAMPS[0])
    power.now += 9 * MINUTE
    power.fire(FEEDER)
    power.fire(LAMPS[0])
    assert power.cause(LAMPS[0]) == FEEDER.id
    assert power.incident(LAMPS[0]) == power.incident(FEEDER)
    power.check()


def test_the_cause_of_a_cause_wins_the_incident(power: World) -> None:
    power.fire(SUBSTATION)
    power.fire(FEEDER)
    power.fire(LAMPS[0])
    assert power.cause(LAMPS[0]) == FEEDER.id
    assert power.incident(LAMPS[0]) == power.incident(FEEDER) == power.incident(SUBSTATION)
    assert power.incident(LAMPS[0]).cause == SUBSTATION.id


def test_a_whole_family_moves_when_its_head_gets_a_cause(power: World) -> None:
    power.fire(*LAMPS)
    power.fire(FEEDER)
    power.settle()
    feeders = power.incident(FEEDER)
    power.now += MINUTE
    power.fire(SUBSTATION)
    assert power.settle() == 2, "first the feeder, then what stands under it"
    assert {power.incident(one).id for one in (*LAMPS, FEEDER)} == {power.incident(SUBSTATION).id}
    assert {power.cause(lamp) for lamp in LAMPS} == {FEEDER.id}
    assert power.incidents[feeders.id].state == "merged"
    assert power.incident(SUBSTATION).cause == SUBSTATION.id
    assert power.steps(LAMPS[0])[-1] == ("joined", {"incident": power.incident(SUBSTATION).id})
    power.check()


def test_an_effect_goes_under_a_nearer_cause(power: World) -> None:
    lamp = alert("lamp-1", labels={"feeder": "fd-3", "substation": "ss-1"})
    power.fire(SUBSTATION)
    power.fire(lamp)
    assert power.cause(lamp) == SUBSTATION.id
    power.fire(FEEDER)
    power.settle()
    assert power.cause(lamp) == FEEDER.id
    assert power.cause(FEEDER) == SUBSTATION.id


def test_effects_that_outlast_their_cause_stand_by_themselves_after_a_while(power: World) -> None:
    power.fire(FEEDER)
    power.fire(*LAMPS)
    incident = power.incident(FEEDER)
    power.now += MINUTE
    power.resolve(FEEDER)
    assert power.settle() == 0
    assert power.cause(LAMPS[0]) == FEEDER.id
    power.resolve(LAMPS[0])
    power.now += MINUTE
    assert power.settle() == 1
    assert power.cause(LAMPS[0]) == FEEDER.id, "what was over before keeps what was its cause"
    assert power.cause(LAMPS[1]) is None
    assert power.steps(LAMPS[1])[-1] == ("caused", {"cause": None})
    assert power.incident(LAMPS[1]).id == incident.id
    assert (power.incident(LAMPS[1]).state, power.incident(LAMPS[1]).open) == ("open", 2)
    power.now += 60 * MINUTE
    assert power.settle() == 0
    power.check()


def test_without_patience_they_do_at_once(make_world: Make) -> None:
    world = make_world(None, (FEEDER_LAMPS,), patience=0)
    world.fire(FEEDER, LAMPS[0])
    world.resolve(FEEDER)
    world.settle()
    assert world.cause(LAMPS[0]) is None


def test_a_step_of_an_effect_meanwhile_does_not_set_it_free(power: World) -> None:
    power.fire(FEEDER, LAMPS[0])
    power.resolve(FEEDER)
    power.now += SECOND
    power.move(LAMPS[0], Severity.CRITICAL)
    assert power.cause(LAMPS[0]) == FEEDER.id


def test_a_cause_that_comes_back_in_time_keeps_its_effects(power: World) -> None:
    power.fire(FEEDER, LAMPS[0])
    power.resolve(FEEDER)
    power.now += MINUTE // 2
    power.fire(FEEDER)
    power.now += 5 * MINUTE
    assert power.settle() == 0
    assert power.cause(LAMPS[0]) == FEEDER.id
    power.check()


def test_what_is_left_of_a_cause_goes_under_another(make_world: Make) -> None:
    world = make_world(None, (replace(FEEDER_LAMPS, label=None, equal=("zone",)),))
    world.fire(FEEDER)
    world.fire(LAMPS[0])
    other = alert("fd-4", "power/feeder-down", service="power")
    world.fire(other)
    assert world.cause(LAMPS[0]) == FEEDER.id
    world.resolve(FEEDER)
    world.now += MINUTE
    world.settle()
    assert world.cause(LAMPS[0]) == other.id
    world.check()


def test_cause_and_effects_that_end_together_leave_nothing(power: World) -> None:
    power.fire(FEEDER, *LAMPS)
    power.resolve(FEEDER, *LAMPS)
    power.now += MINUTE
    assert power.settle() == 0
    assert power.incident(FEEDER).state == "resolved"
    power.check()


def test_links_by_what_alerts_have_in_common(make_world: Make) -> None:
    world = make_world(None, (replace(FEEDER_LAMPS, label=None, equal=("zone",)),))
    world.fire(FEEDER)
    far = alert("lamp-8", zone="south")
    world.fire(LAMPS[0], STRANGER, far)
    assert world.cause(LAMPS[0]) == world.cause(STRANGER) == FEEDER.id
    assert world.cause(far) is None


def test_severity_is_asked_as_it_is_when_they_meet(make_world: Make) -> None:
    grave = replace(FEEDER_LAMPS, cause=Matcher(rules=("power/*",), severities=("critical",)))
    world = make_world(None, (grave,))
    world.fire(FEEDER)
    world.fire(LAMPS[0])
    assert world.cause(LAMPS[0]) is None
    world.move(FEEDER, Severity.CRITICAL)
    world.settle()
    assert world.cause(LAMPS[0]) == FEEDER.id
    world.move(FEEDER, Severity.MAJOR)
    world.settle()
    assert world.cause(LAMPS[0]) == FEEDER.id, "it stays for as long as the cause fires"


def test_nothing_stands_under_itself(make_world: Make) -> None:
    everything = Dependency("all", cause=Matcher(), effects=Matcher(), equal=("zone",))
    world = make_world(Gathering(by=("alert",)), (everything,))
    world.fire(*LAMPS, FEEDER)
    world.settle()
    causes = [world.cause(one) for one in (*LAMPS, FEEDER)]
    assert causes.count(None) == 1
    assert len({world.incident(one).id for one in (*LAMPS, FEEDER)}) == 1


def test_a_cause_that_joins_many_gives_them_its_title_when_it_is_looked_at(power: World) -> None:
    odd = alert("odd", "power/feeder-odd", labels={})
    other = alert("fd-7", "power/feeder-down")
    power.fire(odd, other)
    lamp = alert("lamp-7", labels={"feeder": "fd-7"})
    power.fire(lamp)
    assert power.incident(lamp).cause == other.id
    power.settle()
    assert power.incident(lamp).title["en"] == "power/feeder-down fd-7 · North"
    assert power.changed[-1][0] == "titled"


def test_the_incident_forgets_a_cause_that_leaves(power: World) -> None:
    other = alert("meter-1", "power/meter-odd", service="power")
    power.fire(FEEDER, other)
    power.fire(LAMPS[0])
    first = power.incident(other)
    assert first.cause == FEEDER.id
    power.fire(SUBSTATION)
    power.settle()
    left = power.incidents[first.id]
    assert (left.cause, left.alerts) == (None, 1)
    assert left.title["en"] == "Several alerts: North · power"
    assert power.incident(LAMPS[0]).cause == SUBSTATION.id
    power.check()


# ---- the built-in ones


ZONE = alert(None, "watch/zone-silent", service=None)
SERVICE = alert(None, "watch/service-silent", service="lighting")
SILENT = [alert(f"lamp-{number}", "watch/silent") for number in range(3)]


def test_they_come_after_the_citys_own(make_world: Make) -> None:
    assert [one.id for one in BUILT_IN] == ["zone-silent", "stands-on"]
    own = Dependency(
        "mine",
        cause=Matcher(rules=("watch/gateway-silent",)),
        effects=Matcher(rules=("watch/silent",)),
        equal=("zone",),
    )
    world = make_world(None, (own,))
    gateway = alert("gw-1", "watch/gateway-silent")
    world.fire(ZONE, gateway)
    world.fire(SILENT[0])
    dependency = world.book.dependency(world.alerts[SILENT[0].id])
    assert dependency == own
    assert world.cause(SILENT[0]) == gateway.id


def test_one_of_the_citys_with_the_same_id_takes_the_place_of_a_built_in_one(make_world: Make) -> None:
    nothing = Matcher(rules=("no/such",))
    world = make_world(None, (Dependency("zone-silent", cause=nothing, effects=nothing),))
    world.fire(ZONE, *SILENT)
    assert world.cause(SILENT[0]) is None


@pytest.mark.parametrize("whole", [ZONE, SERVICE])
def test_a_whole_zone_or_service_that_is_silent_takes_the_silences_of_its_devices(
    world: World, whole: AlertRecord
) -> None:
    far = alert("lamp-8", "watch/silent", zone="south")
    broken = alert("lamp-7", "lights/out")
    world.fire(*SILENT, far, broken)
    world.fire(whole)
    world.settle()
    assert {world.cause(one) for one in SILENT} == {whole.id}
    assert world.cause(far) is None
    assert world.cause(broken) is None, "what was measured is no silence"
    found = world.book.dependency(world.alerts[SILENT[0].id])
    assert found is not None
    assert found.id == "zone-silent"
    world.check()


def test_services_of_a_silent_zone_stand_between(world: World) -> None:
    world.fire(*SILENT, ZONE, SERVICE)
    assert world.cause(SERVICE) == ZONE.id
    assert {world.cause(one) for one in SILENT} == {SERVICE.id}
    assert world.incident(SILENT[0]).cause == ZONE.id


@pytest.mark.parametrize("label", ["gateway", "feeder", "parent", "stands_on"])
def test_a_silent_device_takes_the_silences_of_those_that_stand_on_it(world: World, label: str) -> None:
    gateway = alert("gw-1", "watch/silent")
    world.fire(gateway)
    near = alert("lamp-1", "watch/silent", zone="south", labels={label: "gw-1"})
    other = alert("lamp-2", "watch/silent", zone="south", labels={"site": "gw-1"})
    world.fire(near, other)
    assert world.cause(near) == gateway.id
    assert world.cause(other) is None
    assert world.steps(near)[-1][1] == {
        "cause": gateway.id,
        "dependency": "stands-on",
        "incident": world.incident(gateway).id,
    }


def test_devices_that_stand_on_one_another_in_a_ring_do_not_go_round(world: World) -> None:
    ring = [
        alert(f"hub-{number}", "watch/silent", zone=zone, labels={"parent": f"hub-{(number + 1) % 3}"})
        for number, zone in enumerate(("north", "south", "north"))
    ]
    for one in ring:
        world.fire(one)
        world.settle()
    assert [world.cause(one) for one in ring].count(None) == 1
    assert len({world.incident(one).id for one in ring}) == 1
    world.check()


def test_whether_people_are_told_of_effects_is_what_their_dependency_says(make_world: Make) -> None:
    loud = replace(FEEDER_LAMPS, quiet=False)
    world = make_world(None, (loud, SUBSTATION_FEEDERS))
    both = alert("lamp-5", labels={"feeder": "fd-3", "substation": "ss-1"})
    world.fire(FEEDER, *LAMPS, both)
    assert not world.book.quiet(world.alerts[LAMPS[0].id], Changes())
    assert not world.book.quiet(world.alerts[both.id], Changes())
    assert world.book.quiet(world.alerts[FEEDER.id], Changes())
    world.resolve(FEEDER)
    assert world.book.quiet(world.alerts[both.id], Changes()), "nobody knows any more what it stood under"
    changes = Changes(alerts={FEEDER.id: world.alerts[FEEDER.id]})
    assert not world.book.quiet(world.alerts[both.id], changes)


# ---- at scale, and after a restart


def test_effects_are_offered_in_slices(make_world: Make) -> None:
    world = make_world(Gathering(by=("device",)), (FEEDER_LAMPS,))
    many = [alert(f"lamp-{number}", labels={"feeder": "fd-3"}) for number in range(MOST_DUE + 100)]
    world.fire(*many)
    assert world.book.due(world.now) == []
    assert not world.book.searching
    world.fire(FEEDER)
    assert world.book.searching
    first = world.book.due(world.now)
    assert len(first) == MOST_DUE
    assert world.book.searching
    second = world.book.due(world.now)
    assert sorted(first + second) == sorted(one.id for one in many)
    assert world.book.due(world.now) == []
    assert not world.book.searching


def test_what_was_left_is_found_after_a_restart(power: World) -> None:
    power.fire(*LAMPS)
    power.fire(FEEDER)
    power.restart()
    assert power.settle() > 0
    assert {power.cause(lamp) for lamp in LAMPS} == {FEEDER.id}
    power.check()
    power.resolve(FEEDER)
    power.restart()
    power.settle()
    assert {power.cause(lamp) for lamp in LAMPS} == {None}


def test_a_restart_changes_nothing_that_is_settled(power: World) -> None:
    power.fire(*LAMPS, FEEDER, SUBSTATION, STRANGER)
    power.settle()
    before = dict(power.incidents)
    power.restart()
    power.settle()
    assert power.incidents == before
    assert {one.id: one for one in power.book.open()} == before
