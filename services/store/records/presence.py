"""When each device was last heard, kept over a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from services.store.records.database import Database, run_many
from services.store.records.tables import presence as table


class Presence(NamedTuple):
    """When a device was heard (ms), and what its status channel said last, and when."""

    device: str
    last_seen: int | None = None
    online: bool | None = None
    online_at: int | None = None


class PresenceRecords:
    """The table of presence. It is written now and then, not with every reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Presence]:
        """Every device that was ever heard."""
        query = select(table.c.device, table.c.last_seen, table.c.online, table.c.online_at)
        return await self._database.read(lambda c: [Presence(*row) for row in c.execute(query)])

    async def put(self, entries: Sequence[Presence]) -> None:
        """Add or replace."""
        rows = [entry._asdict() for entry in entries]
        await self._database.write(lambda c: run_many(c, self._database.upsert(table), rows))
