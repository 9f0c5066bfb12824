"""When each device was last heard, kept over a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from services.store.records.database import Database
from services.store.records.tables import presence as table
from services.store.records.whole import uninterrupted

_CHUNK = 5_000


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

    @uninterrupted
    async def all(self) -> list[Presence]:
        """Every device that was ever heard."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(table.c.device, table.c.last_seen, table.c.online, table.c.online_at)
            )
            return [Presence(*row) for row in rows]

    @uninterrupted
    async def put(self, entries: Sequence[Presence]) -> None:
        """Add or replace."""
        rows = [entry._asdict() for entry in entries]
        async with self._database.write() as connection:
            for start in range(0, len(rows), _CHUNK):
                await connection.execute(self._database.upsert(table), rows[start : start + _CHUNK])
