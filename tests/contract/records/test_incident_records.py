"""Incidents in the database, beside the alerts that they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from devices.model import City, Text
from rules.model import Severity, State, Subject, fingerprint
from services.alerts.board import Board, opened
from services.alerts.identity import alert_id
from services.alerts.incidents.book import PLAN, IncidentBook
from services.alerts.incidents.operations import Operation, acknowledging, assigning, commenting
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Dependency, Gathering
from services.runtime.ports import ConflictError, NotFoundError
from services.store.records import Records
from services.store.records.alerts import AlertRecord, Changes, Known
from services.store.records.incidents import (
    IncidentEvent,
    IncidentRecord,
    IncidentRecords,
    count_off,
    locked,
    put,
    step_of_a_person,
)
from services.store.records.ulid import ulid

NOW = 1_767_546_000_000
MINUTE = 60_000
CITY = City("smallville", Text("Smallville", "เมืองเล็ก"), "Asia/Bangkok", {}, {})
FEEDER_LAMPS = Dependency(
    "feeder-lamps", Matcher(rules=("power/feeder",)), Matcher(rules=("lights/out",)), label="feeder"
)


def incident(number: int, **fields: object) -> IncidentRecord:
    given = {
        "id": ulid(NOW + number, number),
        "key": '{"zone":"north"}',
        "state": "open",
        "title": {"en": "Lamps", "th": "ไฟ"},
        "severity": Severity.MAJOR,
        "highest_severity": Severity.CRITICAL,
        "domain": "energy",
        "zone": "north",
        "service": None,
        "opened_at": NOW + number,
        "joined_at": NOW + number,
        "alerts": 3,
        "open": 2,
        "changes": 1,
    }
    return IncidentRecord(**given | fields)  # type: ignore[arg-type]


@pytest.fixture
def table(records: Records) -> IncidentRecords:
    return IncidentRecords(records._database)


async def keep(records: Records, *new: IncidentRecord, events: tuple[IncidentEvent, ...] = ()) -> None:
    await records._database.write(lambda connection: put(connection, new, (), events))


async def test_what_was_put_is_what_is_there(records: Records, table: IncidentRecords) -> None:
    one = incident(
        1,
        cause="01A",
        acknowledged_by="mali",
        acknowledged_at=NOW,
        acknowledged_note="ครับ",
        assigned_to="somchai",
        closed_by="mali",
        merged_into="01B",
        resolved_at=NOW + 5,
    )
    steps = (
        IncidentEvent(one.id, 2, NOW, "closed", "mali", "done"),
        IncidentEvent(one.id, 1, NOW, "opened", detail={"alerts": 1}),
    )
    await keep(records, one, events=steps)
    assert await table.get(one.id) == (one, [steps[1], steps[0]])
    moved = replace(one, state="resolved", open=0, changes=3, title={"en": "x", "th": "y"})
    await records._database.write(lambda connection: put(connection, (), [moved], ()))
    assert (await table.get(one.id) or ())[0] == moved
    assert await table.get("01K") is None


async def test_open_ones_oldest_first_in_portions(records: Records, table: IncidentRecords) -> None:
    made = [incident(number) for number in range(5)]
    await keep(records, *reversed(made), incident(9, state="resolved", resolved_at=NOW))
    assert await table.open() == made
    assert await table.open(limit=2) == made[:2]
    assert await table.open(after=made[1].id, limit=2) == made[2:4]


async def test_those_that_were_resolved_since(records: Records, table: IncidentRecords) -> None:
    made = [incident(number, state="resolved", resolved_at=NOW + number) for number in range(4)]
    await keep(records, *made, incident(8), incident(9, state="merged", resolved_at=NOW + 9))
    assert await table.recent(NOW + 2) == made[2:]


async def test_pages_newest_first(records: Records, table: IncidentRecords) -> None:
    made = [incident(number) for number in range(5)]
    await keep(records, *made)
    first, cursor = await table.page({}, limit=2)
    assert first == [made[4], made[3]]
    assert cursor == made[3].id
    await keep(records, incident(7))
    second, cursor = await table.page({}, limit=2, cursor=cursor)
    assert second == [made[2], made[1]]
    assert await table.page({}, limit=2, cursor=cursor) == ([made[0]], None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "resolved"),
        ("severity", "minor"),
        ("domain", "mobility"),
        ("zone", "south"),
        ("service", "lighting"),
        ("assigned_to", "mali"),
    ],
)
async def test_filters(records: Records, table: IncidentRecords, name: str, value: str) -> None:
    given = Severity(value) if name == "severity" else value
    other = incident(2, **{name: given})
    await keep(records, incident(1), other)
    assert await table.page({name: [value]}, limit=9) == ([other], None)
    assert (await table.page({name: []}, limit=1))[0] == [other]
    assert len((await table.page({name: [value, "major", "north", "open", "energy"]}, limit=9))[0]) >= 1


async def test_filters_and_cursors_that_are_none(table: IncidentRecords) -> None:
    with pytest.raises(ValueError, match=r"can't be filtered by colour \(allowed: state, severity"):
        await table.page({"colour": ["red"]}, limit=1)
    with pytest.raises(ValueError, match="cursor"):
        await table.page({}, limit=1, cursor="next")


async def test_the_last_step_of_a_person(records: Records) -> None:
    one = incident(1)
    steps = (
        IncidentEvent(one.id, 1, NOW, "opened"),
        IncidentEvent(one.id, 2, NOW, "assigned", "mali"),
        IncidentEvent(one.id, 3, NOW, "commented", "somchai"),
        IncidentEvent(one.id, 4, NOW, "joined"),
    )
    await keep(records, one, events=steps)
    for after, found in ((0, steps[2]), (2, steps[2]), (3, None), (9, None)):
        got = await records._database.read(
            lambda connection, after=after: step_of_a_person(connection, one.id, after)
        )
        assert got == found


async def test_alerts_that_went_elsewhere_are_counted_off(records: Records, table: IncidentRecords) -> None:
    one = incident(1, alerts=3)
    await keep(records, one)
    await records._database.write(lambda connection: count_off(connection, {one.id: 2}))
    assert await records._database.read(lambda connection: locked(connection, one.id)) == replace(
        one, alerts=1
    )
    assert (await table.open())[0].alerts == 1


# ---- with the book, as the service does it


class Service:
    """Alerts and the book of incidents over a database, as the service joins them."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.table = IncidentRecords(records._database)
        self.now = NOW
        self.board = Board()
        self.book = self._made()

    def _made(self) -> IncidentBook:
        return IncidentBook(Gathering(), [FEEDER_LAMPS], CITY, self.board, remembers=30 * MINUTE)

    async def change(self, ids: list[str], decide: Callable[[Known], Changes]) -> Changes:
        def decided(known: Known) -> Changes:
            before = dict(known.alerts)
            changes = decide(known)
            changes.before = before
            self.book.plan(changes, self.now)
            return changes

        changes = await self.records.alerts.change(ids, decided)
        self.board.count(changes)
        self.book.commit(changes, self.now)
        return changes

    async def fire(self, *alerts: AlertRecord) -> None:
        await self._step("firing", alerts, State.FIRING)

    async def resolve(self, *alerts: AlertRecord) -> None:
        await self._step("resolved", alerts, State.RESOLVED)

    async def _step(self, change: str, alerts: tuple[AlertRecord, ...], state: State) -> None:
        def decide(known: Known) -> Changes:
            changes = Changes()
            for one in alerts:
                record = replace(known.alerts.get(one.id, one), state=state)
                changes.amend(record, change, at=self.now, by=None)
            return changes

        await self.change([one.id for one in alerts], decide)

    async def settle(self) -> None:
        while due := self.book.due(self.now):
            await self.change(due, lambda known: Changes(again=dict(known.alerts)))

    async def operate(self, name: str, operation: Operation) -> Changes:
        put_in = self.book.operate(name, operation)

        def decide(_known: Known) -> Changes:
            changes = Changes()
            put_in(changes, self.now)
            return changes

        return await self.change([], decide)

    async def restart(self) -> None:
        self.board = Board()
        self.board.load(map(opened, await self.records.alerts.open(shadow=None)), {})
        self.book = self._made()
        stored = await self.table.open() + await self.table.recent(self.now - self.book.remembers)
        self.book.load(stored)

    async def alert(self, one: AlertRecord) -> AlertRecord:
        found = await self.records.alerts.get(one.id)
        assert found is not None
        return found[0]


