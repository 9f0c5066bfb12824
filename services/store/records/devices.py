"""Devices as they are kept: what the city folder lists and what people added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from devices.model import Device, Domain
from services.store.records.database import Database
from services.store.records.tables import devices as table
from services.store.records.tables import presence, settings
from services.store.records.whole import uninterrupted

_CHUNK = 5_000
_REVISION = "devices.revision"


class Origin(StrEnum):
    """Where a device comes from: the city folder lists it, or somebody added it."""

    CITY = "city"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """A device, and why it is there.

    ``device.enabled`` is what counts for intake: an operator has not disabled it (``allowed``) and it is
    not one that the city folder listed once and no longer does (``listed``).
    """

    device: Device
    origin: Origin
    allowed: bool = True
    listed: bool = True


class DeviceRecords:
    """The table of devices.

    Every write raises its revision by one, so that who keeps devices in memory sees what another process
    (the command line, beside a running Nakhon) has written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def all(self) -> list[DeviceRecord]:
        """Every device, disabled ones too, by id."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(table).order_by(table.c.id))
            return [_record(row) for row in rows]

    @uninterrupted
    async def get(self, device_id: str) -> DeviceRecord | None:
        """The device, or None."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(table).where(table.c.id == device_id))).one_or_none()
        return None if row is None else _record(row)

    @uninterrupted
    async def revision(self) -> int:
        """How many writes there were."""
        async with self._database.read() as connection:
            found = await connection.execute(select(settings.c.value).where(settings.c.key == _REVISION))
            return int(found.scalar_one_or_none() or 0)

    @uninterrupted
    async def put(self, records: Iterable[DeviceRecord]) -> int:
        """Add or replace, all or none. Answers the revision that this makes."""
        rows = [_row(record) for record in records]
        async with self._database.write() as connection:
            for start in range(0, len(rows), _CHUNK):
                await connection.execute(self._database.upsert(table), rows[start : start + _CHUNK])
            return await self._next_revision(connection)

    @uninterrupted
    async def allow(self, device_id: str, allowed: bool) -> int | None:
        """Let a device send, or refuse it. Answers the revision, None when there is none of that name.

        A device that its city folder no longer lists becomes one that was added when it is let in again.
        """
        values: dict[str, Any] = {"enabled": allowed}
        if allowed:
            values |= {"listed": True, "origin": _origin_once_allowed()}
        async with self._database.write() as connection:
            found = await connection.execute(update(table).where(table.c.id == device_id).values(values))
            return await self._next_revision(connection) if found.rowcount else None

    @uninterrupted
    async def delete(self, device_id: str) -> int | None:
        """Forget a device; its readings and alerts stay. Answers as :meth:`allow`."""
        async with self._database.write() as connection:
            found = await connection.execute(delete(table).where(table.c.id == device_id))
            await connection.execute(delete(presence).where(presence.c.device == device_id))
            return await self._next_revision(connection) if found.rowcount else None

    @uninterrupted
    async def page(
        self, filters: Mapping[str, Sequence[str]], *, limit: int, cursor: str | None = None
    ) -> tuple[list[DeviceRecord], str | None]:
        """Devices by id, at most ``limit``, and the cursor of the next page.

        Filters: zone, type, domain, service (any of the values), enabled (``true`` or ``false``).

        Raises:
            ValueError: an unknown filter.
        """
        query = select(table).where(*_conditions(filters)).order_by(table.c.id).limit(limit + 1)
        if cursor is not None:
            query = query.where(table.c.id > cursor)
        async with self._database.read() as connection:
            found = [_record(row) for row in await connection.execute(query)]
        return found[:limit], found[limit - 1].device.id if len(found) > limit else None

    @uninterrupted
    async def count(self) -> int:
        """How many devices there are, disabled ones too."""
        async with self._database.read() as connection:
            return (await connection.execute(select(func.count()).select_from(table))).scalar_one()

    async def _next_revision(self, connection: AsyncConnection) -> int:
        first = self._database.insert(settings).on_conflict_do_nothing()
        await connection.execute(first, {"key": _REVISION, "value": 0})
        here = settings.c.key == _REVISION
        found = await connection.execute(select(settings.c.value).where(here).with_for_update())
        revision = int(found.scalar_one()) + 1
        await connection.execute(update(settings).where(here).values(value=revision))
        return revision


def _origin_once_allowed() -> ColumnElement[str]:
    return case((table.c.listed, table.c.origin), else_=Origin.ADDED.value)


def _conditions(filters: Mapping[str, Sequence[str]]) -> list[ColumnElement[bool]]:
    return [_condition(name, values) for name, values in filters.items() if values]


def _condition(name: str, values: Sequence[str]) -> ColumnElement[bool]:
    if name in {"zone", "domain", "service"}:
        return table.c[name].in_(values)
    if name == "type":
        padded = ";" + table.c.types + ";"
        first, *rest = [padded.contains(f";{value};", autoescape=True) for value in values]
        for clause in rest:
            first |= clause
        return first
    if name == "enabled":
        wanted = {value == "true" for value in values}
        return (table.c.enabled & table.c.listed).in_(wanted)
    raise ValueError(f"devices can't be filtered by {name} (allowed: zone, type, domain, service, enabled)")


def _row(record: DeviceRecord) -> dict[str, Any]:
    device = record.device
    lon, lat = device.location or (None, None)
    return {
        "id": device.id,
        "types": ";".join(device.types),
        "zone": device.zone,
        "domain": device.domain.value,
        "interval": device.interval,
        "name": device.name,
        "service": device.service,
        "lon": lon,
        "lat": lat,
        "labels": dict(device.labels),
        "enabled": record.allowed,
        "origin": record.origin.value,
        "listed": record.listed,
    }


def _record(row: Row[Any]) -> DeviceRecord:
    device = Device(
        id=row.id,
        types=tuple(row.types.split(";")),
        zone=row.zone,
        domain=Domain(row.domain),
        interval=row.interval,
        name=row.name,
        service=row.service,
        location=None if row.lon is None or row.lat is None else (row.lon, row.lat),
        labels=row.labels,
        enabled=row.enabled and row.listed,
    )
    return DeviceRecord(device, Origin(row.origin), row.enabled, row.listed)
