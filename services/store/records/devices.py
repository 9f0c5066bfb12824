"""Devices as they are kept: what the city folder lists and what people added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, delete, func, select, update

from devices.model import Device, Domain
from services.store.records.database import Database, run_many
from services.store.records.tables import devices as table
from services.store.records.tables import presence, settings

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

    async def all(self) -> list[DeviceRecord]:
        """Every device, disabled ones too, by id."""
        query = select(table).order_by(table.c.id)
        return await self._database.read(lambda c: [_record(row) for row in c.execute(query)])

    async def get(self, device_id: str) -> DeviceRecord | None:
        """The device, or None."""
        query = select(table).where(table.c.id == device_id)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else _record(row)

    async def revision(self) -> int:
        """How many writes there were."""
        query = select(settings.c.value).where(settings.c.key == _REVISION)
        return int(await self._database.read(lambda c: c.execute(query).scalar_one_or_none()) or 0)

    async def put(self, records: Iterable[DeviceRecord]) -> int:
        """Add or replace, all or none. Answers the revision that this makes."""
        rows = [_row(record) for record in records]

        def work(connection: Connection) -> int:
            run_many(connection, self._database.upsert(table), rows)
            return self._next_revision(connection)

        return await self._database.write(work)

    async def allow(self, device_id: str, allowed: bool) -> int | None:
        """Let a device send, or refuse it. Answers the revision, None when there is none of that name.

        A device that its city folder no longer lists becomes one that was added when it is let in again.
        """
        values: dict[str, Any] = {"enabled": allowed}
        if allowed:
            values |= {"listed": True, "origin": _origin_once_allowed()}
        statement = update(table).where(table.c.id == device_id).values(values)

        def work(connection: Connection) -> int | None:
            return self._next_revision(connection) if connection.execute(statement).rowcount else None

        return await self._database.write(work)

    async def delete(self, device_id: str) -> int | None:
        """Forget a device; its readings and alerts stay. Answers as :meth:`allow`."""

        def work(connection: Connection) -> int | None:
            connection.execute(delete(presence).where(presence.c.device == device_id))
            found = connection.execute(delete(table).where(table.c.id == device_id))
            return self._next_revision(connection) if found.rowcount else None

        return await self._database.write(work)

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
        found = await self._database.read(lambda c: [_record(row) for row in c.execute(query)])
        return found[:limit], found[limit - 1].device.id if len(found) > limit else None

    async def count(self) -> int:
        """How many devices there are, disabled ones too."""
        query = select(func.count()).select_from(table)
        return await self._database.read(lambda c: c.execute(query).scalar_one())

    def _next_revision(self, connection: Connection) -> int:
        first = self._database.insert(settings).on_conflict_do_nothing()
        connection.execute(first, {"key": _REVISION, "value": 0})
        here = settings.c.key == _REVISION
        found = connection.execute(select(settings.c.value).where(here).with_for_update())
        revision = int(found.scalar_one()) + 1
        connection.execute(update(settings).where(here).values(value=revision))
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
