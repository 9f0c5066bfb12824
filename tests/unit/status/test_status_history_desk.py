"""What the API is told of the past. The arithmetic is written out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devices.model import City, Domain, Objective, SmartService, Text
from services.runtime.clock import ManualClock
from services.runtime.ports import InvalidError
from services.status.history.desk import HistoryDesk
from services.status.objectives.book import Objectives
from services.status.objectives.burntable import BurnTable, default_burn_table
from services.status.objectives.watch import BurnWatch
from services.store.records import Records
from services.store.records.history import Named, Revision, StatusChangeRecord

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_767_546_000_000  # 2026-01-05T00:00+07:00
REASON = {"en": "why", "th": "เหตุ"}


def service(name: str, objective: Objective | None = None) -> SmartService:
    return SmartService(name, Domain.MOBILITY, Text(name, name), (), (), objective)


CITY = City(
    "c",
    Text("c", "c"),
    "Asia/Bangkok",
    {},
    {one.id: one for one in (service("a", Objective(0.9, DAY)), service("b"))},
)


class Desk:
    """A desk and what is recorded under it."""

    def __init__(self, records: Records, table: BurnTable) -> None:
        self.records = records
        self.clock = ManualClock(START)
        self.objectives = Objectives(CITY)
        BurnWatch(CITY, self.objectives, table)
        self.desk = HistoryDesk(records.status_history, CITY, self.clock, self.objectives)

    async def tell(self, *changes: tuple[int, str], kind: str = "service", subject: str = "a") -> None:
        told = [record(at, status, kind, subject) for at, status in changes]
        await self.records.status_history.add(told, recorded=START)


def record(at: int, status: str, kind: str = "service", subject: str = "a") -> StatusChangeRecord:
    return StatusChangeRecord(kind, subject, START + at, status, "r", REASON)


@pytest.fixture
def table() -> BurnTable:
    """Read before the event loop runs, as the file of the zone is."""
    ZoneInfo("Asia/Bangkok")
    return default_burn_table()


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    records = await Records.open(None, tmp_path)
    yield records
    await records.close()


@pytest.fixture
def desk(table: BurnTable, records: Records) -> Desk:
    return Desk(records, table)


async def test_changes_are_told_newest_first_with_until_and_revised(records: Records, desk: Desk) -> None:
    await desk.tell((0, "operational"), (HOUR, "outage"), (2 * HOUR, "operational"))
    revised = record(HOUR, "degraded")
    await records.status_history.revise(
        [Revision("service", "a", START + HOUR, START + 2 * HOUR, (revised,))], now=START + 3 * HOUR
    )
    page = await desk.desk.changes("service", ["a"], start=0, end=START + DAY, limit=2, cursor=None)
    assert page.items == [
        {
            "at": "2026-01-04T19:00:00.000Z",
            "until": None,
            "kind": "service",
            "subject": "a",
            "status": "operational",
            "rule": "r",
            "reason": REASON,
            "counted": True,
            "revised": False,
            "recorded": "2026-01-04T17:00:00.000Z",
        },
        {
            "at": "2026-01-04T18:00:00.000Z",
            "until": "2026-01-04T19:00:00.000Z",
            "kind": "service",
            "subject": "a",
            "status": "degraded",
            "rule": "r",
            "reason": REASON,
            "counted": True,
            "revised": True,
            "recorded": "2026-01-04T20:00:00.000Z",
        },
    ]
    rest = await desk.desk.changes("service", ["a"], start=0, end=START + DAY, limit=2, cursor=page.next)
    assert [one["status"] for one in rest.items] == ["operational"]
    assert rest.next is None
    with pytest.raises(InvalidError):
        await desk.desk.changes("service", ["a"], start=0, end=START + DAY, limit=2, cursor="x")


async def test_uptime_of_a_service_with_an_objective(desk: Desk) -> None:
    """Recorded from Monday 06:00: 18 h on Monday. Out from 22:00 on Monday to 01:00 on Tuesday.

    Monday: 6 h not recorded, 16 h operational, 2 h outage: attained 16/18.
    Tuesday up to 03:00: 1 h outage, 2 h operational: 2/3. Sunday: nothing.
    """
    await desk.tell((6 * HOUR, "operational"), (22 * HOUR, "outage"), (25 * HOUR, "operational"))
    days = await desk.desk.uptime("service", "a", days=3, end=START + 27 * HOUR)
    assert [(day["day"], day["worst"], day["attained"]) for day in days] == [
        ("2026-01-04", None, None),
        ("2026-01-05", "outage", 0.888889),
        ("2026-01-06", "outage", 0.666667),
    ]
    assert [day["seconds"]["outage"] for day in days] == [0, 7_200, 3_600]
    assert days[1]["seconds"]["unknown"] == 6 * 3_600
    assert sum(days[2]["seconds"].values()) == 3 * 3_600
    one = await desk.desk.uptime("service", "a", days=1, end=START + 27 * HOUR)
    assert list(one) == [days[2]]


async def test_uptime_of_what_has_no_objective(desk: Desk) -> None:
    for kind, subject in [("zone", "yothi"), ("domain", "mobility"), ("service", "b")]:
        await desk.tell((0, "operational"), (HOUR, "degraded"), kind=kind, subject=subject)
        [day] = await desk.desk.uptime(kind, subject, days=1, end=START + 2 * HOUR)
        assert (day["worst"], day["attained"]) == ("degraded", None)
        assert day["seconds"]["degraded"] == 3_600
    assert (await desk.desk.uptime("service", "nothing", days=1, end=START + 1))[0]["worst"] is None
    assert await desk.desk.uptime("service", "b", days=0, end=START + 1) == []


async def test_objectives_over_any_span(records: Records, desk: Desk) -> None:
    """From 00:00 to 10:00, out for one hour: 9/10, all of the budget of 0.1 is used up.

    Long ago (the memory does not reach so far) it is read from the records: the same.
    """
    await desk.tell((0, "operational"), (HOUR, "outage"), (2 * HOUR, "operational"))
    steps = await records.status_history.steps("service", ["a"], start=START, end=START + DAY)
    desk.objectives.load("a", steps["a"])
    shown: list[dict[str, Any]] = []
    for now in (START + 10 * HOUR, START + 100 * DAY):
        desk.clock.set(now)
        [found] = await desk.desk.objectives(start=START, end=START + 10 * HOUR)
        shown.append({**found, "month": None, "burn": None})
        assert (found["service"], found["attained"], found["budget_left"]) == ("a", 0.9, 0.0)
        assert (found["good_seconds"], found["counted_seconds"]) == (9 * 3_600, 10 * 3_600)
        assert [pair["id"] for pair in found["burn"]] == ["burn-fast", "burn-steady", "burn-slow"]
    assert shown[0] == shown[1]
    # What lies ahead does not count.
    desk.clock.set(START + 10 * HOUR)
    [found] = await desk.desk.objectives(start=START, end=START + 20 * DAY)
    assert found["counted_seconds"] == 10 * 3_600


async def test_spans_before_the_first_record_are_told_as_such(records: Records, desk: Desk) -> None:
    [found] = await desk.desk.objectives(start=START - DAY, end=START)
    assert (found["attained"], found["budget_left"], found["counted_seconds"]) == (None, None, 0)
    assert await records.status_history.held([Named("service", "a")], START) == {}
