"""Maintenance that operators planned, on each database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.runtime.ports import ConflictError
from services.store.records import Records
from services.store.records.maintenance import (
    MaintenanceRecord,
    MaintenanceRecords,
    adding_maintenance,
    changing_maintenance,
)
from services.store.records.ulid import ulid

NOW = 1_767_546_000_000


@pytest.fixture
def maintenance(records: Records) -> MaintenanceRecords:
    return MaintenanceRecords(records._database)


def work(number: int) -> MaintenanceRecord:
    schedule = {"start": "2026-01-05T01:00", "duration": "2h", "rrule": "FREQ=WEEKLY", "exdates": []}
    title = {"en": f"Work {number}", "th": f"งาน {number}"}
    name = ulid(NOW + number, number)
    return MaintenanceRecord(name, title, {"zones": ["samyan"]}, schedule, "pipes", "nok", NOW + number)


async def test_it_is_kept_as_it_was_given(records: Records, maintenance: MaintenanceRecords) -> None:
    one = replace(work(1), ended_by="ann", ended_at=NOW + 9, changes=2)
    await records._database.write(adding_maintenance(one))
    assert await maintenance.get(one.id) == one
    assert await maintenance.get(work(2).id) is None


async def test_live_is_what_nobody_ended(records: Records, maintenance: MaintenanceRecords) -> None:
    first, second = work(1), work(2)
    for one in (second, first):
        await records._database.write(adding_maintenance(one))
    assert await maintenance.live() == [first, second]
    await records._database.write(
        changing_maintenance(replace(first, ended_by="ann", ended_at=NOW, changes=2))
    )
    assert await maintenance.live() == [second]


async def test_the_list_is_newest_first_in_pages(records: Records, maintenance: MaintenanceRecords) -> None:
    works = [work(number) for number in range(3)]
    for one in works:
        await records._database.write(adding_maintenance(one))
    first, cursor = await maintenance.page(limit=2)
    assert first == [works[2], works[1]]
    assert await maintenance.page(limit=2, cursor=cursor) == ([works[0]], None)
    with pytest.raises(ValueError, match="not one that a list of maintenance gave out"):
        await maintenance.page(limit=2, cursor="x")


async def test_of_two_who_end_it_the_second_is_told(
    records: Records, maintenance: MaintenanceRecords
) -> None:
    one = work(1)
    await records._database.write(adding_maintenance(one))
    await records._database.write(changing_maintenance(replace(one, ended_by="ann", ended_at=NOW, changes=2)))
    with pytest.raises(ConflictError, match=r"was ended by ann at 2026-01-04T17:00:00.000Z"):
        await records._database.write(
            changing_maintenance(replace(one, ended_by="nok", ended_at=NOW + 1, changes=2))
        )
