"""A city of two zones whose indicators are computed from a real store: what tests of indicators stand on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from devices.catalog import Catalog
from devices.city import CityDocuments, CityFolder, parse_city
from devices.documents import Document
from devices.model import Device, Observation, Value
from services.runtime.clock import ManualClock
from services.status.kpis.reading import builtin_forms, read_kpis
from services.status.kpis.service import KpiService
from services.status.model import OffBand
from services.store.records import Records
from services.store.timeseries.duckdb import DuckDBStore

TIMEZONE = "Asia/Bangkok"
BUILTIN = Catalog.builtin()
CATALOGUE = builtin_forms()
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
CITY = """
id: test-city
name: {en: Test city, th: เมืองทดสอบ}
timezone: Asia/Bangkok
zones:
  - {id: north, name: {en: North, th: เหนือ}, center: [100.5, 13.8], radius: 500m}
  - {id: south, name: {en: South, th: ใต้}, center: [100.5, 13.7], radius: 500m}
services:
  - {id: parking, domain: mobility, name: {en: Parking, th: ที่จอดรถ}, needs: {types: [ParkingSpot]}}
  - {id: parking-south, domain: mobility, name: {en: P, th: P}, zones: [south], needs: {types: [ParkingSpot]}}
"""


def at(text: str) -> int:
    """A local time of the city, such as ``2026-01-05T08:00``, as ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp()) * 1000


START = at("2026-01-05")
"""A Monday, 00:00."""


def folder(kpis: str = "") -> CityFolder:
    """The city, with a ``kpis.yaml`` of its own."""
    own = Document("kpis.yaml", kpis) if kpis else None
    return parse_city(CityDocuments(Document("city.yaml", CITY), kpis=own), BUILTIN)


def own(compute: str, **more: str) -> str:
    """A ``kpis.yaml`` with one indicator ``own``, which is computed so."""
    keys = {"unit": '"%"', "direction": "up", "coverage": "0.5"} | more
    constants = keys.pop("constants", "{}")
    lines = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return (
        f"constants: {constants}\nkpis:\n  - id: own\n    domain: environment\n"
        "    title: {en: Own, th: เอง}\n"
        f"    formula: {{en: f, th: f}}\n    source: test\n{lines}    compute: {compute}\n"
    )


def device(name: str, type_: str, zone: str = "north", interval: int = HOUR, **labels: str) -> Device:
    """A device that reports every hour, unless told otherwise."""
    return Device(name, (type_,), zone, BUILTIN[type_].domain, interval, labels=labels)


def reading(time: int, name: str, type_: str, zone: str = "north", **values: Value) -> Observation:
    """A reading of which only some parts matter."""
    return Observation(time, name, zone, type_, values, 0)


@dataclass
class Directory:
    """Devices in memory."""

    devices: dict[str, Device] = field(default_factory=dict)

    def get(self, device_id: str) -> Device | None:
        return self.devices.get(device_id)

    def all(self) -> Sequence[Device]:
        return list(self.devices.values())


@dataclass
class Stage:
    """A service of indicators, and what it stands on."""

    service: KpiService
    store: DuckDBStore
    records: Records
    clock: ManualClock
    directory: Directory
    bands: list[tuple[str, tuple[OffBand, ...]]]
    position: int = 0

    async def write(self, readings: Sequence[Observation]) -> None:
        self.position += 1
        await self.store.write(sorted(readings, key=lambda one: one.time), self.position)

    async def value(self, kpi: str = "own", **asked: Any) -> Mapping[str, Any]:
        """The one value of an indicator that is asked for."""
        (found,) = await self.service.kpis(kpi=kpi, **asked)
        return found

    async def again(self, kpis: str) -> KpiService:
        """Another service on the same data, of a city with another ``kpis.yaml``."""
        return await _service(kpis, self.directory, self.store, self.records, self.clock, self.bands)


@asynccontextmanager
async def stage(
    path: Path, kpis: str = "", devices: Sequence[Device] = (), now: int = START + 40 * DAY
) -> AsyncIterator[Stage]:
    """A service of indicators on a store and a database of its own."""
    store = DuckDBStore(path / "timeseries.duckdb", timezone=TIMEZONE)
    await store.open()
    records = await Records.open(None, path)
    try:
        clock, bands = ManualClock(now), list[tuple[str, tuple[OffBand, ...]]]()
        directory = Directory({one.id: one for one in devices})
        service = await _service(kpis, directory, store, records, clock, bands)
        yield Stage(service, store, records, clock, directory, bands)
    finally:
        await records.close()
        await store.close()


async def _service(
    kpis: str,
    directory: Directory,
    store: DuckDBStore,
    records: Records,
    clock: ManualClock,
    bands: list[tuple[str, tuple[OffBand, ...]]],
) -> KpiService:
    city = await asyncio.to_thread(folder, kpis)  # reads files
    return KpiService(
        city.city,
        await asyncio.to_thread(read_kpis, city, CATALOGUE),
        city.catalog,
        directory,
        store,
        records.kpis,
        clock,
        on_bands=lambda service, off: bands.append((service, off)),
    )
