"""KPIs: all of Nakhon's own, month by month, of a year of five-minute data of 300 devices, on DuckDB."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from devices.catalog import Catalog
from devices.city import CityDocuments, parse_city
from devices.documents import Document
from devices.model import Device, Observation, Value
from services.runtime.clock import ManualClock
from services.status.kpis.periods import Calendar
from services.status.kpis.reading import read_kpis
from services.status.kpis.service import KpiService
from services.store.records import Records
from services.store.timeseries.duckdb import DuckDBStore
from tests.bench.rig import Tell

DEVICES = 300
EVERY = 300_000
DAY = 86_400_000
ZONES = 10
YEAR = 2025
TIMEZONE = "Asia/Bangkok"
_SLOTS = DAY // EVERY

_SHARE = "(hash({n}, s, d) % 1000) / 1000.0"


def _between(low: float, high: float, n: int = 1) -> str:
    return f"{low} + {high - low} * {_SHARE.format(n=n)}"


def _words(often: str, seldom: str, n: int = 2) -> str:
    return f"CASE WHEN hash({n}, s, d) % 40 = 0 THEN '{seldom}' ELSE '{often}' END"


def _counter(n: int) -> str:
    return f"1000.0 * d + s * ({n} + d % 7) / 50.0"


TYPES: Mapping[str, Mapping[str, str]] = {
    "AirQualityObserved": {"pm25": _between(5, 60), "temperature": _between(24, 38, 2)},
    "NoiseLevelObserved": {"LAeq": _between(50, 78)},
    "WaterQualityObserved": {"O2": _between(1, 8), "waterQualityClass": "2.0 + hash(s, d) % 4"},
    "WasteContainer": {"fillingLevel": _between(0, 1), "status": _words("ok", "lidOpen")},
    "FloodMonitoring": {"depth": _between(0, 0.12), "currentLevel": _between(-1, 1, 2)},
    "WeatherObserved": {"heatIndex": _between(28, 44), "temperature": _between(24, 38, 2)},
    "TrafficFlowObserved": {"travelTimeIndex": _between(0.9, 3), "intensity": _between(0, 90, 2)},
    "ParkingSpot": {"status": _words("occupied", "free")},
    "PublicTransportVehicle": {"headwayRatio": _between(0.2, 1.9)},
    "PowerInterruption": {
        "customersInterrupted": "CASE WHEN hash(s, d) % 500 = 0 THEN 12.0 ELSE 0.0 END",
        "customerMinutes": "CASE WHEN hash(s, d) % 500 = 0 THEN 60.0 ELSE 0.0 END",
    },
    "ACMeasurement": {"totalActiveEnergyImport": _counter(3), "totalActiveEnergyExport": _counter(1)},
    "SolarInverter": {"totalActiveEnergyExport": _counter(2)},
    "Streetlight": {"status": _words("ok", "defectiveLamp"), "lampOut": "hash(s, d) % 60 = 0"},
    "EmergencyResponse": {"responseTime": _between(3, 15)},
    "CameraHealth": {"status": _words("ok", "fault"), "recording": "hash(s, d) % 50 > 0"},
    "WaterPressure": {"pressure": _between(0.5, 4), "chlorine": _between(0.1, 1, 2)},
    "BedOccupancy": {"occupiedBeds": _between(10, 40), "staffedBeds": "45.0"},
    "PublicWifi": {"up": "hash(s, d) % 70 > 0"},
    "ClassAttendance": {
        "inSession": "s % 288 BETWEEN 100 AND 190",
        "mode": _words("online", "onsite"),
        "attended": _between(10, 30),
        "enrolled": "30.0",
    },
    "ClassroomAir": {"co2": _between(400, 1300), "occupied": "hash(s, d) % 3 > 0"},
    "ServiceProbe": {"up": "hash(s, d) % 90 > 0", "latency": _between(20, 2500)},
    "CitizenReport": {"resolutionTime": _between(1, 120)},
    "DatasetFreshness": {"fresh": "hash(s, d) % 9 > 0"},
    "Footfall": {"entries": "floor(90 * (hash(s, d) % 1000) / 1000.0)"},
    "CashlessPayments": {
        "transactions": "floor(50 * (hash(s, d) % 1000) / 1000.0)",
        "cashlessTransactions": "floor(30 * (hash(s, d) % 1000) / 1000.0)",
    },
}


async def run(folder: Path, days: int, tell: Tell) -> Mapping[str, Any]:
    """How long all months of all KPIs take, of the city and of every zone, from nothing and again."""
    city = parse_city(
        CityDocuments(Document("city.yaml", _city()), kpis=Document("kpis.yaml", _KPIS)), Catalog.builtin()
    )
    calendar = Calendar(TIMEZONE)
    start = calendar.midnight(date(YEAR, 1, 1))
    end = start + days * DAY
    path = folder / "timeseries.duckdb"
    rows = await _fill(path, start, days, tell)
    store = DuckDBStore(path, timezone=TIMEZONE)
    await store.open()
    records = await Records.open(None, folder)
    try:
        rolled = await _tidied(store, end, tell)
        service = KpiService(
            city.city,
            read_kpis(city),
            city.catalog,
            _Directory(_devices()),
            store,
            records.kpis,
            ManualClock(end + DAY),
        )
        spent: dict[str, float] = {}
        for name, zones in (("city and zones", ["*"]), ("city, kept", [])):
            began = time.perf_counter()
            values = await service.kpis(zones=zones, period="month", start=start, end=end)
            spent[name] = time.perf_counter() - began
            known = sum(one["value"] is not None for one in values)
            tell(f"  {name}: {len(values)} values, {known} of them known, in {spent[name]:.1f} s")
        return {"readings": rows, "tidied_seconds": rolled, "seconds": spent}
    finally:
        await records.close()
        await store.close()


class _Directory:
    """Devices in memory."""

    def __init__(self, devices: list[Device]) -> None:
        self._devices = {device.id: device for device in devices}

    def get(self, device_id: str) -> Device | None:
        return self._devices.get(device_id)

    def all(self) -> list[Device]:
        return list(self._devices.values())


def _city() -> str:
    zones = ", ".join(
        f"{{id: zone-{n}, name: {{en: Z{n}, th: Z{n}}}, center: [100.5, 13.7], radius: 500m}}"
        for n in range(ZONES)
    )
    return (
        f"id: bench\nname: {{en: Bench, th: Bench}}\ntimezone: {TIMEZONE}\nzones: [{zones}]\nservices: []\n"
    )


_KPIS = "constants: {major_street_km: 100, customers: 50000}\n"


def _owner(number: int) -> tuple[str, str, str]:
    """Type, id and zone of a device."""
    return list(TYPES)[number % len(TYPES)], f"device-{number:03d}", f"zone-{number // len(TYPES) % ZONES}"


def _devices() -> list[Device]:
    catalog = Catalog.builtin()
    found = []
    for number in range(DEVICES):
        type_, name, zone = _owner(number)
        found.append(Device(name, (type_,), zone, catalog[type_].domain, EVERY, labels={"km": "2"}))
    return found


async def _fill(path: Path, start: int, days: int, tell: Tell) -> int:
    """The readings, written past the store, which would take many times as long."""
    store = DuckDBStore(path, timezone=TIMEZONE)
    await store.open()
    with duckdb.connect() as memory:
        for position, (type_, metrics) in enumerate(TYPES.items()):
            row = memory.execute(
                f"SELECT {', '.join(metrics.values())} FROM (SELECT 1 AS s, 1 AS d)"
            ).fetchone()
            assert row is not None
            values: dict[str, Value] = {
                name: value if isinstance(value, str | bool) else float(value)
                for name, value in zip(metrics, row, strict=True)
            }
            await store.write([Observation(start - DAY, "first", "zone-0", type_, values, 0)], position)
    await store.close()
    began = time.perf_counter()
    with duckdb.connect(str(path)) as file:
        slots = {
            (row[0], row[1]): row[2]
            for row in file.execute("SELECT type, metric, slot FROM metrics").fetchall()
        }
        for day in range(days):
            file.execute(_statement(slots, start + day * DAY, day))
        counted = file.execute("SELECT count(*) FROM observations").fetchone()
    tell(f"  filled in {time.perf_counter() - began:.0f} s")
    return int(counted[0]) if counted else 0


def _statement(slots: Mapping[tuple[str, str], str], midnight: int, day: int) -> str:
    """The insert of one day's readings, in the order in which they would come."""
    columns = sorted(set(slots.values()))
    parts = []
    for number, (type_, metrics) in enumerate(TYPES.items()):
        by_slot = {slots[type_, name]: expression for name, expression in metrics.items()}
        values = ", ".join(f"{by_slot.get(column, 'NULL')} AS {column}" for column in columns)
        parts.append(
            f"SELECT {midnight} + (s % {_SLOTS}) * {EVERY} + d * 37 AS time, '{type_}' AS type,"
            f" format('device-{{:03d}}', d) AS device,"
            f" 'zone-' || (d // {len(TYPES)} % {ZONES}) AS zone, {values}"
            f" FROM range({day * _SLOTS}, {(day + 1) * _SLOTS}) AS slots(s),"
            f" (SELECT unnest(range({number}, {DEVICES}, {len(TYPES)})) AS d)"
        )
    names = ", ".join(("time", "type", "device", "zone", *columns))
    rows = f"SELECT {1_000 + day}, {names} FROM ({' UNION ALL '.join(parts)}) ORDER BY time"
    return f"INSERT INTO observations (position, {names}) {rows}"


async def _tidied(store: DuckDBStore, now: int, tell: Tell) -> float:
    """Hours and days aggregated, as a store that runs has them."""
    began = time.perf_counter()
    for _ in range(60):
        before = time.perf_counter()
        await store.tidy(now + 2 * DAY)
        if time.perf_counter() - before < 0.5:
            break
    spent = time.perf_counter() - began
    tell(f"  hours and days aggregated in {spent:.0f} s")
    return spent
