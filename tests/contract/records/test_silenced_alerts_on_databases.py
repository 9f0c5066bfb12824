"""Silences and maintenance with the alerts service on each database: what they do is on the alerts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from devices.calendar.windows import zone_of
from rules.model import State, Subject
from services.alerts import AlertsService
from services.alerts.desks.maintenance import MaintenanceDesk
from services.alerts.desks.silences import SilenceDesk
from services.bus.memory import MemoryBus
from services.bus.protocol import AlertChanged, SuppressionChanged
from services.runtime.clock import ManualClock, rfc3339
from services.runtime.ports import ConflictError, NotFoundError
from services.store.records import Records
from tests.contract.records.test_alerts_on_databases import ALERT, CITY, FIRING, START, Directory, step

NOW = START + 10_000
HOUR = 3_600_000
BODY = {"matcher": {"zones": ["samyan"]}, "starts_at": None, "ends_at": NOW + HOUR, "reason": "cleaning"}


@dataclass
class House:
    """A service with its desks, and all that it said."""

    service: AlertsService
    silences: SilenceDesk
    maintenance: MaintenanceDesk
    clock: ManualClock
    heard: list[AlertChanged | SuppressionChanged]

    async def suppressed(self) -> Any:
        return (await self.service.alert(ALERT))["suppressed"]

    async def until(self, kind: str | None, name: str | None = None) -> Any:
        """Wait for the minder to have the alert held by that kind of thing, of that id."""
        while True:
            said = await self.suppressed()
            if (said and said["kind"]) == kind and (name is None or said["id"] == name):
                return said
            await self.clock.advance(1)
            await asyncio.sleep(0.01)

    async def told(self) -> list[tuple[str, str]]:
        """Silences and maintenance that the bus heard of, once there is anything."""
        while True:
            if found := [one for one in self.heard if isinstance(one, SuppressionChanged)]:
                return [(one.kind, one.document["state"]) for one in found]
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def _zone() -> None:
    """The city's time zone is known before the service begins."""
    zone_of(CITY.timezone)


@asynccontextmanager
async def house(records: Records, now: int = NOW) -> AsyncIterator[House]:
    bus, clock = MemoryBus(), ManualClock(now)
    service = AlertsService(records, bus, clock, CITY, Directory())
    heard: list[Any] = []
    desks = SilenceDesk(service, records, clock), MaintenanceDesk(service, records, clock)
    async with bus.subscribe(AlertChanged, SuppressionChanged, size=1_000) as subscription:

        async def listen() -> None:
            async for event in subscription:
                heard.append(event)  # noqa: PERF401 - it never ends

        listening = asyncio.create_task(listen())
        await service.start()
        try:
            yield House(service, *desks, clock, heard)
        finally:
            await service.stop()
            listening.cancel()


async def soon(what: Awaitable[Any]) -> Any:
    return await asyncio.wait_for(what, 30)


async def test_a_silence_from_its_beginning_to_its_end(records: Records) -> None:
    async with house(records) as alerts:
        await alerts.service.apply([FIRING])
        assert await alerts.suppressed() is None
        preview = await alerts.silences.preview(BODY["matcher"])
        assert (preview["alerts"], [one["id"] for one in preview["items"]]) == (1, [ALERT])
        silence = await alerts.silences.add_silence(BODY, by="nok")
        said = await soon(alerts.until("silence"))
        assert (said["id"], said["by"], said["until"]) == (silence["id"], "nok", rfc3339(NOW + HOUR))
        assert (await alerts.silences.silence(silence["id"]))["alerts"] == 1
        assert await soon(alerts.told()) == [("silence", "active")]
        await alerts.service.apply([step(State.FIRING, 5_000, subject=Subject("samyan", "aq-02"))])
        assert (await alerts.silences.silence(silence["id"]))["alerts"] == 2
        ended = await alerts.silences.end_silence(silence["id"], by="ann")
        assert (ended["state"], ended["ended_by"]) == ("expired", "ann")
        await soon(alerts.until(None))
        history = (await alerts.service.alert(ALERT))["history"]
        assert [one["change"] for one in history if "suppressed" in one["change"]] == [
            "suppressed",
            "unsuppressed",
        ]
        changes = [one.change for one in alerts.heard if isinstance(one, AlertChanged)]
        assert {"suppressed", "unsuppressed"} <= set(changes)


