"""Alarm floods as they are kept, with what they were made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from services.store.records.database import Database
from services.store.records.tables import floods as table
from services.store.records.ulid import is_ulid

Write = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class FloodRecord:
    """More alerts than an operator can take in. Times are ms, ``ended`` None while it lasts.

    ``scope`` is ``city`` or a domain. ``alerts`` is how many there were from the span that made it a flood to
    its end, ``peak`` the most in any one span, ``summary`` of what they were, JSON-ready.
    """

    id: str
    scope: str
    began: int
    ended: int | None
    alerts: int
    peak: int
    summary: Mapping[str, Any]


_COLUMNS = tuple(column.name for column in fields(FloodRecord))


def writing_flood(record: FloodRecord) -> Write:
    """What writes a flood as it now stands, for the first time or again."""

    def write(connection: Connection) -> None:
        values = {name: getattr(record, name) for name in _COLUMNS}
        known = update(table).where(table.c.id == record.id).values(values)
        if connection.execute(known).rowcount == 0:
            connection.execute(insert(table), values)

    return write


class FloodRecords:
    """The table of floods."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, flood: str) -> FloodRecord | None:
        """The flood of that id."""
        query = select(table).where(table.c.id == flood)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else _record(row)

    async def open(self) -> list[FloodRecord]:
        """Those that last, oldest first."""
        query = select(table).where(table.c.ended.is_(None)).order_by(table.c.id)
        return await self._database.read(lambda c: [_record(row) for row in c.execute(query)])

    async def page(
        self, scopes: Collection[str] = (), *, limit: int, cursor: str | None = None
    ) -> tuple[list[FloodRecord], str | None]:
        """Floods that are over, of these scopes or all, newest first, and the cursor of the next page.

        Those that last are few, and :meth:`open` lists them: they come before.

        Raises:
            ValueError: a cursor that is none of ours.
        """
        query = select(table).where(table.c.ended.is_not(None))
        if scopes:
            query = query.where(table.c.scope.in_(list(scopes)))
        if cursor is not None:
            if not is_ulid(cursor):
                raise ValueError("the cursor is not one that a list of floods gave out")
            query = query.where(table.c.id < cursor)
        query = query.order_by(table.c.id.desc()).limit(limit + 1)
        found = await self._database.read(lambda c: [_record(row) for row in c.execute(query)])
        return found[:limit], found[limit - 1].id if len(found) > limit else None


def _record(row: Row[Any]) -> FloodRecord:
    return FloodRecord(**row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _
