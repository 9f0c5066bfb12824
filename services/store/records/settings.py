"""Small things that a deployment remembers, by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.store.records.database import Database
from services.store.records.tables import settings as table


class SettingRecords:
    """A name and a JSON value."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> Any:
        """The value, or None."""
        query = select(table.c.value).where(table.c.key == key)
        return await self._database.read(lambda c: c.execute(query).scalar_one_or_none())

    async def put(self, key: str, value: Any) -> None:
        """Set or replace a value."""
        statement = self._database.upsert(table)
        await self._database.write(lambda c: c.execute(statement, {"key": key, "value": value}).close())
