"""From what happens in the city to what is told of its services: within two seconds, and for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from devices.calendar.windows import Windows
from devices.model import Observation, Text
from rules.model import Severity
from services.bus.protocol import AlertChanged, DevicesChanged, Listening, Seen, ServiceChanged
from services.runtime.clock import rfc3339
from services.runtime.ports import NotFoundError
from services.status.alerting import alerted, differences
from services.status.facts import Alerted, Banded, Fact, Found, Hearing, Registered, Surveyed
from services.status.feeding import heard
from services.status.model import Change, Kind, OffBand, Status, Subject
from services.status.works import WorkSource
from tests.unit.status.statuscity import MINUTE, START, counter, opened, spot
from tests.unit.status.statuscity import heard as reading
from tests.unit.status.test_status_quality import GOOD
from tests.unit.status.test_status_service import TWELVE, Memory, Scene


def document(**fields: Any) -> dict[str, Any]:
    """The contract's alert, as far as statuses look at it."""
    return {
        "id": "01J",
        "rule": "traffic/jam",
        "domain": "mobility",
        "zone": "yothi",
        "device": "tf-01",
        "service": "traffic-counts",
        "severity": "major",
        "state": "firing",
        "mode": "live",
        "ends_at": None,
        "evidence": {"readings": [{"time": rfc3339(START + 3_000)}, {"time": rfc3339(START + 4_000)}]},
        "times": {"fired": rfc3339(START + 1_000)},
        **fields,
    }


def fact(at: int, severity: str | None = "major", **fields: Any) -> Alerted:
    given = {"id": "01J", "rule": "traffic/jam", "domain": "mobility", "zone": "yothi", "device": "tf-01"}
    found = None if severity is None else Severity(severity)
    return Alerted(at, severity=found, **{**given, "service": "traffic-counts", **fields})


NOW = START + 9_000


@pytest.mark.parametrize(
    ("change", "fields", "expected"),
    [
        ("firing", {}, fact(START + 1_000)),
        ("severity", {"severity": "critical"}, fact(START + 4_000, "critical")),
        ("reopened", {"evidence": {}}, fact(NOW)),
        ("acknowledged", {}, fact(NOW)),
        ("resolved", {"state": "resolved", "ends_at": rfc3339(START + 5_000)}, fact(START + 5_000, None)),
        ("pending", {"state": "pending"}, fact(NOW, None)),
        ("firing", {"times": {"fired": rfc3339(NOW + 5_000)}}, fact(NOW)),
        ("firing", {"zone": None}, fact(START + 1_000, zone="")),
        ("firing", {"mode": "shadow"}, None),
    ],
)
def test_a_step_of_an_alert_counts_from_its_own_moment(
    change: str, fields: dict[str, Any], expected: Alerted | None
) -> None:
    assert alerted(change, document(**fields), NOW) == expected


def test_what_was_missed_of_alerts_is_the_difference_to_those_that_are_open() -> None:
    known = {"same": fact(START, id="same"), "worse": fact(START, id="worse"), "over": fact(START, id="over")}
    there = [
        opened(id="same"),
        opened("critical", id="worse"),
        opened(id="new", fired=START + 7_000),
        opened(id="pending", firing=False),
        opened(id="shadow", shadow=True),
    ]

    assert sorted(differences(there, known, NOW), key=lambda one: one.id) == [
        fact(START + 7_000, id="new"),
        fact(NOW, None, id="over"),
        fact(NOW, "critical", id="worse"),
    ]


def test_a_reading_of_a_probe_says_what_it_found() -> None:
    values = {"up": True, "latency": 31.5, "statusCode": 200.0, "certificateDays": 12.0}
    found = heard(Observation(START, "web-1", "yothi", "ServiceProbe", values, START))
    silent = heard(Observation(START, "web-1", "yothi", "ServiceProbe", {"up": False}, START))

    assert found.probe == Found(up=True, latency=31.5, code=200.0, certificate=12.0)
    assert silent.probe == Found(up=False)
    assert heard(reading(counter(1), START)).probe is None


class Records:
    """Keeps what is told for good."""

    def __init__(self, missed: Sequence[Change] = ()) -> None:
        self.changes: list[Change] = []
        self.facts: list[Fact] = []
        self.late: list[Mapping[str, int]] = []
        self.missed = missed

    async def add(self, changes: Sequence[Change]) -> None:
        self.changes += changes

    async def after(self, at: int) -> Sequence[Change]:
        return [change for change in self.missed if change.at > at]

    async def put(self, facts: Sequence[Fact]) -> None:
        self.facts += facts

    def given(self) -> dict[str, Any]:
        return {"history": self, "facts": self, "recompute": self.late.append}


async def test_status_follows_within_two_seconds_of_the_moment_that_its_rule_says() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE, seconds=0.3)
        await scene.clock.advance(2 * 60)
        await scene.hear(TWELVE[:8])
        silent = START + 3 * MINUTE + 1
        await scene.clock.advance((silent - scene.clock.now()) / 1000 - 0.001)
        assert scene.traffic()["status"] == "operational"

        await scene.clock.advance(2)

        assert scene.traffic()["status"] == "degraded"
        assert scene.traffic()["since"] == rfc3339(silent)


async def test_an_alert_is_taken_from_what_is_told_of_it() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE)
        fired = scene.clock.now() - 200
        scene.bus.publish(AlertChanged("firing", document(times={"fired": rfc3339(fired)})))
        await scene.clock.advance(1)
        assert (scene.traffic()["status"], scene.traffic()["since"]) == ("degraded", rfc3339(fired))
        assert scene.traffic()["evidence"]["alerts"] == {"critical": 0, "major": 1, "minor": 0, "warning": 0}

        ended = rfc3339(scene.clock.now())
        scene.bus.publish(AlertChanged("resolved", document(state="resolved", ends_at=ended)))
        await scene.clock.advance(1)
        assert (scene.traffic()["status"], scene.traffic()["since"]) == ("operational", ended)


async def test_what_nobody_else_keeps_is_kept() -> None:
    records = Records()
    spans = {"ask": GOOD}
    async with Scene(TWELVE, **records.given()).running() as scene:
        scene.service.quality = lambda _device: spans["ask"]
        await scene.hear(TWELVE)
        scene.devices.devices["tf-13"] = counter(13)
        scene.devices.devices["tf-01"] = replace(counter(1), zone="samyan")
        scene.bus.publish(DevicesChanged(("tf-13", "tf-01")))
        at = scene.clock.now()
        await scene.clock.advance(1)
        off = OffBand("k", Text("k", "k"), 1.0, "%", None, 0.5)
        scene.service.tell(Banded(scene.clock.now(), "parking", (off,)))
        gone = scene.clock.now()
        scene.bus.publish(Listening(gone))
        await scene.clock.advance(30)
        scene.bus.publish(Listening(None))
        back = scene.clock.now()
        await scene.clock.advance(2)

    kinds = {type(one): one for one in records.facts}
    assert Registered(at, "tf-13", counter(13), None) in records.facts
    assert Registered(at, "tf-01", counter(1, "samyan"), counter(1)) in records.facts
    assert [one for one in records.facts if isinstance(one, Hearing)] == [
        Hearing(gone + 10_000, deaf=True, since=gone),
        Hearing(back, deaf=False),
    ]
    assert {Surveyed, Banded} <= kinds.keys()
    deaf = [
        one.at for one in records.changes if one.verdict.rule == "deaf" and one.subject.kind is Kind.SERVICE
    ]
    assert deaf == [gone + 10_000] * 2


async def test_a_moments_absence_of_the_broker_is_no_fact() -> None:
    records = Records()
    async with Scene(TWELVE, **records.given()).running() as scene:
        scene.bus.publish(Listening(scene.clock.now()))
        await scene.clock.advance(9)
        scene.bus.publish(Listening(None))
        await scene.clock.advance(5)

    assert records.facts == []


async def test_an_absence_that_is_over_before_anybody_looks_was_one_all_the_same() -> None:
    records = Records()
    async with Scene(TWELVE, **records.given()).running() as scene:
        gone = scene.clock.now() - 15_000
        scene.bus.publish(Listening(gone))
        scene.bus.publish(Listening(None))
        await scene.clock.advance(1)

    assert [(one.at, one.deaf) for one in records.facts if isinstance(one, Hearing)] == [
        (gone + 10_000, True),
        (START, False),
    ]


async def test_what_came_late_is_handed_on_after_the_changes_that_it_concerns() -> None:
    records = Records()
    async with Scene(TWELVE, **records.given()).running() as scene:
        await scene.hear(TWELVE)
        await scene.clock.advance(10 * 60)
        late = START + 2 * MINUTE
        scene.bus.publish(Seen({"tf-01": reading(counter(1), late)}))
        await scene.clock.advance(1)

    assert records.late == [{"traffic-counts": late}]


async def test_the_first_of_several_readings_tells_when_a_device_came_back() -> None:
    async with Scene(TWELVE[:1]).running() as scene:
        now = scene.clock.now()
        first = now + 100
        await scene.clock.advance(1)
        scene.bus.publish(Seen({"tf-01": reading(counter(1), now + 900)}, {"tf-01": first}))
        await scene.clock.advance(1)

        assert scene.traffic()["since"] == rfc3339(first)


