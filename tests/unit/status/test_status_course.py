"""What facts make of services, their parts, zones and domains, each at its exact moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from devices.model import Text
from services.status.course import Course, Moved
from services.status.facts import Banded, Fact, Found, Heard, Hearing, Registered, Stated, Surveyed, Worked
from services.status.model import Change, DataQuality, Kind, OffBand, Status, Subject, Verdict
from tests.unit.status.coursecity import CITY, DEVICES, POLICY, alert, course, device
from tests.unit.status.statuscity import MINUTE, START, counter

UP = Found(up=True, latency=20.0)
DOWN = Found(up=False)


def everybody(at: int, devices: Sequence[Any] = DEVICES) -> list[Fact]:
    return [Heard(at, one.id, UP if "ServiceProbe" in one.types else None) for one in devices]


def steady(start: int, end: int, *silent: str) -> list[Fact]:
    """Every device once a minute, but for these."""
    there = [one for one in DEVICES if one.id not in silent]
    return [fact for at in range(start, end + 1, MINUTE) for fact in everybody(at, there)]


def story(moved: Moved, kind: Kind, name: str) -> list[tuple[int, str, str]]:
    """When, how and by which rule one thing changed."""
    return [
        (change.at - START, change.verdict.status.value, change.verdict.rule)
        for change in moved.changes
        if change.subject == Subject(kind, name)
    ]


def service_story(moved: Moved, name: str) -> list[tuple[int, str]]:
    return [(at, status) for at, status, _ in story(moved, Kind.SERVICE, name)]


def running(until: int = START + MINUTE, **more: Any) -> Course:
    """All is well."""
    found = course(**more)
    found.take(*steady(START, until))
    found.until(until)
    return found


def verdict(found: Course, kind: Kind, name: str) -> Verdict:
    return found.verdict(Subject(kind, name))


def test_a_change_is_of_the_moment_at_which_it_is_so_however_late_somebody_looks() -> None:
    found = course()
    found.take(*steady(START, START + 20 * MINUTE, "tf-01"), Heard(START + 1_234, "tf-01"))

    moved = found.until(START + 20 * MINUTE)

    assert service_story(moved, "traffic-counts") == [
        (0, "operational"),
        (3 * MINUTE + 1_234 + 1, "degraded"),
    ]
    assert story(moved, Kind.PART, "traffic-counts/samyan") == [(0, "operational", "well")]
    assert found.since(Subject(Kind.ZONE, "yothi")) == START + 3 * MINUTE + 1_235


def test_each_part_is_judged_by_its_own_evidence() -> None:
    found = running()
    found.take(*steady(START + MINUTE, START + 10 * MINUTE, "tf-04"))
    found.until(START + 10 * MINUTE)

    assert verdict(found, Kind.PART, "traffic-counts/yothi").status is Status.OPERATIONAL
    assert verdict(found, Kind.PART, "traffic-counts/samyan").rule == "silence"
    assert verdict(found, Kind.SERVICE, "traffic-counts").status is Status.DEGRADED
    assert verdict(found, Kind.ZONE, "samyan").status is Status.DEGRADED
    assert verdict(found, Kind.ZONE, "rama-1").rule == "no-service"


def test_an_alert_counts_for_its_service_and_the_part_in_its_zone() -> None:
    found = running()
    found.take(alert(START + 90_500), alert(START + 95_500, None))

    moved = found.until(START + 2 * MINUTE)

    assert service_story(moved, "traffic-counts") == [(90_500, "degraded"), (95_500, "operational")]
    assert [change.at for change in moved.changes if change.subject.id == "traffic-counts/yothi"] == [
        START + 90_500,
        START + 95_500,
    ]
    assert not [change for change in moved.changes if change.subject.id == "traffic-counts/samyan"]


@pytest.mark.parametrize(
    ("fields", "services"),
    [
        ({}, {"traffic-counts"}),
        ({"device": None}, {"traffic-counts"}),
        ({"device": None, "service": None}, {"traffic-counts", "parking"}),
        ({"device": None, "service": None, "zone": "samyan"}, {"traffic-counts"}),
        ({"device": None, "service": None, "domain": "energy"}, {"power"}),
        ({"device": None, "service": None, "domain": "economy"}, set()),
        ({"service": None}, set()),
        ({"service": "gone"}, set()),
        ({"rule": "objectives/traffic-burns"}, set()),
        ({"rule": "nakhon/broker-away"}, set()),
    ],
)
def test_an_alert_speaks_about_its_service_or_those_of_its_zone(
    fields: dict[str, Any], services: set[str]
) -> None:
    found = running()
    found.take(alert(START + 2 * MINUTE, **fields))
    found.until(START + 2 * MINUTE)

    assert {name for name in CITY.services if found.evidence(name).alerts} == services


def test_an_alert_about_a_zone_comes_and_goes_with_the_devices_there() -> None:
    found = running()
    found.take(alert(START + 2 * MINUTE, device=None, service=None, zone="rama-1"))
    found.until(START + 2 * MINUTE)
    assert not found.evidence("traffic-counts").alerts

    found.take(Registered(START + 3 * MINUTE, "tf-09", counter(9, "rama-1")))
    found.until(START + 3 * MINUTE)
    assert [one.id for one in found.evidence("traffic-counts").alerts] == ["01J"]
    assert [one.id for one in found.evidence("traffic-counts", "rama-1").alerts] == ["01J"]

    found.take(Registered(START + 4 * MINUTE, "tf-09", None))
    found.until(START + 4 * MINUTE)
    assert not found.evidence("traffic-counts").alerts


def test_an_alert_that_was_open_before_a_part_was_there_is_the_parts_too() -> None:
    found = running()
    found.take(alert(START + 2 * MINUTE, zone="rama-1"))
    found.take(Registered(START + 3 * MINUTE, "tf-09", counter(9, "rama-1")))
    found.until(START + 3 * MINUTE)

    assert [one.id for one in found.evidence("traffic-counts", "rama-1").alerts] == ["01J"]


def test_who_needs_a_service_is_judged_after_it_at_the_same_moment() -> None:
    found = running()
    found.take(alert(START + 2 * MINUTE, "critical", service="power", device="pw-1"))
    found.take(alert(START + 2 * MINUTE, "critical", service="power", device="pw-2", id="02J", zone="samyan"))

    moved = found.until(START + 2 * MINUTE)

    assert story(moved, Kind.SERVICE, "power") == [(2 * MINUTE, "outage", "critical-alerts")]
    assert story(moved, Kind.SERVICE, "parking") == [(2 * MINUTE, "degraded", "needs")]
    assert story(moved, Kind.SERVICE, "permits") == [(2 * MINUTE, "degraded", "needs")]
    assert story(moved, Kind.SERVICE, "signals") == [(2 * MINUTE, "degraded", "needs")]
    assert verdict(found, Kind.DOMAIN, "energy").status is Status.OUTAGE


def test_in_a_zone_a_needed_service_is_as_its_part_there() -> None:
    found = running()
    found.take(alert(START + 2 * MINUTE, "critical", service="power", device="pw-2", zone="samyan"))
    found.until(START + 2 * MINUTE)

    assert verdict(found, Kind.PART, "power/samyan").status is Status.OUTAGE
    assert [need.status for need in found.evidence("parking", "yothi").needs] == [Status.OPERATIONAL]
    assert [need.status for need in found.evidence("parking").needs] == [Status.OUTAGE]


def test_a_circle_of_needs_is_cut_rather_than_gone_round() -> None:
    services = {**CITY.services, "power": replace(CITY.services["power"], services=("signals",))}
    found = course(city=replace(CITY, services=services))
    found.take(*everybody(START))
    found.until(START)

    needs = {name: [need.id for need in found.evidence(name).needs] for name in ("signals", "power")}
    assert sorted(needs.values()) in ([["signals"], ["traffic-counts"]], [[], ["traffic-counts", "power"]])


def test_what_a_probe_found_is_in_no_count_of_devices() -> None:
    found = running()
    assert found.evidence("permits").devices == 0
    assert [(probe.id, probe.up) for probe in found.evidence("permits").probes] == [
        ("web-1", True),
        ("web-2", True),
    ]

    found.take(Heard(START + 2 * MINUTE, "web-1", Found(up=False, code=503.0)))
    found.until(START + 2 * MINUTE)

    assert verdict(found, Kind.SERVICE, "permits").rule == "probes"
    assert found.evidence("permits").probes[0].code == 503.0


def test_a_probe_that_is_silent_is_unknown() -> None:
    found = running()
    found.take(Heard(START + 2 * MINUTE, "web-1", DOWN))

    moved = found.until(START + 11 * MINUTE)

    assert [probe.up for probe in found.evidence("permits").probes] == [None, None]
    assert story(moved, Kind.SERVICE, "permits")[-1][1:] == ("unknown", "nothing-heard")
    assert story(moved, Kind.SERVICE, "permits")[-1][0] == 10 * MINUTE + 1  # web-2 is asked every 3 min


def test_outside_its_hours_a_service_need_not_be_there() -> None:
    found = course()
    found.take(*steady(START, START + 60 * MINUTE))
    found.until(START)
    assert found.evidence("kiosks").closed_until == START + 10 * MINUTE

    moved = found.until(START + 60 * MINUTE)

    assert found.evidence("kiosks").closed_until == START + (24 * 60 + 10) * MINUTE
    counted = [(c.at - START, c.verdict.counted) for c in moved.changes if c.subject.id == "kiosks"]
    assert counted == [(10 * MINUTE, True), (40 * MINUTE, False)]


def work(at: int, until: int | None, services: tuple[str, ...] = (), zones: tuple[str, ...] = ()) -> Worked:
    return Worked(at, "w", Text("Cables", "สาย"), services, zones, until)


def test_planned_work_is_maintenance_from_its_beginning_to_its_end() -> None:
    found = running()
    found.take(*steady(START + MINUTE, START + 9 * MINUTE))
    found.take(
        work(START + 3 * MINUTE, START + 8 * MINUTE, ("power",)), work(START + 8 * MINUTE, 0, ("power",))
    )

    moved = found.until(START + 9 * MINUTE)

    assert service_story(moved, "power") == [(3 * MINUTE, "maintenance"), (8 * MINUTE, "operational")]
    assert verdict(found, Kind.DOMAIN, "energy").status is Status.OPERATIONAL


def test_work_in_one_zone_is_of_the_part_there_which_then_does_not_speak_for_the_whole() -> None:
    found = running()
    found.take(work(START + MINUTE, None, zones=("samyan",)))
    found.take(*steady(START + 2 * MINUTE, START + 20 * MINUTE, "tf-04", "tf-05", "pw-2"))
    found.until(START + 20 * MINUTE)

    assert verdict(found, Kind.PART, "traffic-counts/samyan").status is Status.MAINTENANCE
    assert verdict(found, Kind.SERVICE, "traffic-counts").status is Status.OPERATIONAL
    assert found.evidence("traffic-counts").devices == 3
    assert verdict(found, Kind.ZONE, "samyan").status is Status.MAINTENANCE
    assert verdict(found, Kind.ZONE, "yothi").status is Status.OPERATIONAL


def test_work_in_all_zones_of_a_service_is_work_on_the_service() -> None:
    found = running()
    found.take(work(START + 2 * MINUTE, START + 9 * MINUTE, ("traffic-counts",), ("samyan", "yothi")))
    found.until(START + 2 * MINUTE)

    assert verdict(found, Kind.SERVICE, "traffic-counts").status is Status.MAINTENANCE
    assert found.evidence("traffic-counts").devices == 5


def test_of_several_works_the_longest_is_told() -> None:
    found = running()
    first = work(START + MINUTE, START + 9 * MINUTE, ("power",))
    found.take(first, replace(first, id="v", until=START + 20 * MINUTE), replace(first, id="u", until=START))
    found.until(START + 2 * MINUTE)

    shown = found.evidence("power").work
    assert shown is not None
    assert shown.id == "v"


def test_data_and_indicators_are_evidence() -> None:
    found = running()
    stuck = DataQuality(1.0, stuck=3, bad=3, stuck_devices=("tf-01",))
    off = OffBand("parking-occupancy", Text("Occupancy", "อัตราจอด"), 0.95, "%", 0.6, 0.85)
    found.take(Surveyed(START + 2 * MINUTE, "traffic-counts", "yothi", stuck))
    found.take(
        Surveyed(START + 2 * MINUTE, "nowhere", None, stuck), Banded(START + 2 * MINUTE, "parking", (off,))
    )
    found.until(START + 2 * MINUTE)

    assert verdict(found, Kind.PART, "traffic-counts/yothi").rule == "bad-data"
    assert found.evidence("traffic-counts").data is None
    assert found.evidence("parking").kpis == (off,)
    assert found.evidence("parking", "yothi").kpis == ()


def test_a_service_of_low_criticality_weighs_little() -> None:
    found = running(START + 12 * MINUTE)
    critical = alert(START + 12 * MINUTE, "critical", service="kiosks", device="ki-1")
    found.take(critical)
    found.until(START + 12 * MINUTE)

    assert verdict(found, Kind.SERVICE, "kiosks").status is Status.OUTAGE
    assert verdict(found, Kind.DOMAIN, "governance").status is Status.DEGRADED


def test_a_status_that_comes_back_after_nothing_could_be_heard_goes_on_since_before() -> None:
    found = running()
    subject = Subject(Kind.SERVICE, "traffic-counts")
    found.take(Hearing(START + 2 * MINUTE, True), Hearing(START + 30 * MINUTE, False))
    found.until(START + 30 * MINUTE)
    assert found.verdict(subject).status is Status.UNKNOWN
    assert found.since(subject) == START + 2 * MINUTE

    found.take(*everybody(START + 31 * MINUTE))
    moved = found.until(START + 31 * MINUTE)

    assert found.since(subject) == START
    assert service_story(moved, "traffic-counts") == [(31 * MINUTE, "operational")]


def test_another_status_after_nothing_could_be_heard_is_so_since_then() -> None:
    found = running()
    found.take(
        Hearing(START + 2 * MINUTE, True), Hearing(START + 30 * MINUTE, False), alert(START + 20 * MINUTE)
    )
    found.take(*everybody(START + 31 * MINUTE))
    found.until(START + 31 * MINUTE)

    assert found.since(Subject(Kind.SERVICE, "traffic-counts")) == START + 31 * MINUTE


def test_what_comes_for_a_moment_before_the_last_change_is_told_as_late_and_takes_effect_at_once() -> None:
    found = running()
    found.until(START + 10 * MINUTE)  # all are silent by now
    found.take(*everybody(START + 2 * MINUTE, DEVICES[:3]))

    moved = found.until(START + 11 * MINUTE)

    assert moved.late == {"traffic-counts": START + 2 * MINUTE}
    assert found.evidence("traffic-counts").newest == START + 2 * MINUTE


def test_what_comes_late_for_a_service_in_which_nothing_happened_since_has_its_own_moment() -> None:
    found = running()
    found.until(START + 2 * MINUTE)
    found.take(alert(START + 80_000))

    moved = found.until(START + 3 * MINUTE)

    assert moved.late == {}
    assert service_story(moved, "traffic-counts") == [(80_000, "degraded")]


def test_late_news_of_one_service_makes_those_that_were_judged_by_it_late() -> None:
    found = running()
    found.take(alert(START + 2 * MINUTE, service="parking", device="ps-1"))
    found.until(START + 2 * MINUTE)
    found.take(alert(START + 100_000, "critical", service="power", device="pw-1", id="x"))

    moved = found.until(START + 3 * MINUTE)

    assert moved.late["parking"] == START + 100_000


def test_facts_of_before_the_start_say_how_things_stood() -> None:
    found = course()
    found.take(*everybody(START - MINUTE), alert(START - 5 * MINUTE), work(START - MINUTE, None, ("power",)))

    moved = found.until(START)

    assert moved.late == {}
    assert service_story(moved, "traffic-counts") == [(0, "degraded")]
    assert service_story(moved, "power") == [(0, "maintenance")]


def test_going_on_from_a_change_tells_nothing_that_is_as_before() -> None:
    first = course()
    first.take(*steady(START, START + 4 * MINUTE, "tf-01"))
    changes: list[Change] = first.until(START + 4 * MINUTE).changes
    last = {change.subject: change for change in changes}

    second = course(start=START + 4 * MINUTE)
    for change in last.values():
        second.resume(change.subject, change.verdict, change.at, change.latched)
    second.resume(Subject(Kind.SERVICE, "gone"), changes[0].verdict, START, {})
    second.take(*everybody(START + 4 * MINUTE, [one for one in DEVICES if one.id != "tf-01"]))
    second.load({"start": START, "at": START, "standings": {}, "waiting": {}})

    assert second.until(START + 4 * MINUTE).changes == []


def test_services_that_are_not_judged_are_as_somebody_stated() -> None:
    outage = Verdict(Status.OUTAGE, "elsewhere", Text("gone", "หาย"))
    found = Course(CITY, POLICY, DEVICES, START, only={"parking", "signals"})
    found.take(
        *everybody(START),
        Stated(START, Subject(Kind.SERVICE, "power"), outage),
        Stated(START + MINUTE, Subject(Kind.PART, "power/samyan"), outage),
        Stated(START + MINUTE, Subject(Kind.SERVICE, "gone"), outage),
        Stated(START + MINUTE, Subject(Kind.SERVICE, "parking"), outage),
    )

    moved = found.until(START + MINUTE)

    assert service_story(moved, "power") == []
    assert story(moved, Kind.SERVICE, "parking") == [(0, "degraded", "needs")]
    assert verdict(found, Kind.DOMAIN, "energy").status is Status.OUTAGE
    assert verdict(found, Kind.ZONE, "samyan").status is Status.OUTAGE
    assert not [c for c in moved.changes if c.subject.id.startswith("traffic-counts")]


def test_very_many_alerts_are_gone_through_twice_a_second_at_most() -> None:
    found = running()
    found.take(*(alert(START + 70_000 + n, "warning", id=f"a{n}", device=f"x{n}") for n in range(700)))
    found.until(START + 71_000)
    found.take(alert(START + 72_100), alert(START + 72_200, id="02J"))

    moved = found.until(START + 73_000)

    assert service_story(moved, "traffic-counts") == [(72_500, "degraded")]


def test_the_moved_are_those_of_which_anything_shown_moved() -> None:
    found = running()
    found.take(Surveyed(START + 2 * MINUTE, "traffic-counts", None, DataQuality(0.93)))
    found.take(*steady(START + MINUTE, START + 2 * MINUTE))
    moved = found.until(START + 2 * MINUTE)
    assert moved.services == set()

    found.take(Surveyed(START + 3 * MINUTE, "traffic-counts", None, DataQuality(0.93, stuck=1, bad=1)))
    moved = found.until(START + 3 * MINUTE)
    assert moved.services == {"traffic-counts"}


def test_a_device_that_needs_nobody_is_no_trouble() -> None:
    found = running()
    found.take(
        Heard(START + 2 * MINUTE, "nobody"), Registered(START + 2 * MINUTE, "x", device("x", "Nothing"))
    )

    assert found.until(START + 3 * MINUTE).services == set()
    assert found.device("x") is None
    assert found.counts_for("web-1") is None
    assert found.counts_for("tf-04") == ("traffic-counts", "samyan")
