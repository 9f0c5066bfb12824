"""Devices as they are kept, on each database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devices.model import Device, Domain
from services.store.records import Records
from services.store.records.devices import DeviceRecord, Origin
from services.store.records.presence import Presence

AIR = Device(
    id="aq-01",
    types=("AirQualityObserved", "WeatherObserved"),
    zone="samyan",
    domain=Domain.ENVIRONMENT,
    interval=300_000,
    name="โรงเรียนสามย่าน",
    service="air-quality",
    location=(100.53, 13.7339),
    labels={"site": "school"},
)
METER = Device("meter-1", ("ACMeasurement",), "yothi", Domain.ENERGY, 60_000)


def kept(device: Device) -> DeviceRecord:
    return DeviceRecord(device, Origin.ADDED)


async def ids(records: Records, **filters: list[str]) -> list[str]:
    found, _ = await records.devices.page(filters, limit=100)
    return [record.device.id for record in found]


async def test_a_device_comes_back_as_it_went_in(records: Records) -> None:
    await records.devices.put([DeviceRecord(AIR, Origin.CITY), kept(METER)])
    assert await records.devices.get("aq-01") == DeviceRecord(AIR, Origin.CITY)
    assert await records.devices.all() == [DeviceRecord(AIR, Origin.CITY), kept(METER)]
    assert await records.devices.get("aq-02") is None


async def test_the_last_put_counts(records: Records) -> None:
    await records.devices.put([kept(METER)])
    moved = replace(METER, zone="samyan", labels={"phase": "3"})
    await records.devices.put([kept(moved)])
    assert await records.devices.all() == [kept(moved)]


async def test_pages_follow_one_another(records: Records) -> None:
    await records.devices.put([kept(replace(METER, id=f"meter-{n:03d}")) for n in range(25)])
    seen: list[str] = []
    cursor = None
    while True:
        page, cursor = await records.devices.page({}, limit=10, cursor=cursor)
        seen += [record.device.id for record in page]
        if cursor is None:
            break
    assert seen == [f"meter-{n:03d}" for n in range(25)]
    assert await records.devices.count() == 25


async def test_ids_sort_byte_by_byte(records: Records) -> None:
    names = ["a-b", "a_b", "aa", "ab", "a0"]
    await records.devices.put([kept(replace(METER, id=name)) for name in names])
    assert [record.device.id for record in await records.devices.all()] == sorted(names)


async def test_filters(records: Records) -> None:
    await records.devices.put([kept(AIR), kept(METER)])
    await records.devices.allow("meter-1", False)
    assert await ids(records, zone=["samyan"]) == ["aq-01"]
    assert await ids(records, zone=["samyan", "yothi"]) == ["aq-01", "meter-1"]
    assert await ids(records, domain=["energy"]) == ["meter-1"]
    assert await ids(records, service=["air-quality"]) == ["aq-01"]
    assert await ids(records, type=["WeatherObserved"]) == ["aq-01"]
    assert await ids(records, type=["ACMeasurement", "WeatherObserved"]) == ["aq-01", "meter-1"]
    assert await ids(records, type=["Weather"]) == []
    assert await ids(records, enabled=["true"]) == ["aq-01"]
    assert await ids(records, enabled=["false"], zone=["yothi"]) == ["meter-1"]
    assert await ids(records, zone=[]) == ["aq-01", "meter-1"]


async def test_an_unknown_filter_is_named(records: Records) -> None:
    with pytest.raises(ValueError, match="filtered by colour"):
        await records.devices.page({"colour": ["red"]}, limit=1)


async def test_disabling_and_deleting_tell_whether_there_was_one(records: Records) -> None:
    await records.devices.put([kept(METER)])
    assert await records.devices.allow("meter-1", False)
    found = await records.devices.get("meter-1")
    assert found is not None
    assert not found.device.enabled
    assert not await records.devices.allow("meter-2", True)
    assert await records.devices.delete("meter-1")
    assert not await records.devices.delete("meter-1")


async def test_a_device_that_its_city_dropped_is_one_that_was_added_once_let_in_again(
    records: Records,
) -> None:
    await records.devices.put([DeviceRecord(METER, Origin.CITY, listed=False)])
    dropped = await records.devices.get("meter-1")
    assert dropped is not None
    assert not dropped.device.enabled
    await records.devices.allow("meter-1", True)
    assert await records.devices.get("meter-1") == kept(METER)


async def test_a_listed_device_stays_its_city_s_when_let_in_again(records: Records) -> None:
    await records.devices.put([DeviceRecord(METER, Origin.CITY)])
    await records.devices.allow("meter-1", False)
    await records.devices.allow("meter-1", True)
    assert await records.devices.get("meter-1") == DeviceRecord(METER, Origin.CITY)


async def test_presence_is_replaced(records: Records) -> None:
    await records.presence.put([Presence("aq-01", last_seen=1), Presence("aq-02", None, True, 5)])
    await records.presence.put([Presence("aq-01", last_seen=9, online=False, online_at=8)])
    assert sorted(await records.presence.all()) == [
        Presence("aq-01", 9, False, 8),
        Presence("aq-02", None, True, 5),
    ]