@pytest.fixture
def service(records: Records) -> Service:
    return Service(records)


def alert(device: str, rule: str = "lights/out", **fields: object) -> AlertRecord:
    name = fingerprint(rule, Subject("north", device))
    given = {
        "id": alert_id(NOW, name),
        "fingerprint": name,
        "rule": rule,
        "rule_version": "sha256:1",
        "domain": "energy",
        "zone": "north",
        "device": device,
        "service": None,
        "severity": Severity.MINOR,
        "highest_severity": Severity.MINOR,
        "state": State.FIRING,
        "shadow": False,
        "starts_at": NOW,
        "fired": NOW,
        "title": {"en": device, "th": device},
        "advice": None,
        "evidence": {},
    }
    return AlertRecord(**given | fields)  # type: ignore[arg-type]


LAMPS = [alert(f"lamp-{number}", labels={"feeder": "fd-1"}) for number in range(3)]
FEEDER = alert("fd-1", "power/feeder", service="power")


async def test_alerts_and_incidents_are_written_together(service: Service) -> None:
    await service.fire(*LAMPS)
    first = (await service.table.open())[0]
    assert (first.alerts, first.open, first.changes) == (3, 3, 1)
    assert {(await service.alert(one)).incident for one in LAMPS} == {first.id}
    service.now += MINUTE
    await service.fire(FEEDER)
    await service.settle()
    (now,) = await service.table.open()
    assert (now.alerts, now.open, now.cause) == (4, 4, FEEDER.id)
    merged, log = await service.table.get(first.id) or (None, [])
    assert merged is not None
    assert (merged.state, merged.merged_into, merged.alerts) == ("merged", now.id, 0)
    assert [step.change for step in log] == ["opened", "merged"]
    await service.resolve(*LAMPS, FEEDER)
    assert await service.table.open() == []
    _, log = await service.table.get(now.id) or (None, [])
    assert [step.change for step in log] == ["opened", "joined", "cause", "resolved"]
    assert [step.number for step in log] == list(range(1, len(log) + 1))