async def test_it_ends_by_itself_and_holds_across_a_restart(records: Records) -> None:
    async with house(records) as alerts:
        await alerts.silences.add_silence(BODY, by="nok")
        await alerts.service.apply([FIRING])
        assert (await alerts.suppressed())["kind"] == "silence"
    async with house(records, NOW + HOUR - 60_000) as alerts:
        assert (await alerts.suppressed())["kind"] == "silence"
        await soon(alerts.until(None))
        assert alerts.clock.now() >= NOW + HOUR


async def test_of_two_operators_one_wins_and_the_other_is_told(records: Records) -> None:
    async with house(records) as alerts:
        silence = await alerts.silences.add_silence(BODY, by="nok")
        name, seen = silence["id"], silence["number"]
        longer, longest = ({**BODY, "ends_at": NOW + hours * HOUR} for hours in (2, 3))
        done = await asyncio.gather(
            alerts.silences.edit_silence(name, longer, by="ann", number=seen),
            alerts.silences.edit_silence(name, longest, by="nok", number=seen),
            return_exceptions=True,
        )
        (lost,) = [one for one in done if isinstance(one, Exception)]
        assert isinstance(lost, ConflictError)
        winner = next(one for one in done if not isinstance(one, BaseException))
        assert winner["changed_by"] in str(lost)
        kept = await alerts.silences.silence(silence["id"])
        assert (kept["number"], kept["changed_by"]) == (2, winner["changed_by"])
        with pytest.raises(NotFoundError):
            await alerts.silences.end_silence("01J0000000000000000000000", by="nok")


async def test_one_that_replaces_another(records: Records) -> None:
    async with house(records) as alerts:
        await alerts.service.apply([FIRING])
        silence = await alerts.silences.add_silence(BODY, by="nok")
        await soon(alerts.until("silence"))
        await alerts.clock.advance(60)
        other = {**BODY, "matcher": {"zones": ["samyan"], "devices": ["aq-01"]}}
        new = await alerts.silences.edit_silence(silence["id"], other, by="ann")
        assert new["replaces"] == silence["id"]
        await soon(alerts.until("silence", new["id"]))
        listed = await alerts.silences.silences(filters={}, limit=10, cursor=None)
        assert [(one["id"], one["state"], one["alerts"]) for one in listed.items] == [
            (new["id"], "active", 1),
            (silence["id"], "expired", 0),
        ]


async def test_maintenance_from_plan_to_end(records: Records) -> None:
    body = {
        "title": {"en": "Pipes", "th": "ท่อ"},
        "matcher": {"devices": ["aq-*"]},
        "schedule": {"start": "2026-01-05T00:10", "duration": "1h", "rrule": "FREQ=DAILY", "exdates": []},
        "reason": "new pipes",
    }
    async with house(records) as alerts:
        await alerts.service.apply([FIRING])
        planned = await alerts.maintenance.add_maintenance(body, by="nok")
        assert (planned["state"], planned["active"], len(planned["next"])) == ("pending", False, 5)
        await alerts.clock.advance(600)
        said = await soon(alerts.until("maintenance"))
        assert said["until"] == planned["next"][0]["end"]
        one = await alerts.maintenance.maintenance_window(planned["id"])
        assert (one["state"], one["active"], one["alerts"]) == ("active", True, 1)
        ended = await alerts.maintenance.end_maintenance(planned["id"], by="ann")
        assert (ended["state"], ended["next"], ended["ended_by"]) == ("expired", [], "ann")
        await soon(alerts.until(None))
        with pytest.raises(ConflictError, match="was ended by ann"):
            await alerts.maintenance.end_maintenance(planned["id"], by="nok")
        await alerts.service.apply([step(State.RESOLVED, 20_000)])
