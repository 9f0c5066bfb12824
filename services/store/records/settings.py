"""Small things that a deployment remembers, by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.store.records.database import Database
from services.store.records.tables import settings as table
from services.store.records.whole import uninterrupted


class SettingRecords:
    """A name and a JSON value."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def get(self, key: str) -> Any:
        """The value, or None."""
        async with self._database.read() as connection:
            query = select(table.c.value).where(table.c.key == key)
            return (await connection.execute(query)).scalar_one_or_none()

    @uninterrupted
    async def put(self, key: str, value: Any) -> None:
        """Set or replace a value."""
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(table), {"key": key, "value": value})