async def test_what_is_loaded_is_what_was_in_memory(service: Service) -> None:
    await service.fire(*LAMPS, FEEDER)
    await service.resolve(LAMPS[0])
    other = alert("lamp-9", service="other")
    await service.fire(other)
    await service.resolve(other)
    before, members = service.book.open(), service.book.members(service.book.open()[0].id)
    gone = (await service.alert(other)).incident
    assert gone is not None
    await service.restart()
    assert service.book.open() == before
    assert sorted(service.book.members(before[0].id)) == sorted(members)
    assert service.book.get(gone) is not None
    await service.settle()
    assert service.book.open() == before


async def test_a_step_that_is_refused_writes_nothing(service: Service) -> None:
    await service.fire(LAMPS[0])
    (one,) = service.book.open()
    await service.operate(one.id, acknowledging("mali", "", service.now))
    with pytest.raises(ConflictError, match="acknowledged by mali"):
        await service.operate(one.id, acknowledging("somchai", "", service.now))
    (now,) = await service.table.open()
    assert (now.acknowledged_by, now.changes) == ("mali", 2)
    assert service.book.open() == [now]


async def test_only_steps_of_people_outdate_what_an_operator_saw(service: Service) -> None:
    await service.fire(LAMPS[0])
    (seen,) = service.book.open()
    await service.fire(LAMPS[1])
    await service.operate(seen.id, assigning("mali", "mali", service.now, expected=seen.changes))
    with pytest.raises(ConflictError, match="mali took the step 'assigned'"):
        await service.operate(seen.id, commenting("somchai", "x", service.now, expected=seen.changes))
    (now,) = service.book.open()
    await service.operate(seen.id, commenting("somchai", "x", service.now, expected=now.changes))
    _, log = await service.table.get(seen.id) or (None, [])
    assert [step.change for step in log] == ["opened", "joined", "assigned", "commented"]


async def test_what_was_over_long_ago_can_be_talked_about(service: Service) -> None:
    await service.fire(LAMPS[0])
    (one,) = service.book.open()
    await service.resolve(LAMPS[0])
    service.now += 60 * MINUTE
    await service.restart()
    assert service.book.get(one.id) is None
    changes = await service.operate(one.id, commenting("mali", "the fuse", service.now))
    record, log = await service.table.get(one.id) or (None, [])
    assert changes.plans[PLAN].changed == [("commented", record)]
    assert log[-1].note == "the fuse"
    with pytest.raises(ConflictError, match="is over"):
        await service.operate(one.id, acknowledging("mali", "", service.now))
    with pytest.raises(NotFoundError, match="no incident 01KNOSUCH"):
        await service.operate("01KNOSUCH", commenting("mali", "", service.now))


async def test_an_alert_whose_incident_is_forgotten_is_counted_off_it(service: Service) -> None:
    await service.fire(LAMPS[0])
    (one,) = service.book.open()
    await service.resolve(LAMPS[0])
    service.now += 60 * MINUTE
    await service.restart()
    await service.fire(LAMPS[0])
    (now,) = await service.table.open()
    assert now.id != one.id
    old, _ = await service.table.get(one.id) or (None, [])
    assert old is not None
    assert (old.alerts, now.alerts) == (0, 1)
