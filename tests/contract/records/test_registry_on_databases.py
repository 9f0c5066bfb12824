"""The registry on each database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from devices.catalog import Catalog
from devices.model import City, Device, Domain, Observation, SmartService, Text, Zone
from services.bus.memory import MemoryBus
from services.bus.protocol import DevicesChanged, Online, Seen
from services.registry import RegistryService
from services.runtime.clock import ManualClock
from services.runtime.ports import ConflictError, NotFoundError
from services.store.records import Records
from services.store.records.devices import DeviceRecord, Origin
from tests.contract.records.conftest import Place

NOW = 1_767_546_000_000
NAME = Text("Samyan", "สามย่าน")
CITY = City(
    "bangkok",
    NAME,
    "Asia/Bangkok",
    {"samyan": Zone("samyan", NAME), "yothi": Zone("yothi", NAME)},
    {"air": SmartService("air", Domain.ENVIRONMENT, NAME, ("samyan",), ("AirQualityObserved",))},
)
AIR = Device(
    "aq-01",
    ("AirQualityObserved", "WeatherObserved"),
    "samyan",
    Domain.ENVIRONMENT,
    300_000,
    location=(100.53, 13.73),
    labels={"site": "school"},
)
METER = Device("meter-1", ("ACMeasurement",), "yothi", Domain.ENERGY, 60_000, name="Feeder 1")


@dataclass
class House:
    """A registry and what it told everyone."""

    service: RegistryService
    bus: MemoryBus
    clock: ManualClock
    told: list[tuple[str, ...]] = field(default_factory=list)

    async def heard(self, received: int) -> None:
        observation = Observation(received, "aq-01", "samyan", "AirQualityObserved", {}, received)
        self.bus.publish(Seen({"aq-01": observation}))
        await self.clock.advance(0)


@asynccontextmanager
async def house(records: Records, listed: Sequence[Device] = ()) -> AsyncIterator[House]:
    """A registry from start to stop."""
    bus, clock = MemoryBus(), ManualClock(NOW)
    catalog = await asyncio.to_thread(Catalog.builtin)
    built = House(RegistryService(records, bus, CITY, clock, catalog), bus, clock)
    async with bus.subscribe(DevicesChanged) as events:

        async def listen() -> None:
            async for event in events:
                assert isinstance(event, DevicesChanged)
                built.told.append(event.devices)

        listener = asyncio.create_task(listen())
        await built.service.start(listed)
        try:
            yield built
        finally:
            await built.service.stop()
    await listener


def enabled(service: RegistryService) -> dict[str, bool]:
    return {device.id: device.enabled for device in service.all()}


async def until_told(built: House, count: int) -> None:
    """Let the registry look, until it has told so many changes."""
    for _ in range(200):
        await built.clock.advance(5)
        if len(built.told) >= count:
            return
        await asyncio.sleep(0.01)


async def test_a_device_is_described_in_the_contract_s_shape(records: Records) -> None:
    async with house(records, [AIR]) as built:
        assert built.service.describe(AIR) == {
            "id": "aq-01",
            "types": ["AirQualityObserved", "WeatherObserved"],
            "name": "",
            "domain": "environment",
            "zone": "samyan",
            "service": "air",
            "location": [100.53, 13.73],
            "interval": "5m",
            "labels": {"site": "school"},
            "enabled": True,
            "topic": "nakhon/v1/bangkok/samyan/environment/aq-01/telemetry",
            "last_seen": None,
            "online": None,
        }
        await built.heard(NOW - 5_000)
        described = built.service.describe(AIR)
        assert (described["last_seen"], described["online"]) == ("2026-01-04T16:59:55.000Z", True)
        built.bus.publish(Online("aq-01", False, NOW))
        await built.clock.advance(0)
        assert built.service.describe(AIR)["online"] is False


async def test_what_the_city_lists_is_there_and_what_it_drops_is_refused(records: Records) -> None:
    async with house(records, [AIR, METER]) as built:
        assert list(built.service.all()) == [AIR, METER]
    async with house(records, [AIR]) as built:
        assert enabled(built.service) == {"aq-01": True, "meter-1": False}
    async with house(records, [AIR, METER]) as built:
        assert enabled(built.service) == {"aq-01": True, "meter-1": True}
        assert built.service.get("meter-1") == METER


async def test_what_was_put_stays_over_a_restart_and_is_told(records: Records) -> None:
    async with house(records, [AIR]) as built:
        await built.service.put([METER])
        assert built.service.get("meter-1") == METER
    assert built.told[-1] == ("meter-1",)
    async with house(records, [AIR]) as built:
        assert built.service.get("meter-1") == METER


async def test_a_device_that_the_city_cannot_have_is_refused_with_every_reason(records: Records) -> None:
    wrong = [
        replace(METER, id="Meter 1", zone="mars", types=("Tricorder",)),
        replace(METER, types=(), interval=0),
    ]
    async with house(records) as built:
        with pytest.raises(ValueError, match="'Meter 1' must be") as caught:
            await built.service.put([METER, *wrong])
        assert list(built.service.all()) == []
    assert str(caught.value).split("; ")[1:] == [
        "Meter 1: no zone 'mars'",
        "Meter 1: no observation type 'Tricorder'",
        "meter-1: needs an observation type",
        "meter-1: interval must be above 0",
    ]


async def test_a_disabled_device_stays_disabled(records: Records) -> None:
    async with house(records, [AIR]) as built:
        assert not (await built.service.set_enabled("aq-01", False)).enabled
        assert built.told[-1] == ("aq-01",)
    async with house(records, [AIR]) as built:
        assert enabled(built.service) == {"aq-01": False}
        await built.service.set_enabled("aq-01", True)
        assert built.service.get("aq-01") == AIR
        with pytest.raises(NotFoundError, match="no device aq-99"):
            await built.service.set_enabled("aq-99", True)


async def test_only_what_somebody_added_can_be_removed(records: Records) -> None:
    async with house(records, [AIR]) as built:
        await built.service.put([METER])
        await built.service.remove("meter-1")
        assert built.service.get("meter-1") is None
        with pytest.raises(NotFoundError):
            await built.service.remove("meter-1")
        with pytest.raises(ConflictError, match="listed by the city folder"):
            await built.service.remove("aq-01")
        assert list(built.service.all()) == [AIR]


async def test_what_another_process_changes_is_taken_over(place: Place, records: Records) -> None:
    other = await place.open()
    async with house(records, [AIR]) as built:
        await other.devices.put([DeviceRecord(METER, Origin.ADDED)])
        await until_told(built, 2)
        assert built.service.get("meter-1") == METER
        await other.devices.allow("meter-1", False)
        await until_told(built, 3)
        assert enabled(built.service) == {"aq-01": True, "meter-1": False}
        await other.devices.delete("meter-1")
        await until_told(built, 4)
        assert list(built.service.all()) == [AIR]
        await built.clock.advance(60)
    assert built.told == [("aq-01",), ("meter-1",), ("meter-1",), ("meter-1",)]
    await other.close()


async def test_a_change_of_another_process_between_two_of_ours_is_seen_at_once(
    place: Place, records: Records
) -> None:
    other = await place.open()
    async with house(records, [AIR]) as built:
        await other.devices.put([DeviceRecord(METER, Origin.ADDED)])
        await built.service.put([replace(METER, id="meter-2")])
        assert sorted(enabled(built.service)) == ["aq-01", "meter-1", "meter-2"]
    await other.close()


async def test_when_a_device_was_heard_is_known_after_a_restart(records: Records) -> None:
    async with house(records, [AIR]) as built:
        await built.heard(NOW - 5_000)
    async with house(records, [AIR]) as built:
        assert built.service.describe(AIR)["last_seen"] == "2026-01-04T16:59:55.000Z"
