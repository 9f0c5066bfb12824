"""The alerts service on each database: persisted, announced, handled, restarted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import text

from devices.model import City, Device, Domain, SmartService, Text, Zone
from rules.model import Evidence, Severity, State, Subject, Transition
from services.alerts import AlertsService
from services.alerts.identity import id_of
from services.alerts.service import Hooks
from services.bus.memory import MemoryBus
from services.bus.protocol import AlertChanged
from services.runtime.clock import ManualClock
from services.runtime.ports import ConflictError, NotFoundError
from services.store.errors import StoreError, StoreUnavailableError
from services.store.records import Records
from services.store.records.alerts import AlertRecords, Announcement, Changes, Decide
from tests.contract.records.conftest import Place

START = 1_767_546_000_000
NAME = Text("Samyan", "สามย่าน")
CITY = City(
    "bangkok",
    NAME,
    "Asia/Bangkok",
    {"samyan": Zone("samyan", NAME)},
    {
        "air-quality": SmartService(
            "air-quality", Domain.ENVIRONMENT, NAME, ("samyan",), ("AirQualityObserved",)
        )
    },
)
DEVICE = Device("aq-01", ("AirQualityObserved",), "samyan", Domain.ENVIRONMENT, 300_000)


class Directory:
    """One device."""

    def get(self, device_id: str) -> Device | None:
        return DEVICE if device_id == DEVICE.id else None

    def all(self) -> Sequence[Device]:
        return [DEVICE]


def step(state: State, after: int = 0, severity: Severity = Severity.MINOR, **fields: Any) -> Transition:
    given: dict[str, Any] = {
        "rule": "air-quality/pm25-unhealthy",
        "rule_version": "sha256:1",
        "domain": Domain.ENVIRONMENT,
        "subject": Subject("samyan", "aq-01"),
        "state": state,
        "severity": severity,
        "at": START + after,
        "starts_at": START,
        "title": Text("PM2.5 unhealthy", "ฝุ่นเกินมาตรฐาน"),
        "advice": Text("Close the windows", "ปิดหน้าต่าง"),
        "evidence": Evidence("pm25", 60.0, 37.5, "5m mean", ({"time": START, "value": 60.0},)),
        "taken": START + after,
        "received": START + after + 100,
    }
    return Transition(**given | fields)


FIRING = step(State.FIRING, 5_000)
ALERT = id_of(FIRING)
LIFE = [
    step(State.PENDING),
    FIRING,
    step(State.FIRING, 7_000, Severity.CRITICAL),
    step(State.RESOLVED, 9_000, Severity.CRITICAL),
]


@dataclass
class House:
    """An alerts service and everything that it said on the bus."""

    service: AlertsService
    clock: ManualClock
    heard: list[AlertChanged] = field(default_factory=list)
    delays: list[tuple[str, float]] = field(default_factory=list)

    @property
    def changes(self) -> list[str]:
        return [event.change for event in self.heard]


@asynccontextmanager
async def house(records: Records) -> AsyncIterator[House]:
    """A service from start to stop."""
    bus, clock = MemoryBus(), ManualClock(START + 10_000)
    delays: list[tuple[str, float]] = []
    service = AlertsService(
        records,
        bus,
        clock,
        CITY,
        Directory(),
        hooks=Hooks(on_delivered=lambda *delay: delays.append(delay)),
    )
    built = House(service, clock, [], delays)
    async with bus.subscribe(AlertChanged) as subscription:

        async def listen() -> None:
            async for event in subscription:
                assert isinstance(event, AlertChanged)
                built.heard.append(event)

        listener = asyncio.create_task(listen())
        await service.start()
        try:
            yield built
        finally:
            await service.stop()
            await asyncio.sleep(0)
    await listener


async def listed(service: AlertsService, /, **filters: list[str]) -> list[str]:
    return [alert["id"] for alert in (await service.alerts(filters=filters, limit=100, cursor=None)).items]


async def test_an_alert_is_served_in_the_contract_s_shape(records: Records) -> None:
    async with house(records) as built:
        await built.service.apply(LIFE[:2])
        alert = await built.service.alert(ALERT)
    history, explanation = alert["history"], alert["explanation"]
    (incident,) = {entry["detail"]["incident"] for entry in history if entry["detail"]}
    assert explanation == {"en": "pm25 = 60 > 37.5 (minor)", "th": "pm25 = 60 > 37.5 (เล็กน้อย)"}
    assert {name: alert[name] for name in alert if name not in {"history", "explanation"}} == {
        "id": ALERT,
        "fingerprint": FIRING.fingerprint,
        "rule": "air-quality/pm25-unhealthy",
        "rule_version": "sha256:1",
        "domain": "environment",
        "zone": "samyan",
        "device": "aq-01",
        "service": "air-quality",
        "severity": "minor",
        "highest_severity": "minor",
        "state": "firing",
        "mode": "live",
        "starts_at": "2026-01-04T17:00:00.000Z",
        "ends_at": None,
        "acknowledged": None,
        "number": 2,
        "assigned_to": None,
        "suppressed": None,
        "incident": incident,
        "notifications": [],
        "cause": None,
        "occurrences": 1,
        "flapping": False,
        "held_until": None,
        "closed_by": None,
        "labels": {},
        "title": {"en": "PM2.5 unhealthy", "th": "ฝุ่นเกินมาตรฐาน"},
        "advice": {"en": "Close the windows", "th": "ปิดหน้าต่าง"},
        "evidence": {
            "metric": "pm25",
            "value": 60.0,
            "window": "5m mean",
            "threshold": 37.5,
            "readings": [{"time": "2026-01-04T17:00:00.000Z", "value": 60.0}],
        },
        "times": {
            "taken": "2026-01-04T17:00:05.000Z",
            "received": "2026-01-04T17:00:05.100Z",
            "fired": "2026-01-04T17:00:05.000Z",
            "persisted": "2026-01-04T17:00:10.000Z",
            "delivered": "2026-01-04T17:00:10.000Z",
            "notified": None,
            "acknowledged": None,
        },
    }
    assert [(event["number"], event["change"], event["by"]) for event in history] == [
        (1, "pending", None),
        (2, "firing", None),
    ]


async def test_what_is_announced_is_what_is_kept(records: Records) -> None:
    async with house(records) as built:
        await built.service.apply(LIFE[:3])
        open_alerts = built.service.open_alerts()
        page = await built.service.alerts(filters={}, limit=10, cursor=None)
    assert built.changes == ["pending", "firing", "severity"]
    assert [event.number for event in built.heard] == [1, 2, 3]
    assert built.heard[-1].alert == page.items[0]
    assert [(alert.id, alert.severity, alert.firing) for alert in open_alerts] == [
        (ALERT, Severity.CRITICAL, True)
    ]
    assert built.delays == [("environment", 4.9)]


async def test_a_burst_does_not_overrun_who_listens(records: Records) -> None:
    burst = [step(State.FIRING, n, starts_at=START + n) for n in range(3_000)]
    async with house(records) as built:
        await built.service.apply(burst)
        assert len(built.service.open_alerts()) == 3_000
    assert [event.alert["id"] for event in built.heard] == [id_of(transition) for transition in burst]


async def test_the_same_transitions_again_announce_nothing(records: Records) -> None:
    async with house(records) as built:
        await built.service.apply(LIFE)
        before = await built.service.alert(ALERT)
        await built.service.apply(LIFE)
        for transition in LIFE:
            await built.service.apply([transition])
        assert await built.service.alert(ALERT) == before
    assert built.changes == ["pending", "firing", "severity", "resolved"]


async def test_a_restart_repeats_nothing_and_remembers_the_open_ones(records: Records) -> None:
    async with house(records) as built:
        await built.service.apply(LIFE[:3])
        before = built.service.open_alerts(), built.service.counts()
    async with house(records) as built:
        assert built.service.open_alerts() == before[0]
        assert built.service.counts() == {("environment", "critical", "firing"): 1}
        await built.service.apply(LIFE)
    assert built.changes == ["resolved"]


async def test_what_was_persisted_and_not_announced_is_announced_at_the_next_start(records: Records) -> None:
    first = house(records)
    built = await first.__aenter__()

    async def crash(*_announcements: object) -> None:
        """The process is gone before it could say a word."""

    built.service.turn._announce = crash  # type: ignore[method-assign]
    await built.service.apply(LIFE[:3])
    async with house(records) as after:
        await after.service.apply(LIFE[:3])
        alert = await after.service.alert(ALERT)
    assert after.changes == ["pending", "firing", "severity"]
    assert [event.number for event in after.heard] == [1, 2, 3]
    assert alert["times"]["delivered"] == "2026-01-04T17:00:10.000Z"
    assert after.delays == [("environment", 4.9)]
    async with house(records) as later:
        pass
    assert later.changes == []
    await first.__aexit__(None, None, None)


async def test_one_that_never_fires_leaves_no_trace_and_does_not_come_back(records: Records) -> None:
    gone = step(State.INACTIVE, 3_000)
    async with house(records) as built:
        await built.service.apply([step(State.PENDING)])
        assert await listed(built.service, state=["pending"]) == [ALERT]
        await built.service.apply([gone])
        assert await listed(built.service) == []
    async with house(records) as built:
        await built.service.apply([step(State.PENDING), gone])
        with pytest.raises(NotFoundError, match=ALERT):
            await built.service.alert(ALERT)
    assert built.changes == []


async def test_shadow_alerts_are_listed_only_when_asked_for(records: Records) -> None:
    shadow = replace(FIRING, shadow=True, subject=Subject("samyan"))
    async with house(records) as built:
        await built.service.apply([shadow, FIRING])
        assert await listed(built.service) == [ALERT]
        assert await listed(built.service, mode=["shadow"]) == [id_of(shadow)]
        assert len(await listed(built.service, mode=["shadow", "live"])) == 2
        assert (await built.service.alert(id_of(shadow)))["mode"] == "shadow"
        assert [alert.id for alert in built.service.open_alerts()] == [ALERT]
        assert sum(built.service.counts().values()) == 1
    assert len(built.heard) == 1


async def test_acknowledging_tells_the_second_who_was_first(records: Records) -> None:
    async with house(records) as built:
        await built.service.apply([FIRING])
        alert = await built.service.acknowledge(ALERT, by="operator-7", note="on my way")
        assert alert["acknowledged"] == {
            "by": "operator-7",
            "at": "2026-01-04T17:00:10.000Z",
            "note": "on my way",
        }
        assert alert["history"][-1]["note"] == "on my way"
        with pytest.raises(ConflictError, match=r"acknowledged by operator-7 at 2026-01-04T17:00:10\.000Z"):
            await built.service.acknowledge(ALERT, by="operator-8", note="")
        await built.service.apply([step(State.RESOLVED, 9_000)])
        with pytest.raises(ConflictError, match=r"is over: it has been resolved since 2026-01-04T17:00:09"):
            await built.service.acknowledge(ALERT, by="operator-8", note="")
        assert (await built.service.alert(ALERT))["acknowledged"]["by"] == "operator-7"
    assert built.changes == ["firing", "acknowledged", "resolved"]


async def test_comments_and_assignments_are_history(records: Records) -> None:
    async with house(records) as built:
        await built.service.apply([FIRING])
        await built.service.comment(ALERT, by="operator-7", note="ฝนตก")
        await built.service.assign(ALERT, by="operator-7", to="crew-2")
        await built.service.assign(ALERT, by="operator-8", to="crew-2")
        await built.service.apply([step(State.RESOLVED, 9_000)])
        await built.service.assign(ALERT, by="operator-7", to=None)
        alert = await built.service.comment(ALERT, by="operator-8", note="a burning bin")
    assert alert["assigned_to"] is None
    steps = [(e["change"], e["by"], e["note"], e["assigned_to"]) for e in alert["history"]]
    assert steps == [
        ("firing", None, None, None),
        ("commented", "operator-7", "ฝนตก", None),
        ("assigned", "operator-7", None, "crew-2"),
        ("resolved", None, None, None),
        ("assigned", "operator-7", None, None),
        ("commented", "operator-8", "a burning bin", None),
    ]


async def test_an_alert_closed_by_hand_stays_closed(records: Records) -> None:
    async with house(records) as built:
        await built.service.apply([FIRING])
        closed = await built.service.close(ALERT, by="operator-7", note="sensor in the kitchen")
        assert (closed["state"], closed["ends_at"]) == ("resolved", "2026-01-04T17:00:10.000Z")
        assert built.service.open_alerts() == []
        await built.service.apply(LIFE)
        assert await built.service.alert(ALERT) == closed
        with pytest.raises(ConflictError, match="is over"):
            await built.service.close(ALERT, by="operator-8", note="")
        again = step(State.FIRING, 95_000, starts_at=START + 90_000)
        await built.service.apply([again])
        assert await listed(built.service, state=["firing"]) == [id_of(again)]
    assert built.changes == ["firing", "closed", "firing"]


async def test_nobody_acts_on_what_has_not_fired(records: Records) -> None:
    async with house(records) as built:
        await built.service.apply([step(State.PENDING)])
        service = built.service
        for operation in (
            service.acknowledge(ALERT, by="o", note=""),
            service.comment(ALERT, by="o", note="x"),
            service.assign(ALERT, by="o", to="p"),
            service.close(ALERT, by="o", note=""),
        ):
            with pytest.raises(ConflictError, match="has not fired yet"):
                await operation
        with pytest.raises(NotFoundError, match="no alert 01"):
            await service.comment("01ARZ3NDEKTSV4RRFFQ69G5FAV", by="o", note="x")
    assert built.changes == ["pending"]


async def test_of_three_operators_at_once_one_wins(records: Records) -> None:
    firings = [step(State.FIRING, n, starts_at=START + n) for n in range(25)]
    async with house(records) as built:
        await built.service.apply(firings)
        for firing in firings:
            outcomes = await asyncio.gather(
                *(built.service.acknowledge(id_of(firing), by=name, note="") for name in ("a", "b", "c")),
                return_exceptions=True,
            )
            winners = [outcome for outcome in outcomes if isinstance(outcome, dict)]
            losers = [outcome for outcome in outcomes if isinstance(outcome, ConflictError)]
            assert (len(winners), len(losers)) == (1, 2), outcomes
            by = winners[0]["acknowledged"]["by"]
            assert all(f"acknowledged by {by}" in str(loser) for loser in losers)
            numbers = [event["number"] for event in (await built.service.alert(id_of(firing)))["history"]]
            assert numbers == [1, 2]


async def test_two_that_raise_the_same_alert_at_once_raise_it_once(place: Place) -> None:
    records = [await place.open() for _ in range(2)]
    async with house(records[0]) as one, house(records[1]) as two:
        for n in range(20):
            life = [
                step(State.PENDING, n, starts_at=START + n),
                step(State.FIRING, n + 1, starts_at=START + n),
            ]
            await asyncio.gather(one.service.apply(life), two.service.apply(life))
        page = await one.service.alerts(filters={}, limit=100, cursor=None)
        histories = [len((await one.service.alert(a["id"]))["history"]) for a in page.items]
    assert histories == [2] * 20
    assert sorted(one.changes + two.changes) == ["firing"] * 20 + ["pending"] * 20
    for opened in records:
        await opened.close()


async def test_the_list_is_newest_first_and_its_cursor_holds_still(records: Records) -> None:
    def at(n: int) -> Transition:
        return step(State.FIRING, n * 1000, starts_at=START + n * 1000)

    async with house(records) as built:
        await built.service.apply([at(n) for n in range(7)])
        first = await built.service.alerts(filters={}, limit=3, cursor=None)
        await built.service.apply([at(n) for n in range(7, 30)])
        second = await built.service.alerts(filters={}, limit=4, cursor=first.next)
    starts = [alert["starts_at"][17:19] for alert in (*first.items, *second.items)]
    assert starts == ["06", "05", "04", "03", "02", "01", "00"]
    assert second.next is None


async def test_filters(records: Records) -> None:
    zone = step(State.FIRING, subject=Subject("yothi"), rule="x/y", domain=Domain.LIVING)
    over = step(State.FIRING, starts_at=START + 5, severity=Severity.MAJOR)
    async with house(records) as built:
        await built.service.apply([FIRING, zone, over])
        await built.service.close(id_of(over), by="o", note="")
        for filters, expected in (
            ({"state": ["resolved"]}, {id_of(over)}),
            ({"state": ["firing"], "zone": ["samyan"]}, {ALERT}),
            ({"severity": ["major", "critical"]}, {id_of(over)}),
            ({"domain": ["living"]}, {id_of(zone)}),
            ({"device": ["aq-01"]}, {ALERT, id_of(over)}),
            ({"rule": ["x/y"]}, {id_of(zone)}),
            ({"service": ["air-quality"]}, {ALERT, id_of(over)}),
            ({"state": []}, {ALERT, id_of(over), id_of(zone)}),
        ):
            assert set(await listed(built.service, **filters)) == expected
        with pytest.raises(ValueError, match="filtered by colour"):
            await listed(built.service, colour=["red"])
        with pytest.raises(ValueError, match="mode can't be night"):
            await listed(built.service, mode=["night"])
        with pytest.raises(ValueError, match="cursor"):
            await built.service.alerts(filters={}, limit=1, cursor="first")


async def test_counts_follow_what_happens(records: Records) -> None:
    async with house(records) as built:
        await built.service.apply(LIFE[:1])
        assert built.service.counts() == {("environment", "minor", "pending"): 1}
        await built.service.apply(LIFE[1:3])
        await built.service.comment(ALERT, by="o", note="x")
        await built.service.apply(LIFE[3:])
        await built.service.comment(ALERT, by="o", note="x")
        await built.service.apply([step(State.PENDING, starts_at=START + 1)])
        await built.service.apply([step(State.INACTIVE, 1, starts_at=START + 1)])
        live = built.service.counts()
        assert {key: count for key, count in live.items() if count} == await records.alerts.counts()


class Failing(AlertRecords):
    """Commits, and then loses the answer: what a connection that breaks at the wrong moment does."""

    lose_answers = 0
    refuse_marks = 0

    async def change(self, ids: Sequence[str], decide: Decide, *, people: bool = False) -> Changes:
        changes = await super().change(ids, decide, people=people)
        if self.lose_answers:
            self.lose_answers -= 1
            raise StoreUnavailableError("the connection is gone")
        return changes

    async def delivered(self, items: Sequence[Announcement], times: Any) -> None:
        if self.refuse_marks:
            self.refuse_marks -= 1
            raise StoreUnavailableError("the connection is gone")
        await super().delivered(items, times)


async def test_a_commit_whose_answer_is_lost_is_still_announced_once(records: Records) -> None:
    records.alerts = failing = Failing(records._database)
    async with house(records) as built:
        await built.service.apply(LIFE[:1])
        failing.lose_answers = 1
        with pytest.raises(StoreError):
            await built.service.apply(LIFE[1:3])
        await built.service.apply(LIFE[1:3])
        assert [alert.severity for alert in built.service.open_alerts()] == ["critical"]
        assert built.service.counts()["environment", "critical", "firing"] == 1
        await built.service.apply(LIFE[3:])
    assert built.changes == ["pending", "firing", "severity", "resolved"]


async def test_marks_that_the_store_refuses_are_made_later(records: Records) -> None:
    records.alerts = failing = Failing(records._database)
    failing.refuse_marks = 2
    async with house(records) as built:
        await built.service.apply([FIRING])
        await built.clock.advance(5)
    assert built.changes == ["firing"]
    assert await records.alerts.unannounced() == []
    found = await records.alerts.get(ALERT)
    assert found is not None
    assert found[0].delivered == START + 10_000


async def test_a_batch_is_kept_whole_or_not_at_all(records: Records) -> None:
    async with house(records) as built:
        broken = step(State.FIRING, starts_at=START + 1, title=Text("a", object()))  # type: ignore[arg-type]
        with pytest.raises(Exception, match="not JSON serializable"):
            await built.service.apply([FIRING, broken])
        assert await listed(built.service) == []
        await built.service.apply([FIRING])
    assert built.changes == ["firing"]


async def test_what_the_rules_lost_is_ended_but_for_what_is_about_nakhon_itself(records: Records) -> None:
    own = step(State.FIRING, starts_at=START + 1, rule="nakhon/broker-away", subject=Subject(""))
    kept = step(State.FIRING, starts_at=START + 2, subject=Subject("samyan", "aq-02"))
    async with house(records) as built:
        await built.service.apply([FIRING, own, kept])
        assert await built.service.settle({kept.fingerprint}) == 1
        assert await listed(built.service, state=["firing"]) == [id_of(kept), id_of(own)]
        about = await built.service.alert(id_of(own))
    assert (about["zone"], about["device"]) == (None, None)


async def test_remembering_what_never_fired_is_bounded(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.store.records.alerts.PASSED_KEPT", 10)
    async with house(records) as built:
        for n in range(8):
            pairs = [START + n * 100 + m for m in range(5)]
            await built.service.apply([step(State.PENDING, starts_at=at) for at in pairs])
            await built.service.apply([step(State.INACTIVE, 1, starts_at=at) for at in pairs])
    query = text("SELECT count(*) FROM alerts_passed")
    kept = await records._database.read(lambda connection: connection.execute(query).scalar_one())
    assert kept == 10