WINDOW = Windows.of({"start": "2026-01-05T00:10", "duration": "10m"}, "Asia/Bangkok")


async def test_maintenance_begins_and_ends_with_its_window() -> None:
    works = [WorkSource("cables", Text("Cables", "สาย"), WINDOW, ("traffic-counts",))]
    async with Scene(TWELVE, works=lambda: works).running() as scene:
        for _ in range(12):
            await scene.hear(TWELVE, seconds=60)
        assert (scene.traffic()["status"], scene.traffic()["since"]) == (
            "maintenance",
            rfc3339(START + 10 * MINUTE),
        )
        assert scene.traffic()["evidence"]["maintenance"] == {
            "id": "cables",
            "title": {"en": "Cables", "th": "สาย"},
            "until": rfc3339(START + 20 * MINUTE),
        }

        works.clear()
        scene.service.works_changed()
        await scene.hear(TWELVE, seconds=1)

        assert scene.traffic()["status"] == "operational"


async def test_each_service_and_zone_for_whoever_asks() -> None:
    async with Scene([*TWELVE, spot(1)]).running() as scene:
        await scene.hear([*TWELVE, spot(1)])

        services = scene.service.services()
        assert [one["id"] for one in services] == ["traffic-counts", "parking"]
        assert scene.service.service("parking") == services[1]
        yothi = next(zone for zone in scene.service.zones() if zone["zone"] == "yothi")
        assert yothi["status"] == "operational"
        assert yothi["services"] == [
            {"id": "traffic-counts", "status": "operational"},
            {"id": "parking", "status": "operational"},
        ]
        told = scene.service.explain("traffic-counts")
        assert told["rule"] == "well"
        assert [zone["zone"] for zone in told["zones"]] == ["yothi"]
        assert {rule["id"] for rule in told["rules"]} >= {"deaf", "silence"}
        for ask in (scene.service.service, scene.service.explain):
            with pytest.raises(NotFoundError, match="no service gone"):
                ask("gone")
        assert dict(scene.service.service_samples()) == {
            ("traffic-counts", "mobility", "operational"): 1.0,
            ("parking", "mobility", "operational"): 1.0,
        }


async def test_a_service_that_moved_is_told_by_itself() -> None:
    async with Scene(TWELVE).running() as scene, scene.bus.subscribe(ServiceChanged) as told:
        await scene.hear(TWELVE)
        assert len(told) == 1
        event: Any = await anext(told)
        assert (event.service["id"], event.service["status"]) == ("traffic-counts", "operational")

        await scene.hear(TWELVE)
        assert len(told) == 0


async def test_what_is_known_better_by_now_is_taken_over_and_told() -> None:
    async with Scene(TWELVE).running() as scene, scene.bus.subscribe(ServiceChanged) as told:
        await scene.hear(TWELVE)
        await anext(told)

        scene.service.revised(
            ["traffic-counts", "gone"], {Subject(Kind.SERVICE, "traffic-counts"): START - 5_000}
        )
        await scene.clock.advance(1)

        event: Any = await anext(told)
        assert event.service["since"] == scene.traffic()["since"] == rfc3339(START - 5_000)


async def test_after_a_crash_it_goes_on_from_the_last_change_that_was_written() -> None:
    memory, records = Memory(), Records()
    async with Scene(TWELVE, memory, **records.given()).running() as scene:
        await scene.hear(TWELVE, seconds=120)
        kept = memory.state
        await scene.raise_alert(fired=scene.clock.now())
        scene.alerts.items.clear()
        degraded = next(c.at for c in records.changes if c.verdict.status is Status.DEGRADED)
    memory.state = kept  # the end of this run was not kept, its changes were

    again = Records([change for change in records.changes if change.at <= degraded])
    now = START + 10 * MINUTE
    async with Scene(TWELVE, memory, now, **again.given()).running() as scene:
        assert [one for one in again.facts if isinstance(one, Hearing)] == []  # not written yet
        scene.alerts.items.append(opened(fired=degraded))
        scene.bus.publish(AlertChanged("firing", {}))
        await scene.hear(TWELVE, seconds=2)

        assert (scene.traffic()["status"], scene.traffic()["since"]) == ("degraded", rfc3339(degraded))
    assert [(one.at, one.deaf) for one in again.facts if isinstance(one, Hearing)] == [
        (degraded, True),
        (now, False),
    ]
    assert min(change.at for change in again.changes) == degraded
