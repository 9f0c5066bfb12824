"""Floods, on each database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.store.records import Records
from services.store.records.floods import FloodRecord, FloodRecords, writing_flood
from services.store.records.ulid import ulid

NOW = 1_767_546_000_000
SUMMARY = {"rules": [{"rule": "air/high", "title": {"en": "High", "th": "สูง"}, "count": 9}], "zones": []}


@pytest.fixture
def floods(records: Records) -> FloodRecords:
    return FloodRecords(records._database)


def flood(number: int, scope: str = "city", ended: int | None = None) -> FloodRecord:
    return FloodRecord(ulid(NOW + number, number), scope, NOW + number, ended, 11, 11, SUMMARY)


async def test_it_is_written_and_written_again(records: Records, floods: FloodRecords) -> None:
    one = flood(1)
    grown = replace(one, alerts=500, peak=120)
    over = replace(grown, ended=NOW + 9)
    for version in (one, grown):
        await records._database.write(writing_flood(version))
        assert await floods.get(one.id) == version
        assert await floods.open() == [version]
    await records._database.write(writing_flood(over))
    assert await floods.get(one.id) == over
    assert await floods.open() == []


async def test_the_list_is_of_those_that_are_over_newest_first(
    records: Records, floods: FloodRecords
) -> None:
    first, second, third = flood(1, ended=NOW + 5), flood(2, "energy", NOW + 6), flood(3, ended=NOW + 7)
    for one in (first, second, third, flood(4)):
        await records._database.write(writing_flood(one))
    found, cursor = await floods.page(limit=2)
    assert found == [third, second]
    assert await floods.page(limit=2, cursor=cursor) == ([first], None)
    assert await floods.page(["energy"], limit=2) == ([second], None)
    with pytest.raises(ValueError, match="not one that a list of floods gave out"):
        await floods.page(limit=2, cursor="x")
