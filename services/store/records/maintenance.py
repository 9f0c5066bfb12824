"""Maintenance that operators planned, as it is kept. What the city's own file plans is not in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from services.runtime.clock import rfc3339
from services.runtime.ports import ConflictError
from services.store.records.database import Database
from services.store.records.tables import maintenance as table
from services.store.records.ulid import is_ulid

Write = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class MaintenanceRecord:
    """Planned work: nobody is told of the alerts that match while one of its windows is open.

    Texts, ``matcher`` and ``schedule`` are JSON-ready, times ms. Who ended it ends all windows to come.
    """

    id: str
    title: Mapping[str, str]
    matcher: Mapping[str, Any]
    schedule: Mapping[str, Any]
    reason: str
    created_by: str
    created_at: int
    ended_by: str | None = None
    ended_at: int | None = None
    changes: int = 1


_COLUMNS = tuple(column.name for column in fields(MaintenanceRecord))


def adding_maintenance(record: MaintenanceRecord) -> Write:
    """What writes new maintenance."""

    def write(connection: Connection) -> None:
        connection.execute(insert(table), _values(record))

    return write


def changing_maintenance(record: MaintenanceRecord) -> Write:
    """What writes the next version of it.

    Raises (when it writes):
        ConflictError: somebody else ended it first; the text says who, and when.
    """

    def write(connection: Connection) -> None:
        mine = (table.c.id == record.id, table.c.changes == record.changes - 1)
        if connection.execute(update(table).where(*mine).values(_values(record))).rowcount == 0:
            row = connection.execute(select(table).where(table.c.id == record.id)).one()
            raise ConflictError(ended_first(_record(row)))

    return write


def ended_first(record: MaintenanceRecord) -> str:
    """Who has ended it, for whoever comes second."""
    at = "" if record.ended_at is None else f" at {rfc3339(record.ended_at)}"
    return f"maintenance {record.id} was ended by {record.ended_by}{at}"


class MaintenanceRecords:
    """The table of maintenance."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, maintenance: str) -> MaintenanceRecord | None:
        """The maintenance of that id."""
        query = select(table).where(table.c.id == maintenance)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else _record(row)

    async def live(self) -> list[MaintenanceRecord]:
        """What nobody has ended, oldest first; its windows may all be over."""
        query = select(table).where(table.c.ended_at.is_(None)).order_by(table.c.id)
        return await self._database.read(lambda c: [_record(row) for row in c.execute(query)])

    async def page(
        self, *, limit: int, cursor: str | None = None
    ) -> tuple[list[MaintenanceRecord], str | None]:
        """All of it, newest first, and the cursor of the next page.

        Raises:
            ValueError: a cursor that is none of ours.
        """
        query = select(table)
        if cursor is not None:
            if not is_ulid(cursor):
                raise ValueError("the cursor is not one that a list of maintenance gave out")
            query = query.where(table.c.id < cursor)
        query = query.order_by(table.c.id.desc()).limit(limit + 1)
        found = await self._database.read(lambda c: [_record(row) for row in c.execute(query)])
        return found[:limit], found[limit - 1].id if len(found) > limit else None


def _values(record: MaintenanceRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _COLUMNS}


def _record(row: Row[Any]) -> MaintenanceRecord:
    return MaintenanceRecord(**row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _
